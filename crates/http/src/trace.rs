//! Ids of requests, and the trace (W3C Trace Context) that a request belongs to.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::HeaderValue;

/// Makes ids of requests: 32 hexadecimal digits, half from an id of the process, half counted, so that making one takes
/// neither a lock nor a call of the system. They are fit to be a trace's id too.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// For a process with a random id.
    pub(crate) fn new(process: u128) -> Self {
        // The low half of a UUID of version 7 is random; never zero, which is no valid trace.
        Self { process: (process as u64) | 1, next: AtomicU64::new(1) }
    }

    pub(crate) fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

/// The id of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId {
    process: u64,
    number: u64,
}

impl RequestId {
    /// The 32 digits.
    pub(crate) fn digits(self) -> [u8; 32] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 32];
        for (at, digit) in digits.iter_mut().enumerate() {
            let half = if at < 16 { self.process } else { self.number };
            *digit = HEX[((half >> (60 - 4 * (at % 16))) & 15) as usize];
        }
        digits
    }

    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.digits()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    }

    /// The id of the span that this request is, 16 digits.
    pub(crate) fn span(self) -> String {
        let mut text = String::with_capacity(16);
        let _ = write!(text, "{:016x}", self.process.rotate_left(17) ^ self.number);
        text
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:016x}", self.process, self.number)
    }
}

/// A caller's `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parent {
    /// 32 digits.
    pub(crate) trace: String,
    /// 16 digits.
    pub(crate) span: String,
}

impl Parent {
    /// Reads `version-trace-span-flags`; anything that the specification has a receiver ignore gives `None`.
    pub(crate) fn read(header: Option<&HeaderValue>) -> Option<Self> {
        let text = header?.to_str().ok()?.trim();
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex =
            |text: &str, length| text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let real = |text: &str| text.bytes().any(|b| b != b'0');
        (known && hex(trace, 32) && hex(span, 16) && hex(flags, 2) && real(trace) && real(span))
            .then(|| Self { trace: trace.to_owned(), span: span.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_one_form() {
        let ids = RequestIds::new(0x0190_d6f0_0000_7000_8abc_def0_1234_5678);
        let (a, b) = (ids.next(), ids.next());
        assert_ne!(a, b);
        assert_eq!(a.to_string(), "8abcdef0123456790000000000000001");
        assert_eq!(a.to_string().as_bytes(), a.digits());
        assert_eq!(a.header(), a.to_string());
        assert_eq!(a.span().len(), 16);
    }

    #[test]
    fn a_traceparent_is_read_or_ignored() {
        let read = |text: &str| Parent::read(Some(&HeaderValue::from_str(text).unwrap()));
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let parent = Parent { trace: trace.into(), span: span.into() };
        assert_eq!(read(&format!("00-{trace}-{span}-01")), Some(parent.clone()));
        assert_eq!(read(&format!("cc-{trace}-{span}-01-what-comes-later")), Some(parent));
        for bad in [
            "",
            "00",
            &format!("00-{trace}-{span}"),
            &format!("00-{trace}-{span}-01-more"),
            &format!("ff-{trace}-{span}-01"),
            &format!("00-{}-{span}-01", trace.to_uppercase()),
            &format!("00-{}-{span}-01", "0".repeat(32)),
            &format!("00-{trace}-{}-01", "0".repeat(16)),
            &format!("00-{}-{span}-01", &trace[1..]),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Parent::read(None), None);
    }
}
