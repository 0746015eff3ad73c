//! The OpenAPI document, made from the routes, and the page of errors.

pub(crate) mod document;
pub(crate) mod errors;
#[cfg(test)]
mod tests;
