use super::super::{Course, Entry, Lesson, Requires, Track};
use super::*;
use crate::shared::{Revision, TrackId};

fn lesson(id: &str, revision: u8) -> Document {
    let document = Document::new(id, id, Detail::Lesson(Lesson::reading(5))).unwrap();
    Document { revision: Revision::from_digest([revision; 32]), ..document }
}
fn course(id: &str, lessons: &[&str]) -> Document {
    let lessons = lessons.iter().map(|id| LessonId::new(id).unwrap()).collect();
    Document::new(id, id, Detail::Course(Course { lessons, ..Course::default() })).unwrap()
}
fn track(id: &str, courses: &[&str]) -> Document {
    let courses = courses.iter().map(|id| CourseId::new(id).unwrap()).collect();
    Document::new(id, id, Detail::Track(Track { courses })).unwrap()
}
fn catalogue(documents: &[Document]) -> Catalogue {
    Catalogue::restore(documents.iter().cloned().map(Entry::live))
}
fn pack() -> PackId {
    PackId::new("p").unwrap()
}
fn summary(plan: &Plan) -> Vec<(&'static str, String, u64)> {
    plan.changes.iter().map(|c| (c.action.as_str(), c.id.to_string(), c.enrolments)).collect()
}

#[test]
fn a_new_pack_only_adds() {
    let plan = plan_release(&pack(), None, &catalogue(&[course("c", &["a"]), lesson("a", 1)]), &[], &BTreeMap::new());
    assert_eq!((plan.from, plan.number), (None, 1));
    assert_eq!(summary(&plan), [("added", "c".into(), 0), ("added", "a".into(), 0)]);
}

#[test]
fn every_kind_of_change_counts_its_enrolments_once() {
    let old = catalogue(&[
        track("t", &["c"]),
        course("c", &["a", "b", "old"]),
        course("other", &["x"]),
        lesson("a", 1),
        lesson("b", 1),
        lesson("old", 1),
        lesson("x", 1),
    ]);
    let next = catalogue(&[
        track("t", &["c"]),
        course("c", &["a", "new", "added"]),
        course("other", &["x"]),
        lesson("a", 2),
        lesson("new", 1),
        lesson("added", 1),
        lesson("x", 1),
    ]);
    let id = |text: &str| ContentId::new(text).unwrap();
    let moves = [Move { kind: DocKind::Lesson, from: id("old"), to: id("new") }];
    let enrolments = BTreeMap::from([
        (Target::Course(CourseId::new("c").unwrap()), 3),
        (Target::Track(TrackId::new("t").unwrap()), 4),
        (Target::Course(CourseId::new("other").unwrap()), 100),
    ]);
    let plan = plan_release(&pack(), Some((7, &old)), &next, &moves, &enrolments);
    assert_eq!(
        summary(&plan),
        [
            ("added", "added".into(), 7),
            ("changed", "a".into(), 7),
            ("moved", "new".into(), 7),
            ("retired", "b".into(), 7)
        ]
    );
    assert_eq!((plan.number, plan.enrolments), (8, 7));
    assert_eq!(plan.changes[2].from, Some(id("old")));
}

#[test]
fn what_was_retired_can_come_back() {
    let gone = Entry { retired: true, ..Entry::live(lesson("a", 1)) };
    let old = Catalogue::restore([gone]);
    let plan = plan_release(&pack(), Some((2, &old)), &catalogue(&[lesson("a", 1)]), &[], &BTreeMap::new());
    assert_eq!(summary(&plan), [("restored", "a".into(), 0)]);
}

#[test]
fn a_new_slug_is_a_change_that_names_the_former() {
    let renamed = Document { slug: ContentId::new("b").unwrap(), ..lesson("a", 2) };
    let plan =
        plan_release(&pack(), Some((1, &catalogue(&[lesson("a", 1)]))), &catalogue(&[renamed]), &[], &BTreeMap::new());
    assert_eq!(plan.changes[0].former_slug.as_ref().unwrap().as_str(), "a");
    assert_eq!(plan.changes[0].parts, [Part::Slug]);
}

#[test]
fn what_differs_is_named() {
    let skill = |id: &str| crate::shared::SkillId::new(id).unwrap();
    let rules = |pass_mark, questions| QuizRules { pass_mark, attempts: None, cool_down_seconds: 0, questions };
    let quiz = |pass_mark, questions| Lesson::quiz(5, rules(pass_mark, questions));
    let lesson = |lesson: Lesson| Document::new("a", "A", Detail::Lesson(lesson)).unwrap();
    let reading = || Lesson::reading(5);
    let required = |skills| Requires { skills, lessons: Vec::new() };
    let cases: Vec<(Document, Document, &[Part])> = vec![
        (lesson(reading()), lesson(reading()), &[]),
        (
            lesson(reading()),
            Document { title: "B".into(), summary: "New".into(), ..lesson(Lesson::reading(6)) },
            &[Part::Title, Part::Summary, Part::Minutes],
        ),
        (
            lesson(reading()),
            lesson(Lesson { optional: true, teaches: vec![skill("s")], ..reading() }),
            &[Part::Optional, Part::Teaches],
        ),
        (
            lesson(reading()),
            lesson(Lesson { requires: required(vec![skill("s")]), ..reading() }),
            &[Part::Prerequisites],
        ),
        (lesson(reading()), lesson(quiz(80, 1)), &[Part::Form]),
        (lesson(quiz(80, 1)), lesson(quiz(90, 1)), &[Part::Rules]),
        (lesson(quiz(80, 1)), lesson(quiz(80, 2)), &[Part::Questions]),
        (course("c", &["a", "b"]), course("c", &["b", "a"]), &[Part::Contents]),
        (track("t", &["c"]), track("t", &[]), &[Part::Contents]),
    ];
    for (was, is, expected) in cases {
        assert_eq!(parts(&was, &is, false), expected, "{was:?} {is:?}");
    }
}

#[test]
fn texts_are_compared_of_so_many_changes() {
    let many: Vec<String> = (0..=COMPARED).map(|n| format!("l{n:04}")).collect();
    let at = |revision| catalogue(&many.iter().map(|id| lesson(id, revision)).collect::<Vec<_>>());
    let (old, next) = (at(1), at(2));
    let mut plan = plan_release(&pack(), Some((1, &old)), &next, &[], &BTreeMap::new());
    let mut asked = 0;
    plan.note_texts(&old, &next, |was, is| {
        asked += 1;
        assert_eq!(was.id, is.id);
        Ok((true, was.id.as_str() == "l0000"))
    })
    .unwrap();
    assert_eq!((asked, plan.changes.len()), (COMPARED, COMPARED + 1));
    assert_eq!(plan.changes[0].parts, [Part::Text, Part::Questions]);
    assert_eq!(plan.changes[1].parts, [Part::Text]);
    assert_eq!(plan.changes[COMPARED].parts, []);
}

#[test]
fn a_drill_that_differs_is_told_apart_from_its_rules_and_its_kind() {
    use super::super::{DrillRules, Lesson};
    use cairn_drill::DrillKind;
    let rules = DrillRules { kind: DrillKind::Sql, attempts: None, cool_down_seconds: 0, open_minutes: 30 };
    let of = |revision: u8, rules: &DrillRules| {
        let mut drill = Document::new("d", "d", Detail::Lesson(Lesson::drill(5, rules.clone()))).unwrap();
        drill.revision = crate::shared::Revision::from_digest([revision; 32]);
        catalogue(&[course("c", &["d"]), drill])
    };
    let told = |rules_now: &DrillRules, task: bool| {
        let (was, is) = (of(1, &rules), of(2, rules_now));
        let mut plan = plan_release(&pack(), Some((1, &was)), &is, &[], &BTreeMap::new());
        plan.note_texts(&was, &is, |_, _| Ok((false, task))).unwrap();
        plan.changes[0].parts.clone()
    };
    assert_eq!(told(&rules, true), [Part::Drill]);
    assert_eq!(told(&DrillRules { open_minutes: 60, ..rules.clone() }, false), [Part::Rules]);
    assert_eq!(told(&DrillRules { kind: DrillKind::Http, ..rules.clone() }, true), [Part::Form, Part::Drill]);
}
