//! What is looked at in an answer, and what has to be so.

mod fields;
mod read;

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use fields::{ExpectFields, GroupFields, LookFields, PickFields};

use super::path::JsonPath;

/// The longest regular expression, in bytes.
pub const MAX_PATTERN_BYTES: usize = 500;

/// A place in an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Its status, a number.
    Status,
    /// A header, by its name in any case. Several lines of it are read as one, joined by `, ` (RFC 9110), except by
    /// `count`, `each` and `unique`, which look at the lines.
    Header(String),
    /// A cookie that is set, by its name.
    Cookie {
        /// The cookie's name.
        name: String,
        /// An attribute such as `HttpOnly` in any case: what it says, or true; without one the cookie's value.
        attribute: Option<String>,
    },
    /// The body as text.
    Body,
    /// What a path selects in the body's JSON: the one value of a path that names one place, else the list of all.
    JsonPath(JsonPath),
    /// The address of the request, as Cairn renders it.
    Url,
    /// How long it took by the learner's clock, so it may only advise.
    DurationMs,
}

impl Source {
    /// Whether it gives text even where that reads like a number.
    pub(super) const fn is_textual(&self) -> bool {
        matches!(self, Self::Header(_) | Self::Cookie { .. } | Self::Body | Self::Url)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Cookie { name, attribute: None } => write!(f, "cookie {name}"),
            Self::Cookie { name, attribute: Some(attribute) } => write!(f, "cookie {name}, {attribute}"),
            Self::Body => f.write_str("body"),
            Self::JsonPath(path) => f.write_str(path.as_str()),
            Self::Url => f.write_str("url"),
            Self::DurationMs => f.write_str("duration_ms"),
        }
    }
}

/// A regular expression, read once; in JSON its text.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether it matches anywhere in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.len() > MAX_PATTERN_BYTES {
            return Err(D::Error::custom(format!("a regular expression has at most {MAX_PATTERN_BYTES} bytes")));
        }
        let regex = RegexBuilder::new(&text).size_limit(1 << 18).dfa_size_limit(1 << 20).nest_limit(30).build();
        regex.map(Self).map_err(|error| D::Error::custom(format!("`{text}` is no regular expression here: {error}")))
    }
}

/// The classes of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// 100 to 199.
    #[serde(rename = "1xx")]
    Informational = 1,
    /// 200 to 299.
    #[serde(rename = "2xx")]
    Success,
    /// 300 to 399.
    #[serde(rename = "3xx")]
    Redirection,
    /// 400 to 499.
    #[serde(rename = "4xx")]
    ClientError,
    /// 500 to 599.
    #[serde(rename = "5xx")]
    ServerError,
}

/// The types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number without a fraction.
    Integer,
    /// True or false.
    Boolean,
    /// A record of fields.
    Object,
    /// A list.
    Array,
    /// Null.
    Null,
}

/// Which way a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The least first.
    #[default]
    Asc,
    /// The greatest first.
    Desc,
}

/// What a list is sorted by. Neighbours may be equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortedBy {
    /// What is compared in each item; without one the item.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<JsonPath>,
    /// Which way.
    #[serde(default)]
    pub order: Order,
}

/// What has to be so. Numbers are equal when they are the same number, however written. Text out of headers, cookies,
/// bodies and addresses is read as a number or truth value where it is compared with one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// The same value.
    Eq(Value),
    /// A value that is another one.
    Ne(Value),
    /// Less: numbers by value, texts by their characters.
    Lt(Value),
    /// Less or equal.
    Le(Value),
    /// Greater.
    Gt(Value),
    /// Greater or equal.
    Ge(Value),
    /// One of these.
    In(Vec<Value>),
    /// A status of this class.
    Class(Class),
    /// A text with this in it, a list with this item, a record with this field.
    Contains(Value),
    /// A text that begins so.
    StartsWith(String),
    /// A text that ends so.
    EndsWith(String),
    /// A text in which this is found.
    Matches(Pattern),
    /// Whether there is anything, be it null.
    Exists(bool),
    /// Whether a text, a list or a record has nothing in it.
    Empty(bool),
    /// A value of this type.
    Type(Type),
    /// How many items a list has, fields a record, characters a text.
    Count(Conditions),
    /// What each item of a list has to be; nothing is asked of an empty one.
    Each(Conditions),
    /// Whether the items of a list differ from each other.
    Unique(bool),
    /// A sorted list.
    SortedBy(SortedBy),
    /// Has at least these fields at every level; lists have the same length and are compared item by item.
    JsonSubset(Value),
    /// What must not be so.
    Not(Conditions),
}

/// All of them have to hold. A scalar is short for `eq`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions(pub Vec<Predicate>);

/// A place, and what has to be so there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LookFields", into = "LookFields")]
pub struct Look {
    /// The place.
    pub source: Source,
    /// What has to be so.
    pub is: Conditions,
}

/// A place whose value is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PickFields", into = "PickFields")]
pub struct Pick {
    /// The place.
    pub source: Source,
}

/// A value that is kept for later requests and expectations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PickFields", into = "PickFields")]
pub struct Capture {
    /// Where it is.
    pub source: Source,
    /// Whether nobody is shown it.
    pub redact: bool,
}

/// What is expected of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ExpectFields", into = "ExpectFields")]
pub struct Expectation {
    /// Where, and what.
    pub look: Look,
    /// What is said beside.
    pub note: Note,
}

/// What an author says of an expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What whoever fails it is told.
    pub hint: Option<String>,
    /// What it counts.
    pub weight: u32,
    /// Whether it counts for nothing and only advises.
    pub advice: bool,
}

impl Default for Note {
    fn default() -> Self {
        Self { hint: None, weight: 1, advice: false }
    }
}

/// What is expected of all answers of a burst.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GroupFields", into = "GroupFields")]
pub struct GroupExpectation {
    /// What is asked of them together.
    pub group: Group,
    /// What is said beside.
    pub note: Note,
}

/// What is asked of the answers of a burst together.
#[derive(Debug, Clone, PartialEq)]
pub enum Group {
    /// How many different values they have at a place. An answer with none there counts as a value of its own.
    Distinct(Pick, Conditions),
    /// How many of them look so.
    CountWhere(Look, Conditions),
    /// All of them look so.
    All(Look),
}
