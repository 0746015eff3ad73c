mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::OnceLock;

use check::Checker;

use super::{
    Attained, CatalogueFault, Course, Detail, DocKind, Document, Entry, FaultKind, Graph, Guide, Lesson, Track, Way,
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

#[cfg(test)]
mod tests;
