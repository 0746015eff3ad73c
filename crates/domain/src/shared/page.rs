use super::{Error, Result};

/// How many items a page has when nobody says.
pub const DEFAULT_LIMIT: u16 = 50;
/// How many items a page has at most.
pub const MAX_LIMIT: u16 = 200;

/// Which page of a list is asked for.
///
/// Lists are read by keyset: `after` is the sort key of the last item of the page before, so that
/// inserts between two requests neither repeat nor hide an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: u16,
    after: Option<String>,
}

impl PageRequest {
    /// A page of `limit` items (1 to [`MAX_LIMIT`]; [`DEFAULT_LIMIT`] when `None`) after a key.
    ///
    /// # Errors
    /// [`super::Code::Invalid`] at `/limit` when the limit is out of range.
    pub fn new(limit: Option<u32>, after: Option<String>) -> Result<Self> {
        match limit.unwrap_or(u32::from(DEFAULT_LIMIT)) {
            limit @ 1..=200 => Ok(Self { limit: limit as u16, after }),
            _ => Err(Error::field("/limit", "range", format!("`limit` is a whole number from 1 to {MAX_LIMIT}."))),
        }
    }

    /// The first page, of the greatest size.
    #[must_use]
    pub fn first() -> Self {
        Self { limit: MAX_LIMIT, after: None }
    }

    /// The page of the same size after `key`.
    #[must_use]
    pub fn following(&self, key: String) -> Self {
        Self { limit: self.limit, after: Some(key) }
    }

    /// How many items at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// The key after which the page begins.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The key for the following page; `None` on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of items of which one more than `request.limit()` were fetched, if there were so many.
    /// `key` gives an item's sort key.
    #[must_use]
    pub fn of(mut items: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> String) -> Self {
        let more = items.len() > request.limit();
        items.truncate(request.limit());
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// Makes a page of an ordered list that is whole in memory.
    #[must_use]
    pub fn of_ordered(items: impl IntoIterator<Item = T>, request: &PageRequest, key: impl Fn(&T) -> String) -> Self {
        let items = items
            .into_iter()
            .filter(|item| request.after().is_none_or(|after| key(item).as_str() > after))
            .take(request.limit() + 1)
            .collect();
        Self::of(items, request, key)
    }

    /// The same page of other items.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_has_a_range_and_a_default() {
        assert_eq!(PageRequest::new(None, None).unwrap().limit(), 50);
        assert_eq!(PageRequest::new(Some(200), None).unwrap().limit(), 200);
        for bad in [0, 201, u32::MAX] {
            assert_eq!(PageRequest::new(Some(bad), None).unwrap_err().violations()[0].pointer, "/limit");
        }
    }

    #[test]
    fn following_pages_tile_the_list() {
        let all: Vec<String> = (0..7).map(|n| format!("k{n}")).collect();
        let mut request = PageRequest::new(Some(3), None).unwrap();
        let mut seen = Vec::new();
        loop {
            let page = Page::of_ordered(all.clone(), &request, Clone::clone);
            seen.extend(page.items);
            match page.next {
                Some(key) => request = request.following(key),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn an_exactly_full_page_is_the_last() {
        let request = PageRequest::new(Some(3), None).unwrap();
        assert_eq!(Page::of_ordered(["a", "b", "c"], &request, |s| (*s).to_owned()).next, None);
    }
}
