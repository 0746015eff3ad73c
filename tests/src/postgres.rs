//! PostgreSQL for tests and benches: a throwaway cluster started from the installed server binaries, or a server that
//! `CAIRN_TEST_DATABASE_URL` or `DATABASE_URL` names.
//!
//! [`cluster`] is the one cluster of a process. A test takes a database of its own from it, with
//! [`Cluster::fresh_database`] (empty) or [`Cluster::fresh_from_template`] (a copy of one that was prepared once). A
//! bench starts its own with [`Cluster::start`]. Nothing outlives the process: a small shell script holds a pipe from
//! it and clears up when that closes, which happens even after `kill -9`.

mod address;
mod programs;

use std::{
    collections::HashMap,
    env, fmt, fs,
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use address::Address;
use programs::Programs;

use crate::processes::{in_search_path, supervise};

const SUPERVISE: &str = include_str!("postgres/supervise.sh");
const CLEAR_UP: &str = include_str!("postgres/clear_up.sh");

/// Why no server can be had, and what to do about it.
#[derive(Clone, Debug)]
pub struct Unavailable(String);

impl Unavailable {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "no PostgreSQL to test on: {}\nRun tests/run, which sets up what the tests need, or install Debian's \
             `postgresql` package, or set CAIRN_TEST_DATABASE_URL (or DATABASE_URL) to a server on which databases may \
             be created.",
            self.0
        )
    }
}

impl std::error::Error for Unavailable {}

/// How a throwaway cluster is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether a commit waits for the disk, as in production. Without it the cluster lives in memory where there is
    /// room: a database is then made ten times quicker, and figures mean nothing.
    pub durable: bool,
    /// How many connections are served at a time.
    pub max_connections: u32,
    /// PostgreSQL's `shared_buffers`, in MiB.
    pub shared_buffers_mib: u32,
}

impl Default for Settings {
    /// Durable and small.
    fn default() -> Self {
        Self { durable: true, max_connections: 200, shared_buffers_mib: 32 }
    }
}

impl Settings {
    /// For tests, each of which makes a database: as small, and not durable.
    pub fn quick() -> Self {
        Self { durable: false, ..Self::default() }
    }
}

/// A running PostgreSQL server. When the last clone and the last [`Database`] of it are gone, or the process ends, a
/// throwaway cluster is stopped and its folder removed, and a server of somebody else's loses the databases made here.
#[derive(Clone, Debug)]
pub struct Cluster(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Address,
    /// Where the server's programs are; `None` on a server that is not ours, whose programs come from PATH.
    folder: Option<PathBuf>,
    /// What only a cluster of our own has.
    directory: Option<PathBuf>,
    /// Begins the name of each database made here; letters, digits and `_`.
    prefix: String,
    next: AtomicU64,
    templates: Mutex<HashMap<String, Arc<OnceLock<String>>>>,
    /// Holds the pipe whose end makes the script clear up.
    supervisor: Child,
}

impl Drop for Inner {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // The script stays until all is cleared up, and waiting for it keeps a bench's next cluster from meeting this one.
        let _ = self.supervisor.wait();
    }
}

/// The cluster of this process, started when first asked for.
///
/// # Panics
/// When no server can be had: a test that needs one fails with the reason and the remedy, it is never skipped.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Result<Cluster, Unavailable>> = OnceLock::new();
    match CLUSTER.get_or_init(|| given().unwrap_or_else(|| Cluster::start(&Settings::quick()))) {
        Ok(cluster) => cluster,
        Err(unavailable) => panic!("{unavailable}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests' set-up stands outside the program and its configuration")]
fn given() -> Option<Result<Cluster, Unavailable>> {
    let own = env::var("CAIRN_TEST_DATABASE_URL").ok();
    if let Some(url) = own.filter(|url| !url.is_empty()) {
        return Some(Cluster::on(&url));
    }
    // DATABASE_URL may be meant for something else, so another scheme in it is no fault.
    env::var("DATABASE_URL").ok().filter(|url| Address::parse(url).is_some()).map(|url| Cluster::on(&url))
}

impl Cluster {
    /// Starts a throwaway cluster from the installed binaries, on loopback and a free port, under a random password.
    ///
    /// # Errors
    /// When there are no usable binaries, no user other than root to run them as, or the server does not start.
    pub fn start(settings: &Settings) -> Result<Self, Unavailable> {
        let programs = Programs::find()?;
        let password = random_hex(16)?;
        let config = format!(
            "listen_addresses = '127.0.0.1'\nmax_connections = {}\nshared_buffers = {}MB\nfsync = {}\n\
             wal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 1GB\njit = off\ntimezone = 'UTC'\n\
             log_min_messages = fatal",
            settings.max_connections,
            settings.shared_buffers_mib,
            if settings.durable { "on" } else { "off" },
        );
        // Text sorts by language unless a query says COLLATE "C", so one that forgets it is found out.
        let collation =
            if programs.major >= 15 { "--locale=C --locale-provider=icu --icu-locale=en-US" } else { "--locale=C" };
        let mut shell = programs::unprivileged_shell()?;
        shell
            .args(["-c", SUPERVISE, "supervise"])
            .arg(&programs.folder)
            .arg(if settings.durable { env::temp_dir() } else { memory().unwrap_or_else(env::temp_dir) })
            .arg(config)
            .args(free_ports()?.map(|port| port.to_string()))
            .env("CAIRN_TEST_PASSWORD", &password)
            .env("CAIRN_TEST_INITDB", collation);
        let (supervisor, words) = supervise(shell).map_err(Unavailable::new)?;
        let [directory, port] = &words[..] else {
            return Err(Unavailable::new(format!("the server's supervisor said {words:?}")));
        };
        let address = Address {
            user: "cairn".to_owned(),
            password,
            host: "127.0.0.1".to_owned(),
            port: port.clone(),
            database: "postgres".to_owned(),
            options: String::new(),
        };
        Self::new(address, Some(programs.folder), Some(PathBuf::from(directory)), random_hex(4)?, supervisor)
    }

    /// Uses the server at `url`, whose role must be allowed to create databases. `psql` must be installed.
    ///
    /// # Errors
    /// When the URL is not PostgreSQL's, `psql` is missing, or the server does not answer.
    pub fn on(url: &str) -> Result<Self, Unavailable> {
        let mut address = Address::parse(url)
            .ok_or_else(|| Unavailable::new("the URL given for it does not begin with postgres:// or postgresql://"))?;
        if address.database.is_empty() {
            "postgres".clone_into(&mut address.database);
        }
        let folder = Programs::find().ok().map(|programs| programs.folder);
        let psql = find(folder.as_deref(), "psql")?;
        let id = random_hex(4)?;
        let mut shell = Command::new("sh");
        shell.args(["-c", CLEAR_UP, "clear_up"]).arg(psql).arg(format!("cairn_test_{id}_"));
        address.set(&mut shell, &address.database);
        let (supervisor, _) = supervise(shell).map_err(Unavailable::new)?;
        let cluster = Self::new(address, folder, None, id, supervisor)?;
        cluster.sql(&cluster.0.address.database, "SELECT 1").map_err(Unavailable::new)?;
        Ok(cluster)
    }

    fn new(
        address: Address,
        folder: Option<PathBuf>,
        directory: Option<PathBuf>,
        id: String,
        supervisor: Child,
    ) -> Result<Self, Unavailable> {
        Ok(Self(Arc::new(Inner {
            address,
            folder,
            directory,
            prefix: format!("cairn_test_{id}_"),
            next: AtomicU64::new(0),
            templates: Mutex::default(),
            supervisor,
        })))
    }

    /// The URL of `database` on this server, its password included.
    pub fn url(&self, database: &str) -> String {
        self.0.address.url(database)
    }

    /// The folder of a throwaway cluster; `None` when the server was given.
    pub fn directory(&self) -> Option<&Path> {
        self.0.directory.as_deref()
    }

    /// The process that clears up after this one.
    pub fn supervisor_id(&self) -> u32 {
        self.0.supervisor.id()
    }

    /// One of PostgreSQL's programs (`psql`, `pgbench`, `pg_dump`), ready to talk to `database`: server, role and
    /// password are in its environment.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn program(&self, program: &str, database: &str) -> Result<Command, Unavailable> {
        let mut command = Command::new(find(self.0.folder.as_deref(), program)?);
        self.0.address.set(&mut command, database);
        Ok(command)
    }

    /// Runs `sql` (several statements are one transaction) and gives back its rows, a line each, columns parted by `|`.
    ///
    /// # Errors
    /// What the server said against it.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = self.program("psql", database).map_err(|unavailable| unavailable.0)?;
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", "--command", sql]);
        let output = psql.stdin(Stdio::null()).output().map_err(|error| format!("psql could not be run: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
        }
    }

    /// A new, empty database.
    ///
    /// # Panics
    /// When the server refuses to create it.
    pub fn fresh_database(&self) -> Database {
        self.copy_of("template0")
    }

    /// A new database that is a copy of the template `name`. The first call with a name makes that template: an empty
    /// database, whose URL `prepare` gets. It must have closed its connections when it returns. Later calls with the
    /// name wait for it and leave their own `prepare` alone.
    ///
    /// # Panics
    /// When the server refuses, and when `prepare` panics.
    pub fn fresh_from_template(&self, name: &str, prepare: impl FnOnce(&str)) -> Database {
        let slot = {
            let mut templates = self.0.templates.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(templates.entry(name.to_owned()).or_default())
        };
        let template = slot.get_or_init(|| {
            let database = self.fresh_database();
            prepare(database.url());
            // A connection to it, even a forgotten one, would make each copy fail.
            self.admin(&format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", database.name));
            database.keep()
        });
        self.copy_of(template)
    }

    fn copy_of(&self, template: &str) -> Database {
        let name = format!("{}{}", self.0.prefix, self.0.next.fetch_add(1, Ordering::Relaxed));
        self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Database { url: self.url(&name), name, cluster: self.clone(), kept: false }
    }

    fn admin(&self, sql: &str) {
        if let Err(refusal) = self.sql(&self.0.address.database, sql) {
            panic!("PostgreSQL refused `{sql}`: {refusal}");
        }
    }
}

/// A database of one test's own, dropped with this value, connections that are still open notwithstanding.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    cluster: Cluster,
    kept: bool,
}

impl Database {
    /// Its name: letters, digits and `_`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, with the password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As [`Cluster::sql`], here.
    ///
    /// # Errors
    /// What the server said against it.
    pub fn sql(&self, sql: &str) -> Result<String, String> {
        self.cluster.sql(&self.name, sql)
    }

    /// Leaves it in place until the process ends, and gives back its name.
    pub fn keep(mut self) -> String {
        self.kept = true;
        self.name.clone()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.kept {
            // A server that a test has broken goes with its cluster; a panic here would hide that test's own.
            let _ = self
                .cluster
                .sql(&self.cluster.0.address.database, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// The folder whose files are kept in memory, where it has room for the databases of a test run.
fn memory() -> Option<PathBuf> {
    const NEEDED_KIB: u64 = 2 << 20;
    let folder = PathBuf::from("/dev/shm");
    let output = Command::new("df").arg("-Pk").arg(&folder).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    (free >= NEEDED_KIB).then_some(folder)
}

fn find(folder: Option<&Path>, program: &str) -> Result<PathBuf, Unavailable> {
    folder
        .map(|folder| folder.join(program))
        .filter(|path| path.is_file())
        .or_else(|| in_search_path(program))
        .ok_or_else(|| Unavailable::new(format!("its program `{program}` is not installed")))
}

/// Several, because another process may take one before the server does.
fn free_ports() -> Result<impl Iterator<Item = u16>, Unavailable> {
    let bound: std::io::Result<Vec<TcpListener>> = (0..5).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
    let ports: std::io::Result<Vec<u16>> =
        bound.and_then(|bound| bound.iter().map(|listener| Ok(listener.local_addr()?.port())).collect());
    Ok(ports.map_err(|error| Unavailable::new(format!("no port on 127.0.0.1 is free: {error}")))?.into_iter())
}

fn random_hex(bytes: usize) -> Result<String, Unavailable> {
    let mut random = vec![0; bytes];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .map_err(|error| Unavailable::new(format!("/dev/urandom: {error}")))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
