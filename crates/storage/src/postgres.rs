//! Transactions on PostgreSQL: serialisable, run again when they meet another one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cairn_domain::{ReadTx, Result, WriteTx};
use diesel::connection::SimpleConnection as _;

use crate::Config;
use crate::library::{Cache, Kept};
use crate::pool::{Link, Pool};
use crate::refusal::{After, translate, unavailable};
use crate::tx::{Extent, Fate, Tx};

/// How often a transaction is run again because it met another one.
const RERUNS: u32 = 30;

/// After how many of them it is run alone. Where many write one row, most runs are in vain however long they pause; one
/// after the other they all come through. See docs/decisions/0007.
const BESIDE_OTHERS: u32 = 2;

/// A read is a statement by itself where one is all it needs; the session's defaults make that serialisable.
const READ: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY";

/// `LOCK TABLE` comes before the snapshot is taken, and in the same round trip as `BEGIN`. It keeps nobody waiting but
/// those who write alone.
const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; LOCK TABLE packs IN ROW EXCLUSIVE MODE";

/// Whoever writes alone looks at all records. Beside others that write it would never come through: each commit of theirs
/// would make it run again. So it waits for them and keeps them waiting, as on SQLite, while reading goes on.
const WRITE_ALONE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; SET LOCAL statement_timeout = 0; \
     LOCK TABLE packs IN EXCLUSIVE MODE";

/// A write that met others too often is run alone as well, but is no longer than any other: its statements are bounded.
const WRITE_AGAIN: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; LOCK TABLE packs IN EXCLUSIVE MODE";

/// How one run of a closure ended.
enum Ended {
    /// For good.
    Answered(Result<()>),
    /// It met another transaction.
    Again(cairn_domain::Error),
    /// The connection was lost before anything could be committed.
    Lost(cairn_domain::Error),
    /// It needs more than one statement.
    NeedsMore,
}

#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    /// Counts re-runs: what makes the pauses of two transactions differ.
    reruns: AtomicU64,
}

impl Postgres {
    pub(crate) fn new(config: &Config) -> Self {
        let pool = Pool::new(config, config.pool, Some(Duration::from_secs(300)));
        Self { pool, reruns: AtomicU64::new(0) }
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn read(&self, cache: &Cache, work: &mut dyn FnMut(&mut dyn ReadTx) -> Result<()>) -> Result<()> {
        let mut begin = None;
        self.repeat(|link, _| {
            let ended = run(link, cache, begin, &mut |tx| work(tx));
            if matches!(ended, Ended::NeedsMore) {
                begin = Some(READ);
            }
            ended
        })
    }

    pub(crate) fn write(
        &self,
        cache: &Cache,
        alone: bool,
        work: &mut dyn FnMut(&mut dyn WriteTx) -> Result<()>,
    ) -> Result<()> {
        self.repeat(|link, met| {
            let begin = match alone {
                true => WRITE_ALONE,
                false if met >= BESIDE_OTHERS => WRITE_AGAIN,
                false => WRITE,
            };
            run(link, cache, Some(begin), &mut |tx| work(tx))
        })
    }

    /// Runs until there is an answer, at most as often as is good. The closure is told how often it met another one.
    fn repeat(&self, mut once: impl FnMut(&mut Link, u32) -> Ended) -> Result<()> {
        let (mut met, mut lost) = (0, 0);
        loop {
            let ended = once(&mut *self.pool.get()?, met);
            match ended {
                Ended::Answered(answer) => return answer,
                Ended::NeedsMore => {}
                Ended::Lost(error) => {
                    // After a restart of the server every connection of the pool is dead once.
                    lost += 1;
                    if lost >= self.pool.stale_at_most() {
                        return Err(error);
                    }
                }
                Ended::Again(error) => {
                    met += 1;
                    if met > RERUNS {
                        return Err(error);
                    }
                    pause(met, self.reruns.fetch_add(1, Ordering::Relaxed));
                }
            }
        }
    }
}

/// Waits a little, so that those who met do not meet again. No transaction is open and no connection is held meanwhile.
#[expect(
    clippy::disallowed_methods,
    reason = "a back-off between two runs, outside any transaction; nothing will signal its end"
)]
fn pause(met: u32, count: u64) {
    std::thread::sleep(pause_for(met, count));
}

/// From 0 to twice a mean that doubles from 0.25 ms up to 16 ms, spread by the golden ratio over consecutive counts.
fn pause_for(met: u32, count: u64) -> Duration {
    let mean = 250_u64 << (met.saturating_sub(1)).min(6);
    let spread = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48;
    Duration::from_micros((2 * mean * spread) >> 16)
}

/// Runs a closure once, in a transaction when there is a `begin`.
fn run(link: &mut Link, cache: &Cache, begin: Option<&str>, work: &mut dyn FnMut(&mut Tx<'_>) -> Result<()>) -> Ended {
    if let Some(begin) = begin
        && let Err(refused) = link.connection.batch_execute(begin)
    {
        let (error, after) = translate(refused);
        link.broken |= link.connection.batch_execute("ROLLBACK").is_err();
        return match after {
            After::Again => Ended::Again(error),
            After::Lost => Ended::Lost(error),
            After::GiveUp => Ended::Answered(Err(error)),
        };
    }
    let extent = if begin.is_some() { Extent::Any } else { Extent::OneStatement };
    let mut tx = Tx::new(&mut link.connection, extent, cache);
    let given = catch_unwind(AssertUnwindSafe(|| work(&mut tx)));
    let given = given.map(|given| tx.verdict(given));
    let (fate, read): (Fate, Vec<Arc<Kept>>) = (tx.fate, std::mem::take(&mut tx.read));
    if begin.is_some() && !matches!((&given, fate), (Ok(Ok(())), Fate::Sound)) {
        link.broken |= link.connection.batch_execute("ROLLBACK").is_err();
    }
    let answer = match given {
        Err(payload) => resume_unwind(payload),
        Ok(answer) => answer,
    };
    match (fate, answer) {
        (Fate::NeedsMore, _) => Ended::NeedsMore,
        // Whatever the closure made of the refusal: nothing was kept, and it can be run again.
        (Fate::Refused(After::Again), answer) => Ended::Again(answer.err().unwrap_or_else(unavailable)),
        (Fate::Refused(After::Lost), answer) => {
            link.broken = true;
            Ended::Lost(answer.err().unwrap_or_else(unavailable))
        }
        (_, Err(error)) => Ended::Answered(Err(error)),
        (_, Ok(())) => {
            if begin.is_some()
                && let Err(refused) = link.connection.batch_execute("COMMIT")
            {
                let (error, after) = translate(refused);
                link.broken |= link.connection.batch_execute("ROLLBACK").is_err();
                return match after {
                    After::Again => Ended::Again(error),
                    // Whether it was committed before the connection was lost nobody knows, so it is not run again.
                    After::Lost | After::GiveUp => Ended::Answered(Err(error)),
                };
            }
            cache.keep(read);
            Ended::Answered(Ok(()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        for met in 1..=RERUNS {
            let most = Duration::from_micros(500 << (met - 1).min(6));
            let pauses: std::collections::BTreeSet<_> = (0..16).map(|count| pause_for(met, count)).collect();
            assert!(pauses.len() > 12, "{met}: {pauses:?}");
            assert!(pauses.iter().all(|pause| *pause <= most));
        }
        assert!(pause_for(u32::MAX, u64::MAX) <= Duration::from_millis(32));
    }
}
