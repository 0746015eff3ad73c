//! Every setting there is.

use config::ValueKind;

/// A setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its dotted name: `section.key`.
    pub(crate) name: &'static str,
    /// Its value when nobody gives one.
    pub(crate) default: Default,
    /// What it is for; in `docs/operations.md` word for word.
    pub(crate) meaning: &'static str,
}

/// A default.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Default {
    /// A text; an empty one is worked out from other settings.
    Text(&'static str),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Switch(bool),
}

impl From<Default> for ValueKind {
    fn from(default: Default) -> Self {
        match default {
            Default::Text(text) => text.into(),
            Default::Number(number) => number.into(),
            Default::Switch(on) => on.into(),
        }
    }
}

impl Key {
    /// The variable that sets it.
    #[cfg(test)]
    pub(crate) fn variable(&self) -> String {
        format!("{}{}", super::PREFIX, self.name.replace('.', "__").to_uppercase())
    }
}

const fn key(name: &'static str, default: Default, meaning: &'static str) -> Key {
    Key { name, default, meaning }
}

/// Every setting, in the order in which it is shown.
pub(crate) const KEYS: &[Key] = &[
    key(
        "data_dir",
        Default::Text("./cairn-data"),
        "The folder for the database, the secret key and the lock. Made with mode 0700.",
    ),
    key(
        "database.url",
        Default::Text(""),
        "`sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Empty: `cairn.db` in the data folder.",
    ),
    key("database.readers", Default::Number(2), "How many connections read at a time on SQLite, 1 to 64."),
    key("database.pool_size", Default::Number(10), "How many connections there are to PostgreSQL, 1 to 200."),
    key("http.address", Default::Text("127.0.0.1:8080"), "The address and port of the API."),
    key(
        "http.public_url",
        Default::Text(""),
        "The address that callers use, such as `https://learn.example.org`: a scheme, a host and at most a port, no path. Empty: `http://` and the address above.",
    ),
    key(
        "http.trusted_proxies",
        Default::Text(""),
        "The addresses of proxies in front, such as `127.0.0.1,10.0.0.5`: their `X-Forwarded-For` says who calls, which the limits on signing in count by.",
    ),
    key(
        "http.insecure_cookies",
        Default::Switch(false),
        "Allow sessions over plain HTTP from other machines. The cookie loses its `__Host-` prefix and `Secure`; anybody on the way can take it.",
    ),
    key("http.workers", Default::Number(2), "How many threads serve requests, 1 to 64."),
    key(
        "operator.address",
        Default::Text("127.0.0.1:9090"),
        "The address and port of `/metrics`, `/livez` and `/readyz`. Nobody signs in there: keep it from strangers.",
    ),
    key(
        "accounts.sign_up",
        Default::Text("closed"),
        "`closed`: an admin makes accounts. `open`: anybody makes their own.",
    ),
    key(
        "accounts.admin_email",
        Default::Text("admin@localhost"),
        "The e-mail address of the first admin, made when there is no user.",
    ),
    key(
        "password.cost",
        Default::Number(12),
        "The cost of hashing a password with bcrypt, 4 to 20; each step doubles the time. Below 10 is for tests.",
    ),
    key(
        "secrets.key_file",
        Default::Text(""),
        "The file with the key behind sessions, tokens and passwords. Empty: `secret.key` in the data folder. Made when it is not there.",
    ),
    key("log.format", Default::Text("text"), "`text`, or `json` for one object a line. Logs go to standard error."),
    key(
        "log.level",
        Default::Text("info"),
        "`error`, `warn`, `info`, `debug` or `trace`, or directives such as `info,cairn_http=debug`.",
    ),
    key(
        "practice.keep_days",
        Default::Number(365),
        "How many days SQL, migrations and transcripts that learners handed in are kept, 1 to 36500. Verdicts stay; without what was handed in they cannot be evaluated again.",
    ),
    key(
        "sandbox.unprotected",
        Default::Text("refuse"),
        "Where the kernel has no Landlock or no seccomp: `refuse` runs no SQL of learners, `allow` runs it behind the protections that are left.",
    ),
    key(
        "content.apply_shipped",
        Default::Switch(true),
        "Apply the curriculum that ships with the program when it starts, as long as nobody has released the pack `backend` otherwise.",
    ),
];
