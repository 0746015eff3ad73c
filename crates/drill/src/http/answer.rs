//! An answer as it is looked at.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::cookies::SetCookie;
use super::look::Source;
use super::transcript::{Exchange, Response};

/// What came of a request, its body decoded once.
pub(super) struct Answer<'e> {
    exchange: Option<&'e Exchange>,
    /// The address of the request, as Cairn renders it.
    url: &'e str,
    body: Result<Vec<u8>, String>,
    json: Result<Value, String>,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found<'a> {
    /// Nothing is there.
    Nothing,
    /// A value.
    One(Cow<'a, Value>),
    /// What a path that may select several selects.
    Many(Vec<&'a Value>),
    /// The lines of a header, and all of them as one.
    Lines(Vec<Value>, Value),
}

impl<'e> Answer<'e> {
    /// Of a body at most `body_bytes` are looked at, however much there is.
    pub(super) fn new(exchange: Option<&'e Exchange>, url: &'e str, body_bytes: u32) -> Self {
        let response = exchange.and_then(|exchange| exchange.response.as_ref());
        let body =
            response.map_or_else(|| Err(nothing_came(exchange)), |response| decode(response, body_bytes as usize));
        let cut = response.is_some_and(|response| response.cut);
        let json = body.as_ref().map_err(String::clone).and_then(|(bytes, too_long)| {
            if cut || *too_long {
                return Err(format!("a body of more than {body_bytes} bytes, of which only those are looked at"));
            }
            let about = |error: serde_json::Error| match bytes.as_slice() {
                [] => "an empty body, which is no JSON".to_owned(),
                _ => format!("a body that is no JSON: {error}"),
            };
            serde_json::from_slice(bytes).map_err(about)
        });
        Self { exchange, url, body: body.map(|(bytes, _)| bytes), json }
    }

    fn response(&self) -> Result<&'e Response, String> {
        self.exchange.and_then(|exchange| exchange.response.as_ref()).ok_or_else(|| nothing_came(self.exchange))
    }

    /// The lines of a header in their order.
    pub(super) fn lines<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'e str> + 's {
        let headers = self.response().map(|response| response.headers.as_slice()).unwrap_or_default();
        headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// What is at a place.
    ///
    /// # Errors
    /// Why nothing can be said of that place: there is no answer, or no JSON.
    pub(super) fn find(&self, source: &Source) -> Result<Found<'_>, String> {
        let response = self.response()?;
        let one = |value: Value| Found::One(Cow::Owned(value));
        Ok(match source {
            Source::Status => one(response.status.into()),
            Source::DurationMs => one(self.exchange.map_or(0, |exchange| exchange.duration_ms).into()),
            Source::Url => one(self.url.into()),
            Source::Body => one(String::from_utf8_lossy(self.body.as_ref().map_err(String::clone)?).into()),
            Source::Header(name) => {
                let lines: Vec<&str> = self.lines(name).collect();
                if lines.is_empty() {
                    Found::Nothing
                } else {
                    Found::Lines(lines.iter().map(|line| Value::from(*line)).collect(), lines.join(", ").into())
                }
            }
            Source::Cookie { name, attribute } => {
                let cookies = self.lines("set-cookie").filter_map(SetCookie::parse);
                let Some(cookie) = cookies.filter(|cookie| cookie.name == name).last() else {
                    return Ok(Found::Nothing);
                };
                match attribute {
                    None => one(cookie.value.into()),
                    Some(attribute) => cookie.attribute(attribute).map_or(Found::Nothing, one),
                }
            }
            Source::JsonPath(path) => {
                let mut selected = path.select(self.json.as_ref().map_err(String::clone)?);
                match selected.pop() {
                    Some(only) if path.is_singular() => Found::One(Cow::Borrowed(only)),
                    None if path.is_singular() => Found::Nothing,
                    last => {
                        selected.extend(last);
                        Found::Many(selected)
                    }
                }
            }
        })
    }
}

fn nothing_came(exchange: Option<&Exchange>) -> String {
    match exchange {
        None => "no such request was sent".into(),
        Some(Exchange { error: Some(error), .. }) => format!("no answer: {error}"),
        Some(_) => "no answer".into(),
    }
}

/// The first `most` bytes of a body, and whether it has more.
fn decode(response: &Response, most: usize) -> Result<(Vec<u8>, bool), String> {
    // So many characters hold one byte more than that, and a whole number of groups.
    let enough = (most / 3 + 1) * 4;
    let text = response.body.as_bytes();
    let long = text.len() > enough;
    let text = text.get(..enough).unwrap_or(text);
    let mut bytes = STANDARD.decode(text).map_err(|_| "a body that was not recorded in base64".to_owned())?;
    let long = long || bytes.len() > most;
    bytes.truncate(most);
    Ok((bytes, long))
}

impl Found<'_> {
    /// The one value, where there is one.
    pub(super) fn value(&self) -> Option<&Value> {
        match self {
            Self::One(value) => Some(value),
            Self::Lines(_, joined) => Some(joined),
            Self::Nothing | Self::Many(_) => None,
        }
    }

    /// The items, where it is a list.
    pub(super) fn items(&self) -> Option<Vec<&Value>> {
        match self {
            Self::Many(items) => Some(items.clone()),
            Self::Lines(lines, _) => Some(lines.iter().collect()),
            Self::One(value) => value.as_array().map(|items| items.iter().collect()),
            Self::Nothing => None,
        }
    }

    /// A copy that stands for itself, such as is captured: of several the list.
    pub(super) fn taken(&self) -> Option<Value> {
        match self {
            Self::Nothing => None,
            Self::Many(items) if items.is_empty() => None,
            Self::Many(items) => Some(Value::Array(items.iter().map(|item| (*item).clone()).collect())),
            Self::One(_) | Self::Lines(..) => self.value().cloned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exchange(headers: &[(&str, &str)], body: &[u8]) -> Exchange {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status: 200, headers, body: STANDARD.encode(body), cut: false };
        Exchange {
            step: "a".into(),
            turn: 0,
            url: String::new(),
            duration_ms: 5,
            response: Some(response),
            error: None,
        }
    }

    fn path(text: &str) -> Source {
        Source::JsonPath(super::super::JsonPath::parse(text).unwrap())
    }

    fn taken(exchange: &Exchange, source: &Source) -> Result<Option<Value>, String> {
        Answer::new(Some(exchange), "http://x/y", 100).find(source).map(|found| found.taken())
    }

    #[test]
    fn every_place_is_found() {
        let headers =
            [("vary", "a"), ("set-cookie", "sid=1"), ("Vary", "b"), ("set-cookie", "sid=2; HttpOnly; Max-Age=9")];
        let exchange = exchange(&headers, br#"{"a": [1, 2]}"#);
        let cookie =
            |attribute: Option<&str>| Source::Cookie { name: "sid".into(), attribute: attribute.map(str::to_owned) };
        let cases = [
            (Source::Status, Some(json!(200))),
            (Source::DurationMs, Some(json!(5))),
            (Source::Url, Some(json!("http://x/y"))),
            (Source::Body, Some(json!(r#"{"a": [1, 2]}"#))),
            (Source::Header("VARY".into()), Some(json!("a, b"))),
            (Source::Header("none".into()), None),
            (cookie(None), Some(json!("2"))),
            (cookie(Some("httponly")), Some(json!(true))),
            (cookie(Some("max-age")), Some(json!("9"))),
            (cookie(Some("secure")), None),
            (path("$.a[1]"), Some(json!(2))),
            (path("$.a[*]"), Some(json!([1, 2]))),
            (path("$.a[5:]"), None),
            (path("$.b"), None),
        ];
        for (source, expected) in cases {
            assert_eq!(taken(&exchange, &source), Ok(expected), "{source}");
        }
    }

    #[test]
    fn what_is_no_json_is_told() {
        let told = |body: &[u8]| taken(&exchange(&[], body), &path("$.a")).unwrap_err();
        assert_eq!(told(b""), "an empty body, which is no JSON");
        assert!(told(b"<html>").starts_with("a body that is no JSON: expected value"));
        assert!(told("[".repeat(99).as_bytes()).starts_with("a body that is no JSON"));
        assert!(told(&[0xFF, 0xFE]).starts_with("a body that is no JSON"));
        assert!(told(&b"1".repeat(101)).starts_with("a body of more than 100 bytes"));
        let deep = exchange(&[], "[".repeat(100_000).as_bytes());
        let error = Answer::new(Some(&deep), "", 1 << 20).find(&path("$")).unwrap_err();
        assert!(error.contains("recursion limit"), "{error}");
    }

    #[test]
    fn a_body_is_looked_at_up_to_its_bound() {
        for length in [0, 1, 98, 99, 100, 101, 102, 103, 104, 1_000] {
            let body = taken(&exchange(&[], &b"x".repeat(length)), &Source::Body).unwrap().unwrap();
            assert_eq!(body.as_str().unwrap().len(), length.min(100));
        }
        let mut cut = exchange(&[], b"{}");
        cut.response.as_mut().unwrap().cut = true;
        assert!(taken(&cut, &path("$")).is_err(), "what was cut is not whole, though it may look so");
    }

    #[test]
    fn bytes_that_are_no_text_or_no_base64_do_no_harm() {
        assert_eq!(taken(&exchange(&[], &[0x61, 0xFF]), &Source::Body), Ok(Some(json!("a\u{FFFD}"))));
        let mut broken = exchange(&[], b"");
        broken.response.as_mut().unwrap().body = "***".into();
        assert!(taken(&broken, &Source::Body).unwrap_err().contains("base64"));
        assert_eq!(taken(&broken, &Source::Status), Ok(Some(json!(200))));
    }

    #[test]
    fn why_nothing_came_is_told() {
        let mut silent = exchange(&[], b"");
        silent.response = None;
        assert_eq!(taken(&silent, &Source::Status), Err("no answer".into()));
        silent.error = Some("connection refused".into());
        assert_eq!(taken(&silent, &Source::Url), Err("no answer: connection refused".into()));
        assert_eq!(Answer::new(None, "", 1).find(&Source::Status), Err("no such request was sent".into()));
    }
}
