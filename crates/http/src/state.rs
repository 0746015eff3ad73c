use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn_domain::Store;
use cairn_domain::catalog::PackFormat;
use cairn_domain::identity::{PasswordHasher, SecretMaker};
use cairn_domain::practice::Sandbox;
use cairn_domain::shared::{Clock, CursorSigner, Ids, Timestamp};
use tracing::Span;

use crate::Settings;
use crate::auth::{AuthCache, TokenUses};
use crate::blocking::Blocking;
use crate::extract::credential::{COOKIE_NAME, INSECURE_COOKIE_NAME};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::pages::Site;
use crate::problem::Problem;
use crate::published::Published;
use crate::routes::endpoints;
use crate::seen::Seen;
use crate::statistics;
use crate::trace::RequestIds;
use crate::twins::Twins;
use crate::writing::Writing;

/// What the API needs of the rest: the domain's ports.
#[derive(Clone)]
pub struct Ports {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Makes sessions' and tokens' secrets.
    pub secrets: Arc<dyn SecretMaker>,
    /// Seals the cursors of lists.
    pub cursors: Arc<dyn CursorSigner>,
    /// Reads and writes packs' archives.
    pub packs: Arc<dyn PackFormat>,
    /// Runs learners' SQL.
    pub sandbox: Arc<dyn Sandbox>,
}

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What [`AppState`] shares; its parts are this crate's own.
pub struct Shared {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    /// Transactions that only read.
    pub(crate) reading: Blocking,
    /// Transactions that may write.
    pub(crate) writing: Writing,
    pub(crate) hashing: Blocking,
    /// Packs being unpacked, checked and rendered, or packed.
    pub(crate) packing: Blocking,
    /// Learners' SQL, which the sandbox runs in processes of its own and in an order of its own.
    pub(crate) running: Blocking,
    pub(crate) auth: AuthCache,
    pub(crate) uses: TokenUses,
    pub(crate) twins: Arc<Twins>,
    pub(crate) limits: Limits,
    pub(crate) published: Published,
    pub(crate) statistics: statistics::AllKept,
    /// What pages say of the server as a whole.
    pub(crate) site: Site,
    /// Whose turn it is to have the published answers made anew, so that this never takes more than one reading thread.
    refreshing: tokio::sync::Mutex<()>,
    pub(crate) seen: Seen,
    pub(crate) request_ids: RequestIds,
    pub(crate) metrics: Metrics,
    draining: AtomicBool,
}

impl std::ops::Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    /// A state of its own for each server of a process.
    ///
    /// # Errors
    /// [`cairn_domain::Code::Internal`] when the metrics contradict one another, which the tests rule out, or
    /// the system refuses what the queues' threads need.
    pub fn new(ports: Ports, settings: Settings) -> cairn_domain::Result<Self> {
        let s = &settings;
        let queue = |name: &str, size, waiting, wait, within| {
            Blocking::new(name, size, waiting, wait, within).map_err(cairn_domain::Error::internal)
        };
        let reading = queue("cairn-read", s.readers, s.database_waiting, s.database_wait, s.work_within)?;
        let writing = queue("cairn-write", s.writers, s.database_waiting, s.database_wait, s.work_within)?;
        let writing = Writing::new(writing, ports.store.clone(), s.writes_together);
        // Hashing waits its turn longer than the database: a turn takes a good part of a second.
        let hashing = queue("cairn-hash", s.hashing_permits, s.hashing_waiting, s.database_wait * 3, s.work_within)?;
        // A pack takes a lot of memory while it is read, and its archive while it waits.
        let packing = queue("cairn-pack", 1, 4, s.archive_within, s.archive_within)?;
        // The sandbox has a queue of its own; these threads only wait for it.
        let running = queue("cairn-run", 8, 32, s.work_within, s.archive_within)?;
        let site = Site::new(&settings);
        let process = ports.ids.next(ports.clock.now()).as_u128();
        Ok(Self(Arc::new(Shared {
            reading,
            writing,
            hashing,
            packing,
            running,
            auth: AuthCache::default(),
            uses: TokenUses::default(),
            twins: Arc::default(),
            limits: Limits::default(),
            refreshing: tokio::sync::Mutex::default(),
            seen: Seen::default(),
            statistics: statistics::AllKept::default(),
            published: Published::new(settings.published_budget, site.clone()),
            site,
            request_ids: RequestIds::new(process),
            metrics: Metrics::new(endpoints()).map_err(cairn_domain::Error::internal)?,
            draining: AtomicBool::new(false),
            ports,
            settings,
        })))
    }

    /// Notices releases that are not served yet.
    pub(crate) async fn refresh(&self, span: Span) -> Result<(), Problem> {
        let turn = tokio::time::timeout(self.settings.database_wait, self.refreshing.lock()).await;
        let _turn = turn.map_err(|_| Problem::busy())?;
        let state = self.clone();
        self.reading.run(span, move || state.published.refresh(&*state.ports.store)).await??;
        Ok(())
    }

    /// Tells balancers, through `/readyz`, to send no more requests.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A new id of a kind, such as `EnrolmentId::new`.
    pub(crate) fn id<T>(&self, kind: impl FnOnce(cairn_domain::shared::Uuid) -> T) -> T {
        kind(self.ports.ids.next(self.now()))
    }

    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.settings.insecure_http_cookies { INSECURE_COOKIE_NAME } else { COOKIE_NAME }
    }
}
