//! Speaking to the server as somebody, and looking at what comes back.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;

use cairn_domain::identity::User;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::server::Server;

/// An answer, read to its end. What every answer has was checked already.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn etag(&self) -> String {
        assert!(self.header("etag").starts_with('"'), "a strong ETag is expected: {self:?}");
        self.header("etag").to_owned()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(super) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem of an answer with this status and code, with all that a problem has.
    #[track_caller]
    pub(super) fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("/api/problems/{code}"));
        assert_eq!(body["instance"], self.header("x-request-id"));
        assert!(!body["title"].as_str().unwrap().is_empty() && !body["detail"].as_str().unwrap().is_empty());
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(status == 401, self.headers.contains_key("www-authenticate"));
        assert_eq!(status == 405, self.headers.contains_key("allow"));
        assert_eq!(matches!(status, 429 | 503), self.headers.contains_key("retry-after"));
        body
    }

    /// The page of an answer with this status.
    #[track_caller]
    pub(super) fn page(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
        assert_eq!(self.header("content-security-policy"), policy);
        let text = self.text();
        assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">") && text.contains("<title>"), "{text}");
        text
    }

    /// Where an answer leads that says: done, look there.
    #[track_caller]
    pub(super) fn led_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", String::from_utf8_lossy(&self.bytes));
        assert!(self.bytes.is_empty());
        self.header("location")
    }

    /// Pointers and codes of the faults that a problem lists.
    #[track_caller]
    pub(super) fn faults(&self, status: u16, code: &str) -> Vec<(String, String)> {
        let body = self.problem(status, code);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        body["errors"].as_array().unwrap().iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
    }
}

enum Credential {
    Nobody,
    Token(String),
    Session { secret: String, csrf: String },
}

/// Somebody at the API.
pub(super) struct Caller<'a> {
    server: &'a Server,
    credential: Credential,
    pub(super) id: String,
}

fn http() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap())
}

impl<'a> Caller<'a> {
    pub(super) fn anybody(server: &'a Server) -> Self {
        Self { server, credential: Credential::Nobody, id: String::new() }
    }

    pub(super) fn program(server: &'a Server, user: &User, token: &str) -> Self {
        Self { server, credential: Credential::Token(token.to_owned()), id: user.id.to_string() }
    }

    pub(super) fn browser(server: &'a Server, user: &User, secret: &str, csrf: &str) -> Self {
        let credential = Credential::Session { secret: secret.to_owned(), csrf: csrf.to_owned() };
        Self { server, credential, id: user.id.to_string() }
    }

    /// The origin of the server's own pages.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.server.api)
    }

    /// A request with the credential and all that belongs to it.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare(method.clone(), path);
        match &self.credential {
            Credential::Nobody => request,
            Credential::Token(token) => request.bearer_auth(token),
            Credential::Session { csrf, .. } => {
                let request = self.with_cookie(request);
                if method == Method::GET || method == Method::HEAD {
                    return request;
                }
                request.header("x-csrf-token", csrf).header("origin", self.origin())
            }
        }
    }

    /// A request without any credential.
    pub(super) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        http().request(method, format!("{}{path}", self.origin()))
    }

    /// Adds the session's cookie alone.
    pub(super) fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.credential {
            Credential::Session { secret, .. } => request.header("cookie", format!("__Host-cairn-session={secret}")),
            _ => request,
        }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).json(body))
    }

    /// Sends a form of a page, with the session's token in it.
    pub(super) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        send(self.form_request(path, fields).header("origin", self.origin()))
    }

    /// A form without an origin.
    pub(super) fn form_request(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let token = match &self.credential {
            Credential::Session { csrf, .. } => Some(("csrf_token", csrf.as_str())),
            _ => None,
        };
        let body = encoded(fields.iter().copied().chain(token));
        let request = self.with_cookie(self.bare(Method::POST, path));
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::PUT, path).json(body))
    }

    pub(super) fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path))
    }

    /// Changes something whose version is named by this `ETag`; `None` names none.
    pub(super) fn patch(&self, path: &str, etag: Option<&str>, body: &Value) -> Answer {
        let request = self.request(Method::PATCH, path).json(body);
        send(match etag {
            Some(etag) => request.header("if-match", etag),
            None => request,
        })
    }

    /// Sends an archive.
    pub(super) fn send_pack(&self, path: &str, archive: Vec<u8>) -> Answer {
        send(self.pack_request(path, archive))
    }

    pub(super) fn pack_request(&self, path: &str, archive: Vec<u8>) -> RequestBuilder {
        self.request(Method::POST, path).header("content-type", "application/gzip").body(archive)
    }

    /// Every item of a list, page by page.
    pub(super) fn all(&self, path: &str, limit: u32) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{}limit={limit}{cursor}", if path.contains('?') { '&' } else { '?' }));
            let page = page.expect(200);
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

/// Fields as a browser sends them.
pub(super) fn encoded<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}

/// Sends a request and checks what every answer has.
#[track_caller]
pub(super) fn send(request: RequestBuilder) -> Answer {
    let answer = request.send().unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let answer = Answer { status, headers, bytes: answer.bytes().unwrap().to_vec() };
    assert_eq!(answer.header("x-request-id").len(), 32, "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(!answer.header("referrer-policy").is_empty());
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!answer.header("cache-control").is_empty());
    answer
}

/// A GET on any address, such as the operator's port.
pub(super) fn get(address: SocketAddr, path: &str) -> Answer {
    send(http().get(format!("http://{address}{path}")))
}

/// Sends bytes and gives what comes back until the connection is closed, or `until` is in it.
pub(super) fn raw(address: SocketAddr, bytes: &[u8], until: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let (mut text, mut chunk) = (String::new(), [0; 4096]);
    while !text.contains(until) {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&chunk[..read])),
        }
    }
    text
}
