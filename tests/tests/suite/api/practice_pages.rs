//! Drills and capstones on pages.

use cairn_domain::identity::Role;

use super::client::Caller;
use super::pack;
use super::server::{Backing, Server};

const COURSE: &str = "\
---
id: huts
title: Huts
summary: Practice on real things.
lessons: [huts-drill, huts-http, huts-work]
---
Three lessons.
";

const DRILL: &str = "\
---
id: huts-drill
title: 'Drill: huts'
summary: Which huts are there?
kind: drill
minutes: 15
drill: huts.yaml
---
Give name and beds of every hut.
";

const SQL: &str = "\
drill: sql/v1
data:
  seed: 1
  tables:
    - name: hut
      create: create table hut (name text not null, beds integer)
      columns: [{ name: name }, { name: beds }]
      rows_given: [[Alm, 12], [Joch, null]]
checks:
  - no_scan: hut
    advice: true
reference: select name, beds from hut
";

const HTTP: &str = "\
---
id: huts-http
title: 'Drill: a service of huts'
summary: Build it.
kind: drill
minutes: 15
drill: service.yaml
---
Answer with `200`.
";

const SERVICE: &str = "\
drill: http/v1
steps:
  - id: read
    request: { method: GET, path: /huts }
    expect: [{ status: 200 }]
";

const WORK: &str = "\
---
id: huts-work
title: 'Capstone: a register'
summary: All of it together.
kind: capstone
minutes: 60
capstone:
  drills: [huts-drill]
  rubric:
    - { id: works, title: It works, about: Every hut is in it., points: 3 }
    - { id: reads, title: It reads well, about: Names say what they mean., points: 2 }
  pass: 4
---
Build a register.
";

fn server(on: Backing) -> Server {
    let server = Server::start(on);
    let mut files = pack::files();
    let course = "courses/huts/";
    let more = [
        ("course.md", COURSE),
        ("drill.md", DRILL),
        ("huts.yaml", SQL),
        ("http.md", HTTP),
        ("service.yaml", SERVICE),
        ("work.md", WORK),
    ];
    files.extend(more.map(|(path, text)| (format!("{course}{path}"), text.as_bytes().to_vec())));
    server
        .program("author@example.org", &[Role::Author])
        .send_pack("/api/v1/packs/examples/releases", pack::archive(&files))
        .expect(201);
    server
}

fn enrol(learner: &Caller<'_>) -> String {
    learner.form("/learning", &[("kind", "course"), ("id", "huts")]).led_to().to_owned()
}

/// Passes the SQL drill; gives the page of the attempt.
fn pass(learner: &Caller<'_>, enrolment: &str) -> String {
    let attempt = learner.form(&format!("{enrolment}/lessons/huts-drill/drill-attempts"), &[]).led_to().to_owned();
    assert_eq!(learner.form(&attempt, &[("sql", "select name, beds from hut")]).led_to(), attempt);
    attempt
}

#[track_caller]
fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

pub(super) fn a_drill_is_answered_wrong_and_then_right(on: Backing) {
    let server = server(on);
    let public = server.anybody().get("/lessons/huts-drill");
    has(
        public.page(200),
        &[
            "SQL drill · 15 min",
            "You hand in one query.",
            "create table hut",
            "goes through all of <code>hut</code>",
            "Sign in to try it",
        ],
    );
    assert!(!public.text().contains("select name, beds from hut"), "the reference is kept back");
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    assert!(learner.get("/lessons/huts-drill").page(200).contains("Start the drill"));
    let list = format!("{enrolment}/lessons/huts-drill/drill-attempts");
    assert!(learner.get(&list).page(200).contains("There are none yet."));
    let first = learner.form(&list, &[]).led_to().to_owned();
    assert_eq!(learner.form(&list, &[]).led_to(), first, "a second one is the first");
    assert!(learner.get(&first).page(200).contains("<textarea class=\"editor\" id=\"sql\""));
    let empty = learner.form(&first, &[("sql", "")]);
    assert!(empty.page(422).contains("id=\"sql-fault\""), "{}", empty.text());
    learner.form(&first, &[("sql", "select 1"), ("step.up", "x")]).page(422);
    let wrong = "select name,\r\n  beds from huts -- <wrong>";
    assert_eq!(learner.form(&first, &[("sql", wrong)]).led_to(), first);
    let verdict = learner.get(&first);
    has(
        verdict.page(200),
        &[
            "✗ Not passed",
            "run by the server",
            "Rows that are missing",
            "<td class=\"null\">NULL</td>",
            "<td class=\"number\">12</td>",
            "SCAN hut",
            "Try again",
            "-- &#60;wrong&#62;",
        ],
    );
    assert!(!verdict.text().contains("<wrong>"));
    learner.form(&first, &[("sql", "select 1")]).page(409);
    let from = first.rsplit('/').next().unwrap();
    let second = learner.form(&list, &[("from", from)]).led_to().to_owned();
    assert!(second.ends_with(&format!("?from={from}")) && !second.starts_with(&first), "{second}");
    has(
        learner.get(&second).page(200),
        &["beds from huts -- &#60;wrong&#62;</textarea>", "What the last attempt came to"],
    );
    let second = second.split('?').next().unwrap();
    assert_eq!(learner.form(second, &[("sql", "select name, beds from hut")]).led_to(), second);
    has(learner.get(second).page(200), &["✓ Passed", "with 100 %", "You completed this on", "Evaluate it again"]);
    has(learner.form(&format!("{second}/replay"), &[]).page(200), &["Evaluated again:", "the verdict is the same"]);
    has(learner.get(&list).page(200), &["✗ not passed", "✓ passed", "100 %"]);
    let other = server.browser("eve@example.org", &[]);
    other.get(second).page(404);
    other.form(&format!("{second}/replay"), &[]).page(404);
    assert!(!other.get(&format!("{second}?from={from}")).text().contains("wrong"));
}

pub(super) fn an_http_drill_says_how_it_is_run(on: Backing) {
    let server = server(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    has(
        learner.get("/lessons/huts-http").page(200),
        &["HTTP drill", "<code>GET /huts</code>", "1 check<", "cairn check huts-http"],
    );
    let attempt = learner.form(&format!("{enrolment}/lessons/huts-http/drill-attempts"), &[]).led_to().to_owned();
    let page = learner.get(&attempt);
    has(page.page(200), &["cairn check huts-http", "It takes what you hand in until"]);
    assert!(!page.text().contains("<textarea"));
    learner.form(&attempt, &[("sql", "select 1")]).page(409);
    let instructor = server.browser("grace@example.org", &[Role::Instructor]).get(&attempt);
    assert!(
        instructor.page(200).contains("waiting for its learner") && !instructor.text().contains("cairn check huts")
    );
}

pub(super) fn work_is_handed_in_returned_and_accepted(on: Backing) {
    let server = server(on);
    has(
        server.anybody().get("/lessons/huts-work").page(200),
        &["It works", "4 of 5 points are accepted", "Drill: huts"],
    );
    let learner = server.browser("ada@example.org", &[]);
    let work = format!("{}/lessons/huts-work/work", enrol(&learner));
    let enrolment = work.split("/lessons").next().unwrap();
    assert!(!learner.get(&work).page(200).contains("Hand it in"), "its drill comes first");
    learner.form(&work, &[("text", "mine"), ("link", "https://example.org/a")]).page(409);
    pass(&learner, enrolment);
    assert!(learner.get("/lessons/huts-work").page(200).contains("Hand in your work"));
    let faulty = learner.form(&work, &[("text", "<b>mine</b>"), ("link", "javascript:alert(1)")]);
    has(faulty.page(422), &["id=\"link-fault\"", "&#60;b&#62;mine"]);
    let place = format!("{work}#page:work");
    assert_eq!(learner.form(&work, &[("text", "<b>mine</b>"), ("link", "https://example.org/a")]).led_to(), place);
    has(
        learner.get(&work).page(200),
        &["waiting for a review", "href=\"https://example.org/a\" rel=\"nofollow noopener\""],
    );
    learner.get("/reviews").page(403);
    let instructor = server.browser("grace@example.org", &[Role::Instructor]);
    has(instructor.get("/reviews").page(200), &[&format!("href=\"{work}\"")]);
    has(instructor.get(&work).page(200), &["Give the review", "id=\"points.works\""]);
    let review = format!("{work}/review");
    learner.form(&review, &[("version", "1"), ("points.works", "3"), ("points.reads", "2")]).page(403);
    let much = instructor.form(&review, &[("version", "1"), ("points.works", "9"), ("points.reads", "")]);
    has(much.page(422), &["id=\"points.works-fault\"", "id=\"points.reads-fault\"", "value=\"9\""]);
    let few = [("version", "1"), ("points.works", "3"), ("points.reads", "0")];
    assert_eq!(instructor.form(&review, &few).led_to(), place);
    let comments = format!("{work}/comments");
    assert_eq!(
        instructor.form(&comments, &[("comment", "Look at <names>.")]).led_to(),
        format!("{work}#page:comments")
    );
    instructor.form(&comments, &[("comment", "")]).page(422);
    has(
        learner.get(&work).page(200),
        &["returned", "3 of 5 points", "An instructor", "Look at &#60;names&#62;.", "Hand in another version"],
    );
    assert_eq!(learner.form(&work, &[("text", "better"), ("link", "https://example.org/b")]).led_to(), place);
    instructor.form(&review, &few).page(412);
    let all = [("version", "3"), ("points.works", "3"), ("points.reads", "2")];
    assert_eq!(instructor.form(&review, &all).led_to(), place);
    has(learner.get(&work).page(200), &["✓ Accepted", "Version 2", "Version 1"]);
    has(learner.get("/lessons/huts-work").page(200), &["You completed this on"]);
    has(instructor.get("/reviews?state=accepted").page(200), &[&format!("href=\"{work}\"")]);
    assert!(instructor.get("/reviews").page(200).contains("No work is waiting for a review."));
}

pub(super) fn an_author_sees_what_a_drill_would_make_of_earlier_attempts(on: Backing) {
    let server = server(on);
    let learner = server.browser("ada@example.org", &[]);
    let enrolment = enrol(&learner);
    pass(&learner, &enrolment);
    let path = "/lessons/huts-drill/re-evaluation";
    learner.get(path).page(403);
    learner.form(path, &[]).page(403);
    let author = server.browser("alan@example.org", &[Role::Author]);
    assert!(author.get("/lessons/huts-drill").page(200).contains(&format!("href=\"{path}\"")));
    has(author.get(path).page(200), &["1 attempt", "Every verdict stays as it is."]);
    author.get("/lessons/first-steps/re-evaluation").page(409);
    let mut files = pack::files();
    let stricter = SQL.replace("advice: true", "weight: 2");
    let more = [
        ("course.md", COURSE),
        ("drill.md", DRILL),
        ("huts.yaml", stricter.as_str()),
        ("http.md", HTTP),
        ("service.yaml", SERVICE),
        ("work.md", WORK),
    ];
    files.extend(more.map(|(path, text)| (format!("courses/huts/{path}"), text.as_bytes().to_vec())));
    author.send_pack("/api/v1/packs/examples/releases", pack::archive(&files)).expect(201);
    has(author.get(path).page(200), &["Turn to not passed</dt><dd>1", "Would be", "Write these verdicts"]);
    author.form(path, &[("report", "another")]).page(412);
    let planned = author.get(path);
    let report = planned.text().split_once("name=\"report\" value=\"").unwrap().1.split('"').next().unwrap();
    has(author.form(path, &[("report", report)]).page(200), &["The verdicts are written."]);
    has(author.get(path).page(200), &["Every verdict stays as it is."]);
    has(learner.get("/lessons/huts-drill").page(200), &["You completed this on"]);
}
