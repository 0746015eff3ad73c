//! JSON as it has to be: UTF-8, one value, each key once. The first fault is told with its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::Problem;

/// How deep values may be nested; the reader's own limit.
const DEPTH: &str = "recursion limit exceeded";
/// How the fault of a key that is there twice begins; [`read`] tells it apart by this.
const TWICE: &str = "the key ";

/// A value in which no object has a key twice: of two values, readers on the way may have seen another than we do.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Strict;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_bool<E>(self, v: bool) -> Result<Strict, E> {
                Ok(Strict(Value::Bool(v)))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Strict, E> {
                Ok(Strict(Value::Number(v.into())))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Strict, E> {
                Ok(Strict(Value::Number(v.into())))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Strict, E> {
                Ok(Strict(Number::from_f64(v).map_or(Value::Null, Value::Number)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Strict, E> {
                Ok(Strict(Value::String(v.to_owned())))
            }
            fn visit_string<E>(self, v: String) -> Result<Strict, E> {
                Ok(Strict(Value::String(v)))
            }
            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
                let mut all = Vec::new();
                while let Some(Strict(item)) = items.next_element()? {
                    all.push(item);
                }
                Ok(Strict(Value::Array(all)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
                let mut all = Map::new();
                while let Some(key) = entries.next_key::<String>()? {
                    if all.contains_key(&key) {
                        return Err(A::Error::custom(format_args!("{TWICE}`{key}` is there twice")));
                    }
                    let Strict(value) = entries.next_value()?;
                    all.insert(key, value);
                }
                Ok(Strict(Value::Object(all)))
            }
        }
        from.deserialize_any(Any)
    }
}

/// Reads one JSON value.
///
/// # Errors
/// `bad_json` with the line and the column of the first fault.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        let before = String::from_utf8_lossy(&bytes[..fault.valid_up_to()]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Problem::unreadable("not_utf_8", "The body is not UTF-8.".to_owned(), line, column)
    })?;
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => Ok(value),
        Err(fault) => {
            let (line, column) = (fault.line(), fault.column());
            let full = fault.to_string();
            // What serde_json says ends with the place, which stands in fields of its own here.
            let what = full.rsplit_once(" at line ").map_or(full.as_str(), |(what, _)| what);
            let code = match what {
                _ if text.trim().is_empty() => "empty",
                _ if what.starts_with(TWICE) => "duplicate_key",
                _ if what.starts_with(DEPTH) => "too_deep",
                _ => "syntax",
            };
            let detail = match code {
                "empty" => "The body is empty; JSON is expected.".to_owned(),
                "duplicate_key" => format!("An object has a key twice: {what}."),
                "too_deep" => "Values are nested too deeply.".to_owned(),
                _ => format!("The body is not JSON: {what}."),
            };
            Err(Problem::unreadable(code, detail, line, column))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &[u8]) -> (String, u64, u64) {
        let problem = read(text).unwrap_err();
        let view = serde_json::to_value(problem.view("x")).unwrap();
        assert_eq!(view["code"], "bad_json");
        let error = &view["errors"][0];
        (error["code"].as_str().unwrap().into(), error["line"].as_u64().unwrap(), error["column"].as_u64().unwrap())
    }

    #[test]
    fn every_value_is_read() {
        for text in
            ["null", "true", "-1", "18446744073709551615", "1.5", "\"\\u00e9 🦀\"", "[1,[2]]", "{\"a\":{\"b\":1}}"]
        {
            assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn the_first_fault_is_told_with_its_place() {
        assert_eq!(fault(b"{\n  \"a\": 1,\n}"), ("syntax".into(), 3, 1));
        assert_eq!(fault(b"{} x"), ("syntax".into(), 1, 4));
        assert_eq!(fault(b""), ("empty".into(), 1, 0));
        assert_eq!(fault(b"{\"a\": 1, \"a\": 2}").0, "duplicate_key");
        assert_eq!(fault(b"[{\"a\": {\"b\": 1,\n\"b\": 2}}]"), ("duplicate_key".into(), 2, 3));
        assert_eq!(fault(b"{\"\\u0061\": 1, \"a\": 2}").0, "duplicate_key");
        assert_eq!(fault(b"{\"name\":\n\"\xff\"}"), ("not_utf_8".into(), 2, 2));
        assert_eq!(fault("[".repeat(1000).as_bytes()).0, "too_deep");
        assert_eq!(fault(b"{'a': 1}").0, "syntax");
        assert_eq!(fault(b"NaN").0, "syntax");
    }
}
