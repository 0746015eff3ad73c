//! Users, sessions, tokens and throttles.

mod sessions;
mod throttles;
mod tokens;
mod users;
