//! Cairn's store in memory: the same contract as on a database, without one.
//!
//! For tests, and for programs that use Cairn's rules as a library. Transactions are serialisable, a closure that fails
//! or panics leaves nothing behind, and lists have the order they have on a database. What is kept lasts as long as the
//! [`MemoryStore`].
//!
//! [`ManualClock`] and [`SequentialIds`] stand in for the system's clock and for random ids where a program should do
//! the same each time it runs.
//!
//! ```
//! use cairn_domain::StoreExt;
//! use cairn_domain::identity::{Email, Role, User};
//! use cairn_domain::shared::{Clock, Ids, Timestamp, UserId};
//! use cairn_memory::{ManualClock, MemoryStore, SequentialIds};
//!
//! # fn main() -> cairn_domain::Result<()> {
//! let (store, ids) = (MemoryStore::new(), SequentialIds::new());
//! let clock = ManualClock::at("2026-01-31T12:00:00Z".parse()?);
//! let id = UserId::new(ids.next(clock.now()));
//! let ada = User::new(id, Email::new("ada@example.org")?, "Ada", [Role::Author], clock.now())?;
//! store.write(|tx| tx.users_mut().insert(&ada))?;
//! assert_eq!(store.read(|tx| tx.users().by_email(&Email::new("ADA@example.org")?))?, Some(ada));
//! # Ok(()) }
//! ```
//!
//! `examples/learn.rs` goes all the way: it publishes a course, enrols, reads, takes a quiz and shows the progress.

mod catalog;
mod clock;
mod identity;
mod ids;
mod learning;
mod nul;
mod operations;
mod practice;
mod search;
mod state;
mod statistics;
mod store;
mod table;

pub use clock::ManualClock;
pub use ids::SequentialIds;
pub use store::MemoryStore;
