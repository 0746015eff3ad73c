//! Taking quizzes and drills: when an attempt may start, and what follows from its result.

use std::collections::BTreeSet;

use super::{Event, LearningRecord, LessonRecord, Reason, Target, way_to};
use crate::catalog::{Catalogue, DocKind, DrillRules, LessonKind, Node, QuizRules, Tries};
use crate::shared::{AttemptId, Code, EnrolmentId, Error, LessonId, PackId, Result, Revision, SubmissionId, Timestamp};

/// An attempt that may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started<R> {
    /// When it passes.
    pub rules: R,
    /// The revision that is answered and graded.
    pub revision: Revision,
    /// Whether the lesson was locked, so that passing it proves what it needs.
    pub challenge: bool,
}

impl LessonRecord {
    /// How many attempts were started at a revision since the lesson was last another one.
    #[must_use]
    pub fn attempts_at(&self, revision: &Revision) -> u32 {
        if self.tried.as_ref() == Some(revision) { self.attempts } else { 0 }
    }

    /// Refuses an attempt at a lesson for which there are none left, or which comes too soon after a failed one.
    ///
    /// # Errors
    /// [`Code::AttemptsExhausted`]; [`Code::CoolDown`] with how long to wait.
    pub fn check_tries(&self, tries: Tries, revision: &Revision, now: Timestamp) -> Result<()> {
        let used = self.attempts_at(revision);
        if tries.attempts.is_some_and(|most| used >= most) {
            let message = format!("All {used} attempts at this lesson are used up.");
            return Err(Error::new(Code::AttemptsExhausted, message));
        }
        // A failure further ahead than the pause was noted before the clock was set back. How long ago it was is not known, and
        // nobody is to wait until the clock shows that time again.
        let pause = tries.cool_down();
        let failed = self.failed_at.filter(|failed| failed.since(now) <= pause);
        let wait = failed.map(|failed| failed.plus(pause).since(now)).unwrap_or_default();
        if !wait.is_zero() {
            let message = format!("The next attempt may start in {} seconds.", wait.as_secs_f64().ceil());
            return Err(Error::new(Code::CoolDown, message).after(wait));
        }
        Ok(())
    }
}

impl LearningRecord {
    /// Starts an attempt at a quiz. A locked one takes an attempt only as a challenge; an open one takes any, and then it is
    /// no challenge.
    ///
    /// # Errors
    /// As [`LearningRecord::complete_reading`]; [`Code::AttemptsExhausted`]; [`Code::CoolDown`] with how long to wait.
    pub fn start_attempt(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        (attempt, challenge): (AttemptId, bool),
        now: Timestamp,
    ) -> Result<Started<QuizRules>> {
        self.start(catalogue, id, lesson, (attempt, challenge), now, |kind| match kind {
            LessonKind::Quiz(rules) => Some(rules.clone()),
            _ => None,
        })
    }

    /// Starts an attempt at a drill, as [`LearningRecord::start_attempt`] does at a quiz.
    ///
    /// # Errors
    /// As [`LearningRecord::start_attempt`].
    pub fn start_drill(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        (attempt, challenge): (AttemptId, bool),
        now: Timestamp,
    ) -> Result<Started<DrillRules>> {
        self.start(catalogue, id, lesson, (attempt, challenge), now, |kind| match kind {
            LessonKind::Drill(rules) => Some(rules.clone()),
            _ => None,
        })
    }

    fn start<R>(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        (attempt, challenge): (AttemptId, bool),
        now: Timestamp,
        rules: impl FnOnce(&LessonKind) -> Option<R>,
    ) -> Result<Started<R>> {
        let target = self.enrolled(catalogue, id, lesson)?.target.clone();
        let found = catalogue.lesson(lesson).ok_or_else(|| Error::not_found("lesson", lesson))?;
        let kind = &found.detail.lesson_kind;
        let (Some(rules), Some(tries)) = (rules(kind), kind.tries()) else {
            let message = format!("The lesson `{lesson}` is a {}; it takes another kind of work.", kind.as_str());
            return Err(Error::new(Code::WrongLessonKind, message));
        };
        let locked = match self.check_unlocked(catalogue, &target, lesson) {
            Err(locked) if !challenge => return Err(locked),
            unlocked => unlocked.is_err(),
        };
        let revision = &found.document().revision;
        if let Some(known) = self.lessons.get(lesson) {
            known.check_tries(tries, revision, now)?;
        }
        let (lesson, revision) = (lesson.clone(), revision.clone());
        let started = Event::AttemptStarted { attempt, lesson, revision: revision.clone(), challenge: locked };
        self.note(started, now);
        Ok(Started { rules, revision, challenge: locked })
    }

    /// Refuses work at a lesson of an enrolment's target that is not open to the learner.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the enrolment's target has no such lesson, [`Code::WrongState`], [`Code::Locked`].
    pub fn may_work_on(&self, catalogue: &Catalogue, id: EnrolmentId, lesson: &LessonId) -> Result<()> {
        let target = self.enrolled(catalogue, id, lesson)?.target.clone();
        if self.completed(lesson) { Ok(()) } else { self.check_unlocked(catalogue, &target, lesson) }
    }

    /// Completes a capstone whose work was accepted.
    pub fn accept_work(
        &mut self,
        catalogue: &Catalogue,
        pack: &PackId,
        (submission, lesson, revision): (SubmissionId, &LessonId, &Revision),
        now: Timestamp,
    ) {
        let moved = catalogue.successor(DocKind::Lesson, &lesson.into()).map(LessonId::from);
        self.complete(catalogue, lesson, revision, Reason::Accepted { submission }, now);
        if let Some(to) = moved {
            self.complete(catalogue, &to, revision, Reason::Moved { from: lesson.clone() }, now);
        }
        self.settle(catalogue, pack, now);
    }

    /// Notes the result of an attempt and, when it passed, completes the lesson; of a challenge also the readings that led
    /// to it.
    pub fn finish_attempt(
        &mut self,
        catalogue: &Catalogue,
        pack: &PackId,
        (attempt, lesson, revision, challenge): (AttemptId, &LessonId, &Revision, bool),
        (percent, passed): (u8, bool),
        now: Timestamp,
    ) {
        let graded =
            Event::AttemptGraded { attempt, lesson: lesson.clone(), revision: revision.clone(), percent, passed };
        self.note(graded, now);
        if passed {
            // The lesson may have got another id while the learner was at it.
            let moved = catalogue.successor(DocKind::Lesson, &lesson.into()).map(LessonId::from);
            let skipped = if challenge { self.led_to(catalogue, moved.as_ref().unwrap_or(lesson)) } else { Vec::new() };
            self.complete(catalogue, lesson, revision, Reason::Passed { attempt }, now);
            if let Some(to) = moved {
                self.complete(catalogue, &to, revision, Reason::Moved { from: lesson.clone() }, now);
            }
            for reading in skipped {
                if let Some(found) = catalogue.lesson(&reading) {
                    let reason = Reason::Skipped { quiz: lesson.clone(), attempt };
                    self.complete(catalogue, &reading, &found.document().revision, reason, now);
                }
            }
            self.settle(catalogue, pack, now);
        }
    }

    /// The readings that a challenged quiz or drill makes superfluous: back from it over unmet prerequisites, through
    /// readings of its course, each after what it needs. A skill counts for every reading of the course that teaches it.
    /// Quizzes, drills and capstones are not passed through: what they ask was not shown.
    fn led_to(&self, catalogue: &Catalogue, quiz: &LessonId) -> Vec<LessonId> {
        let Some(course) = catalogue.course_of(quiz) else { return Vec::new() };
        let here = |id: &LessonId| {
            let lesson =
                catalogue.lesson(id).filter(|_| catalogue.course_of(id) == Some(course) && !self.completed(id));
            lesson.is_some_and(|lesson| !lesson.retired() && matches!(lesson.detail.lesson_kind, LessonKind::Reading))
        };
        let before = |id: &LessonId| -> Vec<LessonId> {
            let needs = self.unmet(catalogue, id).into_iter().flat_map(|need| match need.node {
                Node::Lesson(id) => vec![id],
                Node::Skill(id) => catalogue.graph().taught_by(&id).to_vec(),
            });
            needs.filter(here).collect()
        };
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut path = vec![(quiz.clone(), before(quiz).into_iter())];
        while let Some((_, ahead)) = path.last_mut() {
            match ahead.next() {
                Some(next) if seen.insert(next.clone()) => path.push((next.clone(), before(&next).into_iter())),
                Some(_) => {}
                None => found.extend(path.pop().map(|(id, _)| id)),
            }
        }
        // The last one is the quiz.
        found.pop();
        found
    }

    /// Refuses a lesson that is locked, and tells the way to it.
    pub(super) fn check_unlocked(&self, catalogue: &Catalogue, target: &Target, lesson: &LessonId) -> Result<()> {
        // What was completed once stays open, whatever it requires by now.
        if self.completed(lesson) {
            return Ok(());
        }
        let unmet = self.unmet(catalogue, lesson);
        if unmet.is_empty() {
            return Ok(());
        }
        let missing: Vec<String> = unmet
            .iter()
            .map(|need| match &need.node {
                Node::Lesson(_) => need.node.to_string(),
                Node::Skill(id) => {
                    let teachers: Vec<_> = catalogue.graph().taught_by(id).iter().map(|l| format!("`{l}`")).collect();
                    let teachers = if teachers.is_empty() { "no lesson".to_owned() } else { teachers.join(", ") };
                    format!("{} (taught by {teachers})", need.node)
                }
            })
            .collect();
        let mut message = format!("The lesson `{lesson}` needs {} first.", missing.join(" and "));
        if let Some(way) = way_to(catalogue, target, self, lesson) {
            message += &format!(" The shortest way takes {} minutes: {}.", way.minutes, listed(&way.lessons));
        }
        if catalogue.lesson(lesson).is_some_and(|lesson| lesson.detail.lesson_kind.tries().is_some()) {
            message += " Or take it as a challenge: whoever passes it need not read what leads to it.";
        }
        Err(Error::new(Code::Locked, message))
    }
}

/// The first few of a list.
fn listed(lessons: &[LessonId]) -> String {
    const MOST: usize = 10;
    let mut named: Vec<String> = lessons.iter().take(MOST).map(|id| format!("`{id}`")).collect();
    if lessons.len() > MOST {
        named.push(format!("and {} more", lessons.len() - MOST));
    }
    named.join(", ")
}
