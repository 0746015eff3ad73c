use std::collections::BTreeMap;
use std::ops::{Bound, Deref, DerefMut};

use cairn_domain::learning::{
    Attempt, AttemptReader, AttemptState, AttemptWriter, Enrolment, EnrolmentState, LearningRecord, RecordChanges,
    RecordReader, RecordWriter, RecordedEvent, Standing, StudyPlan, StudyPlanReader, StudyPlanWriter, Tally, Target,
    Touched,
};
use cairn_domain::shared::{AttemptId, EnrolmentId, LessonId, PackId, Page, PageRequest, Timestamp, UserId, Uuid};
use cairn_domain::{Code, Error, Result};

use crate::nul;
use crate::state::{State, Tx};

fn concerns(touched: &Touched, record: &LearningRecord) -> bool {
    touched.lessons.iter().any(|id| record.lessons.contains_key(id))
        || touched.skills.iter().any(|id| record.skills.contains_key(id))
        || touched.courses.iter().any(|id| record.courses.contains_key(id))
        || record.enrolments.values().any(|it| it.state.is_open() && touched.targets.contains(&it.target))
}

impl<S: Deref<Target = State>> RecordReader for Tx<S> {
    fn record(&mut self, user: UserId) -> Result<LearningRecord> {
        Ok(self.state().records.get(&user).cloned().unwrap_or_else(|| LearningRecord::new(user)))
    }

    fn enrolment(&mut self, id: EnrolmentId) -> Result<Option<Enrolment>> {
        let state = self.state();
        let record = state.enrolments.get(&id).and_then(|user| state.records.get(user));
        Ok(record.and_then(|record| record.enrolments.get(&id)).cloned())
    }

    fn enrolments(&mut self, user: UserId, page: &PageRequest) -> Result<Page<Enrolment>> {
        let enrolments = self.state().records.get(&user).into_iter().flat_map(|record| record.enrolments.values());
        Ok(Page::of_ordered(enrolments, page, |enrolment| enrolment.id.to_string()).map(Clone::clone))
    }

    fn standing(&mut self, id: EnrolmentId) -> Result<Option<Standing>> {
        let state = self.state();
        let record = state.enrolments.get(&id).and_then(|user| state.records.get(user));
        Ok(record.and_then(|record| {
            Some(Standing {
                enrolment: record.enrolments.get(&id)?.clone(),
                seq: record.seq,
                lessons: record.lessons.clone(),
                skills: record.skills.keys().cloned().collect(),
            })
        }))
    }

    fn last_event(&mut self, id: EnrolmentId) -> Result<Option<(UserId, u64)>> {
        let state = self.state();
        let record = state.enrolments.get(&id).and_then(|user| state.records.get(user));
        Ok(record.map(|record| (record.user, record.seq)))
    }

    fn events(&mut self, user: UserId, page: &PageRequest) -> Result<Page<RecordedEvent>> {
        let after = match page.after() {
            Some(key) => {
                let foreign = |_| Error::new(Code::BadCursor, "The cursor does not belong to a list of events.");
                key.parse().map_err(foreign)?
            }
            None => 0,
        };
        let range = (Bound::Excluded((user, after)), Bound::Included((user, u64::MAX)));
        let events = self.state().events.range(range).take(page.limit() + 1);
        let items = events.map(|(_, event)| event.clone()).collect();
        Ok(Page::of(items, page, |event: &RecordedEvent| format!("{:020}", event.seq)))
    }

    fn events_since(&mut self, user: UserId, since: Timestamp) -> Result<Vec<RecordedEvent>> {
        let state = self.state();
        let range =
            (Bound::Included((user, since, 0)), Bound::Included((user, Timestamp::from_micros(i64::MAX), u64::MAX)));
        let found = state.events_at.range(range).filter_map(|((user, _, seq), ())| state.events.get(&(*user, *seq)));
        let mut events: Vec<_> = found.cloned().collect();
        events.sort_by_key(|event| event.seq);
        Ok(events)
    }

    fn enrolments_by_target(&mut self, pack: &PackId) -> Result<BTreeMap<Target, u64>> {
        let mut counts = BTreeMap::new();
        let all = self.state().records.values().flat_map(|record| record.enrolments.values());
        for enrolment in all.filter(|enrolment| enrolment.pack == *pack && enrolment.state.is_open()) {
            *counts.entry(enrolment.target.clone()).or_default() += 1;
        }
        Ok(counts)
    }

    fn touched(&mut self, touched: &Touched, after: Option<UserId>, limit: usize) -> Result<Vec<UserId>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let records = self.state().records.range((from, Bound::Unbounded));
        Ok(records.filter(|(_, record)| concerns(touched, record)).map(|(user, _)| *user).take(limit).collect())
    }

    fn tally(&mut self) -> Result<Tally> {
        let mut tally = Tally::default();
        for record in self.state().records.values() {
            tally.lessons += record.lessons.values().filter(|lesson| lesson.completed.is_some()).count() as u64;
            tally.skills += record.skills.len() as u64;
            tally.courses += record.courses.len() as u64;
            let completed = record.enrolments.values().filter(|it| it.state == EnrolmentState::Completed);
            tally.enrolments += completed.count() as u64;
        }
        Ok(tally)
    }
}

impl<S: DerefMut<Target = State>> RecordWriter for Tx<S> {
    fn save(&mut self, changes: &RecordChanges) -> Result<()> {
        if changes.events.is_empty() {
            return Err(Error::internal("a record changes by events only"));
        }
        let user = changes.user;
        let mut record = self.record(user)?;
        for (expected, event) in (record.seq + 1..).zip(&changes.events) {
            if event.seq != expected {
                return Err(Error::new(Code::Stale, "The learning record was changed at the same time."));
            }
        }
        self.state().require_user(user)?;
        changes.events.iter().try_for_each(nul::event)?;
        record.seq += changes.events.len() as u64;
        record.lessons.extend(changes.lessons.iter().cloned());
        record.skills.extend(changes.skills.iter().cloned());
        record.courses.extend(changes.courses.iter().cloned());
        record.enrolments.extend(changes.enrolments.iter().map(|enrolment| (enrolment.id, enrolment.clone())));
        let state = self.state_mut();
        for event in &changes.events {
            state.events.put((user, event.seq), event.clone());
            state.events_at.put((user, event.at, event.seq), ());
        }
        for enrolment in &changes.enrolments {
            state.enrolments.put(enrolment.id, user);
        }
        state.records.put(user, record);
        Ok(())
    }
}

impl<S: Deref<Target = State>> AttemptReader for Tx<S> {
    fn get(&mut self, id: AttemptId) -> Result<Option<Attempt>> {
        Ok(self.state().attempts.get(&id).cloned())
    }

    fn open(&mut self, user: UserId, lesson: &LessonId) -> Result<Option<Attempt>> {
        let state = self.state();
        let open = state.open_attempts.get(&(user, lesson.clone()));
        Ok(open.and_then(|id| state.attempts.get(id)).cloned())
    }

    fn page(&mut self, user: UserId, lesson: &LessonId, page: &PageRequest) -> Result<Page<Attempt>> {
        let state = self.state();
        let key = |bits| (user, lesson.clone(), AttemptId::new(Uuid::from_u128(bits)));
        let ids = state.attempts_at.range(key(0)..=key(u128::MAX)).map(|((_, _, id), ())| id);
        let attempts = ids.filter_map(|id| state.attempts.get(id));
        Ok(Page::of_ordered(attempts, page, |attempt| attempt.id.to_string()).map(Clone::clone))
    }
}

impl<S: DerefMut<Target = State>> AttemptWriter for Tx<S> {
    fn insert(&mut self, attempt: &Attempt) -> Result<()> {
        let state = self.state_mut();
        if attempt.state != AttemptState::Open || state.attempts.contains(&attempt.id) {
            return Err(Error::internal(format!("the attempt {} is not a new one", attempt.id)));
        }
        state.require_user(attempt.user)?;
        if !state.enrolments.contains(&attempt.enrolment) {
            return Err(Error::internal(format!("there is no enrolment {}", attempt.enrolment)));
        }
        let at = (attempt.user, attempt.lesson.clone());
        if let Some(open) = state.open_attempts.get(&at) {
            let message = format!("The attempt `{open}` at this quiz is waiting for answers.");
            return Err(Error::new(Code::AttemptOpen, message));
        }
        state.open_attempts.put(at, attempt.id);
        state.attempts_at.put((attempt.user, attempt.lesson.clone(), attempt.id), ());
        state.attempts.put(attempt.id, attempt.clone());
        Ok(())
    }

    fn update(&mut self, attempt: &Attempt) -> Result<()> {
        nul::attempt(attempt)?;
        let state = self.state_mut();
        let open = state.attempts.get(&attempt.id).filter(|stored| stored.state == AttemptState::Open).cloned();
        let Some(stored) = open else {
            return Err(Error::new(Code::AttemptGraded, "This attempt has been graded."));
        };
        if attempt.state != AttemptState::Open {
            state.open_attempts.remove(&(stored.user, stored.lesson.clone()));
            state.uncounted.put(stored.id, ());
            state.attempts.put(stored.id, Attempt { state: attempt.state.clone(), ..stored });
        }
        Ok(())
    }
}

impl<S: Deref<Target = State>> StudyPlanReader for Tx<S> {
    fn study_plan(&mut self, enrolment: EnrolmentId) -> Result<Option<StudyPlan>> {
        Ok(self.state().study_plans.get(&enrolment).cloned())
    }
}

fn plan_changed() -> Error {
    Error::new(Code::Stale, "The plan was changed at the same time.")
}

impl<S: DerefMut<Target = State>> StudyPlanWriter for Tx<S> {
    fn put_study_plan(&mut self, plan: &StudyPlan) -> Result<()> {
        let state = self.state_mut();
        if !state.enrolments.contains(&plan.enrolment) {
            return Err(Error::internal(format!("there is no enrolment {}", plan.enrolment)));
        }
        let before = state.study_plans.get(&plan.enrolment).map_or(0, |stored| stored.version);
        if before.checked_add(1) != Some(plan.version) {
            return Err(plan_changed());
        }
        state.study_plans.put(plan.enrolment, plan.clone());
        Ok(())
    }

    fn remove_study_plan(&mut self, enrolment: EnrolmentId, version: u32) -> Result<()> {
        let state = self.state_mut();
        if state.study_plans.get(&enrolment).is_none_or(|stored| stored.version != version) {
            return Err(plan_changed());
        }
        state.study_plans.remove(&enrolment);
        Ok(())
    }
}
