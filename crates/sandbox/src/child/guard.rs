//! What the engine is asked of every statement before it runs, and while it runs.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cairn_drill::run::{Limits, SqlError, Stop};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error, ErrorCode};

use super::vocabulary;

/// The most bytes of a script.
pub(super) const SQL_BYTES: usize = 20_000;
/// The longest text, blob or row, in bytes.
const VALUE_BYTES: i32 = 64 << 10;
/// Steps of the engine between two looks at the clock.
const STEPS: i32 = 10_000;

/// What statements may do beside reading.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mode {
    /// Change rows, and begin and end transactions.
    pub(super) writes: bool,
    /// Make and drop indexes.
    pub(super) indexes: bool,
    /// Change the schema as they like.
    pub(super) schema: bool,
}

/// How a statement ended badly.
#[derive(Debug)]
pub(super) enum Ending {
    /// A limit.
    Stop(Stop),
    /// The engine's word against it.
    Error(SqlError),
}

/// A connection's guard.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// What was last refused.
    refused: Mutex<Option<String>>,
    /// The processor's time is over.
    late: AtomicBool,
    /// Rows that changed since [`Guard::break_after`].
    changed: AtomicU64,
    /// After how many of them a statement is broken off.
    bound: AtomicU64,
}

impl Guard {
    /// Puts a connection under guard: for good, but that it may be guarded anew.
    pub(super) fn over(db: &Connection, mode: Mode, limits: &Limits) -> rusqlite::Result<Arc<Self>> {
        let guard = Arc::new(Self { bound: AtomicU64::new(u64::MAX), ..Self::default() });
        settle(db, limits)?;
        let tables = names(
            db,
            "SELECT lower(name) FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'",
        )?;
        let modules = names(db, "SELECT lower(name) FROM pragma_module_list")?;
        let seen = Arc::clone(&guard);
        db.authorizer(Some(move |context: AuthContext<'_>| match judge(&context, mode, &tables, &modules) {
            None => Authorization::Allow,
            Some(what) => {
                seen.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
                Authorization::Deny
            }
        }))?;
        guard.watch(db, limits, STEPS)?;
        Ok(guard)
    }

    /// Has the engine look every few steps whether it must stop.
    fn watch(self: &Arc<Self>, db: &Connection, limits: &Limits, steps: i32) -> rusqlite::Result<()> {
        let seen = Arc::clone(self);
        // A little before the kernel's limit, which leaves no time to say what was seen.
        let most = u64::from(limits.cpu_s) * 900;
        db.progress_handler(
            steps,
            Some(move || {
                if seen.changed.load(Ordering::Relaxed) >= seen.bound.load(Ordering::Relaxed) {
                    return true;
                }
                let late = cpu_ms() >= most;
                seen.late.fetch_or(late, Ordering::Relaxed);
                late
            }),
        )
    }

    /// Breaks a statement off once so many rows have changed from now on.
    pub(super) fn break_after(self: &Arc<Self>, db: &Connection, limits: &Limits, rows: u64) -> rusqlite::Result<()> {
        self.changed.store(0, Ordering::Relaxed);
        self.bound.store(rows, Ordering::Relaxed);
        let seen = Arc::clone(self);
        db.update_hook(Some(move |_, _: &str, _: &str, _| {
            seen.changed.fetch_add(1, Ordering::Relaxed);
        }))?;
        self.watch(db, limits, 1)
    }

    /// Whether [`Self::break_after`] has come to its number. What no hook counts, rows of tables without a rowid, is told.
    pub(super) fn broken(&self, counted: u64) -> bool {
        self.changed.fetch_max(counted, Ordering::Relaxed).max(counted) >= self.bound.load(Ordering::Relaxed)
    }

    /// What an error of a statement means. `script` is what the statement stands in.
    pub(super) fn ending(&self, error: &Error, statement: u32, script: &str) -> Ending {
        if let Some(what) = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ending::Stop(Stop::Refused(what));
        }
        if self.late.load(Ordering::Relaxed) {
            return Ending::Stop(Stop::Processor);
        }
        ending(error, statement, script)
    }
}

/// What an error means where nothing is known of a guard.
pub(super) fn ending(error: &Error, statement: u32, script: &str) -> Ending {
    match error.sqlite_error_code() {
        Some(ErrorCode::OutOfMemory) => return Ending::Stop(Stop::Memory),
        Some(ErrorCode::DiskFull) => return Ending::Stop(Stop::DatabaseSize),
        Some(ErrorCode::OperationInterrupted) => return Ending::Stop(Stop::Processor),
        _ => {}
    }
    let (message, offset) = match error {
        Error::SqlInputError { msg, sql, offset, .. } => {
            let offset = usize::try_from(*offset).ok().map(|offset| script.len().saturating_sub(sql.len()) + offset);
            (msg.clone(), offset.and_then(|offset| u32::try_from(offset).ok()))
        }
        Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        other => (other.to_string(), None),
    };
    Ending::Error(SqlError { message, statement, offset })
}

/// The processor's time of this process, in milliseconds.
pub(super) fn cpu_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(u64::MAX) * 1000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000_000
}

/// Takes a connection out of its guard, for statements of the sandbox's own.
pub(super) fn disarm(db: &Connection) -> rusqlite::Result<()> {
    db.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)?;
    db.progress_handler(0, None::<fn() -> bool>)
}

/// What holds for every connection that statements of somebody else run on, a learner's or an author's.
fn settle(db: &Connection, limits: &Limits) -> rusqlite::Result<()> {
    disarm(db)?;
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true),
        // A misspelt column in double quotes is an error, as in every other engine.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        db.set_db_config(config, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES as i32),
        (Limit::SQLITE_LIMIT_COLUMN, 200),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 10),
        (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 64),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 8),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        db.set_limit(limit, most)?;
    }
    let page: i64 = db.query_row("PRAGMA page_size", (), |row| row.get(0))?;
    let pages = (u64::from(limits.database_mib) << 20) / page.max(512).unsigned_abs();
    db.execute_batch(&format!("PRAGMA temp_store = MEMORY; PRAGMA max_page_count = {pages}"))
}

fn names(db: &Connection, sql: &str) -> rusqlite::Result<HashSet<String>> {
    db.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
}

/// What is refused of an action, or nothing.
fn judge(context: &AuthContext<'_>, mode: Mode, tables: &HashSet<String>, modules: &HashSet<String>) -> Option<String> {
    let writes = mode.writes || mode.schema;
    let indexes = mode.indexes || mode.schema;
    let says = |what: &str| Some(what.to_owned());
    let table = |name: &str, read: bool, any: bool| {
        let name = name.to_ascii_lowercase();
        let is_known =
            if mode.schema { !modules.contains(&name) && !name.starts_with("sqlite_") } else { tables.contains(&name) };
        let fine = is_known && !name.starts_with("pragma_")
            // The schema is no secret, and the engine lets nobody write it; it asks for leave to do so itself.
            || matches!(name.as_str(), "sqlite_master" | "sqlite_schema") && (read || indexes)
            || mode.schema && matches!(name.as_str(), "sqlite_sequence" | "sqlite_temp_master" | "pragma_quick_check")
            || indexes && name.starts_with("sqlite_stat")
            || read && vocabulary::table_function(&name)
            // A name of a `WITH` that no column is read of.
            || any && !modules.contains(&name) && !name.starts_with("sqlite_") && !name.starts_with("pragma_");
        (!fine).then(|| format!("the table {name}"))
    };
    let temporary = context.database_name == Some("temp");
    match context.action {
        AuthAction::Select | AuthAction::Recursive => None,
        AuthAction::Function { function_name } => (!vocabulary::function(function_name, mode.schema))
            .then(|| format!("the function {}", function_name.to_ascii_lowercase())),
        AuthAction::Read { table_name, column_name } => table(table_name, true, column_name.is_empty()),
        // Whatever changes the schema asks for leave to write the engine's own table of it first.
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
            if table_name.eq_ignore_ascii_case("sqlite_master") && !indexes =>
        {
            says("to change the schema")
        }
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
            if writes || indexes && table_name.starts_with("sqlite_") =>
        {
            table(table_name, false, false)
        }
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } if writes => None,
        AuthAction::CreateIndex { table_name, .. } | AuthAction::DropIndex { table_name, .. }
            if indexes && !temporary =>
        {
            table(table_name, false, false)
        }
        AuthAction::Reindex { .. } if indexes => None,
        AuthAction::CreateTable { .. }
        | AuthAction::DropTable { .. }
        | AuthAction::AlterTable { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::DropView { .. }
        | AuthAction::Analyze { .. }
            if mode.schema && !temporary =>
        {
            None
        }
        AuthAction::Pragma { pragma_name, .. }
            if mode.schema
                && ["foreign_keys", "defer_foreign_keys", "foreign_key_check", "quick_check"]
                    .iter()
                    .any(|name| pragma_name.eq_ignore_ascii_case(name)) =>
        {
            None
        }
        _ if temporary => says("what is temporary"),
        AuthAction::Insert { .. } => says("INSERT"),
        AuthAction::Update { .. } => says("UPDATE"),
        AuthAction::Delete { .. } => says("DELETE"),
        AuthAction::Transaction { .. } => says("a transaction"),
        AuthAction::Savepoint { .. } => says("SAVEPOINT"),
        // Its file may be told by an expression, which has no name yet.
        AuthAction::Attach { .. } | AuthAction::Unknown { code: rusqlite::ffi::SQLITE_ATTACH, .. } => says("ATTACH"),
        AuthAction::Detach { .. } => says("DETACH"),
        AuthAction::Pragma { pragma_name, .. } => Some(format!("PRAGMA {}", pragma_name.to_ascii_lowercase())),
        AuthAction::CreateIndex { .. } | AuthAction::DropIndex { .. } => says("to change indexes"),
        AuthAction::Reindex { .. } => says("REINDEX"),
        AuthAction::Analyze { .. } => says("ANALYZE"),
        AuthAction::CreateVtable { .. } | AuthAction::DropVtable { .. } => says("a virtual table"),
        _ => says("to change the schema"),
    }
}
