//! Hostile and honest statements, each with what must come of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use cairn_drill::run::{Job, MigrationStep, Report, Stop, Work};

use super::{huts, json, limits, sandbox, script};

/// The most memory that a child may hold, in KiB.
const MOST_KIB: u64 = 128 << 10;

/// A statement of one of the files.
pub(super) struct Case {
    line: usize,
    manner: String,
    expected: String,
    sql: String,
}

/// Reads a file of statements; `-- WORD: REST` begins one.
pub(super) fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let (mut each, mut times, mut nul) = (Vec::new(), 1, false);
    let finish = |cases: &mut Vec<Case>, each: &mut Vec<String>, times: &mut usize, nul: &mut bool| {
        if let Some(last) = cases.pop() {
            let sql = if *nul { format!("{}\0", last.sql) } else { last.sql.repeat(*times) };
            let parts = if each.is_empty() { vec![String::new()] } else { std::mem::take(each) };
            cases.extend(parts.into_iter().map(|part| Case {
                line: last.line,
                manner: last.manner.clone(),
                expected: last.expected.clone(),
                sql: sql.replace("{}", &part),
            }));
        }
        (*times, *nul) = (1, false);
    };
    for (at, line) in text.lines().enumerate() {
        let begins = line.strip_prefix("-- ").and_then(|line| line.split_once(": "));
        match begins {
            Some(("each", parts)) => each = parts.split(" | ").map(|part| part.trim().to_owned()).collect(),
            Some(("times", number)) => times = number.parse().unwrap(),
            Some((manner @ ("read" | "write" | "index" | "step" | "rows"), expected)) => {
                finish(&mut cases, &mut each, &mut times, &mut nul);
                let (manner, expected) = (manner.to_owned(), expected.to_owned());
                cases.push(Case { line: at + 1, manner, expected, sql: String::new() });
            }
            _ if line == "-- nul" => nul = true,
            _ if line.starts_with("--") || line.is_empty() => {}
            _ => cases.last_mut().unwrap().sql += &format!("{line}\n"),
        }
    }
    finish(&mut cases, &mut each, &mut times, &mut nul);
    cases
}

fn job(case: &Case) -> Job {
    match case.manner.as_str() {
        "step" => {
            let sql = case.sql.clone();
            let steps = vec![MigrationStep { id: "up".into(), sql, interrupted_after: None, repeat_at_most: None }];
            Job { data: huts(), work: Work::Migration { steps, queries: Vec::new() }, limits: limits() }
        }
        manner => script(&case.sql, manner == "write", manner == "index", Vec::new()),
    }
}

/// What is wrong with what came of a statement.
fn fault(case: &Case, report: &Report) -> Option<String> {
    let error = report.error.as_ref().or_else(|| report.stages.last().and_then(|stage| stage.error.as_ref()));
    let (word, said) = case.expected.split_once(' ').unwrap_or((&case.expected, ""));
    if case.manner == "rows" {
        let expected: serde_json::Value = serde_json::from_str(&case.expected).unwrap();
        let got = report.result.as_ref().map(|result| json(&result.rows));
        let fine = report.stopped.is_none() && error.is_none() && got.as_ref() == Some(&expected);
        return (!fine).then(|| format!("{:?}, {error:?}, {got:?}", report.stopped));
    }
    let (kind, message) = match (&report.stopped, error) {
        (Some(Stop::Refused(what)), _) => ("refused", what.clone()),
        (Some(Stop::Processor), _) => ("processor", String::new()),
        (Some(Stop::Memory), _) => ("memory", String::new()),
        (Some(Stop::DatabaseSize), _) => ("size", String::new()),
        (Some(Stop::Rows), _) => ("rows", String::new()),
        (Some(Stop::Bytes), _) => ("bytes", String::new()),
        (Some(Stop::Statements), _) => ("statements", String::new()),
        (Some(Stop::Time), _) => ("time", String::new()),
        (Some(Stop::Crashed), _) => ("crashed", String::new()),
        (None, Some(error)) => ("error", error.message.clone()),
        (None, None) => ("harmless", String::new()),
    };
    let bounded = ["processor", "memory", "size", "rows", "bytes", "error", "harmless"];
    let fine = if word == "bounded" { bounded.contains(&kind) } else { kind == word };
    (!fine || !message.contains(said)).then(|| format!("{kind} {message}"))
}

/// Runs all cases of a file; gives their number.
pub(super) fn all(text: &str) -> usize {
    let cases = cases(text);
    let (next, faults) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let observed = sandbox().observe(&job(case), None).unwrap();
                    let mut found = fault(case, &observed.report);
                    if observed.peak_kib.is_some_and(|peak| peak > MOST_KIB) {
                        found = Some(format!("it took {:?} KiB", observed.peak_kib));
                    }
                    if let Some(found) = found {
                        let beginning: String = case.sql.chars().take(100).collect();
                        let (line, expected) = (case.line, &case.expected);
                        faults.lock().unwrap().push(format!("{line}: {beginning}\n   {expected}\n   {found}"));
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    cases.len()
}

pub(super) const HOSTILE: &str = include_str!("../statements/hostile.sql");
pub(super) const HONEST: &str = include_str!("../statements/honest.sql");

#[test]
fn hostile_statements_are_refused_or_bounded() {
    assert!(all(HOSTILE) >= 300);
}

#[test]
fn honest_statements_give_what_they_should() {
    assert!(all(HONEST) >= 100);
}

#[test]
fn a_wrong_answer_and_an_unrefused_statement_are_seen() {
    let report = super::run(&script("SELECT 1", false, false, Vec::new()));
    for (text, wrong) in [
        ("-- rows: [[2]]\nSELECT 1\n", true),
        ("-- rows: [[1]]\nSELECT 1\n", false),
        ("-- read: refused\nSELECT 1\n", true),
    ] {
        assert_eq!(fault(&cases(text)[0], &report).is_some(), wrong, "{text}");
    }
}
