//! The figures at the size that Cairn is meant for, against those at a tenth of it: on databases that `seed` fills, with
//! the course and the learners of the other figures among the crowd.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_tests::seed::{Done, Size, seed};

use crate::process::Server;
use crate::report::{alternate, line, note};
use crate::seed::Learner;
use crate::{load, raw, seed as small};

const RUN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
/// The learners that ask for their progress in turn.
const ASKING: usize = 4096;
/// The learners that one run of recording has: each connection so many times the lessons of the course.
const COHORT: usize = load::CONNECTIONS * 10;
/// At most so much worse at the full size.
const WITHIN: f64 = 1.2;

/// A server on a database of one of the two sizes.
struct Side {
    place: raw::Place,
    asking: Vec<Learner>,
    cohorts: Vec<Vec<Learner>>,
    server: Server,
    started: Duration,
}

/// Every figure on both databases.
pub(crate) fn scale(program: &Path) {
    both("SQLite", program, |size| {
        let place = raw::Place::sqlite_copy_of(&seeded(size));
        (place, None)
    });
    both("PostgreSQL", program, |size| {
        let place = raw::Place::postgres();
        fill(&place, size);
        let url = place.url().to_owned();
        (place, Some(url))
    });
}

fn tenth() -> Size {
    let Size { lessons, learners, events } = Size::FULL;
    Size { lessons: lessons / 10, learners: learners / 10, events: events / 10 }
}

/// The folder of a seeded SQLite database: kept between runs, and made when it is not there.
fn seeded(size: Size) -> PathBuf {
    // This benchmark stands in target/release/deps.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let folder = target.join(format!("seeded/{}-{}-{}", size.lessons, size.learners, size.events));
    if !folder.join("complete").exists() {
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        fill(&raw::Place::sqlite_in(&folder), size);
        std::fs::write(folder.join("complete"), "").unwrap();
    }
    folder
}

fn fill(place: &raw::Place, size: Size) {
    let start = std::time::Instant::now();
    let password = cairn_domain::identity::PasswordHash::new("nobody signs in".to_owned());
    let mut lessons = Duration::ZERO;
    seed(place.store(), (1, size), &password, &mut |done| {
        if matches!(done, Done::Lessons(_)) {
            lessons = start.elapsed();
        }
    })
    .unwrap();
    note(&format!(
        "seeded {} lessons in {:.0} s, {} events of {} learners in {:.0} s",
        size.lessons,
        lessons.as_secs_f64(),
        size.events,
        size.learners,
        (start.elapsed() - lessons).as_secs_f64()
    ));
}

fn both(on: &str, program: &Path, place: impl Fn(Size) -> (raw::Place, Option<String>)) {
    let side = |size| {
        let (place, url) = place(size);
        small::course(place.store());
        let asking = small::learners(place.store(), place.secrets(), 0, ASKING, small::LESSONS);
        let cohort = |n| small::learners(place.store(), place.secrets(), ASKING + n * COHORT, COHORT, 0);
        let cohorts = (0..ROUNDS).map(cohort).collect();
        let lesson = format!("/api/v1/lessons/{}", small::lesson(0));
        let (server, started) = Server::cairn(program, place.directory(), url.as_deref(), &lesson);
        Side { place, asking, cohorts, server, started }
    };
    let (full, tenth) = (side(Size::FULL), side(tenth()));
    let start = [&full, &tenth].map(|side| side.started.as_secs_f64() * 1000.0);
    note(&format!("{on}: the first 200 came after {:.0} ms, and after {:.0} ms at a tenth", start[0], start[1]));

    let lessons = |side: &Side| if std::ptr::eq(side, &full) { Size::FULL } else { self::tenth() }.lessons;
    // The library's last one, which may be over the budget of what is kept ready.
    let published = |side: &Side| {
        let request = load::get(&format!("/api/v1/lessons/lesson-{:05}", lessons(side) - 1), &[]);
        load::run(side.server.target(), RUN, 200, |_, _| Some(request.clone()))
    };
    figure(&format!("a published lesson, {on}"), (&full, &tenth), published);
    // A different one each time.
    let any = |side: &Side| {
        load::run(side.server.target(), RUN, 200, |connection, n| {
            let lesson = (connection + n * load::CONNECTIONS) * 7919 % lessons(side);
            Some(load::get(&format!("/api/v1/lessons/lesson-{lesson:05}"), &[]))
        })
    };
    let each = [any(&full), any(&tenth)].map(|outcome| outcome.cpu_micros());
    note(&format!("of all lessons in turn, CPU a request: {:.0} µs, and {:.0} µs at a tenth", each[0], each[1]));
    let list = |side: &Side| {
        load::run(side.server.target(), RUN, 200, |connection, n| {
            let limit = 1 + (connection + n * load::CONNECTIONS) % 100;
            Some(load::get(&format!("/api/v1/lessons?limit={limit}&pack=seed-00"), &[]))
        })
    };
    figure(&format!("a page of the list of lessons, {on}"), (&full, &tenth), list);
    let progress = |side: &Side| {
        load::run(side.server.target(), RUN, 200, |connection, n| {
            let learner = &side.asking[(connection + n * load::CONNECTIONS) % ASKING];
            let bearer = format!("Bearer {}", learner.token);
            let path = format!("/api/v1/enrolments/{}/progress", learner.enrolment);
            Some(load::get(&path, &[("Authorization", &bearer)]))
        })
    };
    figure(&format!("my progress, {on}"), (&full, &tenth), progress);
    let rounds = [Cell::new(0), Cell::new(0)];
    let recording = |side: &Side| {
        let round = &rounds[usize::from(std::ptr::eq(side, &full))];
        let learners = &side.cohorts[round.replace(round.get() + 1)];
        load::run(side.server.target(), RUN, 200, |connection, n| crate::writing::nth(learners, connection, n))
    };
    figure(&format!("recording, {on}"), (&full, &tenth), recording);
    let memory = [&full, &tenth].map(|side| side.server.resident());
    note(&format!("resident memory after all this {:.0} MiB, and {:.0} MiB at a tenth", memory[0], memory[1]));
    note(&format!("fdatasync of 4 KiB {:.0}/s", full.place.fdatasync_rate()));
}

/// CPU time for a request and requests a second, at the full size against a tenth of it.
fn figure(what: &str, (full, tenth): (&Side, &Side), run: impl Fn(&Side) -> load::Outcome) {
    let rates = [Cell::new(Vec::new()), Cell::new(Vec::new())];
    let measured = |side, rates: &Cell<Vec<f64>>| {
        let outcome = run(side);
        let mut all = rates.take();
        all.push(outcome.rate());
        rates.set(all);
        outcome.cpu_micros()
    };
    let (ours, limit) = alternate(ROUNDS, || measured(full, &rates[0]), || measured(tenth, &rates[1]));
    let rates = rates.map(|rates| crate::report::median(&mut rates.into_inner()));
    let (cpu, rate) = (ours / limit, rates[0] / rates[1]);
    line(
        &format!("{what}, CPU a request"),
        &format!("{cpu:.2} of that at a tenth of the size"),
        &format!("≤ {WITHIN}"),
        cpu <= WITHIN,
    );
    note(&format!("{ours:.0} µs against {limit:.0} µs; {:.0}/s against {:.0}/s, {rate:.2}", rates[0], rates[1]));
}
