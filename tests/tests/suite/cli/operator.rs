//! What an operator does beside the server.

use std::path::Path;

use serde_json::Value;

use super::harness::Machine;

#[test]
fn config_show_tells_where_values_come_from_and_hides_passwords() {
    let mut machine = Machine::sqlite();
    machine.file("cairn.toml", "[http]\nworkers = 3\n");
    machine.set("CAIRN__DATABASE__URL", "postgres://cairn:s3cret@db.example.org/cairn");
    let run = machine.run(&["config", "show", "--json", "--log-level", "warn"]).ends(0);
    assert!(!run.out.contains("s3cret"));
    let settings = run.json()["settings"].clone();
    let of = |key: &str| -> (Value, Value) {
        let found = settings.as_array().unwrap().iter().find(|s| s["key"] == key).unwrap().clone();
        (found["value"].clone(), found["origin"].clone())
    };
    assert_eq!(of("http.workers"), (3.into(), "cairn.toml".into()));
    assert_eq!(of("database.url").1, "CAIRN__DATABASE__URL");
    assert_eq!(of("log.level"), ("warn".into(), "--log-level".into()));
    assert_eq!(of("log.format"), ("text".into(), "default".into()));
    let text = machine.run(&["config", "show"]).ends(0);
    assert!(text.out.contains("http.workers") && !text.out.contains("s3cret"));
    machine.file("cairn.toml", "[htp]\nworkers = 3\n");
    let problem = machine.run(&["config", "show", "--json"]).ends(7).problem();
    assert!(problem["help"].as_str().unwrap().contains("http.workers"), "{problem}");
}

#[test]
fn migrations_go_up_and_down_and_are_listed() {
    for machine in Machine::both() {
        let status = machine.run(&["migrate", "status", "--json"]).ends(3).json();
        let all = status["migrations"].as_array().unwrap().len();
        assert!(all > 0 && status["migrations"].as_array().unwrap().iter().all(|m| m["applied"] == false));
        machine.run(&["migrate", "up"]).ends(0);
        machine.run(&["migrate", "status"]).ends(0);
        machine.run(&["migrate", "down", "--json"]).ends(2);
        let down = machine.run(&["migrate", "down", "--yes", "--json"]).ends(0).json();
        assert_eq!(down["undone"].as_array().unwrap().len(), 1);
        machine.run(&["migrate", "status"]).ends(3);
        let refused = machine.run(&["serve", "--no-migrate", "--json"]).ends(8).problem();
        assert!(refused["help"].as_str().unwrap().contains("migrate up"), "{refused}");
        machine.serve().stop().ends(0);
        machine.run(&["migrate", "status"]).ends(0);
    }
}

#[test]
fn the_schema_stays_while_a_server_has_it() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.run(&["migrate", "down", "--yes"]).ends(6);
        machine.run(&["migrate", "status"]).ends(0);
        server.stop().ends(0);
    }
}

#[test]
fn a_backup_of_a_running_server_is_restored_into_an_empty_place() {
    let machine = Machine::sqlite();
    let server = machine.serve();
    machine.login(&server);
    machine.run(&["enrol", "http"]).ends(0);
    let made = machine.run(&["backup", "create", "copy.db", "--json"]).ends(0).json();
    assert!(made["bytes"].as_u64().unwrap() > 0);
    machine.run(&["backup", "create", "copy.db"]).ends(2);
    machine.run(&["backup", "verify", "copy.db"]).ends(0);
    machine.run(&["backup", "restore", "copy.db", "--yes"]).ends(6);
    server.stop().ends(0);

    let mut other = Machine::sqlite();
    let copy = machine.path("copy.db");
    other.run(&["backup", "restore", copy.to_str().unwrap(), "--json"]).ends(2);
    other.run(&["backup", "restore", copy.to_str().unwrap(), "--yes"]).ends(0);
    other.set("CAIRN__SECRETS__KEY_FILE", machine.data().join("secret.key").to_str().unwrap());
    let restored = other.serve();
    assert!(restored.said["admin"].is_null(), "the users came with it");
    let token = std::fs::read_to_string(machine.path(".config/cairn/credentials.json")).unwrap();
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["servers"].as_object().unwrap().values().next().unwrap()["token"].as_str().unwrap().to_owned();
    other.set("CAIRN_TOKEN", &token);
    let status = other.run(&["status", "--server", &restored.url, "--json"]).ends(0).json();
    assert_eq!(status["items"][0]["enrolment"]["state"], "active");
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_touched() {
    let machine = Machine::sqlite();
    machine.serve().stop().ends(0);
    machine.run(&["backup", "create", "copy.db"]).ends(0);
    let path = machine.path("copy.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    std::fs::write(&path, bytes).unwrap();
    machine.run(&["backup", "verify", "copy.db"]).ends(3);
    let before = std::fs::read(machine.data().join("cairn.db")).unwrap();
    machine.run(&["backup", "restore", "copy.db", "--yes"]).ends(3);
    assert!(before == std::fs::read(machine.data().join("cairn.db")).unwrap());
    machine.run(&["backup", "verify", "nowhere.db"]).ends(1);
}

#[test]
fn doctor_finds_what_is_wrong_and_says_what_to_do() {
    for machine in Machine::both() {
        let server = machine.serve();
        let run = machine.run(&["doctor", "--json"]).ends(0).json();
        let names: Vec<&str> = run["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        for expected in
            ["configuration", "data folder", "free space", "secret key", "database", "schema", "clock", "content"]
        {
            assert!(names.contains(&expected), "{names:?}");
        }
        assert_eq!(names.contains(&"language"), machine.on_postgres());
        server.stop().ends(0);
        set_mode(&machine.data().join("secret.key"), 0o644);
        let run = machine.run(&["doctor", "--json"]).ends(3).json();
        let key = run["checks"].as_array().unwrap().iter().find(|c| c["name"] == "secret key").unwrap().clone();
        assert_eq!(key["status"], "fail");
        assert!(key["remedy"].as_str().unwrap().contains("chmod 600"), "{key}");
        let text = machine.run(&["doctor"]).ends(3);
        assert!(text.out.contains("chmod 600"), "{}", text.out);
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_operator_gets_back_in() {
    for machine in Machine::both() {
        let server = machine.serve();
        machine.run(&["admin", "reset-password", "admin@localhost"]).ends(6);
        server.stop().ends(0);
        let reset = machine.run(&["admin", "reset-password", "admin@localhost", "--json"]).ends(0).json();
        let password = reset["password"].as_str().unwrap().to_owned();
        machine.feed(&["admin", "reset-password", "admin@localhost", "--password-stdin"], "short\n").ends(1);
        machine.run(&["admin", "reset-password", "nobody@localhost"]).ends(1);
        machine.run(&["admin", "promote", "admin@localhost"]).ends(0);
        let server = machine.serve();
        let args = ["login", "--server", &server.url, "--email", "admin@localhost", "--password-stdin"];
        machine.feed(&args, &password).ends(0);
    }
}

#[test]
fn completions_and_help_are_written() {
    let machine = Machine::sqlite();
    for shell in ["bash", "zsh", "fish"] {
        let script = machine.run(&["completions", shell]).ends(0);
        assert!(script.out.contains("cairn") && script.out.contains("enrol"), "{shell}");
    }
    let help = machine.run(&["--help"]).ends(0);
    assert!(help.out.contains("Learners:") && help.out.contains("Examples:"));
    let problem = machine.run(&["enrol", "--json"]).ends(2).problem();
    assert!(problem["detail"].as_str().unwrap().contains("NAME"), "{problem}");
    machine.run(&["frobnicate"]).ends(2);
    assert!(machine.run(&["--version"]).ends(0).out.starts_with("cairn "));
}
