//! The learners: who they are, and what each of them did. Every event comes from the record's own decisions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_domain::catalog::{Answer, AnswerKey, Catalogue, GivenAnswer, Library, Quiz, Release};
use cairn_domain::identity::{Email, Role, User};
use cairn_domain::learning::{
    Attempt, AttemptState, Enrolment, EnrolmentState, Graded, LearningRecord, RecordChanges, Target,
};
use cairn_domain::shared::{AttemptId, ChoiceId, EnrolmentId, LessonId, PackId, QuestionId, Timestamp, UserId, Uuid};
use cairn_domain::{Code, Result};

use super::library::{CHOICES, QUESTIONS, is_pack, lesson_number, right_choice};
use super::random::Stream;

/// The two years that everything happens in begin on the first of January 2024.
const BEGIN: Timestamp = Timestamp::from_micros(1_704_067_200_000_000);
const SPAN: Duration = Duration::from_secs(730 * 24 * 3600);

/// What a decision can add to a record at most: graded, completed, skill, course of the lesson and enrolment. With fewer
/// than this left of what a learner is to have, one event at a time is added.
const MOST_AT_ONCE: u64 = 8;

/// A quiz with its answers.
pub(super) type Keyed = (Quiz, AnswerKey);

/// A learner with all that is to be written.
pub(super) struct Made {
    pub(super) user: User,
    pub(super) changes: Option<RecordChanges>,
    pub(super) attempts: Vec<Attempt>,
}

/// How much each learner does in proportion to the others: most a little, some a hundred times as much.
pub(super) fn weights(seed: u64, learners: u64) -> impl Iterator<Item = f64> {
    (0..learners).map(move |n| (1.0 - Stream::new(seed, "weight", n).part()).powf(-0.75).min(100.0))
}

/// What learners choose from.
pub(super) struct World<'a> {
    pub(super) seed: u64,
    pub(super) learners: u64,
    pub(super) library: &'a Library,
    /// Every course and track with its pack.
    pub(super) targets: Vec<(PackId, Target)>,
    /// Each quiz with its answers.
    pub(super) quizzes: &'a HashMap<LessonId, Keyed>,
}

/// Courses and tracks of the seeded packs, those that are chosen most first.
pub(super) fn targets(seed: u64, library: &Library) -> Vec<(PackId, Target)> {
    let of = |(release, catalogue): &(Release, Arc<Catalogue>)| {
        let tracks = catalogue.tracks().map(|track| Target::Track(track.id().into()));
        let courses = catalogue.courses().filter(|course| course.detail.requires.skills.is_empty());
        let courses = courses.map(|course| Target::Course(course.id().into()));
        tracks.chain(courses).map(|target| (release.pack.id.clone(), target)).collect::<Vec<_>>()
    };
    let seeded = |(release, _): &&(Release, Arc<Catalogue>)| is_pack(release.pack.id.as_str());
    let mut all: Vec<_> = library.packs().iter().filter(seeded).flat_map(of).collect();
    all.sort();
    let mut stream = Stream::new(seed, "popularity", 0);
    for at in (1..all.len()).rev() {
        all.swap(at, stream.below(at + 1));
    }
    all
}

/// A UUID of version 7 of this moment.
fn id(stream: &mut Stream, at: Timestamp) -> Uuid {
    let millis = (at.micros() / 1000) as u128;
    let (high, low) = (u128::from(stream.next() & 0xfff), u128::from(stream.next() >> 2));
    Uuid::from_u128(millis << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low)
}

/// The address of a learner; the first is 0.
pub(super) fn email(n: u64) -> String {
    format!("seeded-{n}@example.org")
}

/// One learner under way.
struct Way<'a> {
    world: &'a World<'a>,
    stream: Stream,
    record: LearningRecord,
    attempts: Vec<Attempt>,
    now: Timestamp,
    /// The mean time between two decisions.
    pace: Duration,
    events: u64,
}

impl World<'_> {
    /// The n-th learner, with at least so many events, and with exactly so many if `exactly`.
    pub(super) fn learner(&self, n: u64, events: u64, exactly: bool) -> Result<Made> {
        let mut stream = Stream::new(self.seed, "learner", n);
        // Who came earlier has the smaller id, as on a real server.
        let came = SPAN.mul_f64((n as f64 + stream.part()) / self.learners as f64);
        let since = BEGIN.plus(came);
        let user = UserId::new(id(&mut stream, since));
        let name = format!("Learner {n}");
        let user = User::new(user, Email::new(&email(n))?, &name, [Role::Learner], since)?;
        let stays = (SPAN - came).mul_f64(stream.part().powi(2));
        let pace = stays.div_f64(events.max(1) as f64).max(Duration::from_millis(10));
        let record = LearningRecord::new(user.id);
        let mut way = Way { world: self, stream, record, attempts: Vec::new(), now: since, pace, events };
        let mut open = None;
        while way.left() > if exactly { MOST_AT_ONCE } else { 0 } {
            open = way.enrol()?;
            let Some(enrolment) = open else { break };
            way.follow(enrolment, exactly)?;
        }
        if exactly {
            way.fill(open)?;
        }
        let changes = way.record.take_changes();
        Ok(Made { user, changes, attempts: way.attempts })
    }
}

impl Way<'_> {
    fn left(&self) -> u64 {
        self.events.saturating_sub(self.record.seq)
    }

    fn pass_time(&mut self) -> Timestamp {
        let end = BEGIN.plus(SPAN);
        self.now = self.now.plus(self.pace.mul_f64(2.0 * self.stream.part())).min(end);
        self.now
    }

    /// Enrols on something that the learner is not on; `None` when nothing was found in a few tries.
    fn enrol(&mut self) -> Result<Option<EnrolmentId>> {
        for _ in 0..20 {
            let world = self.world;
            let Some((pack, target)) = world.targets.get(self.stream.skewed(world.targets.len())) else { break };
            let Some((release, catalogue)) = world.library.pack(pack) else { break };
            let now = self.pass_time();
            let id = EnrolmentId::new(id(&mut self.stream, now));
            match self.record.enrol(catalogue, (pack, release.number), target, id, now) {
                Ok(()) => return Ok(Some(id)),
                Err(error) if error.code() == Code::AlreadyEnrolled => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Takes lesson after lesson of an enrolment, until there is enough, the learner loses interest or is locked out.
    fn follow(&mut self, enrolment: EnrolmentId, exactly: bool) -> Result<()> {
        let Some(found) = self.record.enrolments.get(&enrolment).cloned() else { return Ok(()) };
        let Some((_, catalogue)) = self.world.library.pack(&found.pack) else { return Ok(()) };
        let patience = 5 + self.stream.skewed(120);
        for lesson in found.target.lessons(catalogue).into_iter().take(patience) {
            if self.left() <= if exactly { MOST_AT_ONCE } else { 0 } {
                return Ok(());
            }
            if self.record.completed(&lesson) {
                continue;
            }
            let now = self.pass_time();
            let done = match self.world.quizzes.get(&lesson) {
                None => self.record.complete_reading(catalogue, enrolment, &lesson, now),
                Some(quiz) => self.try_quiz(&found, &lesson, quiz),
            };
            match done {
                Err(error) if error.code() == Code::Locked => return Ok(()),
                done => done?,
            }
        }
        if self.stream.chance(0.1) && self.record.enrolments[&enrolment].state == EnrolmentState::Active {
            let (now, to) = (self.pass_time(), EnrolmentState::Withdrawn);
            self.record.change_state(catalogue, enrolment, to, now)?;
        }
        Ok(())
    }

    /// Up to three attempts; some questions are harder than others.
    fn try_quiz(&mut self, on: &Enrolment, lesson: &LessonId, (quiz, key): &Keyed) -> Result<()> {
        let Some((_, catalogue)) = self.world.library.pack(&on.pack) else { return Ok(()) };
        let number = lesson_number(lesson.as_str()).unwrap_or_default();
        for _ in 0..3 {
            let started_at = self.pass_time();
            let id = AttemptId::new(id(&mut self.stream, started_at));
            let started = self.record.start_attempt(catalogue, on.id, lesson, (id, false), started_at)?;
            let (rules, revision) = (started.rules, started.revision);
            let at = started_at.plus(Duration::from_secs(60 + self.stream.below(1200) as u64));
            self.now = at;
            let answers = self.answers(number)?;
            let grade = quiz.grade(key, &answers);
            let (percent, passed) = (grade.percent(), grade.percent() >= rules.pass_mark);
            self.record.finish_attempt(catalogue, &on.pack, (id, lesson, &revision, false), (percent, passed), at);
            self.attempts.push(Attempt {
                id,
                user: self.record.user,
                enrolment: on.id,
                lesson: lesson.clone(),
                revision,
                pass_mark: rules.pass_mark,
                challenge: false,
                started_at,
                state: AttemptState::Graded(Graded { at, answers, grade, passed }),
            });
            if passed || self.left() <= MOST_AT_ONCE {
                break;
            }
        }
        Ok(())
    }

    fn answers(&mut self, lesson: usize) -> Result<Vec<GivenAnswer>> {
        let seed = self.world.seed;
        let answer = |question: usize| {
            let hard = Stream::new(seed, "hard", (lesson * QUESTIONS + question) as u64).part();
            let choice = if self.stream.chance(0.1 + 0.5 * hard) {
                CHOICES[self.stream.below(CHOICES.len())]
            } else {
                right_choice(seed, lesson, question)
            };
            let question = QuestionId::new(format!("q{question}"))?;
            Ok(GivenAnswer { question, answer: Answer::Choices([ChoiceId::new(choice)?].into()) })
        };
        (0..QUESTIONS).map(answer).collect()
    }

    /// Adds one event at a time until there are enough: an enrolment is paused and resumed.
    fn fill(&mut self, open: Option<EnrolmentId>) -> Result<()> {
        let mut open = open;
        while self.left() > 0 {
            let active = open.filter(|id| self.record.enrolments[id].state.is_open());
            let Some(id) = active else {
                open = self.enrol()?;
                if open.is_none() {
                    break;
                }
                continue;
            };
            let enrolment = &self.record.enrolments[&id];
            let to =
                if enrolment.state == EnrolmentState::Active { EnrolmentState::Paused } else { EnrolmentState::Active };
            let Some((_, catalogue)) = self.world.library.pack(&enrolment.pack) else { break };
            let now = self.pass_time();
            self.record.change_state(catalogue, id, to, now)?;
        }
        Ok(())
    }
}
