//! The credential that a request comes with.

use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap};
use cairn_domain::Code;
use cairn_domain::identity::{SecretDigest, SecretMaker};

use crate::problem::Problem;

/// The name of the session's cookie; the prefix makes browsers insist on `Secure`, on this host and on the path `/`.
pub(crate) const COOKIE_NAME: &str = "__Host-cairn-session";
/// Its name where it goes over plain HTTP.
pub(crate) const INSECURE_COOKIE_NAME: &str = "cairn-session";

/// A credential by the digest of its secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// A session's cookie, which a browser sends by itself.
    Session(SecretDigest),
    /// A token, which somebody sends on purpose.
    Token(SecretDigest),
}

impl Credential {
    pub(crate) fn digest(&self) -> &SecretDigest {
        match self {
            Self::Session(digest) | Self::Token(digest) => digest,
        }
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(of, _)| *of == name).map(|(_, value)| value))
}

/// Whether a session's cookie came along, whatever it is worth.
pub(crate) fn has_session(headers: &HeaderMap, cookie_name: &str) -> bool {
    cookie(headers, cookie_name).is_some()
}

/// The session's cookie, for pages: they know no other credential, and one that cannot be a secret of this server is as
/// good as none.
pub(crate) fn session(headers: &HeaderMap, secrets: &dyn SecretMaker, cookie_name: &str) -> Option<Credential> {
    cookie(headers, cookie_name).and_then(|secret| secrets.session_digest(secret)).map(Credential::Session)
}

/// Finds the credential: `Authorization`, or else the session's cookie.
///
/// # Errors
/// `unauthenticated` for another scheme than Bearer; `credential_expired` for what cannot be a secret of this server.
pub(crate) fn find(
    headers: &HeaderMap,
    secrets: &dyn SecretMaker,
    cookie_name: &str,
) -> Result<Option<Credential>, Problem> {
    let invalid =
        || Problem::new(Code::CredentialExpired, "The session or token is unknown, has ended or was revoked.");
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default();
        let (scheme, secret) = text.split_once(' ').unwrap_or((text, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            let detail = "`Authorization` has to be `Bearer` with a token.";
            return Err(Problem::new(Code::Unauthenticated, detail));
        }
        let digest = secrets.token_digest(secret.trim()).ok_or_else(invalid)?;
        return Ok(Some(Credential::Token(digest)));
    }
    match cookie(headers, cookie_name) {
        Some(secret) => Ok(Some(Credential::Session(secrets.session_digest(secret).ok_or_else(invalid)?))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use cairn_security::{Keyring, MasterSecret, Secrets};

    use super::*;

    #[test]
    fn a_token_goes_before_a_cookie_and_other_schemes_are_refused() {
        let secrets = Secrets::new(&Keyring::new(&MasterSecret::generate()));
        let ((token, of_token), (session, of_session)) = (secrets.token(), secrets.session());
        let find = |pairs: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                let name = if *name == "cookie" { COOKIE } else { AUTHORIZATION };
                headers.append(name, HeaderValue::from_str(value).unwrap());
            }
            super::find(&headers, &secrets, COOKIE_NAME).map_err(|problem| problem.reason.as_str())
        };
        let bearer = format!("bearer {token}");
        let cookie = format!("a=b; {COOKIE_NAME}={session}; c=d");
        assert_eq!(find(&[]), Ok(None));
        assert_eq!(find(&[("cookie", "a=b")]), Ok(None));
        assert_eq!(find(&[("cookie", &cookie)]), Ok(Some(Credential::Session(of_session))));
        assert_eq!(find(&[("authorization", &bearer), ("cookie", &cookie)]), Ok(Some(Credential::Token(of_token))));
        assert_eq!(find(&[("authorization", "Basic YTpi"), ("cookie", &cookie)]), Err("unauthenticated"));
        assert_eq!(find(&[("authorization", &format!("Bearer {session}"))]), Err("credential_expired"));
        assert_eq!(find(&[("authorization", "Bearer")]), Err("credential_expired"));
        assert_eq!(find(&[("cookie", &format!("{COOKIE_NAME}={token}"))]), Err("credential_expired"));
        assert_eq!(
            find(&[("cookie", &format!("cairn-session={session}"))]),
            Ok(None),
            "the prefix is part of the name"
        );
    }
}
