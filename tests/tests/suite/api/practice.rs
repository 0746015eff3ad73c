//! Attempts at drills: what is handed in, what comes of it, and evaluating it again.

use std::time::Duration;

use cairn_domain::Code;
use cairn_domain::identity::Role;
use cairn_drill::run::{Report, SqlError, Stop};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Caller, send};
use super::learning::path;
use super::pack;
use super::running::{second_changed, until};
use super::server::{Backing, Server};

const AGAIN: &str = "/api/v1/lessons/steps-drill/drill/re-evaluation";

/// With the course of drills.
pub(super) fn server(on: Backing) -> Server {
    let server = Server::start(on);
    server.apply(&pack::practice(&[]));
    server
}

pub(super) fn enrol(learner: &Caller<'_>) -> Value {
    learner.post("/api/v1/enrolments", &json!({ "kind": "course", "id": "fords" })).expect(201)
}

/// Enrols, and reads what the HTTP drill needs.
fn ready(learner: &Caller<'_>) -> Value {
    let enrolment = enrol(learner);
    learner.put(&path(&enrolment, "/lessons/wading/completion"), &json!({})).expect(200);
    enrolment
}

pub(super) fn start(learner: &Caller<'_>, enrolment: &Value, lesson: &str) -> Value {
    let address = path(enrolment, &format!("/lessons/{lesson}/drill-attempts"));
    learner.post(&address, &json!({ "challenge": true })).expect(201)
}

fn address(attempt: &Value, rest: &str) -> String {
    format!("/api/v1/drill-attempts/{}{rest}", attempt["id"].as_str().unwrap())
}

/// What a service gives that answers with this status.
pub(super) fn seen(attempt: &Value, status: u16) -> Value {
    let note = attempt["vars"]["note"].as_str().unwrap();
    let exchange = json!({
        "step": "look", "turn": 0, "url": format!("http://127.0.0.1:8080/notes/{note}"), "duration_ms": 3,
        "response": { "status": status, "headers": [["x-note", note]], "body": "" },
    });
    json!({ "nonce": attempt["nonce"], "transcript": { "exchanges": [exchange] } })
}

fn hand_in(learner: &Caller<'_>, attempt: &Value, body: &Value) -> Answer {
    learner.post(&address(attempt, "/transcript"), body)
}

/// Starts and ends an attempt at the HTTP drill.
pub(super) fn try_drill(learner: &Caller<'_>, enrolment: &Value, status: u16) -> Value {
    let attempt = start(learner, enrolment, "steps-drill");
    hand_in(learner, &attempt, &seen(&attempt, status)).expect(200)
}

fn solve(learner: &Caller<'_>, attempt: &Value, body: &Value) -> Answer {
    learner.post(&address(attempt, "/solution"), body)
}

fn standing(learner: &Caller<'_>, enrolment: &Value, lesson: &str) -> Value {
    let progress = learner.get(&path(enrolment, "/progress")).expect(200);
    progress["lessons"].as_array().unwrap().iter().find(|of| of["id"] == lesson).unwrap().clone()
}

fn outcomes(attempt: &Value) -> Vec<(&str, &str)> {
    let all = attempt["verdict"]["assertions"].as_array().unwrap().iter();
    all.map(|of| (of["subject"].as_str().unwrap(), of["outcome"].as_str().unwrap())).collect()
}

fn result(attempt: &Value) -> [&Value; 4] {
    ["state", "passed", "percent", "provenance"].map(|field| &attempt[field])
}

pub(super) fn a_transcript_judges_an_attempt_and_moves_the_learner_on(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let started = learner.post(&path(&enrolment, "/lessons/steps-drill/drill-attempts"), &json!({}));
    let attempt = started.expect(201);
    let shown = learner.get(started.header("location"));
    assert_eq!(shown.expect(200), attempt);
    assert_eq!((&attempt["state"], &attempt["kind"]), (&json!("open"), &json!("http")));
    assert_eq!((&attempt["verdict"], &attempt["challenge"]), (&json!(null), &json!(false)));
    assert_eq!(attempt["nonce"].as_str().unwrap().len(), 32);
    assert_eq!(attempt["drill"]["steps"][0]["id"], "look");
    learner.get(&address(&attempt, "/replay")).problem(409, "nothing_to_replay");
    let failed = hand_in(&learner, &attempt, &seen(&attempt, 500)).expect(200);
    assert_eq!(result(&failed), [&json!("judged"), &json!(false), &json!(50), &json!("observed_by_learner")]);
    assert_eq!(outcomes(&failed), [("status", "failed"), ("header X-Note", "passed")]);
    assert_eq!(failed.get("nonce"), None);
    assert_eq!(standing(&learner, &enrolment, "steps-drill")["state"], "open");
    let second = start(&learner, &enrolment, "steps-drill");
    assert_ne!((&second["nonce"], &second["vars"]), (&attempt["nonce"], &attempt["vars"]));
    // What another attempt was told is no answer to this one.
    let mut of_another = seen(&attempt, 200);
    of_another["nonce"] = second["nonce"].clone();
    let failed = hand_in(&learner, &second, &of_another).expect(200);
    assert_eq!(failed["passed"], false, "{failed}");
    let passed = try_drill(&learner, &enrolment, 200);
    assert_eq!(result(&passed), [&json!("judged"), &json!(true), &json!(100), &json!("observed_by_learner")]);
    assert_eq!(learner.get(&address(&passed, "")).expect(200), passed);
    let completed = standing(&learner, &enrolment, "steps-drill");
    assert_eq!((&completed["state"], &completed["best_percent"]), (&json!("completed"), &json!(100)));
    let replayed = learner.get(&address(&passed, "/replay")).expect(200);
    assert_eq!(replayed, json!({ "verdict": passed["verdict"], "same": true }));
}

pub(super) fn what_was_handed_in_is_forgotten_after_a_time(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let old = try_drill(&learner, &enrolment, 500);
    server.clock.advance(Duration::from_secs(2 * 86_400));
    let new = try_drill(&learner, &enrolment, 500);
    let replay = |attempt: &Value| learner.get(&address(attempt, "/replay"));
    replay(&old).expect(200);
    let _second = second_changed(&server, |settings| settings.handed_in_kept = Some(Duration::from_secs(86_400)));
    until(|| replay(&old).status == 409);
    replay(&old).problem(409, "nothing_to_replay");
    replay(&new).expect(200);
    assert_eq!(learner.get(&address(&old, "")).expect(200), old, "the verdict stays");
}

pub(super) fn a_transcript_is_of_its_attempt_and_its_drill(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempt = start(&learner, &enrolment, "steps-drill");
    let good = seen(&attempt, 200);
    let changed = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        hand_in(&learner, &attempt, &body)
    };
    changed("/nonce", json!("0".repeat(32))).problem(409, "nonce_wrong");
    changed("/nonce", json!("")).problem(409, "nonce_wrong");
    let forged = changed("/transcript/exchanges/0/step", json!("forged")).problem(422, "transcript_invalid");
    assert!(forged["detail"].as_str().unwrap().contains("forged"), "{forged}");
    changed("/transcript/exchanges/0/turn", json!(1)).problem(422, "transcript_invalid");
    changed("/transcript/exchanges/0/response", json!(null)).problem(422, "transcript_invalid");
    changed("/transcript", json!({ "exchanges": [], "passed": true })).problem(422, "transcript_invalid");
    changed("/transcript", json!([])).problem(422, "transcript_invalid");
    changed("/transcript/exchanges/0/url", json!("x".repeat(2 << 20))).problem(422, "transcript_too_large");
    changed("/transcript/exchanges/0/url", json!("x".repeat(3 << 20))).problem(413, "body_too_large");
    let raw = |text: &'static str| {
        let request = learner.request(Method::POST, &address(&attempt, "/transcript"));
        send(request.header("content-type", "application/json").body(text))
    };
    raw("{").problem(400, "bad_json");
    raw("{\"nonce\":\"a\",\"nonce\":\"b\"}").problem(400, "bad_json");
    let mut verdict = good.clone();
    verdict["verdict"] = json!({ "passed": true });
    let faults = hand_in(&learner, &attempt, &verdict).faults(422, "invalid");
    assert_eq!(faults, [("/verdict".to_owned(), "unknown_field".to_owned())]);
    let faults = hand_in(&learner, &attempt, &json!({})).faults(422, "invalid");
    assert_eq!(faults.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(), ["required", "required"]);
    solve(&learner, &attempt, &json!({ "sql": "select 1" })).problem(409, "wrong_lesson_kind");
    // Nothing of this ended the attempt, and what ends it does so once.
    hand_in(&learner, &attempt, &good).expect(200);
    hand_in(&learner, &attempt, &good).problem(409, "attempt_judged");
    let late = start(&learner, &enrolment, "steps-drill");
    server.clock.advance(Duration::from_secs(3600));
    hand_in(&learner, &late, &seen(&late, 200)).problem(409, "attempt_expired");
    let expired = learner.get(&address(&late, "")).expect(200);
    assert_eq!((&expired["state"], expired.get("nonce")), (&json!("expired"), None));
}

pub(super) fn one_drill_attempt_at_a_time_which_a_key_starts_once(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-drill/drill-attempts");
    let keyed = || send(learner.request(Method::POST, &attempts).header("idempotency-key", "key").json(&json!({})));
    let first = keyed();
    let attempt = first.expect(201);
    assert_eq!((keyed().expect(201), keyed().header("idempotency-replayed")), (attempt.clone(), "true"));
    let open = learner.post(&attempts, &json!({})).problem(409, "attempt_open");
    assert!(open["detail"].as_str().unwrap().contains(attempt["id"].as_str().unwrap()));
    server.clock.advance(Duration::from_secs(3600));
    start(&learner, &enrolment, "steps-drill");
    server.clock.advance(Duration::from_secs(3600));
    try_drill(&learner, &enrolment, 200);
    start(&learner, &enrolment, "steps-drill");
    let listed = learner.all(&attempts, 1);
    let states: Vec<_> = listed.iter().map(|of| of["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["expired", "expired", "judged", "open"]);
    assert_eq!(listed, learner.all(&attempts, 50));
    assert!(listed.iter().all(|of| of.get("drill").is_none() && of.get("nonce").is_none()));
    assert_eq!(listed[0]["id"], attempt["id"]);
    for (lesson, code) in [("wading", "wrong_lesson_kind"), ("steps-capstone", "wrong_lesson_kind")] {
        let address = path(&enrolment, &format!("/lessons/{lesson}/drill-attempts"));
        learner.post(&address, &json!({})).problem(409, code);
    }
    learner.post(&path(&enrolment, "/lessons/nothing/drill-attempts"), &json!({})).problem(404, "not_found");
    learner.post(&path(&enrolment, "/lessons/steps-quiz/drill-attempts"), &json!({})).problem(404, "not_found");
    let faults = learner.post(&attempts, &json!({ "passed": true })).faults(422, "invalid");
    assert_eq!(faults, [("/passed".to_owned(), "unknown_field".to_owned())]);
}

pub(super) fn drill_attempts_end_and_pause(on: Backing) {
    let server = Server::start(on);
    server.apply(&pack::practice(&[(
        "courses/fords/steps-drill.md",
        "open_for: 1h\n",
        "open_for: 1h\nattempts: 2\ncool_down: 1m\n",
    )]));
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-drill/drill-attempts");
    try_drill(&learner, &enrolment, 500);
    let pause = learner.post(&attempts, &json!({}));
    pause.problem(429, "cool_down");
    assert_eq!(pause.header("retry-after"), "60");
    server.clock.advance(Duration::from_secs(60));
    try_drill(&learner, &enrolment, 500);
    server.clock.advance(Duration::from_secs(60));
    learner.post(&attempts, &json!({})).problem(409, "attempts_exhausted");
}

pub(super) fn an_instructor_looks_at_drill_attempts_and_nobody_else_does(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = ready(&learner);
    let attempts = path(&enrolment, "/lessons/steps-drill/drill-attempts");
    let attempt = start(&learner, &enrolment, "steps-drill");
    let instructor = server.program("instructor@example.org", &[Role::Instructor, Role::Admin]);
    let stranger = server.program("stranger@example.org", &[Role::Author]);
    let looked_at = instructor.get(&address(&attempt, "")).expect(200);
    assert_eq!(looked_at.get("nonce"), None, "it is the learner's alone");
    assert_eq!((&looked_at["id"], &looked_at["vars"]), (&attempt["id"], &attempt["vars"]));
    for other in [&instructor, &stranger] {
        hand_in(other, &attempt, &seen(&attempt, 200)).problem(404, "not_found");
        solve(other, &attempt, &json!({ "sql": "select 1" })).problem(404, "not_found");
        other.post(&attempts, &json!({})).problem(404, "not_found");
    }
    let judged = hand_in(&learner, &attempt, &seen(&attempt, 200)).expect(200);
    assert_eq!(instructor.get(&address(&attempt, "")).expect(200), judged);
    assert_eq!(instructor.all(&attempts, 50), learner.all(&attempts, 50));
    assert_eq!(instructor.get(&address(&attempt, "/replay")).expect(200)["same"], true);
    for address in [attempts, address(&attempt, ""), address(&attempt, "/replay")] {
        stranger.get(&address).problem(404, "not_found");
        server.anybody().get(&address).problem(401, "unauthenticated");
    }
}

pub(super) fn a_locked_drill_is_taken_as_a_challenge(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempts = path(&enrolment, "/lessons/steps-drill/drill-attempts");
    let locked = learner.post(&attempts, &json!({})).problem(409, "locked");
    assert!(locked["detail"].as_str().unwrap().contains("paths.fording"), "{locked}");
    let challenge = learner.post(&attempts, &json!({ "challenge": true })).expect(201);
    assert_eq!(challenge["challenge"], true);
    hand_in(&learner, &challenge, &seen(&challenge, 500)).expect(200);
    assert_eq!(standing(&learner, &enrolment, "wading")["state"], "open");
    try_drill(&learner, &enrolment, 200);
    for lesson in ["wading", "steps-drill"] {
        assert_eq!(standing(&learner, &enrolment, lesson)["state"], "completed", "{lesson}");
    }
    assert_eq!(start(&learner, &enrolment, "steps-drill")["challenge"], false, "it is open by now");
}

pub(super) fn sql_is_run_and_compared(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let begin = || start(&learner, &enrolment, "steps-sql");
    let attempt = begin();
    assert_eq!((&attempt["kind"], &attempt["vars"]), (&json!("sql"), &json!({})));
    let told = learner.get("/api/v1/lessons/steps-sql/drill");
    assert_eq!(told.expect(200)["drill"], attempt["drill"]);
    assert!(!told.text().contains("select name, beds"), "the reference is nobody's: {}", told.text());
    let faults = |body: Value| solve(&learner, &attempt, &body).faults(422, "invalid");
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(faults(json!({})), one("", "one_of"));
    assert_eq!(faults(json!({ "sql": "select 1", "steps": {} })), one("", "one_of"));
    assert_eq!(faults(json!({ "sql": "x".repeat(20_001) })), one("/sql", "too_long"));
    assert_eq!(faults(json!({ "sql": "select 1", "why": 1 })), one("/why", "unknown_field"));
    solve(&learner, &attempt, &json!({ "steps": { "up": "select 1" } })).problem(409, "wrong_lesson_kind");
    hand_in(&learner, &attempt, &json!({ "nonce": attempt["nonce"], "transcript": { "exchanges": [] } }))
        .problem(409, "wrong_lesson_kind");
    let wrong = solve(&learner, &attempt, &json!({ "sql": "select name, beds from hut limit 1" }));
    let judged = wrong.expect(200);
    assert_eq!(result(&judged), [&json!("judged"), &json!(false), &json!(66), &json!("run_by_server")]);
    assert_eq!(outcomes(&judged), [("runs", "passed"), ("columns", "passed"), ("rows", "failed")]);
    assert_eq!(judged["verdict"]["evidence"]["result"]["rows"].as_array().unwrap().len(), 1);
    assert!(!wrong.text().contains("reference"), "{}", wrong.text());
    solve(&learner, &attempt, &json!({ "sql": "select name, beds from hut" })).problem(409, "attempt_judged");

    let (limit, error) = (begin(), |message: &str| SqlError { message: message.into(), statement: 0, offset: None });
    server.sandbox.says(Some(Ok(Report { stopped: Some(Stop::Time), ..Report::default() })));
    let stopped = solve(&learner, &limit, &json!({ "sql": "with recursive …" })).expect(200);
    assert_eq!((&stopped["passed"], &stopped["verdict"]["stopped"]["limit"]), (&json!(false), &json!("time")));
    server.sandbox.says(Some(Ok(Report { error: Some(error("no such column: bed")), ..Report::default() })));
    let refused = solve(&learner, &begin(), &json!({ "sql": "select bed from hut" })).expect(200);
    assert_eq!(refused["verdict"]["evidence"]["messages"], json!(["no such column: bed"]));
    server.sandbox.says(None);

    let passed = solve(&learner, &begin(), &json!({ "sql": "select name, beds from hut" })).expect(200);
    assert_eq!(result(&passed), [&json!("judged"), &json!(true), &json!(100), &json!("run_by_server")]);
    assert_eq!(standing(&learner, &enrolment, "steps-sql")["state"], "completed");
    let late = begin();
    server.clock.advance(Duration::from_secs(86_400));
    solve(&learner, &late, &json!({ "sql": "select name, beds from hut" })).problem(409, "attempt_expired");
    learner.get("/api/v1/lessons/wading/drill").problem(409, "wrong_lesson_kind");
    learner.get("/api/v1/lessons/nothing/drill").problem(404, "not_found");
}

pub(super) fn steps_of_a_migration_are_run(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempt = start(&learner, &enrolment, "steps-migration");
    let faults = |body: Value| solve(&learner, &attempt, &body).faults(422, "invalid");
    assert_eq!(faults(json!({ "steps": {} })), [("/steps".to_owned(), "required".to_owned())]);
    let unfit = faults(json!({ "steps": { "up": "select 1", "over": "select 1" } }));
    assert_eq!(unfit, [("/steps/over".to_owned(), "unfit".to_owned())]);
    solve(&learner, &attempt, &json!({ "sql": "select 1" })).problem(409, "wrong_lesson_kind");
    let danger = json!({ "steps": { "up": "alter table hut add column colour text not null" } });
    let failed = solve(&learner, &attempt, &danger).expect(200);
    assert!(outcomes(&failed).contains(&("dangers", "failed")), "{failed}");
    let attempt = start(&learner, &enrolment, "steps-migration");
    let good = json!({ "steps": { "up": "alter table hut add column colour text" } });
    let passed = solve(&learner, &attempt, &good).expect(200);
    assert_eq!(result(&passed), [&json!("judged"), &json!(true), &json!(100), &json!("run_by_server")], "{passed}");
    assert_eq!(standing(&learner, &enrolment, "steps-migration")["state"], "completed");
}

pub(super) fn without_a_sandbox_an_attempt_stays_open(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempt = start(&learner, &enrolment, "steps-sql");
    let good = json!({ "sql": "select name, beds from hut" });
    for (code, text) in [(Code::Busy, "busy"), (Code::SandboxUnavailable, "sandbox_unavailable")] {
        server.sandbox.says(Some(Err(code)));
        let refused = solve(&learner, &attempt, &good);
        refused.problem(503, text);
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(learner.get(&address(&attempt, "")).expect(200), attempt);
    }
    server.sandbox.says(None);
    let judged = solve(&learner, &attempt, &good).expect(200);
    assert_eq!(judged["passed"], true);
    server.sandbox.says(Some(Err(Code::Busy)));
    learner.get(&address(&attempt, "/replay")).problem(503, "busy");
    let author = server.program("author@example.org", &[Role::Author]);
    author.get("/api/v1/lessons/steps-sql/drill/re-evaluation").problem(503, "busy");
}

pub(super) fn a_replay_tells_whether_the_verdict_is_the_same(on: Backing) {
    let server = server(on);
    let learner = server.program("learner@example.org", &[]);
    let enrolment = enrol(&learner);
    let attempt = start(&learner, &enrolment, "steps-sql");
    let judged = solve(&learner, &attempt, &json!({ "sql": "select name, beds from hut" })).expect(200);
    let replay = || learner.get(&address(&attempt, "/replay")).expect(200);
    assert_eq!(replay(), json!({ "verdict": judged["verdict"], "same": true }));
    server.sandbox.says(Some(Ok(Report { stopped: Some(Stop::Memory), ..Report::default() })));
    let other = replay();
    assert_eq!((&other["same"], &other["verdict"]["stopped"]["limit"]), (&json!(false), &json!("memory")));
    assert_eq!(learner.get(&address(&attempt, "")).expect(200), judged, "nothing was written");
    assert_eq!(standing(&learner, &enrolment, "steps-sql")["state"], "completed");
}

pub(super) fn a_mended_drill_is_evaluated_again_and_nobody_loses_by_it(on: Backing) {
    let server = server(on);
    let author = server.program("author@example.org", &[Role::Author]);
    let (ada, bob) = (server.program("ada@example.org", &[]), server.program("bob@example.org", &[]));
    let (of_ada, of_bob) = (ready(&ada), ready(&bob));
    let passed = try_drill(&ada, &of_ada, 200);
    let failed = try_drill(&bob, &of_bob, 204);
    let unchanged = author.get(AGAIN).expect(200);
    assert_eq!((&unchanged["evaluated"], &unchanged["changes"]), (&json!(2), &json!([])));
    // The drill should have asked for 204.
    server.apply(&pack::practice(&[("courses/fords/notes.yaml", "status: 200", "status: 204")]));
    let looked_at = author.get(AGAIN);
    let report = looked_at.expect(200);
    let count = |report: &Value| ["evaluated", "skipped", "now_passed", "now_failed"].map(|of| report[of].clone());
    assert_eq!(count(&report), [json!(2), json!(0), json!(1), json!(1)]);
    let change = |attempt: &Value, was: (bool, u8), becomes: (bool, u8)| {
        let outcome = |(passed, percent): (bool, u8)| json!({ "passed": passed, "percent": percent });
        json!({ "attempt": attempt["id"], "was": outcome(was), "becomes": outcome(becomes) })
    };
    let changes = [change(&passed, (true, 100), (false, 50)), change(&failed, (false, 50), (true, 100))];
    assert_eq!(report["changes"], json!(changes));
    for name in ["ada@", "bob@", ada.id.as_str(), bob.id.as_str()] {
        assert!(!looked_at.text().contains(name), "{}", looked_at.text());
    }
    assert_eq!(bob.get(&address(&failed, "")).expect(200), failed, "looking writes nothing");
    let apply = |caller: &Caller<'_>, etag: &str| {
        let request = caller.request(Method::POST, AGAIN);
        send(if etag.is_empty() { request } else { request.header("if-match", etag) })
    };
    apply(&author, "").problem(428, "precondition_required");
    apply(&author, "*").problem(428, "precondition_required");
    let carl = server.program("carl@example.org", &[]);
    let of_carl = ready(&carl);
    try_drill(&carl, &of_carl, 204);
    try_drill(&carl, &of_carl, 200);
    apply(&author, looked_at.header("etag")).problem(412, "stale");
    assert_eq!(bob.get(&address(&failed, "")).expect(200), failed, "a stale report writes nothing");
    let looked_at = author.get(AGAIN);
    assert_eq!(looked_at.expect(200)["evaluated"], 4);
    apply(&ada, looked_at.header("etag")).problem(403, "role_missing");
    let applied = apply(&author, looked_at.header("etag")).expect(200);
    assert_eq!(applied, looked_at.expect(200));
    let again = bob.get(&address(&failed, "")).expect(200);
    assert_eq!(
        (&again["passed"], &again["percent"], &again["judged_at"]),
        (&json!(true), &json!(100), &failed["judged_at"])
    );
    assert_eq!(bob.get(&address(&failed, "/replay")).expect(200)["same"], true);
    assert_eq!(ada.get(&address(&passed, "")).expect(200)["passed"], false);
    for (learner, enrolment) in [(&ada, &of_ada), (&bob, &of_bob), (&carl, &of_carl)] {
        assert_eq!(standing(learner, enrolment, "steps-drill")["state"], "completed");
    }
    assert_eq!(count(&author.get(AGAIN).expect(200)), [json!(4), json!(0), json!(0), json!(0)]);
    let instructor = server.program("instructor@example.org", &[Role::Instructor]);
    for other in [&ada, &instructor] {
        other.get(AGAIN).problem(403, "role_missing");
    }
    author.get("/api/v1/lessons/wading/drill/re-evaluation").problem(409, "wrong_lesson_kind");
    author.get("/api/v1/lessons/nothing/drill/re-evaluation").problem(404, "not_found");
}
