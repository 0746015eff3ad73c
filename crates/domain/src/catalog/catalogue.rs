use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::OnceLock;

use super::{
    Attained, CapstoneRules, CatalogueFault, Course, Detail, DocKind, Document, Entry, FaultKind, Graph, Guide, Lesson,
    LessonKind, Node, Requires, Track, Way,
};
use crate::search::TitleWords;
use crate::shared::{ContentId, CourseId, GuideId, LessonId, TrackId};

/// A release's documents with what follows from them: who teaches what, and what has to come first.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: BTreeMap<(DocKind, ContentId), Entry>,
    slugs: BTreeMap<(DocKind, ContentId), ContentId>,
    course_of: BTreeMap<LessonId, CourseId>,
    graph: Graph,
    /// Made when they are first asked for.
    title_words: OnceLock<TitleWords>,
}

/// A document of one kind in a catalogue.
#[derive(Debug)]
pub struct Doc<'a, T> {
    /// The document with its place.
    pub entry: &'a Entry,
    /// What is particular to the kind.
    pub detail: &'a T,
}

impl<T> Clone for Doc<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Doc<'_, T> {}

impl<'a, T> Doc<'a, T> {
    /// The document's id.
    #[must_use]
    pub fn id(&self) -> &'a ContentId {
        &self.entry.document.id
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'a Document {
        &self.entry.document
    }

    /// Whether the pack no longer has it.
    #[must_use]
    pub fn retired(&self) -> bool {
        self.entry.retired
    }
}

macro_rules! by_kind {
    ($(#[$one:meta] $one_name:ident, #[$all:meta] $all_name:ident: $id:ident, $kind:ident, $detail:ident;)+) => {$(
        #[$one]
        #[must_use]
        pub fn $one_name(&self, id: &$id) -> Option<Doc<'_, $detail>> {
            let entry = self.entry(DocKind::$kind, &id.into())?;
            match &entry.document.detail {
                Detail::$kind(detail) => Some(Doc { entry, detail }),
                _ => None,
            }
        }

        #[$all]
        pub fn $all_name(&self) -> impl Iterator<Item = Doc<'_, $detail>> {
            // Entries stand in the order of their kinds, and lessons, which are most, come late.
            let entries = self.entries.iter().skip_while(|((kind, _), _)| *kind < DocKind::$kind);
            let entries = entries.take_while(|((kind, _), _)| *kind == DocKind::$kind).map(|(_, entry)| entry);
            entries.filter(|entry| !entry.retired).filter_map(|entry| match &entry.document.detail {
                Detail::$kind(detail) => Some(Doc { entry, detail }),
                _ => None,
            })
        }
    )+};
}

impl Catalogue {
    /// A catalogue of documents that are all live, checked as a whole.
    ///
    /// # Errors
    /// Every [`CatalogueFault`]: ids and slugs that are taken, references that lead nowhere, lessons without a
    /// course, prerequisites that are dangling, never taught or cyclic.
    pub fn build(documents: impl IntoIterator<Item = Document>) -> Result<Self, Vec<CatalogueFault>> {
        let mut faults = Vec::new();
        let mut entries = BTreeMap::new();
        for document in documents {
            if let Some(before) = entries.insert(document.key(), Entry::live(document)) {
                let (kind, id) = before.document.key();
                faults.push(CatalogueFault {
                    kind: FaultKind::DuplicateId,
                    message: format!("There are two of kind {kind} with the id `{id}`."),
                    help: "Give one of them another id.".to_owned(),
                    document: (kind, id),
                    field: "id".to_owned(),
                });
            }
        }
        let catalogue = Self::index(entries);
        Checker { catalogue: &catalogue, faults: &mut faults }.check();
        if faults.is_empty() { Ok(catalogue) } else { Err(faults) }
    }

    /// A catalogue of a release's entries, which were checked when the release was made.
    #[must_use]
    pub fn restore(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::index(entries.into_iter().map(|entry| (entry.document.key(), entry)).collect())
    }

    fn index(entries: BTreeMap<(DocKind, ContentId), Entry>) -> Self {
        let mut catalogue = Self { entries, ..Self::default() };
        for ((kind, id), entry) in &catalogue.entries {
            for slug in &entry.former_slugs {
                catalogue.slugs.entry((*kind, slug.clone())).or_insert_with(|| id.clone());
            }
        }
        // Present slugs win over former ones, and those of live documents over those of retired ones.
        for retired in [true, false] {
            for ((kind, id), entry) in catalogue.entries.iter().filter(|(_, entry)| entry.retired == retired) {
                catalogue.slugs.insert((*kind, entry.document.slug.clone()), id.clone());
            }
        }
        let mut course_requires = BTreeMap::new();
        for retired in [true, false] {
            for entry in catalogue.entries.values().filter(|entry| entry.retired == retired) {
                if let Detail::Course(course) = &entry.document.detail {
                    let id = CourseId::from(&entry.document.id);
                    for lesson in &course.lessons {
                        catalogue.course_of.insert(lesson.clone(), id.clone());
                    }
                    course_requires.insert(id, course.requires.clone());
                }
            }
        }
        // What only retired lessons teach is taught by them: whoever is still on their course has to learn it there.
        let lessons = || catalogue.entries.values().filter_map(|entry| Some((entry.retired, lesson_of(entry)?)));
        let live: BTreeSet<_> = lessons().filter(|(retired, _)| !retired).flat_map(|(_, l)| &l.teaches).collect();
        let mut graph = Graph::default();
        for entry in catalogue.entries.values() {
            if let Some(lesson) = lesson_of(entry) {
                let id = LessonId::from(&entry.document.id);
                let teaches = lesson.teaches.iter().filter(|skill| !entry.retired || !live.contains(skill));
                graph.add(id.clone(), lesson.needs(), teaches);
                if let Some(course) = catalogue.course_of.get(&id).and_then(|course| course_requires.get(course)) {
                    graph.inherit(&id, course);
                }
            }
        }
        catalogue.graph = graph;
        catalogue
    }

    /// The entry of a kind with this id.
    #[must_use]
    pub fn entry(&self, kind: DocKind, id: &ContentId) -> Option<&Entry> {
        self.entries.get(&(kind, id.clone()))
    }

    /// The entry of a kind with this id, slug or former slug.
    #[must_use]
    pub fn resolve(&self, kind: DocKind, name: &ContentId) -> Option<&Entry> {
        let live = self.entry(kind, name).filter(|entry| !entry.retired);
        live.or_else(|| self.slugs.get(&(kind, name.clone())).and_then(|id| self.entry(kind, id)))
            .or_else(|| self.entry(kind, name))
    }

    /// Every entry, retired ones among them, ordered by kind and id.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The entries of a kind that are not retired, ordered by id, from the one after this id on; all of them for `None`.
    pub fn live_after(&self, kind: DocKind, after: Option<&ContentId>) -> impl Iterator<Item = &Entry> {
        let start = match after {
            Some(id) => Bound::Excluded((kind, id.clone())),
            // No id comes before this one.
            None => ContentId::new("0").map_or(Bound::Unbounded, |least| Bound::Included((kind, least))),
        };
        let following = self.entries.range((start, Bound::Unbounded)).map(|(_, entry)| entry);
        following.take_while(move |entry| entry.document.kind() == kind).filter(|entry| !entry.retired)
    }

    by_kind! {
        /// The guide with this id.
        guide, /// The guides that are not retired, ordered by id.
        guides: GuideId, Guide, Guide;
        /// The track with this id.
        track, /// The tracks that are not retired, ordered by id.
        tracks: TrackId, Track, Track;
        /// The course with this id.
        course, /// The courses that are not retired, ordered by id.
        courses: CourseId, Course, Course;
        /// The lesson with this id.
        lesson, /// The lessons that are not retired, ordered by id.
        lessons: LessonId, Lesson, Lesson;
    }

    /// The skills that are not retired, ordered by id.
    pub fn skills(&self) -> impl Iterator<Item = &Document> {
        self.entries.values().filter(|e| !e.retired && e.document.kind() == DocKind::Skill).map(|e| &e.document)
    }

    /// The course that a lesson stands in.
    #[must_use]
    pub fn course_of(&self, lesson: &LessonId) -> Option<&CourseId> {
        self.course_of.get(lesson)
    }

    /// The lessons of a course in their order; those that are retired only when the course itself is.
    pub fn lessons_of_course(&self, course: &CourseId) -> impl Iterator<Item = Doc<'_, Lesson>> {
        let course = self.course(course);
        let with_retired = course.is_some_and(|course| course.retired());
        course
            .into_iter()
            .flat_map(|course| &course.detail.lessons)
            .filter_map(|id| self.lesson(id))
            .filter(move |lesson| with_retired || !lesson.retired())
    }

    /// Whether a course has no lesson that is needed to finish it.
    #[must_use]
    pub fn all_optional(&self, course: &CourseId) -> bool {
        self.lessons_of_course(course).all(|lesson| lesson.detail.optional)
    }

    /// The lessons that finish a course: those that are not optional, or each one where all are.
    pub fn required_lessons(&self, course: &CourseId) -> impl Iterator<Item = Doc<'_, Lesson>> {
        let all_optional = self.all_optional(course);
        self.lessons_of_course(course).filter(move |lesson| all_optional || !lesson.detail.optional)
    }

    /// The prerequisite graph over lessons and skills, courses' prerequisites included. Retired lessons teach in it what no
    /// live one does.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The shortest way to a lesson ([`Graph::way`]) through lessons that can be taken: those that are not retired, and
    /// retired ones that are in `still` (a learner's own course may be retired with all its lessons).
    #[must_use]
    pub fn way(&self, lesson: &LessonId, attained: &impl Attained, still: &BTreeSet<LessonId>) -> Option<Way> {
        self.graph.way(lesson, attained, |id| {
            let lesson = self.lesson(id).filter(|lesson| !lesson.retired() || still.contains(id));
            lesson.map(|lesson| u32::from(lesson.detail.minutes))
        })
    }

    /// The words of the titles that are not retired.
    pub(crate) fn title_words(&self) -> &TitleWords {
        let live = || self.entries.values().filter(|entry| !entry.retired);
        self.title_words.get_or_init(|| TitleWords::of(live().map(|entry| entry.document.title.as_str())))
    }

    /// The document that took the place of this one, followed to the end.
    #[must_use]
    pub fn successor(&self, kind: DocKind, id: &ContentId) -> Option<&ContentId> {
        let mut last = None;
        let mut at = self.entry(kind, id)?;
        // A chain has no more links than there are entries: a circle, which `check_moves` refuses, would end too.
        for _ in 0..self.entries.len() {
            let Some(next) = at.moved_to.as_ref().and_then(|to| self.entry(kind, to)) else { break };
            last = Some(&next.document.id);
            at = next;
        }
        last
    }
}

fn lesson_of(entry: &Entry) -> Option<&Lesson> {
    match &entry.document.detail {
        Detail::Lesson(lesson) => Some(lesson),
        _ => None,
    }
}

struct Checker<'a> {
    catalogue: &'a Catalogue,
    faults: &'a mut Vec<CatalogueFault>,
}

impl Checker<'_> {
    fn fault(&mut self, kind: FaultKind, document: &Document, field: impl Into<String>, message: String, help: &str) {
        self.faults.push(CatalogueFault {
            kind,
            document: document.key(),
            field: field.into(),
            message,
            help: help.to_owned(),
        });
    }

    fn check(mut self) {
        let catalogue = self.catalogue;
        let mut slugs = BTreeMap::new();
        let mut listed = BTreeSet::new();
        for entry in catalogue.entries() {
            let document = &entry.document;
            let kind = document.kind();
            let clash = slugs.insert((kind, document.slug.clone()), &document.id);
            let foreign_id = (document.slug != document.id)
                .then(|| catalogue.entry(kind, &document.slug))
                .flatten()
                .map(|other| &other.document.id);
            if let Some(other) = clash.or(foreign_id) {
                let message = format!("The slug `{}` is already that of {kind} `{other}`.", document.slug);
                self.fault(FaultKind::DuplicateSlug, document, "slug", message, "Choose another slug.");
            }
            match &document.detail {
                Detail::Guide(guide) => self.check_stages(document, guide),
                Detail::Track(track) => self.check_track(document, track),
                Detail::Course(course) => {
                    self.check_lessons(document, course, &mut listed);
                    self.check_requires(document, &course.requires);
                }
                Detail::Lesson(lesson) => {
                    self.check_requires(document, &lesson.requires);
                    self.check_teaches(document, lesson);
                    if let LessonKind::Capstone(rules) = &lesson.lesson_kind {
                        self.check_drills(document, rules);
                    }
                }
                Detail::Skill => {}
            }
        }
        for lesson in catalogue.lessons().filter(|lesson| !listed.contains(&LessonId::from(lesson.id()))) {
            let message = format!("No course lists the lesson `{}`.", lesson.id());
            self.fault(
                FaultKind::UnlistedLesson,
                lesson.document(),
                "id",
                message,
                "Add its id to `lessons` of its course.",
            );
        }
        self.check_cycles();
    }

    fn check_stages(&mut self, document: &Document, guide: &Guide) {
        for (at, stage) in guide.stages.iter().enumerate() {
            if let Some((kind, id)) = &stage.target
                && self.catalogue.entry(*kind, id).is_none()
            {
                let message = format!("The stage leads to {kind} `{id}`, which is not there.");
                self.fault(
                    FaultKind::DanglingReference,
                    document,
                    format!("stages[{at}].{kind}"),
                    message,
                    "Correct the id, or mark the stage `planned`.",
                );
            }
        }
    }

    fn check_track(&mut self, document: &Document, track: &Track) {
        let mut seen = BTreeSet::new();
        for (at, id) in track.courses.iter().enumerate() {
            let field = format!("courses[{at}]");
            if self.catalogue.course(id).is_none() {
                let message = format!("The track lists the course `{id}`, which is not there.");
                self.fault(
                    FaultKind::DanglingReference,
                    document,
                    field,
                    message,
                    "Correct the id, or write the course.",
                );
            } else if !seen.insert(id) {
                let message = format!("The track lists the course `{id}` twice.");
                self.fault(FaultKind::ListedTwice, document, field, message, "Remove one of them.");
            }
        }
    }

    fn check_lessons(&mut self, document: &Document, course: &Course, listed: &mut BTreeSet<LessonId>) {
        for (at, id) in course.lessons.iter().enumerate() {
            let field = format!("lessons[{at}]");
            if self.catalogue.lesson(id).is_none() {
                let message = format!("The course lists the lesson `{id}`, which is not there.");
                self.fault(
                    FaultKind::DanglingReference,
                    document,
                    field,
                    message,
                    "Correct the id, or write the lesson.",
                );
            } else if !listed.insert(id.clone()) {
                let message = format!("The lesson `{id}` is listed a second time.");
                self.fault(
                    FaultKind::ListedTwice,
                    document,
                    field,
                    message,
                    "A lesson stands in one course, once; require it where else it is needed.",
                );
            }
        }
    }

    fn check_teaches(&mut self, document: &Document, lesson: &Lesson) {
        for (at, id) in lesson.teaches.iter().enumerate() {
            if self.catalogue.entry(DocKind::Skill, &id.into()).is_none() {
                let message = format!("The lesson teaches the skill `{id}`, which the pack does not declare.");
                self.fault(
                    FaultKind::DanglingReference,
                    document,
                    format!("teaches[{at}]"),
                    message,
                    "Declare it under `skills` in pack.yaml, or correct the id.",
                );
            }
        }
    }

    fn check_drills(&mut self, document: &Document, rules: &CapstoneRules) {
        let is_drill = |id| {
            self.catalogue.lesson(id).is_some_and(|lesson| matches!(lesson.detail.lesson_kind, LessonKind::Drill(_)))
        };
        let wrong: Vec<_> = rules.drills.iter().enumerate().filter(|(_, id)| !is_drill(id)).collect();
        for (at, id) in wrong {
            let message = format!("The capstone builds on the drill `{id}`, and there is no such drill.");
            let field = format!("capstone.drills[{at}]");
            self.fault(FaultKind::DanglingReference, document, field, message, "Name a lesson of kind `drill`.");
        }
    }

    fn check_requires(&mut self, document: &Document, requires: &Requires) {
        for (at, id) in requires.lessons.iter().enumerate() {
            if self.catalogue.lesson(id).is_none() {
                let message = format!("The lesson `{id}` is required, but it is not there.");
                let field = format!("requires.lessons[{at}]");
                self.fault(
                    FaultKind::DanglingPrerequisite,
                    document,
                    field,
                    message,
                    "Correct the id, or remove the prerequisite.",
                );
            }
        }
        for (at, id) in requires.skills.iter().enumerate() {
            let field = format!("requires.skills[{at}]");
            if self.catalogue.entry(DocKind::Skill, &id.into()).is_none() {
                let message = format!("The skill `{id}` is required, but the pack does not declare it.");
                let help = "Declare it under `skills` in pack.yaml and let a lesson teach it, or correct the id.";
                self.fault(FaultKind::DanglingPrerequisite, document, field, message, help);
            } else if self.catalogue.graph.taught_by(id).is_empty() {
                let message = format!("The skill `{id}` is required, but no lesson teaches it.");
                let help = "Add it to `teaches` of the lesson that teaches it, or remove the prerequisite.";
                self.fault(FaultKind::NeverTaught, document, field, message, help);
            }
        }
    }

    fn check_cycles(&mut self) {
        let catalogue = self.catalogue;
        let (_, cycles) = catalogue.graph.sort();
        for cycle in cycles {
            // The lesson at a place in the cycle, and its course when it is the course that requires what follows.
            let needing = |at: usize| {
                let Node::Lesson(id) = &cycle[at] else { return None };
                let lesson = catalogue.lesson(id)?;
                let own = match &cycle[(at + 1) % cycle.len()] {
                    Node::Lesson(next) => lesson.detail.needs().lessons.contains(next),
                    Node::Skill(next) => lesson.detail.requires.skills.contains(next),
                };
                let course = catalogue.course_of(id).filter(|_| !own).and_then(|course| catalogue.course(course));
                Some((lesson.document(), course.map(|course| course.document())))
            };
            let told = |at: usize| match needing(at) {
                Some((_, Some(course))) => format!("{} (through its course `{}`)", cycle[at], course.id),
                _ => cycle[at].to_string(),
            };
            let way: Vec<String> = (0..cycle.len()).map(told).chain(cycle.first().map(Node::to_string)).collect();
            let Some((lesson, course)) = needing(0) else { continue };
            let message = format!("Prerequisites go round in a circle: {}.", way.join(" needs "));
            let help = "Remove one of these prerequisites.";
            self.fault(FaultKind::Cycle, course.unwrap_or(lesson), "requires", message, help);
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            faults[0].message,
            "Prerequisites go round in a circle: lesson `a` needs lesson `b` needs lesson `a`."
        );
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
        let catalogue = Catalogue::build([
            first,
            second,
            skill("s"),
            lesson("a", |l| l.teaches = skills(&["s"])),
            lesson("b", |_| ()),
        ])
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
        let catalogue = Catalogue::restore([
            gone,
            Entry::live(lesson("here", |_| ())),
            Entry::live(course("c", &["gone", "here"])),
        ]);
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
}
