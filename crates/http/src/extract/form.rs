//! What a form of a page sends, read by the same rules as the API's JSON.

use actix_web::web;
use serde_json::{Map, Number, Value};

use crate::call::Call;
use crate::extract::input::{self, Input};
use crate::problem::{HttpCode, Problem};

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

/// Fields that are no plain text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// May come any number of times, as boxes that are ticked do.
    pub(crate) lists: &'static [&'static str],
    /// Whole numbers.
    pub(crate) numbers: &'static [&'static str],
}

impl Form {
    /// Takes a body apart.
    ///
    /// # Errors
    /// `bad_request` for what no browser sends.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        let unreadable = || Problem::new(HttpCode::BadRequest, "The fields of the form cannot be read.");
        let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
        let pairs = web::Query::<Vec<(String, String)>>::from_query(text).map_err(|_| unreadable())?;
        Ok(Self(pairs.into_inner()))
    }

    /// Takes a field out, so that it is none of the input's.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(of, _)| of == name)?;
        Some(self.0.remove(at).1)
    }

    /// A field's text; empty when it did not come.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(of, _)| of == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that may come several times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The names of the fields that came.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(of, _)| of.as_str())
    }

    /// Whether a list has a value.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(of, is)| of == name && is == value)
    }

    /// Reads the fields as the API would read them from JSON, and makes of them what the domain's `rules` do.
    ///
    /// # Errors
    /// `invalid` with every fault at once; whatever else the rules say.
    pub(crate) fn input<T: Input, U>(
        &self,
        shape: Shape,
        rules: impl FnOnce(T) -> cairn_domain::Result<U>,
    ) -> Result<U, Problem> {
        let mut fields = Map::new();
        for name in shape.lists {
            fields.insert((*name).to_owned(), Value::Array(Vec::new()));
        }
        for (name, value) in &self.0 {
            let value = if !shape.numbers.contains(&name.as_str()) {
                Value::String(value.clone())
            } else if let Some(number) = number(value) {
                number
            } else {
                continue;
            };
            match fields.get_mut(name) {
                Some(Value::Array(items)) => items.push(value),
                Some(_) => return Err(Call::field(&format!("/{name}"), "duplicate", "This came twice.")),
                None => {
                    fields.insert(name.clone(), value);
                }
            }
        }
        input::read(Value::Object(fields), rules)
    }
}

/// A number as somebody typed it; `None` for what is none.
fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = text.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| text.parse().ok().and_then(Number::from_f64)).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cairn_domain::identity::Scope;

    use super::*;

    crate::extract::input::input! {
        /// A form with a field of each sort.
        struct SampleInput {
            /// Text.
            name: String,
            /// A list.
            #[schema(value_type = Vec<String>)]
            scopes: BTreeSet<Scope>,
            /// A number.
            days: u32,
        }
    }

    const SHAPE: Shape = Shape { lists: &["scopes"], numbers: &["days"] };

    fn read(body: &str) -> Result<(String, usize, u32), Vec<String>> {
        let form = Form::read(body.as_bytes()).unwrap();
        let read = form.input(SHAPE, |input: SampleInput| Ok((input.name, input.scopes.len(), input.days)));
        read.map_err(|problem| {
            let told = problem.errors_told().iter();
            told.map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
        })
    }

    #[test]
    fn fields_are_read_as_the_api_reads_them() {
        let body = "name=A%26B+%C3%A9&scopes=account%3Aread&scopes=learning%3Aread&days=+30+";
        assert_eq!(read(body), Ok(("A&B é".to_owned(), 2, 30)));
        assert_eq!(read("name=&days=1"), Ok((String::new(), 0, 1)), "what the rules say of it is theirs");
    }

    #[test]
    fn every_fault_is_told_at_its_field() {
        let told = |faults: &[&str]| Err(faults.iter().map(|fault| (*fault).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            read("scopes=all&days=-1&admin=true"),
            told(&["/name required", "/scopes/0 unknown_scope", "/days range", "/admin unknown_field"])
        );
        assert_eq!(read("name=a&days=soon"), told(&["/days required"]));
        assert_eq!(read("name=a&name=b&days=1"), told(&["/name duplicate"]));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for body in [&b"name=\xff"[..], b"\xff\xfe"] {
            assert_eq!(Form::read(body).unwrap_err().reason.as_str(), "bad_request");
        }
    }

    #[test]
    fn a_field_can_be_taken_out() {
        let mut form = Form::read(b"a=1&b=2").unwrap();
        assert_eq!(
            (form.take("a").as_deref(), form.take("a"), form.get("a"), form.get("b")),
            (Some("1"), None, "", "2")
        );
    }
}
