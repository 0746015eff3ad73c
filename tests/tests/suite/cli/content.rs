//! An author's way: check, plan, apply, export, roll back; online and offline.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::harness::{Machine, shipped};

/// A copy of the shipped pack in a machine's folder.
pub(super) fn copy_shipped(machine: &Machine, name: &str) {
    let copied = Command::new("cp").arg("-r").arg(shipped()).arg(machine.path(name)).status().unwrap();
    assert!(copied.success());
}

/// Replaces a text in a file, where it must stand.
pub(super) fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "no {from:?} in {}", path.display());
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn same(machine: &Machine, a: &str, b: &str) {
    let diff = Command::new("diff").arg("-r").arg(machine.path(a)).arg(machine.path(b)).output().unwrap();
    assert!(diff.status.success(), "{}", String::from_utf8_lossy(&diff.stdout));
}

#[test]
fn check_works_on_files_alone_and_names_every_fault() {
    let machine = Machine::sqlite();
    copy_shipped(&machine, "pack");
    let good = machine.run(&["content", "check", "pack", "--json"]).ends(0).json();
    assert_eq!((good["pack"].as_str(), good["faults"].as_array().map(Vec::len)), (Some("backend"), Some(0)));
    edit(&machine.path("pack/courses/http/methods.md"), "minutes: 20", "minutes: 20\nminuets: 2");
    edit(&machine.path("pack/courses/http/course.md"), "  - http-messages\n", "  - http-messages\n  - nowhere\n");
    let faults = machine.run(&["content", "check", "pack", "--json"]).ends(3).json()["faults"].clone();
    let faults = faults.as_array().unwrap();
    let has = |file: &str, line: bool| {
        faults.iter().any(|f| f["file"] == file && (f["line"].as_u64() > Some(0)) == line && f["help"].is_string())
    };
    assert!(has("courses/http/methods.md", true) && has("courses/http/course.md", true), "{faults:?}");
    let text = machine.run(&["content", "check", "pack"]).ends(3);
    assert!(text.out.contains("courses/http/methods.md:") && text.out.contains("help:"), "{}", text.out);
    assert!(machine.run(&["content", "check", "nowhere"]).ends(2).err.contains("nowhere"));
}

/// The same steps, whichever way the pack travels.
fn publish(machine: &Machine, flags: &[&str]) -> Vec<Value> {
    let run = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(flags);
        all.push("--json");
        machine.run(&all)
    };
    copy_shipped(machine, "pack");
    let mut seen = Vec::new();
    let same_files = run(&["content", "plan", "pack", "--fail-on-changes"]).ends(0).json();
    seen.push(same_files);
    edit(&machine.path("pack/courses/http/methods.md"), "title: Methods and their promises", "title: Methods");
    let plan = run(&["content", "plan", "pack", "--fail-on-changes"]).ends(3).json();
    assert_eq!(plan["changes"][0]["id"], "http-methods", "{plan}");
    assert_eq!((plan["from"].as_u64(), plan["number"].as_u64()), (Some(1), Some(2)));
    seen.push(plan);
    let applied = run(&["content", "apply", "pack", "--yes", "--note", "Shorter"]).ends(0).json();
    assert_eq!((applied["release"]["number"].as_u64(), applied["created"].as_bool()), (Some(2), Some(true)));
    assert_eq!(applied["release"]["note"], "Shorter");
    seen.push(applied["plan"].clone());
    let again = run(&["content", "apply", "pack", "--yes"]).ends(0).json();
    assert_eq!((again["release"]["number"].as_u64(), again["created"].as_bool()), (Some(2), Some(false)));
    run(&["content", "export", "backend", "now"]).ends(0);
    same(machine, "pack", "now");
    run(&["content", "export", "backend", "then", "--release", "1"]).ends(0);
    edit(&machine.path("pack/courses/http/methods.md"), "title: Methods", "title: Methods and their promises");
    same(machine, "pack", "then");
    let occupied = run(&["content", "export", "backend", "now"]).ends(2).problem();
    assert!(occupied["detail"].as_str().unwrap().contains("not empty"));
    let back = run(&["content", "rollback", "backend", "1", "--yes"]).ends(0).json();
    assert_eq!((back["release"]["number"].as_u64(), back["release"]["rolled_back_to"].as_u64()), (Some(3), Some(1)));
    run(&["content", "rollback", "backend", "9", "--yes"]).ends(1);
    let releases = run(&["content", "releases", "backend"]).ends(0).json();
    let numbers: Vec<_> = releases["items"].as_array().unwrap().iter().map(|r| r["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    edit(&machine.path("pack/courses/http/methods.md"), "minutes: 20", "minutes: 2000");
    let faulty = run(&["content", "apply", "pack", "--yes"]).ends(3).problem();
    assert_eq!(faulty["errors"][0]["file"], "courses/http/methods.md");
    for name in ["pack", "now", "then"] {
        std::fs::remove_dir_all(machine.path(name)).unwrap();
    }
    seen
}

#[test]
fn online_and_offline_do_the_same() {
    for (online, offline) in Machine::both().into_iter().zip(Machine::both()) {
        let server = online.serve();
        online.login(&server);
        offline.serve().stop().ends(0);
        assert_eq!(publish(&online, &[]), publish(&offline, &["--offline"]));
    }
}

#[test]
fn offline_is_refused_while_a_server_has_the_database() {
    for machine in Machine::both() {
        let server = machine.serve();
        copy_shipped(&machine, "pack");
        for args in [
            &["content", "plan", "pack", "--offline", "--json"][..],
            &["content", "apply", "pack", "--offline", "--yes", "--json"],
            &["content", "export", "backend", "out", "--offline", "--json"],
            &["content", "rollback", "backend", "1", "--offline", "--yes", "--json"],
        ] {
            let problem = machine.run(args).ends(6).problem();
            assert_eq!(problem["exit_code"], 6, "{problem}");
        }
        server.stop().ends(0);
        machine.run(&["content", "plan", "pack", "--offline"]).ends(0);
    }
}

#[test]
fn applying_without_a_token_or_the_role_is_refused() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    copy_shipped(&machine, "pack");
    machine.run(&["content", "plan", "pack", "--server", &server.url]).ends(4);
    let blind = machine.run(&["content", "apply", "pack", "--json", "--server", &server.url]).ends(2).problem();
    assert!(blind["help"].as_str().unwrap().contains("--yes"), "{blind}");
}

#[test]
fn exercism_tracks_are_imported_with_a_report() {
    let machine = Machine::sqlite();
    let config = r#"{"language":"Test","slug":"test","concepts":[{"uuid":"1","slug":"basics","name":"Basics"}],
        "exercises":{"concept":[{"uuid":"2","slug":"first","name":"First","concepts":["basics"],"prerequisites":[],
        "status":"active"}],"practice":[]},"status":{},"blurb":"A test.","version":3}"#;
    machine.file("config.json", config);
    let report = machine.run(&["content", "import", "exercism", "config.json", "pack", "--json"]).ends(0).json();
    assert_eq!((report["report"]["skills"].as_u64(), report["report"]["lessons"].as_u64()), (Some(1), Some(1)));
    machine.run(&["content", "check", "pack"]).ends(0);
    machine.file("faulty.json", &config.replace("\"prerequisites\":[]", "\"prerequisites\":[\"nowhere\"]"));
    let faulty = machine.run(&["content", "import", "exercism", "faulty.json", "faulty"]).ends(3);
    assert!(faulty.out.contains("prerequisites[0]"), "{}", faulty.out);
    machine.run(&["content", "check", "faulty"]).ends(0);
    machine.file("none.json", "[]");
    machine.run(&["content", "import", "exercism", "none.json", "other"]).ends(3);
    machine.run(&["content", "import", "exercism", "nowhere.json", "other"]).ends(1);
}

#[test]
fn a_release_tells_what_it_changed_and_a_course_where_learners_stop() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.login(&server);
        copy_shipped(&machine, "pack");
        edit(&machine.path("pack/courses/http/methods.md"), "title: Methods and their promises", "title: Methods");
        let applied = machine.run(&["content", "apply", "pack", "--yes", "--json"]).ends(0).json();
        let changes = machine.run(&["content", "changes", "backend", "2", "--json"]).ends(0).json();
        assert_eq!(changes, applied["plan"]);
        assert_eq!(changes["changes"][0]["parts"], serde_json::json!(["title"]));
        let all = machine.run(&["content", "changes", "backend", "2", "--since", "0", "--json"]).ends(0).json();
        assert!(all["from"].is_null() && all["changes"].as_array().unwrap().len() > 20);
        machine.run(&["content", "changes", "backend", "1", "--since", "1"]).ends(1);
        machine.run(&["enrol", "http"]).ends(0);
        let course = ["content", "statistics", "http", "--json"];
        let found = machine.run(&course).ends(0).json();
        assert_eq!(
            (found["learners"].as_u64(), found["lessons"][0]["reached"].as_u64()),
            (Some(1), Some(1)),
            "{found}"
        );
        let lesson = ["content", "statistics", "http-messages-quiz", "--json"];
        let quiz = machine.run(&lesson).ends(0).json();
        assert_eq!((quiz["kind"].as_str(), quiz["attempts"]["started"].as_u64()), (Some("quiz"), Some(0)));
        let text = machine.run(&["content", "statistics", "http"]).ends(0).out;
        assert!(text.contains("Nobody on it has been without an event for 14 days."), "{text}");
        machine.run(&["content", "statistics", "nowhere"]).ends(1);
        machine.run(&["content", "statistics", "http", "--idle-days", "0"]).ends(2);
        server.stop().ends(0);
        for (args, online) in [(&course, &found), (&lesson, &quiz)] {
            let mut args = args.to_vec();
            args.push("--offline");
            let mut offline = machine.run(&args).ends(0).json();
            offline["at"] = online["at"].clone();
            assert_eq!(offline, *online);
        }
    }
}
