use std::collections::BTreeMap;

use super::next::pick;
use super::{Enrolment, LessonRecord, Standing};
use crate::catalog::{Catalogue, Doc, Lesson, Need};
use crate::shared::{CourseId, LessonId, Timestamp};

/// Where a learner stands with a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LessonState {
    /// Completed, for good.
    Completed {
        /// Since when.
        at: Timestamp,
    },
    /// Everything it needs is met, or waived.
    Open,
    /// Something it needs is not met.
    Locked {
        /// What is missing, and who says that it is needed.
        needs: Vec<Need>,
    },
}

/// A lesson in an enrolment's progress.
#[derive(Debug, Clone)]
pub struct LessonProgress<'a> {
    /// The lesson.
    pub lesson: Doc<'a, Lesson>,
    /// The course it stands in.
    pub course: CourseId,
    /// Whether the target is not complete without it.
    pub required: bool,
    /// Where the learner stands.
    pub state: LessonState,
    /// What is known of its completion, of attempts at it, and of a waiver.
    pub record: Option<&'a LessonRecord>,
}

/// What an enrolment has achieved.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    /// The enrolment.
    pub enrolment: &'a Enrolment,
    /// Every lesson of the target in order.
    pub lessons: Vec<LessonProgress<'a>>,
    /// How many required lessons are completed.
    pub done: u32,
    /// How many lessons are required: those that are not optional, or all where every one is.
    pub required: u32,
    /// The lesson to take next, which is open; [`super::next_of`] says how it is chosen, and why.
    pub next: Option<LessonId>,
}

impl Progress<'_> {
    /// The share of required lessons that are completed, in whole percent rounded down; 100 for an enrolment that is
    /// completed, whatever was added since.
    #[must_use]
    pub fn percent(&self) -> u8 {
        if self.enrolment.completed_at.is_some() {
            100
        } else if self.required == 0 {
            0
        } else {
            (u64::from(self.done) * 100 / u64::from(self.required)) as u8
        }
    }
}

/// Sees a learner's standing through the lessons of an enrolment's target.
#[must_use]
pub fn progress_of<'a>(catalogue: &'a Catalogue, standing: &'a Standing) -> Progress<'a> {
    let lessons_of: &BTreeMap<LessonId, LessonRecord> = &standing.lessons;
    let mut progress =
        Progress { enrolment: &standing.enrolment, lessons: Vec::new(), done: 0, required: 0, next: None };
    let counting = standing.enrolment.target.required_courses(catalogue);
    for course in standing.enrolment.target.courses(catalogue) {
        let (counts, all_optional) = (counting.contains(&course), catalogue.all_optional(&course));
        for lesson in catalogue.lessons_of_course(&course) {
            let id = LessonId::from(lesson.id());
            let record = lessons_of.get(&id);
            let state = match record.and_then(|record| record.completed.as_ref()) {
                Some(done) => LessonState::Completed { at: done.at },
                None => {
                    let needs = catalogue.graph().unmet(&id, standing);
                    if needs.is_empty() { LessonState::Open } else { LessonState::Locked { needs } }
                }
            };
            let required = counts && (all_optional || !lesson.detail.optional);
            if required {
                progress.required += 1;
                progress.done += u32::from(matches!(state, LessonState::Completed { .. }));
            }
            progress.lessons.push(LessonProgress { lesson, course: course.clone(), required, state, record });
        }
    }
    progress.next = pick(&progress).map(|of| of.lesson.id().into());
    progress
}
