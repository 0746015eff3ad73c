//! Cairn's REST API and pages on actix-web.
//!
//! A route is one row: handler, documentation, what it takes and what it can answer. The rows make the router, the
//! OpenAPI document and, with the authorisation table, the question of who may call what. A handler parses, calls one
//! use case of the domain in one hop to a blocking thread, and renders. Everything that happens to every request (its
//! id, its headers, its measurement, its line in the log) happens in one place.
//!
//! The crate knows the domain's ports and nothing of what implements them. [`serve`] runs both ports of a server.

mod activity;
mod attempts;
mod auth;
mod authorisation;
mod blocking;
mod bounded;
mod call;
mod capstones;
mod catalogue;
mod dispatch;
mod documentation;
mod drills;
mod endpoint;
mod enrolments;
mod events;
mod extract;
mod headers;
mod health;
mod housekeeping;
mod limits;
mod metrics;
mod openapi;
mod operator;
mod packs;
mod page;
mod pages;
mod problem;
mod published;
mod reply;
mod routes;
mod search;
mod seen;
mod server;
mod session;
mod settings;
mod state;
mod statistics;
mod study_plans;
mod tokens;
mod trace;
mod twins;
mod users;
mod way;
mod writing;

pub use dispatch::configure;
pub use operator::configure_operator;
pub use routes::{PageRoute, Route, page_routes, routes};
pub use server::{ListenError, Listeners, listen, serve};
pub use settings::Settings;
pub use state::{AppState, Ports};

/// The OpenAPI document, as it is served at `/api/openapi.json` and checked in at `docs/openapi.json`.
#[must_use]
pub fn openapi() -> String {
    openapi::document::text()
}

/// The page of all errors, as it is checked in at `docs/errors.md`.
#[must_use]
pub fn errors() -> String {
    openapi::errors::text()
}
