use std::collections::{BTreeMap, BTreeSet};

use super::{Enrolment, EnrolmentState, Event, Reason, RecordedEvent, Standing, Target, Waiver};
use crate::catalog::{Catalogue, LessonKind, Need};
use crate::shared::{
    Code, CourseId, EnrolmentId, Error, LessonId, PackId, Result, Revision, SkillId, Timestamp, UserId,
};

/// What a learner has achieved, derived from the events of the record.
///
/// Completed lessons, skills and finished courses only grow. Decisions check the rules, then note events; noting
/// applies them, so the state and the events cannot differ. [`LearningRecord::take_changes`] gives a store what to
/// write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearningRecord {
    /// Whose it is.
    pub user: UserId,
    /// The number of the last event; 0 for none.
    pub seq: u64,
    /// What is known of each lesson that was completed or tried.
    pub lessons: BTreeMap<LessonId, LessonRecord>,
    /// Skills held, since when.
    pub skills: BTreeMap<SkillId, Timestamp>,
    /// Courses finished, since when.
    pub courses: BTreeMap<CourseId, Timestamp>,
    /// Every enrolment, whatever its state.
    pub enrolments: BTreeMap<EnrolmentId, Enrolment>,
    pending: Vec<RecordedEvent>,
}

/// What is known of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LessonRecord {
    /// When and at which revision it was first completed.
    pub completed: Option<CompletedLesson>,
    /// The revision at which the quiz or drill was last tried.
    pub tried: Option<Revision>,
    /// How many attempts were started at that revision since it was last another one.
    pub attempts: u32,
    /// The best result of any attempt in percent.
    pub best: Option<u8>,
    /// When an attempt last failed.
    pub failed_at: Option<Timestamp>,
    /// Who opened it, whatever it needs.
    pub waiver: Option<Waiver>,
}

/// When a lesson was first completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedLesson {
    /// When.
    pub at: Timestamp,
    /// The revision that was completed.
    pub revision: Revision,
    /// Whether it is a reading that was not read, because a quiz or a drill behind it was passed as a challenge.
    pub skipped: bool,
}

/// What one use case changed in a record: new events, and the rows that follow from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChanges {
    /// Whose record.
    pub user: UserId,
    /// New events in order; the first one's number follows the last stored one.
    pub events: Vec<RecordedEvent>,
    /// Lessons to insert or replace.
    pub lessons: Vec<(LessonId, LessonRecord)>,
    /// Skills to insert.
    pub skills: Vec<(SkillId, Timestamp)>,
    /// Finished courses to insert.
    pub courses: Vec<(CourseId, Timestamp)>,
    /// Enrolments to insert or replace.
    pub enrolments: Vec<Enrolment>,
}

impl LearningRecord {
    /// A record without any event.
    #[must_use]
    pub fn new(user: UserId) -> Self {
        Self {
            user,
            seq: 0,
            lessons: BTreeMap::new(),
            skills: BTreeMap::new(),
            courses: BTreeMap::new(),
            enrolments: BTreeMap::new(),
            pending: Vec::new(),
        }
    }

    /// The record that follows from events, which are in order and without gaps.
    #[must_use]
    pub fn replay<'a>(user: UserId, events: impl IntoIterator<Item = &'a RecordedEvent>) -> Self {
        let mut record = Self::new(user);
        for recorded in events {
            record.apply(&recorded.event, recorded.at);
            record.seq = recorded.seq;
        }
        record
    }

    /// One of the enrolments with what its progress is seen through; `None` when there is no such enrolment.
    #[must_use]
    pub fn into_standing(mut self, enrolment: EnrolmentId) -> Option<Standing> {
        let enrolment = self.enrolments.remove(&enrolment)?;
        Some(Standing { enrolment, seq: self.seq, lessons: self.lessons, skills: self.skills.into_keys().collect() })
    }

    /// Whether a lesson is completed.
    #[must_use]
    pub fn completed(&self, lesson: &LessonId) -> bool {
        self.lessons.get(lesson).is_some_and(|lesson| lesson.completed.is_some())
    }

    fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Enrolled { enrolment: id, pack, target, release } => {
                let (user, id) = (self.user, *id);
                self.enrolments.insert(
                    id,
                    Enrolment {
                        id,
                        user,
                        pack: pack.clone(),
                        target: target.clone(),
                        release: *release,
                        state: EnrolmentState::Active,
                        enrolled_at: at,
                        completed_at: None,
                        version: 1,
                    },
                );
            }
            Event::EnrolmentChanged { enrolment, state } => self.change(*enrolment, |it| it.state = *state),
            Event::EnrolmentMoved { enrolment, target } => self.change(*enrolment, |it| it.target = target.clone()),
            Event::EnrolmentCompleted { enrolment } => self.change(*enrolment, |it| {
                it.state = EnrolmentState::Completed;
                it.completed_at = Some(at);
            }),
            Event::LessonCompleted { lesson, revision, reason } => {
                let skipped = match reason {
                    Reason::Read { .. } | Reason::Passed { .. } | Reason::Accepted { .. } => false,
                    Reason::Skipped { .. } => true,
                    Reason::Moved { from } => {
                        self.lessons.get(from).and_then(|from| from.completed.as_ref()).is_some_and(|done| done.skipped)
                    }
                };
                let lesson = self.lessons.entry(lesson.clone()).or_default();
                let revision = || revision.clone();
                lesson.completed.get_or_insert_with(|| CompletedLesson { at, revision: revision(), skipped });
            }
            Event::SkillGranted { skill, .. } => {
                self.skills.entry(skill.clone()).or_insert(at);
            }
            Event::CourseCompleted { course } => {
                self.courses.entry(course.clone()).or_insert(at);
            }
            Event::AttemptStarted { lesson, revision, .. } => {
                let lesson = self.lessons.entry(lesson.clone()).or_default();
                if lesson.tried.as_ref() != Some(revision) {
                    lesson.tried = Some(revision.clone());
                    lesson.attempts = 0;
                }
                lesson.attempts += 1;
            }
            Event::AttemptGraded { lesson, percent, passed, .. } => {
                let lesson = self.lessons.entry(lesson.clone()).or_default();
                lesson.best = lesson.best.max(Some(*percent));
                if !passed {
                    lesson.failed_at = Some(at);
                }
            }
            Event::PrerequisitesWaived { lesson, waived_by, why, .. } => {
                let waiver = Waiver { by: *waived_by, reason: why.clone(), at };
                self.lessons.entry(lesson.clone()).or_default().waiver = Some(waiver);
            }
            Event::WaiverTakenBack { lesson, .. } => {
                self.lessons.entry(lesson.clone()).or_default().waiver = None;
            }
        }
    }

    fn change(&mut self, id: EnrolmentId, change: impl FnOnce(&mut Enrolment)) {
        if let Some(enrolment) = self.enrolments.get_mut(&id) {
            change(enrolment);
            enrolment.version += 1;
        }
    }

    pub(super) fn note(&mut self, event: Event, at: Timestamp) {
        self.apply(&event, at);
        self.seq += 1;
        self.pending.push(RecordedEvent { user: self.user, seq: self.seq, at, event });
    }

    /// What has been noted since the record was loaded or this was last called; `None` when that is nothing.
    pub fn take_changes(&mut self) -> Option<RecordChanges> {
        let events = std::mem::take(&mut self.pending);
        if events.is_empty() {
            return None;
        }
        let (mut lessons, mut skills, mut courses, mut enrolments) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for recorded in &events {
            match &recorded.event {
                Event::Enrolled { enrolment, .. }
                | Event::EnrolmentChanged { enrolment, .. }
                | Event::EnrolmentMoved { enrolment, .. }
                | Event::EnrolmentCompleted { enrolment } => _ = enrolments.insert(*enrolment),
                Event::LessonCompleted { lesson, .. }
                | Event::AttemptStarted { lesson, .. }
                | Event::AttemptGraded { lesson, .. }
                | Event::PrerequisitesWaived { lesson, .. }
                | Event::WaiverTakenBack { lesson, .. } => _ = lessons.insert(lesson.clone()),
                Event::SkillGranted { skill, .. } => _ = skills.insert(skill.clone()),
                Event::CourseCompleted { course } => _ = courses.insert(course.clone()),
            }
        }
        fn rows<K: Ord + Clone, V: Clone>(of: &BTreeMap<K, V>, keys: BTreeSet<K>) -> Vec<(K, V)> {
            keys.into_iter().filter_map(|key| of.get(&key).cloned().map(|value| (key, value))).collect()
        }
        Some(RecordChanges {
            user: self.user,
            lessons: rows(&self.lessons, lessons),
            skills: rows(&self.skills, skills),
            courses: rows(&self.courses, courses),
            enrolments: rows(&self.enrolments, enrolments).into_iter().map(|(_, enrolment)| enrolment).collect(),
            events,
        })
    }

    /// Enrols on a course or track of a pack.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the catalogue has no such target, [`Code::TargetRetired`], [`Code::AlreadyEnrolled`]
    /// while an enrolment on it is active or paused.
    pub fn enrol(
        &mut self,
        catalogue: &Catalogue,
        (pack, release): (&PackId, u32),
        target: &Target,
        id: EnrolmentId,
        now: Timestamp,
    ) -> Result<()> {
        let entry = catalogue
            .entry(target.kind(), &target.id())
            .ok_or_else(|| Error::not_found(target.kind().as_str(), target.id()))?;
        if entry.retired {
            return Err(Error::new(Code::TargetRetired, format!("The {target} is retired and takes no new learners.")));
        }
        if let Some(open) = self.enrolments.values().find(|e| e.target == *target && e.state.is_open()) {
            let message = format!("You are already on the {target}, with the enrolment `{}`.", open.id);
            return Err(Error::new(Code::AlreadyEnrolled, message));
        }
        self.note(Event::Enrolled { enrolment: id, pack: pack.clone(), target: target.clone(), release }, now);
        self.settle(catalogue, pack, now);
        Ok(())
    }

    /// Pauses, resumes or gives up an enrolment.
    ///
    /// # Errors
    /// [`Code::NotFound`]; [`Code::WrongState`] when the state may not become this one.
    pub fn change_state(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        to: EnrolmentState,
        now: Timestamp,
    ) -> Result<()> {
        let enrolment = self.enrolments.get(&id).ok_or_else(|| Error::not_found("enrolment", id))?;
        if enrolment.state == to {
            return Ok(());
        }
        if !enrolment.state.may_become(to) {
            let (from, to) = (enrolment.state.as_str(), to.as_str());
            return Err(Error::new(Code::WrongState, format!("An enrolment that is {from} cannot become {to}.")));
        }
        let pack = enrolment.pack.clone();
        self.note(Event::EnrolmentChanged { enrolment: id, state: to }, now);
        self.settle(catalogue, &pack, now);
        Ok(())
    }

    /// Completes a reading. Does nothing when it is completed already.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the enrolment's target has no such lesson, [`Code::WrongState`],
    /// [`Code::WrongLessonKind`], [`Code::Locked`].
    pub fn complete_reading(
        &mut self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
        now: Timestamp,
    ) -> Result<()> {
        let enrolment = self.enrolled(catalogue, id, lesson)?;
        let (pack, target) = (enrolment.pack.clone(), enrolment.target.clone());
        let found = catalogue.lesson(lesson).ok_or_else(|| Error::not_found("lesson", lesson))?;
        if !matches!(found.detail.lesson_kind, LessonKind::Reading) {
            return Err(Error::new(
                Code::WrongLessonKind,
                format!(
                    "The lesson `{lesson}` is a {}; saying so does not complete it.",
                    found.detail.lesson_kind.as_str()
                ),
            ));
        }
        if self.completed(lesson) {
            return Ok(());
        }
        self.check_unlocked(catalogue, &target, lesson)?;
        self.complete(catalogue, lesson, &found.document().revision, Reason::Read { enrolment: id }, now);
        self.settle(catalogue, &pack, now);
        Ok(())
    }

    /// An enrolment on which its learner can go on, and which has a lesson.
    pub(super) fn enrolled(&self, catalogue: &Catalogue, id: EnrolmentId, lesson: &LessonId) -> Result<&Enrolment> {
        let enrolment = self.enrolments.get(&id).ok_or_else(|| Error::not_found("enrolment", id))?;
        if !matches!(enrolment.state, EnrolmentState::Active | EnrolmentState::Completed) {
            let state = enrolment.state.as_str();
            return Err(Error::new(
                Code::WrongState,
                format!("The enrolment is {state}; only on an active one can you go on."),
            ));
        }
        self.enrolment_with(catalogue, id, lesson)
    }

    /// An enrolment that has a lesson.
    pub(super) fn enrolment_with(
        &self,
        catalogue: &Catalogue,
        id: EnrolmentId,
        lesson: &LessonId,
    ) -> Result<&Enrolment> {
        let enrolment = self.enrolments.get(&id).ok_or_else(|| Error::not_found("enrolment", id))?;
        // Not by the course that the lesson stands in: a retired course keeps lessons that have gone to another.
        if !enrolment.target.lessons(catalogue).contains(lesson) {
            return Err(Error::new(Code::NotFound, format!("The {} has no lesson `{lesson}`.", enrolment.target)));
        }
        Ok(enrolment)
    }

    /// What of a lesson's prerequisites is not met.
    #[must_use]
    pub fn unmet(&self, catalogue: &Catalogue, lesson: &LessonId) -> Vec<Need> {
        catalogue.graph().unmet(lesson, self)
    }

    pub(super) fn complete(
        &mut self,
        catalogue: &Catalogue,
        lesson: &LessonId,
        revision: &Revision,
        reason: Reason,
        now: Timestamp,
    ) {
        if !self.completed(lesson) {
            let (lesson, revision) = (lesson.clone(), revision.clone());
            self.note(Event::LessonCompleted { lesson, revision, reason }, now);
        }
        self.grant_taught(catalogue, lesson, now);
    }

    /// Grants what a lesson teaches and the learner does not hold.
    pub(super) fn grant_taught(&mut self, catalogue: &Catalogue, lesson: &LessonId, now: Timestamp) {
        let taught = catalogue.lesson(lesson).map_or_else(Vec::new, |lesson| lesson.detail.teaches.clone());
        for skill in taught {
            if !self.skills.contains_key(&skill) {
                self.note(Event::SkillGranted { skill, lesson: Some(lesson.clone()) }, now);
            }
        }
    }

    /// Notes which courses and active enrolments of a pack are complete by now.
    ///
    /// A course is complete when all its lessons that are not optional are; one without such lessons when each of its
    /// lessons is. A track is complete when all its courses are, those without such lessons apart.
    pub(super) fn settle(&mut self, catalogue: &Catalogue, pack: &PackId, now: Timestamp) {
        let here: Vec<_> = self.enrolments.values().filter(|e| e.pack == *pack).cloned().collect();
        for enrolment in here {
            for course in enrolment.target.courses(catalogue) {
                if !self.courses.contains_key(&course) && self.all_done(catalogue, &course) {
                    self.note(Event::CourseCompleted { course }, now);
                }
            }
            let required = enrolment.target.required_courses(catalogue);
            let finished = !required.is_empty() && required.iter().all(|course| self.courses.contains_key(course));
            if enrolment.state == EnrolmentState::Active && finished {
                self.note(Event::EnrolmentCompleted { enrolment: enrolment.id }, now);
            }
        }
    }

    fn all_done(&self, catalogue: &Catalogue, course: &CourseId) -> bool {
        let mut required = catalogue.required_lessons(course).peekable();
        required.peek().is_some() && required.all(|lesson| self.completed(&lesson.id().into()))
    }
}
