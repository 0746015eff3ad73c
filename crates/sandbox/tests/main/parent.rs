//! What the parent makes of programs that are no children, and what it gives them.

use std::fs;
use std::path::Path;
use std::process::Command;

use cairn_sandbox::{Sandbox, SandboxError, SandboxSettings};

fn with(program: &Path) -> Result<Sandbox, SandboxError> {
    let folder = tempfile::tempdir().unwrap();
    Sandbox::new(SandboxSettings::new(program.to_owned(), folder.path().to_owned(), 1))
}

/// A shell script as a program. Another process writes it: what this one has open while other tests start theirs is open
/// there too for a moment, and what is open for writing cannot be executed.
fn program(folder: &Path, script: &str) -> std::path::PathBuf {
    let path = folder.join("program");
    let mut write = Command::new("sh");
    write.args(["-c", "printf '#!/bin/sh\n%s\n' \"$1\" >\"$2\" && chmod 700 \"$2\"", "sh", script]).arg(&path);
    assert!(write.status().unwrap().success());
    path
}

#[test]
fn a_program_that_is_no_child_is_an_error() {
    for said in ["", "{}", "{\"peak_kib\":null,\"outcome\":{\"Ran\":{}}}", "\"x\""] {
        let folder = tempfile::tempdir().unwrap();
        let path = program(folder.path(), &format!("cat >/dev/null; printf %s '{said}'"));
        assert!(matches!(with(&path), Err(SandboxError::Process(_))), "{said}");
    }
    assert!(matches!(with(Path::new("/nonexistent/program")), Err(SandboxError::Process(_))));
}

#[test]
fn one_that_says_no_end_of_things_is_ended() {
    let error = with(Path::new("/usr/bin/yes")).unwrap_err();
    assert!(error.to_string().contains("could not be run"), "{error}");
}

#[test]
fn a_child_gets_no_environment_and_stands_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let path =
        program(folder.path(), &format!("/usr/bin/env >'{0}'; pwd >>'{0}'; echo \"$1\" >>'{0}'", seen.display()));
    assert!(with(&path).is_err());
    // A shell sets PWD and its like itself.
    let seen = fs::read_to_string(seen).unwrap();
    let own = ["PWD=", "OLDPWD=", "SHLVL=", "_="];
    let rest: Vec<&str> = seen.lines().filter(|line| !own.iter().any(|name| line.starts_with(name))).collect();
    assert_eq!(rest, ["/", cairn_sandbox::CHILD]);
}

#[test]
fn this_machine_closes_the_jail() {
    let protection = super::sandbox().probe();
    assert!(protection.is_complete(), "{protection}");
}
