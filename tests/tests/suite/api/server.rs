//! The real server on a free port, over a fresh store.

use std::any::Any;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use cairn_domain::catalog::PackFormat;
use cairn_domain::identity::{
    self, Actor, NewToken, Password, PasswordHash, PasswordHasher, Role, Scope, SecretMaker, Session, User, Via,
};
use cairn_domain::practice::Sandbox;
use cairn_domain::shared::{Clock, Ids, ReleaseId, SessionId, Timestamp, TokenId, UserId};
use cairn_domain::{Code, Error, ReadTx, Result, Store, StoreExt as _, Work, WriteTx};
use cairn_drill::data::Cell;
use cairn_drill::run::{self, Job, MigrationStep, NamedQuery, PlanStep, Report, ResultSet, Stage, State, TableState};
use cairn_http::{AppState, Listeners, Ports, Settings, listen};
use cairn_memory::{ManualClock, MemoryStore};
use cairn_security::{BcryptHasher, CursorSeal, Keyring, MasterSecret, OrderedIds, Secrets};
use cairn_storage::{Claim, Config, SqlStore, Statements, migrate};
use cairn_tests::postgres::cluster;
use tokio::sync::oneshot;

use super::client::Caller;
use super::pack;

/// The password of everybody that [`Server::user`] makes.
pub(super) const PASSWORD: &str = "correct horse battery";

/// What a server runs on.
#[derive(Clone, Copy)]
pub(super) enum Backing {
    Memory,
    Sqlite,
    Postgres,
}

/// A store that a test can take away or hold up.
pub(super) struct Switch {
    inner: Box<dyn Store>,
    away: AtomicBool,
    away_after_release: AtomicBool,
    gate: Mutex<()>,
}

impl Switch {
    /// From now on, or no longer, the store cannot be reached.
    pub(super) fn take_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// The store cannot be reached once the next release is committed.
    pub(super) fn take_away_after_release(&self) {
        self.away_after_release.store(true, Ordering::SeqCst);
    }

    /// Holds up all that begins from now on, until the guard is dropped.
    pub(super) fn hold(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap()
    }

    fn pass(&self) -> Result<()> {
        drop(self.gate.lock().unwrap());
        if self.away.load(Ordering::SeqCst) {
            let cause = std::io::Error::other("connection refused by db.internal:5432");
            return Err(Error::new(Code::StoreUnavailable, "The database cannot be reached.").because(cause));
        }
        Ok(())
    }
}

impl Store for Switch {
    fn read_with(&self, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
        self.pass()?;
        self.inner.read_with(work)
    }
    fn write_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        self.pass()?;
        self.inner.write_with(work)
    }
    fn write_alone_with(&self, work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>) -> Result<()> {
        self.pass()?;
        let done = self.inner.write_alone_with(work);
        if self.away_after_release.swap(false, Ordering::SeqCst) {
            self.take_away(true);
        }
        done
    }
    fn write_each_with(&self, works: &mut [Work<'_>]) -> Vec<Result<()>> {
        match self.pass() {
            Ok(()) => self.inner.write_each_with(works),
            Err(_) => works.iter().map(|_| self.pass()).collect(),
        }
    }
    fn generation(&self) -> Option<u64> {
        self.inner.generation()
    }
    fn ready(&self) -> Result<()> {
        self.pass()?;
        self.inner.ready()
    }
}

/// In place of a sandbox: a query that ends with `from hut` gives the two rows of that table, any other one gives the first
/// of them, and a migration leaves all as it was. A test can have it say something else.
#[derive(Default)]
pub(super) struct Canned(Mutex<Option<std::result::Result<Report, Code>>>);

impl Canned {
    /// What it says from now on to learners' and authors' SQL; `None` for what is said above.
    pub(super) fn says(&self, what: Option<std::result::Result<Report, Code>>) {
        *self.0.lock().unwrap() = what;
    }
}

impl Sandbox for Canned {
    fn run(&self, _: UserId, job: &Job) -> Result<Report> {
        if let Some(said) = &*self.0.lock().unwrap() {
            return said.clone().map_err(|code| Error::new(code, "Nothing runs here."));
        }
        match &job.work {
            run::Work::Script { sql, .. } => {
                let row = |name: &str, beds: Cell| vec![Cell::Text(name.into()), beds];
                let mut rows = vec![row("Alm", Cell::Integer(12))];
                if sql.ends_with("from hut") {
                    rows.push(row("Joch", Cell::Null));
                }
                let result = ResultSet { columns: vec!["name".into(), "beds".into()], rows, omitted: 0 };
                let plan = vec![PlanStep { depth: 0, detail: "SCAN hut".into() }];
                Ok(Report { statements: 1, result: Some(result), plan, ..Report::default() })
            }
            run::Work::Migration { steps, queries } => {
                let answer =
                    |query: &NamedQuery| run::Answer { name: query.name.clone(), answer: Ok(ResultSet::default()) };
                let table = |name: &str| TableState { name: name.to_owned(), rows: 2, hash: String::new() };
                let before = State {
                    tables: job.data.tables.iter().map(|of| table(&of.name)).collect(),
                    answers: queries.iter().map(answer).collect(),
                    ..State::default()
                };
                let stage =
                    |step: &MigrationStep| Stage { step: step.id.clone(), after: before.clone(), ..Stage::default() };
                Ok(Report { stages: steps.iter().map(stage).collect(), before, ..Report::default() })
            }
        }
    }
}

fn open(backing: Backing, statements: &Statements) -> (Box<dyn Store>, Box<dyn Any + Send + Sync>) {
    match backing {
        Backing::Memory => (Box::new(MemoryStore::new()), Box::new(())),
        Backing::Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("cairn.db").display());
            let config = Config { statements: Some(statements.clone()), ..Config::new(url) };
            migrate::up(&Config { statements: None, ..config.clone() }).unwrap();
            (Box::new(SqlStore::open(&config.claiming(Claim::Serve)).unwrap()), Box::new(folder))
        }
        Backing::Postgres => {
            let prepare = |url: &str| {
                migrate::up(&Config::new(url)).unwrap();
            };
            let database = cluster().fresh_from_template("migrated", prepare);
            let config = Config { pool: 8, statements: Some(statements.clone()), ..Config::new(database.url()) };
            (Box::new(SqlStore::open(&config).unwrap()), Box::new(database))
        }
    }
}

fn apply(store: &dyn Store, archive: &[u8], id: ReleaseId, now: Timestamp) {
    let draft = cairn_content::TarGz.read(archive).unwrap();
    store.write_alone(|tx| cairn_domain::catalog::apply_release(tx, None, &draft, (None, ""), id, now)).unwrap();
}

/// A running server.
pub(super) struct Server {
    /// Every statement that its database was given.
    pub(super) statements: Statements,
    pub(super) store: Arc<Switch>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) sandbox: Arc<Canned>,
    pub(super) api: SocketAddr,
    pub(super) operator: SocketAddr,
    ports: Ports,
    secrets: Secrets,
    ids: Arc<OrderedIds>,
    hash: PasswordHash,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// What the store stands on: taken away after it.
    _stands_on: Box<dyn Any + Send + Sync>,
}

impl Server {
    /// With default settings, and the pack of the documentation's examples.
    pub(super) fn start(backing: Backing) -> Self {
        Self::launch(backing, Some(&pack::examples()), |_| {})
    }

    /// As [`Server::start`], with other settings.
    pub(super) fn start_changed(backing: Backing, change: impl FnOnce(&mut Settings)) -> Self {
        Self::launch(backing, Some(&pack::examples()), change)
    }

    /// With other settings, and nothing in it.
    pub(super) fn start_with(backing: Backing, change: impl FnOnce(&mut Settings)) -> Self {
        Self::launch(backing, None, change)
    }

    fn launch(backing: Backing, archive: Option<&[u8]>, change: impl FnOnce(&mut Settings)) -> Self {
        let statements = Statements::default();
        let (inner, stands_on) = open(backing, &statements);
        let (away, away_after_release) = (AtomicBool::new(false), AtomicBool::new(false));
        let store = Arc::new(Switch { inner, away, away_after_release, gate: Mutex::new(()) });
        let clock = Arc::new(ManualClock::at("2026-01-31T12:00:00Z".parse().unwrap()));
        let keyring = Keyring::new(&MasterSecret::generate());
        let hasher = BcryptHasher::new(&keyring, BcryptHasher::LEAST_COST).unwrap();
        let hash = hasher.hash(&Password::chosen(PASSWORD).unwrap()).unwrap();
        let sandbox = Arc::new(Canned::default());
        let (secrets, ids) = (Secrets::new(&keyring), Arc::new(OrderedIds::new()));
        let ports = Ports {
            sandbox: sandbox.clone(),
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            hasher: Arc::new(hasher),
            secrets: Arc::new(secrets.clone()),
            cursors: Arc::new(CursorSeal::new(&keyring)),
            packs: Arc::new(cairn_content::TarGz),
        };
        if let Some(archive) = archive {
            apply(&*store, archive, ReleaseId::new(ids.next(clock.now())), clock.now());
        }
        let mut settings = Settings { workers: 1, ..Settings::default() };
        change(&mut settings);
        let state = AppState::new(ports.clone(), settings).unwrap();
        let free = || listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "a test").unwrap();
        let listeners = Listeners { api: free(), operator: free() };
        let (api, operator) = (listeners.api.local_addr().unwrap(), listeners.operator.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let stopped = async move { _ = stopped.await };
            runtime.block_on(cairn_http::serve(state, listeners, stopped)).unwrap();
        });
        Self {
            statements,
            store,
            clock,
            sandbox,
            api,
            operator,
            ports,
            secrets,
            ids,
            hash,
            stop: Some(stop),
            thread: Some(thread),
            _stands_on: stands_on,
        }
    }

    /// Another server on the same store, as a second process would be.
    pub(super) fn ports(&self) -> Ports {
        self.ports.clone()
    }

    /// Tells the server to stop; [`Server::join`] waits for it.
    pub(super) fn begin_stop(&mut self) {
        _ = self.stop.take().unwrap().send(());
    }

    pub(super) fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }

    /// Applies a pack past the API, as another process would.
    pub(super) fn apply(&self, archive: &[u8]) {
        let now = self.clock.now();
        apply(&*self.store, archive, ReleaseId::new(self.ids.next(now)), now);
    }

    /// A user with these roles, beside learner; the password is [`PASSWORD`].
    pub(super) fn user(&self, email: &str, roles: &[Role]) -> User {
        let now = self.clock.now();
        let name = email.split('@').next().unwrap();
        let id = UserId::new(self.ids.next(now));
        let user = User::new(id, identity::Email::new(email).unwrap(), name, roles.iter().copied(), now).unwrap();
        self.store
            .write(|tx| {
                tx.users_mut().insert(&user)?;
                tx.users_mut().set_password_hash(id, &self.hash, now)
            })
            .unwrap();
        user
    }

    /// A token of a user.
    pub(super) fn token(&self, user: &User, scopes: &[Scope]) -> String {
        let (secret, digest) = self.secrets.token();
        let now = self.clock.now();
        let id = TokenId::new(self.ids.next(now));
        let scopes: BTreeSet<_> = scopes.iter().copied().collect();
        let new = NewToken { name: format!("token {id}"), scopes, days: 30 };
        let actor = Actor::new(user, Via::Operator);
        self.store.write(|tx| identity::create_token(tx, &actor, &new, id, digest.clone(), now)).unwrap();
        secret
    }

    /// Nobody.
    pub(super) fn anybody(&self) -> Caller<'_> {
        Caller::anybody(self)
    }

    /// A new user with these roles, by a token with every scope.
    pub(super) fn program(&self, email: &str, roles: &[Role]) -> Caller<'_> {
        let user = self.user(email, roles);
        Caller::program(self, &user, &self.token(&user, &Scope::ALL))
    }

    /// A new user with these roles, by a session.
    pub(super) fn browser(&self, email: &str, roles: &[Role]) -> Caller<'_> {
        let user = self.user(email, roles);
        self.session(&user)
    }

    /// A session of a user.
    pub(super) fn session(&self, user: &User) -> Caller<'_> {
        let (secret, digest) = self.secrets.session();
        let now = self.clock.now();
        let id = SessionId::new(self.ids.next(now));
        let expires_at = now.plus(identity::SESSION_LIFETIME);
        let session = Session { id, user: user.id, digest, created_at: now, expires_at };
        self.store.write(|tx| tx.sessions_mut().insert(&session)).unwrap();
        Caller::browser(self, user, &secret, &self.secrets.csrf(id))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}
