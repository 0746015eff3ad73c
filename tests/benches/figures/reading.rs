//! Reads: a published lesson, and a learner's own progress.

use std::path::Path;
use std::time::Duration;

use crate::process::Server;
use crate::report::{alternate, line, note};
use crate::{bare, load, raw, seed};

const ROUNDS: usize = 5;
const RUN: Duration = Duration::from_secs(2);

/// A published lesson by API against a bare handler of the same bytes, without and with `If-None-Match`.
pub(crate) fn published(program: &Path) {
    let path = format!("/api/v1/lessons/{}", seed::lesson(0));
    let goals = [("a published lesson", false, 0.6), ("the same with If-None-Match", true, 0.8)];
    against_bare(program, &path, &goals);
}

/// A published lesson's page, likewise.
pub(crate) fn page(program: &Path) {
    let path = format!("/lessons/{}", seed::lesson(0));
    let goals = [("a lesson's page", false, 0.5), ("the same page with If-None-Match", true, 0.5)];
    against_bare(program, &path, &goals);
}

/// One answer against a bare handler of the same bytes; each figure with whether the caller has the answer already.
fn against_bare(program: &Path, path: &str, figures: &[(&str, bool, f64)]) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let (_, head, body) = load::fetch(cairn.address, &load::get(path, &[]));
    let answer = place.directory().join("answer");
    bare::keep(&answer, &head, &body);
    let limit = Server::bare(&answer);
    let tag = head.lines().find_map(|l| l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case("etag"))).unwrap().1;

    for &(what, known, goal) in figures {
        let (headers, status) = if known { (vec![("If-None-Match", tag)], 304) } else { (Vec::new(), 200) };
        let request = load::get(path, &headers);
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

/// How many learners ask in turn, so that the answer that one of them saw is long forgotten when it is his turn again.
const MANY: usize = 4096;

/// My progress, 40 rows, authenticated: asked again while nothing has changed, as pages do, and rendered anew.
pub(crate) fn progress(program: &Path) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let learners = seed::learners(place.store(), place.secrets(), 0, MANY, seed::LESSONS);
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let requests = requests(&learners);
    let (_, head, body) = load::fetch(cairn.address, &requests[0]);
    let answer = place.directory().join("answer");
    bare::keep(&answer, &head, &body);
    let limit = Server::bare(&answer);
    for (what, learners_asking) in WAYS {
        let next = |connection: usize, n: usize| Some(requests[nth(connection, n) % learners_asking].clone());
        let (mut rates, mut p99s, mut raw_cpu) = (Vec::new(), Vec::new(), Vec::new());
        let (ours, bare_cpu) = alternate(
            ROUNDS,
            || {
                let run = load::run(cairn.target(), RUN, 200, next);
                rates.push(run.rate());
                p99s.push(run.percentile(99.0));
                run.cpu_micros()
            },
            || {
                raw_cpu.push(place.progress_query_micros(&learners[..learners_asking]));
                load::run(limit.target(), RUN, 200, next).cpu_micros()
            },
        );
        let raw_cpu = crate::report::median(&mut raw_cpu);
        let allowed = bare_cpu + 2.0 * raw_cpu;
        line(
            &format!("my progress on SQLite, {what}, CPU a request"),
            &format!("{ours:.0} µs, {:.2} of what is allowed", ours / allowed),
            "≤ bare handler + 2 × raw query",
            ours <= allowed,
        );
        let (rate, p99) = (crate::report::median(&mut rates), crate::report::median(&mut p99s));
        note(&format!("bare handler {bare_cpu:.1} µs, raw query {raw_cpu:.1} µs; {rate:.0}/s, p99 {p99:.1} ms"));
    }
    drop(cairn);

    let place = raw::Place::postgres();
    seed::course(place.store());
    let learners = seed::learners(place.store(), place.secrets(), 0, MANY, seed::LESSONS);
    let (cairn, _) = Server::cairn(program, place.directory(), Some(place.url()), "/livez");
    let requests = self::requests(&learners);
    for (what, learners_asking) in WAYS {
        let next = |connection: usize, n: usize| Some(requests[nth(connection, n) % learners_asking].clone());
        let (ours, limit) = alternate(
            3,
            || load::run(cairn.target(), RUN, 200, next).rate(),
            || place.pgbench_progress(learners_asking, RUN),
        );
        let ratio = ours / limit;
        line(&format!("my progress on PostgreSQL, {what}"), &format!("{ratio:.2} of pgbench"), "≥ 0.5", ratio >= 0.5);
        note(&format!("{ours:.0}/s against {limit:.0}/s of the raw query"));
    }
}

/// How progress is asked for: by how many learners in turn.
const WAYS: [(&str, usize); 2] = [("unchanged since", load::CONNECTIONS), ("rendered anew", MANY)];

/// Which of all requests is the n-th of a connection, all connections in turn.
fn nth(connection: usize, n: usize) -> usize {
    connection + n * load::CONNECTIONS
}

fn requests(learners: &[seed::Learner]) -> Vec<Vec<u8>> {
    let request = |learner: &seed::Learner| {
        let bearer = format!("Bearer {}", learner.token);
        load::get(&format!("/api/v1/enrolments/{}/progress", learner.enrolment), &[("Authorization", &bearer)])
    };
    learners.iter().map(request).collect()
}
