//! A database of any size, the same for the same number: packs of lessons, learners, and what they did in two years.
//!
//! Packs go the way of any pack: written as files, checked, rendered, applied. Learners' events are those that the
//! record's decisions note, so the rules hold for them, and rows are what the events say. Few learners do much and most
//! do little; few courses have most of the learners. Everybody's password is the one that the caller has hashed.

mod learners;
mod library;
mod random;
mod text;

use std::collections::HashMap;
use std::sync::mpsc::sync_channel;

use cairn_domain::catalog::{Detail, Draft, Task, apply_release};
use cairn_domain::identity::{Email, PasswordHash};
use cairn_domain::learning::{Attempt, AttemptState};
use cairn_domain::shared::{LessonId, ReleaseId, Timestamp, Uuid};
use cairn_domain::{Code, Error, Result, Store, StoreExt as _};

use learners::{Keyed, Made, World};

/// How many learners are written in a transaction.
const TOGETHER: usize = 500;

/// When the packs are applied: before any learner comes.
const APPLIED: Timestamp = Timestamp::from_micros(1_704_000_000_000_000);

/// How much there is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lessons, over all packs.
    pub lessons: usize,
    /// Learners.
    pub learners: u64,
    /// Events in the records of all learners together.
    pub events: u64,
}

impl Size {
    /// The size that Cairn is measured at.
    pub const FULL: Self = Self { lessons: 50_000, learners: 100_000, events: 2_000_000 };
}

/// How far the work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// So many lessons are applied.
    Lessons(usize),
    /// So many events are written.
    Events(u64),
}

/// The e-mail address of a seeded learner; the first is 0.
#[must_use]
pub fn email(learner: u64) -> String {
    learners::email(learner)
}

/// Fills a migrated database, once. Equal numbers and sizes give equal rows, on any database.
///
/// # Errors
/// [`Code::Duplicate`] when the database was seeded before; those of the store.
pub fn seed(
    store: &dyn Store,
    (number, size): (u64, Size),
    password: &PasswordHash,
    told: &mut dyn FnMut(Done),
) -> Result<()> {
    let first = Email::new(&email(0))?;
    if store.read(|tx| tx.users().by_email(&first))?.is_some() {
        return Err(Error::new(Code::Duplicate, "The database was seeded before; take a new one."));
    }
    let quizzes = packs(store, number, size.lessons, told)?;
    let library = store.read(|tx| tx.catalog().library())?;
    let targets = learners::targets(number, &library);
    let total: f64 = learners::weights(number, size.learners).sum();
    std::thread::scope(|scope| {
        let (give, take) = sync_channel::<Result<Vec<Made>>>(4);
        scope.spawn(move || {
            let world = World { seed: number, learners: size.learners, library: &library, targets, quizzes: &quizzes };
            let (mut made, mut events, mut share) = (Vec::new(), 0, 0.0);
            for (n, weight) in (0..).zip(learners::weights(number, size.learners)) {
                share += weight / total;
                let last = n + 1 == size.learners;
                let until = if last { size.events } else { (size.events as f64 * share) as u64 };
                // Who gets none after all has signed up and never come back.
                let learner = world.learner(n, until.saturating_sub(events), last);
                let failed = learner.is_err();
                let learner = learner.map(|learner| {
                    events += learner.changes.as_ref().map_or(0, |changes| changes.events.len() as u64);
                    made.push(learner);
                });
                if (made.len() == TOGETHER || last || failed)
                    && (give.send(learner.map(|()| std::mem::take(&mut made))).is_err() || failed)
                {
                    return;
                }
            }
        });
        let mut events = 0;
        for made in take {
            let made = made?;
            write(store, &made, password)?;
            events += made.iter().flat_map(|one| &one.changes).map(|changes| changes.events.len() as u64).sum::<u64>();
            told(Done::Events(events));
        }
        Ok(())
    })
}

/// Applies the packs, one being made while another is written; gives their quizzes.
fn packs(
    store: &dyn Store,
    number: u64,
    lessons: usize,
    told: &mut dyn FnMut(Done),
) -> Result<HashMap<LessonId, Keyed>> {
    std::thread::scope(|scope| {
        let (give, take) = sync_channel::<Result<Draft>>(1);
        scope.spawn(move || {
            let words = text::Words::new();
            for pack in 0..library::packs(lessons) {
                let draft = cairn_content::check(&library::files(number, &words, lessons, pack));
                let draft = draft.map_err(|faults| Error::internal(format!("{:?}", faults.first())));
                if give.send(draft).is_err() {
                    return;
                }
            }
        });
        let (mut quizzes, mut applied) = (HashMap::new(), 0);
        for (pack, draft) in (1..).zip(take) {
            let draft = draft?;
            let id = ReleaseId::new(Uuid::from_u128(pack));
            store.write_alone(|tx| apply_release(tx, None, &draft, (None, "Seeded."), id, APPLIED))?;
            for document in draft.documents {
                let lesson = matches!(document.document.detail, Detail::Lesson(_));
                applied += usize::from(lesson);
                if let Some(Task::Quiz(quiz, key)) = document.task {
                    quizzes.insert(LessonId::from(&document.document.id), (quiz, key));
                }
            }
            told(Done::Lessons(applied));
        }
        Ok(quizzes)
    })
}

fn write(store: &dyn Store, made: &[Made], password: &PasswordHash) -> Result<()> {
    store.write_alone(|tx| {
        for Made { user, changes, attempts } in made {
            tx.users_mut().insert(user)?;
            tx.users_mut().set_password_hash(user.id, password, user.created_at)?;
            if let Some(changes) = changes {
                tx.records_mut().save(changes)?;
            }
            for attempt in attempts {
                tx.attempts_mut().insert(&Attempt { state: AttemptState::Open, ..attempt.clone() })?;
                tx.attempts_mut().update(attempt)?;
            }
        }
        Ok(())
    })
}
