//! Practice on pages: attempts at drills, work at capstones and its reviews, and what a drill's change would do to verdicts.

mod asked;
mod attempts;
mod grid;
mod re_evaluation;
mod reviews;
mod verdict;
mod work;

pub(super) use asked::Asked;
pub(super) use work::{DrillState, drills_of, state_words};

use cairn_domain::ReadTx;
use cairn_domain::Result;
use cairn_domain::catalog::Document;

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let parts = [attempts::endpoints(), work::endpoints(), reviews::endpoints(), re_evaluation::endpoints()];
    parts.into_iter().flatten().collect()
}

/// What a document asks that is a drill; `None` of any other.
pub(crate) fn asked(tx: &mut dyn ReadTx, document: &Document) -> Result<Option<Asked>> {
    let stored = tx.catalog().drill(&document.id, &document.revision)?;
    Ok(stored.map(|(drill, _)| Asked::of(&drill)))
}
