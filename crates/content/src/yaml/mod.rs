//! YAML with the place of every part, and the shapes it has to have.

mod check;
mod node;
mod schema;
mod shape;

#[cfg(test)]
pub(crate) use check::expected;
pub(crate) use check::{check, short};
pub(crate) use node::{Node, Scalar, Style, Value, parse};
pub(crate) use schema::json_schema;
pub(crate) use shape::{Field, Record, Shape, duration_seconds, is_decimal};
