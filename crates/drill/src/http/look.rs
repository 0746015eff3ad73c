//! What is looked at in an answer, and what has to be so.

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::de::value::EnumAccessDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

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

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
struct LookFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Conditions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Placed<NAME>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<Placed<COOKIE>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Conditions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jsonpath: Option<Placed<PATH>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Conditions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<Conditions>,
}

const SOURCES: &str = "status, header, cookie, body, jsonpath, url, duration_ms";

/// The one of several that is there.
fn only<T>(found: Vec<T>, of: &str) -> Result<T, String> {
    let [one]: [T; 1] = found.try_into().map_err(|found: Vec<T>| {
        let what = if found.is_empty() { "there is none" } else { "there are several" };
        format!("{what} of which there has to be one: {of}")
    })?;
    Ok(one)
}

impl TryFrom<LookFields> for Look {
    type Error = String;

    fn try_from(fields: LookFields) -> Result<Self, String> {
        let plain = |source| move |is| Self { source, is };
        let placed = |at: Placed<NAME>| Self { source: Source::Header(at.name), is: at.is };
        let cookie =
            |at: Placed<COOKIE>| Self { source: Source::Cookie { name: at.name, attribute: at.attribute }, is: at.is };
        let path = |at: Placed<PATH>| at.path.map(|path| Self { source: Source::JsonPath(path), is: at.is });
        let found = [
            fields.status.map(plain(Source::Status)),
            fields.header.map(placed),
            fields.cookie.map(cookie),
            fields.body.map(plain(Source::Body)),
            fields.jsonpath.and_then(path),
            fields.url.map(plain(Source::Url)),
            fields.duration_ms.map(plain(Source::DurationMs)),
        ];
        only(found.into_iter().flatten().collect(), SOURCES)
    }
}

impl From<Look> for LookFields {
    fn from(Look { source, is }: Look) -> Self {
        let mut fields = Self::default();
        match source {
            Source::Status => fields.status = Some(is),
            Source::Body => fields.body = Some(is),
            Source::Url => fields.url = Some(is),
            Source::DurationMs => fields.duration_ms = Some(is),
            Source::Header(name) => fields.header = Some(Placed { name, attribute: None, path: None, is }),
            Source::Cookie { name, attribute } => {
                fields.cookie = Some(Placed { name, attribute, path: None, is });
            }
            Source::JsonPath(path) => {
                fields.jsonpath = Some(Placed { name: String::new(), attribute: None, path: Some(path), is });
            }
        }
        fields
    }
}

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
struct PickFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    jsonpath: Option<JsonPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    status: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    body: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    url: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    redact: bool,
}

impl TryFrom<PickFields> for Capture {
    type Error = String;

    fn try_from(fields: PickFields) -> Result<Self, String> {
        let found = [
            fields.jsonpath.map(Source::JsonPath),
            fields.header.map(Source::Header),
            fields.cookie.map(|name| Source::Cookie { name, attribute: None }),
            fields.status.then_some(Source::Status),
            fields.body.then_some(Source::Body),
            fields.url.then_some(Source::Url),
        ];
        let source = only(found.into_iter().flatten().collect(), "jsonpath, header, cookie, status, body, url")?;
        Ok(Self { source, redact: fields.redact })
    }
}

impl From<Capture> for PickFields {
    fn from(capture: Capture) -> Self {
        let mut fields = Self { redact: capture.redact, ..Self::default() };
        match capture.source {
            Source::JsonPath(path) => fields.jsonpath = Some(path),
            Source::Header(name) => fields.header = Some(name),
            Source::Cookie { name, .. } => fields.cookie = Some(name),
            Source::Status | Source::DurationMs => fields.status = true,
            Source::Body => fields.body = true,
            Source::Url => fields.url = true,
        }
        fields
    }
}

impl TryFrom<PickFields> for Pick {
    type Error = String;

    fn try_from(fields: PickFields) -> Result<Self, String> {
        let Capture { source, redact } = fields.try_into()?;
        if redact { Err("only a capture is redacted".into()) } else { Ok(Self { source }) }
    }
}

impl From<Pick> for PickFields {
    fn from(pick: Pick) -> Self {
        Capture { source: pick.source, redact: false }.into()
    }
}

const fn one() -> u32 {
    1
}

const fn is_one(weight: &u32) -> bool {
    *weight == 1
}

/// Fields of a note, beside those that differ.
macro_rules! noted {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            $(#[serde(skip_serializing_if = "Option::is_none", default)] $field: Option<$type>,)*
            #[serde(skip_serializing_if = "Option::is_none", default)]
            hint: Option<String>,
            #[serde(skip_serializing_if = "is_one", default = "one")]
            weight: u32,
            #[serde(skip_serializing_if = "std::ops::Not::not", default)]
            advice: bool,
        }
    };
}

noted!(ExpectFields {
    status: Conditions,
    header: Placed<NAME>,
    cookie: Placed<COOKIE>,
    body: Conditions,
    jsonpath: Placed<PATH>,
    url: Conditions,
    duration_ms: Conditions,
});

noted!(GroupFields {
    distinct: Pick,
    count_where: Look,
    all: Look,
    eq: u32,
    ne: u32,
    lt: u32,
    le: u32,
    gt: u32,
    ge: u32,
    r#in: Vec<u32>,
});

impl TryFrom<ExpectFields> for Expectation {
    type Error = String;

    fn try_from(fields: ExpectFields) -> Result<Self, String> {
        let ExpectFields { status, header, cookie, body, jsonpath, url, duration_ms, hint, weight, advice } = fields;
        let look = LookFields { status, header, cookie, body, jsonpath, url, duration_ms }.try_into()?;
        Ok(Self { look, note: Note { hint, weight, advice } })
    }
}

impl From<Expectation> for ExpectFields {
    fn from(Expectation { look, note: Note { hint, weight, advice } }: Expectation) -> Self {
        let LookFields { status, header, cookie, body, jsonpath, url, duration_ms } = look.into();
        Self { status, header, cookie, body, jsonpath, url, duration_ms, hint, weight, advice }
    }
}

impl TryFrom<GroupFields> for GroupExpectation {
    type Error = String;

    fn try_from(fields: GroupFields) -> Result<Self, String> {
        let number = |predicate: fn(Value) -> Predicate| move |number: u32| predicate(number.into());
        let list = |numbers: Vec<u32>| Predicate::In(numbers.into_iter().map(Value::from).collect());
        let is = [
            fields.eq.map(number(Predicate::Eq)),
            fields.ne.map(number(Predicate::Ne)),
            fields.lt.map(number(Predicate::Lt)),
            fields.le.map(number(Predicate::Le)),
            fields.gt.map(number(Predicate::Gt)),
            fields.ge.map(number(Predicate::Ge)),
            fields.r#in.map(list),
        ];
        let is = Conditions(is.into_iter().flatten().collect());
        let bare = is.0.is_empty();
        let found = [
            fields.distinct.map(|pick| Group::Distinct(pick, is.clone())),
            fields.count_where.map(|look| Group::CountWhere(look, is.clone())),
            fields.all.map(Group::All),
        ];
        let group = only(found.into_iter().flatten().collect(), "distinct, count_where, all")?;
        match (&group, bare) {
            (Group::All(_), false) => return Err("`all` needs no number beside it".into()),
            (Group::Distinct(..) | Group::CountWhere(..), true) => {
                return Err("there has to be one of these beside it: eq, ne, lt, le, gt, ge, in".into());
            }
            _ => {}
        }
        Ok(Self { group, note: Note { hint: fields.hint, weight: fields.weight, advice: fields.advice } })
    }
}

impl From<GroupExpectation> for GroupFields {
    fn from(GroupExpectation { group, note: Note { hint, weight, advice } }: GroupExpectation) -> Self {
        let (mut distinct, mut count_where, mut all) = (None, None, None);
        let is = match group {
            Group::Distinct(pick, is) => {
                distinct = Some(pick);
                is
            }
            Group::CountWhere(look, is) => {
                count_where = Some(look);
                is
            }
            Group::All(look) => {
                all = Some(look);
                Conditions::default()
            }
        };
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let (mut eq, mut ne, mut lt, mut le, mut gt, mut ge, mut r#in) = (None, None, None, None, None, None, None);
        for predicate in &is.0 {
            match predicate {
                Predicate::Eq(value) => eq = number(value),
                Predicate::Ne(value) => ne = number(value),
                Predicate::Lt(value) => lt = number(value),
                Predicate::Le(value) => le = number(value),
                Predicate::Gt(value) => gt = number(value),
                Predicate::Ge(value) => ge = number(value),
                Predicate::In(values) => r#in = Some(values.iter().filter_map(number).collect()),
                _ => {}
            }
        }
        Self { distinct, count_where, all, eq, ne, lt, le, gt, ge, r#in, hint, weight, advice }
    }
}

const NAME: u8 = 0;
const COOKIE: u8 = 1;
const PATH: u8 = 2;

/// Conditions among which it stands where they hold.
struct Placed<const KIND: u8> {
    name: String,
    attribute: Option<String>,
    path: Option<JsonPath>,
    is: Conditions,
}

impl<const KIND: u8> Placed<KIND> {
    const FIELDS: &'static [&'static str] = match KIND {
        NAME => &["name"],
        COOKIE => &["name", "attribute"],
        _ => &["path"],
    };
}

impl<'de, const KIND: u8> Deserialize<'de> for Placed<KIND> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = from.deserialize_map(Reader { fields: Self::FIELDS, short: false })?;
        let name = match (KIND, read.name) {
            (PATH, _) => String::new(),
            (_, name) => name.ok_or_else(|| D::Error::missing_field("name"))?,
        };
        if KIND == PATH && read.path.is_none() {
            return Err(D::Error::missing_field("path"));
        }
        Ok(Self { name, attribute: read.attribute, path: read.path, is: read.is })
    }
}

impl<const KIND: u8> Serialize for Placed<KIND> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        if KIND != PATH {
            map.serialize_entry("name", &self.name)?;
        }
        if let Some(attribute) = &self.attribute {
            map.serialize_entry("attribute", attribute)?;
        }
        if let Some(path) = &self.path {
            map.serialize_entry("path", path)?;
        }
        write(&self.is, &mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(from.deserialize_any(Reader { fields: &[], short: true })?.is)
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        write(self, &mut map)?;
        map.end()
    }
}

fn write<M: SerializeMap>(conditions: &Conditions, map: &mut M) -> Result<(), M::Error> {
    for predicate in &conditions.0 {
        if let Value::Object(fields) = serde_json::to_value(predicate).map_err(serde::ser::Error::custom)? {
            for (name, value) in &fields {
                map.serialize_entry(name, value)?;
            }
        }
    }
    Ok(())
}

#[derive(Default)]
struct Read {
    name: Option<String>,
    attribute: Option<String>,
    path: Option<JsonPath>,
    is: Conditions,
}

struct Reader {
    fields: &'static [&'static str],
    short: bool,
}

impl Reader {
    fn short<E: Error>(self, value: Value) -> Result<Read, E> {
        if self.short {
            Ok(Read { is: Conditions(vec![Predicate::Eq(value)]), ..Read::default() })
        } else {
            Err(E::custom(format!("this has to be a record with {}", self.fields.join(", "))))
        }
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("conditions such as `eq: 1`, or a scalar")
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        self.short(Value::Null)
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Read, E> {
        self.short(value.into())
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Read, E> {
        self.short(value.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" if self.fields.contains(&"name") => read.name = Some(map.next_value()?),
                "attribute" if self.fields.contains(&"attribute") => read.attribute = Some(map.next_value()?),
                "path" if self.fields.contains(&"path") => read.path = Some(map.next_value()?),
                _ => read.is.0.push(Predicate::deserialize(EnumAccessDeserializer::new(Entry { key, map: &mut map }))?),
            }
        }
        Ok(read)
    }
}

/// An entry of a map read as a variant of an enum.
struct Entry<'m, A> {
    key: String,
    map: &'m mut A,
}

impl<'de, 'm, A: MapAccess<'de>> EnumAccess<'de> for Entry<'m, A> {
    type Error = A::Error;
    type Variant = EntryValue<'m, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), A::Error> {
        Ok((seed.deserialize(self.key.into_deserializer())?, EntryValue(self.map)))
    }
}

struct EntryValue<'m, A>(&'m mut A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for EntryValue<'_, A> {
    type Error = A::Error;

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.0.next_value_seed(seed)
    }

    // No predicate is of these kinds.
    fn unit_variant(self) -> Result<(), A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("this needs a value"))
    }
}
