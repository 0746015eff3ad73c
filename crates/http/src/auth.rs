//! Who a credential stands for, remembered for a moment so that a hot request asks the database nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use cairn_domain::identity::{Actor, SecretDigest, Session, Via, actor_of_session, actor_of_token};
use cairn_domain::shared::{Timestamp, TokenId};
use cairn_domain::{ReadTx, Result};

use crate::extract::credential::Credential;

/// How long a credential is taken to stand for the same actor: as long may a revocation by another process take to
/// reach this one.
const REMEMBERED: Duration = Duration::from_secs(1);
/// How many are remembered; beyond that all are forgotten, and looked up again.
const MOST: usize = 10_000;

/// What a credential turned out to be.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) actor: Actor,
    /// For a session: the session.
    pub(crate) session: Option<Session>,
    /// When the credential ends.
    until: Timestamp,
}

impl Known {
    /// Looks a credential up.
    ///
    /// # Errors
    /// `credential_expired`, and those of the store.
    pub(crate) fn find(tx: &mut dyn ReadTx, credential: &Credential, now: Timestamp) -> Result<Self> {
        match credential {
            Credential::Session(digest) => {
                let (actor, session) = actor_of_session(tx, digest, now)?;
                Ok(Self { actor, until: session.expires_at, session: Some(session) })
            }
            Credential::Token(digest) => {
                let (actor, until) = actor_of_token(tx, digest, now)?;
                Ok(Self { actor, session: None, until })
            }
        }
    }
}

/// Actors by the digests of their credentials, for a second.
#[derive(Debug, Default)]
pub(crate) struct AuthCache {
    known: RwLock<HashMap<SecretDigest, (Arc<Known>, Timestamp)>>,
    /// Counts how often everything was forgotten: what was looked up before that must not come back.
    generation: AtomicU64,
}

impl AuthCache {
    /// The actor, when it was looked up within the last second.
    pub(crate) fn get(&self, credential: &Credential, now: Timestamp) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (known, at) = known.get(credential.digest())?;
        (now.since(*at) < REMEMBERED && *at <= now && now < known.until).then(|| known.clone())
    }

    /// To be taken before a look-up and given to [`AuthCache::put`] after it.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Remembers what was looked up, unless everything was forgotten since.
    pub(crate) fn put(&self, credential: &Credential, known: Arc<Known>, generation: u64, now: Timestamp) {
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if self.generation.load(Ordering::Acquire) != generation {
            return;
        }
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(credential.digest().clone(), (known, now));
    }

    /// Forgets everything: a credential was revoked, or a user changed.
    pub(crate) fn forget(&self) {
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::AcqRel);
        all.clear();
    }
}

/// When tokens were used, to be written in batches so that a read stays a read.
#[derive(Debug, Default)]
pub(crate) struct TokenUses {
    /// The hour that was noted last, for each token used since the process began or the map was full.
    noted: Mutex<HashMap<TokenId, Timestamp>>,
    pending: Mutex<HashMap<TokenId, Timestamp>>,
}

impl TokenUses {
    /// Notes a use, to the hour.
    pub(crate) fn note(&self, actor: &Actor, now: Timestamp) {
        let Via::Token(id, _) = &actor.via else { return };
        let hour = now.hour();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(id) == Some(&hour) {
            return;
        }
        if noted.len() >= MOST {
            noted.clear();
        }
        noted.insert(*id, hour);
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(*id, hour);
    }

    /// Takes what has to be written.
    pub(crate) fn take(&self) -> Vec<(TokenId, Timestamp)> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    /// Gives back what could not be written.
    pub(crate) fn give_back(&self, uses: Vec<(TokenId, Timestamp)>) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, hour) in uses {
            let noted = pending.entry(id).or_insert(hour);
            *noted = (*noted).max(hour);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cairn_domain::identity::Role;
    use cairn_domain::shared::{UserId, Uuid};

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis * 1000)
    }

    fn known(until: Timestamp) -> Arc<Known> {
        let via = Via::Token(TokenId::new(Uuid::from_u128(7)), BTreeSet::new());
        let actor = Actor { user: UserId::new(Uuid::from_u128(1)), roles: BTreeSet::from([Role::Learner]), via };
        Arc::new(Known { actor, session: None, until })
    }

    fn credential() -> Credential {
        Credential::Token(SecretDigest::new("ab".repeat(32)))
    }

    #[test]
    fn an_actor_is_remembered_for_a_second_and_no_longer_than_its_credential() {
        let cache = AuthCache::default();
        cache.put(&credential(), known(at(500)), cache.generation(), at(0));
        assert!(cache.get(&credential(), at(499)).is_some());
        assert!(cache.get(&credential(), at(500)).is_none());
        cache.put(&credential(), known(at(5000)), cache.generation(), at(0));
        assert!(cache.get(&credential(), at(999)).is_some());
        assert!(cache.get(&credential(), at(1000)).is_none());
    }

    #[test]
    fn what_was_looked_up_before_a_revocation_does_not_come_back() {
        let cache = AuthCache::default();
        let generation = cache.generation();
        cache.forget();
        cache.put(&credential(), known(at(5000)), generation, at(0));
        assert!(cache.get(&credential(), at(1)).is_none());
    }

    #[test]
    fn a_use_is_written_once_an_hour() {
        let (uses, token) = (TokenUses::default(), known(at(0)));
        let hour = 3_600_000;
        uses.note(&token.actor, at(hour + 5));
        uses.note(&token.actor, at(hour + 9));
        let taken = uses.take();
        assert_eq!(taken, [(TokenId::new(Uuid::from_u128(7)), at(hour))]);
        uses.note(&token.actor, at(hour + 10));
        assert!(uses.take().is_empty(), "it is noted already");
        uses.give_back(taken);
        uses.note(&token.actor, at(2 * hour));
        assert_eq!(uses.take(), [(TokenId::new(Uuid::from_u128(7)), at(2 * hour))]);
    }
}
