//! Signing in with a password, for the requests that no token may make.

use reqwest::Method;
use reqwest::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Credential};
use crate::{Exit, Failure};

/// A signed-in session, which lasts until [`Session::end`].
pub struct Session<'a> {
    client: Client<'a>,
    /// The account, as the API shows it.
    pub user: Value,
}

#[derive(Deserialize)]
struct Opened {
    user: Value,
    csrf_token: String,
}

impl<'a> Client<'a> {
    /// Signs in.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn sign_in(&self, email: &str, password: &str) -> Result<Session<'a>, Failure> {
        let anonymous = self.with(Credential::Nobody);
        let reply = anonymous
            .write(Method::POST, &["session"], &json!({ "email": email, "password": password }))
            .map_err(|mut failure| {
                // The advice to sign in is of no use to whoever just tried.
                if failure.status == Some(401) {
                    failure.help = Some("Check the address and the password, and try again.".to_owned());
                }
                failure
            })?;
        let opened: Opened = reply.read()?;
        let cookies = reply.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pair = cookies.filter_map(|cookie| cookie.split(';').next()).find(|pair| pair.contains('='));
        let cookie = pair.map(str::to_owned).ok_or_else(|| {
            Failure::new(Exit::Failed, "unexpected_answer", "The server opened a session and did not say which.")
        })?;
        Ok(Session { client: self.with(Credential::Session { cookie, csrf: opened.csrf_token }), user: opened.user })
    }

    fn with(&self, credential: Credential) -> Client<'a> {
        Client { http: self.http.clone(), server: self.server.clone(), credential, output: self.output }
    }
}

impl<'a> Session<'a> {
    /// The API, spoken to by this session.
    #[must_use]
    pub fn client(&self) -> &Client<'a> {
        &self.client
    }

    /// Signs out.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn end(self) -> Result<(), Failure> {
        self.client.write(Method::DELETE, &["session"], &Value::Null).map(|_| ())
    }
}
