//! Checking that everything is in order.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use cairn_cli::{Exit, Failure, Output, words};
use cairn_domain::shared::{Clock as _, Timestamp};
use cairn_domain::{Store, StoreExt as _};
use cairn_security::{MasterSecret, SystemClock};
use cairn_storage::Claim;
use serde::Serialize;

use crate::config::{Configuration, Settings};
use crate::{database, sandbox};

/// Below this much room a server soon can't write.
const LITTLE_SPACE: u64 = 512 << 20;
const NO_SPACE: u64 = 32 << 20;

/// No server ran before this program was written: 2026-11-01.
const NOT_BEFORE: i64 = 1_793_491_200_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), remedy: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn failed(name: &'static str, failure: &Failure) -> Self {
        let remedy = failure.help.clone();
        Self { name, status: Status::Fail, detail: failure.detail.clone(), remedy }
    }
}

/// Looks at everything and prints a line for each; changes nothing.
pub(crate) fn doctor(configuration: &Result<Configuration, Failure>, output: &Output) -> Result<Exit, Failure> {
    let checks = match configuration {
        Ok(configuration) => examine(configuration),
        Err(failure) => vec![Check::failed("configuration", failure)],
    };
    let worst = checks.iter().any(|check| check.status == Status::Fail);
    output.show(&serde_json::json!({ "ok": !worst, "checks": checks }), || {
        for check in &checks {
            let mark = match check.status {
                Status::Ok => output.good("ok  "),
                Status::Warn => output.warning("warn"),
                Status::Fail => output.bad("fail"),
            };
            output.line(format!("{mark}  {:<15}  {}", check.name, check.detail));
            if let Some(remedy) = &check.remedy {
                output.line(format!("{:>20}→ {remedy}", ""));
            }
        }
    });
    Ok(if worst { Exit::Found } else { Exit::Ok })
}

fn examine(configuration: &Configuration) -> Vec<Check> {
    let settings = &configuration.settings;
    let file = configuration.file.as_ref().map(|file| file.display().to_string());
    let mut checks = vec![Check::ok("configuration", file.unwrap_or_else(|| "defaults and environment".to_owned()))];
    checks.push(data_folder(&settings.data_dir));
    checks.push(free_space(&settings.data_dir));
    checks.push(secret_key(&settings.key_file));
    checks.extend(database_checks(settings));
    checks.push(sandbox_check(settings));
    checks.push(port("API", "/livez", settings.http_address, "http.address"));
    checks.push(port("operator's port", "/livez", settings.operator_address, "operator.address"));
    checks.push(clock(SystemClock.now()));
    checks
}

fn data_folder(dir: &Path) -> Check {
    let shown = dir.display();
    match std::fs::metadata(dir) {
        Ok(found) if !found.is_dir() => {
            Check::fail("data folder", format!("{shown} is not a folder."), "Set data_dir to a folder.")
        }
        Ok(found) if found.mode() & 0o077 != 0 => Check::warn(
            "data folder",
            format!("{shown} can be read by others (mode {:04o}).", found.mode() & 0o777),
            format!("Run `chmod 700 {shown}`."),
        ),
        Ok(_) => match tempfile_in(dir) {
            Ok(()) => Check::ok("data folder", shown.to_string()),
            Err(error) => Check::fail(
                "data folder",
                format!("Nothing can be written to {shown}: {error}."),
                "Make it the property of the user that runs the server, on a disk that can be written to.",
            ),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Check::warn("data folder", format!("{shown} does not exist."), "`cairn serve` makes it.")
        }
        Err(error) => {
            Check::fail("data folder", format!("{shown} can't be looked at: {error}."), "Check its owner and its mode.")
        }
    }
}

/// Whether a file can be made in a folder; it is gone afterwards.
fn tempfile_in(dir: &Path) -> std::io::Result<()> {
    let path = dir.join(format!(".cairn-doctor-{}", std::process::id()));
    std::fs::write(&path, b"")?;
    std::fs::remove_file(path)
}

fn free_space(dir: &Path) -> Check {
    let there = dir.ancestors().find(|folder| folder.exists()).filter(|folder| !folder.as_os_str().is_empty());
    let found = rustix::fs::statvfs(there.unwrap_or(Path::new(".")));
    match found {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let text = format!("{} free.", words::size(free));
            let remedy = "Make room, or move the data folder to a larger disk.";
            match free {
                free if free < NO_SPACE => Check::fail("free space", text, remedy),
                free if free < LITTLE_SPACE => Check::warn("free space", text, remedy),
                _ => Check::ok("free space", text),
            }
        }
        Err(error) => Check::warn("free space", format!("It can't be told: {error}."), "Check the data folder's disk."),
    }
}

fn secret_key(path: &Path) -> Check {
    if !path.exists() {
        let detail = format!("{} does not exist.", path.display());
        return Check::warn(
            "secret key",
            detail,
            "`cairn serve` makes it; on a restored database, restore it as well.",
        );
    }
    match MasterSecret::load(path) {
        Ok(_) => Check::ok("secret key", path.display().to_string()),
        Err(error) => {
            let failure = database::unusable_key(&error);
            Check::failed("secret key", &failure)
        }
    }
}

fn database_checks(settings: &Settings) -> Vec<Check> {
    let health = match database::examine(settings) {
        Ok(health) => health,
        Err(failure) if failure.code == "no_database" => {
            return vec![Check::warn(
                "database",
                failure.detail.clone(),
                "`cairn serve` or `cairn migrate up` makes it.",
            )];
        }
        Err(failure) => return vec![Check::failed("database", &failure)],
    };
    let mut checks = vec![Check::ok("database", settings.database_url_shown())];
    checks.push(match &health.schema {
        Ok(0) => Check::ok("schema", "Every migration is made."),
        Ok(missing) => Check::warn(
            "schema",
            format!("{} not made.", words::count(*missing, "migration")),
            "`cairn serve` or `cairn migrate up` makes them.",
        ),
        Err(failure) => Check::failed("schema", failure),
    });
    checks.extend(health.integrity.as_ref().map(|integrity| match integrity {
        Ok(()) => Check::ok("integrity", "SQLite finds nothing wrong."),
        Err(failure) => Check::fail(
            "integrity",
            failure.detail.clone(),
            "Stop the server, keep a copy of the files, and restore the latest backup that `cairn backup verify` accepts.",
        ),
    }));
    if !settings.is_sqlite() {
        let looking = database::config(settings, Claim::Nothing);
        checks.push(match cairn_storage::messages_in_another_language(&looking) {
            Ok(found) => language(found),
            Err(error) => Check::failed("language", &database::unusable(&error)),
        });
    }
    if let Some(store) = &health.store {
        checks.push(content(&**store));
    }
    checks
}

/// Tried in a folder of its own: nothing is left behind.
fn sandbox_check(settings: &Settings) -> Check {
    const NAME: &str = "sandbox";
    let remedy = "Use a kernel with Landlock and seccomp (Linux 5.13 or newer), or set sandbox.unprotected to `allow`.";
    let folder = std::env::temp_dir().join(format!("cairn-doctor-{}", std::process::id()));
    let opened = sandbox::open(folder.clone(), settings.sandbox_unprotected);
    let _ = std::fs::remove_dir_all(folder);
    match opened {
        Ok(Ok(found)) if found.probe().is_complete() => Check::ok(NAME, found.probe().to_string()),
        Ok(Ok(found)) => Check::warn(NAME, format!("Learners' SQL runs with {}.", found.probe()), remedy),
        Ok(Err(why)) => Check::warn(NAME, format!("No SQL of learners is run: {why}."), remedy),
        Err(failure) => Check::failed(NAME, &failure),
    }
}

fn language(other: Option<String>) -> Check {
    match other {
        None => Check::ok("language", "PostgreSQL's messages are in English."),
        Some(other) => Check::warn(
            "language",
            format!(
                "PostgreSQL's messages are not known to be in English (lc_messages is `{other}`): a request that meets a \
                 deadlock fails, where it could be run again."
            ),
            "As a superuser: ALTER ROLE … SET lc_messages = 'C', for the role in database.url; then restart the server.",
        ),
    }
}

fn content(store: &dyn Store) -> Check {
    match store.read(|tx| tx.catalog().library()) {
        Ok(library) if library.packs().is_empty() => {
            Check::warn("content", "There is no pack.", "Apply one: `cairn content apply DIR`.")
        }
        Ok(library) => {
            let packs: Vec<String> =
                library.packs().iter().map(|(release, _)| format!("{} {}", release.pack.id, release.number)).collect();
            Check::ok("content", packs.join(", "))
        }
        Err(error) => Check::failed("content", &error.into()),
    }
}

/// A port is in order when it is free, or when a server of ours answers on it.
fn port(name: &'static str, path: &str, address: SocketAddr, setting: &str) -> Check {
    if address.port() == 0 {
        return Check::ok(name, "Any free port.");
    }
    match TcpListener::bind(address) {
        Ok(_) => Check::ok(name, format!("{address} is free.")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if answers(address, path) {
                Check::ok(name, format!("A server answers on {address}."))
            } else {
                let detail = format!("Another program has {address}.");
                Check::fail(name, detail, format!("Stop it, or set {setting} to another address."))
            }
        }
        Err(error) => Check::fail(
            name,
            format!("{address} can't be used: {error}."),
            format!("Set {setting} to another address."),
        ),
    }
}

/// Whether a plain `GET` is answered with 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

fn clock(now: Timestamp) -> Check {
    if now.micros() < NOT_BEFORE {
        Check::fail("clock", format!("It says {now}, which is past."), "Set it; tokens and sessions end by it.")
    } else {
        Check::ok("clock", now.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_folder_that_others_can_read_is_a_warning_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let check = data_folder(folder.path());
        assert!(check.status == Status::Warn && check.remedy.unwrap().contains("chmod 700"));
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(data_folder(folder.path()).status, Status::Ok);
        assert_eq!(data_folder(&folder.path().join("none")).status, Status::Warn);
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(data_folder(&folder.path().join("file")).status, Status::Fail);
    }

    #[test]
    fn space_is_looked_for_where_the_folder_will_be() {
        assert_ne!(free_space(Path::new("not/there/yet")).status, Status::Fail);
        assert_ne!(free_space(Path::new("/")).detail, "");
    }

    #[test]
    fn a_port_is_free_or_ours_or_somebody_elses() {
        // On an address of its own, where no other test takes the port that was just free.
        let taken = TcpListener::bind("127.86.75.30:0").unwrap();
        let address = taken.local_addr().unwrap();
        drop(taken);
        assert_eq!(port("API", "/", address, "http.address").status, Status::Ok);
        let serve = |answer: &'static str| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            std::thread::spawn(move || {
                use std::io::Write as _;
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
                // Kept until the other side has read it.
                let _ = std::io::Read::read(&mut stream, &mut [0; 512]);
                listener
            });
            address
        };
        assert_eq!(port("API", "/", serve("HTTP/1.1 200 OK\r\n\r\n"), "http.address").status, Status::Ok);
        let other = port("API", "/", serve("SSH-2.0-OpenSSH_9.9\r\n"), "http.address");
        assert!(other.status == Status::Fail && other.remedy.unwrap().contains("http.address"));
    }

    #[test]
    fn a_server_that_speaks_another_language_is_a_warning_with_a_remedy() {
        assert_eq!(language(None).status, Status::Ok);
        let check = language(Some("de_DE.UTF-8".to_owned()));
        assert!(check.status == Status::Warn && check.detail.contains("`de_DE.UTF-8`"));
        assert!(check.remedy.unwrap().contains("lc_messages = 'C'"));
    }

    #[test]
    fn a_clock_in_the_past_is_told() {
        assert_eq!(clock(Timestamp::from_micros(0)).status, Status::Fail);
        assert_eq!(clock(Timestamp::from_micros(NOT_BEFORE)).status, Status::Ok);
    }
}
