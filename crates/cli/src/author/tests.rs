use std::cell::Cell;

use cairn_domain::catalog::{Action, Change, DocKind, Part};
use serde_json::json;

use super::*;
use crate::Output;
use crate::args::{ApplyArgs, ChangesArgs, CheckArgs, Offline, RollbackArgs, StatisticsArgs};
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
            parts: Vec::new(),
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
    fn changes(&self, pack: &PackId, number: u32, since: Option<u32>) -> Result<Plan, Failure> {
        let mut plan = self.plan(pack, &[])?;
        plan.changes[0].action = Action::Changed;
        plan.changes[0].parts = vec![Part::Title, Part::Questions];
        Ok(Plan { from: since.or(Some(number - 1)), number, ..plan })
    }
    fn lesson_statistics(&self, name: &ContentId, revision: Option<&Revision>) -> Result<LessonStatistics, Failure> {
        if name.as_str() != "quiz" {
            return Err(cairn_domain::Error::not_found("lesson", name).into());
        }
        let mut found = lesson();
        if let Some(revision) = revision {
            (found.revision, found.current) = (revision.clone(), false);
        }
        Ok(found)
    }
    fn course_statistics(&self, name: &ContentId, idle_days: Option<u32>) -> Result<CourseStatistics, Failure> {
        match name.as_str() {
            "course" | "quiz" => Ok(course(idle_days.unwrap_or(14))),
            _ => Err(cairn_domain::Error::not_found("course", name).into()),
        }
    }
    fn roll_back(&self, pack: &PackId, _: u32, _: &str) -> Result<AppliedView, Failure> {
        Ok(self.made(pack))
    }
}

fn lesson() -> LessonStatistics {
    let question = |number: u32, wrong: u64, misleads: serde_json::Value| {
        json!({
            "question": format!("q{number}"), "number": number, "prompt": format!("<p>What is <em>{number}</em>?</p>"),
            "answered": 4, "wrong": wrong, "unanswered": 1, "failed_percent": (wrong + 1) * 20,
            "most_chosen_wrong": misleads,
        })
    };
    serde_json::from_value(json!({
        "lesson": "quiz", "slug": "quiz", "title": "A quiz", "kind": "quiz", "revision": "0".repeat(64), "current": true,
        "revisions": [{ "revision": "0".repeat(64), "graded": 5 }, { "revision": "1".repeat(64), "graded": 2 }],
        "at": "2026-11-23T09:00:00Z",
        "learners": { "tried": 3, "completed": 1 },
        "attempts": { "started": 7, "graded": 5, "passed": 1 },
        "percent": { "lower_quartile": 20, "median": 40, "upper_quartile": 60, "tenths": [0, 0, 2, 0, 2, 0, 0, 0, 0, 1] },
        "questions": [
            question(2, 3, json!({ "choice": "b", "text": "<p>Or <code>b</code></p>", "times": 2 })),
            question(1, 1, json!(null)),
        ],
    }))
    .unwrap()
}

fn course(idle_days: u32) -> CourseStatistics {
    let lesson = |id: &str, optional: bool, counts: [u64; 3], median: Option<u64>| {
        json!({
            "lesson": id, "slug": id, "title": id, "kind": "reading", "optional": optional, "reached": counts[0],
            "completed": counts[1], "stopped": counts[2], "median_idle_days": median,
        })
    };
    serde_json::from_value(json!({
        "course": "course", "slug": "course", "title": "A course", "at": "2026-11-23T09:00:00Z", "idle_days": idle_days,
        "learners": 8, "newest_only": true,
        "lessons": [lesson("first", false, [8, 6, 1], Some(20)), lesson("second", true, [6, 0, 3], Some(1))],
    }))
    .unwrap()
}

fn statistics(name: &str, course: bool, revision: Option<&str>, idle_days: Option<u32>) -> ContentCommand {
    let revision = revision.map(|text| text.parse().unwrap());
    let (name, at) = (name.parse().unwrap(), Offline { offline: false });
    ContentCommand::Statistics(StatisticsArgs { name, course, revision, idle_days, at })
}

fn shown(command: &ContentCommand) -> String {
    let (ended, captured, written) = run_with(command, false, &[]);
    assert_eq!((ended.unwrap(), written), (Exit::Ok, 0));
    captured.out()
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

#[test]
fn changes_name_what_differs_and_against_what() {
    let command = |since| {
        let (pack, at) = ("demo".parse().unwrap(), Offline { offline: false });
        ContentCommand::Changes(ChangesArgs { pack, number: 4, since, at })
    };
    let text = shown(&command(None));
    assert!(text.starts_with("Release 4 of demo, against release 3:"), "{text}");
    assert!(text.contains("~ changed") && text.contains("title, questions, 3 enrolments"), "{text}");
    assert!(shown(&command(Some(1))).contains("against release 1:"));
    let (ended, captured, _) = run_with(&command(None), true, &[]);
    assert_eq!(ended.unwrap(), Exit::Ok);
    let value: serde_json::Value = serde_json::from_str(&captured.out()).unwrap();
    assert_eq!(value["changes"][0]["parts"], json!(["title", "questions"]));
}

#[test]
fn the_worst_question_stands_on_top() {
    let text = shown(&statistics("quiz", false, None, None));
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part:?} in {text}"));
    assert!(at("80 %  question 2 (q2): 4 of 5 not right, 1 left out") < at("40 %  question 1 (q1)"), "{text}");
    assert!(at("most chosen wrong: b, 2 times: Or `b`") < at("question 1"), "{text}");
    assert!(text.contains("7 started, 5 graded, 1 passed") && text.contains("from 20 to 60 %"), "{text}");
    assert!(text.contains("   20 to 29 %  ████████████████████  2"), "{text}");
    assert!(text.contains(&format!("--revision {}   2 graded", "1".repeat(64))), "{text}");
    assert!(shown(&statistics("quiz", false, Some(&"1".repeat(64)), None)).contains("an earlier one"));
}

#[test]
fn a_course_says_where_most_stop() {
    for command in [statistics("course", false, None, None), statistics("quiz", true, None, None)] {
        let text = shown(&command);
        assert!(text.contains("Of the 8 learners who enrolled last; there are more."), "{text}");
        assert!(text.contains("6 (75 %)") && text.contains("second (optional)"), "{text}");
        assert!(text.contains("for 20 days in the median") && text.contains("for 1 day in the median"), "{text}");
        assert!(text.contains("Most stop at second: 3 learners without an event for 14 days or more."), "{text}");
    }
    assert!(shown(&statistics("quiz", false, None, Some(30))).contains("for 30 days or more"));
    let (ended, ..) = run_with(&statistics("nothing", false, None, None), false, &[]);
    assert_eq!(ended.unwrap_err().code, "not_found");
}

/// A pack with an HTTP drill, whose programs leave a file behind and say no address.
fn drilled(run: bool, yes: bool) -> (tempfile::TempDir, ContentCommand) {
    let dir = tempfile::tempdir().unwrap();
    let drill = "drill: http/v1\nsteps: [{ id: a, request: { method: GET, path: / }, expect: [{ status: 200 }] }]\n\
        solutions:\n  good: [{ name: reference, program: [sh, -c, touch ran], transcript: a.json }]\n  \
        bad: [{ name: b, program: [sh, -c, touch ran], transcript: b.json, fails: a/0 }]\n";
    for (path, text) in [
        ("pack.yaml", "format: cairn-pack/v1\nid: p\ntitle: P\nsummary: s\nlanguage: en\nlicence: MIT\n"),
        ("courses/c/course.md", "---\nid: c\ntitle: C\nsummary: s\nlessons: [d]\n---\n"),
        (
            "courses/c/d.md",
            "---\nid: d\ntitle: D\nsummary: s\nkind: drill\nminutes: 1\ndrill: drills/d.yaml\n---\nBuild it.\n",
        ),
        ("courses/c/drills/d.yaml", drill),
    ] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let args = CheckArgs { dir: dir.path().to_owned(), run, record: false, yes };
    (dir, ContentCommand::Check(args))
}

#[test]
fn programs_of_a_pack_are_started_only_by_whoever_agrees() {
    let ran = |dir: &tempfile::TempDir| dir.path().join("courses/c/drills/ran").exists();
    let (dir, command) = drilled(false, false);
    let (ended, captured, _) = run_with(&command, false, &["y"]);
    assert_eq!((ended.unwrap(), ran(&dir)), (Exit::Found, false));
    assert!(captured.out().contains("There is no file `a.json`. [no-transcript]"), "{}", captured.out());

    let (dir, command) = drilled(true, false);
    let (ended, captured, _) = run_with(&command, false, &["n"]);
    assert_eq!((ended.unwrap_err().code.as_str(), ran(&dir)), ("declined", false));
    assert!(captured.out().contains("courses/c/drills: sh -c touch ran"), "{}", captured.out());
    let (ended, ..) = run_with(&command, true, &["y"]);
    assert_eq!((ended.unwrap_err().exit, ran(&dir)), (Exit::Usage, false), "nobody sees the question");

    let (dir, command) = drilled(true, true);
    let (ended, captured, _) = run_with(&command, true, &[]);
    assert_eq!((ended.unwrap(), ran(&dir)), (Exit::Found, true));
    assert!(captured.out().contains("did not print its address"), "{}", captured.out());
}
