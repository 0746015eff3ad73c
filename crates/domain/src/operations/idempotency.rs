use std::fmt;
use std::time::Duration;

use crate::WriteTx;
use crate::shared::{Code, Error, Result, Revision, Timestamp, UserId};

/// How long an answer is kept under its key.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// A caller's name for one request: 1 to 255 visible ASCII characters (draft-ietf-httpapi-idempotency-key-header-07).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header's value: a quoted string (RFC 8941) or a bare token.
    ///
    /// # Errors
    /// [`Code::Invalid`] for an empty or longer one, one with other characters, or with unbalanced quotes.
    pub fn from_header(value: &str) -> Result<Self> {
        let refused = || {
            Error::field(
                "",
                "not_a_key",
                "`Idempotency-Key` is 1 to 255 visible ASCII characters, best a UUID, in double quotes or bare.",
            )
        };
        let value = value.trim();
        let (quoted, text) = match value.strip_prefix('"') {
            Some(rest) => (true, rest.strip_suffix('"').ok_or_else(refused)?),
            None => (false, value),
        };
        let fits = (1..=255).contains(&text.len())
            && text.bytes().all(|b| {
                if quoted {
                    (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'
                } else {
                    b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b',' | b';')
                }
            });
        if fits { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }

    /// The text between the quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An answer as it went out, so that it can go out again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The transport's status.
    pub status: u16,
    /// Headers that belong to the answer, such as `Location` and `ETag`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// An answer kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Whose key.
    pub user: UserId,
    /// The key.
    pub key: IdempotencyKey,
    /// The digest of method, path and body of the request.
    pub fingerprint: Revision,
    /// The answer.
    pub answer: Rendered,
    /// When it was given.
    pub at: Timestamp,
}

/// Reads kept answers.
pub trait IdempotencyReader {
    /// The answer under a user's key.
    fn get(&mut self, user: UserId, key: &IdempotencyKey) -> Result<Option<StoredAnswer>>;
}

/// Writes kept answers.
pub trait IdempotencyWriter: IdempotencyReader {
    /// Keeps an answer, in place of one under the same key.
    ///
    /// # Errors
    /// [`crate::Code::Internal`] when there is no such user.
    fn put(&mut self, answer: &StoredAnswer) -> Result<()>;
    /// Forgets answers given before a moment; gives how many.
    fn purge(&mut self, before: Timestamp) -> Result<u64>;
}

/// How a request under a key ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work was done now.
    Done(Rendered),
    /// It had been done before; this is the answer of then.
    Replayed(Rendered),
}

/// A piece of work that gives the answer to send now and the one to keep, which leaves out secrets.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn WriteTx) -> Result<(Rendered, Rendered)>;

/// Does a piece of work once for a key: the answer is stored in the work's transaction, and replayed for the same
/// request under the same key for [`KEPT_FOR`].
///
/// An error is not stored: nothing was done, so the request may be repeated.
///
/// A twin at the same time waits for the other's transaction, or re-runs, and then finds its answer.
///
/// # Errors
/// [`Code::KeyReused`] when the key was used for another request; those of `work`.
pub fn once(
    tx: &mut dyn WriteTx,
    (user, key): (UserId, &IdempotencyKey),
    fingerprint: &Revision,
    now: Timestamp,
    work: Work<'_>,
) -> Result<Outcome> {
    if let Some(stored) = tx.idempotency().get(user, key)?.filter(|stored| now.since(stored.at) < KEPT_FOR) {
        if stored.fingerprint != *fingerprint {
            return Err(Error::new(Code::KeyReused, "This `Idempotency-Key` was used for another request."));
        }
        return Ok(Outcome::Replayed(stored.answer));
    }
    let (send, store) = work(tx)?;
    tx.idempotency_mut().put(&StoredAnswer {
        user,
        key: key.clone(),
        fingerprint: fingerprint.clone(),
        answer: store,
        at: now,
    })?;
    Ok(Outcome::Done(send))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_quoted_or_bare() {
        let key = |value: &str| IdempotencyKey::from_header(value).map(|key| key.to_string());
        assert_eq!(key("\"8e03978e-40d5\"").unwrap(), "8e03978e-40d5");
        assert_eq!(key(" 8e03978e-40d5 ").unwrap(), "8e03978e-40d5");
        assert_eq!(key("\"with space\"").unwrap(), "with space");
        assert_eq!(key(&"k".repeat(255)).unwrap().len(), 255);
        for bad in ["", "\"\"", "\"open", "a b", "a\"b", "é", "a,b", "\"a\"b\"", &"k".repeat(256), "a\0"] {
            assert!(key(bad).is_err(), "{bad:?}");
        }
    }
}
