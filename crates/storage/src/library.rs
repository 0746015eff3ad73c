//! Catalogues of releases, kept in memory: releases never change, so only which ones are current is ever asked.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_domain::catalog::{Catalogue, Library, Release};

/// How many releases are kept that are not current: those of an export, a plan, a roll back.
const OTHERS: usize = 8;

/// The ids of the current releases, ordered by pack.
pub(crate) type Current = Vec<String>;

/// A release in memory.
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) release: Release,
    pub(crate) catalogue: Arc<Catalogue>,
}

/// What committed transactions have read of the catalogue.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The one used last is the last.
    releases: Vec<Arc<Kept>>,
    current: Current,
    library: Option<Arc<Library>>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({} releases)", self.lock().releases.len())
    }
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Kept>> {
        let mut inner = self.lock();
        let at = inner.releases.iter().position(|kept| kept.id == id)?;
        let kept = inner.releases.remove(at);
        inner.releases.push(kept.clone());
        Some(kept)
    }

    /// The library of these releases, if all of them are kept.
    pub(crate) fn library(&self, current: &Current) -> Option<Arc<Library>> {
        let mut inner = self.lock();
        if inner.current == *current
            && let Some(library) = &inner.library
        {
            return Some(library.clone());
        }
        let kept = |id: &String| inner.releases.iter().find(|kept| kept.id == *id);
        let packs: Option<Vec<_>> =
            current.iter().map(|id| kept(id).map(|kept| (kept.release.clone(), kept.catalogue.clone()))).collect();
        let library = Arc::new(Library::new(packs?));
        inner.library = Some(library.clone());
        inner.current.clone_from(current);
        Some(library)
    }

    /// Keeps what a transaction has read, now that it is committed.
    pub(crate) fn keep(&self, read: Vec<Arc<Kept>>) {
        if read.is_empty() {
            return;
        }
        let mut inner = self.lock();
        // What has just been read may be the new current ones, which are not known as such yet.
        let most = 2 * inner.current.len().max(read.len()) + OTHERS;
        for kept in read {
            if !inner.releases.iter().any(|other| other.id == kept.id) {
                inner.releases.push(kept);
            }
        }
        while inner.releases.len() > most {
            let Inner { releases, current, .. } = &mut *inner;
            let Some(oldest) = releases.iter().position(|kept| !current.contains(&kept.id)) else { break };
            releases.remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_domain::catalog::PackInfo;
    use cairn_domain::shared::{PackId, ReleaseId, Revision, Timestamp, Uuid};

    fn kept(pack: &str, number: u32) -> Arc<Kept> {
        let id = ReleaseId::new(Uuid::from_u128(u128::from(number)));
        let release = Release {
            id,
            pack: PackInfo {
                id: PackId::new(pack).unwrap(),
                title: String::new(),
                summary: String::new(),
                language: "en".into(),
                licence: String::new(),
                authors: Vec::new(),
            },
            number,
            digest: Revision::from_digest([0; 32]),
            created_at: Timestamp::from_micros(0),
            created_by: None,
            note: String::new(),
            rolled_back_to: None,
            moves: Vec::new(),
        };
        Arc::new(Kept { id: format!("{pack}{number}"), release, catalogue: Arc::default() })
    }

    #[test]
    fn any_number_of_packs_is_kept_from_the_first_time_on() {
        let cache = Cache::default();
        let releases: Vec<_> = (10..60).map(|n| kept(&format!("pack-{n}x"), 1)).collect();
        let current = releases.iter().map(|kept| kept.id.clone()).collect();
        cache.keep(releases);
        assert_eq!(cache.library(&current).unwrap().packs().len(), 50);
    }

    #[test]
    fn current_releases_stay_and_others_go_the_oldest_first() {
        let cache = Cache::default();
        cache.keep(vec![kept("p", 1), kept("q", 1)]);
        let current = vec!["p1".to_owned(), "q1".to_owned()];
        assert!(cache.library(&vec!["p1".to_owned(), "x1".to_owned()]).is_none());
        let library = cache.library(&current).unwrap();
        assert_eq!(library.packs().len(), 2);
        for number in 2..40 {
            cache.keep(vec![kept("p", number)]);
        }
        assert!(Arc::ptr_eq(&library, &cache.library(&current).unwrap()));
        assert!(cache.get("p2").is_none() && cache.get("p39").is_some());
        assert!(cache.lock().releases.len() <= 4 + OTHERS);
    }
}
