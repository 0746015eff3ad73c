//! Values that follow from a seed.

use serde_json::Value;

use super::template::{Scope, render_value};
use super::{HttpDrill, Vars};

/// What a variable may be made of, after `random.`.
pub(super) const KINDS: &[&str] = &["word", "text", "uuid", "int", "hex", "email", "date", "bool"];

const WORDS: &[&str] = &[
    "amber", "anchor", "birch", "brook", "cedar", "cinder", "clover", "copper", "coral", "crane", "dune", "ember",
    "falcon", "fern", "flint", "garnet", "glade", "granite", "harbour", "hazel", "heron", "indigo", "iris", "ivory",
    "jasper", "juniper", "kelp", "lagoon", "larch", "lichen", "lilac", "linden", "lotus", "maple", "marble", "meadow",
    "merlin", "mint", "moss", "nettle", "oak", "ochre", "olive", "onyx", "opal", "orchid", "osprey", "otter", "pebble",
    "pine", "plover", "quartz", "raven", "reed", "ridge", "rowan", "sable", "saffron", "sorrel", "spruce", "thistle",
    "umber", "willow", "wren",
];

/// Texts that a service which counts bytes, or takes all for ASCII, gets wrong.
const TEXTS: &[&str] = &[
    "naïve café",
    "Größe 10 µm",
    "日本語のメモ",
    "пример заметки",
    "a \"quoted\" note",
    "50 % & more <ok>",
    "🌱 sprout",
    "O’Brien’s list",
];

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Two generators side by side, so that all of a seed counts.
struct Random(std::cell::RefCell<(SplitMix64, SplitMix64)>);

impl Random {
    fn next(&self) -> u64 {
        let (high, low) = &mut *self.0.borrow_mut();
        high.next() ^ low.next().rotate_left(32)
    }

    fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn pick(&self, of: &'static [&'static str]) -> &'static str {
        of[self.below(of.len() as u64) as usize]
    }

    fn word(&self) -> String {
        format!("{}-{}", self.pick(WORDS), self.pick(WORDS))
    }
}

impl Scope for Random {
    fn get(&self, name: &str) -> Option<Value> {
        Some(match name.strip_prefix("random.")? {
            "word" => self.word().into(),
            "text" => self.pick(TEXTS).into(),
            "int" => (1 + self.below(1_000_000)).into(),
            "hex" => format!("{:016x}", self.next()).into(),
            "bool" => (self.below(2) == 1).into(),
            "email" => format!("{}-{}@example.org", self.word(), self.below(10_000)).into(),
            "date" => {
                format!("20{:02}-{:02}-{:02}", 20 + self.below(20), 1 + self.below(12), 1 + self.below(28)).into()
            }
            "uuid" => {
                let (high, low) = (self.next(), self.next());
                let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000;
                let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0x0FFF);
                format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", low >> 48, low & 0xFFFF_FFFF_FFFF).into()
            }
            _ => return None,
        })
    }
}

/// The variables in the order of their names.
pub(super) fn vars(drill: &HttpDrill, seed: u128) -> Vars {
    let random = Random((SplitMix64((seed >> 64) as u64), SplitMix64(seed as u64)).into());
    let value = |value: &Value| render_value(value, &random).unwrap_or(Value::Null);
    drill.vars.iter().map(|(name, template)| (name.clone(), value(template))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The first values for the seed 1234567, as they are widely published.
        let mut random = SplitMix64(1_234_567);
        let values: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(values, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    fn drill() -> HttpDrill {
        let vars = json!({
            "word": "{{random.word}}", "text": "{{random.text}}", "uuid": "{{random.uuid}}", "int": "{{random.int}}",
            "hex": "{{random.hex}}", "email": "{{random.email}}", "date": "{{random.date}}", "yes": "{{random.bool}}",
            "deep": {"title": "note {{random.word}}", "tags": ["{{random.int}}", 5]},
        });
        serde_json::from_value(json!({ "vars": vars, "steps": [] })).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_values_and_each_half_of_it_counts() {
        let vars = |seed: u128| drill().vars(seed);
        assert_eq!(vars(1), vars(1));
        let all: BTreeSet<_> = [0, 1, 2, 1 << 64, 2 << 64].map(|seed| vars(seed)["uuid"].to_string()).into();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn values_have_their_types() {
        let uuid = regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
        for seed in 0..200 {
            let vars = drill().vars(seed);
            assert!(uuid.is_match(vars["uuid"].as_str().unwrap()), "{vars:?}");
            assert!((1..=1_000_000).contains(&vars["int"].as_u64().unwrap()));
            assert!(vars["yes"].is_boolean() && vars["deep"]["tags"][0].is_u64());
            assert!(vars["deep"]["title"].as_str().unwrap().starts_with("note "));
            assert_eq!(vars["hex"].as_str().unwrap().len(), 16);
        }
    }

    #[test]
    fn every_kind_is_known() {
        let random = Random((SplitMix64(1), SplitMix64(2)).into());
        for kind in KINDS {
            assert!(random.get(&format!("random.{kind}")).is_some(), "{kind}");
        }
        assert_eq!(random.get("random.none"), None);
        assert_eq!(random.get("word"), None);
    }
}
