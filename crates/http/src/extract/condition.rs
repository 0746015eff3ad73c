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

/// The number in the tag that the write was made for, such as 3 in `"v3"`; `None` where there is no `If-Match`.
///
/// # Errors
/// `stale` for tags that this resource never had; `precondition_required` for `*`, which names no version.
pub(crate) fn expected(headers: &HeaderMap, letter: char) -> Result<Option<u32>, Problem> {
    for tag in tags(headers, &IF_MATCH) {
        if tag == "*" {
            let detail = "`If-Match: *` names no version; send the `ETag` that you fetched.";
            return Err(Problem::new(HttpCode::PreconditionRequired, detail));
        }
        let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let digits = inner.and_then(|tag| tag.strip_prefix(letter));
        let plain = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        if let Some(number) = plain.and_then(|digits| digits.parse().ok()) {
            return Ok(Some(number));
        }
    }
    if headers.contains_key(IF_MATCH) {
        return Err(Problem::new(Code::Stale, "The `ETag` in `If-Match` is not one that this resource had."));
    }
    Ok(None)
}

/// As [`expected`] where the write must name its version.
///
/// # Errors
/// Those of [`expected`], and `precondition_required` without one.
pub(crate) fn required(headers: &HeaderMap) -> Result<u32, Problem> {
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
        let code = |values: &[&str]| required(&headers(IF_MATCH, values)).map_err(|problem| problem.reason.as_str());
        assert_eq!(code(&["\"v3\""]), Ok(3));
        assert_eq!(code(&["\"x\", \"v4\""]), Ok(4));
        assert_eq!(code(&["\"x\"", "\"v5\""]), Ok(5));
        assert_eq!(code(&[]), Err("precondition_required"));
        assert_eq!(code(&["*"]), Err("precondition_required"));
        for stale in ["W/\"v3\"", "v3", "\"r3\"", "\"v-3\"", "\"v+3\"", "\"v\"", "\"v99999999999\"", "", "\"vé\""] {
            assert_eq!(code(&[stale]), Err("stale"), "{stale}");
        }
    }

    #[test]
    fn a_version_that_the_caller_has_is_recognised() {
        let etag = HeaderValue::from_static("\"abc\"");
        let has = |values: &[&str]| has_already(&headers(IF_NONE_MATCH, values), &etag);
        assert!(has(&["\"abc\""]) && has(&["\"x\", W/\"abc\""]) && has(&["*"]) && has(&["\"x\"", "\"abc\""]));
        assert!(!has(&[]) && !has(&["abc"]) && !has(&["\"x\""]));
    }
}
