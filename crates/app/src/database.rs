//! The database of the configuration: opening, claiming, migrating and copying it, with failures that say what to do.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use cairn_cli::{Exit, Failure};
use cairn_domain::search::{index_all, is_indexed};
use cairn_domain::{Store, StoreExt as _};
use cairn_security::{Keyring, MasterSecret, MasterSecretError, OrderedIds, SystemClock};
use cairn_storage::{Claim, Config, Error, SqlStore, backup, claim, migrate};
use serde::Serialize;

use crate::config::Settings;
use crate::offline::Offline;

/// How the store is used, from the settings.
pub(crate) fn config(settings: &Settings, claim: Claim) -> Config {
    let mut config = Config::new(&settings.database_url).claiming(claim);
    config.readers = settings.readers;
    config.pool = settings.pool_size;
    config
}

/// Makes the data folder, which only its owner can look into.
///
/// # Errors
/// When it can't be made; the remedy names the setting.
pub(crate) fn make_folder(settings: &Settings) -> Result<(), Failure> {
    let make = |dir: &Path| {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| {
            let detail = format!("The data folder {} can't be made: {error}.", dir.display());
            Failure::new(Exit::Failed, "data_dir", detail)
                .help("Set data_dir (--data-dir) to a folder that this user may write to.")
        })
    };
    make(&settings.data_dir)
}

/// The keys of the server, from its secret; a secret is made where there is none.
///
/// # Errors
/// When the secret can't be used.
pub(crate) fn keyring(settings: &Settings) -> Result<Keyring, Failure> {
    let master = MasterSecret::load_or_create(&settings.key_file).map_err(|error| unusable_key(&error))?;
    Ok(Keyring::new(&master))
}

/// The keys of the server, from the secret that is there.
///
/// # Errors
/// When the secret is not there or can't be used.
pub(crate) fn existing_keyring(settings: &Settings) -> Result<Keyring, Failure> {
    let master = MasterSecret::load(&settings.key_file).map_err(|error| unusable_key(&error))?;
    Ok(Keyring::new(&master))
}

/// What to say of a secret that can't be used.
pub(crate) fn unusable_key(error: &MasterSecretError) -> Failure {
    let text = error.to_string();
    // The library's text is `what is wrong; what to do`.
    let (detail, help) = text.split_once("; ").unwrap_or((&text, "Restore it from a backup."));
    let mut help = help.to_owned();
    help.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    let exit = match error {
        MasterSecretError::System { source, .. } if is_full(source) => Exit::Unavailable,
        _ => Exit::Configuration,
    };
    Failure::new(exit, "secret_key", format!("The secret key can't be used: {detail}.")).help(format!("{help}."))
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded)
}

/// What to say of a database that can't be used.
pub(crate) fn unusable(error: &Error) -> Failure {
    const ROOM: &str = "The disk is full, or failing: make room (`df -h`), or move the data folder.";
    let text = error.to_string();
    let detail = if text.ends_with('.') { text.clone() } else { format!("{text}.") };
    let full = text.contains("disk is full") || text.contains("disk I/O error") || text.contains("No space left");
    let failure = |exit, code: &str| Failure::new(exit, code, detail.clone());
    match error {
        Error::Url(_) => failure(Exit::Configuration, "database_url").help("Set database.url."),
        Error::InUse(_) => failure(Exit::InUse, "in_use")
            .help("Stop the server and try again; what takes --offline can be done through the server, without it."),
        Error::NoDatabase(_) => failure(Exit::Unavailable, "no_database")
            .help("Check data_dir and database.url with `cairn config show`; `cairn serve` makes a new database."),
        Error::Newer { .. } => failure(Exit::Schema, "newer_database")
            .help("The database was used by a newer program: start that one, or restore a backup from before."),
        Error::NotMigrated { .. } => {
            failure(Exit::Schema, "not_migrated").help("Run `cairn migrate up`, or start without --no-migrate.")
        }
        _ if full => failure(Exit::Unavailable, "disk_full").help(ROOM),
        Error::Database { .. } => failure(Exit::Unavailable, "database_unavailable")
            .help("Check database.url with `cairn config show`, and whether the database runs."),
        Error::Migration { .. } => failure(Exit::Schema, "migration_failed")
            .help("Nothing of it was kept. Restore the former program, and report this."),
        Error::File { cause, .. } if is_full(cause) => failure(Exit::Unavailable, "disk_full").help(ROOM),
        Error::File { .. } => failure(Exit::Failed, "file").help("Check the folder's owner, mode and disk."),
        Error::Exists(_) => failure(Exit::Usage, "exists").help("Name a file that does not exist."),
        Error::BadBackup { .. } => failure(Exit::Found, "bad_backup").help("Use another backup."),
        _ => failure(Exit::Failed, "database"),
    }
}

fn told<T>(result: Result<T, Error>) -> Result<T, Failure> {
    result.map_err(|error| unusable(&error))
}

/// A claim on the whole database, for work without a store.
///
/// # Errors
/// [`Exit::InUse`] while somebody else has it.
pub(crate) fn lock(settings: &Settings) -> Result<claim::Guard, Failure> {
    told(claim::take(&config(settings, Claim::Exclusive)))
}

/// A migration, as it is told.
#[derive(Debug, Serialize)]
pub(crate) struct Migration {
    pub(crate) name: String,
    pub(crate) applied: bool,
}

/// Every migration; a database that is not there has none. Refuses one that is newer than this program.
pub(crate) fn migrations(settings: &Settings) -> Result<Vec<Migration>, Failure> {
    let all = match migrate::status(&config(settings, Claim::Nothing)) {
        Err(Error::NoDatabase(_)) => migrate::names().into_iter().map(|name| (name, false)).collect(),
        found => {
            let all = told(found)?;
            known(&all)?;
            all.into_iter().map(|one| (one.name, one.applied)).collect::<Vec<_>>()
        }
    };
    Ok(all.into_iter().map(|(name, applied)| Migration { name, applied }).collect())
}

/// Makes every migration that is not made; gives their names.
pub(crate) fn migrate_up(settings: &Settings) -> Result<Vec<String>, Failure> {
    told(migrate::up(&config(settings, Claim::Nothing)))
}

/// Undoes the latest migrations; gives their names.
pub(crate) fn migrate_down(settings: &Settings, steps: u32) -> Result<Vec<String>, Failure> {
    told(migrate::down(&config(settings, Claim::Nothing), steps))
}

/// Opens the store for a server, at the schema that this program needs.
///
/// # Errors
/// [`Exit::InUse`] while another server or a command has it, [`Exit::Schema`], [`Exit::Unavailable`].
pub(crate) fn open_for_server(settings: &Settings, migrate: bool) -> Result<(SqlStore, Vec<String>), Failure> {
    let claimed = config(settings, Claim::Serve);
    // Held while migrating; the store then takes its own.
    let guard = told(claim::take(&claimed))?;
    let made = if migrate { migrate_up(settings)? } else { Vec::new() };
    if !migrate {
        let missing: Vec<String> =
            migrations(settings)?.into_iter().filter(|one| !one.applied).map(|one| one.name).collect();
        if !missing.is_empty() {
            return Err(unusable(&Error::NotMigrated { missing: missing.join(", ") }));
        }
    }
    drop(guard);
    Ok((told(SqlStore::open(&claimed))?, made))
}

/// Makes the index for searching what the current releases want, where an upgrade, or a release of an older version, has
/// left it behind.
///
/// # Errors
/// Those of the store.
pub(crate) fn index(store: &dyn Store) -> Result<(), Failure> {
    if !store.read(is_indexed)? {
        tracing::info!("indexing what the current releases publish, for searching");
        store.write_alone(index_all)?;
    }
    Ok(())
}

/// Opens the store for a command that nobody else may disturb.
///
/// # Errors
/// As [`open_for_server`].
pub(crate) fn open_alone(settings: &Settings) -> Result<SqlStore, Failure> {
    let store = told(SqlStore::open(&config(settings, Claim::Exclusive)))?;
    if let Some(missing) = migrations(settings)?.into_iter().find(|one| !one.applied) {
        return Err(unusable(&Error::NotMigrated { missing: missing.name }));
    }
    Ok(store)
}

/// The database as a place to publish.
///
/// # Errors
/// As [`open_alone`].
pub(crate) fn offline(settings: &Settings) -> Result<Offline<SqlStore>, Failure> {
    Ok(Offline::new(open_alone(settings)?, OrderedIds::new(), SystemClock))
}

/// What `doctor` found of the database.
pub(crate) struct Health {
    /// How many migrations are to be made.
    pub(crate) schema: Result<u64, Failure>,
    /// What SQLite's own check says against it; `None` on PostgreSQL, which has no such check.
    pub(crate) integrity: Option<Result<(), Failure>>,
    /// To look into it, when the schema allows.
    pub(crate) store: Option<Arc<dyn Store>>,
}

/// Looks at the database without changing it, also while a server runs.
///
/// # Errors
/// When it can't be reached.
pub(crate) fn examine(settings: &Settings) -> Result<Health, Failure> {
    let looking = config(settings, Claim::Nothing);
    let all = told(migrate::status(&looking))?;
    let schema = known(&all).map(|()| all.iter().filter(|one| !one.applied).count() as u64);
    let integrity = settings.is_sqlite().then(|| told(backup::check_live(&looking)));
    let store = match schema {
        Ok(0) => Some(Arc::new(told(SqlStore::open(&looking))?) as Arc<dyn Store>),
        _ => None,
    };
    Ok(Health { schema, integrity, store })
}

/// Refuses a database with migrations that this program does not know.
fn known(all: &[migrate::Status]) -> Result<(), Failure> {
    let unknown: Vec<&str> = all.iter().filter(|one| !one.known).map(|one| one.name.as_str()).collect();
    if unknown.is_empty() { Ok(()) } else { Err(unusable(&Error::Newer { unknown: unknown.join(", ") })) }
}

/// Copies the SQLite database into a new file and verifies the copy.
pub(crate) fn backup(settings: &Settings, file: &Path) -> Result<backup::Summary, Failure> {
    told(backup::create(&config(settings, Claim::Nothing), file))
}

/// Checks that a backup is whole and of a known schema.
pub(crate) fn verify(file: &Path) -> Result<backup::Summary, Failure> {
    told(backup::verify(file))
}

/// Puts a backup in the database's place, while nobody has it; gives where the former one is kept.
pub(crate) fn restore(settings: &Settings, file: &Path) -> Result<backup::Restored, Failure> {
    let guard = lock(settings)?;
    told(backup::restore(&config(settings, Claim::Nothing), file, &guard))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_has_its_exit_and_a_remedy() {
        let database = |cause: &str| Error::Database { doing: "Cannot open the database", cause: cause.to_owned() };
        for (error, exit) in [
            (Error::InUse("In use.".into()), Exit::InUse),
            (Error::NoDatabase("x.db".into()), Exit::Unavailable),
            (Error::Newer { unknown: "9".into() }, Exit::Schema),
            (Error::NotMigrated { missing: "1".into() }, Exit::Schema),
            (database("connection refused"), Exit::Unavailable),
            (Error::BadBackup { path: "b".into(), fault: "cut".into() }, Exit::Found),
            (Error::Exists("b".into()), Exit::Usage),
        ] {
            let failure = unusable(&error);
            assert_eq!(failure.exit, exit, "{failure}");
            assert!(failure.help.is_some() && failure.detail.ends_with('.'), "{failure}");
        }
        for full in ["database or disk is full", "disk I/O error"] {
            assert_eq!(unusable(&database(full)).code, "disk_full");
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_told_with_the_command_that_mends_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        MasterSecret::load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let failure = unusable_key(&MasterSecret::load(&path).unwrap_err());
        assert_eq!(failure.exit, Exit::Configuration);
        assert!(failure.help.clone().unwrap().starts_with("Run `chmod 600 "));
    }
}
