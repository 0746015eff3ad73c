//! Starting, saying so, and ending.

use std::os::unix::fs::PermissionsExt as _;

use super::harness::{Machine, Server};

#[test]
fn the_first_start_makes_everything_and_tells_the_password_once() {
    for machine in Machine::both() {
        let server = machine.serve();
        let password = server.said["admin"]["password"].as_str().unwrap().to_owned();
        assert!(password.len() >= 20, "{password}");
        assert_eq!(server.said["admin"]["email"], "admin@localhost");
        for (path, mode) in [("", 0o700), ("secret.key", 0o600)] {
            let found = std::fs::metadata(machine.data().join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{path}");
        }
        assert_eq!(server.get("/livez").status(), 200);
        assert_eq!(server.get("/readyz").status(), 200);
        assert_eq!(server.get("/api/openapi.json").status(), 200);
        assert_eq!(server.get("/api/v1/courses/http").status(), 200, "the shipped curriculum is applied");
        machine.login(&server);
        let first = server.stop().ends(0);
        assert!(!first.err.contains(&password), "the log has the password");

        let server = machine.serve();
        assert!(server.said["admin"].is_null(), "{}", server.said);
        let again = server.stop().ends(0);
        assert!(!again.out.contains(&password) && !again.err.contains(&password));
    }
}

#[test]
fn what_was_published_before_there_was_an_index_is_found_after_an_upgrade() {
    for machine in Machine::both() {
        let found = |server: &Server| {
            let asked = ["search", "conditional", "requests", "--kind", "lesson", "--json", "--server", &server.url];
            let found = machine.run(&asked).ends(0).json();
            found["items"].as_array().unwrap().iter().map(|hit| hit["slug"].clone()).collect::<Vec<_>>()
        };
        let server = machine.serve();
        let before = found(&server);
        assert!(!before.is_empty());
        server.stop().ends(0);
        // As a version without the index has left it.
        machine.run(&["migrate", "down", "--yes"]).ends(0);
        let server = machine.serve();
        assert_eq!(found(&server), before);
        server.stop().ends(0);
    }
}

#[test]
fn a_person_is_told_where_it_is_and_what_to_type_next() {
    let machine = Machine::sqlite();
    let mut command = machine.command(&["serve"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        text.push_str(&lines.next().expect("the server says what to type next").unwrap());
        text.push('\n');
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for expected in
        ["/api/v1", "/api/docs", "cairn-data", "/metrics", "admin@localhost", "password", " login", " enrol "]
    {
        assert!(text.contains(expected), "no {expected:?} in\n{text}");
    }
}

#[test]
fn the_operators_port_has_the_metrics_and_the_api_does_not() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    let operator = server.said["operator"].as_str().unwrap();
    let metrics = reqwest::blocking::get(format!("{operator}/metrics")).unwrap();
    assert_eq!(metrics.status(), 200);
    assert!(metrics.text().unwrap().contains("# TYPE"));
    assert_eq!(server.get("/metrics").status(), 404);
}

#[test]
fn the_shipped_curriculum_is_left_out_when_asked() {
    let mut machine = Machine::sqlite();
    machine.set("CAIRN__CONTENT__APPLY_SHIPPED", "false");
    let server = machine.serve();
    assert_eq!(server.get("/api/v1/courses/http").status(), 404);
}

#[test]
fn a_release_of_an_author_outlives_a_restart() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    machine.login(&server);
    super::content::copy_shipped(&machine, "ours");
    super::content::edit(&machine.path("ours/pack.yaml"), "title: Backend engineering", "title: Our own");
    machine.run(&["content", "apply", "ours"]).ends(0);
    server.stop().ends(0);
    let server = machine.serve();
    let pack: serde_json::Value = server.get("/api/v1/packs/backend").json().unwrap();
    assert_eq!(pack["title"], "Our own", "{pack}");
}

#[test]
fn a_signal_ends_it_after_the_requests_under_way() {
    for signal in ["TERM", "INT"] {
        let machine = Machine::sqlite();
        let server = machine.serve();
        server.signal(signal);
        server.stop().ends(0);
        assert!(machine.run(&["doctor", "--json"]).json()["checks"].is_array());
    }
}

#[test]
fn logs_are_json_when_asked() {
    let machine = Machine::sqlite();
    let server = machine.serve_with(&["--log-format", "json"]);
    server.get("/api/v1/courses");
    let run = server.stop().ends(0);
    assert!(!run.err.is_empty());
    for line in run.err.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}
