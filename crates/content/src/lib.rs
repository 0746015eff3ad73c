//! Packs: reading, checking and rendering a curriculum; archives; importers.
//!
//! A pack is a folder of Markdown and YAML with `pack.yaml` at its root; `docs/content-format.md` describes it. All of
//! this works on files in memory, apart from [`read_dir`] and [`write_dir`]:
//!
//! ```
//! use cairn_content::{check, pack_file};
//!
//! let files = [pack_file("pack.yaml", *b"format: cairn-pack/v1\nid: demo\ntitle: Demo\nsumary: A typo.\n")];
//! let faults = check(&files).unwrap_err();
//! let typo = faults.iter().find(|fault| fault.code == "unknown-field").unwrap();
//! assert_eq!(typo.to_string(), "pack.yaml:4:1: A pack has no field `sumary`. [unknown-field]");
//! assert_eq!(typo.help, "Did you mean `summary`?");
//! ```

mod archive;
mod check;
mod directory;
mod document;
#[cfg(test)]
mod documentation;
mod drill;
mod faults;
mod files;
mod format;
mod image;
mod limits;
mod markdown;
mod pack;
mod paths;
mod place;
mod quiz;
mod revision;
mod svg;
mod text;
mod yaml;

pub mod exercism;

pub use archive::{TarGz, unpack};
pub use check::{check, check_with_drills};
pub use directory::{read_dir, write_dir};
pub use drill::{Bench, PackDrill, Recording, hold};
pub use faults::{Rule, rules};
pub use files::{PackFile, pack_file};
pub use format::schemas;
pub use limits::Limits;
pub use revision::of_files as digest;
