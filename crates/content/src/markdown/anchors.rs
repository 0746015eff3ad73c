use std::collections::BTreeMap;

/// Gives each heading of a text an id, as GitHub does: lower case, without punctuation, `-` for a space, and a number
/// behind it where the id is taken.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// Each id that is taken, with the number that was last put behind it.
    taken: BTreeMap<String, u32>,
}

impl Anchors {
    pub(super) fn take(&mut self, heading: &str) -> String {
        let base = slug(heading);
        let Some(last) = self.taken.get_mut(&base) else {
            self.taken.insert(base.clone(), 0);
            return base;
        };
        let mut number = *last;
        let id = loop {
            number += 1;
            let id = format!("{base}-{number}");
            if !self.taken.contains_key(&id) {
                break id;
            }
        };
        self.taken.insert(base, number);
        self.taken.insert(id.clone(), 0);
        id
    }
}

fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().flat_map(char::to_lowercase).filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then_some(c),
    });
    let slug: String = kept.take(200).collect();
    if slug.is_empty() { "section".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_a_git_host_makes() {
        let mut anchors = Anchors::default();
        let all = ["What is HTTP?", "`PUT` & PATCH", "Über_uns", "  Spaced  out ", "!!!"].map(|h| anchors.take(h));
        assert_eq!(all, ["what-is-http", "put--patch", "über_uns", "spaced--out", "section"]);
    }

    #[test]
    fn a_taken_id_gets_a_number() {
        let mut anchors = Anchors::default();
        let all = ["A", "a", "A-1", "a", "a-1"].map(|h| anchors.take(h));
        assert_eq!(all, ["a", "a-1", "a-1-1", "a-2", "a-1-2"]);
    }
}
