//! Headers that every answer carries, made once.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

/// `X-Request-Id`.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a browser may do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Policy {
    /// Nothing: it is data.
    #[default]
    Data,
    /// The page of the API's documentation: its own scripts, and styles in line.
    Docs,
    /// An image or example of a pack: shown alone, in a box of its own.
    Asset,
    /// A page for people: what it loads and where its forms go is this server's own.
    Page,
}

impl Policy {
    const fn text(self) -> &'static str {
        match self {
            Self::Data => "default-src 'none'; frame-ancestors 'none'",
            Self::Docs => {
                "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                 font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            }
            Self::Page => {
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'"
            }
            Self::Asset => "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
        }
    }
}

/// Who may keep an answer, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cache {
    /// Nobody: it is personal, or a refusal.
    #[default]
    NoStore,
    /// Anybody, for a minute, then to be asked for again.
    Public,
    /// Anybody, for good: another content has another address.
    Immutable,
}

impl Cache {
    const fn text(self) -> &'static str {
        match self {
            Self::NoStore => "no-store",
            Self::Public => "public, max-age=60",
            Self::Immutable => "public, max-age=31536000, immutable",
        }
    }
}

/// Adds the headers of every answer.
pub(crate) fn finish(headers: &mut HeaderMap, policy: Policy, cache: Cache, tls: bool, request_id: HeaderValue) {
    headers.insert(REQUEST_ID, request_id);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache.text()));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy.text()));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: browsers would then say `Origin: null` where a form of our own is sent.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if tls {
        // For this host alone: what stands on an operator's other hosts is not Cairn's to decide.
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_lets_scripts_in_line_or_frames() {
        for policy in [Policy::Data, Policy::Docs, Policy::Asset, Policy::Page] {
            let text = policy.text();
            let scripts = text.split(';').find(|part| part.trim().starts_with("script-src")).unwrap_or_default();
            assert!(!scripts.contains("unsafe-inline") && !text.contains("unsafe-eval"), "{text}");
            assert!(text.starts_with("default-src 'none'") && text.contains("frame-ancestors 'none'"), "{text}");
        }
    }

    #[test]
    fn tls_is_demanded_only_where_it_is_there() {
        let with = |tls| {
            let mut headers = HeaderMap::new();
            finish(&mut headers, Policy::Data, Cache::NoStore, tls, HeaderValue::from_static("1"));
            headers.contains_key(STRICT_TRANSPORT_SECURITY)
        };
        assert!(with(true) && !with(false));
    }
}
