use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use cairn_domain::learning::{
    Attempt, AttemptState, Enrolled, EnrolmentState, LearnerCounts, QuizTally, RecordReader as _, StatisticsReader,
    StatisticsWriter, Target,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, LessonId, Revision};
use cairn_domain::{Error, Result};

use crate::state::{State, Tx};

impl<S: Deref<Target = State>> StatisticsReader for Tx<S> {
    fn learners(&mut self, lesson: &LessonId) -> Result<LearnerCounts> {
        let mut counts = LearnerCounts::default();
        for known in self.state().records.values().filter_map(|record| record.lessons.get(lesson)) {
            counts.tried += u64::from(known.tried.is_some());
            counts.completed += u64::from(known.completed.is_some());
        }
        Ok(counts)
    }

    fn open_attempts(&mut self, lesson: &LessonId, revision: &Revision) -> Result<u64> {
        let state = self.state();
        let open = state.open_attempts.values().filter_map(|id| state.attempts.get(id));
        Ok(open.filter(|attempt| attempt.lesson == *lesson && attempt.revision == *revision).count() as u64)
    }

    fn revisions(&mut self, lesson: &LessonId) -> Result<Vec<(Revision, u64)>> {
        let mut revisions: BTreeMap<Revision, u64> = BTreeMap::new();
        let graded = self.state().attempts.values().filter(|attempt| attempt.state != AttemptState::Open);
        for attempt in graded.filter(|attempt| attempt.lesson == *lesson) {
            *revisions.entry(attempt.revision.clone()).or_default() += 1;
        }
        Ok(revisions.into_iter().collect())
    }

    fn counted(&mut self, lesson: &LessonId, revision: &Revision) -> Result<QuizTally> {
        Ok(self.state().tallies.get(&(lesson.clone(), revision.clone())).cloned().unwrap_or_default())
    }

    fn uncounted(&mut self, quiz: Option<(&LessonId, &Revision)>, limit: usize) -> Result<Vec<Attempt>> {
        let state = self.state();
        let waiting = state.uncounted.range(..).filter_map(|(id, ())| state.attempts.get(id));
        let asked = waiting.filter(|attempt| quiz.is_none_or(|quiz| quiz == (&attempt.lesson, &attempt.revision)));
        Ok(asked.take(limit).cloned().collect())
    }

    fn newest_enrolled(&mut self, target: &Target, before: Option<EnrolmentId>, limit: usize) -> Result<Vec<Enrolled>> {
        let state = self.state();
        let all = state.records.values().flat_map(|record| record.enrolments.values());
        let kept = all.filter(|it| it.target == *target && it.state != EnrolmentState::Withdrawn);
        let mut ids: Vec<_> = kept.map(|it| it.id).filter(|id| before.is_none_or(|before| *id < before)).collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.truncate(limit);
        let mut found = Vec::new();
        for id in ids {
            let standing = self.standing(id)?.ok_or_else(|| Error::internal("an enrolment without a standing"))?;
            let last = self.state().events.get(&(standing.enrolment.user, standing.seq)).map(|event| event.at);
            let last_event = last.ok_or_else(|| Error::internal("an enrolment without an event"))?;
            found.push(Enrolled { standing, last_event });
        }
        Ok(found)
    }
}

impl<S: DerefMut<Target = State>> StatisticsWriter for Tx<S> {
    fn count(&mut self, attempts: &[AttemptId], tallies: &BTreeMap<(LessonId, Revision), QuizTally>) -> Result<()> {
        for id in attempts {
            let counted = self.state_mut().uncounted.remove(id);
            counted.ok_or_else(|| Error::internal(format!("the attempt {id} has nothing to count")))?;
        }
        for (quiz, more) in tallies {
            let mut tally = self.counted(&quiz.0, &quiz.1)?;
            tally.merge(more);
            self.state_mut().tallies.put(quiz.clone(), tally);
        }
        Ok(())
    }
}
