//! From a request of the framework to an answer: everything that happens to each of them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::{ConnectionType, Method};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::AppState;
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::extract::condition::has_already;
use crate::extract::credential;
use crate::headers::{self, Cache, Policy};
use crate::pages;
use crate::problem::{HttpCode, Problem, Reason};
use crate::reply::Reply;
use crate::routes::{Place, endpoints, places};
use crate::trace::{Parent, RequestId};

/// The longest address.
const LONGEST_ADDRESS: usize = 8 * 1024;
/// The most bytes of all headers together.
const MOST_HEADERS: usize = 16 * 1024;

/// Mounts every route of the API, and what answers where there is none.
pub fn configure(state: &AppState) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    mount(state, |_| true)
}

pub(crate) fn mount(state: &AppState, wanted: fn(&str) -> bool) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let state = state.clone();
    move |config: &mut ServiceConfig| {
        for place in places().iter().filter(|place| wanted(place.path)) {
            let state = state.clone();
            config.service(
                web::resource(place.path).to(move |request: HttpRequest, payload: Raw| {
                    answer(state.clone(), Some(place), request, payload.0)
                }),
            );
        }
        let state = state.clone();
        config.default_service(web::to(move |request: HttpRequest, payload: Raw| {
            answer(state.clone(), None, request, payload.0)
        }));
    }
}

/// The raw payload as an argument of a handler.
struct Raw(Payload);

impl actix_web::FromRequest for Raw {
    type Error = actix_web::Error;
    type Future = std::future::Ready<Result<Self, Self::Error>>;
    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(payload.take())))
    }
}

/// Counts a request as long as it is worked on or its answer is on the way.
struct InFlight(AppState);

impl InFlight {
    fn begin(state: AppState) -> Self {
        state.metrics.in_flight.inc();
        Self(state)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

/// From this size on an answer counts as in flight until its last byte is handed on.
const LARGE: u64 = 64 * 1024;

/// A body whose request is in flight until it is sent.
struct Sending {
    body: BoxBody,
    _in_flight: InFlight,
}

impl MessageBody for Sending {
    type Error = Box<dyn std::error::Error>;
    fn size(&self) -> BodySize {
        self.body.size()
    }
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<web::Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// What is noted of a request when it is over, also when the caller went away before.
struct Observation {
    state: AppState,
    route: Option<usize>,
    begun: Instant,
    id: RequestId,
    done: bool,
}

impl Observation {
    fn begin(state: AppState) -> Self {
        let id = state.request_ids.next();
        #[expect(clippy::disallowed_methods, reason = "how long a request takes is measured here")]
        let begun = Instant::now();
        Self { state, route: None, begun, id, done: false }
    }

    fn route(&self) -> &'static str {
        self.route.map_or("none", |index| endpoints()[index].path)
    }

    fn end(mut self, request: &HttpRequest, response: &HttpResponse<BoxBody>, reason: Option<Reason>) {
        self.done = true;
        let took = self.begun.elapsed();
        let status = response.status();
        self.state.metrics.route(self.route).observe(took, status.is_client_error(), status.is_server_error());
        if tracing::enabled!(target: "cairn_http::access", tracing::Level::INFO) {
            let id = self.id;
            let (method, route) = (request.method().as_str(), self.route());
            let (status, micros) = (status.as_u16(), u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            let code = reason.map(Reason::as_str);
            match Parent::read(request.headers().get("traceparent")) {
                Some(parent) => tracing::info!(
                    target: "cairn_http::access", request_id = %id, trace_id = parent.trace, parent_id = parent.span,
                    span_id = id.span(), method, route, status, micros, code
                ),
                None => tracing::info!(
                    target: "cairn_http::access", request_id = %id, method, route, status, micros, code
                ),
            }
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.done {
            self.state.metrics.route(self.route).gone.inc();
            tracing::info!(
                target: "cairn_http::access", request_id = %self.id, route = self.route(), gone = true,
                "the caller went away before the answer"
            );
        }
    }
}

async fn answer(
    state: AppState,
    place: Option<&'static Place>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse<BoxBody> {
    let in_flight = InFlight::begin(state.clone());
    let mut observation = Observation::begin(state.clone());
    let id = observation.id;
    let outcome = match find(place, &request) {
        Ok(index) => {
            observation.route = Some(index);
            let endpoint = &endpoints()[index];
            // What is published and ready needs nothing else: no queue, no database, no other thread.
            let personal = endpoint.is_page() && credential::has_session(request.headers(), state.cookie_name());
            match (!personal).then(|| state.published.ready(&request, endpoint)).flatten() {
                Some(reply) => {
                    state.metrics.published.0.inc();
                    Ok(reply)
                }
                None => handle(&state, endpoint, &request, payload, id).await,
            }
        }
        Err(problem) => Err(problem),
    };
    let endpoint = observation.route.map(|index| &endpoints()[index]);
    let (mut response, policy, cache, reason) = match outcome {
        Ok(reply) => {
            let (policy, cache) = (reply.policy, reply.cache);
            let read = matches!(*request.method(), Method::GET | Method::HEAD);
            let has = read && reply.etag().is_some_and(|etag| has_already(request.headers(), etag));
            let reply = if has { reply.not_modified() } else { reply };
            (reply.respond(), policy, cache, None)
        }
        Err(problem) => {
            if problem.is_servers() {
                let cause = problem.cause().unwrap_or("none");
                let code = problem.reason.as_str();
                tracing::error!(request_id = %id, route = observation.route(), code, cause, "a request failed");
            }
            let reason = problem.reason;
            let id = id.to_string();
            // People get a page to read, programs a problem.
            if place.map_or_else(|| pages::asks_for_page(&request), |place| place.page) {
                (pages::refuse(&state, problem, &request, &id), Policy::Page, Cache::NoStore, Some(reason))
            } else {
                (problem.respond(&id), Policy::Data, Cache::NoStore, Some(reason))
            }
        }
    };
    headers::finish(response.headers_mut(), policy, cache, state.settings.tls, id.header());
    if let Some(limit) = endpoint.and_then(|endpoint| endpoint.limit) {
        let address = crate::limits::address(&request, &state.settings.trusted_proxies);
        for (name, value) in state.limits.headers(limit, &address, state.now()) {
            response.headers_mut().insert(name, value);
        }
    }
    observation.end(&request, &response, reason);
    if state.is_draining() {
        // Whoever comes again gets a server that stays.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    if matches!(response.body().size(), BodySize::Sized(size) if size > LARGE) {
        return response.map_body(|_, body| BoxBody::new(Sending { body, _in_flight: in_flight }));
    }
    response
}

/// The route of a request, by its place in the list.
fn find(place: Option<&'static Place>, request: &HttpRequest) -> Result<usize, Problem> {
    let size: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > MOST_HEADERS {
        return Err(Problem::new(HttpCode::HeadersTooLarge, "The headers have more than 16 KiB."));
    }
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > LONGEST_ADDRESS {
        return Err(Problem::new(HttpCode::AddressTooLong, "The address has more than 8 KiB."));
    }
    let place = place.ok_or_else(Problem::no_route)?;
    let found = place.routes.iter().find(|(verb, _)| verb.takes(request.method()));
    found.map(|(_, index)| *index).ok_or_else(|| Problem::method_not_allowed(&place.allow))
}

async fn handle(
    state: &AppState,
    endpoint: &'static Endpoint,
    request: &HttpRequest,
    payload: Payload,
    id: RequestId,
) -> Result<Reply, Problem> {
    let call = Call::new(state.clone(), endpoint, request.clone(), payload, id)?;
    (endpoint.handler)(call).await
}
