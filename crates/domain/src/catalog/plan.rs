use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Catalogue, Detail, DocKind, Document, DrillRules, LessonKind, Move, QuizRules};
use crate::learning::Target;
use crate::shared::{ContentId, CourseId, LessonId, PackId, Result, TrackId};

/// What a release does to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// New on this server.
    Added,
    /// Served differently than before.
    Changed,
    /// Has another id than before; records follow.
    Moved,
    /// No longer in the pack: kept, not listed, not needed any more.
    Retired,
    /// Was retired and is back.
    Restored,
}

impl Action {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Retired => "retired",
            Self::Restored => "restored",
        }
    }
}

/// What of a document differs from before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its title.
    Title,
    /// Its summary.
    Summary,
    /// Its slug.
    Slug,
    /// Its text.
    Text,
    /// What it lists and in which order: a track's courses, a course's lessons, a guide's stages.
    Contents,
    /// How a lesson is completed: by reading, or by which kind of work.
    Form,
    /// How long a lesson is meant to take.
    Minutes,
    /// Whether a lesson is needed to finish its course.
    Optional,
    /// What a course or a lesson requires.
    Prerequisites,
    /// What a lesson teaches.
    Teaches,
    /// When a quiz, drill or capstone is passed, and how often it may be tried.
    Rules,
    /// The questions of a quiz, their answers and explanations.
    Questions,
    /// What a drill asks, and what answers to it are compared with.
    Drill,
}

impl Part {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Slug => "slug",
            Self::Text => "text",
            Self::Contents => "contents",
            Self::Form => "form",
            Self::Minutes => "minutes",
            Self::Optional => "optional",
            Self::Prerequisites => "prerequisites",
            Self::Teaches => "teaches",
            Self::Rules => "rules",
            Self::Questions => "questions",
            Self::Drill => "drill",
        }
    }
}

/// One document that a release touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happens to it.
    pub action: Action,
    /// Its kind.
    pub kind: DocKind,
    /// Its id; for a move the new one.
    pub id: ContentId,
    /// For a move the id it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ContentId>,
    /// Its title; for a retired one the last.
    pub title: String,
    /// The slug it had, where that changes; it goes on resolving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_slug: Option<ContentId>,
    /// What of it differs from before, in the order of [`Part`]; empty for what is new or gone, and for what is back as it
    /// was. Texts, questions and drills are compared of the first [`COMPARED`] changes only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// How many active and paused enrolments have it in their course or track, before or after.
    pub enrolments: u64,
}

/// Of how many changes the texts are compared: each takes up to four look-ups.
pub const COMPARED: usize = 200;

/// What applying a draft would do, or what a release did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The pack.
    pub pack: PackId,
    /// The number of the release that is compared with, the current one for a draft; `None` for nothing.
    pub from: Option<u32>,
    /// The number that the release would get, or has.
    pub number: u32,
    /// Every document that is touched, by action, kind and id. Empty when only files that are not served differ.
    pub changes: Vec<Change>,
    /// How many active and paused enrolments have at least one touched document in their course or track.
    pub enrolments: u64,
}

impl Plan {
    /// How many changes are of one action.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }

    /// Notes which of the first [`COMPARED`] changes have another text, and which another task. `differ` tells that of
    /// a document as it was and as it is.
    pub(super) fn note_texts(
        &mut self,
        old: &Catalogue,
        next: &Catalogue,
        mut differ: impl FnMut(&Document, &Document) -> Result<(bool, bool)>,
    ) -> Result<()> {
        let before = |change: &&mut Change| !matches!(change.action, Action::Added | Action::Retired);
        for change in self.changes.iter_mut().filter(before).take(COMPARED) {
            let was = old.entry(change.kind, change.from.as_ref().unwrap_or(&change.id));
            let is = next.entry(change.kind, &change.id);
            if let (Some(was), Some(is)) = (was, is)
                && was.document.revision != is.document.revision
            {
                let (text, task) = differ(&was.document, &is.document)?;
                let is_drill =
                    matches!(&is.document.detail, Detail::Lesson(l) if matches!(l.lesson_kind, LessonKind::Drill(_)));
                let found = [(text, Part::Text), (task, if is_drill { Part::Drill } else { Part::Questions })];
                change.parts.extend(found.iter().filter(|(differs, _)| *differs).map(|(_, part)| part));
                change.parts.sort_unstable();
                change.parts.dedup();
            }
        }
        Ok(())
    }
}

/// What of a document differs, as far as rules need to know it. A slug that was only the id that moved is no difference.
fn parts(was: &Document, is: &Document, renamed: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut note = |differs: bool, part| {
        if differs {
            parts.push(part)
        }
    };
    note(was.title != is.title, Part::Title);
    note(was.summary != is.summary, Part::Summary);
    note(renamed, Part::Slug);
    match (&was.detail, &is.detail) {
        (Detail::Guide(was), Detail::Guide(is)) => note(was != is, Part::Contents),
        (Detail::Track(was), Detail::Track(is)) => note(was != is, Part::Contents),
        (Detail::Course(was), Detail::Course(is)) => {
            note(was.lessons != is.lessons, Part::Contents);
            note(was.requires != is.requires, Part::Prerequisites);
        }
        (Detail::Lesson(was), Detail::Lesson(is)) => {
            note(was.lesson_kind.as_str() != is.lesson_kind.as_str(), Part::Form);
            note(was.minutes != is.minutes, Part::Minutes);
            note(was.optional != is.optional, Part::Optional);
            note(was.requires != is.requires, Part::Prerequisites);
            note(was.teaches != is.teaches, Part::Teaches);
            match (&was.lesson_kind, &is.lesson_kind) {
                (LessonKind::Quiz(was), LessonKind::Quiz(is)) => {
                    note(QuizRules { questions: is.questions, ..was.clone() } != *is, Part::Rules);
                    note(was.questions != is.questions, Part::Questions);
                }
                (LessonKind::Drill(was), LessonKind::Drill(is)) => {
                    note(was.kind != is.kind, Part::Form);
                    note(DrillRules { kind: is.kind, ..was.clone() } != *is, Part::Rules);
                }
                (LessonKind::Capstone(was), LessonKind::Capstone(is)) => note(was != is, Part::Rules),
                _ => {}
            }
        }
        _ => {}
    }
    parts
}

/// Compares the documents of a draft with a pack's current release.
///
/// `enrolments` has the active and paused enrolments on each target of the pack.
#[must_use]
pub fn plan_release(
    pack: &PackId,
    current: Option<(u32, &Catalogue)>,
    next: &Catalogue,
    moves: &[Move],
    enrolments: &BTreeMap<Target, u64>,
) -> Plan {
    let empty = Catalogue::default();
    let (from, old) = current.map_or((None, &empty), |(number, catalogue)| (Some(number), catalogue));
    let counter = Counter { catalogues: [old, next].map(|catalogue| (catalogue, tracks_of(catalogue))), enrolments };
    let mut touched = BTreeSet::new();
    let mut changes = Vec::new();
    let moved_from: BTreeMap<_, _> =
        moves.iter().rev().map(|step| ((step.kind, step.to.clone()), step.from.clone())).collect();
    let gone: BTreeSet<_> = moves.iter().map(|step| (step.kind, step.from.clone())).collect();

    for entry in next.entries() {
        let document = &entry.document;
        let before = old.entry(document.kind(), &document.id);
        let origin = moved_from.get(&document.key()).filter(|_| before.is_none_or(|b| b.retired));
        let action = match before {
            _ if origin.is_some() => Action::Moved,
            None => Action::Added,
            Some(before) if before.retired => Action::Restored,
            Some(before) if before.document.revision != document.revision => Action::Changed,
            Some(_) => continue,
        };
        let was = origin.and_then(|id| old.entry(document.kind(), id)).or(before);
        let former_slug =
            was.map(|was| &was.document.slug).filter(|slug| **slug != document.slug && Some(*slug) != origin);
        let targets = counter.targets(document, origin);
        changes.push(Change {
            action,
            kind: document.kind(),
            id: document.id.clone(),
            from: origin.cloned(),
            title: document.title.clone(),
            former_slug: former_slug.cloned(),
            parts: was.map(|was| parts(&was.document, document, former_slug.is_some())).unwrap_or_default(),
            enrolments: counter.sum(&targets),
        });
        touched.extend(targets);
    }
    for entry in old.entries().filter(|entry| !entry.retired) {
        let document = &entry.document;
        let stays = next.entry(document.kind(), &document.id).is_some() || gone.contains(&document.key());
        if !stays {
            let targets = counter.targets(document, None);
            changes.push(Change {
                action: Action::Retired,
                kind: document.kind(),
                id: document.id.clone(),
                from: None,
                title: document.title.clone(),
                former_slug: None,
                parts: Vec::new(),
                enrolments: counter.sum(&targets),
            });
            touched.extend(targets);
        }
    }
    changes.sort_by(|a, b| (a.action, a.kind, &a.id).cmp(&(b.action, b.kind, &b.id)));
    Plan { pack: pack.clone(), from, number: from.unwrap_or(0) + 1, changes, enrolments: counter.sum(&touched) }
}

/// The tracks that each course is in. Made once for a plan: whoever asked each track for each document would take minutes
/// over a large library.
fn tracks_of(catalogue: &Catalogue) -> BTreeMap<&CourseId, Vec<TrackId>> {
    let mut tracks: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for track in catalogue.tracks() {
        for course in &track.detail.courses {
            tracks.entry(course).or_default().push(track.id().into());
        }
    }
    tracks
}

struct Counter<'a> {
    /// Before and after.
    catalogues: [(&'a Catalogue, BTreeMap<&'a CourseId, Vec<TrackId>>); 2],
    enrolments: &'a BTreeMap<Target, u64>,
}

impl Counter<'_> {
    fn sum(&self, targets: &BTreeSet<Target>) -> u64 {
        targets.iter().filter_map(|target| self.enrolments.get(target)).sum()
    }

    /// The targets that a document is part of, before or after, under either id.
    fn targets(&self, document: &Document, origin: Option<&ContentId>) -> BTreeSet<Target> {
        let mut targets = BTreeSet::new();
        for (catalogue, tracks) in &self.catalogues {
            for id in [Some(&document.id), origin].into_iter().flatten() {
                targets_in((catalogue, tracks), document, id, &mut targets);
            }
        }
        targets
    }
}

fn targets_in(
    (catalogue, tracks): (&Catalogue, &BTreeMap<&CourseId, Vec<TrackId>>),
    document: &Document,
    id: &ContentId,
    targets: &mut BTreeSet<Target>,
) {
    let mut with_course = |course: &CourseId| {
        targets.insert(Target::Course(course.clone()));
        targets.extend(tracks.get(course).into_iter().flatten().cloned().map(Target::Track));
    };
    match &document.detail {
        Detail::Guide(_) => {}
        Detail::Track(_) => _ = targets.insert(Target::Track(id.into())),
        Detail::Course(_) => with_course(&id.into()),
        Detail::Lesson(_) => {
            if let Some(course) = catalogue.course_of(&id.into()) {
                with_course(course);
            }
        }
        Detail::Skill => {
            let lessons: Vec<LessonId> = catalogue.graph().taught_by(&id.into()).to_vec();
            for course in lessons.iter().filter_map(|lesson| catalogue.course_of(lesson)) {
                with_course(course);
            }
        }
    }
}

#[cfg(test)]
mod tests;
