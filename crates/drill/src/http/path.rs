use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 300;
const MAX_NESTING: usize = 12;
const MAX_COMMAS: usize = 4;

/// A path into JSON (RFC 9535), read once; in JSON its text.
///
/// What an answer of a hostile service could make costly is refused: more than one `..`, `..` together with `,`, many `,`,
/// and `$` inside of a filter. So are `match()` and `search()`: their pattern could come from the answer.
#[derive(Clone)]
pub struct JsonPath {
    text: String,
    query: serde_json_path::JsonPath,
    singular: bool,
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// Why it is none, or none that is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_PATH_BYTES {
            return Err(format!("a path has at most {MAX_PATH_BYTES} bytes"));
        }
        let bare = outside_quotes(text);
        let count = |what: char| bare.chars().filter(|c| *c == what).count();
        let (commas, descents) = (count(','), bare.matches("..").count());
        if count('(') + count('[') > MAX_NESTING || count('!') > MAX_NESTING {
            return Err(format!("a path has at most {MAX_NESTING} brackets"));
        }
        if descents > 1 || commas > MAX_COMMAS || (descents == 1 && commas > 0) {
            return Err(format!("a path has at most one `..`, or else at most {MAX_COMMAS} times `,`"));
        }
        if count('$') > 1 {
            return Err("a filter begins at `@`: `$` stands at the beginning of a path only".into());
        }
        let query = serde_json_path::JsonPath::parse(text).map_err(|error| {
            format!("`{text}` is no path that RFC 9535 knows, at character {}: {}", error.position(), error.message())
        })?;
        let singular = descents == 0 && !bare.contains(['*', '?', ':', ',']);
        Ok(Self { text: text.to_owned(), query, singular })
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names at most one place: it has only names and indexes.
    #[must_use]
    pub const fn is_singular(&self) -> bool {
        self.singular
    }

    /// What it selects, in the document's order; nothing where nothing is there.
    #[must_use]
    pub fn select<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.query.query(value).all()
    }
}

/// The text without what stands in quotes.
fn outside_quotes(text: &str) -> String {
    let (mut bare, mut quote, mut escaped) = (String::new(), None, false);
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None => bare.push(c),
        }
    }
    bare
}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for JsonPath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for JsonPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// What drills rely on of RFC 9535.
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn selects(path: &str, value: &Value, expected: &Value) {
        let path = JsonPath::parse(path).unwrap();
        let found: Vec<Value> = path.select(value).into_iter().cloned().collect();
        assert_eq!(Value::Array(found), *expected, "{path:?}");
    }

    #[test]
    fn names_and_indexes() {
        let value = json!({"a": {"b c": [1, 2, 3], "": 4, "ü": 5, "null": null, "'": 6, "\n": 7}});
        selects("$", &json!(1), &json!([1]));
        selects("$.a['b c'][0]", &value, &json!([1]));
        selects("$.a[\"b c\"][-1]", &value, &json!([3]));
        selects("$.a['']", &value, &json!([4]));
        selects("$.a.ü", &value, &json!([5]));
        selects("$.a['\\'']", &value, &json!([6]));
        selects("$.a['\\n']", &value, &json!([7]));
        selects("$.a['\\u00fc']", &value, &json!([5]));
        selects("$.a.null", &value, &json!([null]));
    }

    #[test]
    fn what_is_not_there_selects_nothing() {
        let value = json!({"a": [1], "s": "text", "n": null});
        for path in
            ["$.b", "$.a.b", "$.a[1]", "$.a[-2]", "$.s[0]", "$.s.length", "$.n.a", "$.A", "$['a '].x", "$.a['0']"]
        {
            selects(path, &value, &json!([]));
        }
    }

    #[test]
    fn wildcards_take_values_of_arrays_and_records_and_nothing_of_others() {
        selects("$[*]", &json!([1, [2]]), &json!([1, [2]]));
        selects("$.*", &json!({"a": 1}), &json!([1]));
        selects("$.*", &json!("text"), &json!([]));
        selects("$[*][*]", &json!([[1], [2, 3], 4]), &json!([1, 2, 3]));
    }

    #[test]
    fn slices_count_from_either_end_and_may_step_backwards() {
        let value = json!([0, 1, 2, 3, 4]);
        selects("$[1:3]", &value, &json!([1, 2]));
        selects("$[-2:]", &value, &json!([3, 4]));
        selects("$[:2]", &value, &json!([0, 1]));
        selects("$[::2]", &value, &json!([0, 2, 4]));
        selects("$[::-1]", &value, &json!([4, 3, 2, 1, 0]));
        selects("$[::0]", &value, &json!([]));
        selects("$[3:100]", &value, &json!([3, 4]));
        selects("$[3:1]", &value, &json!([]));
        selects("$[0:1]", &json!({"0": 1}), &json!([]));
    }

    #[test]
    fn several_selectors_keep_their_order_and_repeat() {
        selects("$[1,0,1]", &json!([10, 11]), &json!([11, 10, 11]));
        selects("$['b','a']", &json!({"a": 1, "b": 2}), &json!([2, 1]));
        selects("$['a','x']", &json!({"a": 1}), &json!([1]));
    }

    #[test]
    fn descendants_reach_every_level_and_the_value_itself() {
        let value = json!({"id": 1, "items": [{"id": 2}, {"more": {"id": 3}}]});
        let mut found: Vec<_> = JsonPath::parse("$..id").unwrap().select(&value).into_iter().cloned().collect();
        found.sort_by_key(Value::as_i64);
        assert_eq!(found, [json!(1), json!(2), json!(3)]);
        selects("$..[0]", &json!([[1], 2]), &json!([[1], 1]));
    }

    #[test]
    fn filters_compare_test_and_combine() {
        let value = json!([{"n": 1, "s": "b"}, {"n": 2, "s": "a", "x": null}, {"n": 2.5}, {"s": "b"}, 7]);
        selects("$[?@.n > 1].n", &value, &json!([2, 2.5]));
        selects("$[?@.n == 1.0].n", &value, &json!([1]));
        selects("$[?@.s >= 'b'].s", &value, &json!(["b", "b"]));
        selects("$[?@.x].n", &value, &json!([2]));
        selects("$[?!@.n].s", &value, &json!(["b"]));
        selects("$[?@.x == null].n", &value, &json!([2]));
        selects("$[?@.n == 1 || @.n == 2 && @.s == 'a'].n", &value, &json!([1, 2]));
        selects("$[?(@.n == 1 || @.n == 2) && @.s == 'a'].n", &value, &json!([2]));
        selects("$[?@.n == '1']", &value, &json!([]));
        selects("$[?@ == 7]", &value, &json!([7]));
        selects(
            "$[?@.a == @.b].id",
            &json!([{"id": 1, "a": [1, {"x": 2}], "b": [1, {"x": 2}]}, {"id": 2, "a": 1, "b": 2}]),
            &json!([1]),
        );
        selects("$[?@.a == @.b]", &json!([1]), &json!([1]));
        selects("$[?@.a > @.b]", &json!([1]), &json!([]));
        selects("$[?@ > 'a']", &json!({"k": "b", "l": "a"}), &json!(["b"]));
    }

    #[test]
    fn functions_measure() {
        let value = json!([{"t": "äöü", "l": [1, 2]}, {"t": "a", "l": []}]);
        selects("$[?length(@.t) == 3].t", &value, &json!(["äöü"]));
        selects("$[?count(@.l[*]) == 0].t", &value, &json!(["a"]));
        selects("$[?value(@.l[1:]) == 2].t", &value, &json!(["äöü"]));
        selects("$[?length(@.none) == 0]", &value, &json!([]));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "a",
            ".a",
            "$.",
            "$[",
            "$[01]",
            "$[-0]",
            "$.a b",
            "$ ",
            " $",
            "$[a]",
            "$['a]",
            "$.1a",
            "$[?@.a=1]",
            "$[1.5]",
            "$...a",
        ] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_could_be_costly_is_refused() {
        for text in [
            "$..a..b",
            "$..['a','b']",
            "$[*,*][*,*][*,*][*,*][*,*]",
            "$[?@.a == $.b]",
            "$[?match(@.a, @.b)]",
            "$[?search(@.a, 'a+')]",
            &format!("$[?{}@.a{}]", "(".repeat(40), ")".repeat(40)),
            &format!("$[?{}@.a]", "!".repeat(40)),
            &format!("$.{}", "a".repeat(400)),
        ] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
        assert!(JsonPath::parse("$['..', '$', ',,,,,,']").is_ok(), "what is quoted is a name");
    }

    #[test]
    fn it_is_known_whether_a_path_names_one_place() {
        for text in ["$", "$.a", "$['a*,:?..'][0]", "$[-1].b"] {
            assert!(JsonPath::parse(text).unwrap().is_singular(), "{text}");
        }
        for text in ["$[*]", "$.*", "$..a", "$[0:1]", "$[?@.a]", "$[0,1]"] {
            assert!(!JsonPath::parse(text).unwrap().is_singular(), "{text}");
        }
    }

    #[test]
    fn it_is_its_text_in_json() {
        let path: JsonPath = serde_json::from_value(json!("$.a")).unwrap();
        assert_eq!(serde_json::to_value(path).unwrap(), json!("$.a"));
    }
}
