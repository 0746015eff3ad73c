use std::io::Read as _;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cairn_drill::http::{Exchange, HttpDrill, MAX_HEADER_BYTES, MAX_HEADERS, Rendered, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use crate::{Exit, Failure};

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The learner's own service.
pub(crate) struct Service {
    http: reqwest::blocking::Client,
    base: String,
    origin: String,
    body_bytes: u32,
}

impl Service {
    /// The service that a drill is run against: at its own address, or at that which the learner says. It is on this machine
    /// unless the learner allows its host by name.
    ///
    /// # Errors
    /// [`Exit::Usage`] when the address is none, or may not be called.
    pub(crate) fn new(drill: &HttpDrill, address: Option<&str>, allowed: &[String]) -> Result<Self, Failure> {
        let base = address.unwrap_or(&drill.base_url.default).trim_end_matches('/');
        if !drill.base_url.may_override && base != drill.base_url.default.trim_end_matches('/') {
            let detail = format!("This drill runs against {} only.", drill.base_url.default);
            return Err(Failure::usage(detail).help("Leave --base-url out."));
        }
        let wrong = || {
            Failure::usage(format!("`{base}` is not the address of a service."))
                .help("Write it as `http://127.0.0.1:8080`.")
        };
        let url = Url::parse(base).map_err(|_| wrong())?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        if !is_here(host) && !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            return Err(Failure::usage(format!(
                "`{host}` is not this machine, and a drill is run against your own service."
            ))
            .help(format!("If it is yours, add --allow-host {host}.")));
        }
        let http = reqwest::blocking::Client::builder()
            .user_agent(concat!("cairn-check/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            .http1_only()
            .connect_timeout(Duration::from_secs(5))
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| {
                Failure::new(Exit::Failed, "client", format!("Could not prepare a connection: {error}."))
            })?;
        let origin = url.origin().ascii_serialization();
        Ok(Self { http, base: base.to_owned(), origin, body_bytes: drill.body_bytes })
    }

    /// Its address, without `/` at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request and keeps what comes back. Nothing that comes back is a failure: it is what the drill is about.
    pub(super) fn send(&self, step: &str, turn: u32, request: &Rendered) -> Exchange {
        self.send_when(step, turn, request, || {})
    }

    /// As [`Self::send`], at the moment when `ready` returns.
    pub(super) fn send_when(&self, step: &str, turn: u32, request: &Rendered, ready: impl FnOnce()) -> Exchange {
        let prepared = self.prepare(request);
        ready();
        #[expect(clippy::disallowed_methods, reason = "how long the service takes is measured here, at the edge")]
        let began = Instant::now();
        let answer = prepared.and_then(|request| self.receive(request));
        let duration_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let (response, error) = match answer {
            Ok(response) => (Some(response), None),
            Err(error) => (None, Some(error)),
        };
        Exchange { step: step.to_owned(), turn, url: request.url.clone(), duration_ms, response, error }
    }

    fn prepare(&self, request: &Rendered) -> Result<reqwest::blocking::Request, String> {
        let url = Url::parse(&request.url).map_err(|error| format!("`{}` is no address: {error}", request.url))?;
        if request.origin.is_some() && url.origin().ascii_serialization() != self.origin {
            return Err(format!("not sent, since an answer led away from the service to {}", request.url));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))?;
            let value =
                HeaderValue::from_bytes(value.as_bytes()).map_err(|_| format!("the header {name} can't be sent"))?;
            headers.append(name, value);
        }
        let method = Method::from_bytes(request.method.as_str().as_bytes()).map_err(|error| error.to_string())?;
        let mut built = self.http.request(method, url).headers(headers);
        if let Some(body) = &request.body {
            built = built.body(body.clone());
        }
        built.build().map_err(|error| innermost(&error))
    }

    fn receive(&self, request: reqwest::blocking::Request) -> Result<Response, String> {
        let answer = self.http.execute(request).map_err(|error| {
            if error.is_timeout() { format!("nothing within {} seconds", TIMEOUT.as_secs()) } else { innermost(&error) }
        })?;
        let status = answer.status().as_u16();
        let headers = kept(answer.headers());
        let (most, mut body) = (self.body_bytes as usize, Vec::new());
        let read = answer.take(u64::from(self.body_bytes) + 1).read_to_end(&mut body);
        read.map_err(|error| format!("the answer broke off: {error}"))?;
        let cut = body.len() > most;
        body.truncate(most);
        Ok(Response { status, headers, body: STANDARD.encode(body), cut })
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Headers as a transcript has them, as many as it may have.
fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>();
    let mut left = MAX_HEADER_BYTES;
    let pairs = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    let fitting = pairs.take_while(|(name, value)| {
        let length = name.len() + value.len();
        left.checked_sub(length).is_some_and(|rest| {
            left = rest;
            true
        })
    });
    fitting.take(MAX_HEADERS).collect()
}

fn innermost(error: &reqwest::Error) -> String {
    let mut reason = error as &dyn std::error::Error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string()
}
