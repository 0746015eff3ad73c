use std::collections::BTreeSet;

use cairn_domain::shared::ContentId;
use rust_decimal::Decimal;

use super::node::{Entry, Node, Scalar, Value};
use super::shape::{Record, Shape, duration_seconds, is_decimal};
use crate::faults::{Code, Faults, did_you_mean};
use crate::text::refused_character;

/// Reports everything about a value that is not of its shape. `name` is the field's, for messages.
pub(crate) fn check(node: &Node, shape: &'static Shape, name: &str, faults: &mut Faults) {
    match (shape, &node.value) {
        (Shape::Record(record), Value::Map(entries)) => check_record(node, entries, record, faults),
        (Shape::List { of, min, max, unique }, Value::List(items)) => {
            let count = items.len();
            if count < *min || count > *max {
                let message = format!("`{name}` has {count} items; it takes {min} to {max}.");
                faults.add(
                    node.at,
                    Code::OutOfRange,
                    message,
                    if count < *min { "Add what is missing." } else { "Remove some." },
                );
            }
            for item in items {
                check(item, of, name, faults);
            }
            if *unique {
                check_unique(items, name, faults);
            }
        }
        (Shape::Record(_) | Shape::List { .. }, _) | (_, Value::List(_) | Value::Map(_)) => {
            wrong_type(node, shape, name, faults)
        }
        (_, Value::Scalar(scalar)) => check_scalar(node, scalar, shape, name, faults),
    }
}

fn check_record(node: &Node, entries: &[Entry], record: &'static Record, faults: &mut Faults) {
    let decided = record.decided_by.and_then(|field| node.get(field)).and_then(Node::text);
    // A word that the field does not take is a fault of its own, and decides nothing.
    let known = decided.filter(|value| {
        record.decided_by.and_then(|name| record.field(name)).is_some_and(|field| match &field.shape {
            Shape::Word(words) => words.contains(value),
            _ => true,
        })
    });
    for entry in entries {
        let Some(field) = record.field(&entry.key) else {
            let names: Vec<_> = record.fields.iter().filter(|f| f.stands_with(known)).map(|f| f.name).collect();
            let otherwise = format!("The fields are {}.", list(&names));
            let help = did_you_mean(faults.guesses.near_miss(&entry.key, names), &otherwise);
            faults.add(
                entry.at,
                Code::UnknownField,
                format!("{} has no field `{}`.", capital(record.name), short(&entry.key)),
                help,
            );
            continue;
        };
        if !field.stands_with(known) {
            let by = record.decided_by.unwrap_or_default();
            let message = format!(
                "`{}` does not belong to {} whose `{by}` is `{}`.",
                field.name,
                record.name,
                known.unwrap_or_default()
            );
            let help = format!("Remove it, or set `{by}` to {}.", list_or(field.with));
            faults.add(entry.at, Code::UnknownField, message, help);
        }
        check(&entry.value, &field.shape, field.name, faults);
    }
    for field in record.fields.iter().filter(|f| f.required && node.get(f.name).is_none()) {
        // What a deciding field that is absent or unknown asks for can't be told.
        if field.stands_with(known) && (field.with.is_empty() || known.is_some()) {
            let message = format!("{} needs `{}`.", capital(record.name), field.name);
            faults.add(
                node.at,
                Code::MissingField,
                message,
                format!("Add `{}:` with {}.", field.name, expected(&field.shape)),
            );
        }
    }
}

fn check_unique(items: &[Node], name: &str, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for item in items {
        if let Some(text) = item.text()
            && !seen.insert(text)
        {
            faults.add(
                item.at,
                Code::Duplicate,
                format!("`{name}` names `{}` a second time.", short(text)),
                "Remove one of them.",
            );
        }
    }
}

fn check_scalar(node: &Node, scalar: &Scalar, shape: &Shape, name: &str, faults: &mut Faults) {
    let text = scalar.text.as_str();
    if let Some((character, code)) = refused_character(text) {
        let message =
            format!("`{name}` has the character U+{:04X}, which does not belong in a text.", u32::from(character));
        faults.add(node.at, code, message, "Remove it.");
        return;
    }
    match shape {
        Shape::Integer { min, max } => match text.parse::<i64>() {
            Ok(number) if scalar.is_number() => {
                if !(min..=max).contains(&&number) {
                    let message = format!("`{name}` is {number}; it takes {min} to {max}.");
                    faults.add(node.at, Code::OutOfRange, message, "Choose a number in this range.");
                }
            }
            _ => wrong_type(node, shape, name, faults),
        },
        Shape::Bool if scalar.as_bool().is_none() => wrong_type(node, shape, name, faults),
        Shape::Bool => {}
        Shape::Decimal { positive } => match is_decimal(text) {
            Some(number) if *positive && number < Decimal::ZERO => {
                faults.add(
                    node.at,
                    Code::OutOfRange,
                    format!("`{name}` is negative."),
                    "Write how far off an answer may be, 0 or more.",
                );
            }
            Some(_) => {}
            None => wrong_type(node, shape, name, faults),
        },
        _ if !scalar.is_text() => wrong_type(node, shape, name, faults),
        Shape::Id => {
            if ContentId::new(text).is_err() {
                let help = "Use lower-case letters and digits, with single `-` or `.` between them, at most 80 in all.";
                let help =
                    suggested_id(text).map_or_else(|| help.to_owned(), |id| format!("{help} For instance `{id}`."));
                faults.add(node.at, Code::BadId, format!("`{}` can't be an id.", short(text)), help);
            }
        }
        Shape::Line { max } | Shape::Text { max } | Shape::Markdown { max } => {
            check_text(node, text, shape, *max, name, faults)
        }
        Shape::Language => {
            let mut parts = text.split('-');
            let main =
                parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
            if !main
                || text.len() > 35
                || !parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
            {
                faults.add(
                    node.at,
                    Code::BadValue,
                    format!("`{}` is not a language tag.", short(text)),
                    "Write a tag of BCP 47, such as `en` or `pt-BR`.",
                );
            }
        }
        Shape::Duration => {
            if duration_seconds(text).is_none() {
                wrong_type(node, shape, name, faults);
            }
        }
        Shape::Word(words) => {
            if !words.contains(&text) {
                let message = format!("`{name}` can't be `{}`.", short(text));
                let near = faults.guesses.near_miss(text, words.iter().copied());
                let help = did_you_mean(near, &format!("It takes {}.", list_or(words)));
                faults.add(node.at, Code::BadValue, message, help);
            }
        }
        Shape::List { .. } | Shape::Record(_) => wrong_type(node, shape, name, faults),
    }
}

fn check_text(node: &Node, text: &str, shape: &Shape, max: usize, name: &str, faults: &mut Faults) {
    let count = text.chars().count();
    if count > max {
        let message = format!("`{name}` has {count} characters; it takes {max}.");
        faults.add(node.at, Code::TooLong, message, format!("Shorten it by {}.", count - max));
    }
    let blank = text.trim().is_empty();
    if blank && !matches!(shape, Shape::Text { .. }) {
        faults.add(node.at, Code::WrongType, format!("`{name}` is empty."), "Write a text.");
    }
    if matches!(shape, Shape::Line { .. }) && text.trim_end().contains(['\n', '\t']) {
        faults.add(node.at, Code::WrongType, format!("`{name}` is one line without tabs."), "Write it in one line.");
    }
}

fn wrong_type(node: &Node, shape: &Shape, name: &str, faults: &mut Faults) {
    let message = format!("`{name}` takes {}, and this is {}.", expected(shape), node.describe());
    let help = match (shape, &node.value) {
        (
            Shape::Id | Shape::Line { .. } | Shape::Text { .. } | Shape::Markdown { .. } | Shape::Word(_),
            Value::Scalar(s),
        ) if !s.text.is_empty() => {
            format!("Quote it: `\"{}\"`.", short(&s.text))
        }
        (Shape::Integer { .. }, Value::Scalar(s)) if s.text.parse::<i64>().is_ok() => {
            "Write it without quotes.".to_owned()
        }
        (Shape::List { .. }, Value::Scalar(s)) if !s.text.is_empty() => format!("Write `[{}]`.", short(&s.text)),
        (Shape::Duration, _) => {
            "Write a whole number and a unit, at most a year: `90s`, `10m`, `2h` or `1d`.".to_owned()
        }
        _ => format!("Write {}.", expected(shape)),
    };
    faults.add(node.at, Code::WrongType, message, help);
}

/// What a field takes, in words.
pub(crate) fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Id => "an id".to_owned(),
        Shape::Line { .. } => "one line of text".to_owned(),
        Shape::Text { .. } => "a text".to_owned(),
        Shape::Markdown { .. } => "a text in Markdown".to_owned(),
        Shape::Language => "a language tag".to_owned(),
        Shape::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Shape::Bool => "`true` or `false`".to_owned(),
        Shape::Decimal { .. } => "a decimal number such as `12` or `\"0.25\"`".to_owned(),
        Shape::Duration => "a duration such as `10m`".to_owned(),
        Shape::Word(words) => list_or(words),
        Shape::List { .. } => "a list".to_owned(),
        Shape::Record(record) => format!("the fields of {}", record.name),
    }
}

/// The id that a text would make.
fn suggested_id(text: &str) -> Option<String> {
    let mut id = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(80) {
        match c {
            'a'..='z' | '0'..='9' => id.push(c),
            '.' | '-' | ' ' | '_' | '/' if !id.is_empty() && !id.ends_with(['-', '.']) => {
                id.push(if c == '.' { '.' } else { '-' })
            }
            _ => {}
        }
    }
    let id = id.trim_end_matches(['-', '.']);
    (!id.is_empty() && id != text).then(|| id.to_owned())
}

/// The beginning of a text, fit for a message.
pub(crate) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 60 && line.len() == text.len() {
        return text.to_owned();
    }
    line.chars().take(60).chain(['…']).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn list(names: &[&str]) -> String {
    join(names, "and")
}

fn list_or(names: &[&str]) -> String {
    join(names, "or")
}

fn join(names: &[&str], word: &str) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} {word} {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::super::shape::Field;
    use super::*;

    static PART: Record = Record {
        name: "a part",
        doc: "",
        decided_by: Some("kind"),
        fields: &[
            Field::required("kind", Shape::Word(&["round", "square"]), ""),
            Field::required("id", Shape::Id, ""),
            Field::optional("title", Shape::Line { max: 5 }, ""),
            Field::optional("note", Shape::Text { max: 5 }, ""),
            Field::optional("on", Shape::Bool, ""),
            Field::optional("tolerance", Shape::Decimal { positive: true }, ""),
            Field::optional("wait", Shape::Duration, ""),
            Field::optional("language", Shape::Language, ""),
            Field::required("radius", Shape::Integer { min: 1, max: 9 }, "").with(&["round"]),
            Field::optional("ids", Shape::List { of: &Shape::Id, min: 1, max: 2, unique: true }, ""),
        ],
    };
    static SHAPE: Shape = Shape::Record(&PART);

    fn faults(text: &str) -> Vec<(String, String)> {
        let mut faults = Faults::of("x", crate::faults::Guesses::OF_PACK);
        let node = parse(text, 1, &mut faults).unwrap();
        check(&node, &SHAPE, "part", &mut faults);
        faults.into_vec().into_iter().map(|f| (format!("{}:{}:{}", f.code, f.line, f.column), f.help)).collect()
    }
    fn codes(rest: &str) -> Vec<String> {
        faults(&format!("kind: square\nid: a\n{rest}")).into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn good_values_have_no_faults() {
        let all = "title: T\nnote: ''\non: false\ntolerance: 0.5\nwait: 10m\nlanguage: pt-BR\nids: [a, b.c]\n";
        assert!(codes(all).is_empty(), "{:?}", codes(all));
        assert!(faults("kind: round\nid: a\nradius: 9\ntolerance: '1'").is_empty());
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let found = faults("kind: round\ntitel: x\nids: [A b, c, c]\non: yes\n");
        let codes: Vec<_> = found.iter().map(|f| f.0.as_str()).collect();
        let expected = [
            "unknown-field:2:1",
            "out-of-range:3:6",
            "bad-id:3:7",
            "duplicate-item:3:15",
            "wrong-type:4:5",
            "missing-field:1:1",
            "missing-field:1:1",
        ];
        assert_eq!(codes, expected);
        assert_eq!(found[0].1, "Did you mean `title`?");
        assert!(found[2].1.ends_with("For instance `a-b`."), "{}", found[2].1);
    }

    #[test]
    fn each_shape_refuses_what_is_not_of_it() {
        for (text, code) in [
            ("title: 404", "wrong-type:3:8"),
            ("title: ''", "wrong-type:3:8"),
            ("title: 123456x", "too-long:3:8"),
            ("title: \"a\\nb\"", "wrong-type:3:8"),
            ("title: [a]", "wrong-type:3:8"),
            ("note: ~", "wrong-type:3:7"),
            ("note: ''", ""),
            ("on: 1", "wrong-type:3:5"),
            ("tolerance: -1", "out-of-range:3:12"),
            ("tolerance: abc", "wrong-type:3:12"),
            ("wait: 10", "wrong-type:3:7"),
            ("wait: 10 minutes", "wrong-type:3:7"),
            ("language: English", "bad-value:3:11"),
            ("title: \"a\\0\"", "control-character:3:8"),
            ("title: \"a\\u202e\"", "bidi-control:3:8"),
            ("ids: a", "wrong-type:3:6"),
            ("ids: []", "out-of-range:3:6"),
            ("radius: 3", "unknown-field:3:1"),
        ] {
            assert_eq!(codes(text).join(" "), code, "{text}");
        }
        assert_eq!(faults("kind: round\nid: a\nradius: 10")[0].0, "out-of-range:3:9");
        assert_eq!(faults("kind: round\nid: a\nradius: '3'")[0].1, "Write it without quotes.");
        assert_eq!(faults("kind: squar\nid: a")[0].1, "Did you mean `square`?");
        assert_eq!(faults("kind: round\nid: 7\nradius: 1")[0].1, "Quote it: `\"7\"`.");
        assert_eq!(faults("[a]")[0].0, "wrong-type:1:1");
    }
}
