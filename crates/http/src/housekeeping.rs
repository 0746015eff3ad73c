//! What a running server does beside answering: notices releases, writes token uses, forgets what has expired.

use std::time::Duration;

use cairn_domain::operations::KEPT_FOR;
use cairn_domain::shared::Timestamp;
use cairn_domain::{Result, StoreExt as _};
use tokio::time::{MissedTickBehavior, interval};

use crate::AppState;
use crate::problem::Problem;

/// How often uses of tokens are written.
const USES_EVERY: Duration = Duration::from_secs(30);
/// How often what has expired is removed.
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Runs until it is dropped.
pub(crate) async fn keep_house(state: AppState) {
    let every = |period| {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut refresh, mut uses, mut purge) =
        (every(state.settings.refresh_every), every(USES_EVERY), every(PURGE_EVERY));
    // A fault is told once, not at every tick, until the work succeeds again.
    let mut failing = false;
    loop {
        let (what, done) = tokio::select! {
            _ = refresh.tick() => {
                ("noticing releases", state.refresh(tracing::info_span!("housekeeping")).await.map_err(told))
            }
            _ = uses.tick() => ("writing the uses of tokens", write_uses(&state).await),
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

/// Removes sessions, kept answers and throttles whose time is over.
fn forget_expired(state: &AppState) -> Result<()> {
    let now = state.now();
    let kept = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
    let before = Timestamp::from_micros(now.micros().saturating_sub(kept));
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
