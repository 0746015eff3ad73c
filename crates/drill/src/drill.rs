use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::HttpDrill;
use crate::migration::{MigrationDrill, MigrationKey};
use crate::sql::{SqlDrill, SqlKey};
use crate::{Fault, Solutions};

/// What a learner is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "drill")]
pub enum Drill {
    /// Requests to the learner's own service.
    #[serde(rename = "http/v1")]
    Http(HttpDrill),
    /// A question to a database.
    #[serde(rename = "sql/v1")]
    Sql(SqlDrill),
    /// A schema to change.
    #[serde(rename = "migration/v1")]
    Migration(MigrationDrill),
}

/// The kinds of drills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillKind {
    /// See [`Drill::Http`].
    Http,
    /// See [`Drill::Sql`].
    Sql,
    /// See [`Drill::Migration`].
    Migration,
}

impl DrillKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Http, Self::Sql, Self::Migration];

    /// The name in lower case, such as `"http"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Sql => "sql",
            Self::Migration => "migration",
        }
    }
}

impl Drill {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> DrillKind {
        match self {
            Self::Http(_) => DrillKind::Http,
            Self::Sql(_) => DrillKind::Sql,
            Self::Migration(_) => DrillKind::Migration,
        }
    }
}

/// What is kept from learners: what their work is compared with. It cannot be serialised.
///
/// ```compile_fail
/// fn leak(key: &cairn_drill::DrillKey) -> String {
///     serde_json::to_string(key).unwrap()
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum DrillKey {
    /// An HTTP drill keeps nothing back: whoever wants to pass it has to meet what it says.
    Http,
    /// The reference query.
    Sql(SqlKey),
    /// The reference migration.
    Migration(MigrationKey),
}

/// A [`DrillKey`] as a store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillKeyRecord {
    /// See [`DrillKey::Http`].
    Http,
    /// See [`DrillKey::Sql`].
    Sql(SqlKey),
    /// See [`DrillKey::Migration`].
    Migration(MigrationKey),
}

impl DrillKey {
    /// The form for a store.
    #[must_use]
    pub fn to_record(&self) -> DrillKeyRecord {
        match self {
            Self::Http => DrillKeyRecord::Http,
            Self::Sql(key) => DrillKeyRecord::Sql(key.clone()),
            Self::Migration(key) => DrillKeyRecord::Migration(key.clone()),
        }
    }
}

impl DrillKey {
    /// The key as text, for nothing but the digest of a lesson's revision: equal texts are equal keys.
    #[must_use]
    pub fn digest_text(&self) -> String {
        // A key that cannot be written is one that no store takes, so a digest of nothing is never seen.
        serde_json::to_string(&self.to_record()).unwrap_or_default()
    }
}

impl From<DrillKeyRecord> for DrillKey {
    fn from(record: DrillKeyRecord) -> Self {
        match record {
            DrillKeyRecord::Http => Self::Http,
            DrillKeyRecord::Sql(key) => Self::Sql(key),
            DrillKeyRecord::Migration(key) => Self::Migration(key),
        }
    }
}

/// A drill as its author writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Authored {
    /// What learners are given.
    pub drill: Drill,
    /// What is kept from them.
    pub key: DrillKey,
    /// What it is checked with, and what is kept from everybody but its author.
    pub solutions: Solutions,
}

/// Reads an author's drill. `value` is what its YAML says; `drill` in it names the form, such as `http/v1`.
///
/// # Errors
/// Every fault that can be told: of what cannot be read the first one, else all that break a rule.
pub fn parse(value: Value) -> Result<Authored, Vec<Fault>> {
    let Value::Object(mut fields) = value else {
        return Err(vec![Fault::new("", "A drill is a record of fields.", "Begin it with `drill: http/v1`.")]);
    };
    let form = fields.remove("drill");
    let kind = match form.as_ref().and_then(Value::as_str) {
        Some("http/v1") => DrillKind::Http,
        Some("sql/v1") => DrillKind::Sql,
        Some("migration/v1") => DrillKind::Migration,
        _ => {
            let help = "The forms are `http/v1`, `sql/v1` and `migration/v1`.";
            return Err(vec![Fault::new("drill", "This says which form the drill has.", help)]);
        }
    };
    let solutions = Solutions::parse(kind, fields.remove("solutions"));
    let parsed = match kind {
        DrillKind::Http => HttpDrill::parse(fields).map(|drill| (Drill::Http(drill), DrillKey::Http)),
        DrillKind::Sql => SqlDrill::parse(fields).map(|(drill, key)| (Drill::Sql(drill), DrillKey::Sql(key))),
        DrillKind::Migration => {
            MigrationDrill::parse(fields).map(|(drill, key)| (Drill::Migration(drill), DrillKey::Migration(key)))
        }
    };
    match (parsed, solutions) {
        (Ok((drill, key)), Ok(solutions)) => {
            let faults = solutions.faults(&drill);
            if faults.is_empty() { Ok(Authored { drill, key, solutions }) } else { Err(faults) }
        }
        (parsed, solutions) => Err(parsed.err().into_iter().chain(solutions.err()).flatten().collect()),
    }
}

/// Reads fields as a type, and tells at which field that fails.
pub(crate) fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Vec<Fault>> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let field = error.path().to_string();
        let field = if field == "." { String::new() } else { field };
        vec![Fault::new(field, error.into_inner().to_string(), "")]
    })
}
