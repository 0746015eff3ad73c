//! Answers about progress that were given before, for as long as nothing they follow from has changed.
//!
//! Whether it has is asked of the store within the request's own transaction ([`learning::progress_version`]), so that a
//! kept answer is never older than a rendered one would be, whichever process wrote.
//!
//! [`learning::progress_version`]: cairn_domain::learning::progress_version

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use cairn_domain::catalog::Library;
use cairn_domain::shared::EnrolmentId;

use crate::reply::Reply;

/// How many bytes are kept; beyond that all are forgotten, and rendered again.
const MOST: usize = 8 * 1024 * 1024;

/// Answers by the enrolment that they are about.
#[derive(Debug, Default)]
pub(crate) struct Seen(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<EnrolmentId, Answer>,
    bytes: usize,
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
        self.0.read().unwrap_or_else(PoisonError::into_inner).answers.contains_key(&enrolment)
    }

    /// The answer that follows from this number of events, seen through this library.
    pub(crate) fn get(&self, enrolment: EnrolmentId, seq: u64, library: &Arc<Library>) -> Option<Reply> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get(&enrolment)?;
        let same = answer.seq == seq && std::ptr::eq(answer.library.as_ptr(), Arc::as_ptr(library));
        same.then(|| answer.reply.clone())
    }

    /// Keeps an answer that a committed transaction gave.
    pub(crate) fn keep(&self, enrolment: EnrolmentId, seq: u64, library: &Arc<Library>, reply: &Reply) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + reply.size() > MOST {
            *kept = Kept::default();
        }
        let answer = Answer { seq, library: Arc::downgrade(library), reply: reply.clone() };
        kept.bytes += reply.size();
        if let Some(before) = kept.answers.insert(enrolment, answer) {
            kept.bytes -= before.reply.size();
        }
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

    #[test]
    fn what_is_kept_has_a_bound() {
        let (seen, library) = (Seen::default(), Arc::new(Library::default()));
        for n in 0..100 {
            seen.keep(enrolment(n), 1, &library, &reply(MOST / 10));
            // The same again takes no more room.
            seen.keep(enrolment(n), 2, &library, &reply(MOST / 10));
            let kept = seen.0.read().unwrap();
            let bytes: usize = kept.answers.values().map(|answer| answer.reply.size()).sum();
            assert!(bytes == kept.bytes && bytes <= MOST, "{bytes}");
        }
        assert!(seen.has(enrolment(99)) && !seen.has(enrolment(0)));
    }
}
