use std::cell::Cell;

use cairn_domain::catalog::{Action, Change, DocKind};

use super::*;
use crate::Output;
use crate::args::{ApplyArgs, Offline, RollbackArgs};
use crate::ask::Scripted;
use crate::output::{Captured, Manner};

/// A server with one release, that counts what is written.
struct Stub<'a>(&'a Cell<u32>);

impl Stub<'_> {
    fn made(&self, pack: &PackId) -> AppliedView {
        self.0.set(self.0.get() + 1);
        let release = ReleaseView {
            pack: pack.clone(),
            number: 2,
            digest: "d".into(),
            created_at: "2026-11-23T09:00:00Z".into(),
            created_by: None,
            note: String::new(),
            rolled_back_to: None,
        };
        AppliedView { release, plan: self.plan(pack, &[]).unwrap(), learners: 3, created: true }
    }
}

impl Publisher for Stub<'_> {
    fn plan(&self, pack: &PackId, _: &[SourceFile]) -> Result<Plan, Failure> {
        let change = Change {
            action: Action::Retired,
            kind: DocKind::Lesson,
            id: "old-lesson".parse().unwrap(),
            title: "An old lesson".into(),
            from: None,
            former_slug: None,
            enrolments: 3,
        };
        Ok(Plan { pack: pack.clone(), from: Some(1), number: 2, changes: vec![change], enrolments: 3 })
    }
    fn apply(&self, pack: &PackId, _: &[SourceFile], _: &str, expected: u32) -> Result<AppliedView, Failure> {
        assert_eq!(expected, 1, "what was planned on");
        Ok(self.made(pack))
    }
    fn export(&self, _: &PackId, _: Option<u32>) -> Result<Vec<SourceFile>, Failure> {
        Ok(Vec::new())
    }
    fn releases(&self, _: &PackId) -> Result<Vec<ReleaseView>, Failure> {
        Ok(Vec::new())
    }
    fn roll_back(&self, pack: &PackId, _: u32, _: &str) -> Result<AppliedView, Failure> {
        Ok(self.made(pack))
    }
}

/// Runs a command with these answers at a terminal; gives how it ended, what it printed and how often it wrote.
fn run_with(command: &ContentCommand, json: bool, answers: &[&str]) -> (Result<Exit, Failure>, Captured, u32) {
    let written = Cell::new(0);
    let connect = || -> Result<Box<dyn Publisher + '_>, Failure> { Ok(Box::new(Stub(&written))) };
    let (output, captured) = Output::captured(Manner { json, ..Manner::default() });
    let mut ask = Scripted::new(answers.iter().copied());
    let ended = run(command, &connect, &mut Context { output: &output, ask: &mut ask, program: "cairn" });
    (ended, captured, written.get())
}

fn apply(yes: bool) -> (tempfile::TempDir, ContentCommand) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("pack.yaml"),
        "format: cairn-pack/v1\nid: demo\ntitle: Demo\nsummary: A demo.\nlanguage: en\nlicence: CC-BY-4.0\n",
    )
    .unwrap();
    let args = ApplyArgs { dir: dir.path().to_owned(), note: String::new(), yes, at: Offline { offline: false } };
    (dir, ContentCommand::Apply(args))
}

fn roll_back(yes: bool) -> ContentCommand {
    let pack = "demo".parse().unwrap();
    ContentCommand::Rollback(RollbackArgs { pack, number: 1, note: String::new(), yes, at: Offline { offline: false } })
}

#[test]
fn at_a_terminal_the_plan_is_shown_before_the_question() {
    let (_dir, command) = apply(false);
    let (ended, captured, written) = run_with(&command, false, &["y"]);
    assert_eq!((ended.unwrap(), written), (Exit::Ok, 1));
    let (plan, done) = (captured.out().find("An old lesson").unwrap(), captured.out().find("Release 2 of").unwrap());
    assert!(plan < done && captured.out().contains("3 enrolments touched"), "{}", captured.out());
}

#[test]
fn a_no_changes_nothing_and_is_a_failure() {
    let (_dir, command) = apply(false);
    for command in [command, roll_back(false)] {
        let (ended, _, written) = run_with(&command, false, &["n"]);
        let declined = ended.unwrap_err();
        assert_eq!((declined.exit, declined.code.as_str(), written), (Exit::Failed, "declined", 0));
    }
}

/// The plan would not be seen, so the question would be about nothing.
#[test]
fn with_json_nothing_is_asked_and_yes_is_needed() {
    let (_dir, command) = apply(false);
    for (command, answers) in [(&command, &["y"][..]), (&command, &[]), (&roll_back(false), &["y"])] {
        let (ended, captured, written) = run_with(command, true, answers);
        let refused = ended.unwrap_err();
        assert_eq!((refused.exit, written), (Exit::Usage, 0));
        assert!(refused.help.clone().unwrap().contains("--yes") && captured.out().is_empty(), "{refused}");
    }
    let (_dir, command) = apply(true);
    for command in [command, roll_back(true)] {
        let (ended, captured, written) = run_with(&command, true, &["n"]);
        assert_eq!((ended.unwrap(), written), (Exit::Ok, 1));
        let value: serde_json::Value = serde_json::from_str(&captured.out()).unwrap();
        assert_eq!(value["release"]["number"], 2);
    }
}
