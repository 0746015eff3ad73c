//! Statuses and problems: the one file that knows HTTP's status codes.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use cairn_domain::catalog::Fault;
use cairn_domain::{Code, Error, Kind, Violation};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problems (RFC 9457).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// The most faults that a problem lists: whoever sends very many gets no megabytes of them back.
const MOST_ERRORS: usize = 200;

/// How a request succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Success {
    /// It is done, or here it is.
    Ok,
    /// Something was made.
    Created,
    /// It is done and there is nothing to show.
    NoContent,
    /// The caller has the present version.
    NotModified,
    /// It has another address for good; the method stays.
    Moved,
    /// It is done, and there is something to look at elsewhere.
    SeeOther,
}

impl Success {
    const ALL: [Self; 6] = [Self::Ok, Self::Created, Self::NoContent, Self::NotModified, Self::Moved, Self::SeeOther];

    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Ok => StatusCode::OK,
            Self::Created => StatusCode::CREATED,
            Self::NoContent => StatusCode::NO_CONTENT,
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::Moved => StatusCode::PERMANENT_REDIRECT,
            Self::SeeOther => StatusCode::SEE_OTHER,
        }
    }

    /// Whether something comes with it.
    pub(crate) const fn has_body(self) -> bool {
        matches!(self, Self::Ok | Self::Created)
    }

    /// The success that was written as this number.
    pub(crate) fn from_number(status: u16) -> Self {
        Self::ALL.into_iter().find(|success| success.status().as_u16() == status).unwrap_or(Self::Ok)
    }
}

macro_rules! http_codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $code:literal, $status:ident, $title:literal, $remedy:literal;)+) => {
        /// Refusals that concern the protocol; those of the rules are [`Code`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum HttpCode { $($(#[doc = $meaning])+ $variant,)+ }

        impl HttpCode {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }
            const fn status(self) -> StatusCode { match self { $(Self::$variant => StatusCode::$status,)+ } }
            const fn title(self) -> &'static str { match self { $(Self::$variant => $title,)+ } }
            const fn meaning(self) -> &'static str { match self { $(Self::$variant => concat!($($meaning),+),)+ } }
            const fn remedy(self) -> &'static str { match self { $(Self::$variant => $remedy,)+ } }
        }
    };
}

http_codes! {
    /// The body is not JSON in UTF-8, or an object in it has a key twice; the first fault is told with its line and column.
    BadJson = "bad_json", BAD_REQUEST, "The body cannot be read", "Send JSON (RFC 8259) in UTF-8 with each key once.";
    /// A header, the address or the framing of the request cannot be read.
    BadRequest = "bad_request", BAD_REQUEST, "The request cannot be read", "Correct what the detail names.";
    /// A request with a cookie came from a page of another origin, or did not say from where.
    CrossOrigin = "cross_origin", FORBIDDEN, "The request comes from another origin", "Send it from a page of this server, or use a token instead of the cookie.";
    /// A request with a cookie that changes something has no valid CSRF token.
    CsrfInvalid = "csrf_invalid", FORBIDDEN, "The CSRF token is missing or wrong", "Send the `csrf_token` of the session as `X-CSRF-Token`.";
    /// No route has this address.
    NoRoute = "no_route", NOT_FOUND, "There is nothing at this address", "Look the address up in `/api/docs`.";
    /// The resource does not know the method; `Allow` lists those it does.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here", "Use one of the methods in `Allow`.";
    /// The body did not arrive in time.
    BodyTimeout = "body_timeout", REQUEST_TIMEOUT, "The request took too long to arrive", "Send it again over a better connection.";
    /// The body is larger than the route takes.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large", "Send less; the detail names the limit.";
    /// The address is longer than the server takes.
    AddressTooLong = "address_too_long", URI_TOO_LONG, "The address is too long", "Shorten the address to 8 KiB.";
    /// The route takes another kind of body, or one without an encoding.
    WrongMediaType = "wrong_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is of the wrong type", "Send the `Content-Type` that the detail names, without a `Content-Encoding`.";
    /// The write needs the version that it was made for.
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "`If-Match` is needed", "Fetch the resource and send its `ETag` as `If-Match`.";
    /// The headers are together larger than the server takes.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large", "Send fewer or shorter headers, at most 16 KiB.";
    /// The server is about to stop and should get no new requests.
    Draining = "draining", SERVICE_UNAVAILABLE, "The server is stopping", "Send the request again; another server, or this one after its start, will take it.";
    /// The work took longer than a request may; whether it was done has to be looked up.
    TooSlow = "too_slow", SERVICE_UNAVAILABLE, "The work took too long", "Look up whether it was done, or repeat the request with its `Idempotency-Key`.";
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// By a rule.
    Domain(Code),
    /// By the protocol.
    Http(HttpCode),
}

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self::Domain(code)
    }
}

impl From<HttpCode> for Reason {
    fn from(code: HttpCode) -> Self {
        Self::Http(code)
    }
}

impl Reason {
    /// Every reason, those of the rules first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Code::ALL.iter().copied().map(Self::from).chain(HttpCode::ALL.iter().copied().map(Self::from))
    }

    /// The stable code.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Domain(code) => code.as_str(),
            Self::Http(code) => code.as_str(),
        }
    }

    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Domain(code) => match code.kind() {
                Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
                Kind::Forbidden => StatusCode::FORBIDDEN,
                Kind::NotFound => StatusCode::NOT_FOUND,
                Kind::Conflict => StatusCode::CONFLICT,
                Kind::Stale => StatusCode::PRECONDITION_FAILED,
                Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
                Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Http(code) => code.status(),
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Domain(code) => code.title(),
            Self::Http(code) => code.title(),
        }
    }

    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Domain(code) => code.meaning(),
            Self::Http(code) => code.meaning(),
        }
    }

    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::Domain(code) => code.remedy(),
            Self::Http(code) => code.remedy(),
        }
    }

    /// The problem type: an address on this server that says what the code means.
    pub(crate) fn address(self) -> String {
        format!("/api/problems/{}", self.as_str())
    }
}

/// A refusal on its way to the caller.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) reason: Reason,
    more: Box<More>,
}

/// What belongs to a refusal, apart so that results stay small.
#[derive(Debug)]
struct More {
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    allow: Option<HeaderValue>,
    cause: Option<String>,
    page: Option<String>,
}

/// One fault of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body, or `/name` for a parameter of the query.
    #[schema(example = "/email")]
    pub(crate) pointer: String,
    /// Which rule, stable.
    #[schema(example = "not_an_email")]
    pub(crate) code: String,
    /// What is wrong and what would be right.
    pub(crate) detail: String,
    /// The file in a pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// The line in the body or file, from 1; 0 for a file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    /// The column in the line, from 1; 0 for a file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<u32>,
    /// How to mend a pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView<'a> {
    /// An address on this server that says what the code means and what to do.
    #[serde(rename = "type")]
    #[schema(example = "/api/problems/not_found")]
    pub(crate) kind: String,
    /// The same for every occurrence of the code.
    pub(crate) title: &'a str,
    /// The status of the answer.
    pub(crate) status: u16,
    /// What is wrong here.
    pub(crate) detail: &'a str,
    /// The request's id, as in `X-Request-Id` and in the server's log.
    pub(crate) instance: &'a str,
    /// The stable code that programs branch on; `docs/errors.md` lists them all.
    pub(crate) code: &'a str,
    /// Each fault of the input, all at once; of very many the first 200, and the detail says how many more there are.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: &'a [FieldError],
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.to_owned(),
            detail: detail.into(),
            file: None,
            line: None,
            column: None,
            help: None,
        }
    }
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self::new(violation.pointer, &violation.rule, violation.detail)
    }
}

impl Problem {
    pub(crate) fn new(reason: impl Into<Reason>, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        let more = More { detail, errors: Vec::new(), retry_after: None, allow: None, cause: None, page: None };
        Self { reason: reason.into(), more: Box::new(more) }
    }

    fn errors(mut self, mut errors: Vec<FieldError>) -> Self {
        if let Some(more) = errors.len().checked_sub(MOST_ERRORS).filter(|more| *more > 0) {
            errors.truncate(MOST_ERRORS);
            self.more.detail.to_mut().push_str(&format!(" The first {MOST_ERRORS} are listed; there are {more} more."));
        }
        self.more.errors = errors;
        self
    }

    /// All faults of what could be read.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields break a rule.", many.len()),
        };
        Self::new(Code::Invalid, detail).errors(errors)
    }

    /// The faults of a pack.
    pub(crate) fn pack(faults: Vec<Fault>) -> Self {
        let detail = match faults.len() {
            1 => "The pack has a fault.".to_owned(),
            many => format!("The pack has {many} faults."),
        };
        let error = |fault: Fault| FieldError {
            file: Some(fault.file),
            line: Some(fault.line),
            column: Some(fault.column),
            help: Some(fault.help),
            ..FieldError::new("", &fault.code, fault.message)
        };
        Self::new(Code::PackInvalid, detail).errors(faults.into_iter().map(error).collect())
    }

    /// The first fault of a text that cannot be read, with its place.
    pub(crate) fn unreadable(code: &str, detail: String, line: usize, column: usize) -> Self {
        let place = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
        let message = format!("{detail} (line {line}, column {column})");
        let error = FieldError { line: place(line), column: place(column), ..FieldError::new("", code, detail) };
        Self::new(HttpCode::BadJson, message).errors(vec![error])
    }

    /// What it looks like, for the documentation.
    pub(crate) fn example(reason: Reason) -> Self {
        let errors = match reason {
            Reason::Domain(Code::Invalid) => vec![FieldError::new("/name", "required", "`name` is needed.")],
            Reason::Domain(Code::PackInvalid) => vec![FieldError {
                file: Some("courses/paths/first-steps.md".to_owned()),
                line: Some(3),
                column: Some(8),
                help: Some("Write a number from 1 to 240.".to_owned()),
                ..FieldError::new("", "out-of-range", "`minutes` is 0.")
            }],
            Reason::Http(HttpCode::BadJson) => vec![FieldError {
                line: Some(1),
                column: Some(9),
                ..FieldError::new("", "syntax", "The body is not JSON: trailing comma.")
            }],
            _ => Vec::new(),
        };
        Self::new(reason, reason.meaning().trim()).errors(errors)
    }

    /// The headers that answers of a status have beside those of all.
    pub(crate) fn headers_of(status: u16) -> &'static [&'static str] {
        match StatusCode::from_u16(status) {
            Ok(StatusCode::UNAUTHORIZED) => &["WWW-Authenticate"],
            Ok(StatusCode::METHOD_NOT_ALLOWED) => &["Allow"],
            Ok(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => &["Retry-After"],
            _ => &[],
        }
    }

    pub(crate) fn no_route() -> Self {
        Self::new(HttpCode::NoRoute, "No route has this address.")
    }

    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let mut problem = Self::new(HttpCode::MethodNotAllowed, format!("This resource knows {allow}."));
        problem.more.allow = HeaderValue::from_str(allow).ok();
        problem
    }

    /// The server has more to do than it can; the request was not begun.
    pub(crate) fn busy() -> Self {
        Self::new(Code::Busy, "The server has more to do than it can at the moment; the request was not begun.")
            .after(Duration::from_secs(1))
    }

    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.more.retry_after = Some(wait);
        self
    }

    /// Adds what went wrong inside, for the log.
    pub(crate) fn because(mut self, cause: &(dyn StdError + 'static)) -> Self {
        self.more.cause = Some(chain(cause));
        self
    }

    /// Whether the server, not the caller, is at fault: worth a line in the log.
    pub(crate) fn is_servers(&self) -> bool {
        self.reason.status().is_server_error()
    }

    /// What went wrong inside, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.more.cause.as_deref()
    }

    /// What is wrong here.
    pub(crate) fn detail(&self) -> &str {
        &self.more.detail
    }

    /// Each fault of the input.
    pub(crate) fn errors_told(&self) -> &[FieldError] {
        &self.more.errors
    }

    /// Shows this page to people in place of the one for all refusals.
    pub(crate) fn shown(mut self, page: String) -> Self {
        self.more.page = Some(page);
        self
    }

    /// The page to show to people, where it has one of its own.
    pub(crate) fn take_page(&mut self) -> Option<String> {
        self.more.page.take()
    }

    /// Whether signing in is what helps.
    pub(crate) fn asks_to_sign_in(&self) -> bool {
        matches!(self.reason, Reason::Domain(Code::Unauthenticated | Code::CredentialExpired | Code::SessionNeeded))
    }

    /// The body for a request's id.
    pub(crate) fn view<'a>(&'a self, instance: &'a str) -> ProblemView<'a> {
        ProblemView {
            kind: self.reason.address(),
            title: self.reason.title(),
            status: self.reason.status().as_u16(),
            detail: &self.more.detail,
            instance,
            code: self.reason.as_str(),
            errors: &self.more.errors,
        }
    }

    /// The answer, without the headers that every answer has.
    pub(crate) fn respond(self, instance: &str) -> HttpResponse<BoxBody> {
        let body = serde_json::to_vec(&self.view(instance)).unwrap_or_default();
        self.respond_with(BoxBody::new(body), PROBLEM_JSON)
    }

    /// The answer with another body than the problem's own.
    pub(crate) fn respond_with(self, body: BoxBody, media_type: &'static str) -> HttpResponse<BoxBody> {
        let status = self.reason.status();
        let mut response = HttpResponse::new(status).set_body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if status == StatusCode::UNAUTHORIZED {
            let challenge = match self.reason {
                Reason::Domain(Code::CredentialExpired) => r#"Bearer realm="cairn", error="invalid_token""#,
                _ => r#"Bearer realm="cairn""#,
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(wait) = self.more.retry_after.or(waits.then_some(Duration::from_secs(1))) {
            // Whole seconds, rounded up: a caller that waits them is not refused again for a fraction.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let Some(allow) = self.more.allow {
            headers.insert(ALLOW, allow);
        }
        response
    }
}

/// An error and what it came from.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let errors = error.violations().iter().cloned().map(FieldError::from).collect();
        let mut problem = Self::new(error.code(), error.message().to_owned()).errors(errors);
        problem.more.retry_after = error.retry_after();
        problem.more.cause = StdError::source(&error).map(chain);
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(n: usize) -> Fault {
        Fault {
            code: "syntax".into(),
            file: format!("courses/{n}.md"),
            line: 1,
            column: 1,
            message: "This is no YAML.".into(),
            help: "Write YAML.".into(),
        }
    }

    #[test]
    fn very_many_faults_are_listed_in_part() {
        let told = |problem: Problem| {
            let view = serde_json::to_value(problem.view("x")).unwrap();
            (view["errors"].as_array().unwrap().len(), view["detail"].as_str().unwrap().to_owned())
        };
        let pack = |faults| told(Problem::pack((0..faults).map(fault).collect()));
        assert_eq!(pack(200), (200, "The pack has 200 faults.".to_owned()));
        let listed = "The first 200 are listed; there are 99800 more.";
        assert_eq!(pack(100_000), (200, format!("The pack has 100000 faults. {listed}")));
        let field = |n: usize| FieldError::new(format!("/answers/{n}"), "type", "This has to be an object.");
        let invalid = told(Problem::invalid((0..100_000).map(field).collect()));
        assert_eq!(invalid, (200, format!("100000 fields break a rule. {listed}")));
        let mut rules = cairn_domain::Violations::new();
        (0..100_000).for_each(|n| rules.push(format!("/answers/{n}"), "unknown", "There is no such question."));
        let broken = Problem::from(rules.check().unwrap_err());
        assert_eq!(told(broken), invalid);
    }
}
