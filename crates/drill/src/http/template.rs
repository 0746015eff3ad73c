//! Text with `{{name}}` in it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'t> {
    Text(&'t str),
    Name(&'t str),
}

/// The pieces of a template.
pub(super) fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find("{{") {
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        let end = rest[at..].find("}}").ok_or("`{{` without `}}` behind it")?;
        let name = rest[at + 2..at + end].trim();
        if !is_name(name) {
            return Err(format!("`{{{{{name}}}}}` holds no name: letters a to z, digits, `_`, and `.` between them"));
        }
        parts.push(Part::Name(name));
        rest = &rest[at + end + 2..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.split('.').all(is_plain_name)
}

/// Whether a variable or capture may be called so.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Values by name, and names without one.
pub(super) trait Scope {
    fn get(&self, name: &str) -> Option<Value>;
}

impl Scope for BTreeMap<String, Value> {
    fn get(&self, name: &str) -> Option<Value> {
        Self::get(self, name).cloned()
    }
}

/// A name for which there is no value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing(pub(super) String);

/// A template with its values. One that is a name alone gives the value as it is, any other one a text. What is no
/// template, which an accepted drill does not have, stays as it is.
pub(super) fn render(text: &str, scope: &impl Scope) -> Result<Value, Missing> {
    let value = |name: &str| scope.get(name).ok_or_else(|| Missing(name.to_owned()));
    match parts(text).as_deref() {
        Ok([Part::Name(name)]) => value(name),
        Ok(_) => render_with(text, scope, |text| text).map(Value::String),
        Err(_) => Ok(Value::String(text.to_owned())),
    }
}

/// As [`render`], but always a text, with `encode` over each value.
pub(super) fn render_with(
    text: &str,
    scope: &impl Scope,
    encode: impl Fn(String) -> String,
) -> Result<String, Missing> {
    let Ok(parts) = parts(text) else { return Ok(text.to_owned()) };
    let mut rendered = String::new();
    for part in parts {
        match part {
            Part::Text(text) => rendered.push_str(text),
            Part::Name(name) => {
                let value = scope.get(name).ok_or_else(|| Missing(name.to_owned()))?;
                rendered.push_str(&encode(text_of(&value)));
            }
        }
    }
    Ok(rendered)
}

/// Renders every text in a value, not the names of fields.
pub(super) fn render_value(value: &Value, scope: &impl Scope) -> Result<Value, Missing> {
    Ok(match value {
        Value::String(text) => render(text, scope)?,
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| render_value(item, scope)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| Ok((name.clone(), render_value(value, scope)?));
            Value::Object(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

/// A text as it is, anything else as JSON.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> BTreeMap<String, Value> {
        [("n".to_owned(), json!(7)), ("s".to_owned(), json!("x y")), ("o".to_owned(), json!({"a": 1}))].into()
    }

    #[test]
    fn a_name_alone_keeps_its_type() {
        assert_eq!(render("{{n}}", &scope()), Ok(json!(7)));
        assert_eq!(render("{{ o }}", &scope()), Ok(json!({"a": 1})));
        assert_eq!(render("{{n}} ", &scope()), Ok(json!("7 ")));
        assert_eq!(render("{{n}}{{s}}", &scope()), Ok(json!("7x y")));
        assert_eq!(render("{ {n} } }}", &scope()), Ok(json!("{ {n} } }}")));
        assert_eq!(render("", &scope()), Ok(json!("")));
    }

    #[test]
    fn a_value_is_rendered_at_every_level() {
        let value = json!({"a": ["{{n}}", {"b": "is {{n}}"}], "{{n}}": true});
        let expected = json!({"a": [7, {"b": "is 7"}], "{{n}}": true});
        assert_eq!(render_value(&value, &scope()), Ok(expected));
        assert_eq!(render_value(&json!(["{{none}}"]), &scope()), Err(Missing("none".into())));
    }

    #[test]
    fn what_a_value_brings_is_no_template() {
        let scope: BTreeMap<String, Value> = [("a".to_owned(), json!("{{b}}"))].into();
        assert_eq!(render("<{{a}}>", &scope), Ok(json!("<{{b}}>")));
    }

    #[test]
    fn what_is_no_template_is_told() {
        for text in ["{{", "a {{b", "{{}}", "{{ }}", "{{A}}", "{{1}}", "{{a b}}", "{{a.}}", "{{{a}}}"] {
            assert!(parts(text).is_err(), "{text}");
        }
        assert!(parts("}} { } {a}").is_ok());
    }
}
