//! Whether the server lives, and whether it should get requests.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::AppState;
use crate::call::Call;
use crate::endpoint::{Endpoint, Verb};
use crate::problem::{HttpCode, Problem, Success};
use crate::reply::Reply;

const TAG: &str = "Health";

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// `ok`.
    status: &'static str,
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let example = || json!({ "status": "ok" });
    vec![
        Endpoint::new(Verb::Get, "/livez", "livez", |_| Box::pin(async { ok() }))
            .describe(TAG, "Tells that the process lives", "Costs nothing and asks nobody.")
            .gives::<HealthView>(Success::Ok, "It lives.", example()),
        Endpoint::new(Verb::Get, "/readyz", "readyz", |call| Box::pin(readyz(call)))
            .describe(
                TAG,
                "Tells whether the server should get requests",
                "The database can be reached and has the schema that this program needs, and the server is not stopping.",
            )
            .gives::<HealthView>(Success::Ok, "It should.", example())
            .refuses(&[HttpCode::Draining]),
    ]
}

fn ok() -> Result<Reply, Problem> {
    Ok(Reply::ok(&HealthView { status: "ok" })?)
}

async fn readyz(call: Call) -> Result<Reply, Problem> {
    if call.state.is_draining() {
        return Err(Problem::new(HttpCode::Draining, "The server is stopping."));
    }
    call.reading(|state: &AppState| state.ports.store.ready()).await?;
    ok()
}
