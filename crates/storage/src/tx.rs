//! A transaction: what use cases get, and what becomes of it.

use std::sync::Arc;

use cairn_domain::{Code, Error, Result};
use diesel::QueryResult;

use crate::connection::Db;
use crate::library::{Cache, Current, Kept};
use crate::refusal::{After, translate, unavailable};

/// How much a transaction can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One statement, which is a transaction by itself.
    OneStatement,
    /// Any number, between a `BEGIN` and a `COMMIT`.
    Any,
}

/// How a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It may go on, and be committed.
    Sound,
    /// A second statement was asked for where there is room for one.
    NeedsMore,
    /// A statement was refused; on PostgreSQL that ends a transaction, so here it does everywhere.
    Refused(After),
}

pub(crate) struct Tx<'a> {
    connection: &'a mut Db,
    extent: Extent,
    ran: bool,
    pub(crate) fate: Fate,
    pub(crate) cache: &'a Cache,
    /// The current releases in this transaction's snapshot, when a statement has brought them along.
    pub(crate) current: Option<Current>,
    /// What was read of the catalogue, for others once this transaction is committed.
    pub(crate) read: Vec<Arc<Kept>>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: &'a mut Db, extent: Extent, cache: &'a Cache) -> Self {
        Self { connection, extent, ran: false, fate: Fate::Sound, cache, current: None, read: Vec::new() }
    }

    /// Runs one statement. All statements of a transaction go through here.
    pub(crate) fn run<T>(&mut self, statement: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<T> {
        if self.fate != Fate::Sound {
            return Err(unavailable().because("a statement before was refused, so the transaction is over"));
        }
        if self.extent == Extent::OneStatement && self.ran {
            self.fate = Fate::NeedsMore;
            return Err(unavailable().because("the transaction is run again with room for more statements"));
        }
        self.ran = true;
        statement(self.connection).map_err(|refused| {
            let (error, after) = translate(refused);
            self.fate = Fate::Refused(after);
            error
        })
    }

    /// Whether a statement costs a round trip.
    pub(crate) fn on_postgres(&self) -> bool {
        matches!(self.connection, Db::Postgres(_))
    }

    /// Runs one statement whose missing row is no refusal.
    pub(crate) fn find<T>(&mut self, statement: impl FnOnce(&mut Db) -> QueryResult<T>) -> Result<Option<T>> {
        use diesel::OptionalExtension as _;
        self.run(|connection| statement(connection).optional())
    }

    /// What the closure gave, unless the transaction cannot be committed any more.
    pub(crate) fn verdict(&self, given: Result<()>) -> Result<()> {
        match (given, self.fate) {
            (Ok(()), Fate::Refused(_) | Fate::NeedsMore) => {
                Err(Error::internal("the closure went on after a refused statement"))
            }
            (given, _) => given,
        }
    }
}

/// For what comes out of the database in another form than it went in.
pub(crate) fn stored<T>(value: Result<T>) -> Result<T> {
    value.map_err(|error| Error::internal(format!("a stored value is not one: {error}")))
}

/// For a number that is never negative.
pub(crate) fn number<T: TryFrom<i64>>(value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| Error::internal(format!("the stored number {value} is out of range")))
}

/// A value as JSON. U+0000 is refused: it would be stored as an escape, and yet come out again.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string(value).map_err(Error::internal)?;
    cairn_domain::shared::refuse_nul_in_json(&text)?;
    Ok(text)
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// The error for a cursor that another list made.
pub(crate) fn foreign_cursor<E>(list: &'static str) -> impl FnOnce(E) -> Error {
    move |_| Error::new(Code::BadCursor, format!("The cursor does not belong to a list of {list}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_refused_in_json_and_what_looks_like_it_is_not() {
        assert_eq!(to_json(&"a\0b").unwrap_err().code(), Code::Invalid);
        assert_eq!(to_json(&"\\\0").unwrap_err().code(), Code::Invalid);
        for good in ["\\u0000", "\\\\u0000", "\n\t\"\\", "\u{1}", ""] {
            assert_eq!(from_json::<String>(&to_json(&good).unwrap()).unwrap(), good);
        }
    }
}
