//! Requests as they are sent.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::template::{Missing, Scope, render, render_value, render_with, text_of};
use super::{HttpDrill, Method, Request, Step};

/// What stands in an address as it is (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Scheme and authority of an address that an answer gave for this request, such as a `Location` that was captured.
    /// Whoever sends it sees to it that it is the service's own.
    pub origin: Option<String>,
    /// Names as the drill writes them, and values. `Cookie` is among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Path and query, without those of the base address.
    pub(super) target: String,
}

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A capture of this name has no value, since its step gave none.
    Missing(String),
    /// Values make something of it that is no request.
    Unsendable(String),
}

impl From<Missing> for Obstacle {
    fn from(Missing(name): Missing) -> Self {
        Self::Missing(name)
    }
}

/// What a step sends, with what it takes from the steps that it is the same as.
pub(super) fn resolve(drill: &HttpDrill, step: &Step) -> Request {
    let own = &step.request;
    let before = drill.steps.iter().take_while(|known| known.id != step.id);
    let Some(like) = own.same_as.as_ref().and_then(|id| before.into_iter().find(|known| known.id == *id)) else {
        return own.clone();
    };
    let mut request = resolve(drill, like);
    request.method = own.method.or(request.method);
    request.path = own.path.clone().or(request.path);
    request.query.extend(own.query.clone());
    for (name, value) in &own.headers {
        request.headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        request.headers.insert(name.clone(), value.clone());
    }
    if own.json.is_some() || own.body.is_some() || own.form.is_some() {
        (request.json, request.body, request.form) = (own.json.clone(), own.body.clone(), own.form.clone());
    }
    request
}

/// Gives a request its values. `cookies` gives the `Cookie` header for path and query.
pub(super) fn build(
    request: &Request,
    base: &str,
    scope: &impl Scope,
    cookies: impl FnOnce(&str) -> Option<String>,
) -> Result<Rendered, Obstacle> {
    let (origin, mut target) = path(request.path.as_deref().unwrap_or("/"), scope)?;
    let query = pairs(request.query.iter(), scope)?;
    if !query.is_empty() {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&query);
    }
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        let value = text_of(&render_value(value, scope)?);
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Obstacle::Unsendable(format!("the header {name} would have a control character in it")));
        }
        headers.push((name.clone(), value));
    }
    let has =
        |headers: &[(String, String)], wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let (body, kind) = if let Some(json) = &request.json {
        (Some(render_value(json, scope)?.to_string()), Some("application/json"))
    } else if let Some(form) = &request.form {
        (Some(pairs(form.iter(), scope)?), Some("application/x-www-form-urlencoded"))
    } else if let Some(body) = &request.body {
        (Some(render_with(body, scope, |text| text)?), None)
    } else {
        (None, None)
    };
    headers.extend(kind.filter(|_| !has(&headers, "content-type")).map(|kind| ("Content-Type".into(), kind.into())));
    if has(&headers, "cookie") {
        headers.retain(|(name, value)| !(name.eq_ignore_ascii_case("cookie") && value.is_empty()));
    } else {
        headers.extend(cookies(&target).map(|cookies| ("Cookie".into(), cookies)));
    }
    let base = origin.as_deref().unwrap_or(base).trim_end_matches('/');
    let method = request.method.unwrap_or(Method::Get);
    Ok(Rendered { method, url: format!("{base}{target}"), origin, headers, body: body.map(String::into_bytes), target })
}

/// A path, and the origin before it where a capture is a whole address.
fn path(template: &str, scope: &impl Scope) -> Result<(Option<String>, String), Obstacle> {
    // A value alone is a path already; one within a path is a piece of it.
    let whole = matches!(super::template::parts(template).as_deref(), Ok([super::template::Part::Name(_)]));
    let rendered = if whole {
        text_of(&render(template, scope)?)
    } else {
        render_with(template, scope, |value| utf8_percent_encode(&value, RESERVED).to_string())?
    };
    let (origin, path) = match rendered.find("://") {
        Some(at) if rendered.starts_with("http://") || rendered.starts_with("https://") => {
            let authority = &rendered[at + 3..];
            let end = authority.find(['/', '?']).unwrap_or(authority.len()) + at + 3;
            (Some(rendered[..end].to_owned()), &rendered[end..])
        }
        _ => (None, rendered.as_str()),
    };
    let path = if origin.is_some() && !path.starts_with('/') { format!("/{path}") } else { path.to_owned() };
    let shown = super::diff::cut(&rendered, 60);
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(Obstacle::Unsendable(format!("`{shown}` is no path: it begins with one `/`")));
    }
    if path.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#' || c == '\\') {
        return Err(Obstacle::Unsendable(format!(
            "`{shown}` is no path: there is a character in it that has to be escaped"
        )));
    }
    Ok((origin, path))
}

/// Names and values as in a query or a form; a list is a name several times.
fn pairs<'r>(of: impl Iterator<Item = (&'r String, &'r Value)>, scope: &impl Scope) -> Result<String, Missing> {
    let mut pairs = Vec::new();
    for (name, value) in of {
        let values = match render_value(value, scope)? {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
            pairs.push(format!("{}={}", encoded(name), encoded(&text_of(&value))));
        }
    }
    Ok(pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn scope() -> BTreeMap<String, Value> {
        [
            ("id", json!("a/b ü")),
            ("n", json!(7)),
            ("at", json!("http://127.0.0.1:9/notes/1?x=2")),
            ("bad", json!("notes/1")),
            ("line", json!("a\r\nB: c")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn built(request: Value) -> Result<Rendered, Obstacle> {
        let request: Request = serde_json::from_value(request).unwrap();
        build(&request, "http://localhost:1/api/", &scope(), |target| Some(format!("at={target}")))
    }

    #[test]
    fn a_request_is_rendered_whole() {
        let request = built(json!({
            "method": "POST", "path": "/notes/{{id}}/{{n}}?a=1", "query": {"q": "x&y", "tag": ["{{n}}", true]},
            "headers": {"X-Key": "k-{{n}}"}, "json": {"n": "{{n}}"},
        }))
        .unwrap();
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.url, "http://localhost:1/api/notes/a%2Fb%20%C3%BC/7?a=1&q=x%26y&tag=7&tag=true");
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(headers[..2], ["X-Key: k-7", "Content-Type: application/json"]);
        assert!(headers[2].starts_with("Cookie: at=/notes/a%2F"), "{headers:?}");
        assert_eq!(request.body.as_deref(), Some(&br#"{"n":7}"#[..]));
    }

    #[test]
    fn bodies_bring_their_type_unless_one_is_said() {
        let kind = |request: Value| {
            let request = built(request).unwrap();
            let kind = request.headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            (request.body.map(|body| String::from_utf8(body).unwrap()), kind.map(|(_, kind)| kind))
        };
        let form = json!({"path": "/", "form": {"a b": "ü", "c": [1, 2]}});
        assert_eq!(kind(form), (Some("a%20b=%C3%BC&c=1&c=2".into()), Some("application/x-www-form-urlencoded".into())));
        assert_eq!(kind(json!({"path": "/", "body": "{n: {{n}}"})), (Some("{n: 7".into()), None));
        let said = json!({"path": "/", "json": null, "headers": {"content-type": "text/plain"}});
        assert_eq!(kind(said), (Some("null".into()), Some("text/plain".into())));
        assert_eq!(kind(json!({"path": "/"})), (None, None));
    }

    #[test]
    fn an_empty_cookie_header_sends_none() {
        let cookie = |request: Value| {
            let headers = built(request).unwrap().headers;
            headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("cookie")).map(|(_, value)| value)
        };
        assert_eq!(cookie(json!({"path": "/"})).as_deref(), Some("at=/"));
        assert_eq!(cookie(json!({"path": "/", "headers": {"cookie": ""}})), None);
        assert_eq!(cookie(json!({"path": "/", "headers": {"Cookie": "sid={{n}}"}})).as_deref(), Some("sid=7"));
    }

    #[test]
    fn a_captured_address_is_followed_on_the_service() {
        let request = built(json!({"path": "{{at}}", "query": {"y": 3}})).unwrap();
        assert_eq!(request.url, "http://127.0.0.1:9/notes/1?x=2&y=3");
        assert_eq!(request.origin.as_deref(), Some("http://127.0.0.1:9"));
        assert_eq!(request.target, "/notes/1?x=2&y=3");
    }

    #[test]
    fn what_is_no_request_is_not_sent() {
        for request in [
            json!({"path": "{{bad}}"}),
            json!({"path": "{{line}}"}),
            json!({"path": "/", "headers": {"X": "{{line}}"}}),
        ] {
            assert!(matches!(built(request.clone()), Err(Obstacle::Unsendable(_))), "{request}");
        }
        assert_eq!(built(json!({"path": "/{{none}}"})), Err(Obstacle::Missing("none".into())));
    }

    #[test]
    fn what_is_said_beside_same_as_counts() {
        let drill: HttpDrill = serde_json::from_value(json!({"steps": [
            {"id": "a", "request": {"method": "PUT", "path": "/a", "headers": {"X": 1, "Y": 2}, "json": 1}},
            {"id": "b", "request": {"same_as": "a", "headers": {"x": 3}, "query": {"q": 1}}},
            {"id": "c", "request": {"same_as": "b", "method": "POST", "body": "text"}},
            {"id": "d", "request": {"same_as": "d", "path": "/d"}},
        ]}))
        .unwrap();
        let request = resolve(&drill, &drill.steps[2]);
        assert_eq!((request.method, request.path.as_deref()), (Some(Method::Post), Some("/a")));
        assert_eq!(request.headers, [("Y".to_owned(), json!(2)), ("x".to_owned(), json!(3))].into());
        assert_eq!((request.json, request.body.as_deref()), (None, Some("text")));
        assert_eq!(request.query["q"], json!(1));
        assert_eq!(resolve(&drill, &drill.steps[3]).path.as_deref(), Some("/d"), "a step is not like itself");
    }
}
