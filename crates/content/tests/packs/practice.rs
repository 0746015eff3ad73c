//! Drills and capstones of a pack.

use cairn_content::{PackFile, check, check_with_drills, pack_file};
use cairn_domain::catalog::{Detail, HandIn, LessonKind};
use cairn_drill::DrillKind;

use super::{found, with};

const DRILL: &str = "\
---
id: drill
title: Drill
summary: Practice.
kind: drill
minutes: 10
attempts: 5
cool_down: 1m
open_for: 2h
drill: drills/a.yaml
---
Build it.
";
const CAPSTONE: &str = "\
---
id: capstone
title: Capstone
summary: Work.
kind: capstone
minutes: 60
capstone:
  drills: [drill]
  rubric:
    - { id: a, title: A, about: What., points: 3 }
    - { id: b, title: B, about: Which., points: 2 }
  pass: 4
---
Do it.
";
const QUESTION: &str =
    "drill: sql/v1\ndata: { seed: 1, tables: [{ name: t, create: CREATE TABLE t (n) }] }\nreference: SELECT 1\n";

/// The pack with a drill and a capstone, one file of it changed.
fn practice(path: &str, from: &str, to: &str) -> Vec<PackFile> {
    let mut files = with("courses/walk/course.md", "[first, quiz]", "[first, quiz, drill, capstone]");
    for (at, text) in [
        ("courses/walk/drill.md", DRILL),
        ("courses/walk/part/capstone.md", CAPSTONE),
        ("courses/walk/drills/a.yaml", QUESTION),
    ] {
        assert!(at != path || text.contains(from), "{from:?} is not in {path}");
        let text = if at == path { text.replacen(from, to, 1) } else { text.to_owned() };
        files.push(pack_file(at, text.into_bytes()));
    }
    files
}

#[test]
fn drills_and_capstones_have_their_rules() {
    let (draft, drills) = check_with_drills(&practice("", "", "")).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let lesson = |id: &str| {
        let found = draft.documents.iter().find(|d| d.document.id.as_str() == id).unwrap();
        let Detail::Lesson(lesson) = &found.document.detail else { panic!() };
        (lesson.lesson_kind.clone(), found.task.clone())
    };
    let (LessonKind::Drill(rules), Some(task)) = lesson("drill") else { panic!() };
    assert_eq!(rules.kind, DrillKind::Sql, "as its file says");
    assert_eq!((rules.attempts, rules.cool_down_seconds, rules.open_minutes), (Some(5), 60, 120));
    assert_eq!(task.as_drill().unwrap().0, &drills[0].authored.drill);
    assert_eq!((drills[0].lesson.as_str(), drills[0].file.as_str()), ("drill", "courses/walk/drills/a.yaml"));
    let (LessonKind::Capstone(rules), None) = lesson("capstone") else { panic!() };
    assert_eq!((rules.drills[0].as_str(), rules.rubric.len(), rules.points(), rules.pass), ("drill", 2, 5, 4));
    assert_eq!(rules.hand_in, HandIn::TextAndLink);
}

#[test]
fn faults_of_drills_and_capstones_are_placed() {
    let (drill, capstone) = ("courses/walk/drill.md", "courses/walk/part/capstone.md");
    for (path, from, to, expected) in [
        (drill, "drill: drills/a.yaml\n", "", "courses/walk/drill.md:2:1 missing-field"),
        (drill, "drills/a.yaml", "drills/b.yaml", "courses/walk/drill.md:10:8 missing-drill"),
        (drill, "drills/a.yaml", "../../../a.yaml", "courses/walk/drill.md:10:8 missing-drill"),
        (drill, "open_for: 2h", "open_for: 8d", "courses/walk/drill.md:9:11 out-of-range"),
        (drill, "open_for: 2h", "open_for: 59s", "courses/walk/drill.md:9:11 out-of-range"),
        (drill, "attempts: 5", "attempts: 0", "courses/walk/drill.md:7:11 out-of-range"),
        (drill, "Build it.\n", "", "courses/walk/drill.md:12:1 empty-body"),
        (drill, "cool_down: 1m", "quiz: {}", "courses/walk/drill.md:8:1 unknown-field"),
        (capstone, "[drill]", "[dril]", "courses/walk/part/capstone.md:8:12 dangling-reference"),
        (capstone, "[drill]", "[first]", "courses/walk/part/capstone.md:8:12 dangling-reference"),
        (capstone, "id: b", "id: a", "courses/walk/part/capstone.md:11:13 duplicate-id"),
        (capstone, "pass: 4", "pass: 6", "courses/walk/part/capstone.md:12:9 out-of-range"),
        (capstone, "points: 2", "points: 200", "courses/walk/part/capstone.md:11:49 out-of-range"),
        (capstone, "  pass: 4", "  pass: 4\n  hand_in: rope", "courses/walk/part/capstone.md:13:12 bad-value"),
        (capstone, "Do it.\n", "", "courses/walk/part/capstone.md:14:1 empty-body"),
        ("courses/walk/drills/a.yaml", "seed: 1", "seeed: 1", "courses/walk/drills/a.yaml:2:9 bad-drill"),
        ("courses/walk/drills/a.yaml", "seed: 1", "seed: [", "courses/walk/drills/a.yaml:2:16 yaml-syntax"),
        ("courses/walk/drills/a.yaml", "sql/v1", "dance/v1", "courses/walk/drills/a.yaml:1:1 bad-drill"),
    ] {
        let found = found(&practice(path, from, to));
        assert!(found.contains(&expected.to_owned()), "{to:?} gives {found:?}, not {expected}");
    }
}

#[test]
fn a_drill_of_two_lessons_is_read_once() {
    let mut files = practice("courses/walk/drills/a.yaml", "seed: 1", "seeed: 1");
    let second = DRILL.replace("id: drill", "id: second");
    files.push(pack_file("courses/walk/second.md", second.into_bytes()));
    let faults = found(&files);
    assert_eq!(faults.iter().filter(|fault| fault.ends_with("bad-drill")).count(), 1, "{faults:?}");
}

#[test]
fn a_drill_and_its_key_are_part_of_its_revision() {
    let revision = |files: &[PackFile]| {
        let draft = check(files).unwrap();
        draft.documents.into_iter().find(|d| d.document.id.as_str() == "drill").unwrap().document.revision
    };
    let at = "courses/walk/drills/a.yaml";
    let was = revision(&practice("", "", ""));
    assert_eq!(revision(&practice(at, "seed: 1", "seed:   1")), was, "another spelling");
    assert_ne!(revision(&practice(at, "seed: 1", "seed: 2")), was);
    assert_ne!(revision(&practice(at, "SELECT 1", "SELECT 2")), was);
    assert_ne!(revision(&practice("courses/walk/drill.md", "attempts: 5", "attempts: 6")), was);
}
