//! Where a PostgreSQL server is and who asks: read from a URL, handed to libpq's programs by their environment.

use std::{fmt::Write as _, process::Command};

/// A server, a role on it and the database that is open when no other is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) host: String,
    pub(super) port: String,
    pub(super) database: String,
    /// What stood behind `?`, without it.
    pub(super) options: String,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?options`. Whatever is left out is libpq's default.
    /// `None` when the scheme is another one.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"))?;
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        // An IPv6 address stands in brackets, and its colons are not the port's.
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (server, ""),
        };
        Some(Self {
            user: decode(user),
            password: decode(password),
            host: decode(host.trim_start_matches('[').trim_end_matches(']')),
            port: port.to_owned(),
            database: decode(database),
            options: options.to_owned(),
        })
    }

    /// The URL of `database` on this server, with the password in it.
    pub(super) fn url(&self, database: &str) -> String {
        let mut url = String::from("postgres://");
        if !self.user.is_empty() {
            url += &encode(&self.user);
            if !self.password.is_empty() {
                url.push(':');
                url += &encode(&self.password);
            }
            url.push('@');
        }
        if self.host.contains(':') {
            let _ = write!(url, "[{}]", self.host);
        } else {
            url += &encode(&self.host);
        }
        if !self.port.is_empty() {
            url.push(':');
            url += &self.port;
        }
        url.push('/');
        url += &encode(database);
        if !self.options.is_empty() {
            url.push('?');
            url += &self.options;
        }
        url
    }

    /// Sets libpq's variables on a program that is about to run, so that no password is seen in a list of processes.
    pub(super) fn set(&self, command: &mut Command, database: &str) {
        let option = |name: &str| {
            let found = self.options.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
            found.map(|(_, value)| decode(value)).unwrap_or_default()
        };
        let or_option = |value: &str, name: &str| {
            if value.is_empty() { option(name) } else { value.to_owned() }
        };
        for (variable, value) in [
            ("PGHOST", or_option(&self.host, "host")),
            ("PGPORT", or_option(&self.port, "port")),
            ("PGUSER", or_option(&self.user, "user")),
            ("PGPASSWORD", or_option(&self.password, "password")),
            ("PGDATABASE", database.to_owned()),
            ("PGSSLMODE", option("sslmode")),
            ("PGSSLROOTCERT", option("sslrootcert")),
        ] {
            if !value.is_empty() {
                command.env(variable, value);
            }
        }
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
            .flatten();
        decoded.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_url_is_read_in_full_and_written_for_another_database() {
        let address = Address::parse("postgresql://al%40ice:p%3Ass@db.example:6432/main?sslmode=require").unwrap();
        assert_eq!((address.user.as_str(), address.password.as_str()), ("al@ice", "p:ss"));
        assert_eq!((address.host.as_str(), address.port.as_str()), ("db.example", "6432"));
        assert_eq!(address.database, "main");
        assert_eq!(address.url("other db"), "postgres://al%40ice:p%3Ass@db.example:6432/other%20db?sslmode=require");
    }

    #[test]
    fn what_a_url_leaves_out_stays_open() {
        let address = Address::parse("postgres:///main?host=%2Frun%2Fpg").unwrap();
        assert_eq!((address.user.as_str(), address.host.as_str(), address.port.as_str()), ("", "", ""));
        assert_eq!(address.url("main"), "postgres:///main?host=%2Frun%2Fpg");
        let address = Address::parse("postgres://me@[::1]:5433").unwrap();
        assert_eq!((address.host.as_str(), address.port.as_str(), address.database.as_str()), ("::1", "5433", ""));
        assert_eq!(address.url("x"), "postgres://me@[::1]:5433/x");
    }

    #[test]
    fn another_scheme_is_not_for_us() {
        assert_eq!(Address::parse("sqlite://data/cairn.db"), None);
        assert_eq!(Address::parse("data/cairn.db"), None);
    }
}
