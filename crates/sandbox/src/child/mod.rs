//! The child: it closes its jail around itself, and only then looks at anybody's statements.

mod guard;
mod jail;
mod limits;
mod look;
mod make;
mod migration;
mod script;
mod vocabulary;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::ExitCode;

use cairn_drill::run::{Job, Report, State, Work};
use rusqlite::{Connection, OpenFlags};

use self::guard::Ending;
use crate::process::peak_of;
use crate::wire::{Answer, Outcome, Protection, Request, Source, Task};

/// What a child is: reads one request from standard input, writes one answer to standard output. To be called before the
/// program reads its environment, opens anything or starts a thread.
#[must_use]
pub fn child_main() -> ExitCode {
    limits::close_what_was_inherited();
    // It is not stopped, nor given signals, with the terminal of whoever started its parent.
    let _ = rustix::process::setsid();
    give_way();
    let mut input = Vec::new();
    let request = match io::stdin().lock().read_to_end(&mut input).map(|_| serde_json::from_slice(&input)) {
        Ok(Ok(request)) => request,
        _ => return ExitCode::from(2),
    };
    drop(input);
    let status = File::open("/proc/self/status").ok();
    let outcome = answer(request);
    let peak_kib = status.and_then(|file| {
        let mut text = [0; 4096];
        let read = file.read_at(&mut text, 0).ok()?;
        peak_of(&String::from_utf8_lossy(&text[..read]))
    });
    // Compact and at once: a buffer is all that is between here and the parent.
    let said = serde_json::to_vec(&Answer { peak_kib, outcome })
        .map_err(io::Error::from)
        .and_then(|answer| io::stdout().lock().write_all(&answer))
        .and_then(|()| io::stdout().lock().flush());
    if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// Lets everything else on the machine go first, and gets a tenth of a processor that is wanted by others. A session of its own may count as one program beside the server, however
/// many threads that has, so the session gives way too, where the kernel groups by session.
fn give_way() {
    const BEHIND: i32 = 10;
    let _ = rustix::process::setpriority_process(None, BEHIND);
    let _ = fs::write("/proc/self/autogroup", BEHIND.to_string());
}

fn answer(Request { strict, task }: Request) -> Outcome {
    match task {
        Task::Probe => close(strict).map_or_else(|outcome| outcome, Outcome::Probed),
        Task::Make { data, path } => make_file(strict, &data, &path).unwrap_or_else(|outcome| outcome),
        Task::Run { job, source } => run(strict, &job, source).unwrap_or_else(|outcome| outcome),
    }
}

/// Closes the jail. What libraries read from the system once, they read before.
fn close(strict: bool) -> Result<Protection, Outcome> {
    let warm = || {
        Connection::open_in_memory()?.query_row(
            "SELECT random(), datetime(0, 'unixepoch', 'localtime')",
            (),
            |_| Ok(()),
        )
    };
    warm().map_err(failed)?;
    guard::cpu_ms();
    let protection = jail::close();
    if strict && !protection.is_complete() {
        return Err(Outcome::Unprotected(format!("its kernel has {protection}")));
    }
    Ok(protection)
}

fn failed(error: impl std::fmt::Display) -> Outcome {
    Outcome::Failed(error.to_string())
}

fn bad_data(ending: Ending) -> Outcome {
    Outcome::BadData(match ending {
        Ending::Stop(stop) => stop.message(),
        Ending::Error(error) => error.message,
    })
}

/// Rows that the maker of a file may take, and the file with them.
const MADE: cairn_drill::run::Limits = cairn_drill::run::Limits {
    wall_ms: 120_000,
    cpu_s: 100,
    heap_mib: 128,
    database_mib: 512,
    rows: 0,
    bytes: 0,
    statements: u32::MAX,
};

fn make_file(strict: bool, data: &cairn_drill::data::DataSet, path: &Path) -> Result<Outcome, Outcome> {
    limits::set(&MADE, true).map_err(failed)?;
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, "nolock=1").map_err(failed)?;
    // Nobody needs half a file, so nothing is kept to undo it with; whoever started this syncs it once it is whole.
    db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096").map_err(failed)?;
    close(strict)?;
    make::fill(&db, data, &MADE).map_err(bad_data)?;
    Ok(Outcome::Made(look::at(&db).map_err(failed)?))
}

fn run(strict: bool, job: &Job, source: Source) -> Result<Outcome, Outcome> {
    limits::set(&job.limits, matches!(source, Source::Scratch { .. })).map_err(failed)?;
    // Whatever is a file is opened here, once for the learner's statements and once for those that look at what they did.
    let (place, state) = match source {
        Source::Made => (None, None),
        Source::File { path, state } => {
            let open = || open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY, "immutable=1");
            (Some((open().map_err(failed)?, open().map_err(failed)?)), Some(state))
        }
        Source::Scratch { path, state } => {
            let open = || {
                let db = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, "cache=private")?;
                db.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")?;
                Ok::<_, rusqlite::Error>(db)
            };
            let pair = (open().map_err(failed)?, open().map_err(failed)?);
            fs::remove_file(&path).map_err(failed)?;
            (Some(pair), Some(state))
        }
    };
    close(strict)?;
    let (place, before) = match (place, state) {
        (Some((db, beside)), Some(state)) => (Place::File { db, beside }, state),
        _ => {
            let db = Connection::open_in_memory().map_err(failed)?;
            make::fill(&db, &job.data, &job.limits).map_err(bad_data)?;
            let state = look::at(&db).map_err(failed)?;
            (Place::Memory(db), state)
        }
    };
    let mut report = Report { before, ..Report::default() };
    let ended = match &job.work {
        Work::Script { sql, writes, indexes, probes } => {
            let mode = guard::Mode { writes: *writes, indexes: *indexes, schema: false };
            script::run(place, sql, mode, probes, &job.limits, &mut report)
        }
        Work::Migration { steps, queries } => migration::run(place, steps, queries, &job.limits, &mut report),
    };
    if let Err(stop) = ended {
        report.stopped = Some(stop);
    }
    Ok(Outcome::Ran(Box::new(report)))
}

fn open(path: &Path, flags: OpenFlags, how: &str) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(format!("{uri}?{how}"), flags)?;
    // Opens the file and reads its header.
    db.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    Ok(db)
}

/// Where the learner's database is.
enum Place {
    /// In memory.
    Memory(Connection),
    /// In a file, with a connection that looks at it and was open before anything ran.
    File { db: Connection, beside: Connection },
}

impl Place {
    /// The connection for the learner's statements.
    fn db(&self) -> &Connection {
        match self {
            Self::Memory(db) | Self::File { db, .. } => db,
        }
    }

    /// Looks at what is committed, on a connection that no statement of the learner ever saw.
    fn beside<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match self {
            Self::File { beside, .. } => look(beside),
            Self::Memory(db) => look(&copy(db)?),
        }
    }

    /// The same database on a connection that nothing has been set on.
    fn renewed(self) -> rusqlite::Result<Self> {
        match self {
            Self::Memory(db) => copy(&db).map(Self::Memory),
            file @ Self::File { .. } => Ok(file),
        }
    }

    /// What is committed, with the author's queries answered.
    fn state(
        &self,
        queries: &[cairn_drill::run::NamedQuery],
        limits: &cairn_drill::run::Limits,
    ) -> Result<State, Ending> {
        self.beside(|db| {
            let mut state = look::at(db)?;
            state.answers = look::answers(db, queries, limits)?;
            Ok(state)
        })
        .map_err(|error| guard::ending(&error, 0, ""))
    }
}

/// A copy in memory. Whoever runs statements of a learner on the original again guards it anew.
fn copy(db: &Connection) -> rusqlite::Result<Connection> {
    guard::disarm(db)?;
    let mut copy = Connection::open_in_memory()?;
    let pages: i64 = db.query_row("PRAGMA page_count", (), |row| row.get(0))?;
    if pages > 0 {
        let image = db.serialize(rusqlite::MAIN_DB)?;
        copy.deserialize_read_exact(rusqlite::MAIN_DB, &image[..], image.len(), false)?;
    }
    Ok(copy)
}
