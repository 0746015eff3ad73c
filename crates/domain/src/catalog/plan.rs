use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Catalogue, Detail, DocKind, Document, Move};
use crate::learning::Target;
use crate::shared::{ContentId, CourseId, LessonId, PackId};

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
    /// How many active and paused enrolments have it in their course or track, before or after.
    pub enrolments: u64,
}

/// What applying a draft would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The pack.
    pub pack: PackId,
    /// The number of its current release; `None` for a new pack.
    pub from: Option<u32>,
    /// The number that the release would get.
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
    let counter = Counter { old, next, enrolments };
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
                enrolments: counter.sum(&targets),
            });
            touched.extend(targets);
        }
    }
    changes.sort_by(|a, b| (a.action, a.kind, &a.id).cmp(&(b.action, b.kind, &b.id)));
    Plan { pack: pack.clone(), from, number: from.unwrap_or(0) + 1, changes, enrolments: counter.sum(&touched) }
}

struct Counter<'a> {
    old: &'a Catalogue,
    next: &'a Catalogue,
    enrolments: &'a BTreeMap<Target, u64>,
}

impl Counter<'_> {
    fn sum(&self, targets: &BTreeSet<Target>) -> u64 {
        targets.iter().filter_map(|target| self.enrolments.get(target)).sum()
    }

    /// The targets that a document is part of, before or after, under either id.
    fn targets(&self, document: &Document, origin: Option<&ContentId>) -> BTreeSet<Target> {
        let mut targets = BTreeSet::new();
        for catalogue in [self.old, self.next] {
            for id in [Some(&document.id), origin].into_iter().flatten() {
                self.targets_in(catalogue, document, id, &mut targets);
            }
        }
        targets
    }

    fn targets_in(&self, catalogue: &Catalogue, document: &Document, id: &ContentId, targets: &mut BTreeSet<Target>) {
        let mut with_course = |course: &CourseId| {
            targets.insert(Target::Course(course.clone()));
            for track in catalogue.tracks().filter(|track| track.detail.courses.contains(course)) {
                targets.insert(Target::Track(track.id().into()));
            }
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
}

#[cfg(test)]
mod tests {
    use super::super::{Course, Entry, Lesson, Track};
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
        let plan =
            plan_release(&pack(), None, &catalogue(&[course("c", &["a"]), lesson("a", 1)]), &[], &BTreeMap::new());
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
        let plan = plan_release(
            &pack(),
            Some((1, &catalogue(&[lesson("a", 1)]))),
            &catalogue(&[renamed]),
            &[],
            &BTreeMap::new(),
        );
        assert_eq!(plan.changes[0].former_slug.as_ref().unwrap().as_str(), "a");
    }
}
