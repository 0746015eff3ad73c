//! How expectations, captures and groups are written: fields, of which one says where to look.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read::{COOKIE, NAME, PATH, Placed};
use super::{Capture, Conditions, Expectation, Group, GroupExpectation, JsonPath, Look, Note, Pick, Predicate, Source};

#[derive(Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LookFields {
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
pub(super) struct PickFields {
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
        pub(super) struct $name {
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
