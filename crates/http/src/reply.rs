//! An answer on its way to the caller.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LINK, LOCATION, SET_COOKIE};
use actix_web::web::Bytes;
use cairn_domain::operations::Rendered;
use cairn_domain::{Error, Result};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::headers::{Cache, Policy};
use crate::problem::Success;

/// The media type of answers.
pub(crate) const JSON: &str = "application/json";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer of 2xx or 3xx. It belongs to no thread, so that blocking work can render it.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    success: Success,
    body: Bytes,
    media_type: HeaderValue,
    etag: Option<HeaderValue>,
    location: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) policy: Policy,
    pub(crate) cache: Cache,
}

/// A strong entity tag over an answer's bytes.
pub(crate) fn digest_tag(body: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &digest[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(Error::internal)
}

impl Reply {
    fn new(success: Success, body: impl Into<Bytes>) -> Self {
        Self {
            success,
            body: body.into(),
            media_type: HeaderValue::from_static(JSON),
            etag: None,
            location: None,
            headers: Vec::new(),
            policy: Policy::Data,
            cache: Cache::NoStore,
        }
    }

    fn json(success: Success, value: &impl Serialize) -> Result<Self> {
        let mut body = Vec::with_capacity(1024);
        serde_json::to_writer(&mut body, value).map_err(Error::internal)?;
        // Some answers are kept, and up to half of it would be empty.
        body.shrink_to_fit();
        Ok(Self::new(success, body))
    }

    /// Here it is.
    ///
    /// # Errors
    /// `internal` when the value cannot be written as JSON.
    pub(crate) fn ok(value: &impl Serialize) -> Result<Self> {
        Self::json(Success::Ok, value)
    }

    /// Something was made and has this address.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub(crate) fn created(value: &impl Serialize, location: String) -> Result<Self> {
        Ok(Self { location: Some(location), ..Self::json(Success::Created, value)? })
    }

    /// Done, and nothing to show.
    pub(crate) fn no_content() -> Self {
        Self::new(Success::NoContent, Bytes::new())
    }

    /// It has another address for good.
    pub(crate) fn moved(location: String) -> Self {
        Self { location: Some(location), cache: Cache::Public, ..Self::new(Success::Moved, Bytes::new()) }
    }

    /// It is done; look there.
    pub(crate) fn see_other(location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::new(Success::SeeOther, Bytes::new()) }
    }

    /// Bytes of another type.
    pub(crate) fn bytes(body: impl Into<Bytes>, media_type: &str) -> Result<Self> {
        Ok(Self { media_type: value(media_type)?, ..Self::new(Success::Ok, body) })
    }

    /// Names the version by a number that counts changes.
    pub(crate) fn version(self, version: u32) -> Result<Self> {
        self.tag(&format!("\"v{version}\""))
    }

    /// Names the version by this tag, quotes included.
    pub(crate) fn tag(mut self, tag: &str) -> Result<Self> {
        self.etag = Some(value(tag)?);
        Ok(self)
    }

    /// Names the version of a personal answer by its bytes, quickly: nobody gains by making two of his own collide.
    pub(crate) fn quick_tag(self) -> Result<Self> {
        let tag = format!("\"{}\"", self.bytes_named());
        self.tag(&tag)
    }

    /// Names the version by a number that counts changes and, for an answer that changes with other things too, its bytes.
    pub(crate) fn version_and_bytes(self, version: u32) -> Result<Self> {
        let tag = format!("\"v{version}-{}\"", self.bytes_named());
        self.tag(&tag)
    }

    fn bytes_named(&self) -> String {
        use std::hash::Hasher as _;
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write(&self.body);
        format!("{:016x}-{:x}", hasher.finish(), self.body.len())
    }

    /// Names the version of a published answer by the bytes themselves.
    pub(crate) fn digest(self) -> Result<Self> {
        let tag = digest_tag(&self.body);
        self.tag(&tag)
    }

    /// Adds a cookie.
    pub(crate) fn cookie(mut self, cookie: &str) -> Result<Self> {
        self.headers.push((SET_COOKIE, value(cookie)?));
        Ok(self)
    }

    /// Adds links (RFC 8288).
    pub(crate) fn link(mut self, link: &str) -> Result<Self> {
        self.headers.push((LINK, value(link)?));
        Ok(self)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    pub(crate) fn cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    pub(crate) fn etag(&self) -> Option<&HeaderValue> {
        self.etag.as_ref()
    }

    /// How many bytes the body has.
    pub(crate) fn size(&self) -> usize {
        self.body.len()
    }

    /// The caller has it already.
    pub(crate) fn not_modified(self) -> Self {
        Self { success: Success::NotModified, body: Bytes::new(), ..self }
    }

    /// The part that is kept under an idempotency key. Cookies and other headers are not part of it.
    pub(crate) fn rendered(&self) -> Result<Rendered> {
        let mut headers = Vec::new();
        if let Some(location) = &self.location {
            headers.push(("location".to_owned(), location.clone()));
        }
        if let Some(tag) = &self.etag {
            headers.push(("etag".to_owned(), tag.to_str().map_err(Error::internal)?.to_owned()));
        }
        let body = String::from_utf8(self.body.to_vec()).map_err(Error::internal)?;
        Ok(Rendered { status: self.success.status().as_u16(), headers, body })
    }

    /// An answer that was kept, byte for byte, marked as replayed.
    pub(crate) fn replayed(kept: Rendered) -> Result<Self> {
        let mut reply = Self::new(Success::from_number(kept.status), kept.body.into_bytes());
        for (name, text) in kept.headers {
            match name.as_str() {
                "location" => reply.location = Some(text),
                _ => reply.etag = Some(value(&text)?),
            }
        }
        Ok(reply.header(REPLAYED, HeaderValue::from_static("true")))
    }

    /// The answer, without the headers that every answer has.
    pub(crate) fn respond(self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.success.status()).set_body(BoxBody::new(self.body));
        let headers = response.headers_mut();
        if self.success.has_body() {
            headers.insert(CONTENT_TYPE, self.media_type);
        }
        if let Some(etag) = self.etag {
            headers.insert(ETAG, etag);
        }
        if let Some(location) = self.location.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(LOCATION, location);
        }
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_answer_comes_back_byte_for_byte() {
        let made = Reply::created(&serde_json::json!({ "id": "x" }), "/api/v1/things/x".into()).unwrap();
        let made = made.version(1).unwrap().cookie("secret=1").unwrap();
        let kept = made.rendered().unwrap();
        assert!(!format!("{kept:?}").contains("secret"));
        let (first, again) = (made.respond(), Reply::replayed(kept).unwrap().respond());
        assert_eq!(first.status(), again.status());
        for name in [LOCATION, ETAG, CONTENT_TYPE] {
            assert_eq!(first.headers().get(&name), again.headers().get(&name), "{name}");
        }
        assert_eq!(again.headers().get(REPLAYED).unwrap(), "true");
    }

    #[test]
    fn a_tag_changes_with_the_bytes() {
        assert_eq!(digest_tag(b"a"), digest_tag(b"a"));
        assert_ne!(digest_tag(b"a"), digest_tag(b"b"));
        assert_eq!(digest_tag(b"").len(), 34);
    }
}
