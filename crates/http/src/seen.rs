//! Answers about progress that were given before, for as long as nothing they follow from has changed.
//!
//! Where no other process writes, the store's generation tells that nothing has changed at all, and the answer is given at
//! once. Otherwise whether it has is asked of the store within the request's own transaction
//! ([`learning::progress_version`]). Either way a kept answer is never older than a rendered one would be, whoever wrote.
//!
//! [`learning::progress_version`]: cairn_domain::learning::progress_version

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use cairn_domain::catalog::Library;
use cairn_domain::shared::{EnrolmentId, UserId};

use crate::bounded::Bounded;
use crate::reply::Reply;

/// How many bytes are kept; beyond that all are forgotten, and rendered again.
const MOST: usize = 8 * 1024 * 1024;

/// Answers by the enrolment that they are about.
#[derive(Debug)]
pub(crate) struct Seen(RwLock<Bounded<EnrolmentId, Answer>>);

impl Default for Seen {
    fn default() -> Self {
        Self(RwLock::new(Bounded::new(MOST)))
    }
}

/// An answer and what it follows from.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Whose progress it is.
    pub(crate) learner: UserId,
    /// How many events it was.
    pub(crate) seq: u64,
    /// What it was seen through.
    pub(crate) library: Weak<Library>,
    /// What [`Store::generation`](cairn_domain::Store::generation) was before it was read or last found to be right.
    pub(crate) generation: Option<u64>,
    pub(crate) reply: Reply,
}

impl Answer {
    fn follows_from(&self, seq: u64, library: &Arc<Library>) -> bool {
        self.seq == seq && std::ptr::eq(self.library.as_ptr(), Arc::as_ptr(library))
    }
}

impl Seen {
    fn read(&self) -> RwLockReadGuard<'_, Bounded<EnrolmentId, Answer>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Bounded<EnrolmentId, Answer>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is an answer about an enrolment, right or not.
    pub(crate) fn has(&self, enrolment: EnrolmentId) -> bool {
        self.read().get(&enrolment).is_some()
    }

    /// The answer that is right as long as the store has this generation, and whose progress it is.
    pub(crate) fn at(&self, enrolment: EnrolmentId, generation: u64) -> Option<(UserId, Reply)> {
        let kept = self.read();
        let answer = kept.get(&enrolment).filter(|answer| answer.generation == Some(generation))?;
        Some((answer.learner, answer.reply.clone()))
    }

    /// The answer that follows from this number of events, seen through this library; both were read after the store had
    /// this generation.
    pub(crate) fn get(
        &self,
        enrolment: EnrolmentId,
        seq: u64,
        library: &Arc<Library>,
        generation: Option<u64>,
    ) -> Option<Reply> {
        let kept = self.read();
        let answer = kept.get(&enrolment).filter(|answer| answer.follows_from(seq, library))?;
        let (reply, known) = (answer.reply.clone(), answer.generation >= generation);
        drop(kept);
        if !known
            && let Some(answer) = self.write().get_mut(&enrolment)
            && answer.follows_from(seq, library)
        {
            answer.generation = answer.generation.max(generation);
        }
        Some(reply)
    }

    /// Forgets the answer about an enrolment, which is outdated: asking whether it still holds costs more than having none.
    pub(crate) fn forget(&self, enrolment: EnrolmentId) {
        self.write().forget(&enrolment);
    }

    /// Keeps an answer that a committed transaction gave.
    pub(crate) fn keep(&self, enrolment: EnrolmentId, answer: Answer) {
        let size = answer.reply.size();
        self.write().keep(enrolment, answer, size);
    }
}

#[cfg(test)]
mod tests {
    use cairn_domain::shared::Uuid;

    use super::*;

    fn enrolment(n: u128) -> EnrolmentId {
        EnrolmentId::new(Uuid::from_u128(n))
    }

    fn reply(bytes: usize) -> Reply {
        Reply::ok(&"x".repeat(bytes)).unwrap()
    }

    fn answer(seq: u64, library: &Arc<Library>, generation: Option<u64>) -> Answer {
        let learner = UserId::new(Uuid::from_u128(9));
        Answer { learner, seq, library: Arc::downgrade(library), generation, reply: reply(10) }
    }

    #[test]
    fn an_answer_is_given_again_until_what_it_follows_from_changes() {
        let (seen, library) = (Seen::default(), Arc::new(Library::default()));
        assert!(!seen.has(enrolment(1)));
        seen.keep(enrolment(1), answer(3, &library, None));
        assert!(seen.has(enrolment(1)) && !seen.has(enrolment(2)));
        assert_eq!(seen.get(enrolment(1), 3, &library, None).map(|reply| reply.size()), Some(12));
        assert!(seen.get(enrolment(1), 4, &library, None).is_none());
        assert!(seen.get(enrolment(1), 3, &Arc::new(Library::default()), None).is_none());
        assert!(seen.get(enrolment(2), 3, &library, None).is_none());
    }

    #[test]
    fn an_answer_is_right_at_the_generations_at_which_it_was_found_to_be_right() {
        let (seen, library) = (Seen::default(), Arc::new(Library::default()));
        let right_at = |generation| seen.at(enrolment(1), generation).is_some();
        seen.keep(enrolment(1), answer(3, &library, None));
        assert!(!right_at(0) && !right_at(1), "nothing was known of the store");
        seen.keep(enrolment(1), answer(3, &library, Some(5)));
        assert!(right_at(5) && !right_at(4) && !right_at(6));
        // Others have changed what they did; this was asked for again.
        assert!(seen.get(enrolment(1), 3, &library, Some(6)).is_some());
        assert!(right_at(6) && !right_at(5));
        // An older request that ends late.
        assert!(seen.get(enrolment(1), 3, &library, Some(5)).is_some());
        assert!(right_at(6));
        assert!(seen.get(enrolment(1), 4, &library, Some(7)).is_none());
        assert!(!right_at(7));
        assert_eq!(seen.at(enrolment(1), 6).map(|(learner, _)| learner), Some(answer(3, &library, None).learner));
    }
}
