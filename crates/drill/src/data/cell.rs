use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value of a row, typed as SQLite types it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating number; in JSON as text, since JSON has no infinities.
    Real(#[serde(with = "real")] f64),
    /// Text.
    Text(String),
    /// Bytes, in hex.
    Blob(String),
}

mod real {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A cell as an author writes it: `null`, a number, text, or `true` and `false` for 1 and 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Literal(pub Cell);

impl Literal {
    pub(super) fn bytes(&self) -> u64 {
        match &self.0 {
            Cell::Text(text) | Cell::Blob(text) => text.len() as u64 + 2,
            _ => 8,
        }
    }
}

impl TryFrom<Value> for Literal {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let number = "A number has to fit into 64 bits.";
        Ok(Self(match value {
            Value::Null => Cell::Null,
            Value::Bool(bool) => Cell::Integer(bool.into()),
            Value::Number(n) if n.is_f64() => Cell::Real(n.as_f64().ok_or(number)?),
            Value::Number(n) => Cell::Integer(n.as_i64().ok_or(number)?),
            Value::String(text) => Cell::Text(text),
            Value::Array(_) | Value::Object(_) => {
                return Err("A value of a row is null, a number, text, true or false.");
            }
        }))
    }
}

impl From<Literal> for Value {
    fn from(Literal(cell): Literal) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(n) => n.into(),
            Cell::Real(n) => n.into(),
            Cell::Text(text) | Cell::Blob(text) => text.into(),
        }
    }
}
