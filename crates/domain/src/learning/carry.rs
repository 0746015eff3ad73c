//! What a release does to learners' records, and the proof that it takes nothing away.

use std::collections::{BTreeMap, BTreeSet};

use super::attempt::save;
use super::{EnrolmentState, Event, LearningRecord, Reason, Target, Touched};
use crate::WriteTx;
use crate::catalog::{Attained as _, Catalogue, Detail, DocKind, Move};
use crate::shared::{Code, CourseId, Error, LessonId, PackId, Result, SkillId, Timestamp};

/// How many learners are loaded at a time.
const BATCH: usize = 500;

impl LearningRecord {
    /// Follows a release of a pack: credits what moved, grants what completed lessons have come to teach, and notes
    /// what is complete by now.
    pub(super) fn follow(&mut self, catalogue: &Catalogue, pack: &PackId, moves: &[Move], now: Timestamp) {
        for step in moves {
            match step.kind {
                DocKind::Lesson => {
                    let (from, to) = (LessonId::from(&step.from), LessonId::from(&step.to));
                    let done = self.lessons.get(&from).and_then(|lesson| lesson.completed.clone());
                    if let Some(done) = done {
                        self.complete(catalogue, &to, &done.revision, Reason::Moved { from: from.clone() }, now);
                    }
                    self.follow_waiver(&from, &to, now);
                }
                DocKind::Skill => {
                    let (from, to) = (SkillId::from(&step.from), SkillId::from(&step.to));
                    if self.skills.contains_key(&from) && !self.skills.contains_key(&to) {
                        self.note(Event::SkillGranted { skill: to, lesson: None }, now);
                    }
                }
                DocKind::Course | DocKind::Track => self.follow_target(step, now),
                DocKind::Guide => {}
            }
        }
        let done: Vec<_> = self.lessons.keys().filter(|id| self.completed(id)).cloned().collect();
        for lesson in done {
            self.grant_taught(catalogue, &lesson, now);
        }
        self.settle(catalogue, pack, now);
    }

    /// Opens the lesson that took another's place to whom that was opened to.
    fn follow_waiver(&mut self, from: &LessonId, to: &LessonId, now: Timestamp) {
        let waiver = self.lessons.get(from).and_then(|lesson| lesson.waiver.clone());
        if let (Some(waiver), false) = (waiver, self.waived(to)) {
            self.note(Event::PrerequisitesWaived { lesson: to.clone(), waived_by: waiver.by, why: waiver.reason }, now);
        }
    }

    fn follow_target(&mut self, step: &Move, now: Timestamp) {
        let (Some(from), Some(to)) =
            (Target::new(step.kind, step.from.clone()), Target::new(step.kind, step.to.clone()))
        else {
            return;
        };
        if let (Target::Course(from), Target::Course(to)) = (&from, &to)
            && self.courses.contains_key(from)
            && !self.courses.contains_key(to)
        {
            self.note(Event::CourseCompleted { course: to.clone() }, now);
        }
        let moved: Vec<_> = self.enrolments.values().filter(|e| e.target == from).map(|e| e.id).collect();
        for enrolment in moved {
            self.note(Event::EnrolmentMoved { enrolment, target: to.clone() }, now);
        }
        // One open enrolment a target: of two that became one an active one stays before a paused one, then the older.
        let open = self.enrolments.values().filter(|e| e.target == to && e.state.is_open());
        let mut open: Vec<_> = open.map(|e| (e.state != EnrolmentState::Active, e.enrolled_at, e.id)).collect();
        open.sort_unstable();
        for (.., enrolment) in open.into_iter().skip(1) {
            self.note(Event::EnrolmentChanged { enrolment, state: EnrolmentState::Withdrawn }, now);
        }
    }
}

/// Checks that a record after a release has all that it had before, waivers too, all that moves credit, and every skill that its
/// completed lessons teach in the release's catalogue.
///
/// # Errors
/// [`Code::ProgressLost`] with the first thing that is missing.
pub fn kept(before: &LearningRecord, after: &LearningRecord, catalogue: &Catalogue, moves: &[Move]) -> Result<()> {
    let lost = |what: String| Error::new(Code::ProgressLost, format!("Learner `{}` would lose {what}.", before.user));
    let mut owed: BTreeSet<LessonId> = before.lessons.keys().filter(|id| before.completed(id)).cloned().collect();
    let mut skills: BTreeSet<SkillId> = before.skills.keys().cloned().collect();
    let mut courses: BTreeSet<CourseId> = before.courses.keys().cloned().collect();
    let mut waived: BTreeSet<LessonId> = before.lessons.keys().filter(|id| before.waived(id)).cloned().collect();
    for step in moves {
        match step.kind {
            DocKind::Lesson => {
                let (from, to) = (LessonId::from(&step.from), LessonId::from(&step.to));
                if before.completed(&from) {
                    owed.insert(to.clone());
                }
                if before.waived(&from) {
                    waived.insert(to);
                }
            }
            DocKind::Skill if before.skills.contains_key(&SkillId::from(&step.from)) => {
                _ = skills.insert((&step.to).into())
            }
            DocKind::Course if before.courses.contains_key(&CourseId::from(&step.from)) => {
                _ = courses.insert((&step.to).into())
            }
            _ => {}
        }
    }
    skills.extend(owed.iter().filter_map(|id| catalogue.lesson(id)).flat_map(|lesson| lesson.detail.teaches.clone()));
    if let Some(id) = owed.iter().find(|id| !after.completed(id)) {
        return Err(lost(format!("the completed lesson `{id}`")));
    }
    if let Some(id) = skills.iter().find(|id| !after.skills.contains_key(*id)) {
        return Err(lost(format!("the skill `{id}`")));
    }
    if let Some(id) = courses.iter().find(|id| !after.courses.contains_key(*id)) {
        return Err(lost(format!("the finished course `{id}`")));
    }
    if let Some(id) = waived.iter().find(|id| !after.waived(id)) {
        return Err(lost(format!("the waiver of what `{id}` needs")));
    }
    for (id, was) in &before.enrolments {
        let reopened = after.enrolments.get(id).is_none_or(|is| {
            was.state == EnrolmentState::Completed && (is.state != was.state || is.completed_at != was.completed_at)
        });
        if reopened {
            return Err(lost(format!("the completion of enrolment `{id}`")));
        }
    }
    Ok(())
}

/// Carries every learner concerned over to a release that was just inserted, and proves that nobody loses anything:
/// each record against what it was, and all records together by their tally.
///
/// # Errors
/// [`Code::ProgressLost`]; the transaction must then be given up.
pub fn carry_over(
    tx: &mut dyn WriteTx,
    pack: &PackId,
    old: Option<&Catalogue>,
    new: &Catalogue,
    moves: &[Move],
    now: Timestamp,
) -> Result<u64> {
    let before = tx.records().tally()?;
    let touched = whom(old, new, moves);
    let (mut after, mut count) = (None, 0);
    loop {
        let batch = tx.records().touched(&touched, after, BATCH)?;
        let Some(&last) = batch.last() else { break };
        if after.is_some_and(|after| last <= after) {
            return Err(Error::internal("the store gave learners again who were given before"));
        }
        for user in batch {
            let mut record = tx.records().record(user)?;
            let was = record.clone();
            record.follow(new, pack, moves, now);
            if record.seq != was.seq {
                count += 1;
                save(tx, &mut record)?;
                kept(&was, &tx.records().record(user)?, new, moves)?;
            }
        }
        after = Some(last);
    }
    let now_have = tx.records().tally()?;
    let shrunk = now_have.lessons < before.lessons
        || now_have.skills < before.skills
        || now_have.courses < before.courses
        || now_have.enrolments < before.enrolments;
    if shrunk {
        return Err(Error::new(Code::ProgressLost, "The release would leave learners with less than they had."));
    }
    Ok(count)
}

/// Learners with something that moves, those with a lesson that teaches more than before, and those on a target that
/// asks for less than before and may be complete now.
fn whom(old: Option<&Catalogue>, new: &Catalogue, moves: &[Move]) -> Touched {
    let mut touched = Touched::default();
    for step in moves {
        match step.kind {
            DocKind::Lesson => _ = touched.lessons.insert((&step.from).into()),
            DocKind::Skill => _ = touched.skills.insert((&step.from).into()),
            kind => {
                // Who finished the course may have no open enrolment on it any more, or came through a track.
                if kind == DocKind::Course {
                    touched.courses.insert((&step.from).into());
                }
                touched.targets.extend(Target::new(kind, step.from.clone()));
            }
        }
    }
    let Some(old) = old else { return touched };
    // Course by course: what one of them no longer asks for may be all that was left of it, wherever it went.
    let required = |catalogue: &Catalogue, target: &Target| -> BTreeMap<CourseId, BTreeSet<LessonId>> {
        let courses = target.required_courses(catalogue).into_iter();
        let lessons = |course: &_| catalogue.required_lessons(course).map(|lesson| lesson.id().into()).collect();
        courses.map(|course| (course.clone(), lessons(&course))).collect()
    };
    for entry in old.entries() {
        let document = &entry.document;
        if let Some(target) = Target::new(document.kind(), document.id.clone()) {
            let is = required(new, &target);
            let less = |(course, was): (&_, &BTreeSet<_>)| is.get(course).is_none_or(|is| !was.is_subset(is));
            if required(old, &target).iter().any(less) {
                touched.targets.insert(target);
            }
        } else if let Detail::Lesson(was) = &document.detail
            && let Some(is) = new.lesson(&(&document.id).into())
            && is.detail.teaches.iter().any(|skill| !was.teaches.contains(skill))
        {
            touched.lessons.insert((&document.id).into());
        }
    }
    touched
}
