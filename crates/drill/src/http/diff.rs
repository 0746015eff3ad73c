//! Where two values of JSON differ, told with the path.

use serde_json::Value;

use super::predicate::same;

/// How many differences are told.
const MOST: usize = 3;

/// Whether fields that are not asked for may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    Allowed,
    Refused,
}

/// The first differences, such as `$.items[0].id is 3, not 2`.
pub(super) fn differences(path: &str, expected: &Value, got: &Value, extra: Extra) -> Vec<String> {
    let mut found = Vec::new();
    compare(path.to_owned(), expected, got, extra, &mut found);
    found
}

fn compare(path: String, expected: &Value, got: &Value, extra: Extra, found: &mut Vec<String>) {
    if found.len() >= MOST {
        return;
    }
    match (expected, got) {
        (Value::Object(wanted), Value::Object(there)) => {
            for (name, expected) in wanted {
                match there.get(name) {
                    Some(got) => compare(field(&path, name), expected, got, extra, found),
                    None => push(found, format!("{} is missing", field(&path, name))),
                }
            }
            for name in there.keys().filter(|name| extra == Extra::Refused && !wanted.contains_key(*name)) {
                push(found, format!("{} was not asked for", field(&path, name)));
            }
        }
        (Value::Array(wanted), Value::Array(there)) => {
            if wanted.len() != there.len() {
                push(found, format!("{path} has {} items, not {}", there.len(), wanted.len()));
            }
            for (index, (expected, got)) in wanted.iter().zip(there).enumerate() {
                compare(format!("{path}[{index}]"), expected, got, extra, found);
            }
        }
        _ if same(expected, got, false) => {}
        _ => push(found, format!("{path} is {}, not {}", short(got), short(expected))),
    }
}

fn push(found: &mut Vec<String>, difference: String) {
    if found.len() < MOST {
        found.push(difference);
    }
}

/// The path of a field, as RFC 9535 writes it.
fn field(path: &str, name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    if name.chars().all(plain) && !name.starts_with(|c: char| c.is_numeric()) && !name.is_empty() {
        format!("{path}.{name}")
    } else {
        format!("{path}['{}']", cut(&name.escape_default().to_string(), 40))
    }
}

/// A value as JSON, shortened.
pub(super) fn short(value: &Value) -> String {
    cut(&value.to_string(), 60)
}

/// At most so many characters, the last of them `…` where there were more.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_path_of_each_difference_is_told() {
        let expected = json!({"id": 1, "owner": {"name": "Ada"}, "tags": ["a", "b"], "x y": null});
        let got = json!({"id": 1.0, "owner": {"name": "Bob", "age": 3}, "tags": ["a", "c"], "more": true});
        let told = differences("$", &expected, &got, Extra::Allowed);
        assert_eq!(
            told,
            ["$.owner.name is \"Bob\", not \"Ada\"", "$.tags[1] is \"c\", not \"b\"", "$['x y'] is missing"]
        );
        let told = differences("$.note", &json!({}), &json!({"1a": 2}), Extra::Refused);
        assert_eq!(told, ["$.note['1a'] was not asked for"]);
        assert_eq!(differences("$", &json!([1]), &json!([1, 2]), Extra::Allowed), ["$ has 2 items, not 1"]);
        assert_eq!(differences("$", &json!({"a": [1]}), &json!({"a": {}}), Extra::Allowed), ["$.a is {}, not [1]"]);
        assert!(
            differences("$", &json!({"a": [{"b": 1}]}), &json!({"a": [{"b": 1, "c": 2}]}), Extra::Allowed).is_empty()
        );
    }

    #[test]
    fn it_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("", 0), "");
    }
}
