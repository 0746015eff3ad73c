//! Drills: a Cairn server that answers so on one side, the learner's service on the other.

use serde_json::{Value, json};

use super::*;
use crate::args::{DrillArgs, MigrationArgs, PullArgs, SqlArgs};

const PROGRESS: &str = r#"{"percent":50,"done":1,"required":2,"next":"notes","lessons":[
    {"id":"first","slug":"first","title":"The first","kind":"reading","minutes":20,"state":"completed"},
    {"id":"notes","slug":"notes","title":"Notes","kind":"drill","minutes":30,"state":"open"}]}"#;

fn leak(value: &Value) -> &'static str {
    Box::leak(value.to_string().into_boxed_str())
}

fn drill() -> Value {
    json!({
        "drill": "http/v1",
        "steps": [
            {
                "id": "make", "request": {"method": "POST", "path": "/notes", "json": {"title": "{{title}}"}},
                "capture": {"id": {"jsonpath": "$.id"}},
                "expect": [{"status": 201}, {"jsonpath": {"path": "$.title", "eq": "{{title}}"}, "hint": "As it was."}],
            },
            {"id": "read", "request": {"method": "GET", "path": "/notes/{{id}}"}, "expect": [{"status": 200}]},
        ],
        "vars": {"title": "a {{random.word}}"},
    })
}

fn published(kind: &str, drill: &Value) -> Answer {
    ok(leak(&json!({"lesson": "notes", "revision": "r", "kind": kind, "drill": drill})))
}

fn open_attempt() -> Value {
    json!({"id": "d1", "kind": "http", "state": "open", "nonce": "n0nce", "vars": {"title": "mine"}, "drill": drill(),
        "expires_at": "2026-11-25T12:00:00Z", "verdict": null})
}

/// The server's verdict, such as it is: the command shows it and makes none of its own.
fn judged(passed: bool) -> Answer {
    let assertion = |step: &str, index: u32, subject: &str, outcome: &str, expected: &str, got: &str| {
        json!({"step": step, "index": index, "subject": subject, "outcome": outcome, "expected": expected, "got": got,
            "hint": (outcome == "failed").then_some("As it was."), "weight": 1, "advice": false})
    };
    let bad = if passed { "passed" } else { "failed" };
    let last = if passed { "passed" } else { "skipped" };
    let verdict = json!({"assertions": [
        assertion("make", 0, "status", "passed", "201", "201"),
        assertion("make", 1, "$.title", bad, "\"mine\"", "\"other\""),
        assertion("read", 0, "status", last, "200", "step `make` gave no `id`"),
    ]});
    ok(leak(&json!({"id": "d1", "state": "judged", "vars": {}, "drill": drill(), "passed": passed,
        "percent": if passed { 100 } else { 33 }, "verdict": verdict})))
}

/// A service that makes a note and reads it; it tells what it was asked.
fn notes(title: &str) -> (String, std::sync::mpsc::Receiver<crate::client::tests::Seen>) {
    let note = leak(&json!({"id": 5, "title": title}));
    server(vec![("201 Created", JSON, note), ("200 OK", JSON, note)])
}

fn check(args: DrillArgs) -> LearnerCommand {
    LearnerCommand::Check(args)
}

#[test]
fn a_drill_is_run_and_what_was_seen_is_handed_in() {
    let (service, asked) = notes("other");
    let args = DrillArgs { base_url: Some(service.clone()), ..DrillArgs::default() };
    let started = ("201 Created", JSON, leak(&open_attempt()));
    let answers = [ok(ENROLMENTS), ok(PROGRESS), published("http", &drill()), started, judged(false)];
    let ended = run_with(check(args), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Found);
    assert_eq!(
        ended.requests[2..],
        [
            "GET lessons/notes/drill",
            "POST enrolments/e1/lessons/notes/drill-attempts",
            "POST drill-attempts/d1/transcript"
        ]
    );
    let sent: Vec<_> = asked.try_iter().map(|seen| (seen.line, seen.body)).collect();
    let expected = [("POST /notes HTTP/1.1", r#"{"title":"mine"}"#), ("GET /notes/5 HTTP/1.1", "")];
    assert_eq!(sent, expected.map(|(line, body)| (line.to_owned(), body.to_owned())));
    let handed_in: Value = serde_json::from_str(&ended.bodies[4]).unwrap();
    assert_eq!(handed_in["nonce"], "n0nce");
    let exchange = &handed_in["transcript"]["exchanges"][0];
    assert_eq!((&exchange["step"], &exchange["response"]["status"]), (&json!("make"), &json!(201)));
    let text = format!(
        "\nmake  POST {service}/notes\n  ✓ status: 201\n  ✗ $.title: expected \"mine\"\n      got \"other\"\n      As it was.\n\
         \nread  GET {service}/notes/5\n  – status: skipped, step `make` gave no `id`\n\nNot passed: 33 %.\n\
         Try again: cairn check notes\n"
    );
    assert_eq!(ended.out, text);
}

#[test]
fn an_open_attempt_is_gone_on_with_and_passing_tells_what_is_next() {
    let (service, _asked) = notes("mine");
    let args = DrillArgs { lesson: Some("notes".into()), base_url: Some(service), ..DrillArgs::default() };
    let refused: Answer = ("409 Conflict", PROBLEM, r#"{"title":"Open","status":409,"code":"attempt_open"}"#);
    let answers = [
        ok(ENROLMENTS),
        ok(PROGRESS),
        published("http", &drill()),
        refused,
        ok(r#"{"items":[{"id":"d0","state":"judged"},{"id":"d1","state":"open"}],"next":null}"#),
        ok(leak(&open_attempt())),
        judged(true),
        ok(FINISHED),
        ok(FINISHED),
    ];
    let ended = run_with(check(args), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    assert_eq!(ended.requests[5], "GET drill-attempts/d1");
    assert!(ended.out.contains("Passed: 100 %.\n") && ended.out.contains("You have finished"), "{}", ended.out);
}

#[test]
fn with_json_the_servers_answer_is_passed_on() {
    let (service, _asked) = notes("mine");
    let args = DrillArgs { base_url: Some(service), ..DrillArgs::default() };
    let started = ("201 Created", JSON, leak(&open_attempt()));
    let answers = [ok(ENROLMENTS), ok(PROGRESS), published("http", &drill()), started, judged(true)];
    let ended = run_with(check(args), true, &answers, &[]);
    let value: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(value["verdict"]["assertions"].as_array().unwrap().len(), 3);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    let args = DrillArgs { watch: true, ..DrillArgs::default() };
    assert_eq!(run_with(check(args), true, &[], &[]).result.unwrap_err().exit, Exit::Usage);
}

#[test]
fn a_service_that_does_not_answer_costs_no_attempt() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let args = DrillArgs { base_url: Some(address), ..DrillArgs::default() };
    let started = ("201 Created", JSON, leak(&open_attempt()));
    let ended =
        run_with(check(args), false, &[ok(ENROLMENTS), ok(PROGRESS), published("http", &drill()), started], &[]);
    let failure = ended.result.unwrap_err();
    assert_eq!((failure.exit, failure.code.as_str()), (Exit::Unavailable, "service_unreachable"));
    assert_eq!(ended.requests.len(), 4, "nothing is handed in");
}

#[test]
fn a_dry_run_shows_requests_and_sends_none() {
    let args = || check(DrillArgs { dry_run: true, ..DrillArgs::default() });
    let answers = [ok(ENROLMENTS), ok(PROGRESS), published("http", &drill())];
    let ended = run_with(args(), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    let (out, base) = (ended.out, "http://127.0.0.1:8080");
    assert!(
        out.contains(&format!("\nmake  POST {base}/notes\n  Content-Type: application/json\n\n  {{\"title\":\"a ")),
        "{out}"
    );
    assert!(out.contains(&format!("\nread  GET {base}/notes/{{id}}\n")), "{out}");
    assert_eq!(ended.requests.len(), 3, "no attempt is started");
    let value: Value = serde_json::from_str(&run_with(args(), true, &answers, &[]).out).unwrap();
    assert_eq!(value["requests"][1]["url"], format!("{base}/notes/{{id}}"));
}

#[test]
fn what_is_no_http_drill_is_told_with_its_command() {
    let wrong = |answers: &[Answer]| run_with(check(DrillArgs::default()), false, answers, &[]).result.unwrap_err();
    let sql = wrong(&[ok(ENROLMENTS), ok(PROGRESS), published("sql", &json!({"drill": "sql/v1"}))]);
    assert_eq!(sql.help.as_deref(), Some("Run `cairn sql notes`."));
    let migration = wrong(&[ok(ENROLMENTS), ok(PROGRESS), published("migration", &json!({}))]);
    assert_eq!(migration.help.as_deref(), Some("Run `cairn migration notes --dir DIR`."));
    let quiz = wrong(&[ok(ENROLMENTS), ok(super::PROGRESS)]);
    assert_eq!((quiz.code.as_str(), quiz.help.as_deref()), ("wrong_lesson_kind", Some("Run `cairn quiz first-quiz`.")));
}

#[test]
fn a_course_is_taken_along_and_practised_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let lessons = r#"{"items":[{"slug":"first","title":"The first","kind":"reading"},
        {"slug":"notes","title":"Notes","kind":"drill"},{"slug":"orders","title":"Orders","kind":"drill"},
        {"slug":"end","title":"The end","kind":"capstone"}],"next":null}"#;
    let dir = folder.path().join("demo");
    let pull = PullArgs { course: "demo".into(), dir: Some(dir.clone()), attempt: Some("notes".into()) };
    let started = ("201 Created", JSON, leak(&open_attempt()));
    let sql = published("sql", &json!({"drill": "sql/v1"}));
    let answers = [
        ok(lessons),
        published("http", &drill()),
        sql,
        NOT_FOUND,
        ok(ENROLMENTS),
        ok(PROGRESS),
        published("http", &drill()),
        started,
    ];
    let ended = run_with(LearnerCommand::Pull(pull), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    let file = dir.join("notes.json");
    assert!(ended.out.starts_with(&format!("2 drills in {}\n  notes  Notes\n", dir.display())), "{}", ended.out);
    assert!(ended.out.contains(&format!("cairn check --offline {}\n", file.display())), "{}", ended.out);
    assert!(ended.out.contains("  orders  Orders\n    runs on the server only\n"), "{}", ended.out);

    let (service, asked) = notes("other");
    let args = DrillArgs { offline: Some(file), base_url: Some(service), ..DrillArgs::default() };
    let ended = run_with(check(args), false, &[], &[]);
    assert_eq!(ended.result.unwrap(), Exit::Found);
    assert!(ended.requests.is_empty() && ended.out.contains("  ✗ $.title: expected \"a "), "{}", ended.out);
    assert!(
        ended.out.ends_with(
            "This would not pass: 75 %. It was practice; nothing was handed in.
"
        ),
        "{}",
        ended.out
    );
    assert_eq!(asked.try_iter().count(), 2);

    let (service, _asked) = notes("mine");
    let file = dir.join("notes.attempt.json");
    let args = DrillArgs { attempt: Some(file), base_url: Some(service), ..DrillArgs::default() };
    let ended = run_with(check(args), false, &[judged(true)], &[]);
    assert_eq!(
        (ended.result.unwrap(), ended.requests),
        (Exit::Ok, vec!["POST drill-attempts/d1/transcript".to_owned()])
    );
    assert!(ended.bodies[0].contains("n0nce"));
}

#[test]
fn a_drill_that_breaks_the_rules_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flood.json");
    let step = json!({"id": "a", "request": {"method": "GET", "path": "/"}, "burst": 4_000_000_000_u32,
        "expect_group": [{"all": {"status": 200}}]});
    std::fs::write(&file, json!({"drill": {"drill": "http/v1", "steps": [step]}}).to_string()).unwrap();
    let args = || check(DrillArgs { offline: Some(file.clone()), ..DrillArgs::default() });
    let failure = run_with(args(), false, &[], &[]).result.unwrap_err();
    assert!(failure.detail.contains("steps[0].burst"), "{failure}");
    std::fs::write(&file, "no JSON").unwrap();
    assert!(run_with(args(), false, &[], &[]).result.unwrap_err().detail.contains("is not JSON"));
}

#[test]
fn watching_runs_again_on_enter_until_it_passes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    let drill = json!({"drill": "http/v1",
        "steps": [{"id": "a", "request": {"method": "GET", "path": "/"}, "expect": [{"status": 200}]}]});
    std::fs::write(&file, json!({"drill": drill}).to_string()).unwrap();
    let watch = |statuses: Vec<&'static str>, typed: &[&str]| {
        let (service, asked) = server(statuses.into_iter().map(|status| (status, "", "")).collect());
        let args =
            DrillArgs { offline: Some(file.clone()), watch: true, base_url: Some(service), ..DrillArgs::default() };
        (run_with(check(args), false, &[], typed).result.unwrap(), asked.try_iter().count())
    };
    assert_eq!(watch(vec!["500 No", "404 No", "200 OK"], &["", ""]), (Exit::Ok, 3));
    assert_eq!(watch(vec!["500 No", "404 No"], &[""]), (Exit::Found, 2), "the input has ended");
}

#[test]
fn sql_is_handed_in_and_its_rows_difference_and_plan_are_shown() {
    let verdict = json!({
        "assertions": [{"step": "result", "index": 0, "subject": "rows", "outcome": "failed", "expected": "2 rows", "got": "1",
            "weight": 1, "advice": false}],
        "evidence": {
            "result": {"columns": ["id", "name"], "rows": [[{"integer": 1}, {"text": "Ada\u{1b}"}], ["null", {"real": "1.5"}]], "omitted": 3},
            "difference": {"missing": [[{"integer": 2}, {"text": "Bob"}]], "unexpected": [["null", {"blob": "ff"}]]},
            "plan": [{"depth": 0, "detail": "SCAN people"}, {"depth": 1, "detail": "SEARCH x"}],
            "messages": ["no such column: nme"],
        },
        "stopped": {"limit": "rows"},
    });
    let judged = ok(leak(&json!({"id": "d1", "state": "judged", "passed": false, "percent": 0, "verdict": verdict})));
    let open = ("201 Created", JSON, r#"{"id":"d1","state":"open","drill":{}}"#);
    let answers = [ok(ENROLMENTS), ok(PROGRESS), published("sql", &json!({"drill": "sql/v1"})), open, judged];
    let sql = |file: Option<&str>| {
        LearnerCommand::Sql(SqlArgs { lesson: "notes".into(), file: file.map(Into::into), challenge: false, on: None })
    };
    let ended = run_with(sql(None), false, &answers, &["SELECT 1", "  FROM people;", ""]);
    assert_eq!(ended.result.unwrap(), Exit::Found);
    assert_eq!(ended.asked, ["sql> ", "sql> ", "sql> "]);
    assert_eq!(ended.requests[4], "POST drill-attempts/d1/solution");
    assert_eq!(ended.bodies[4], r#"{"sql":"SELECT 1\n  FROM people;\n"}"#);
    let expected = "\nresult\n  ✗ rows: expected 2 rows\n      got 1\n\nThe run was stopped (rows).\n\nResult\n  id      name\n  \
                    1       Ada\u{FFFD}\n  NULL    1.5\n  … and 3 more\n\nMissing\n  - 2 | Bob\n\nNot asked for\n  + NULL | x'ff'\n\n\
                    Plan\n  SCAN people\n    SEARCH x\n\nThe database says\n  no such column: nme\n\nNot passed: 0 %.\n\
                    Try again: cairn sql notes\n";
    assert_eq!(ended.out, expected);

    let none = run_with(sql(Some("-")), false, &answers[..3], &[" "]).result.unwrap_err();
    assert_eq!(none.exit, Exit::Usage);
}

#[test]
fn the_steps_of_a_migration_are_the_files_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let migration = || {
        let dir = folder.path().to_owned();
        LearnerCommand::Migration(MigrationArgs { lesson: "notes".into(), dir, challenge: true, on: None })
    };
    assert_eq!(run_with(migration(), false, &[], &[]).result.unwrap_err().exit, Exit::Usage, "there are none");
    std::fs::write(folder.path().join("expand.sql"), "ALTER TABLE t ADD c;").unwrap();
    std::fs::write(folder.path().join("down.sql"), "ALTER TABLE t DROP c;").unwrap();
    std::fs::write(folder.path().join("notes.md"), "no step").unwrap();
    let open = ("201 Created", JSON, r#"{"id":"d1","state":"open","drill":{}}"#);
    let answers = [
        ok(ENROLMENTS),
        ok(PROGRESS),
        published("migration", &json!({})),
        open,
        ok(r#"{"id":"d1","state":"judged","passed":true,"percent":100,"verdict":{"assertions":[]}}"#),
        ok(PROGRESS),
        ok(PROGRESS),
    ];
    let ended = run_with(migration(), false, &answers, &[]);
    assert_eq!(ended.result.unwrap(), Exit::Ok);
    assert_eq!(ended.bodies[3], r#"{"challenge":true}"#);
    assert_eq!(ended.bodies[4], r#"{"steps":{"down":"ALTER TABLE t DROP c;","expand":"ALTER TABLE t ADD c;"}}"#);
    assert!(ended.out.contains("Next: cairn check notes"), "{}", ended.out);
}
