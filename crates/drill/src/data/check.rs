use std::collections::BTreeSet;

use super::generate::{count, pieces, span};
use super::{Column, DataSet, Reference, Table, Values};
use crate::Fault;

/// The most columns of a table.
const COLUMNS: usize = 64;
/// The most rows that are given.
const GIVEN: usize = 1000;
/// The most indexes of a table.
const INDEXES: usize = 16;
/// The most entries of a list.
const CHOICES: usize = 100;
/// The most bytes of a statement.
const STATEMENT: usize = 4000;
/// The most bytes of a text pattern.
const PATTERN: usize = 200;

/// A name that needs no quotes in any dialect: what the rest of the grammar can say without escaping.
pub(crate) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && name.len() <= 63
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Puts in each name once, and notes what is wrong with it.
pub(crate) fn name(name: &str, field: &str, seen: &mut BTreeSet<String>, faults: &mut Vec<Fault>) {
    if !is_name(name) {
        let help = "Begin with a letter a–z, then letters a–z, digits and _; at most 63.";
        faults.push(Fault::new(field, format!("`{name}` cannot be a name."), help));
    } else if !seen.insert(name.to_owned()) {
        faults.push(Fault::new(field, format!("`{name}` is there already."), "Give each a name of its own."));
    }
}

impl DataSet {
    /// Every rule of data sets that it breaks. `at` is the field that holds it, such as `data`.
    #[must_use]
    pub fn faults(&self, at: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.tables.is_empty() || self.tables.len() > Self::TABLES {
            let message = format!("There are {} tables.", self.tables.len());
            faults.push(Fault::new(format!("{at}.tables"), message, format!("Give 1 to {}.", Self::TABLES)));
        }
        if self.rows() > Self::ROWS {
            let message = format!("There are {} rows.", self.rows());
            faults.push(Fault::new(format!("{at}.tables"), message, format!("A set has at most {}.", Self::ROWS)));
        }
        if self.bytes() > Self::BYTES {
            let message = format!("The rows take about {} bytes.", self.bytes());
            faults.push(Fault::new(format!("{at}.tables"), message, format!("A set has at most {}.", Self::BYTES)));
        }
        let mut seen = BTreeSet::new();
        for (i, table) in self.tables.iter().enumerate() {
            let at = format!("{at}.tables[{i}]");
            name(&table.name, &format!("{at}.name"), &mut seen, &mut faults);
            table.check(&self.tables[..=i], &at, &mut faults);
        }
        faults
    }
}

/// Whether a statement begins with these words and holds no second one.
fn is_statement(sql: &str, words: &[&[&str]]) -> bool {
    let begins = |words: &[&str]| {
        let mut tokens = sql.split_whitespace();
        words.iter().all(|word| tokens.next().is_some_and(|token| token.eq_ignore_ascii_case(word)))
    };
    sql.len() <= STATEMENT && words.iter().any(|words| begins(words))
}

impl Table {
    fn check(&self, so_far: &[Self], at: &str, faults: &mut Vec<Fault>) {
        let mut fault = |field: &str, message: String, help: &str| {
            faults.push(Fault::new(format!("{at}.{field}"), message, help));
        };
        if !is_statement(&self.create, &[&["create", "table"]]) {
            fault("create", "This is not the statement that makes the table.".into(), "Write `CREATE TABLE …`.");
        }
        if self.indexes.len() > INDEXES {
            fault("indexes", format!("There are {} indexes.", self.indexes.len()), "A table has at most 16.");
        }
        for (i, sql) in self.indexes.iter().enumerate() {
            if !is_statement(sql, &[&["create", "index"], &["create", "unique", "index"]]) {
                fault(&format!("indexes[{i}]"), "This makes no index.".into(), "Write `CREATE INDEX …`.");
            }
        }
        if self.rows > 0 && !self.rows_given.is_empty() {
            fault("rows", "The rows are given.".into(), "Leave out either `rows` or `rows_given`.");
        }
        if self.rows_given.len() > GIVEN {
            let help = "At most 1000 rows can be given. Have more of them made with `rows`.";
            fault("rows_given", format!("There are {} rows.", self.rows_given.len()), help);
        }
        for (i, row) in self.rows_given.iter().enumerate() {
            if row.len() != self.columns.len() {
                let message = format!("The row has {} values for {} columns.", row.len(), self.columns.len());
                fault(&format!("rows_given[{i}]"), message, "Give each column a value; `null` is one.");
            }
        }
        if self.columns.len() > COLUMNS || (self.columns.is_empty() && !self.is_empty()) {
            let message = format!("There are {} columns.", self.columns.len());
            fault("columns", message, "Give 1 to 64, those that are filled.");
        }
        let mut seen = BTreeSet::new();
        for (i, column) in self.columns.iter().enumerate() {
            let at = format!("{at}.columns[{i}]");
            name(&column.name, &format!("{at}.name"), &mut seen, faults);
            column.check(self, so_far, &at, faults);
        }
    }
}

impl Column {
    fn check(&self, table: &Table, so_far: &[Table], at: &str, faults: &mut Vec<Fault>) {
        let mut fault = |field: &str, message: String, help: &str| {
            faults.push(Fault::new(format!("{at}{field}"), message, help));
        };
        if self.nulls > 100 {
            fault(".nulls", format!("{} is no share in percent.", self.nulls), "Give 0 to 100.");
        }
        let Some(values) = &self.values else {
            if table.rows > 0 {
                fault(".values", "Nothing says how the values are made.".into(), "Say `values: serial`, for example.");
            } else if self.nulls > 0 || self.unique {
                fault("", "The values are given.".into(), "Leave out `nulls` and `unique`.");
            }
            return;
        };
        if !table.rows_given.is_empty() {
            fault(".values", "The values are given.".into(), "Leave out `values`, or have the rows made with `rows`.");
        }
        let distinct = match values {
            Values::Serial => {
                if self.nulls > 0 {
                    fault(".nulls", "A serial has no NULL.".into(), "Leave it out.");
                }
                u64::MAX
            }
            Values::Integer(range) => {
                let count = count(range.from, range.to, range.step);
                if count == 0 || count > 1 << 62 {
                    let help = "`to` is not below `from`, and `step` is at least 1.";
                    fault(
                        ".values.integer",
                        format!("The range from {} to {} has no numbers.", range.from, range.to),
                        help,
                    );
                }
                count
            }
            Values::Pick(choices) => {
                let total: u64 = choices.iter().map(|choice| u64::from(choice.weight)).sum();
                if total == 0 || choices.len() > CHOICES {
                    fault(
                        ".values.pick",
                        "There is nothing to pick from.".into(),
                        "Give 1 to 100 values with weights.",
                    );
                }
                0
            }
            Values::Text(pattern) => {
                if pattern.len() > PATTERN {
                    fault(".values.text", "The pattern is too long.".into(), "It has at most 200 bytes.");
                }
                match pieces(pattern) {
                    Ok(pieces) if pieces.iter().any(|piece| matches!(piece, super::generate::Piece::Number)) => {
                        u64::MAX
                    }
                    Ok(_) => 0,
                    Err(name) => {
                        let help = "Known are given, family, place, word, digit and n, each in braces.";
                        fault(".values.text", format!("`{name}` stands for nothing."), help);
                        u64::MAX
                    }
                }
            }
            Values::Date(days) | Values::Timestamp(days) | Values::Unix(days) => {
                if days.to < days.from {
                    fault(".values", "The last day is before the first.".into(), "Exchange them.");
                    return;
                }
                span(days, if matches!(values, Values::Date(_)) { 1 } else { 86_400 })
            }
            Values::Reference(reference) => match reference.check(so_far) {
                Err(message) => {
                    let help = "Refer to a table with a `serial` column, or with given rows numbered in their first one, \
                                that stands before this one.";
                    fault(".values.reference", message, help);
                    u64::MAX
                }
                Ok(_) if reference.skewed => 0,
                Ok(count) => count,
            },
            Values::Bool(percent) => {
                if *percent > 100 {
                    fault(".values.bool", format!("{percent} is no share in percent."), "Give 0 to 100.");
                }
                0
            }
            Values::Constant(_) => 0,
        };
        if self.unique && distinct < table.rows {
            let help = "Widen the range, put `{n}` into the text, or leave `unique` out.";
            fault(".unique", format!("There cannot be {} different values.", table.rows), help);
        }
    }
}

impl Reference {
    /// How many rows there are to refer to.
    fn check(&self, so_far: &[Table]) -> Result<u64, String> {
        let Some(target) = so_far.iter().find(|table| table.name == self.table) else {
            return Err(format!("There is no table `{}` before this one.", self.table));
        };
        let serial = |column: &Column| matches!(column.values, Some(Values::Serial));
        let given = target.rows_given.len();
        let numbered =
            if given > 0 { target.numbers_given().len() == given } else { target.columns.iter().any(serial) };
        match target.len() {
            0 => Err(format!("`{}` has no rows.", self.table)),
            _ if !numbered => Err(format!("The rows of `{}` have no numbers.", self.table)),
            _ if self.orphans > 100 => Err(format!("{} is no share in percent.", self.orphans)),
            rows => Ok(rows),
        }
    }
}
