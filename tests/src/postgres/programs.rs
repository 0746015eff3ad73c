//! Where PostgreSQL's programs are, and how to run them as a user that the server accepts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::Unavailable;
use crate::processes::{in_search_path, search_path};

/// The oldest major version that has what the tests use (`DROP DATABASE … WITH (FORCE)`).
const OLDEST: u32 = 13;

/// A folder that holds a whole server.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// Looks where `pg_config` says, then in Debian's folders from the newest version down, then in PATH.
    pub(super) fn find() -> Result<Self, Unavailable> {
        let mut too_old = None;
        for folder in candidates() {
            // A `pg_ctl` alone proves nothing: some machines have one with no server beside it.
            let whole = ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|program| folder.join(program).is_file());
            match major_version(&folder).filter(|_| whole) {
                Some(major) if major >= OLDEST => return Ok(Self { folder, major }),
                Some(major) => too_old = Some(major),
                None => {}
            }
        }
        Err(Unavailable::new(match too_old {
            Some(major) => {
                format!("PostgreSQL {major} is installed, and the tests need {OLDEST} or newer")
            }
            None => "no PostgreSQL server is installed".to_owned(),
        }))
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort();
    folders.extend(installed.into_iter().rev().map(|(_, folder)| folder));
    folders.extend(search_path());
    folders
}

/// `postgres --version` prints `postgres (PostgreSQL) 15.4 (…)`.
fn major_version(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().find_map(|word| word.split(['.', 'd', 'b', 'r']).next()?.parse().ok())
}

/// A shell that runs as somebody other than root, whom the server refuses: as `postgres` where there is such a user,
/// else as `nobody`. Whoever is not root stays who they are.
pub(super) fn unprivileged_shell() -> Result<Command, Unavailable> {
    if output_of("id", &["-u"]).as_deref() != Some("0") {
        return Ok(Command::new("sh"));
    }
    let user =
        ["postgres", "nobody"].into_iter().find(|user| output_of("id", &["-u", user]).is_some()).ok_or_else(|| {
            Unavailable::new("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")
        })?;
    let group = output_of("id", &["-g", user]).unwrap_or_default();
    let mut command;
    if in_search_path("setpriv").is_some() {
        command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--", "sh"]);
    } else if in_search_path("runuser").is_some() {
        command = Command::new("runuser");
        command.args(["-u", user, "--", "sh"]);
    } else {
        return Err(Unavailable::new(
            "PostgreSQL refuses to run as root, and neither setpriv nor runuser (Debian's util-linux) is installed",
        ));
    }
    // The caller's folder may be closed to that user.
    command.current_dir("/");
    Ok(command)
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
