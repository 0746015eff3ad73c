//! Starting on an existing database, and memory.

use std::path::Path;
use std::time::Duration;

use crate::process::Server;
use crate::report::{line, median};
use crate::{load, raw, seed};

/// Time to the first 200, memory idle and under load.
pub(crate) fn start(program: &Path) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let learners = seed::learners(place.store(), place.secrets(), 0, load::CONNECTIONS, seed::LESSONS);
    let path = format!("/api/v1/lessons/{}", seed::lesson(0));
    let mut times: Vec<f64> =
        (0..9).map(|_| Server::cairn(program, place.directory(), None, &path).1.as_secs_f64() * 1000.0).collect();
    let time = median(&mut times);
    line("existing database to the first 200", &format!("{time:.0} ms"), "< 100 ms", time < 100.0);

    let (cairn, _) = Server::cairn(program, place.directory(), None, &path);
    let idle = cairn.resident();
    line("resident memory idle", &format!("{idle:.0} MiB"), "< 40 MB", idle < 38.1);
    load::run(cairn.target(), Duration::from_secs(5), 200, |connection, n| {
        let learner = &learners[connection];
        let bearer = format!("Bearer {}", learner.token);
        let path = if n % 2 == 0 { path.clone() } else { format!("/api/v1/enrolments/{}/progress", learner.enrolment) };
        Some(load::get(&path, &[("Authorization", &bearer)]))
    });
    let busy = cairn.resident();
    line("resident memory after 5 s at 64 connections", &format!("{busy:.0} MiB"), "< 120 MB", busy < 114.4);
}
