use super::{ApiToken, Email, Password, PasswordHash, SecretDigest, Session, User};
use crate::Result;
use crate::shared::{Page, PageRequest, SessionId, Timestamp, TokenId, UserId};

/// By what users are listed; always ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    /// By id, which is the order of creation; the page key is the id.
    #[default]
    Created,
    /// By [`Email::key`] in code point order; the page key is that key.
    Email,
}

/// Reads users.
pub trait UserReader {
    /// A user by id.
    fn get(&mut self, id: UserId) -> Result<Option<User>>;
    /// A user by address, compared by [`Email::key`].
    fn by_email(&mut self, email: &Email) -> Result<Option<User>>;
    /// All users.
    fn page(&mut self, sort: UserSort, page: &PageRequest) -> Result<Page<User>>;
    /// The hash of a user's password; `None` when the user has none.
    fn password_hash(&mut self, id: UserId) -> Result<Option<PasswordHash>>;
    /// How many active users are admins.
    fn count_admins(&mut self) -> Result<u64>;
}

/// Writes users.
pub trait UserWriter: UserReader {
    /// Adds a user.
    ///
    /// # Errors
    /// [`crate::Code::EmailTaken`] when the address, without case, has an account.
    fn insert(&mut self, user: &User) -> Result<()>;
    /// Writes a user whose stored version is `user.version - 1`.
    ///
    /// # Errors
    /// [`crate::Code::Stale`] when it is not, [`crate::Code::EmailTaken`] when the address belongs to another.
    fn update(&mut self, user: &User) -> Result<()>;
    /// Sets the password's hash.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when there is no such user.
    fn set_password_hash(&mut self, id: UserId, hash: &PasswordHash, now: Timestamp) -> Result<()>;
}

/// Reads sessions.
pub trait SessionReader {
    /// A session and its user by the digest of the secret, expired or not, in one query.
    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(Session, User)>>;
}

/// Writes sessions.
pub trait SessionWriter: SessionReader {
    /// Adds a session.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when there is no such user, or the id or the digest is taken.
    fn insert(&mut self, session: &Session) -> Result<()>;
    /// Ends a session; does nothing when there is none.
    fn delete(&mut self, id: SessionId) -> Result<()>;
    /// Ends all sessions of a user but one.
    fn delete_of_user(&mut self, user: UserId, but: Option<SessionId>) -> Result<()>;
    /// Removes sessions that ended before `now`; gives how many.
    fn delete_expired(&mut self, now: Timestamp) -> Result<u64>;
}

/// Reads tokens.
pub trait TokenReader {
    /// A token by id.
    fn get(&mut self, id: TokenId) -> Result<Option<ApiToken>>;
    /// A token and its user by the digest of the secret, expired or not, in one query.
    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(ApiToken, User)>>;
    /// A user's tokens by id; the page key is the id.
    fn page(&mut self, user: UserId, page: &PageRequest) -> Result<Page<ApiToken>>;
}

/// Writes tokens.
pub trait TokenWriter: TokenReader {
    /// Adds a token.
    ///
    /// # Errors
    /// [`crate::Code::Duplicate`] when the user has a token of this name; [`crate::Code::Internal`] when there is no such
    /// user, or the id or the digest is taken.
    fn insert(&mut self, token: &ApiToken) -> Result<()>;
    /// Revokes a token; does nothing when there is none.
    fn delete(&mut self, id: TokenId) -> Result<()>;
    /// Notes the hours in which tokens were used, where that is later than what is noted.
    fn touch(&mut self, uses: &[(TokenId, Timestamp)]) -> Result<()>;
}

/// Keeps the states of throttles, shared by all servers on a database.
pub trait ThrottleWriter {
    /// The state kept under a key.
    fn get(&mut self, key: &str) -> Result<Option<Timestamp>>;
    /// Keeps a state.
    fn put(&mut self, key: &str, state: Timestamp) -> Result<()>;
    /// Forgets states that lie before `now`: they no longer hold anybody back. Gives how many.
    fn purge(&mut self, now: Timestamp) -> Result<u64>;
}

/// Hashes passwords slowly. Never called inside a transaction.
pub trait PasswordHasher: Send + Sync {
    /// A new hash.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when the hash function fails.
    fn hash(&self, password: &Password) -> Result<PasswordHash>;

    /// Whether the password belongs to the hash. With `None` it takes as long and gives `false`, so that an unknown
    /// address cannot be told from a wrong password by time.
    fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> bool;

    /// Whether the hash should be made anew at the next sign-in: its scheme, cost or key is not the present one.
    fn outdated(&self, hash: &PasswordHash) -> bool;
}

/// Makes secrets and the digests under which they are stored.
pub trait SecretMaker: Send + Sync {
    /// A session's secret, for a cookie, and its digest.
    fn session(&self) -> (String, SecretDigest);
    /// A token's secret, `cairn_…` with a checksum, and its digest.
    fn token(&self) -> (String, SecretDigest);
    /// The digest of a session's secret that was presented; `None` for what cannot be one.
    fn session_digest(&self, presented: &str) -> Option<SecretDigest>;
    /// The digest of a token that was presented; `None` when prefix, length or checksum are wrong.
    fn token_digest(&self, presented: &str) -> Option<SecretDigest>;
    /// The CSRF token that belongs to a session.
    fn csrf(&self, session: SessionId) -> String;
    /// Whether this is the session's CSRF token, compared in constant time.
    fn csrf_matches(&self, session: SessionId, presented: &str) -> bool;
    /// A keyed digest of a password that was sent, to tell whether a repeated request carries the same one. It is quick to
    /// make, so that it goes nowhere but into the digest of that request.
    fn password_digest(&self, presented: &Password) -> SecretDigest;
    /// 128 bits that nobody can guess, for what is presented again within an attempt.
    fn unguessable(&self) -> u128;
    /// A password for a first account, of at least 128 bits.
    fn password(&self) -> Password;
}
