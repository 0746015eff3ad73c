//! Taking quizzes: when an attempt may start, and what follows from its result.

use std::collections::BTreeSet;

use super::{Event, LearningRecord, LessonRecord, Reason, Target, way_to};
use crate::catalog::{Catalogue, DocKind, LessonKind, Node, QuizRules};
use crate::shared::{AttemptId, Code, EnrolmentId, Error, LessonId, PackId, Result, Revision, Timestamp};

/// An attempt that may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// When it passes.
    pub rules: QuizRules,
    /// The revision that is answered and graded.
    pub revision: Revision,
    /// Whether the quiz was locked, so that passing it proves what it needs.
    pub challenge: bool,
}

impl LessonRecord {
    /// How many attempts were started at a revision since the quiz was last another one.
    #[must_use]
    pub fn attempts_at(&self, revision: &Revision) -> u32 {
        if self.tried.as_ref() == Some(revision) { self.attempts } else { 0 }
    }

    /// Refuses an attempt at a quiz for which there are none left, or which comes too soon after a failed one.
    ///
    /// # Errors
    /// [`Code::AttemptsExhausted`]; [`Code::CoolDown`] with how long to wait.
    pub fn check_tries(&self, rules: &QuizRules, revision: &Revision, now: Timestamp) -> Result<()> {
        let used = self.attempts_at(revision);
        if rules.attempts.is_some_and(|most| used >= most) {
            let message = format!("All {used} attempts at this quiz are used up.");
            return Err(Error::new(Code::AttemptsExhausted, message));
        }
        // A failure further ahead than the pause was noted before the clock was set back. How long ago it was is not known, and
        // nobody is to wait until the clock shows that time again.
        let pause = rules.cool_down();
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
    ) -> Result<Started> {
        let target = self.enrolled(catalogue, id, lesson)?.target.clone();
        let found = catalogue.lesson(lesson).ok_or_else(|| Error::not_found("lesson", lesson))?;
        let LessonKind::Quiz(rules) = &found.detail.lesson_kind else {
            return Err(Error::new(
                Code::WrongLessonKind,
                format!("The lesson `{lesson}` is a reading; there is nothing to answer."),
            ));
        };
        let locked = match self.check_unlocked(catalogue, &target, lesson) {
            Err(locked) if !challenge => return Err(locked),
            unlocked => unlocked.is_err(),
        };
        let revision = &found.document().revision;
        if let Some(known) = self.lessons.get(lesson) {
            known.check_tries(rules, revision, now)?;
        }
        let (lesson, revision) = (lesson.clone(), revision.clone());
        let started = Event::AttemptStarted { attempt, lesson, revision: revision.clone(), challenge: locked };
        self.note(started, now);
        Ok(Started { rules: rules.clone(), revision, challenge: locked })
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
            // The quiz may have got another id while the learner was answering.
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

    /// The readings that a challenged quiz makes superfluous: back from it over unmet prerequisites, through readings of its
    /// course, each after what it needs. A skill counts for every reading of the course that teaches it. Quizzes are not
    /// passed through: what they ask was not answered.
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
        if catalogue.lesson(lesson).is_some_and(|lesson| matches!(lesson.detail.lesson_kind, LessonKind::Quiz(_))) {
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
