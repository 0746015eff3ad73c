//! The operator's port: health and metrics, apart from the API.

use actix_web::body::BoxBody;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::AppState;
use crate::dispatch::mount;
use crate::endpoint::Verb;
use crate::headers::{self, Cache, Policy};
use crate::problem::Problem;
use crate::reply::Reply;

/// Mounts `/livez`, `/readyz` and `/metrics`.
pub fn configure_operator(state: &AppState) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let state = state.clone();
    move |config: &mut ServiceConfig| {
        let own = state.clone();
        // For every method: the framework's own refusal of a wrong one is no problem of ours.
        let metrics = move |request: HttpRequest| std::future::ready(answer(&own, &request));
        config.service(web::resource("/metrics").to(metrics));
        mount(&state, |path| matches!(path, "/livez" | "/readyz"))(config);
    }
}

/// It is no route of the API, and being asked for it is not measured.
fn answer(state: &AppState, request: &HttpRequest) -> HttpResponse<BoxBody> {
    let reply = if Verb::Get.takes(request.method()) {
        metrics(state).map_err(Problem::from)
    } else {
        Err(Problem::method_not_allowed("GET, HEAD"))
    };
    let id = state.request_ids.next();
    let mut response = reply.map_or_else(|problem| problem.respond(&id.to_string()), Reply::respond);
    headers::finish(response.headers_mut(), Policy::Data, Cache::NoStore, false, id.header());
    response
}

fn metrics(state: &AppState) -> cairn_domain::Result<Reply> {
    let metrics = &state.metrics;
    let queues = [
        (&metrics.reading, &state.reading),
        (&metrics.writing, &state.writing.blocking),
        (&metrics.hashing, &state.hashing),
    ];
    for ((at_work, waiting), queue) in queues {
        at_work.set(i64::try_from(queue.at_work()).unwrap_or(i64::MAX));
        waiting.set(i64::try_from(queue.waiting()).unwrap_or(i64::MAX));
    }
    Reply::bytes(metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
}
