//! A learner's way from signing in to a passed quiz.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::harness::Machine;

/// The right answers to the first quiz, read from the pack's source as only an author can.
fn answers(quiz: &str) -> Value {
    let path = super::harness::shipped().join(format!("courses/http/{quiz}.md"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut answers = serde_json::Map::new();
    let (mut question, mut choice, mut form) = (String::new(), String::new(), String::new());
    for line in text.lines().map(str::trim) {
        let value =
            |key: &str| line.trim_start_matches("- ").strip_prefix(key).map(|v| v.trim().trim_matches('"').to_owned());
        if line.starts_with("- id:") || line.starts_with("- { id:") {
            let id = line.split("id:").nth(1).unwrap().split([',', '}']).next().unwrap().trim().to_owned();
            choice.clone_from(&id);
            if !text.contains("questions:") {
                continue;
            }
            question = if is_question(&text, &id) { id } else { question };
        }
        if let Some(found) = value("type:") {
            form = found;
        }
        if line.contains("correct: true") {
            let right = answers.entry(question.clone()).or_insert_with(|| json!([]));
            right.as_array_mut().unwrap().push(json!(choice));
        }
        if let (Some(number), "numeric") = (value("answer:"), form.as_str()) {
            answers.insert(question.clone(), json!(number));
        }
        if let Some(accept) = value("accept:") {
            let first = accept.trim_matches(['[', ']']).split(',').next().unwrap().trim().trim_matches('"').to_owned();
            answers.insert(question.clone(), json!(first));
        }
    }
    Value::Object(answers)
}

/// Whether an id is that of a question: a `type` follows it.
fn is_question(text: &str, id: &str) -> bool {
    text.contains(&format!("- id: {id}\n      type:"))
}

#[test]
fn a_course_is_taken_from_the_command_line() {
    for machine in Machine::both() {
        let server = machine.serve();
        let signed_in = machine.login(&server).json();
        assert_eq!(signed_in["email"], "admin@localhost");
        let kept = machine.path(".config/cairn/credentials.json");
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);

        let list = machine.run(&["list"]).ends(0);
        assert!(list.out.contains("HTTP and validation"), "{}", list.out);
        let enrolled = machine.run(&["enrol", "http", "--json"]).ends(0).json();
        assert_eq!(enrolled["state"], "active");
        let twice = machine.run(&["enrol", "http", "--json"]).ends(1).problem();
        assert_eq!(twice["code"], "already_enrolled");

        let next = machine.run(&["next", "--json"]).ends(0).json();
        assert_eq!(next["items"][0]["lesson"]["slug"], "http-messages");
        let read = machine.run(&["read"]).ends(0);
        assert!(read.out.contains("--done") && !read.out.contains("<p>"), "{}", read.out);
        machine.run(&["read", "http-messages", "--done"]).ends(0);
        let next = machine.run(&["next", "--json"]).ends(0).json();
        assert_eq!(next["items"][0]["lesson"]["kind"], "quiz");

        let questions = machine.run(&["quiz", "--questions", "--json"]).ends(0).json();
        assert_eq!(questions["questions"].as_array().unwrap().len(), 5);
        let wrong = machine.feed(&["quiz", "http-messages-quiz", "--answers", "-", "--json"], "{}").ends(3).json();
        assert_eq!(wrong["passed"], false);
        assert!(wrong["questions"][0]["explanation"].is_string());
        let file = machine.file("answers.json", &answers("messages-quiz").to_string());
        let passed = machine.run(&["quiz", "http-messages-quiz", "--answers", file.to_str().unwrap()]).ends(0);
        assert!(passed.out.contains("Passed with 100 %") && passed.out.contains("✓ right"), "{}", passed.out);

        let status = machine.run(&["status", "--json"]).ends(0).json();
        assert_eq!(status["items"][0]["progress"]["done"], 2, "{status}");
        let status = machine.run(&["status", "http"]).ends(0);
        assert!(status.out.contains('█') && status.out.contains("2 of"), "{}", status.out);
        let quiz = machine.run(&["quiz", "http-methods-quiz", "--questions", "--json"]).ends(1).problem();
        assert_eq!(quiz["code"], "locked");
        let why = machine.run(&["why", "http-methods-quiz", "--json"]).ends(0).json();
        assert_eq!((&why["state"], &why["may_challenge"]), (&json!("locked"), &json!(true)));
        assert!(!why["way"]["lessons"].as_array().unwrap().is_empty(), "{why}");
        let challenge = machine.run(&["quiz", "http-methods-quiz", "--challenge", "--questions", "--json"]).ends(0);
        assert_eq!(challenge.json()["challenge"], true);
    }
}

#[test]
fn a_course_is_planned_from_the_command_line() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.login(&server);
        machine.run(&["enrol", "http"]).ends(0);
        let none = machine.run(&["plan", "--json"]).ends(1).problem();
        assert_eq!(none["code"], "no_plan");
        machine.run(&["plan", "--hours", "5"]).ends(2);
        let made = machine.run(&["plan", "http", "--hours", "1.5", "--start", "2120-12-02", "--json"]).ends(0).json();
        assert_eq!((&made["minutes_a_week"], &made["weeks"][0]["begins"]), (&json!(90), &json!("2120-12-02")));
        let changed = machine.run(&["plan", "--hours", "2", "--json"]).ends(0).json();
        assert_eq!((&changed["minutes_a_week"], &changed["start"]), (&json!(120), &json!("2120-12-02")));
        let shown = machine.run(&["plan"]).ends(0);
        assert!(
            shown.out.contains("2 h a week from 2120-12-02") && shown.out.contains("◆  http-messages"),
            "{}",
            shown.out
        );
        let missing = machine.run(&["plan", "--missing", "2120-12-02", "--missing", "2120-12-12"]).ends(0);
        assert!(missing.out.contains("2120-12-02 → 2120-12-16"), "{}", missing.out);
        let file = machine.path("plan.ics");
        machine.run(&["plan", "--ics", file.to_str().unwrap()]).ends(0);
        let calendar = std::fs::read_to_string(&file).unwrap();
        assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n") && calendar.contains("DTSTART;VALUE=DATE:21201202\r\n"));
        assert_eq!(machine.run(&["plan", "--ics", "-"]).ends(0).out.lines().next(), Some("BEGIN:VCALENDAR"));
    }
}

#[test]
fn whoever_is_not_signed_in_is_told_how_to() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    let url = server.url.as_str();
    let problem = machine.run(&["status", "--server", url, "--json"]).ends(4).problem();
    assert!(problem["help"].as_str().unwrap().contains("login"));
    let list = machine.run(&["list", "--server", url]).ends(0);
    assert!(list.out.contains("HTTP and validation"), "what is published is public");
    machine.run(&["read", "http-messages", "--server", url]).ends(0);
    let guide = machine.run(&["read", "backend-engineering", "--guide", "--server", url]).ends(0);
    assert!(guide.out.contains("Backend engineering"));
    let wrong = machine.feed(
        &["login", "--server", url, "--email", "admin@localhost", "--password-stdin", "--json"],
        "not the password",
    );
    assert_eq!(wrong.ends(4).problem()["code"], "wrong_credentials");
    let mut machine = machine;
    machine.set("CAIRN_TOKEN", "cairn_nonsense");
    machine.run(&["status", "--server", url]).ends(4);
}

#[test]
fn a_token_is_revoked_when_asked() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    machine.login(&server);
    let kept = std::fs::read_to_string(machine.path(".config/cairn/credentials.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let token = kept["servers"][&server.url]["token"].as_str().unwrap().to_owned();
    let mut with_token = machine.command(&["status", "--server", &server.url]);
    with_token.env("CAIRN_TOKEN", &token);
    assert!(with_token.output().unwrap().status.success());
    let password = server.said["admin"]["password"].as_str().unwrap();
    machine.feed(&["logout", "--revoke", "--password-stdin"], password).ends(0);
    assert_eq!(with_token.output().unwrap().status.code(), Some(4));
    machine.run(&["status", "--server", &server.url]).ends(4);
}

#[test]
fn without_a_server_the_remedy_is_told() {
    let machine = Machine::sqlite();
    let problem = machine.run(&["list", "--server", "http://127.0.0.1:1", "--json"]).ends(5).problem();
    assert_eq!(problem["exit_code"], 5);
    assert!(problem["help"].as_str().unwrap().contains("cairn serve"));
}
