use std::time::Duration;

use super::{Actor, Allowance, Email, PasswordHash, Quota, SecretDigest, Session, User, UserState, Via};
use crate::shared::{Code, Error, Result, SessionId, Timestamp};
use crate::{ReadTx, WriteTx};

/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// How often one may try to sign in to one account from one address: at most ten times in any minute, since a burst and
/// what comes back meanwhile make twice the limit.
pub const SIGN_IN_LIMIT: Quota = Quota { limit: 5, period: Duration::from_secs(60) };

/// How often one may try to sign in from one address, to any account.
const ADDRESS_LIMIT: Quota = Quota { limit: 60, period: Duration::from_secs(60) };

/// What has to be proved to sign in. Made for unknown addresses too, so that both go the same way.
#[derive(Debug)]
pub struct Challenge {
    user: Option<User>,
    hash: Option<PasswordHash>,
    /// What the throttle says, for the caller's headers.
    pub allowance: Allowance,
}

impl Challenge {
    /// The hash to verify the password against; `None` for an account without one, or no account.
    #[must_use]
    pub fn hash(&self) -> Option<&PasswordHash> {
        self.hash.as_ref()
    }
}

/// The first of three steps: counts the try and finds what to verify. The second is
/// [`super::PasswordHasher::verify`], outside any transaction; the third [`finish_sign_in`].
///
/// The account's throttle counts per address of the client, so that a stranger cannot keep the owner out; whoever has
/// several addresses has as many times the tries.
///
/// # Errors
/// [`Code::Throttled`] with how long to wait.
pub fn begin_sign_in(tx: &mut dyn WriteTx, email: &Email, address: &str, now: Timestamp) -> Result<Challenge> {
    let keys = [
        (format!("sign_in/{}/{address}", email.key()), SIGN_IN_LIMIT),
        (format!("sign_in_from/{address}"), ADDRESS_LIMIT),
    ];
    let mut least: Option<Allowance> = None;
    for (key, quota) in &keys {
        let state = tx.throttles_mut().get(key)?;
        let allowance = quota.take(state, now);
        if !allowance.allowed {
            let wait = allowance.wait;
            return Err(Error::new(Code::Throttled, "There were too many tries to sign in; wait a little.").after(wait));
        }
        tx.throttles_mut().put(key, allowance.state)?;
        least = Some(least.filter(|least| least.remaining <= allowance.remaining).unwrap_or(allowance));
    }
    let user = tx.users().by_email(email)?;
    let hash = match &user {
        Some(user) if user.state == UserState::Active => tx.users().password_hash(user.id)?,
        _ => None,
    };
    let allowance = least.unwrap_or_else(|| SIGN_IN_LIMIT.take(None, now));
    Ok(Challenge { user, hash, allowance })
}

/// The last step: opens a session when the password was right, and keeps a newer hash when there is one.
///
/// # Errors
/// [`Code::WrongCredentials`] whatever was wrong: the address, the password, or that the account is disabled.
pub fn finish_sign_in(
    tx: &mut dyn WriteTx,
    challenge: &Challenge,
    verified: bool,
    rehashed: Option<&PasswordHash>,
    session: (SessionId, SecretDigest),
    now: Timestamp,
) -> Result<(Session, User)> {
    let refused = || Error::new(Code::WrongCredentials, "The e-mail address or the password is wrong.");
    let known = challenge.user.as_ref().filter(|_| verified).ok_or_else(refused)?;
    // The account and the password may have changed since the first step.
    let user = tx.users().get(known.id)?.filter(|user| user.state == UserState::Active).ok_or_else(refused)?;
    if tx.users().password_hash(user.id)? != challenge.hash {
        return Err(refused());
    }
    if let Some(hash) = rehashed {
        tx.users_mut().set_password_hash(user.id, hash, now)?;
    }
    let (id, digest) = session;
    let session = Session { id, user: user.id, digest, created_at: now, expires_at: now.plus(SESSION_LIFETIME) };
    tx.sessions_mut().insert(&session)?;
    Ok((session, user))
}

fn expired() -> Error {
    Error::new(Code::CredentialExpired, "The session or token is unknown, has ended or was revoked.")
}

/// Who a session's secret stands for.
///
/// # Errors
/// [`Code::CredentialExpired`] when it is unknown or has ended, or the account is disabled.
pub fn actor_of_session(tx: &mut dyn ReadTx, digest: &SecretDigest, now: Timestamp) -> Result<(Actor, Session)> {
    let (session, user) = tx.sessions().by_digest(digest)?.ok_or_else(expired)?;
    if session.expires_at <= now || user.state != UserState::Active {
        return Err(expired());
    }
    Ok((Actor::new(&user, Via::Session(session.id)), session))
}

/// Who a token stands for, and when it ends.
///
/// # Errors
/// [`Code::CredentialExpired`] when it is unknown, has ended or was revoked, or the account is disabled.
pub fn actor_of_token(tx: &mut dyn ReadTx, digest: &SecretDigest, now: Timestamp) -> Result<(Actor, Timestamp)> {
    let (token, user) = tx.tokens().by_digest(digest)?.ok_or_else(expired)?;
    if token.expires_at <= now || user.state != UserState::Active {
        return Err(expired());
    }
    Ok((Actor::new(&user, Via::Token(token.id, token.scopes)), token.expires_at))
}

/// Ends the session that the actor came with.
///
/// # Errors
/// [`Code::SessionNeeded`] when the actor came with a token.
pub fn sign_out(tx: &mut dyn WriteTx, actor: &Actor) -> Result<()> {
    match actor.via {
        Via::Session(id) => tx.sessions_mut().delete(id),
        _ => Err(Error::new(Code::SessionNeeded, "Only a session can be signed out; revoke a token instead.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_ten_guesses_at_an_account() {
        let (mut state, mut passed) = (None, Vec::new());
        for tenth in 0..3_000 {
            let now = Timestamp::from_micros(tenth * 100_000);
            let one = SIGN_IN_LIMIT.take(state, now);
            state = Some(one.state);
            passed.extend(one.allowed.then_some(now));
        }
        let minute = |from: &Timestamp| {
            passed.iter().filter(|at| *at >= from && at.since(*from) <= Duration::from_secs(60)).count()
        };
        assert_eq!(passed.iter().map(minute).max(), Some(10), "both ends of the minute count");
    }
}
