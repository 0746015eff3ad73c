//! What a catalogue's documents must be together: every reference leads somewhere, and no prerequisites go round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    CapstoneRules, CatalogueFault, Course, Detail, DocKind, Document, FaultKind, Guide, Lesson, LessonKind, Node,
    Requires, Track,
};
use super::Catalogue;
use crate::shared::LessonId;

/// Looks for faults of documents that are live.
pub(super) struct Checker<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) faults: &'a mut Vec<CatalogueFault>,
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

    pub(super) fn check(mut self) {
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
