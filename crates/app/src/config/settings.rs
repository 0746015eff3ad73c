//! The settings, typed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use cairn_cli::{Exit, Failure};
use cairn_domain::identity::Email;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Every setting with its effective value.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) database_url: String,
    pub(crate) readers: u32,
    pub(crate) pool_size: u32,
    pub(crate) http_address: SocketAddr,
    pub(crate) public_url: String,
    /// Whether somebody set it.
    pub(crate) public_url_given: bool,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) insecure_cookies: bool,
    pub(crate) workers: usize,
    pub(crate) operator_address: SocketAddr,
    pub(crate) sign_up_open: bool,
    pub(crate) admin_email: Email,
    pub(crate) password_cost: u32,
    pub(crate) key_file: PathBuf,
    pub(crate) log_format: LogFormat,
    pub(crate) log_level: String,
    /// For how many days what learners handed in at drills is kept.
    pub(crate) keep_days: u32,
    /// Whether learners' SQL is run where the kernel cannot close the sandbox.
    pub(crate) sandbox_unprotected: bool,
    pub(crate) apply_shipped: bool,
}

/// Reads merged values and says of each wrong one where it came from.
struct Reader<'a> {
    merged: &'a config::Config,
    origins: &'a BTreeMap<&'static str, String>,
}

impl Reader<'_> {
    fn wrong(&self, key: &str, needs: &str) -> Failure {
        let origin = self.origins.get(key).map_or("default", String::as_str);
        let value = self.merged.get_string(key).map(|value| format!(" `{value}`")).unwrap_or_default();
        // A URL may hold a password.
        let value = if key == "database.url" { String::new() } else { value };
        Failure::new(
            Exit::Configuration,
            "configuration",
            format!("The setting `{key}`{value} (from {origin}) is not {needs}."),
        )
    }

    /// Of `http.public_url`, without its value: it may hold a password.
    fn no_origin(&self, fault: &str) -> Failure {
        let key = "http.public_url";
        let origin = self.origins.get(key).map_or("default", String::as_str);
        Failure::new(Exit::Configuration, "configuration", format!("The setting `{key}` (from {origin}) {fault}."))
            .help("Give a scheme, a host and at most a port, such as `https://learn.example.org`.")
    }

    fn get<'de, T: Deserialize<'de>>(&self, key: &str, needs: &str) -> Result<T, Failure> {
        self.merged.get(key).map_err(|_| self.wrong(key, needs))
    }

    fn text(&self, key: &str) -> Result<String, Failure> {
        self.get(key, "a text")
    }

    fn switch(&self, key: &str) -> Result<bool, Failure> {
        self.get(key, "`true` or `false`")
    }

    fn number(&self, key: &str, range: RangeInclusive<u32>) -> Result<u32, Failure> {
        let needs = format!("a whole number from {} to {}", range.start(), range.end());
        let number: u32 = self.get(key, &needs)?;
        if range.contains(&number) { Ok(number) } else { Err(self.wrong(key, &needs)) }
    }

    fn parsed<T: FromStr>(&self, key: &str, needs: &str) -> Result<T, Failure> {
        self.text(key)?.parse().map_err(|_| self.wrong(key, needs))
    }

    fn addresses(&self, key: &str) -> Result<Vec<IpAddr>, Failure> {
        let text = self.text(key)?;
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| part.parse().map_err(|_| self.wrong(key, "a list of IP addresses with commas between")))
            .collect()
    }

    fn one_of<T: Copy>(&self, key: &str, names: &[(&str, T)]) -> Result<T, Failure> {
        let text = self.text(key)?;
        names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.wrong(key, &names.join(" or "))
        })
    }
}

/// The origin of an address as browsers send it in `Origin`, or what keeps the address from being one: a cookie's write is
/// let through only where the two are equal.
fn origin(address: &str) -> Result<String, &'static str> {
    // The library reads `https:host` and `HTTPS:\\host` too; what nobody means is better refused.
    let lower = address.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err("does not begin with `https://` or `http://`");
    }
    let url = Url::parse(address).map_err(|_| "is not an address")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user or a password in it, which an origin has not");
    }
    if url.path() != "/" {
        return Err("has a path: the API is served at the root of a host");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment, which an origin has not");
    }
    Ok(url.origin().ascii_serialization())
}

impl Settings {
    pub(super) fn from(merged: &config::Config, origins: &BTreeMap<&'static str, String>) -> Result<Self, Failure> {
        let from = Reader { merged, origins };
        let data_dir = PathBuf::from(from.text("data_dir")?);
        if data_dir.as_os_str().is_empty() {
            return Err(from.wrong("data_dir", "a folder"));
        }
        let http_address: SocketAddr =
            from.parsed("http.address", "an address with a port, such as `127.0.0.1:8080`")?;
        let database_url = match from.text("database.url")? {
            url if url.is_empty() => format!("sqlite:{}", data_dir.join("cairn.db").display()),
            url if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) => url,
            _ => return Err(from.wrong("database.url", "`sqlite:PATH` or `postgres://…`")),
        };
        let public_url_given = !from.text("http.public_url")?.is_empty();
        let public_url = match from.text("http.public_url")? {
            url if url.is_empty() => format!("http://{http_address}"),
            url => origin(&url).map_err(|fault| from.no_origin(fault))?,
        };
        let key_file = match from.text("secrets.key_file")? {
            path if path.is_empty() => data_dir.join("secret.key"),
            path => PathBuf::from(path),
        };
        let log_level = from.text("log.level")?;
        if tracing_subscriber::EnvFilter::try_new(&log_level).is_err() {
            return Err(
                from.wrong("log.level", "a level such as `info`, or directives such as `info,cairn_http=debug`")
            );
        }
        let admin_email = Email::new(&from.text("accounts.admin_email")?)
            .map_err(|_| from.wrong("accounts.admin_email", "an e-mail address"))?;
        Ok(Self {
            database_url,
            readers: from.number("database.readers", 1..=64)?,
            pool_size: from.number("database.pool_size", 1..=200)?,
            http_address,
            public_url,
            public_url_given,
            trusted_proxies: from.addresses("http.trusted_proxies")?,
            insecure_cookies: from.switch("http.insecure_cookies")?,
            workers: from.number("http.workers", 1..=64)? as usize,
            operator_address: from.parsed("operator.address", "an address with a port, such as `127.0.0.1:9090`")?,
            sign_up_open: from.one_of("accounts.sign_up", &[("closed", false), ("open", true)])?,
            admin_email,
            password_cost: from.number("password.cost", 4..=20)?,
            key_file,
            log_format: from.one_of("log.format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])?,
            log_level,
            keep_days: from.number("practice.keep_days", 1..=36_500)?,
            sandbox_unprotected: from.one_of("sandbox.unprotected", &[("refuse", false), ("allow", true)])?,
            apply_shipped: from.switch("content.apply_shipped")?,
            data_dir,
        })
    }

    /// A setting's value, as it may be seen.
    pub(super) fn shown(&self, key: &str) -> Value {
        match key {
            "data_dir" => json!(self.data_dir),
            "database.url" => json!(self.database_url_shown()),
            "database.readers" => json!(self.readers),
            "database.pool_size" => json!(self.pool_size),
            "http.address" => json!(self.http_address),
            "http.public_url" => json!(self.public_url),
            "http.trusted_proxies" => {
                json!(self.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
            "http.insecure_cookies" => json!(self.insecure_cookies),
            "http.workers" => json!(self.workers),
            "operator.address" => json!(self.operator_address),
            "accounts.sign_up" => json!(if self.sign_up_open { "open" } else { "closed" }),
            "accounts.admin_email" => json!(self.admin_email.as_str()),
            "password.cost" => json!(self.password_cost),
            "secrets.key_file" => json!(self.key_file),
            "log.format" => json!(if self.log_format == LogFormat::Json { "json" } else { "text" }),
            "log.level" => json!(self.log_level),
            "practice.keep_days" => json!(self.keep_days),
            "sandbox.unprotected" => json!(if self.sandbox_unprotected { "allow" } else { "refuse" }),
            "content.apply_shipped" => json!(self.apply_shipped),
            _ => Value::Null,
        }
    }

    /// The database's address without a password, in whichever place it stands.
    pub(crate) fn database_url_shown(&self) -> String {
        let Some((scheme, rest)) = self.database_url.split_once("://").filter(|_| !self.is_sqlite()) else {
            return self.database_url.clone();
        };
        // A password may have any character in it, also where libpq would want another: rather too much is hidden.
        let shown = match rest.rsplit_once('@').and_then(|(who, place)| Some((who.split_once(':')?.0, place))) {
            Some((user, place)) => format!("{scheme}://{user}:***@{place}"),
            None => self.database_url.clone(),
        };
        let hidden = |pair: &str| match pair.split_once('=') {
            Some((name, _)) if name.to_lowercase().contains("pass") => format!("{name}=***"),
            _ => pair.to_owned(),
        };
        match shown.split_once('?') {
            Some((address, query)) => {
                format!("{address}?{}", query.split('&').map(hidden).collect::<Vec<_>>().join("&"))
            }
            None => shown,
        }
    }

    /// Whether the database is SQLite, in a file of this machine.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.database_url.starts_with("sqlite:")
    }
}
