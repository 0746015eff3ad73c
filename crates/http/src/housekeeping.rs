//! What a running server does beside answering: notices releases, writes token uses, counts attempts, forgets what has
//! expired.

use std::time::Duration;

use cairn_domain::learning::count_attempts;
use cairn_domain::operations::KEPT_FOR;
use cairn_domain::practice::forget_handed_in;
use cairn_domain::shared::Timestamp;
use cairn_domain::{Result, StoreExt as _};
use tokio::time::{MissedTickBehavior, interval};

use crate::AppState;
use crate::problem::Problem;

/// How often uses of tokens are written.
const USES_EVERY: Duration = Duration::from_secs(30);
/// How often attempts are counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);
/// How many attempts are counted in one transaction, so that nobody's write waits long for it.
const COUNT_AT_ONCE: usize = 100;
/// How many such transactions follow one another, before something else has its turn. There are that many to make only
/// after an upgrade from a version that did not count.
const COUNT_TURNS: usize = 50;
/// How often what has expired is removed.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Of how many attempts what was handed in is forgotten in one transaction.
const FORGET_AT_ONCE: usize = 200;

/// Runs until it is dropped.
pub(crate) async fn keep_house(state: AppState) {
    let every = |period| {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut refresh, mut uses, mut purge) =
        (every(state.settings.refresh_every), every(USES_EVERY), every(PURGE_EVERY));
    let mut count = every(COUNT_EVERY);
    // A fault is told once, not at every tick, until the work succeeds again.
    let mut failing = false;
    loop {
        let (what, done) = tokio::select! {
            _ = refresh.tick() => {
                ("noticing releases", state.refresh(tracing::info_span!("housekeeping")).await.map_err(told))
            }
            _ = uses.tick() => ("writing the uses of tokens", write_uses(&state).await),
            _ = count.tick() => ("counting attempts", count_waiting(&state).await),
            _ = purge.tick() => ("removing what has expired", write(&state, forget_expired).await),
        };
        match done {
            Ok(()) => failing = false,
            Err(reason) if !failing => {
                failing = true;
                tracing::warn!(what, reason, "the server's own work failed; it is tried again");
            }
            Err(_) => {}
        }
    }
}

/// Writes the uses of tokens that are not written yet.
pub(crate) async fn write_uses(state: &AppState) -> Result<(), String> {
    write(state, |state| {
        let uses = state.uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        state.ports.store.write(|tx| tx.tokens_mut().touch(&uses)).inspect_err(|_| state.uses.give_back(uses.clone()))
    })
    .await
}

/// Counts the attempts that wait for it. Where none does, nothing is written.
async fn count_waiting(state: &AppState) -> Result<(), String> {
    for _ in 0..COUNT_TURNS {
        let own = state.clone();
        let waiting = state.reading.run(tracing::info_span!("housekeeping"), move || {
            own.ports.store.read(|tx| Ok(!tx.statistics().uncounted(None, 1)?.is_empty()))
        });
        if !waiting.await.and_then(|waiting| waiting.map_err(Problem::from)).map_err(told)? {
            break;
        }
        write(state, |state| state.ports.store.write(|tx| count_attempts(tx, COUNT_AT_ONCE)).map(|_| ())).await?;
    }
    Ok(())
}

/// Removes sessions, kept answers, throttles and what was handed in at drills whose time is over.
fn forget_expired(state: &AppState) -> Result<()> {
    let now = state.now();
    let ago = |kept: Duration| {
        Timestamp::from_micros(now.micros().saturating_sub(i64::try_from(kept.as_micros()).unwrap_or(i64::MAX)))
    };
    let before = ago(KEPT_FOR);
    if let Some(kept) = state.settings.handed_in_kept {
        // What is left of a great many has its turn the next time.
        state.ports.store.write(|tx| forget_handed_in(tx, ago(kept), FORGET_AT_ONCE))?;
    }
    state.ports.store.write(|tx| {
        tx.sessions_mut().delete_expired(now)?;
        tx.idempotency_mut().purge(before)?;
        tx.throttles_mut().purge(now)?;
        Ok(())
    })
}

async fn write(state: &AppState, work: impl FnOnce(&AppState) -> Result<()> + Send + 'static) -> Result<(), String> {
    let own = state.clone();
    let span = tracing::info_span!("housekeeping");
    let done = state.writing.blocking.run(span, move || work(&own)).await;
    done.and_then(|done| done.map_err(Problem::from)).map_err(told)
}

fn told(problem: Problem) -> String {
    format!("{}: {}", problem.reason.as_str(), problem.cause().unwrap_or("no cause known"))
}
