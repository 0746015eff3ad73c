use super::*;
use crate::shared::SkillId;

fn lesson(id: &str, change: impl FnOnce(&mut Lesson)) -> Document {
    let mut lesson = Lesson::reading(10);
    change(&mut lesson);
    Document::new(id, id, Detail::Lesson(lesson)).unwrap()
}
fn course(id: &str, lessons: &[&str]) -> Document {
    let lessons = lessons.iter().map(|id| LessonId::new(id).unwrap()).collect();
    Document::new(id, id, Detail::Course(Course { lessons, ..Course::default() })).unwrap()
}
fn skill(id: &str) -> Document {
    Document::new(id, id, Detail::Skill).unwrap()
}
fn skills(ids: &[&str]) -> Vec<SkillId> {
    ids.iter().map(|id| SkillId::new(id).unwrap()).collect()
}
fn kinds(result: Result<Catalogue, Vec<CatalogueFault>>) -> Vec<(FaultKind, String)> {
    result.unwrap_err().into_iter().map(|fault| (fault.kind, fault.field)).collect()
}

#[test]
fn every_reference_must_lead_somewhere() {
    let track =
        Document::new("t", "t", Detail::Track(Track { courses: vec![CourseId::new("nowhere").unwrap()] })).unwrap();
    let stage = Stage(DocKind::Track, "none");
    let faults = kinds(Catalogue::build([
        course("c", &["a", "missing", "a"]),
        lesson("a", |l| {
            l.teaches = skills(&["undeclared"]);
            l.requires.skills = skills(&["unknown", "untaught"]);
            l.requires.lessons = vec![LessonId::new("gone").unwrap()];
        }),
        lesson("alone", |_| ()),
        skill("untaught"),
        track,
        stage.guide(),
    ]));
    assert_eq!(
        faults,
        [
            (FaultKind::DanglingReference, "stages[0].track".to_owned()),
            (FaultKind::DanglingReference, "courses[0]".to_owned()),
            (FaultKind::DanglingReference, "lessons[1]".to_owned()),
            (FaultKind::ListedTwice, "lessons[2]".to_owned()),
            (FaultKind::DanglingPrerequisite, "requires.lessons[0]".to_owned()),
            (FaultKind::DanglingPrerequisite, "requires.skills[0]".to_owned()),
            (FaultKind::NeverTaught, "requires.skills[1]".to_owned()),
            (FaultKind::DanglingReference, "teaches[0]".to_owned()),
            (FaultKind::UnlistedLesson, "id".to_owned()),
        ]
    );
}

struct Stage(DocKind, &'static str);
impl Stage {
    fn guide(self) -> Document {
        let stage = super::super::Stage {
            title: "x".into(),
            summary: String::new(),
            target: Some((self.0, ContentId::new(self.1).unwrap())),
        };
        Document::new("g", "g", Detail::Guide(Guide { stages: vec![stage] })).unwrap()
    }
}

#[test]
fn ids_and_slugs_are_unique_in_a_kind_only() {
    let twice = || [lesson("a", |_| ()), lesson("a", |_| ()), course("a", &["a"])];
    assert_eq!(kinds(Catalogue::build(twice())), [(FaultKind::DuplicateId, "id".to_owned())]);
    let slug = Document { slug: ContentId::new("a").unwrap(), ..lesson("b", |_| ()) };
    let faults = kinds(Catalogue::build([lesson("a", |_| ()), slug, course("c", &["a", "b"])]));
    assert_eq!(faults, [(FaultKind::DuplicateSlug, "slug".to_owned())]);
}

#[test]
fn a_cycle_is_told_with_its_way() {
    let needs = |id: &'static str| move |l: &mut Lesson| l.requires.lessons = vec![LessonId::new(id).unwrap()];
    let faults =
        Catalogue::build([lesson("a", needs("b")), lesson("b", needs("a")), course("c", &["a", "b"])]).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].message, "Prerequisites go round in a circle: lesson `a` needs lesson `b` needs lesson `a`.");
}

fn needing(mut document: Document, skill: &str) -> Document {
    if let Detail::Course(course) = &mut document.detail {
        course.requires.skills = skills(&[skill]);
    }
    document
}

#[test]
fn a_cycle_through_a_course_is_the_courses() {
    let teacher = || lesson("a", |l| l.teaches = skills(&["s"]));
    let faults = Catalogue::build([needing(course("c", &["a"]), "s"), teacher(), skill("s")]).unwrap_err();
    assert_eq!(faults.len(), 1);
    let place = (faults[0].document.0, faults[0].document.1.as_str(), faults[0].field.as_str());
    assert_eq!(place, (DocKind::Course, "c", "requires"));
    assert_eq!(
        faults[0].message,
        "Prerequisites go round in a circle: lesson `a` (through its course `c`) needs skill `s` needs lesson `a`."
    );
    // A lesson that says so itself is to blame, whatever its course says.
    let own = lesson("a", |l| {
        l.teaches = skills(&["s"]);
        l.requires.skills = skills(&["s"]);
    });
    let faults = Catalogue::build([needing(course("c", &["a"]), "s"), own, skill("s")]).unwrap_err();
    assert_eq!(faults[0].document.0, DocKind::Lesson);
    assert!(!faults[0].message.contains("through"));
}

#[test]
fn a_retired_lesson_teaches_what_no_other_does() {
    let retired = |document| Entry { retired: true, ..Entry::live(document) };
    let teacher = |id: &str| lesson(id, |l| l.teaches = skills(&["s", "t"]));
    let live = lesson("live", |l| l.teaches = skills(&["t"]));
    let catalogue = Catalogue::restore([retired(teacher("old")), retired(teacher("gone")), Entry::live(live)]);
    let taught_by = |skill: &str| -> Vec<_> {
        catalogue.graph().taught_by(&skills(&[skill])[0]).iter().map(LessonId::as_str).collect()
    };
    assert_eq!(taught_by("s"), ["gone", "old"]);
    assert_eq!(taught_by("t"), ["live"]);
}

#[test]
fn a_lesson_inherits_the_prerequisites_of_its_course() {
    let first = course("first", &["a"]);
    let second = needing(course("second", &["b"]), "s");
    let catalogue =
        Catalogue::build([first, second, skill("s"), lesson("a", |l| l.teaches = skills(&["s"])), lesson("b", |_| ())])
            .unwrap();
    let b = LessonId::new("b").unwrap();
    assert_eq!(catalogue.graph().requires(&b).unwrap().skills, skills(&["s"]));
    assert_eq!(catalogue.course_of(&b).unwrap().as_str(), "second");
}

#[test]
fn former_slugs_resolve_until_someone_takes_them() {
    let id = |text: &str| ContentId::new(text).unwrap();
    let mut renamed = Entry::live(lesson("a", |_| ()));
    renamed.document.slug = id("new");
    renamed.former_slugs = vec![id("old"), id("older")];
    let mut taker = Entry::live(lesson("b", |_| ()));
    taker.document.slug = id("older");
    let catalogue = Catalogue::restore([renamed, taker]);
    let resolve = |name: &str| catalogue.resolve(DocKind::Lesson, &id(name)).map(|e| e.document.id.to_string());
    assert_eq!(resolve("a").as_deref(), Some("a"));
    assert_eq!(resolve("new").as_deref(), Some("a"));
    assert_eq!(resolve("old").as_deref(), Some("a"));
    assert_eq!(resolve("older").as_deref(), Some("b"));
    assert_eq!(resolve("never"), None);
}

#[test]
fn a_retired_lesson_is_found_but_not_listed() {
    let mut gone = Entry::live(lesson("gone", |_| ()));
    gone.retired = true;
    let catalogue =
        Catalogue::restore([gone, Entry::live(lesson("here", |_| ())), Entry::live(course("c", &["gone", "here"]))]);
    assert!(catalogue.lesson(&LessonId::new("gone").unwrap()).unwrap().retired());
    let listed: Vec<_> =
        catalogue.lessons_of_course(&CourseId::new("c").unwrap()).map(|l| l.id().to_string()).collect();
    assert_eq!(listed, ["here"]);
}

#[test]
fn a_list_goes_on_behind_an_id() {
    let mut gone = Entry::live(lesson("b", |_| {}));
    gone.retired = true;
    let live = ["0", "a", "c"].map(|id| Entry::live(lesson(id, |_| {})));
    let others = [course("a", &["a", "c"]), skill("a")].map(Entry::live);
    let catalogue = Catalogue::restore(live.into_iter().chain(others).chain([gone]));
    let after = |id: Option<&str>| {
        let id = id.map(|id| ContentId::new(id).unwrap());
        catalogue.live_after(DocKind::Lesson, id.as_ref()).map(|e| e.document.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(after(None), ["0", "a", "c"]);
    assert_eq!(after(Some("a")), ["c"]);
    assert_eq!(after(Some("b")), ["c"], "also behind one that is not listed");
    assert_eq!(after(Some("c")), [""; 0], "skills come behind lessons and are none");
}
