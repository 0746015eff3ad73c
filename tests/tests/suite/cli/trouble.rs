//! What can be wrong when a server starts, and that it says so.

use std::net::TcpListener;
use std::process::Command;

use super::harness::{Machine, finish};

#[test]
fn a_port_in_use_is_named_with_the_setting_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (setting, flag) in
        [("CAIRN__HTTP__ADDRESS", "--http-address"), ("CAIRN__OPERATOR__ADDRESS", "--operator-address")]
    {
        let mut machine = Machine::sqlite();
        machine.set(setting, &address);
        let problem = machine.run(&["serve", "--json"]).ends(6).problem();
        assert!(problem["detail"].as_str().unwrap().contains(&address), "{problem}");
        assert!(problem["help"].as_str().unwrap().contains(flag), "{problem}");
    }
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let machine = Machine::sqlite();
    let _server = machine.serve();
    let problem = machine.run(&["serve", "--json"]).ends(6).problem();
    assert!(problem["detail"].as_str().unwrap().contains("cairn-data"), "{problem}");
}

#[test]
fn a_database_newer_than_the_program_is_refused_and_left_alone() {
    for machine in Machine::both() {
        machine.run(&["migrate", "up"]).ends(0);
        machine.make_newer();
        for args in [
            &["serve", "--json"][..],
            &["migrate", "up", "--json"],
            &["content", "releases", "p", "--offline", "--json"],
        ] {
            let problem = machine.run(args).ends(8).problem();
            assert!(problem["detail"].as_str().unwrap().contains("newer"), "{args:?}: {problem}");
        }
        let doctor = machine.run(&["doctor", "--json"]).ends(3).json();
        assert!(doctor["checks"].as_array().unwrap().iter().any(|c| c["name"] == "schema" && c["status"] == "fail"));
    }
}

#[test]
fn a_full_disk_is_told() {
    let machine = Machine::sqlite();
    let program = super::harness::program();
    // No file may grow past 64 KiB: what a full disk does, without a disk to fill.
    let mut command = Command::new("sh");
    machine.prepare(&mut command);
    let script = "trap '' XFSZ; ulimit -f 128; exec \"$0\" serve --json";
    command.args(["-c", script]).arg(program);
    let run = finish(command.output().unwrap()).ends(5);
    let problem = run.problem();
    let text = format!("{} {}", problem["detail"], problem["help"]);
    assert!(text.contains("full") || text.contains("space"), "{problem}");
    machine.serve().stop().ends(0);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told() {
    let mut machine = Machine::sqlite();
    machine.file("file", "in the way");
    machine.set("CAIRN__DATA_DIR", machine.path("file/data").to_str().unwrap());
    let problem = machine.run(&["serve", "--json"]).ends(1).problem();
    assert!(problem["detail"].as_str().unwrap().contains("file/data"), "{problem}");
}

#[test]
fn a_secret_key_that_is_none_or_that_others_can_read_is_refused() {
    let machine = Machine::sqlite();
    machine.serve().stop().ends(0);
    let key = machine.data().join("secret.key");
    std::fs::write(&key, "hunter2").unwrap();
    let run = machine.run(&["serve", "--json"]).ends(7);
    assert!(!run.err.contains("hunter2") && run.problem()["detail"].as_str().unwrap().contains("secret.key"));
}

#[test]
fn a_postgresql_that_does_not_answer_is_told() {
    let mut machine = Machine::sqlite();
    machine.set("CAIRN__DATABASE__URL", "postgres://cairn:s3cret@127.0.0.1:1/cairn");
    let run = machine.run(&["serve", "--json"]).ends(5);
    assert!(!run.err.contains("s3cret"), "{}", run.err);
    assert!(run.problem()["detail"].as_str().unwrap().contains("127.0.0.1"), "{}", run.err);
}

#[test]
fn no_part_of_a_password_with_special_characters_is_told() {
    // Two that libpq can't read, whose exit code says that it is the configuration, and one that it can.
    for (password, exit) in [("s3%zzcr", 7), ("s3cr/et", 7), ("s3?cr", 5)] {
        let mut machine = Machine::sqlite();
        machine.set("CAIRN__DATABASE__URL", &format!("postgres://cairn:{password}@127.0.0.1:1/cairn"));
        for (args, exit) in [(["serve", "--json"], exit), (["doctor", "--json"], 3), (["config", "show"], 0)] {
            let run = machine.run(&args).ends(exit);
            let told = format!("{}{}", run.out, run.err);
            for part in [password, "s3", "zzcr", "/et", "?cr"] {
                assert!(!told.contains(part), "{args:?}: {told}");
            }
        }
    }
}

#[test]
fn a_wrong_configuration_is_told() {
    let mut machine = Machine::sqlite();
    machine.set("CAIRN__HTTP__ADDRESS", "localhost");
    let problem = machine.run(&["serve", "--json"]).ends(7).problem();
    assert!(problem["detail"].as_str().unwrap().contains("CAIRN__HTTP__ADDRESS"), "{problem}");
    let mut machine = Machine::sqlite();
    machine.set("CAIRN__HTTP__PUBLIC_URL", "https://learn.example.org/cairn");
    let problem = machine.run(&["serve", "--json"]).ends(7).problem();
    assert!(problem["detail"].as_str().unwrap().contains("CAIRN__HTTP__PUBLIC_URL"), "{problem}");
    assert!(problem["help"].as_str().unwrap().contains("https://learn.example.org"), "{problem}");
}
