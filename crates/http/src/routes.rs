//! The one list of routes.

use std::sync::OnceLock;

use crate::endpoint::{Access, Endpoint, Purpose, Verb};
use crate::{
    activity, attempts, capstones, catalogue, documentation, drills, enrolments, events, health, packs, pages, search,
    session, statistics, study_plans, tokens, users, way,
};

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

/// A page or what a form of one is sent to, as others may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageRoute {
    /// `GET`, or `POST` for a form.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// For a form: the id of the operation that does the same.
    pub operation: Option<&'static str>,
    /// Whether nobody but its user may see it.
    pub signed_in: bool,
}

/// Every operation that is served.
#[must_use]
pub fn routes() -> Vec<Route> {
    let route =
        |endpoint: &Endpoint| Route { method: endpoint.verb.as_str(), path: endpoint.path, operation: endpoint.id };
    operations().map(route).collect()
}

/// Every page that is served, and every action that a page offers.
#[must_use]
pub fn page_routes() -> Vec<PageRoute> {
    let route = |endpoint: &Endpoint| PageRoute {
        method: endpoint.verb.as_str(),
        path: endpoint.path,
        operation: match endpoint.purpose {
            Purpose::Action(operation) => Some(operation),
            Purpose::Operation | Purpose::Page => None,
        },
        signed_in: matches!(endpoint.access, Access::May(_) | Access::Session),
    };
    endpoints().iter().filter(|endpoint| endpoint.is_page()).map(route).collect()
}

/// The routes of the API.
pub(crate) fn operations() -> impl Iterator<Item = &'static Endpoint> {
    endpoints().iter().filter(|endpoint| !endpoint.is_page())
}

/// Every route with all that is known of it; what is called most comes first, because patterns are tried in order.
pub(crate) fn endpoints() -> &'static [Endpoint] {
    static ALL: OnceLock<Vec<Endpoint>> = OnceLock::new();
    ALL.get_or_init(|| {
        let parts = [
            catalogue::endpoints(),
            search::endpoints(),
            enrolments::endpoints(),
            way::endpoints(),
            study_plans::endpoints(),
            attempts::endpoints(),
            drills::endpoints(),
            capstones::endpoints(),
            activity::endpoints(),
            events::endpoints(),
            session::endpoints(),
            tokens::endpoints(),
            users::endpoints(),
            packs::endpoints(),
            statistics::endpoints(),
            documentation::endpoints(),
            health::endpoints(),
            pages::endpoints(),
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
    /// Whether people look at what is there.
    pub(crate) page: bool,
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
                None => {
                    let page = endpoint.is_page();
                    all.push(Place { path: endpoint.path, routes: vec![route], allow: String::new(), page });
                }
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
