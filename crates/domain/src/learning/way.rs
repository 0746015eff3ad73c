use std::collections::BTreeSet;

use super::{Enrolment, EnrolmentState, LearningRecord, LessonProgress, LessonState, Standing, Target, progress_of};
use crate::catalog::{Attained, Catalogue, Way};
use crate::shared::{LessonId, SkillId};

impl Attained for LearningRecord {
    fn completed(&self, lesson: &LessonId) -> bool {
        LearningRecord::completed(self, lesson)
    }
    fn holds(&self, skill: &SkillId) -> bool {
        self.skills.contains_key(skill)
    }
    fn waived(&self, lesson: &LessonId) -> bool {
        self.lessons.get(lesson).is_some_and(|lesson| lesson.waiver.is_some())
    }
}

impl Attained for Standing {
    fn completed(&self, lesson: &LessonId) -> bool {
        self.lessons.get(lesson).is_some_and(|lesson| lesson.completed.is_some())
    }
    fn holds(&self, skill: &SkillId) -> bool {
        self.skills.contains(skill)
    }
    fn waived(&self, lesson: &LessonId) -> bool {
        self.lessons.get(lesson).is_some_and(|lesson| lesson.waiver.is_some())
    }
}

/// The shortest way to a lesson for a learner on a target: through lessons of the target, and through others that are not
/// retired, for which the learner has to enrol on their course. `None` when there is no way any more.
#[must_use]
pub fn way_to(catalogue: &Catalogue, target: &Target, attained: &impl Attained, lesson: &LessonId) -> Option<Way> {
    let still: BTreeSet<LessonId> = target.lessons(catalogue).into_iter().collect();
    catalogue.way(lesson, attained, &still)
}

/// A lesson as a learner stands to it.
#[derive(Debug, Clone)]
pub struct LessonStanding<'a> {
    /// The enrolment on which it is seen.
    pub enrolment: &'a Enrolment,
    /// The lesson with its state, what keeps it locked, attempts and a waiver.
    pub progress: LessonProgress<'a>,
    /// For a locked one: what to complete so that it opens; `None` when there is no way.
    pub way: Option<Way>,
    /// Whether it is a locked quiz or drill at which the learner may start an attempt as a challenge, as far as the enrolment's
    /// state and the number of attempts say; a pause after a failed one may still have to pass.
    pub may_challenge: bool,
}

/// Sees a lesson of an enrolment's target as its learner stands to it; `None` when the target has no such lesson.
#[must_use]
pub fn lesson_of<'a>(
    catalogue: &'a Catalogue,
    standing: &'a Standing,
    lesson: &LessonId,
) -> Option<LessonStanding<'a>> {
    let enrolment = &standing.enrolment;
    let lessons = progress_of(catalogue, standing).lessons.into_iter();
    let progress = lessons.into_iter().find(|of| of.lesson.id().as_str() == lesson.as_str())?;
    let locked = matches!(progress.state, LessonState::Locked { .. });
    let way = if locked { way_to(catalogue, &enrolment.target, standing, lesson) } else { None };
    let may_challenge = progress.lesson.detail.lesson_kind.tries().is_some_and(|tries| {
        let used = progress.record.map_or(0, |record| record.attempts_at(&progress.lesson.document().revision));
        let going = matches!(enrolment.state, EnrolmentState::Active | EnrolmentState::Completed);
        locked && going && tries.attempts.is_none_or(|most| used < most)
    });
    Some(LessonStanding { enrolment, progress, way, may_challenge })
}
