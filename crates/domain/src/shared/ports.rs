use uuid::Uuid;

use super::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait Ids: Send + Sync {
    /// A new UUID of version 7 (RFC 9562) for this time, greater than those given before by the same maker.
    fn next(&self, now: Timestamp) -> Uuid;
}

/// Makes the keys of pages into cursors that only this server can make, and only for one list.
pub trait CursorSigner: Send + Sync {
    /// A key as a cursor of a list; letters, digits, `-` and `_`.
    fn seal(&self, list: &str, key: &str) -> String;
    /// The key of a cursor that was made for this list; `None` for any other text.
    fn open(&self, list: &str, text: &str) -> Option<String>;
}
