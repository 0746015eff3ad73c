//! The query of an address: documented names only, each once.

use actix_web::web;
use cairn_domain::shared::{CursorSigner, PageRequest};
use cairn_domain::{Code, Violations};

use crate::endpoint::Query;
use crate::problem::{FieldError, Problem};

/// A text as the value of a parameter.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        // What RFC 3986, 2.3 calls unreserved.
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A request's parameters.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query of which these parameters are known.
    ///
    /// # Errors
    /// `invalid` with every parameter that is unknown, there twice, or has a value that is not allowed.
    pub(crate) fn read(text: &str, known: &[Query]) -> Result<Self, Problem> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let pairs = web::Query::<Vec<(String, String)>>::from_query(text).map(web::Query::into_inner);
        let pairs = pairs.map_err(|_| {
            Problem::invalid(vec![FieldError::new("", "syntax", "The query of the address cannot be read.")])
        })?;
        let mut faults = Vec::new();
        for (at, (name, value)) in pairs.iter().enumerate() {
            let mut fault = |code: &str, detail: String| faults.push(FieldError::new(format!("/{name}"), code, detail));
            match known.iter().find(|query| query.name == name) {
                None if name.contains("token") || value.starts_with("cairn_") => fault(
                    "secret_in_address",
                    "A token is never taken from an address, which logs and histories keep. Send it as \
                     `Authorization: Bearer …`, and revoke this one if it was real."
                        .to_owned(),
                ),
                None => {
                    let names = known.iter().map(|query| format!("`{}`", query.name)).collect::<Vec<_>>().join(", ");
                    fault(
                        "unknown_parameter",
                        match names.as_str() {
                            "" => "This address takes no parameters.".to_owned(),
                            names => format!("There is no such parameter; there are {names}."),
                        },
                    );
                }
                Some(_) if pairs[..at].iter().any(|(before, _)| before == name) => {
                    fault("duplicate", format!("`{name}` is there twice."));
                }
                Some(query) if !query.allowed.is_empty() && !query.allowed.contains(&value.as_str()) => {
                    fault("unknown_value", format!("`{name}` is one of {}.", query.allowed.join(", ")));
                }
                Some(_) => {}
            }
        }
        if faults.is_empty() { Ok(Self(pairs)) } else { Err(Problem::invalid(faults)) }
    }

    /// Reads a query as a page does: whatever is not known was added on the way here, and means nothing.
    ///
    /// # Errors
    /// As [`Parameters::read`], for the parameters that are known.
    pub(crate) fn read_known(text: &str, known: &[Query]) -> Result<Self, Problem> {
        if known.is_empty() {
            return Ok(Self::default());
        }
        let of = |pair: &&str| known.iter().any(|query| pair.split('=').next() == Some(query.name));
        Self::read(&text.split('&').filter(of).collect::<Vec<_>>().join("&"), known)
    }

    /// The query again, in one form for one meaning: `?` and the parameters in order of their names, without those left
    /// out and without empty parts; nothing where there are none.
    pub(crate) fn canonical(&self, without: &[&str]) -> String {
        let mut kept: Vec<_> = self.0.iter().filter(|(name, _)| !without.contains(&name.as_str())).collect();
        kept.sort();
        let mut text = String::new();
        for (name, value) in kept {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&escaped(value));
        }
        text
    }

    /// A parameter's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// A parameter's value as something of the domain.
    ///
    /// # Errors
    /// `invalid` when it is not of its form.
    pub(crate) fn parse<T: std::str::FromStr<Err = cairn_domain::Error>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: cairn_domain::Error| {
            let faults = error.violations().iter();
            Problem::invalid(faults.map(|v| FieldError::new(format!("/{name}"), &v.rule, v.detail.clone())).collect())
        })
    }

    /// A parameter's values, with commas between them; none when it is left out.
    ///
    /// # Errors
    /// `invalid` with each one that is not of its form.
    pub(crate) fn parse_list<T: std::str::FromStr<Err = cairn_domain::Error>>(
        &self,
        name: &str,
    ) -> Result<Vec<T>, Problem> {
        let (mut all, mut faults) = (Vec::new(), Violations::new());
        for (at, text) in self.get(name).into_iter().flat_map(|text| text.split(',')).enumerate() {
            all.extend(faults.take(&format!("/{name}/{at}"), text.trim().parse()));
        }
        faults.check()?;
        Ok(all)
    }

    /// Which page of a list is asked for. `list` names the list with its filters: a cursor is of one list alone.
    ///
    /// # Errors
    /// `invalid` for a limit out of range, `bad_cursor`.
    pub(crate) fn page(&self, list: &str, signer: &dyn CursorSigner) -> Result<PageRequest, Problem> {
        // What is no number, or one in another form than the plain one, is out of range too, and gets the same answer.
        let number = |text: &str| text.parse().ok().filter(|number: &u32| number.to_string() == text);
        let limit = self.get("limit").map(|text| number(text).unwrap_or(0));
        let after = match self.get("cursor") {
            Some(text) => Some(signer.open(list, text).ok_or_else(|| {
                Problem::new(Code::BadCursor, "The cursor was not made by this server for this list and these filters.")
            })?),
            None => None,
        };
        Ok(PageRequest::new(limit, after)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;
    impl CursorSigner for Plain {
        fn seal(&self, list: &str, key: &str) -> String {
            format!("{list}-{key}")
        }
        fn open(&self, list: &str, text: &str) -> Option<String> {
            text.strip_prefix(list)?.strip_prefix('-').map(str::to_owned)
        }
    }

    fn known() -> Vec<Query> {
        let query = |name, allowed| Query { name, about: "", example: serde_json::Value::Null, allowed };
        vec![query("limit", &[] as &[&str]), query("cursor", &[]), query("sort", &["created", "email"])]
    }

    fn codes(text: &str) -> Vec<String> {
        let problem = Parameters::read(text, &known()).unwrap_err();
        let view = serde_json::to_value(problem.view("x")).unwrap();
        let errors = view["errors"].as_array().unwrap().iter();
        errors.map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect()
    }

    #[test]
    fn every_wrong_parameter_is_told() {
        assert_eq!(
            codes("sort=name&limit=1&limit=2&x=1"),
            ["/sort unknown_value", "/limit duplicate", "/x unknown_parameter"]
        );
        assert_eq!(codes("access_token=abc"), ["/access_token secret_in_address"]);
        assert_eq!(codes("key=cairn_abc"), ["/key secret_in_address"]);
    }

    #[test]
    fn one_meaning_has_one_form() {
        let form = |text: &str| Parameters::read(text, &known()).unwrap().canonical(&[]);
        for text in ["sort=email&limit=5", "limit=5&sort=email", "&&limit=5&&&sort=email&", "l%69mit=%35&sort=email"] {
            assert_eq!(form(text), "?limit=5&sort=email", "{text}");
        }
        assert_eq!((form("").as_str(), form("&&&").as_str()), ("", ""));
        let odd = form("cursor=a%26limit%3D5+%C3%A9%25");
        assert_eq!(odd, "?cursor=a%26limit%3D5%20%C3%A9%25");
        assert_eq!(form(&odd[1..]), odd);
        assert_eq!(Parameters::read("cursor=x&limit=5", &known()).unwrap().canonical(&["cursor"]), "?limit=5");
    }

    #[test]
    fn a_page_has_a_limit_and_a_cursor_of_its_list() {
        let page = |text: &str| {
            let page = Parameters::read(text, &known()).unwrap().page("users", &Plain);
            page.map(|page| (page.limit(), page.after().map(str::to_owned))).map_err(|p| p.reason.as_str())
        };
        assert_eq!(page(""), Ok((50, None)));
        assert_eq!(page("limit=2&cursor=users-k%20k"), Ok((2, Some("k k".into()))));
        assert_eq!(page("cursor=tokens-k"), Err("bad_cursor"));
        for bad in ["0", "201", "-1", "ten", "", "1.5", "%2B5", "05"] {
            assert_eq!(page(&format!("limit={bad}")), Err("invalid"), "{bad}");
        }
    }
}
