//! The operator's port: health and metrics, apart from the API.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, body::BoxBody};

use crate::AppState;
use crate::dispatch::mount;
use crate::headers::{self, Cache, Policy};
use crate::reply::Reply;

/// Mounts `/livez`, `/readyz` and `/metrics`.
pub fn configure_operator(state: &AppState) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let state = state.clone();
    move |config: &mut ServiceConfig| {
        let metrics = state.clone();
        config.service(web::resource("/metrics").route(web::get().to(move || std::future::ready(text(&metrics)))));
        mount(&state, |path| matches!(path, "/livez" | "/readyz"))(config);
    }
}

fn text(state: &AppState) -> HttpResponse<BoxBody> {
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
    let reply = Reply::bytes(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
    let id = state.request_ids.next();
    let mut response = match reply {
        Ok(reply) => reply.respond(),
        Err(error) => crate::problem::Problem::from(error).respond(&id.to_string()),
    };
    headers::finish(response.headers_mut(), Policy::Data, Cache::NoStore, false, id.header());
    response
}
