//! The bytes of a body: of the right type, no more than allowed, in time.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::problem::{HttpCode, Problem};

/// What a route lets in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) within: Duration,
}

/// Refuses a body of another type than these, or with an encoding.
pub(crate) fn check_type(headers: &HeaderMap, allowed: &[&str]) -> Result<(), Problem> {
    let wrong = |detail: String| Err(Problem::new(HttpCode::WrongMediaType, detail));
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if !allowed.iter().any(|allowed| media_type.eq_ignore_ascii_case(allowed)) {
        let allowed = allowed.join("` or `");
        return wrong(format!("The `Content-Type` has to be `{allowed}`; it is `{media_type}`."));
    }
    let charset = parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset")));
    if let Some((_, charset)) = charset.filter(|(_, value)| !value.trim_matches('"').eq_ignore_ascii_case("utf-8")) {
        return wrong(format!("The character set has to be UTF-8; it is `{charset}`."));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            wrong("Send the body without a `Content-Encoding`.".to_owned())
        }
        _ => Ok(()),
    }
}

fn too_large(limit: usize) -> Problem {
    let limit = if limit >= 1024 * 1024 { format!("{} MiB", limit >> 20) } else { format!("{} KiB", limit >> 10) };
    Problem::new(HttpCode::BodyTooLarge, format!("The body may have at most {limit}."))
}

/// Reads a body to its end.
///
/// # Errors
/// `body_too_large`, as soon as that is known; `body_timeout`; `bad_request` when it breaks off.
pub(crate) async fn read(headers: &HeaderMap, mut payload: Payload, bounds: Bounds) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > bounds.bytes) {
        skip(payload, bounds).await;
        return Err(too_large(bounds.bytes));
    }
    let all = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or(0));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|fault| {
                Problem::new(HttpCode::BadRequest, "The body breaks off or is framed wrongly.").because(&fault)
            })?;
            if body.len() + chunk.len() > bounds.bytes {
                return Err(too_large(bounds.bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    timeout(bounds.within, all).await.unwrap_or_else(|_| {
        let seconds = bounds.within.as_secs();
        Err(Problem::new(HttpCode::BodyTimeout, format!("The body has to arrive within {seconds} seconds.")))
    })
}

/// Takes in a little of a body that is refused, so that a caller who is still sending it gets to read why, not that
/// the connection broke.
async fn skip(mut payload: Payload, bounds: Bounds) {
    let most = bounds.bytes.min(1024 * 1024);
    let some = async {
        let mut taken = 0;
        while let Some(Ok(chunk)) = payload.next().await {
            taken += chunk.len();
            if taken > most {
                break;
            }
        }
    };
    let _ = timeout(Duration::from_secs(1).min(bounds.within), some).await;
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use futures_util::stream;

    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 2048, within: Duration::from_secs(5) };

    fn payload(chunks: Vec<Vec<u8>>) -> Payload {
        Payload::from(Box::pin(stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk)))))
            as std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, actix_web::error::PayloadError>>>>)
    }

    fn with_type(value: &str) -> Result<(), Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
        check_type(&headers, &["application/json"])
    }

    #[test]
    fn the_type_is_checked_with_its_character_set() {
        for good in ["application/json", "Application/JSON", "application/json; charset=UTF-8", "application/json;x=1"]
        {
            assert!(with_type(good).is_ok(), "{good}");
        }
        for bad in ["", "text/plain", "application/json5", "application/json; charset=latin1", "multipart/form-data"] {
            assert_eq!(with_type(bad).unwrap_err().reason.as_str(), "wrong_media_type", "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(check_type(&headers, &["application/json"]).is_err());
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_bound_and_no_further() {
        let none = HeaderMap::new();
        let read_all = |size| read(&none, payload(vec![vec![1; size]; 2]), BOUNDS);
        assert_eq!(read_all(1024).await.unwrap().len(), 2048);
        assert_eq!(read_all(1025).await.unwrap_err().reason.as_str(), "body_too_large");
    }

    #[tokio::test]
    async fn an_announced_length_is_refused_at_once() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("2049"));
        let refused = read(&headers, payload(vec![vec![]]), BOUNDS).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "body_too_large");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let never: std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, actix_web::error::PayloadError>>>> =
            Box::pin(stream::pending());
        let bounds = Bounds { within: Duration::from_millis(10), ..BOUNDS };
        let refused = read(&HeaderMap::new(), Payload::from(never), bounds).await.unwrap_err();
        assert_eq!(refused.reason.as_str(), "body_timeout");
    }
}
