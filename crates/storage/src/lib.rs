//! Cairn's store on SQLite and PostgreSQL, through Diesel.
//!
//! [`SqlStore`] implements [`cairn_domain::Store`] on the database that [`Config::url`] names. [`migrate`] brings the
//! schema up to date, [`backup`] copies and restores an SQLite file, [`claim`] keeps servers and offline commands apart.
//!
//! ```
//! use cairn_domain::{Store, StoreExt};
//! use cairn_storage::{Config, SqlStore, migrate};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("cairn.db");
//! let config = Config::new(format!("sqlite:{}", path.display()));
//! migrate::up(&config)?;
//! let store = SqlStore::open(&config)?;
//! store.ready()?;
//! let packs = store.read(|tx| Ok(tx.catalog().library()?.packs().len()))?;
//! assert_eq!(packs, 0);
//! # Ok(()) }
//! ```

mod catalog;
mod config;
mod connection;
mod error;
mod group_commit;
mod identity;
mod learning;
mod library;
mod operations;
mod pool;
mod postgres;
mod practice;
mod refusal;
mod schema;
mod search;
mod statement;
mod store;
#[cfg(test)]
mod testing;
mod tx;

pub mod backup;
pub mod claim;
pub mod dump;
pub mod migrate;

pub use config::{Claim, Config, Statements};
pub use connection::messages_in_another_language;
pub use error::{Error, Result};
pub use store::SqlStore;
