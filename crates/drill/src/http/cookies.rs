//! Cookies that a service sets, and those that are sent back.

use serde_json::Value;

/// A `Set-Cookie` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SetCookie<'l> {
    pub(super) name: &'l str,
    pub(super) value: &'l str,
    attributes: Vec<(&'l str, Option<&'l str>)>,
}

impl<'l> SetCookie<'l> {
    /// Reads a line as browsers do (RFC 6265, section 5.2); none when it has no name.
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        let attribute = |part: &'l str| match part.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (part.trim(), None),
        };
        let attributes = parts.map(attribute).filter(|(name, _)| !name.is_empty()).collect();
        Some(Self { name, value: value.trim(), attributes })
    }

    /// What an attribute says, or true where it only stands there; the last one of that name.
    pub(super) fn attribute(&self, name: &str) -> Option<Value> {
        let found = self.attributes.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(found.1.map_or(Value::Bool(true), Value::from))
    }

    /// Whether it takes the cookie away. There is no clock here, so of `Expires` only a date long gone is known for one,
    /// as services write it for that.
    fn removes(&self) -> bool {
        let text = |name: &str| self.attribute(name).and_then(|value| value.as_str().map(str::to_owned));
        if let Some(age) = text("Max-Age") {
            return age.parse::<i64>().is_ok_and(|seconds| seconds <= 0);
        }
        let years = |date: String| {
            date.split([' ', '-']).filter(|part| part.len() == 4).find_map(|part| part.parse::<u32>().ok())
        };
        text("Expires").and_then(years).is_some_and(|year| year < 2001)
    }
}

/// What a run keeps of cookies. All steps go to one service, so domains play no part; nor does `Secure`, as browsers too
/// send such cookies to this very machine without TLS.
#[derive(Debug, Clone, Default)]
pub(super) struct Jar(Vec<Kept>);

#[derive(Debug, Clone)]
struct Kept {
    name: String,
    value: String,
    path: String,
}

/// The most cookies that are kept, as many as browsers keep of a site.
const MAX_COOKIES: usize = 50;

impl Jar {
    /// Takes what an answer to a request for `target`, a path with its query, sets.
    pub(super) fn take<'l>(&mut self, target: &str, lines: impl Iterator<Item = &'l str>) {
        for cookie in lines.filter_map(SetCookie::parse) {
            let given = cookie.attribute("Path").and_then(|path| path.as_str().map(str::to_owned));
            let path = given.filter(|path| path.starts_with('/')).unwrap_or_else(|| folder(target));
            self.0.retain(|kept| !(kept.name == cookie.name && kept.path == path));
            if !cookie.removes() && self.0.len() < MAX_COOKIES {
                self.0.push(Kept { name: cookie.name.into(), value: cookie.value.into(), path });
            }
        }
    }

    /// The `Cookie` header of a request for `target`; none without cookies. Longer paths stand first.
    pub(super) fn header(&self, target: &str) -> Option<String> {
        let path = target.split('?').next().unwrap_or_default();
        let mut sent: Vec<&Kept> = self.0.iter().filter(|kept| covers(&kept.path, path)).collect();
        sent.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<String> = sent.iter().map(|kept| format!("{}={}", kept.name, kept.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// The path that a cookie has where it says none.
fn folder(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    match path.rfind('/') {
        None | Some(0) => "/".into(),
        Some(end) => path[..end].into(),
    }
}

fn covers(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_read_as_browsers_read_it() {
        let line = " sid = a=b ; HttpOnly; Max-Age=60;samesite = Lax;; Path=/";
        let cookie = SetCookie::parse(line).unwrap();
        assert_eq!((cookie.name, cookie.value), ("sid", "a=b"));
        assert_eq!(cookie.attribute("httponly"), Some(json!(true)));
        assert_eq!(cookie.attribute("Max-Age"), Some(json!("60")));
        assert_eq!(cookie.attribute("SameSite"), Some(json!("Lax")));
        assert_eq!(cookie.attribute("Secure"), None);
        for none in ["", "sid", "=x", ";a=b"] {
            assert_eq!(SetCookie::parse(none), None, "{none}");
        }
    }

    #[test]
    fn cookies_go_where_their_path_covers() {
        let mut jar = Jar::default();
        jar.take("/login?x=/y/z", ["a=1", "b=2; Path=/admin", "c=3; Path=x"].into_iter());
        assert_eq!(jar.header("/notes?q").as_deref(), Some("a=1; c=3"));
        assert_eq!(jar.header("/admin").as_deref(), Some("b=2; a=1; c=3"));
        assert_eq!(jar.header("/admin/x").as_deref(), Some("b=2; a=1; c=3"));
        assert_eq!(jar.header("/administer").as_deref(), Some("a=1; c=3"));
        jar.take("/deep/er/login", ["d=4"].into_iter());
        assert_eq!(jar.header("/deep/x").as_deref(), Some("a=1; c=3"));
        assert_eq!(jar.header("/deep/er").as_deref(), Some("d=4; a=1; c=3"));
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_away() {
        let mut jar = Jar::default();
        jar.take("/", ["a=1", "b=1", "c=1"].into_iter());
        jar.take("/", ["a=2; Max-Age=5", "b=; Max-Age=0", "c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"].into_iter());
        assert_eq!(jar.header("/").as_deref(), Some("a=2"));
        jar.take("/", ["a=3; Expires=Wed, 21 Oct 2099 07:28:00 GMT"].into_iter());
        assert_eq!(jar.header("/").as_deref(), Some("a=3"));
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut jar = Jar::default();
        let lines: Vec<String> = (0..1000).map(|number| format!("c{number}=1")).collect();
        jar.take("/", lines.iter().map(String::as_str));
        assert_eq!(jar.0.len(), MAX_COOKIES);
    }
}
