use std::ops::{Bound, Deref, DerefMut};
use std::sync::Arc;

use cairn_domain::practice::{
    Comment, DrillAttempt, DrillAttemptReader, DrillAttemptWriter, DrillState, Submission, SubmissionReader,
    SubmissionState, SubmissionWriter, WorkVersion,
};
use cairn_domain::shared::{AttemptId, LessonId, Page, PageRequest, SubmissionId, Timestamp, UserId, Uuid, refuse_nul};
use cairn_domain::{Code, Error, Result};

use crate::nul;
use crate::state::{State, Tx};

impl<S: Deref<Target = State>> DrillAttemptReader for Tx<S> {
    fn drill_attempt(&mut self, id: AttemptId) -> Result<Option<DrillAttempt>> {
        Ok(self.state().drill_attempts.get(&id).map(|attempt| DrillAttempt::clone(attempt)))
    }

    fn open_drill_attempt(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<DrillAttempt>> {
        let open = self.state().open_drill_attempts.get(&(user, lesson.clone())).copied();
        open.map_or(Ok(None), |id| self.drill_attempt(id))
    }

    fn drill_attempts(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<DrillAttempt>> {
        let state = self.state();
        let key = |bits| (user, lesson.clone(), AttemptId::new(Uuid::from_u128(bits)));
        let ids = state.drill_attempts_of.range(key(0)..=key(u128::MAX)).map(|((_, _, id), ())| id);
        let attempts = ids.filter_map(|id| state.drill_attempts.get(id));
        Ok(Page::of_ordered(attempts, page, |attempt| attempt.id.to_string())
            .map(|attempt| DrillAttempt::clone(attempt)))
    }

    fn judged_drill_attempts(
        &mut self,
        lesson: &LessonId,
        after: Option<AttemptId>,
        limit: usize,
    ) -> Result<Vec<DrillAttempt>> {
        let state = self.state();
        let key = |bits| (lesson.clone(), AttemptId::new(Uuid::from_u128(bits)));
        let from = after.map_or(Bound::Included(key(0)), |id| Bound::Excluded((lesson.clone(), id)));
        let ids = state.drill_attempts_at.range((from, Bound::Included(key(u128::MAX)))).map(|((_, id), ())| id);
        let judged = ids.filter_map(|id| state.drill_attempts.get(id)).filter(|attempt| attempt.judged().is_some());
        Ok(judged.take(limit).map(|attempt| DrillAttempt::clone(attempt)).collect())
    }
}

impl<S: DerefMut<Target = State>> Tx<S> {
    /// Gives a stored attempt another state where the present one allows it.
    fn put_drill_state(&mut self, id: AttemptId, make: impl FnOnce(&DrillState) -> Result<DrillState>) -> Result<()> {
        let state = self.state_mut();
        let Some(stored) = state.drill_attempts.get(&id).cloned() else { return Err(closed()) };
        let new = make(&stored.state)?;
        if stored.state == DrillState::Open {
            state.open_drill_attempts.remove(&(stored.user, stored.lesson.clone()));
        }
        state.drill_attempts.put(id, Arc::new(DrillAttempt { state: new, ..DrillAttempt::clone(&stored) }));
        Ok(())
    }
}

fn closed() -> Error {
    Error::new(Code::AttemptJudged, "This attempt is not open any more.")
}

impl<S: DerefMut<Target = State>> DrillAttemptWriter for Tx<S> {
    fn insert_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        let state = self.state_mut();
        if attempt.state != DrillState::Open || state.drill_attempts.contains(&attempt.id) {
            return Err(Error::internal(format!("the attempt {} is not a new one", attempt.id)));
        }
        state.require_user(attempt.user)?;
        if !state.enrolments.contains(&attempt.enrolment) {
            return Err(Error::internal(format!("there is no enrolment {}", attempt.enrolment)));
        }
        let at = (attempt.user, attempt.lesson.clone());
        if state.open_drill_attempts.contains(&at) {
            return Err(Error::new(Code::AttemptOpen, "An attempt at this drill is open."));
        }
        state.open_drill_attempts.put(at, attempt.id);
        state.drill_attempts_of.put((attempt.user, attempt.lesson.clone(), attempt.id), ());
        state.drill_attempts_at.put((attempt.lesson.clone(), attempt.id), ());
        state.drill_attempts.put(attempt.id, Arc::new(attempt.clone()));
        Ok(())
    }

    fn expire_drill_attempt(&mut self, id: AttemptId) -> Result<()> {
        self.put_drill_state(id, |stored| match stored {
            DrillState::Open => Ok(DrillState::Expired),
            _ => Err(closed()),
        })
    }

    fn judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        if attempt.judged().is_none() {
            return Err(Error::internal(format!("the attempt {} has no verdict to write", attempt.id)));
        }
        self.put_drill_state(attempt.id, |stored| match stored {
            DrillState::Open => Ok(attempt.state.clone()),
            _ => Err(closed()),
        })
    }

    fn re_judge_drill_attempt(&mut self, attempt: &DrillAttempt) -> Result<()> {
        let refused = || Error::internal(format!("the attempt {} is not judged", attempt.id));
        let new = attempt.judged().ok_or_else(refused)?;
        let changed = self.put_drill_state(attempt.id, |stored| match stored {
            DrillState::Judged(judged) => {
                let mut judged = judged.clone();
                (judged.revision, judged.verdict) = (new.revision.clone(), new.verdict.clone());
                Ok(DrillState::Judged(judged))
            }
            _ => Err(refused()),
        });
        changed.map_err(|_| refused())
    }

    fn forget_handed_in(&mut self, before: Timestamp, limit: usize) -> Result<u64> {
        let kept = |attempt: &DrillAttempt| {
            attempt.judged().filter(|judged| judged.at < before && judged.handed_in.is_some()).map(|judged| judged.at)
        };
        let mut old: Vec<_> =
            self.state().drill_attempts.values().filter_map(|attempt| Some((kept(attempt)?, attempt.id))).collect();
        old.sort_unstable();
        old.truncate(limit);
        for (_, id) in &old {
            self.put_drill_state(*id, |stored| match stored {
                DrillState::Judged(judged) => {
                    let mut judged = judged.clone();
                    judged.handed_in = None;
                    Ok(DrillState::Judged(judged))
                }
                other => Ok(other.clone()),
            })?;
        }
        Ok(old.len() as u64)
    }
}

impl<S: Deref<Target = State>> SubmissionReader for Tx<S> {
    fn submission(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Submission>> {
        let state = self.state();
        let id = state.submissions_of.get(&(user, lesson.clone()));
        Ok(id.and_then(|id| state.submissions.get(id)).cloned())
    }

    fn comments(&mut self, id: SubmissionId) -> Result<Vec<Comment>> {
        Ok(self.state().comments.range((id, 0)..=(id, u32::MAX)).map(|(_, comment)| comment.clone()).collect())
    }

    fn submissions(&mut self, state: SubmissionState, page: &PageRequest) -> Result<Page<Submission>> {
        let all = self.state().submissions.values().filter(|submission| submission.state == state);
        Ok(Page::of_ordered(all, page, |submission| submission.id.to_string()).map(Clone::clone))
    }
}

impl<S: DerefMut<Target = State>> SubmissionWriter for Tx<S> {
    fn put_submission(&mut self, submission: &Submission) -> Result<()> {
        let stale = || Error::new(Code::Stale, "The work was changed at the same time.");
        let Some(last) = submission.versions.last() else {
            return Err(Error::internal(format!("the submission {} has no version", submission.id)));
        };
        nul::work(&last.work)?;
        let state = self.state_mut();
        state.require_user(submission.user)?;
        if !state.enrolments.contains(&submission.enrolment) {
            return Err(Error::internal(format!("there is no enrolment {}", submission.enrolment)));
        }
        let at = (submission.user, submission.lesson.clone());
        let stored = state.submissions.get(&submission.id);
        if stored.map_or(0, |stored| stored.version).checked_add(1) != Some(submission.version)
            || state.submissions_of.get(&at).is_some_and(|id| *id != submission.id)
        {
            return Err(stale());
        }
        let mut new = submission.clone();
        if let Some(stored) = stored {
            let last = new.versions.len();
            for (number, (own, before)) in (1..).zip(new.versions.iter_mut().zip(&stored.versions)) {
                let review = if number == last { own.review.clone() } else { before.review.clone() };
                *own = WorkVersion { review, ..before.clone() };
            }
        }
        state.submissions_of.put(at, new.id);
        state.submissions.put(new.id, new);
        Ok(())
    }

    fn add_comment(&mut self, comment: &Comment) -> Result<()> {
        refuse_nul(&comment.text)?;
        let state = self.state_mut();
        state.require_user(comment.author)?;
        if !state.submissions.contains(&comment.submission) {
            return Err(Error::internal(format!("there is no submission {}", comment.submission)));
        }
        let key = (comment.submission, comment.number);
        if state.comments.contains(&key) {
            return Err(Error::new(Code::Stale, "Somebody wrote at the same time."));
        }
        state.comments.put(key, comment.clone());
        Ok(())
    }
}
