//! The OpenAPI document, made from the routes.

pub(crate) mod document;
#[cfg(test)]
mod tests;
