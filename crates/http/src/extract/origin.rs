//! Whether a browser sends a request from one of this server's own pages.

use actix_web::http::header::{HeaderMap, ORIGIN};

/// The `Origin` of a request, seen from this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// There is none: no browser, or an old one.
    Absent,
    /// One of this server's own pages.
    Same,
    /// Another page, or one that hides its origin.
    Foreign,
}

/// Compares `Origin` with the origin that browsers see, where it is known, and with `host`.
pub(crate) fn origin(headers: &HeaderMap, host: &str, public: Option<&str>) -> Origin {
    let Some(origin) = headers.get(ORIGIN) else { return Origin::Absent };
    let Ok(origin) = origin.to_str() else { return Origin::Foreign };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let same = public.is_some_and(|public| public.eq_ignore_ascii_case(origin))
        || authority.is_some_and(|authority| !host.is_empty() && authority.eq_ignore_ascii_case(host));
    if same { Origin::Same } else { Origin::Foreign }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_this_servers_pages_are_its_own() {
        let of = |origin: Option<&str>, public: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
            }
            super::origin(&headers, "127.0.0.1:8080", public)
        };
        assert_eq!(of(None, None), Origin::Absent);
        assert_eq!(of(Some("http://127.0.0.1:8080"), None), Origin::Same);
        let public = Some("https://learn.example.org");
        assert_eq!(of(Some("https://learn.example.org"), public), Origin::Same);
        for foreign in [
            "null",
            "",
            "http://127.0.0.1",
            "http://127.0.0.1:8081",
            "http://evil.example",
            "https://learn.example.org.evil.example",
            "http://evil.example/127.0.0.1:8080",
            "file://127.0.0.1:8080",
        ] {
            assert_eq!(of(Some(foreign), public), Origin::Foreign, "{foreign}");
        }
    }
}
