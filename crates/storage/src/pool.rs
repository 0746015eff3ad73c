//! A bounded pool of connections.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cairn_domain::Result;
use diesel::r2d2::{ManageConnection, Pool as Inner, PooledConnection};

use crate::connection::{self, Db, Purpose};
use crate::refusal::{busy, unavailable};
use crate::{Config, Error, claim};

/// A connection of a pool.
pub(crate) struct Link {
    pub(crate) connection: Db,
    /// Whether it is of no more use, so that the pool replaces it.
    pub(crate) broken: bool,
}

/// Opens connections for a pool. Which database they lead to is decided by the address's scheme.
#[derive(Debug)]
pub(crate) struct Opener {
    config: Config,
    /// Whether the language of the server's messages was looked at.
    looked: AtomicBool,
}

impl Opener {
    /// Looks once: all connections lead to one server.
    fn look_at_language(&self, connection: &mut Db) -> Result<(), Error> {
        if !self.looked.swap(true, Ordering::Relaxed)
            && let Some(lc_messages) = connection::foreign_language(connection)?
        {
            tracing::warn!(%lc_messages, "PostgreSQL's messages are not in English: a deadlock is not run again");
        }
        Ok(())
    }
}

impl ManageConnection for Opener {
    type Connection = Link;
    type Error = Error;

    fn connect(&self) -> Result<Link, Error> {
        let mut connection = connection::open(&self.config, Purpose::Read)?;
        claim::share(&mut connection, self.config.claim)?;
        self.look_at_language(&mut connection)?;
        Ok(Link { connection, broken: false })
    }

    fn is_valid(&self, _: &mut Link) -> Result<(), Error> {
        // Not asked on each use, which would cost a round trip: a connection that fails its first statement is replaced.
        Ok(())
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.broken
    }
}

#[derive(Debug)]
struct Log;

impl diesel::r2d2::HandleError<Error> for Log {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "a connection could not be opened");
    }
}

#[derive(Debug)]
pub(crate) struct Pool {
    inner: Inner<Opener>,
}

impl Pool {
    /// A pool that opens its connections as they are needed, and waits at most `config.wait` for one.
    pub(crate) fn new(config: &Config, size: u32, max_idle: Option<Duration>) -> Self {
        let inner = Inner::builder()
            .max_size(size.max(1))
            // None is opened ahead: that goes on in the background, where it can outlive the pool, so that a file is still
            // open or a process ends in the middle of a handshake. (Where more threads than connections wait, one that waits
            // for a broken connection to be replaced is then not woken before its time is over.)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(config.wait)
            .idle_timeout(max_idle)
            .max_lifetime(None)
            .error_handler(Box::new(Log))
            .build_unchecked(Opener { config: config.clone(), looked: AtomicBool::new(false) });
        Self { inner }
    }

    pub(crate) fn get(&self) -> Result<PooledConnection<Opener>> {
        self.inner.get().map_err(|error| {
            // All there may be are open, so they are in use; otherwise none can be opened.
            let full = self.inner.state().connections >= self.inner.max_size();
            if full { busy() } else { unavailable() }.because(error)
        })
    }

    /// How often a connection from the pool can turn out to be dead before one of them must be new.
    pub(crate) fn stale_at_most(&self) -> u32 {
        self.inner.max_size() + 1
    }
}
