//! The limits for the store: the same work as bare statements, on SQLite through rusqlite and on PostgreSQL through
//! pgbench; and the folder and databases that both sides work on.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cairn_security::{Keyring, MasterSecret, Secrets};
use cairn_storage::{Config, SqlStore, migrate};
use cairn_tests::postgres::{Cluster, Database, Settings};
use rusqlite::{Connection, params};

use crate::load::CONNECTIONS;
use crate::process::cpu_time;
use crate::seed::{self, Learner};

/// What a progress view has to read at least.
const PROGRESS: &str = "\\set n random(0, :learners - 1)\n\
    SELECT * FROM record_lessons WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n";

/// What recording a completed reading reads and writes, for learners that nobody else writes to, as far apart as those of
/// the connections to Cairn. It is REPEATABLE READ, the harder limit: learners share pages of an index, by which
/// SERIALIZABLE takes them for one another, and 64 clients that all try again at once get a tenth of it done.
const RECORDING: &str = "\\set i :i + 1\n\\set n :first + 40 * :client_id + :i / 40\n\\set l :i % 40\n\
    BEGIN ISOLATION LEVEL REPEATABLE READ;\n\
    SELECT max(seq) FROM learning_events WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n\
    SELECT * FROM record_lessons WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n\
    SELECT * FROM record_skills WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n\
    SELECT * FROM record_courses WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n\
    SELECT * FROM enrolments WHERE user_id = '00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0');\n\
    SELECT release_id FROM packs;\n\
    INSERT INTO learning_events (user_id, seq, at, event) VALUES \
    ('00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0'), 2 + :l::int, 1750000000000000, '{\"event\":\"lesson_completed\"}');\n\
    INSERT INTO record_lessons (user_id, lesson_id, completed_at, completed_revision, attempts) VALUES \
    ('00000000-0000-0000-0000-0001' || lpad(to_hex(:n::int), 8, '0'), 'lesson-' || lpad((:l::int)::text, 2, '0'), 1750000000000000, repeat('0', 64), 0);\n\
    COMMIT;\n";

/// A data folder with its database.
pub(crate) struct Place {
    folder: PathBuf,
    // What is taken away with the value.
    _temporary: Option<tempfile::TempDir>,
    config: Config,
    url: String,
    store: SqlStore,
    secrets: Secrets,
    database: Option<Database>,
    // Ends after the database in it.
    _cluster: Option<Cluster>,
}

impl Place {
    /// A folder with a migrated SQLite database, where `cairn serve` expects it.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self::sqlite_in(folder.path());
        Self { _temporary: Some(folder), ..place }
    }

    /// As [`Place::sqlite`], in a folder that stays.
    pub(crate) fn sqlite_in(folder: &Path) -> Self {
        let url = format!("sqlite:{}", folder.join("cairn.db").display());
        Self::new(folder.to_owned(), url, None, None)
    }

    /// As [`Place::sqlite`], with a copy of the database in another such folder, beside it.
    pub(crate) fn sqlite_copy_of(folder: &Path) -> Self {
        let copy = tempfile::tempdir_in(folder).unwrap();
        for file in ["cairn.db", "secret.key"] {
            std::fs::copy(folder.join(file), copy.path().join(file)).unwrap();
        }
        let place = Self::sqlite_in(copy.path());
        Self { _temporary: Some(copy), ..place }
    }

    /// A folder whose database is on a PostgreSQL server of its own, set up as in production.
    pub(crate) fn postgres() -> Self {
        let settings = Settings { shared_buffers_mib: 256, ..Settings::default() };
        let cluster = Cluster::start(&settings).unwrap_or_else(|missing| panic!("{missing}"));
        let database = cluster.fresh_database();
        let url = database.url().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let place = Self::new(folder.path().to_owned(), url, Some(database), Some(cluster));
        Self { _temporary: Some(folder), ..place }
    }

    fn new(folder: PathBuf, url: String, database: Option<Database>, cluster: Option<Cluster>) -> Self {
        let config = Config::new(&url);
        migrate::up(&config).unwrap();
        let master = MasterSecret::load_or_create(&folder.join("secret.key")).unwrap();
        let secrets = Secrets::new(&Keyring::new(&master));
        let store = SqlStore::open(&config).unwrap();
        Self { folder, _temporary: None, config, url, store, secrets, database, _cluster: cluster }
    }

    pub(crate) fn store(&self) -> &SqlStore {
        &self.store
    }
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
    pub(crate) fn directory(&self) -> &Path {
        &self.folder
    }
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn file(&self) -> PathBuf {
        self.config.file().unwrap().unwrap()
    }

    fn connection(&self) -> Connection {
        let connection = Connection::open(self.file()).unwrap();
        connection.busy_timeout(Duration::from_secs(120)).unwrap();
        connection.execute_batch("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-2000;").unwrap();
        connection
    }

    /// CPU time in microseconds of the query behind a progress view, with every value read.
    pub(crate) fn progress_query_micros(&self, learners: &[Learner]) -> f64 {
        const TIMES: usize = 20_000;
        let connection = self.connection();
        let before = cpu_time(std::process::id());
        for n in 0..TIMES {
            let rows = lessons(&connection, &learners[n % learners.len()].user.to_string());
            assert_eq!(rows, seed::LESSONS);
        }
        (cpu_time(std::process::id()) - before).as_secs_f64() * 1e6 / TIMES as f64
    }

    /// CPU time in microseconds of the statements that record a completed reading, 64 to a commit, of learners as far
    /// apart as those of the connections.
    pub(crate) fn recording_micros(&self, learners: &[Learner]) -> f64 {
        let connection = self.connection();
        let each = learners.len() / CONNECTIONS;
        let before = cpu_time(std::process::id());
        for n in 0..each {
            for lesson in 0..seed::LESSONS {
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                for learner in learners.iter().skip(n).step_by(each) {
                    record(&connection, learner, lesson);
                }
                connection.execute_batch("COMMIT").unwrap();
            }
        }
        let writes = learners.len() * seed::LESSONS;
        (cpu_time(std::process::id()) - before).as_secs_f64() * 1e6 / writes as f64
    }

    /// Records completed readings through a connection and a commit for each of 64 threads; gives latencies in
    /// microseconds, sorted.
    pub(crate) fn pool_of_writers(&self, learners: &[Learner], duration: Duration) -> Vec<u32> {
        concurrently(learners, duration, || {
            let connection = self.connection();
            move |learner: &Learner, lesson| {
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                record(&connection, learner, lesson);
                connection.execute_batch("COMMIT").unwrap();
            }
        })
    }

    /// The rate of one of pgbench's scripts with 64 clients, given one value.
    fn bench(&self, script: &str, given: (&str, usize), duration: Duration) -> f64 {
        self.bench_by(CONNECTIONS, script, given, duration)
    }

    fn bench_by(&self, clients: usize, script: &str, (name, value): (&str, usize), duration: Duration) -> f64 {
        let file = self.folder.join("script.sql");
        std::fs::File::create(&file).unwrap().write_all(script.as_bytes()).unwrap();
        let database = self.database.as_ref().unwrap();
        let cluster = self._cluster.as_ref().unwrap();
        let pgbench = cluster.program("pgbench", database.name());
        let mut pgbench = pgbench.unwrap_or_else(|missing| panic!("{missing}"));
        pgbench.args(["-n", "-M", "prepared", "-j", "2", "-D", "i=-1", "-D", &format!("{name}={value}")]);
        pgbench.args(["-c", &clients.to_string()]);
        // The limits read by indexes, also where half of a table would do.
        pgbench.env("PGOPTIONS", "-c enable_seqscan=off");
        pgbench.arg("-T").arg(duration.as_secs().max(1).to_string()).arg("-f").arg(&file);
        let output = pgbench.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// As [`Place::bench`] for the query behind a progress view, of so many learners.
    pub(crate) fn pgbench_progress(&self, learners: usize, duration: Duration) -> f64 {
        self.bench(PROGRESS, ("learners", learners), duration)
    }

    /// As [`Place::bench`] for the statements that record a completed reading.
    pub(crate) fn pgbench_recording(&self, first: usize, duration: Duration) -> f64 {
        self.bench(RECORDING, ("first", first), duration)
    }

    /// Tells PostgreSQL what its tables hold, as its own housekeeping does sooner or later.
    pub(crate) fn settle(&self) {
        if let Some(database) = &self.database {
            database.sql("VACUUM ANALYZE").unwrap();
        }
    }

    /// Microseconds for each bare query of the index: the documents that have all of these terms, in the order in which
    /// the index gives them, and nothing else; all of them, or at most so many. `*` marks the beginning of a term.
    pub(crate) fn search_micros(&self, terms: &[&str], most: Option<u32>, times: usize) -> f64 {
        let limit = most.map(|most| format!(" LIMIT {most}")).unwrap_or_default();
        let query = |quote: char, prefix: &str, and: &str| {
            let term = |term: &&str| match term.strip_suffix('*') {
                Some(begin) => format!("{quote}{begin}{quote}{prefix}"),
                None => format!("{quote}{term}{quote}"),
            };
            terms.iter().map(term).collect::<Vec<_>>().join(and)
        };
        if self.database.is_some() {
            let script = format!(
                "SELECT kind, document_id FROM search_documents WHERE words @@ $q${}$q$::tsquery{limit};\n",
                query('\'', ":*", " & ")
            );
            return 1e6 / self.bench_by(1, &script, ("unused", 0), Duration::from_secs(1));
        }
        let connection = self.connection();
        let mut statement = connection
            .prepare(&format!(
                "SELECT d.kind, d.document_id FROM search_words AS w CROSS JOIN search_documents AS d \
                 ON d.number = w.rowid WHERE w.search_words MATCH ?{limit}"
            ))
            .unwrap();
        let (query, start) = (query('"', " * ", " AND "), Instant::now());
        for _ in 0..times {
            let mut rows = statement.query([&query]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                std::hint::black_box((row.get_ref(0).unwrap(), row.get_ref(1).unwrap()));
            }
        }
        start.elapsed().as_secs_f64() * 1e6 / times as f64
    }

    /// How often a second this disk makes 4 KiB durable.
    pub(crate) fn fdatasync_rate(&self) -> f64 {
        let mut file = std::fs::File::create(self.folder.join("probe")).unwrap();
        let (start, mut times) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(500) {
            file.write_all(&[1; 4096]).unwrap();
            file.sync_data().unwrap();
            times += 1;
        }
        f64::from(times) / start.elapsed().as_secs_f64()
    }
}

fn lessons(connection: &Connection, user: &str) -> usize {
    let mut statement = connection.prepare_cached("SELECT * FROM record_lessons WHERE user_id = ?").unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([user]).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            std::hint::black_box(row.get_ref(column).unwrap());
        }
        count += 1;
    }
    count
}

/// The statements that recording a completed reading needs, without the transaction around them.
fn record(connection: &Connection, learner: &Learner, lesson: usize) {
    let (user, zeros) = (learner.user.to_string(), "0".repeat(64));
    let seq: i64 = connection
        .prepare_cached("SELECT max(seq) FROM learning_events WHERE user_id = ?")
        .unwrap()
        .query_row([&user], |row| row.get(0))
        .unwrap();
    lessons(connection, &user);
    for table in ["record_skills", "record_courses", "enrolments"] {
        let sql = format!("SELECT * FROM {table} WHERE user_id = ?");
        let mut statement = connection.prepare_cached(&sql).unwrap();
        let mut rows = statement.query([&user]).unwrap();
        while rows.next().unwrap().is_some() {}
    }
    connection
        .prepare_cached("SELECT release_id FROM packs")
        .unwrap()
        .query_row([], |row| row.get::<_, String>(0))
        .unwrap();
    let mut insert =
        connection.prepare_cached("INSERT INTO learning_events (user_id, seq, at, event) VALUES (?, ?, ?, ?)").unwrap();
    insert.execute(params![user, seq + 1, 1_750_000_000_000_000_i64, r#"{"event":"lesson_completed"}"#]).unwrap();
    let mut insert = connection
        .prepare_cached("INSERT INTO record_lessons (user_id, lesson_id, completed_at, completed_revision, attempts) VALUES (?, ?, ?, ?, 0)")
        .unwrap();
    insert.execute(params![user, seed::lesson(lesson).as_str(), 1_750_000_000_000_000_i64, zeros]).unwrap();
}

/// Lets 64 threads record lesson after lesson of learners of their own until the time is over; gives the latencies in
/// microseconds, sorted.
pub(crate) fn concurrently<W: FnMut(&Learner, usize)>(
    learners: &[Learner],
    duration: Duration,
    worker: impl Fn() -> W + Sync,
) -> Vec<u32> {
    let mut all: Vec<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = learners
            .chunks(learners.len() / CONNECTIONS)
            .take(CONNECTIONS)
            .map(|mine| {
                let worker = &worker;
                scope.spawn(move || {
                    let (mut work, mut latencies, start) = (worker(), Vec::new(), Instant::now());
                    for (learner, lesson) in
                        mine.iter().flat_map(|learner| (0..seed::LESSONS).map(move |l| (learner, l)))
                    {
                        if start.elapsed() > duration {
                            break;
                        }
                        let began = Instant::now();
                        work(learner, lesson);
                        latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                    }
                    latencies
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_unstable();
    all
}
