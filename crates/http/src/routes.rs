//! The one list of routes.

use std::sync::OnceLock;

use crate::endpoint::{Endpoint, Verb};
use crate::{attempts, catalogue, documentation, enrolments, events, health, packs, search, session, tokens, users};

/// A route, as others may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The method in capitals; GET answers HEAD too.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// The operation's id in the OpenAPI document.
    pub operation: &'static str,
}

/// Every route that is served.
#[must_use]
pub fn routes() -> Vec<Route> {
    let route =
        |endpoint: &Endpoint| Route { method: endpoint.verb.as_str(), path: endpoint.path, operation: endpoint.id };
    endpoints().iter().map(route).collect()
}

/// Every route with all that is known of it; what is called most comes first, because patterns are tried in order.
pub(crate) fn endpoints() -> &'static [Endpoint] {
    static ALL: OnceLock<Vec<Endpoint>> = OnceLock::new();
    ALL.get_or_init(|| {
        let parts = [
            catalogue::endpoints(),
            search::endpoints(),
            enrolments::endpoints(),
            attempts::endpoints(),
            events::endpoints(),
            session::endpoints(),
            tokens::endpoints(),
            users::endpoints(),
            packs::endpoints(),
            documentation::endpoints(),
            health::endpoints(),
        ];
        parts.into_iter().flatten().collect()
    })
}

/// A path with its routes.
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) routes: Vec<(Verb, usize)>,
    /// What `Allow` says.
    pub(crate) allow: String,
}

/// Every path once.
pub(crate) fn places() -> &'static [Place] {
    static ALL: OnceLock<Vec<Place>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Place> = Vec::new();
        for (index, endpoint) in endpoints().iter().enumerate() {
            let route = (endpoint.verb, index);
            match all.iter_mut().find(|place| place.path == endpoint.path) {
                Some(place) => place.routes.push(route),
                None => all.push(Place { path: endpoint.path, routes: vec![route], allow: String::new() }),
            }
        }
        for place in &mut all {
            let mut allowed: Vec<_> = place.routes.iter().map(|(verb, _)| verb.as_str()).collect();
            if allowed.contains(&"GET") {
                allowed.push("HEAD");
            }
            place.allow = allowed.join(", ");
        }
        all
    })
}
