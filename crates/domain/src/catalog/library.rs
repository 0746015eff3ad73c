use std::sync::Arc;

use super::{Catalogue, DocKind, Entry, Release};
use crate::shared::{ContentId, PackId};

/// All that a server teaches: each pack's current release with its catalogue.
///
/// Ids are unique per kind over all packs, which applying a release makes sure of.
#[derive(Debug, Clone, Default)]
pub struct Library {
    packs: Vec<(Release, Arc<Catalogue>)>,
}

impl Library {
    /// A library of packs, each once.
    #[must_use]
    pub fn new(mut packs: Vec<(Release, Arc<Catalogue>)>) -> Self {
        packs.sort_by(|(a, _), (b, _)| a.pack.id.cmp(&b.pack.id));
        Self { packs }
    }

    /// Each pack's current release with its catalogue, ordered by the pack's id.
    #[must_use]
    pub fn packs(&self) -> &[(Release, Arc<Catalogue>)] {
        &self.packs
    }

    /// A pack's current release and catalogue.
    #[must_use]
    pub fn pack(&self, id: &PackId) -> Option<(&Release, &Catalogue)> {
        self.packs
            .iter()
            .find(|(release, _)| release.pack.id == *id)
            .map(|(release, catalogue)| (release, &**catalogue))
    }

    /// The document of a kind with this id, slug or former slug, live ones first, and where it stands.
    #[must_use]
    pub fn resolve(&self, kind: DocKind, name: &ContentId) -> Option<(&Release, &Catalogue, &Entry)> {
        let found = |(release, catalogue)| -> Option<(&Release, &Catalogue, &Entry)> {
            let catalogue: &Arc<Catalogue> = catalogue;
            catalogue.resolve(kind, name).map(|entry| (release, &**catalogue, entry))
        };
        let all = || self.packs.iter().map(|(release, catalogue)| (release, catalogue)).filter_map(found);
        all().find(|(_, _, entry)| !entry.retired).or_else(|| all().next())
    }
}
