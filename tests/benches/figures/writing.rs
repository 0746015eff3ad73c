//! Writes: recording progress with its event.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use cairn_domain::StoreExt;
use cairn_domain::identity::{Actor, Role, Via};
use cairn_domain::learning::complete_lesson;

use crate::process::Server;
use crate::report::{alternate, line, median, note};
use crate::seed::{self, Learner};
use crate::{bare, load, raw};

const RUN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;
/// Learners for one run: each thread has so many times 40 lessons to record.
const COHORT: usize = load::CONNECTIONS * 40;

/// Group commit against a pool of writers, at the store.
pub(crate) fn store() {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let next = Cell::new(0);
    let cohort = || {
        let first = next.replace(next.get() + COHORT);
        seed::learners(place.store(), place.secrets(), first, COHORT, 0)
    };
    let (mut ours_p99, mut pool_p99, mut probe) = (Vec::new(), Vec::new(), Vec::new());
    let (ours, pool) = alternate(
        ROUNDS,
        || {
            let learners = cohort();
            probe.push(place.fdatasync_rate());
            let latencies = raw::concurrently(&learners, RUN, || {
                |learner: &Learner, lesson| {
                    let actor = Actor { user: learner.user, roles: [Role::Learner].into(), via: Via::Operator };
                    let lesson = seed::lesson(lesson);
                    place
                        .store()
                        .write(|tx| complete_lesson(tx, &actor, learner.enrolment, &lesson, seed::start()))
                        .unwrap();
                }
            });
            ours_p99.push(percentile(&latencies));
            rate(&latencies)
        },
        || {
            let learners = cohort();
            let latencies = place.pool_of_writers(&learners, RUN);
            pool_p99.push(percentile(&latencies));
            rate(&latencies)
        },
    );
    let (ours_p99, pool_p99) = (median(&mut ours_p99), median(&mut pool_p99));
    line(
        "recording at the store, against a pool of writers",
        &format!("{:.1} times as many", ours / pool),
        "≥ 4",
        ours / pool >= 4.0,
    );
    line(
        "its p99, against theirs",
        &format!("{:.3} of theirs", ours_p99 / pool_p99),
        "≤ 0.1",
        ours_p99 <= pool_p99 * 0.1,
    );
    note(&format!(
        "{ours:.0}/s at {ours_p99:.1} ms against {pool:.0}/s at {pool_p99:.1} ms; fdatasync of 4 KiB {:.0}/s",
        median(&mut probe)
    ));
}

fn percentile(latencies: &[u32]) -> f64 {
    f64::from(latencies[(latencies.len() - 1) * 99 / 100]) / 1000.0
}

/// Operations a second: threads work without a pause, so their time is the run's.
fn rate(latencies: &[u32]) -> f64 {
    let busy: u64 = latencies.iter().map(|&micros| u64::from(micros)).sum();
    latencies.len() as f64 * load::CONNECTIONS as f64 / (busy as f64 / 1e6)
}

/// Recording by HTTP.
pub(crate) fn recording(program: &Path) {
    let place = raw::Place::sqlite();
    seed::course(place.store());
    let mut first = 0;
    let mut cohort = |count| {
        first += count;
        seed::learners(place.store(), place.secrets(), first - count, count, 0)
    };
    let warm = cohort(load::CONNECTIONS);
    let raw_cohorts: Vec<_> = (0..ROUNDS).map(|_| cohort(load::CONNECTIONS * 8)).collect();
    let cohorts: Vec<_> = (0..ROUNDS).map(|_| cohort(COHORT)).collect();
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let (_, head, body) = load::fetch(cairn.address, &completion(&warm[0], 0));
    let answer = place.directory().join("answer");
    bare::keep(&answer, &head, &body);
    let limit = Server::bare(&answer);
    let (mut round, mut rates, mut probe) = (0, Vec::new(), Vec::new());
    let (mut raw_round, mut raw_cpu) = (raw_cohorts.iter(), Vec::new());
    let (ours, bare_cpu) = alternate(
        ROUNDS,
        || {
            let learners = &cohorts[round];
            round += 1;
            probe.push(place.fdatasync_rate());
            let run = load::run(cairn.target(), RUN, 200, |connection, n| nth(learners, connection, n));
            rates.push(run.rate());
            run.cpu_micros()
        },
        || {
            raw_cpu.extend(raw_round.next().map(|learners| place.recording_micros(learners)));
            load::run(limit.target(), RUN, 200, |connection, n| nth(&cohorts[0], connection, n)).cpu_micros()
        },
    );
    let raw_cpu = median(&mut raw_cpu);
    let allowed = bare_cpu + 6.0 * raw_cpu;
    line(
        "recording by HTTP on SQLite, CPU a request",
        &format!("{ours:.0} µs, {:.2} of what is allowed", ours / allowed),
        "≤ bare handler + 6 × raw statements",
        ours <= allowed,
    );
    note(&format!(
        "bare handler {bare_cpu:.0} µs, raw statements {raw_cpu:.0} µs; {:.0}/s, fdatasync of 4 KiB {:.0}/s",
        median(&mut rates),
        median(&mut probe)
    ));
    drop(cairn);

    let place = raw::Place::postgres();
    seed::course(place.store());
    let cohorts: Vec<_> =
        (0..2 * ROUNDS).map(|n| seed::learners(place.store(), place.secrets(), n * COHORT, COHORT, 0)).collect();
    let (cairn, _) = Server::cairn(program, place.directory(), Some(place.url()), "/livez");
    let (ours_round, limit_round) = (Cell::new(0), Cell::new(ROUNDS));
    let (ours, limit) = alternate(
        ROUNDS,
        || {
            let learners = &cohorts[ours_round.replace(ours_round.get() + 1)];
            load::run(cairn.target(), RUN, 200, |connection, n| nth(learners, connection, n)).rate()
        },
        || place.pgbench_recording(limit_round.replace(limit_round.get() + 1) * COHORT, RUN),
    );
    line("recording by HTTP on PostgreSQL", &format!("{:.2} of pgbench", ours / limit), "≥ 0.5", ours / limit >= 0.5);
    note(&format!("{ours:.0}/s against {limit:.0}/s; fdatasync of 4 KiB {:.0}/s", place.fdatasync_rate()));
}

/// The n-th request of a connection: lesson after lesson, learner after learner.
pub(crate) fn nth(learners: &[Learner], connection: usize, n: usize) -> Option<Vec<u8>> {
    let each = learners.len() / load::CONNECTIONS;
    let learner = connection * each + n / seed::LESSONS;
    (n / seed::LESSONS < each).then(|| completion(&learners[learner], n % seed::LESSONS))
}

fn completion(learner: &Learner, lesson: usize) -> Vec<u8> {
    let bearer = format!("Bearer {}", learner.token);
    let path = format!("/api/v1/enrolments/{}/lessons/{}/completion", learner.enrolment, seed::lesson(lesson));
    load::request("PUT", &path, &[("Authorization", &bearer)])
}
