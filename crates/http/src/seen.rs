//! Answers about progress that were given before, for as long as nothing they follow from has changed.
//!
//! Whether it has is asked of the store within the request's own transaction ([`learning::progress_version`]), so that a
//! kept answer is never older than a rendered one would be, whichever process wrote.
//!
//! [`learning::progress_version`]: cairn_domain::learning::progress_version

use std::sync::{Arc, PoisonError, RwLock, Weak};

use cairn_domain::catalog::Library;
use cairn_domain::shared::EnrolmentId;

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

#[derive(Debug)]
struct Answer {
    seq: u64,
    library: Weak<Library>,
    reply: Reply,
}

impl Seen {
    /// Whether there is an answer about an enrolment, right or not.
    pub(crate) fn has(&self, enrolment: EnrolmentId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&enrolment).is_some()
    }

    /// The answer that follows from this number of events, seen through this library.
    pub(crate) fn get(&self, enrolment: EnrolmentId, seq: u64, library: &Arc<Library>) -> Option<Reply> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.get(&enrolment)?;
        let same = answer.seq == seq && std::ptr::eq(answer.library.as_ptr(), Arc::as_ptr(library));
        same.then(|| answer.reply.clone())
    }

    /// Forgets the answer about an enrolment, which is outdated: asking whether it still holds costs more than having none.
    pub(crate) fn forget(&self, enrolment: EnrolmentId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).forget(&enrolment);
    }

    /// Keeps an answer that a committed transaction gave.
    pub(crate) fn keep(&self, enrolment: EnrolmentId, seq: u64, library: &Arc<Library>, reply: &Reply) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let answer = Answer { seq, library: Arc::downgrade(library), reply: reply.clone() };
        kept.keep(enrolment, answer, reply.size());
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

    #[test]
    fn an_answer_is_given_again_until_what_it_follows_from_changes() {
        let (seen, library) = (Seen::default(), Arc::new(Library::default()));
        assert!(!seen.has(enrolment(1)));
        seen.keep(enrolment(1), 3, &library, &reply(10));
        assert!(seen.has(enrolment(1)) && !seen.has(enrolment(2)));
        assert_eq!(seen.get(enrolment(1), 3, &library).map(|reply| reply.size()), Some(12));
        assert!(seen.get(enrolment(1), 4, &library).is_none());
        assert!(seen.get(enrolment(1), 3, &Arc::new(Library::default())).is_none());
        assert!(seen.get(enrolment(2), 3, &library).is_none());
    }
}
