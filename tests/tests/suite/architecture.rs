//! The invariants of docs/ARCHITECTURE.md that can be read from the manifests and the sources. Each check is a function
//! over plain values, with a test beside it that shows it failing on bad input; the tests here run them on the workspace.

mod crates;
mod generated;
mod migrations;
mod source;
mod text;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Fails with all faults at once.
#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} fault(s):\n- {}", faults.len(), faults.join("\n- "));
}
