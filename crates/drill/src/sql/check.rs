use serde::{Deserialize, Serialize};

/// How an assertion counts, and what is said to whoever fails it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// What is said to whoever fails it.
    pub hint: Option<String>,
    /// What it counts beside the others.
    pub weight: u32,
    /// Whether it counts for nothing and only advises.
    pub advice: bool,
}

impl Marks {
    /// Of what counts.
    pub(crate) const fn counting(hint: Option<String>, weight: u32) -> Self {
        Self { hint, weight, advice: false }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Default for Marks {
    fn default() -> Self {
        Self::counting(None, 1)
    }
}

/// Something that is asked of an answer beside its rows: one [`Test`], and how it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Check {
    /// What is asked.
    pub test: Test,
    /// How it counts.
    pub marks: Marks,
}

/// What can be asked of an answer beside its rows. A drill writes it as a field of the name given with each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `uses_index: { table: visits, index: visits_by_day }`: the plan searches the table by this index, or by any that is
    /// not made for the one query where none is named.
    UsesIndex {
        /// The table.
        table: String,
        /// The index.
        index: Option<String>,
    },
    /// `no_scan: visits`: no step of the plan goes through the table, or one of its indexes, from one end to the other. A
    /// covering index is no exception, since it grows with the table as well.
    NoScan(String),
    /// `statements: 3`: at most so many run.
    Statements(u32),
    /// `unchanged: [huts]`: these tables hold the same rows afterwards.
    Unchanged(Vec<String>),
    /// `rows_changed: 10`: at most so many rows are inserted, changed or deleted.
    RowsChanged(u64),
    /// `must_use: window`.
    MustUse(Construct),
    /// `must_not_use: distinct`.
    MustNotUse(Construct),
}

/// A construct of SQL, found by its words outside of text and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Construct {
    /// A window function: `OVER` after a call.
    Window,
    /// `BEGIN` or `SAVEPOINT` at the beginning of a statement.
    Transaction,
    /// `DISTINCT`, other than in `IS DISTINCT FROM`.
    Distinct,
}

impl Construct {
    /// Its name for a person.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Window => "a window function",
            Self::Transaction => "a transaction",
            Self::Distinct => "`DISTINCT`",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Transaction => "transaction",
            Self::Distinct => "distinct",
        }
    }
}

impl Test {
    /// The tables that it names.
    pub(super) fn tables(&self) -> Vec<&str> {
        match self {
            Self::UsesIndex { table, .. } | Self::NoScan(table) => vec![table],
            Self::Unchanged(tables) => tables.iter().map(String::as_str).collect(),
            Self::Statements(_) | Self::RowsChanged(_) | Self::MustUse(_) | Self::MustNotUse(_) => Vec::new(),
        }
    }
}

/// A check as it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    uses_index: Option<UsesIndex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_scan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statements: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_changed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_use: Option<Construct>,
    #[serde(skip_serializing_if = "Option::is_none")]
    must_not_use: Option<Construct>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    advice: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsesIndex {
    table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<String>,
}

impl TryFrom<Written> for Check {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let tests = [
            written.uses_index.map(|UsesIndex { table, index }| Test::UsesIndex { table, index }),
            written.no_scan.map(Test::NoScan),
            written.statements.map(Test::Statements),
            written.unchanged.map(Test::Unchanged),
            written.rows_changed.map(Test::RowsChanged),
            written.must_use.map(Test::MustUse),
            written.must_not_use.map(Test::MustNotUse),
        ];
        let mut tests = tests.into_iter().flatten();
        let (Some(test), None) = (tests.next(), tests.next()) else {
            return Err("A check asks one thing: `uses_index`, `no_scan`, `statements`, `unchanged`, `rows_changed`, \
                        `must_use` or `must_not_use`.");
        };
        let marks = Marks { hint: written.hint, weight: written.weight.unwrap_or(1), advice: written.advice };
        Ok(Self { test, marks })
    }
}

impl From<Check> for Written {
    fn from(Check { test, marks }: Check) -> Self {
        let weight = Some(marks.weight).filter(|weight| *weight != 1);
        let mut written = Self { hint: marks.hint, weight, advice: marks.advice, ..Self::default() };
        match test {
            Test::UsesIndex { table, index } => written.uses_index = Some(UsesIndex { table, index }),
            Test::NoScan(table) => written.no_scan = Some(table),
            Test::Statements(most) => written.statements = Some(most),
            Test::Unchanged(tables) => written.unchanged = Some(tables),
            Test::RowsChanged(most) => written.rows_changed = Some(most),
            Test::MustUse(construct) => written.must_use = Some(construct),
            Test::MustNotUse(construct) => written.must_not_use = Some(construct),
        }
        written
    }
}
