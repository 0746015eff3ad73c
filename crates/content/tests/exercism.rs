//! Importing tracks, sound and faulty ones.
#![allow(clippy::unwrap_used)]

use cairn_content::exercism::{Imported, import};
use cairn_content::{check, read_dir, write_dir};
use cairn_domain::catalog::{Catalogue, Detail, Draft};
use cairn_domain::shared::CourseId;
use proptest::prelude::*;

fn imported(json: &[u8]) -> (Imported, Draft) {
    let imported = import(json).unwrap();
    let draft = check(&imported.files).unwrap_or_else(|faults| panic!("{faults:#?}"));
    (imported, draft)
}

#[test]
fn a_track_becomes_a_pack() {
    let (imported, draft) = imported(include_bytes!("data/exercism-clean.config.json"));
    assert!(imported.report.faults.is_empty() && imported.report.notes.is_empty(), "{}", imported.report);
    assert_eq!((imported.report.skills, imported.report.lessons, imported.report.prerequisites), (3, 3, 3));
    assert_eq!(draft.pack.id.as_str(), "exercism-whistle");
    let ids: Vec<_> = draft.documents.iter().map(|d| format!("{} {}", d.document.kind(), d.document.id)).collect();
    let expected = [
        "track whistle",
        "course whistle.concept-exercises",
        "course whistle.practice-exercises",
        "lesson whistle.course",
        "lesson whistle.first-note",
        "lesson whistle.two-notes",
        "skill whistle.notes",
        "skill whistle.pauses",
        "skill whistle.rhythm",
    ];
    assert_eq!(ids, expected);
    let lesson = |id: &str| {
        let document = draft.documents.iter().find(|d| d.document.id.as_str() == id).unwrap();
        let Detail::Lesson(lesson) = &document.document.detail else { panic!() };
        (document, lesson)
    };
    let (practice, detail) = lesson("whistle.course");
    let skills: Vec<_> = detail.requires.skills.iter().map(ToString::to_string).collect();
    assert_eq!(skills, ["whistle.notes", "whistle.rhythm"]);
    assert_eq!((practice.document.title.as_str(), detail.minutes), ("A \"Course\" of *Notes* <b>", 50));
    assert!(
        practice.html.contains("*Notes* &lt;b&gt;") && practice.html.contains("Difficulty: 4 of 10"),
        "{}",
        practice.html
    );
    assert!(lesson("whistle.two-notes").0.html.contains("Status: beta"));
    let left: Vec<_> = imported.report.left.iter().map(|l| format!("{} {}", l.path, l.count)).collect();
    let expected = [
        "exercises.practice[].practices 1",
        "active 1",
        "tags 1",
        "exercises.foregone 1",
        "exercises.*[] 3",
        "exercises.*[].minutes 3",
    ];
    assert_eq!(left, expected);
}

#[test]
fn each_fault_of_the_source_has_its_place() {
    let (imported, draft) = imported(include_bytes!("data/exercism-faulty.config.json"));
    let faults: Vec<_> = imported.report.faults.iter().map(ToString::to_string).collect();
    let expected = [
        "concepts[4].slug: `one` is already the slug of `concepts[0]`; this one was left out.",
        "exercises.concept[0].prerequisites[0]: The prerequisite `two` closes a circle (exercise `a` needs concept `two` needs exercise `b` needs concept `one` needs exercise `a`); it was dropped.",
        "exercises.concept[1].concepts[1]: The concept `none` does not exist; it was dropped.",
        "exercises.concept[1].prerequisites[1]: The prerequisite `one` stands there twice; it was dropped.",
        "exercises.concept[2].prerequisites[0]: The prerequisite `three` closes a circle (exercise `c` needs concept `three` needs exercise `c`); it was dropped.",
        "exercises.concept[2].prerequisites[1]: The prerequisite `untaught` is taught by no exercise; it was dropped.",
        "exercises.concept[2].prerequisites[2]: The prerequisite `missing` does not exist; it was dropped.",
        "exercises.concept[2].prerequisites[3]: It is no text; it was dropped.",
        "exercises.concept[2].uuid: `exercises.concept[0]` has the same. Nothing was lost: ids are made from slugs.",
        "exercises.concept[4].slug: `b` is already the slug of `exercises.concept[1]`; this one was left out.",
        "exercises.concept[5].slug: `Not A Slug` can't be part of an id; what it names was left out.",
        "exercises.concept[6]: The concept exercise `idle` teaches no concept.",
        "exercises.concept[6].name: There is no text of this name; the slug was taken in its place.",
        "exercises.concept[7]: It is no object; it was left out.",
        "exercises.practice[0].practices[0]: The practised concept `gone` does not exist; it was dropped.",
    ];
    for (found, expected) in faults.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(faults.len(), expected.len());
    let notes: Vec<_> = imported.report.notes.iter().map(|note| note.path.as_str()).collect();
    assert_eq!(notes, ["exercises.concept[3]"]);
    let optional =
        draft.documents.iter().filter(|d| matches!(&d.document.detail, Detail::Lesson(l) if l.optional)).count();
    assert_eq!(optional, 1, "the deprecated one");
    for fault in &faults {
        assert!(imported.report.to_string().contains(fault));
    }
}

#[test]
fn exercises_that_are_all_deprecated_make_a_course_in_which_all_is_optional() {
    let clean = include_str!("data/exercism-clean.config.json");
    let (_, draft) = imported(clean.replace("\"active\" }", "\"deprecated\" }").replace("beta", "wip").as_bytes());
    let catalogue = Catalogue::build(draft.documents.into_iter().map(|d| d.document)).unwrap();
    let course = |id: &str| CourseId::new(id).unwrap();
    assert!(catalogue.all_optional(&course("whistle.concept-exercises")));
    assert!(!catalogue.all_optional(&course("whistle.practice-exercises")));
}

#[test]
fn what_is_no_track_is_refused() {
    let refused = |json: &[u8]| import(json).unwrap_err().last().unwrap().to_string();
    assert!(refused(b"").starts_with("The file is not JSON"));
    assert!(refused(b"[1]").contains("no object"));
    assert!(refused(b"{}").starts_with("slug:"));
    assert!(refused(b"{\"slug\": \"Bad Slug\"}").starts_with("slug:"));
    assert!(refused(b"{\"slug\": \"a\", \"exercises\": {}}").starts_with("exercises:"));
    assert!(refused("[".repeat(100_000).as_bytes()).starts_with("The file is not JSON"));
}

#[test]
fn an_imported_pack_can_be_written_and_read() {
    let (imported, draft) = imported(include_bytes!("data/exercism-clean.config.json"));
    let dir = tempfile::tempdir().unwrap();
    write_dir(dir.path(), &imported.files).unwrap();
    assert_eq!(check(&read_dir(dir.path()).unwrap()).unwrap().digest, draft.digest);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever the edges and names, the pack stands.
    #[test]
    fn any_track_makes_a_pack_that_passes(
        exercises in prop::collection::vec(("[a-d]{1,2}", "\\PC{0,12}", prop::collection::vec(0..6_usize, 0..3), prop::collection::vec(0..7_usize, 0..4), any::<bool>()), 1..8),
        names in prop::collection::vec("\\PC{0,12}", 5),
    ) {
        let slug = |n: &usize| format!("c{n}");
        let (mut concept, mut practice) = (Vec::new(), Vec::new());
        for (name, title, teaches, needs, is_concept) in &exercises {
            let group = if *is_concept { &mut concept } else { &mut practice };
            group.push(serde_json::json!({
                "slug": name, "name": title, "uuid": name, "concepts": teaches.iter().map(slug).collect::<Vec<_>>(),
                "practices": teaches.iter().map(slug).collect::<Vec<_>>(), "prerequisites": needs.iter().map(slug).collect::<Vec<_>>(),
            }));
        }
        let concepts: Vec<_> = names.iter().enumerate().map(|(n, name)| serde_json::json!({"slug": slug(&n), "name": name, "uuid": n.to_string()})).collect();
        let json = serde_json::json!({"slug": "t", "language": "T", "blurb": names[0], "concepts": concepts, "exercises": {"concept": concept, "practice": practice}});
        let imported = import(json.to_string().as_bytes()).unwrap();
        let checked = check(&imported.files);
        prop_assert!(checked.is_ok(), "{:#?}", checked.err());
    }
}
