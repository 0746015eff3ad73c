//! Entity tags in requests: `If-Match` and `If-None-Match` (RFC 9110, 13.1).

use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use cairn_domain::Code;

use crate::problem::{HttpCode, Problem};

/// The tags of all headers of this name.
fn tags<'a>(headers: &'a HeaderMap, name: &actix_web::http::header::HeaderName) -> impl Iterator<Item = &'a str> {
    // No tag of this server has a comma in it.
    headers.get_all(name).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether the caller has this version already. Compared weakly, as RFC 9110, 13.1.2 asks for.
pub(crate) fn has_already(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else { return false };
    tags(headers, &IF_NONE_MATCH).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// The versions that a write was made for: it may go on when any of them is the present one (RFC 9110, 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected(Vec<u32>);

impl Expected {
    /// The version to hand on to the rule that compares: the present one where it is among several, else one that the rule
    /// will refuse. `present` is asked for only where several are named, and within the write's own transaction.
    pub(crate) fn version(&self, present: impl FnOnce() -> cairn_domain::Result<u32>) -> cairn_domain::Result<u32> {
        match self.0.as_slice() {
            [one] => Ok(*one),
            several => {
                let present = present()?;
                Ok(if several.contains(&present) { present } else { several.first().copied().unwrap_or_default() })
            }
        }
    }
}

/// Whether a write was made for the version with this tag.
///
/// # Errors
/// `precondition_required` without `If-Match`, or with `*`, which names no version.
pub(crate) fn names(headers: &HeaderMap, etag: Option<&HeaderValue>) -> Result<bool, Problem> {
    if !headers.contains_key(IF_MATCH) || tags(headers, &IF_MATCH).any(|tag| tag == "*") {
        let detail = "Send the `ETag` of what you looked at as `If-Match`.";
        return Err(Problem::new(HttpCode::PreconditionRequired, detail));
    }
    let etag = etag.and_then(|etag| etag.to_str().ok());
    Ok(tags(headers, &IF_MATCH).any(|tag| Some(tag) == etag))
}

/// Whether a write is to make something and to replace nothing: `If-None-Match: *`.
pub(crate) fn only_new(headers: &HeaderMap) -> bool {
    tags(headers, &IF_NONE_MATCH).any(|tag| tag == "*")
}

/// The numbers in the tags that the write was made for, such as 3 in `"v3"`; `None` where there is no `If-Match`.
///
/// What follows a hyphen, as in `"v3-5f1c"`, names the bytes of an answer that changes with more than its version. A write
/// is made for the version.
///
/// `*` is true of everything that exists, so that RFC 9110 lets a write go on with it, and it guards against no lost
/// update: for that alone a version is asked for here, and a server may ask for more than the RFC does.
///
/// # Errors
/// `stale` for tags that this resource never had; `precondition_required` for `*`.
pub(crate) fn expected(headers: &HeaderMap, letter: char) -> Result<Option<Expected>, Problem> {
    if !headers.contains_key(IF_MATCH) {
        return Ok(None);
    }
    if tags(headers, &IF_MATCH).any(|tag| tag == "*") {
        let detail = "`If-Match: *` names no version; send the `ETag` that you fetched.";
        return Err(Problem::new(HttpCode::PreconditionRequired, detail));
    }
    let number = |tag: &str| {
        let named = tag.strip_prefix('"')?.strip_suffix('"')?.strip_prefix(letter)?;
        let digits = named.split_once('-').map_or(named, |(digits, _)| digits);
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let numbers: Vec<u32> = tags(headers, &IF_MATCH).filter_map(number).collect();
    if numbers.is_empty() {
        return Err(Problem::new(Code::Stale, "The `ETag` in `If-Match` is not one that this resource had."));
    }
    Ok(Some(Expected(numbers)))
}

/// As [`expected`] where the write must name its version.
///
/// # Errors
/// Those of [`expected`], and `precondition_required` without one.
pub(crate) fn required(headers: &HeaderMap) -> Result<Expected, Problem> {
    expected(headers, 'v')?.ok_or_else(|| {
        Problem::new(HttpCode::PreconditionRequired, "Send the `ETag` of the version that you change as `If-Match`.")
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderName;

    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_version_is_named_or_refused() {
        let code = |values: &[&str]| {
            let expected = required(&headers(IF_MATCH, values)).map(|Expected(numbers)| numbers);
            expected.map_err(|problem| problem.reason.as_str())
        };
        assert_eq!(code(&["\"v3\""]), Ok(vec![3]));
        assert_eq!(code(&["\"x\", \"v4\""]), Ok(vec![4]));
        assert_eq!(code(&["\"v4-5f1c0a-2\""]), Ok(vec![4]));
        assert_eq!(code(&["\"x\"", "\"v5\""]), Ok(vec![5]));
        assert_eq!(code(&["\"v1\", W/\"v2\",\"v3\"", "\"v5\""]), Ok(vec![1, 3, 5]));
        assert_eq!(code(&["\"v1\"", "*"]), Err("precondition_required"));
        assert_eq!(code(&[]), Err("precondition_required"));
        assert_eq!(code(&["*"]), Err("precondition_required"));
        for stale in ["W/\"v3\"", "v3", "\"r3\"", "\"v-3\"", "\"v+3\"", "\"v\"", "\"v99999999999\"", "", "\"vé\""] {
            assert_eq!(code(&[stale]), Err("stale"), "{stale}");
        }
    }

    #[test]
    fn any_of_several_versions_will_do() {
        let version = |named: &[u32], present| Expected(named.to_vec()).version(|| Ok(present)).unwrap();
        assert_eq!((version(&[0, 3], 3), version(&[3, 0], 3)), (3, 3));
        assert_ne!(version(&[1, 2], 3), 3);
        let one = Expected(vec![1]).version(|| panic!("the rule alone compares one version"));
        assert_eq!(one.unwrap(), 1);
    }

    #[test]
    fn a_star_asks_for_something_new() {
        let only_new = |values: &[&str]| super::only_new(&headers(IF_NONE_MATCH, values));
        assert!(only_new(&["*"]));
        assert!(!only_new(&[]) && !only_new(&["\"*\""]));
    }

    #[test]
    fn a_version_that_the_caller_has_is_recognised() {
        let etag = HeaderValue::from_static("\"abc\"");
        let has = |values: &[&str]| has_already(&headers(IF_NONE_MATCH, values), &etag);
        assert!(has(&["\"abc\""]) && has(&["\"x\", W/\"abc\""]) && has(&["*"]) && has(&["\"x\"", "\"abc\""]));
        assert!(!has(&[]) && !has(&["abc"]) && !has(&["\"x\""]));
    }
}
