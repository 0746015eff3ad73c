//! Reads: a published lesson, and a learner's own progress.

use std::path::Path;
use std::time::Duration;

use crate::process::Server;
use crate::report::{alternate, line, note};
use crate::{bare, load, raw, seed};

const ROUNDS: usize = 5;
const RUN: Duration = Duration::from_secs(2);

/// A published lesson against a bare handler of the same bytes, without and with `If-None-Match`.
pub(crate) fn published(program: &Path) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let path = format!("/api/v1/lessons/{}", seed::lesson(0));
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let (_, head, body) = load::fetch(cairn.address, &load::get(&path, &[]));
    let answer = place.directory().join("answer");
    bare::keep(&answer, &head, &body);
    let limit = Server::bare(&answer);
    let tag = head.lines().find_map(|l| l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case("etag"))).unwrap().1;

    for (what, headers, status, goal) in [
        ("a published lesson", vec![], 200, 0.6),
        ("the same with If-None-Match", vec![("If-None-Match", tag)], 304, 0.8),
    ] {
        let request = load::get(&path, &headers);
        let (mut ours_cpu, mut limit_cpu) = (Vec::new(), Vec::new());
        let (ours, limit_rate) = alternate(
            ROUNDS,
            || {
                let run = load::run(cairn.target(), RUN, status, |_, _| Some(request.clone()));
                ours_cpu.push(run.cpu_micros());
                run.rate()
            },
            || {
                let run = load::run(limit.target(), RUN, status, |_, _| Some(request.clone()));
                limit_cpu.push(run.cpu_micros());
                run.rate()
            },
        );
        let ratio = ours / limit_rate;
        line(what, &format!("{ratio:.2} of a bare handler"), &format!("≥ {goal}"), ratio >= goal);
        let (ours_cpu, limit_cpu) = (crate::report::median(&mut ours_cpu), crate::report::median(&mut limit_cpu));
        note(&format!(
            "{ours:.0}/s against {limit_rate:.0}/s; CPU {ours_cpu:.0} µs against {limit_cpu:.0} µs a request; {} bytes",
            body.len()
        ));
    }
}

/// My progress, 40 rows, authenticated.
pub(crate) fn progress(program: &Path) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let learners = seed::learners(place.store(), place.secrets(), 0, load::CONNECTIONS, seed::LESSONS);
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let requests = requests(&learners);
    let (_, head, body) = load::fetch(cairn.address, &requests[0]);
    let answer = place.directory().join("answer");
    bare::keep(&answer, &head, &body);
    let limit = Server::bare(&answer);
    let mut raw_cpu: Vec<f64> = (0..ROUNDS).map(|_| place.progress_query_micros(&learners)).collect();
    let raw_cpu = crate::report::median(&mut raw_cpu);
    let (mut rate, mut p99) = (0.0, 0.0);
    let (ours, bare_cpu) = alternate(
        ROUNDS,
        || {
            let run = load::run(cairn.target(), RUN, 200, |connection, _| Some(requests[connection].clone()));
            (rate, p99) = (run.rate(), run.percentile(99.0));
            run.cpu_micros()
        },
        || load::run(limit.target(), RUN, 200, |connection, _| Some(requests[connection].clone())).cpu_micros(),
    );
    let allowed = bare_cpu + 2.0 * raw_cpu;
    line(
        "my progress on SQLite, CPU a request",
        &format!("{ours:.0} µs, {:.2} of what is allowed", ours / allowed),
        "≤ bare handler + 2 × raw query",
        ours <= allowed,
    );
    note(&format!("bare handler {bare_cpu:.0} µs, raw query {raw_cpu:.0} µs; {rate:.0}/s, p99 {p99:.1} ms"));
    drop(cairn);

    let place = raw::Place::postgres();
    seed::course(place.store());
    let learners = seed::learners(place.store(), place.secrets(), 0, load::CONNECTIONS, seed::LESSONS);
    let (cairn, _) = Server::cairn(program, place.directory(), Some(place.url()), "/livez");
    let requests = self::requests(&learners);
    let (ours, limit) = alternate(
        3,
        || load::run(cairn.target(), RUN, 200, |connection, _| Some(requests[connection].clone())).rate(),
        || place.pgbench(raw::PROGRESS, RUN),
    );
    line("my progress on PostgreSQL", &format!("{:.2} of pgbench", ours / limit), "≥ 0.5", ours / limit >= 0.5);
    note(&format!("{ours:.0}/s against {limit:.0}/s of the raw query"));
}

fn requests(learners: &[seed::Learner]) -> Vec<Vec<u8>> {
    let request = |learner: &seed::Learner| {
        let bearer = format!("Bearer {}", learner.token);
        load::get(&format!("/api/v1/enrolments/{}/progress", learner.enrolment), &[("Authorization", &bearer)])
    };
    learners.iter().map(request).collect()
}
