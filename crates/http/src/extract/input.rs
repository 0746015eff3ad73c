//! JSON values become typed input, with every fault told at once.

use std::collections::{BTreeMap, BTreeSet};

use cairn_domain::Error;
use cairn_domain::identity::{Role, Scope, UserState};
use cairn_domain::learning::EnrolmentState;
use serde_json::{Map, Value};

use crate::problem::{FieldError, Problem};

/// Collects faults while it walks through a value.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    path: String,
    faults: Vec<FieldError>,
}

/// Something that can be read from JSON.
pub(crate) trait Input: Sized {
    /// Reads a value that is there. What is faulty has been noted, and is `None` or blank.
    fn read(value: Value, reader: &mut Reader) -> Option<Self>;

    /// What it is when it is left out; `None` when it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// What stands in its place, where it is faulty, while rules judge the rest; `None` when nothing can.
    fn blank() -> Option<Self> {
        Self::absent()
    }
}

/// Reads a whole body, and makes of it what the domain's `rules` do.
///
/// # Errors
/// `invalid` with every fault of form and every violated rule, all at once; whatever else the rules say.
pub(crate) fn read<T: Input, U>(value: Value, rules: impl FnOnce(T) -> cairn_domain::Result<U>) -> Result<U, Problem> {
    let mut reader = Reader::default();
    let ruled = T::read(value, &mut reader).map(rules);
    let mut faults = reader.faults;
    match ruled {
        Some(ruled) if faults.is_empty() => return ruled.map_err(Problem::from),
        Some(Err(error)) => {
            // The field of a body that a pointer is in or at.
            let field = |pointer: &str| pointer.split('/').nth(1).map(str::to_owned);
            let faulty: BTreeSet<_> = faults.iter().map(|fault| field(&fault.pointer)).collect();
            // A field that is faulty itself was blank before the rules: what they say of it means nothing.
            let told = error.violations().iter().filter(|violation| !faulty.contains(&field(&violation.pointer)));
            faults.extend(told.cloned().map(FieldError::from));
        }
        _ => {}
    }
    Err(Problem::invalid(faults))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Reader {
    pub(crate) fn fault(&mut self, code: &str, detail: impl Into<String>) {
        self.faults.push(FieldError::new(self.path.clone(), code, detail));
    }

    fn wrong_type(&mut self, needed: &str, value: &Value) {
        self.fault("type", format!("This has to be {needed}; it is {}.", kind(value)));
    }

    fn domain_fault(&mut self, error: &Error) {
        for violation in error.violations() {
            self.fault(&violation.rule, violation.detail.clone());
        }
    }

    /// Reads below a step: a key or an index.
    fn below<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push('/');
        // RFC 6901, 3: these two characters are written otherwise in a pointer.
        self.path.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let value = read(self);
        self.path.truncate(length);
        value
    }

    /// The fields of an object; `None`, noted, when it is none.
    pub(crate) fn object(&mut self, value: Value) -> Option<Map<String, Value>> {
        match value {
            Value::Object(fields) => Some(fields),
            other => {
                self.wrong_type("an object", &other);
                None
            }
        }
    }

    /// Takes a field out of an object.
    pub(crate) fn field<T: Input>(&mut self, fields: &mut Map<String, Value>, name: &str) -> Option<T> {
        match fields.remove(name) {
            Some(value) => self.below(name, |reader| T::read(value, reader)),
            None => T::absent().or_else(|| {
                self.below(name, |reader| reader.fault("required", format!("`{name}` is needed.")));
                None
            }),
        }
    }

    /// Notes the fields that are left: nobody knows them.
    pub(crate) fn unknown(&mut self, fields: Map<String, Value>, known: &[&str]) {
        for name in fields.keys() {
            let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let detail = if known.is_empty() {
                "This object has no fields.".to_owned()
            } else {
                format!("There is no such field; there are {known}.")
            };
            self.below(name, |reader| reader.fault("unknown_field", detail));
        }
    }
}

impl Input for String {
    fn blank() -> Option<Self> {
        Some(Self::new())
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            other => {
                reader.wrong_type("a string", &other);
                None
            }
        }
    }
}

impl Input for u32 {
    fn blank() -> Option<Self> {
        Some(0)
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        match value.as_u64().map(u32::try_from) {
            Some(Ok(number)) => return Some(number),
            _ if value.is_number() => {
                reader.fault("range", format!("This has to be a whole number from 0 to {}.", u32::MAX))
            }
            _ => reader.wrong_type("a whole number", &value),
        }
        None
    }
}

impl Input for bool {
    fn blank() -> Option<Self> {
        Some(false)
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        if let Value::Bool(flag) = value {
            return Some(flag);
        }
        reader.wrong_type("true or false", &value);
        None
    }
}

impl<T: Input> Input for Option<T> {
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value, reader).map(Some) }
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// A member of a merge patch (RFC 7396) that can be changed and not removed: absent leaves it, null is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change<T>(pub(crate) Option<T>);

impl<T: Input> Input for Change<T> {
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        if value.is_null() {
            reader.fault("not_removable", "This cannot be removed; leave it out to keep it as it is.");
            return None;
        }
        T::read(value, reader).map(|value| Self(Some(value)))
    }
    fn absent() -> Option<Self> {
        Some(Self(None))
    }
}

fn items(value: Value, reader: &mut Reader) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        other => {
            reader.wrong_type("an array", &other);
            None
        }
    }
}

impl<T: Input> Input for Vec<T> {
    fn blank() -> Option<Self> {
        Some(Self::new())
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let (mut all, mut whole) = (Self::new(), true);
        for (at, item) in items(value, reader)?.into_iter().enumerate() {
            match reader.below(&at.to_string(), |reader| T::read(item, reader)) {
                Some(item) => all.push(item),
                None => whole = false,
            }
        }
        whole.then_some(all)
    }
}

impl<T: Input + Ord> Input for BTreeSet<T> {
    fn blank() -> Option<Self> {
        Some(Self::new())
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let (mut all, mut whole) = (Self::new(), true);
        for (at, item) in items(value, reader)?.into_iter().enumerate() {
            whole &= reader.below(&at.to_string(), |reader| match T::read(item, reader) {
                Some(item) => {
                    let new = all.insert(item);
                    if !new {
                        reader.fault("duplicate", "This is in the list already.");
                    }
                    new
                }
                None => false,
            });
        }
        whole.then_some(all)
    }
}

impl<T: Input> Input for BTreeMap<String, T> {
    fn blank() -> Option<Self> {
        Some(Self::new())
    }
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let (mut all, mut whole) = (Self::new(), true);
        for (key, value) in reader.object(value)? {
            match reader.below(&key, |reader| T::read(value, reader)) {
                Some(value) => _ = all.insert(key, value),
                None => whole = false,
            }
        }
        whole.then_some(all)
    }
}

/// Types that the domain reads from text.
macro_rules! from_text {
    ($($kind:ty),+) => {$(
        impl Input for $kind {
            fn read(value: Value, reader: &mut Reader) -> Option<Self> {
                let text = String::read(value, reader)?;
                text.parse().map_err(|error| reader.domain_fault(&error)).ok()
            }
        }
    )+};
}
from_text!(
    Role,
    Scope,
    EnrolmentState,
    cairn_domain::shared::QuestionId,
    cairn_domain::shared::ChoiceId,
    cairn_domain::shared::ContentId,
    cairn_domain::shared::Date
);

impl Input for UserState {
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let text = String::read(value, reader)?;
        let found = [Self::Active, Self::Disabled].into_iter().find(|state| state.as_str() == text);
        if found.is_none() {
            reader.fault("unknown_state", "The states are active and disabled.");
        }
        found
    }
}

/// An object without fields.
#[derive(Debug)]
pub(crate) struct Nothing;

impl Input for Nothing {
    fn read(value: Value, reader: &mut Reader) -> Option<Self> {
        let fields = reader.object(value)?;
        reader.unknown(fields, &[]);
        Some(Self)
    }
}

/// Declares the fields of a body. Each is taken out of the object, faults are collected over all of them, what is left over
/// is unknown, and faulty fields are blank.
macro_rules! input {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$of:meta])* $field:ident: $kind:ty,)* })+) => {$(
        $(#[$meta])*
        #[derive(Debug, utoipa::ToSchema)]
        pub(crate) struct $name { $($(#[$of])* pub(crate) $field: $kind,)* }

        impl $crate::extract::input::Input for $name {
            fn read(value: serde_json::Value, reader: &mut $crate::extract::input::Reader) -> Option<Self> {
                let mut fields = reader.object(value)?;
                $(let $field = reader.field::<$kind>(&mut fields, stringify!($field));)*
                reader.unknown(fields, &[$(stringify!($field)),*]);
                Some(Self { $($field: $field.or_else(<$kind as $crate::extract::input::Input>::blank)?,)* })
            }
        }
    )+};
}
pub(crate) use input;

#[cfg(test)]
mod tests {
    use cairn_domain::Violations;
    use serde_json::json;

    use super::*;

    input! {
        /// For the tests.
        struct Sample {
            name: String,
            age: Option<u32>,
            tags: BTreeSet<String>,
            lines: Vec<Inner>,
            #[schema(value_type = Option<String>)]
            note: Change<String>,
        }
        /// For the tests.
        struct Inner {
            number: u32,
        }
    }

    fn faults(value: Value) -> Vec<(String, String)> {
        faults_by(value, |_| Ok(()))
    }

    fn faults_by(value: Value, rules: impl FnOnce(Sample) -> Result<(), Error>) -> Vec<(String, String)> {
        let view = serde_json::to_value(read(value, rules).unwrap_err().view("x")).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        view["errors"].as_array().unwrap().iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
    }

    #[test]
    fn what_fits_is_read() {
        let sample: Sample =
            read(json!({ "name": "a", "tags": ["x"], "lines": [{ "number": 1 }], "note": "n" }), Ok).unwrap();
        assert_eq!((sample.name.as_str(), sample.age, sample.note), ("a", None, Change(Some("n".into()))));
        assert_eq!(sample.lines[0].number, 1);
        let sample: Sample = read(json!({ "name": "a", "age": null, "tags": [], "lines": [] }), Ok).unwrap();
        assert_eq!((sample.age, sample.note), (None, Change(None)));
        assert_eq!(sample.tags.len(), 0);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let value = json!({
            "age": -1,
            "tags": ["x", 2, "x"],
            "lines": [{}, { "number": "1" }, { "number": 1, "a/b~c": 2 }, null],
            "note": null,
            "surplus": true,
        });
        let expected = [
            ("/name", "required"),
            ("/age", "range"),
            ("/tags/1", "type"),
            ("/tags/2", "duplicate"),
            ("/lines/0/number", "required"),
            ("/lines/1/number", "type"),
            ("/lines/2/a~1b~0c", "unknown_field"),
            ("/lines/3", "type"),
            ("/note", "not_removable"),
            ("/surplus", "unknown_field"),
        ];
        assert_eq!(faults(value), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn rules_judge_what_could_be_read() {
        let rules = |sample: Sample| {
            let mut all = Violations::new();
            if sample.name.is_empty() {
                all.push("/name", "required", "A name is needed.");
            }
            if sample.tags.is_empty() {
                all.push("/tags", "required", "A tag is needed.");
            }
            if sample.lines.is_empty() {
                all.push("/lines", "required", "A line is needed.");
            }
            all.check()
        };
        let told = |value, expected: &[(&str, &str)]| {
            let expected: Vec<_> = expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            assert_eq!(faults_by(value, rules), expected);
        };
        told(
            json!({ "name": "", "tags": [], "lines": [] }),
            &[("/name", "required"), ("/tags", "required"), ("/lines", "required")],
        );
        told(
            json!({ "name": 1, "tags": [2], "lines": [], "age": "x", "surplus": 1 }),
            &[
                ("/name", "type"),
                ("/age", "type"),
                ("/tags/0", "type"),
                ("/surplus", "unknown_field"),
                ("/lines", "required"),
            ],
        );
        told(
            json!({ "lines": [{}] }),
            &[("/name", "required"), ("/tags", "required"), ("/lines/0/number", "required")],
        );
        let other = |_| Err(Error::not_found("sample", 1));
        let value = json!({ "name": "a", "tags": [], "lines": [] });
        assert_eq!(read::<Sample, ()>(value, other).unwrap_err().reason.as_str(), "not_found");
    }

    #[test]
    fn a_body_of_another_kind_is_one_fault() {
        for value in [json!(null), json!([]), json!("text"), json!(1)] {
            assert_eq!(faults(value), [(String::new(), "type".to_owned())]);
        }
    }

    #[test]
    fn numbers_keep_to_their_range() {
        for (value, code) in [(json!(4294967296_u64), "range"), (json!(1.5), "range"), (json!("1"), "type")] {
            assert_eq!(
                faults(json!({ "name": "a", "tags": [], "lines": [], "age": value })),
                [("/age".to_owned(), code.to_owned())]
            );
        }
    }

    #[test]
    fn texts_of_the_domain_bring_its_rules() {
        let problem = read(json!("queen"), Ok::<Role, Error>).unwrap_err();
        let view = serde_json::to_value(problem.view("x")).unwrap();
        assert_eq!(view["errors"][0]["code"], "unknown_role");
    }
}
