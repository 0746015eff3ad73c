//! Drills from the command line: through the real server, its sandbox, and on Cairn's own API.

use std::path::Path;

use serde_json::{Value, json};

use super::harness::Machine;

fn own_api() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/own-api").display().to_string()
}

fn failed(verdict: &Value) -> Vec<&Value> {
    let all = verdict["assertions"].as_array().unwrap().iter();
    all.filter(|assertion| assertion["outcome"] != "passed").collect()
}

#[test]
fn cairn_passes_its_own_drills() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.login(&server);
        machine.run(&["content", "apply", &own_api(), "--yes"]).ends(0);
        machine.run(&["enrol", "own"]).ends(0);
        for lesson in ["own-pages", "own-versions", "own-problems", "own-sign-in"] {
            let run = machine.run(&["check", lesson, "--base-url", &server.url, "--json"]);
            assert_eq!(
                run.code,
                0,
                "{lesson}: {:?}\n{}",
                serde_json::from_str(&run.out).map(|v: Value| v["verdict"].clone()),
                run.err
            );
            let attempt = run.json();
            assert_eq!(failed(&attempt["verdict"]), Vec::<&Value>::new());
            assert_eq!((&attempt["passed"], &attempt["state"]), (&json!(true), &json!("judged")), "{attempt}");
        }
        let status = machine.run(&["status", "own", "--json"]).ends(0);
        assert!(status.out.contains("\"completed\""), "{}", status.out);
    }
}

#[test]
fn a_service_that_fails_is_told_where() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    machine.login(&server);
    machine.run(&["content", "apply", &own_api(), "--yes"]).ends(0);
    machine.run(&["enrol", "own"]).ends(0);
    let dry = machine.run(&["check", "own-pages", "--base-url", &server.url, "--dry-run"]).ends(0);
    assert!(dry.out.contains(&format!("GET {}/api/v1/lessons?limit=2", server.url)), "{}", dry.out);
    // The operator's port answers nothing of this.
    let other = server.said["operator"].as_str().unwrap();
    let run = machine.run(&["check", "own-pages", "--base-url", other]).ends(3);
    for shown in ["first", "status", "200", "404", &format!("{other}/api/v1/lessons?limit=2")] {
        assert!(run.out.contains(shown), "{shown} in {}", run.out);
    }
    let elsewhere = machine.run(&["check", "own-pages", "--base-url", "http://192.0.2.1", "--json"]);
    assert_ne!(elsewhere.code, 0);
    assert!(elsewhere.err.contains("--allow-host"), "{}", elsewhere.err);
}

#[test]
fn an_sql_drill_is_answered_in_the_sandbox() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.login(&server);
        machine.run(&["enrol", "sql"]).ends(0);
        let file = machine.file("answer.sql", "SELECT 1 AS one");
        let args = ["sql", "sql-joins-drill", "--file", file.to_str().unwrap(), "--challenge", "--json"];
        let wrong = machine.run(&args).ends(3).json();
        assert_eq!((&wrong["passed"], &wrong["provenance"]), (&json!(false), &json!("run_by_server")), "{wrong}");
        assert!(!failed(&wrong["verdict"]).is_empty());
        let file = machine.file("hostile.sql", "ATTACH 'file:/etc/passwd' AS p; SELECT 1");
        let args = ["sql", "sql-joins-drill", "--file", file.to_str().unwrap(), "--challenge", "--json"];
        let hostile = machine.run(&args).ends(3).json();
        assert_eq!(hostile["verdict"]["stopped"]["limit"], "refused", "{hostile}");
        // The server is as it was.
        assert_eq!(server.get("/api/v1/courses/sql").status(), 200);
    }
}
