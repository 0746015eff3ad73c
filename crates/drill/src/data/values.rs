use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

use super::Literal;

/// A column, and how its values are made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How its values are made; none in a table whose rows are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
    /// The share of rows that have `NULL` instead, in percent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nulls: u8,
    /// Whether no value comes twice, `NULL` apart.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
}

fn is_zero(percent: &u8) -> bool {
    *percent == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// How the values of a column are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// 1 in the first row, 2 in the second, and so on.
    Serial,
    /// Whole numbers of a range, each as likely as any other. Money is written in cents.
    Integer(Integers),
    /// One of a list.
    Pick(Vec<Choice>),
    /// Text with what stands in braces replaced: `{given}` and `{family}` by names of people, `{place}` by one of a place,
    /// `{word}` by a noun in lower case, `{digit}` by a digit, `{n}` by the row's number from 1. Some names aren't ASCII.
    Text(String),
    /// A day as text, such as `2026-02-28`.
    Date(Days),
    /// A second as text, such as `2026-02-28 17:05:00`.
    Timestamp(Days),
    /// A second as seconds since 1970.
    Unix(Days),
    /// The number of a row of another table, or of the same one.
    Reference(Reference),
    /// 1 in so many percent of the rows, else 0.
    Bool(u8),
    /// Always the same.
    Constant(Literal),
}

/// A range of whole numbers, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integers {
    /// The smallest.
    pub from: i64,
    /// The largest.
    pub to: i64,
    /// The distance from one to the next.
    #[serde(default = "one")]
    pub step: u32,
}

fn one() -> u32 {
    1
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value.
    pub value: Literal,
    /// How likely it is beside the others.
    #[serde(default = "one")]
    pub weight: u32,
}

/// A range of days, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

/// A day, written as `2026-02-28`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub Date);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Date::parse(&text, format_description!("[year]-[month]-[day]"))
            .map(Self)
            .map_err(|_| "A day is written as 2026-02-28.")
    }
}

impl From<Day> for String {
    fn from(Day(date): Day) -> Self {
        let (year, month, day) = date.to_calendar_date();
        format!("{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

/// Rows of a table that others point at: by the table's column of values `serial`, or, where its rows are given, by the
/// whole numbers in their first column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The table.
    pub table: String,
    /// Whether the first rows are pointed at more often: a quarter of the table by half of those that point.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skewed: bool,
    /// The share that points at a row that does not exist, in percent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub orphans: u8,
}

impl Values {
    /// About how many bytes one takes.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Serial | Self::Integer(_) | Self::Unix(_) | Self::Reference(_) | Self::Bool(_) => 8,
            Self::Date(_) => 12,
            Self::Timestamp(_) => 21,
            Self::Pick(choices) => choices.iter().map(|choice| choice.value.bytes()).max().unwrap_or(0),
            Self::Text(pattern) => pattern.len() as u64 + 6,
            Self::Constant(value) => value.bytes(),
        }
    }
}
