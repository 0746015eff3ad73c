//! What a handler takes from a request, each piece with its own refusals.

pub(crate) mod body;
pub(crate) mod condition;
pub(crate) mod credential;
pub(crate) mod form;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod origin;
pub(crate) mod query;
