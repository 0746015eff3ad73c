//! Passwords, secrets, ids, the clock and sealed cursors: what Cairn's domain asks of cryptography and of the system.
//!
//! Everything secret hangs on one [`MasterSecret`] of 256 bits. A [`Keyring`] derives a key of its own for each purpose
//! from it, so that no two purposes share a key and nothing else has to be kept.
//!
//! ```
//! use cairn_domain::identity::{Password, PasswordHasher};
//! use cairn_security::{BcryptHasher, Keyring, MasterSecret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keyring = Keyring::new(&MasterSecret::generate());
//! let hasher = BcryptHasher::new(&keyring, BcryptHasher::LEAST_COST)?;
//! let hash = hasher.hash(&Password::chosen("correct horse battery")?)?;
//! assert!(hasher.verify(&Password::presented("correct horse battery")?, Some(&hash)));
//! assert!(!hasher.verify(&Password::presented("correct horse")?, Some(&hash)));
//! # Ok(()) }
//! ```

mod clock;
mod cursor;
mod ids;
mod keyring;
mod master;
mod password;
mod random;
mod secrets;

pub use clock::SystemClock;
pub use cursor::CursorSeal;
pub use ids::OrderedIds;
pub use keyring::Keyring;
pub use master::{MasterSecret, MasterSecretError};
pub use password::{BcryptHasher, CostOutOfRange};
pub use secrets::Secrets;
