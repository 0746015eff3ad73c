//! Speaking to a Cairn server's API.

mod answer;
mod session;
mod upload;

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::blocking::{Body, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, ORIGIN};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use session::Session;

use crate::output::Progress;
use crate::{Exit, Failure, Output};

/// Who a request is made as.
#[derive(Clone)]
enum Credential {
    Nobody,
    Token(String),
    Session { cookie: String, csrf: String },
}

/// A server's API, spoken to as one caller.
pub struct Client<'a> {
    http: reqwest::blocking::Client,
    server: Url,
    credential: Credential,
    output: &'a Output,
}

/// An answer of 2xx.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when there is none.
    pub body: Value,
}

impl Reply {
    /// The body as a type.
    ///
    /// # Errors
    /// When it is not of that form: the server is of another version.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        view(&self.body)
    }
}

/// A value of the API as a type.
///
/// # Errors
/// When it is not of that form: the server is of another version.
pub fn view<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    T::deserialize(value).map_err(|error| {
        Failure::new(
            Exit::Failed,
            "unexpected_answer",
            format!("The server's answer is not of the expected form: {error}."),
        )
        .help("Use the version of `cairn` that the server has.")
    })
}

impl<'a> Client<'a> {
    /// A client for a server, such as `https://learn.example.org`, with a token where there is one.
    ///
    /// # Errors
    /// [`Exit::Usage`] when the address is not one.
    pub fn new(server: &str, token: Option<&str>, output: &'a Output) -> Result<Self, Failure> {
        let parsed = Url::parse(server).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let server = parsed.ok_or_else(|| {
            Failure::usage(format!("`{server}` is not the address of a server."))
                .help("Write it as `https://learn.example.org` or `http://127.0.0.1:8080`.")
        })?;
        let http = reqwest::blocking::Client::builder()
            .user_agent(concat!("cairn/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(300))
            .build()
            .map_err(|error| {
                Failure::new(Exit::Failed, "client", format!("Could not prepare a connection: {error}."))
            })?;
        let credential = token.map_or(Credential::Nobody, |token| Credential::Token(token.to_owned()));
        Ok(Self { http, server, credential, output })
    }

    /// Whether there is a token to be somebody with.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        !matches!(self.credential, Credential::Nobody)
    }

    /// Whether what is sent can be read on the way: plain HTTP to another machine.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        let host = self.server.host_str().unwrap_or_default();
        let loopback = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        };
        self.server.scheme() == "http" && !loopback
    }

    /// Reads a resource: the path below `/api/v1` in its segments.
    ///
    /// # Errors
    /// Those of the server, and [`Exit::Unavailable`] when none answers.
    pub fn get(&self, path: &[&str]) -> Result<Reply, Failure> {
        self.get_with(path, &[])
    }

    /// Reads a resource with a query.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn get_with(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Reply, Failure> {
        self.send(Method::GET, path, query, |request| request)
    }

    /// Reads a resource; `None` when there is none.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn find(&self, path: &[&str]) -> Result<Option<Reply>, Failure> {
        match self.get(path) {
            Ok(reply) => Ok(Some(reply)),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads a whole list, page by page.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn list(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("limit", "200"));
            if let Some(cursor) = &cursor {
                query.push(("cursor", cursor));
            }
            let mut page = self.send(Method::GET, path, &query, |request| request)?.body;
            match page.get_mut("items").map(Value::take) {
                Some(Value::Array(more)) => items.extend(more),
                _ => return view::<Vec<Value>>(&page),
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// Sends a value by a method.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn write(&self, method: Method, path: &[&str], body: &Value) -> Result<Reply, Failure> {
        self.send(method, path, &[], |request| if body.is_null() { request } else { request.json(body) })
    }

    /// Sends a value in place of the version that an `ETag` names; without one, in the place of nothing.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn replace(&self, path: &[&str], body: &Value, expected: Option<&HeaderValue>) -> Result<Reply, Failure> {
        self.send(Method::PUT, path, &[], |request| {
            let request = request.json(body);
            match expected {
                Some(tag) => request.header(IF_MATCH, tag),
                None => request.header(IF_NONE_MATCH, "*"),
            }
        })
    }

    /// Sends an archive and shows how far it has come. `expected` is the `ETag` that the resource must still have.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn upload(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        (archive, media_type): (Vec<u8>, &str),
        expected: Option<&str>,
        progress: Progress,
    ) -> Result<Reply, Failure> {
        let length = archive.len() as u64;
        let body = Body::sized(upload::Watched::new(archive, progress), length);
        self.send(Method::POST, path, query, |request| {
            let request = request.header(reqwest::header::CONTENT_TYPE, media_type).body(body);
            if let Some(tag) = expected { request.header(IF_MATCH, tag) } else { request }
        })
    }

    /// Reads a file and shows how far it has come.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn download(&self, path: &[&str], progress: &Progress) -> Result<Vec<u8>, Failure> {
        let answer = self.ask(Method::GET, path, &[], |request| request)?;
        let answer = answer::refuse(answer, &self.server)?;
        upload::receive(answer, progress).map_err(|error| {
            Failure::new(Exit::Unavailable, "connection", format!("The connection to {} broke: {error}.", self.server))
                .help("Try again.")
        })
    }

    fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Reply, Failure> {
        let answer = answer::refuse(self.ask(method, path, query, with)?, &self.server)?;
        answer::reply(answer, &self.server)
    }

    fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let url = self.url(path, query)?;
        let request = self.http.request(method.clone(), url.clone()).headers(self.identify()?);
        let answer = with(request).send().map_err(|error| answer::unreachable(&error, &self.server))?;
        self.output.detail(format_args!("{method} {url} → {}", answer.status()));
        Ok(answer)
    }

    /// The address of a resource. Segments are escaped, so that no name leads elsewhere.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url, Failure> {
        let mut url = self.server.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::usage(format!("`{}` is not the address of a server.", self.server)))?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    fn identify(&self) -> Result<HeaderMap, Failure> {
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| {
                Failure::new(Exit::SignedOut, "token", "The token has characters that no token has.")
                    .help("Copy it again, or run `cairn login`.")
            })
        };
        let mut headers = HeaderMap::new();
        match &self.credential {
            Credential::Nobody => {}
            Credential::Token(token) => {
                let mut bearer = value(&format!("Bearer {token}"))?;
                bearer.set_sensitive(true);
                headers.insert(AUTHORIZATION, bearer);
            }
            Credential::Session { cookie, csrf } => {
                let mut cookie = value(cookie)?;
                cookie.set_sensitive(true);
                headers.insert(reqwest::header::COOKIE, cookie);
                headers.insert(HeaderName::from_static("x-csrf-token"), value(csrf)?);
                headers.insert(ORIGIN, value(&self.server.origin().ascii_serialization())?);
            }
        }
        Ok(headers)
    }
}

#[cfg(test)]
pub(crate) mod tests;
