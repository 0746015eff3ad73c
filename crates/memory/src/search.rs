use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use cairn_domain::catalog::{CatalogReader as _, DocKind, Document};
use cairn_domain::search::{CANDIDATES, CLASSES, Expression, Indexed, SearchReader, SearchWriter};
use cairn_domain::shared::{ContentId, PackId};
use cairn_domain::{Error, Result};

use crate::state::{State, Tx};

/// A document in the index.
#[derive(Debug)]
pub(crate) struct StoredTerms {
    pack: PackId,
    number: u64,
    stamp: String,
    terms: Vec<String>,
}

impl State {
    /// The numbers of the documents that an expression means.
    fn meant(&self, expression: &Expression) -> BTreeSet<u64> {
        match expression {
            Expression::Term(term) => {
                let all = self.search_terms.range((term.clone(), 0)..=(term.clone(), u64::MAX));
                all.map(|((_, number), ())| *number).collect()
            }
            Expression::Prefix(begin) => {
                let from = self.search_terms.range((begin.clone(), 0)..);
                let all = from.take_while(|((term, _), ())| term.starts_with(begin));
                all.map(|((_, number), ())| *number).collect()
            }
            Expression::All(all) => {
                let all = all.iter().map(|one| self.meant(one));
                all.reduce(|one, other| &one & &other).unwrap_or_default()
            }
            Expression::Any(any) => any.iter().flat_map(|one| self.meant(one)).collect(),
            Expression::Except(one, other) => &self.meant(one) - &self.meant(other),
        }
    }

    fn forget_terms(&mut self, key: &(DocKind, ContentId)) -> Option<Arc<StoredTerms>> {
        let stored = self.search_documents.remove(key)?;
        for term in &stored.terms {
            self.search_terms.remove(&(term.clone(), stored.number));
        }
        self.search_numbers.remove(&stored.number);
        Some(stored)
    }
}

impl<S: Deref<Target = State>> SearchReader for Tx<S> {
    fn matching(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>> {
        let state = self.state();
        let all = classes.iter().enumerate().flat_map(|(class, expression)| {
            let numbers = state.meant(expression).into_iter();
            numbers.filter_map(move |number| {
                state.search_numbers.get(&number).map(|(kind, id)| (class, *kind, id.clone()))
            })
        });
        Ok(all.take(CANDIDATES + 1).collect())
    }

    fn foremost(&mut self, classes: &[Expression; CLASSES]) -> Result<Vec<(usize, DocKind, ContentId)>> {
        self.matching(classes)
    }

    fn indexed(&mut self, pack: &PackId) -> Result<BTreeMap<(DocKind, ContentId), String>> {
        let all = self.state().search_documents.range(..);
        let of_pack = all.filter(|(_, stored)| stored.pack == *pack);
        Ok(of_pack.map(|(key, stored)| (key.clone(), stored.stamp.clone())).collect())
    }

    fn texts(&mut self, documents: &[&Document]) -> Result<Vec<String>> {
        let text = |document: &&Document| {
            let html = self.html(document.kind(), &document.id, &document.revision)?;
            html.ok_or_else(|| Error::internal(format!("no text for {} {}", document.kind(), document.id)))
        };
        documents.iter().map(text).collect()
    }
}

impl<S: DerefMut<Target = State>> SearchWriter for Tx<S> {
    fn index(&mut self, pack: &PackId, documents: &[Indexed]) -> Result<()> {
        let state = self.state_mut();
        for document in documents {
            let key = (document.kind, document.id.clone());
            let before = state.forget_terms(&key);
            let last = || state.search_numbers.range(..).next_back().map_or(0, |(number, _)| *number);
            let number = before.map_or_else(|| last() + 1, |stored| stored.number);
            for term in &document.terms {
                state.search_terms.put((term.clone(), number), ());
            }
            state.search_numbers.put(number, key.clone());
            let (stamp, terms) = (document.stamp.clone(), document.terms.clone());
            state.search_documents.put(key, Arc::new(StoredTerms { pack: pack.clone(), number, stamp, terms }));
        }
        Ok(())
    }

    fn forget(&mut self, documents: &[(DocKind, ContentId)]) -> Result<()> {
        for key in documents {
            self.state_mut().forget_terms(key);
        }
        Ok(())
    }
}
