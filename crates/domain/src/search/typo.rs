//! Words of titles that are near to one that nothing matches.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::words::{each_word, stem};

/// A word of titles.
#[derive(Debug, Clone)]
struct Known {
    /// Which letters and digits it has, a bit each.
    letters: u64,
    word: Box<str>,
    /// In how many places of titles it stands.
    times: u32,
}

/// The words of a catalogue's titles, by their length.
#[derive(Debug, Clone, Default)]
pub(crate) struct TitleWords(BTreeMap<usize, Vec<Known>>);

/// A title's word in the place of another: the nearest is the least, of those the most frequent, of those the first.
pub(super) type Near<'a> = (usize, std::cmp::Reverse<u32>, &'a str);

impl TitleWords {
    /// The words of these titles.
    pub(crate) fn of<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for title in titles {
            _ = each_word(title, |word| {
                match times.get_mut(word.folded) {
                    Some(times) => *times += 1,
                    None => _ = times.insert(word.folded.to_owned(), 1),
                }
                ControlFlow::Continue(())
            });
        }
        let mut all: BTreeMap<usize, Vec<Known>> = BTreeMap::new();
        for (word, times) in times {
            let known = Known { letters: letters(&word), word: word.into(), times };
            all.entry(known.word.chars().count()).or_default().push(known);
        }
        Self(all)
    }

    /// The word that is nearest to this one: within a distance of 1 from four letters on, of 2 from eight.
    pub(super) fn nearest(&self, word: &str) -> Option<Near<'_>> {
        let length = word.chars().count();
        let most = match length {
            0..4 => return None,
            4..8 => 1,
            _ => 2,
        };
        let (mine, given) = (letters(word), word.chars().collect::<Vec<_>>());
        let lengths = length - most..=length + most;
        let all = self.0.range(lengths).flat_map(|(_, known)| known);
        // A change of one letter takes or brings at most one kind of letter.
        let few = |letters: u64| letters.count_ones() as usize <= most;
        all.filter(|known| few(known.letters & !mine) && few(mine & !known.letters))
            .filter_map(|known| {
                let distance = distance(&given, &known.word.chars().collect::<Vec<_>>(), most)?;
                Some((distance, std::cmp::Reverse(known.times), &*known.word))
            })
            // Another form of the same word was asked for already.
            .filter(|(.., known)| stem(known) != stem(word))
            .min()
    }
}

/// Which letters a word has; many foreign ones share a bit, which only makes more words worth a look.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |all, c| all | 1 << (u32::from(c) % 64))
}

/// How many letters have to be put in, left out, replaced or exchanged with their neighbour, where it is at most `most`.
fn distance(one: &[char], other: &[char], most: usize) -> Option<usize> {
    let (mut two_before, mut before) = (Vec::new(), (0..=other.len()).collect::<Vec<_>>());
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = (before[j] + usize::from(a != b)).min(before[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(two_before[j - 1] + 1);
            }
            row.push(least);
        }
        if row.iter().all(|least| *least > most) {
            return None;
        }
        two_before = std::mem::replace(&mut before, row);
    }
    before.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn distances_count_exchanged_neighbours_once() {
        let of = |a: &str, b: &str| distance(&chars(a), &chars(b), 3);
        assert_eq!(of("index", "index"), Some(0));
        assert_eq!(of("index", "inedx"), Some(1));
        assert_eq!(of("index", "idex"), Some(1));
        assert_eq!(of("index", "iindex"), Some(1));
        assert_eq!(of("index", "imdex"), Some(1));
        assert_eq!(of("conditional", "kondishional"), Some(3));
        assert_eq!(of("index", "conditional"), None);
    }

    #[test]
    fn the_nearest_and_most_frequent_word_is_taken() {
        let words = TitleWords::of(["Indexes", "The index", "An index", "Inject", "Idempotency", "Größe"].into_iter());
        let nearest = |word: &str| words.nearest(word).map(|(.., word)| word.to_owned());
        assert_eq!(nearest("imdex"), Some("index".into()));
        assert_eq!(nearest("indx"), Some("index".into()), "one letter from four on");
        assert_eq!(nearest("idempotncey"), Some("idempotency".into()), "two from eight on");
        assert_eq!(nearest("idmpotncy"), Some("idempotency".into()));
        assert_eq!(nearest("idx"), None);
        assert_eq!(nearest("imdxe"), None);
        assert_eq!(nearest("grosze"), Some("grosse".into()));
        assert_eq!(nearest("nothing"), None);
    }

    proptest! {
        /// The quick look at letters leaves out nothing that a look at all words would find.
        #[test]
        fn nothing_near_is_left_out(all in proptest::collection::vec("[a-f]{3,9}", 1..20), word in "[a-f]{4,9}") {
            let words = TitleWords::of(all.iter().map(String::as_str));
            let most = if word.len() < 8 { 1 } else { 2 };
            let near = all.iter().filter(|other| stem(other) != stem(&word));
            let least = near.filter_map(|other| distance(&chars(&word), &chars(other), most)).min();
            prop_assert_eq!(words.nearest(&word).map(|(distance, ..)| distance), least);
        }
    }
}
