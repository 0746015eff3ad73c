use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::show::{counted, line, row};
use super::{Difference, one};
use crate::data::Cell;
use crate::run::ResultSet;

/// The most rows of a difference, of either side.
const SHOWN: usize = 10;

/// How rows are compared.
///
/// Two rows are the same when their cells are, in the order of the columns. `NULL` is the same as `NULL` here. A whole
/// number is the same as a floating one of the same value, and floating ones are compared by their first 12 digits, since
/// sums that are made in another order differ behind them. A number is never the same as text. A row that is asked for
/// twice has to be there twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// Whether their order counts. The question has to leave no two rows free to change places.
    #[serde(default)]
    pub ordered: bool,
    /// What the columns' names are to it.
    #[serde(default)]
    pub columns: Columns,
    /// What is said to whoever has other rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the rows count beside the other assertions.
    #[serde(default = "one")]
    pub weight: u32,
}

impl Default for Rows {
    fn default() -> Self {
        Self { ordered: false, columns: Columns::default(), hint: None, weight: 1 }
    }
}

/// What the names of columns are to a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    /// Nothing: the first column is compared with the first.
    #[default]
    ByPosition,
    /// Everything: a column is compared with that of its name, wherever it stands. Case does not count.
    ByName,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    Integer(i64),
    /// The bits of a number that is not whole.
    Real(u64),
    Text(String),
    Blob(String),
}

/// The largest number up to which floating numbers tell all whole ones apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Key {
    fn new(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Integer(n) => Self::Integer(*n),
            Cell::Real(n) => Self::real(*n),
            Cell::Text(text) => Self::Text(text.clone()),
            Cell::Blob(hex) => Self::Blob(hex.to_ascii_lowercase()),
        }
    }

    fn real(number: f64) -> Self {
        let whole = |n: f64| n.fract() == 0.0 && n.abs() <= EXACT;
        if whole(number) {
            return Self::Integer(number as i64);
        }
        let rounded = format!("{number:.11e}").parse().unwrap_or(number);
        if whole(rounded) { Self::Integer(rounded as i64) } else { Self::Real(rounded.to_bits()) }
    }
}

fn keys(cells: &[Cell]) -> Vec<Key> {
    cells.iter().map(Key::new).collect()
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// What is wrong with the columns.
    pub(crate) columns: Option<String>,
    /// What is wrong with the rows, where the columns are right.
    pub(crate) rows: Option<(String, Difference)>,
}

/// Compares what is there with what was asked for.
pub(crate) fn compare(how: &Rows, mine: &ResultSet, reference: &ResultSet) -> Comparison {
    let arranged = match how.columns {
        Columns::ByPosition if mine.columns.len() == reference.columns.len() => Ok(mine.rows.clone()),
        Columns::ByPosition => Err(counted(mine.columns.len() as u64, "column")),
        Columns::ByName => by_name(mine, reference),
    };
    match arranged {
        Err(columns) => Comparison { columns: Some(columns), rows: None },
        Ok(rows) => {
            let omitted = mine.omitted > 0 || reference.omitted > 0;
            Comparison { columns: None, rows: differ(how.ordered, omitted, &rows, &reference.rows) }
        }
    }
}

/// The rows with their columns in the reference's order, or which names there are.
fn by_name(mine: &ResultSet, reference: &ResultSet) -> Result<Vec<Vec<Cell>>, String> {
    let mut left: Vec<_> = mine.columns.iter().map(|name| Some(name.to_lowercase())).collect();
    let mut take = |name: &String| {
        let name = name.to_lowercase();
        let at = left.iter().position(|other| other.as_ref() == Some(&name))?;
        left[at] = None;
        Some(at)
    };
    let places: Option<Vec<_>> = reference.columns.iter().map(&mut take).collect();
    match places {
        Some(places) if places.len() == mine.columns.len() => {
            let arrange = |cells: &Vec<Cell>| places.iter().filter_map(|at| cells.get(*at).cloned()).collect();
            Ok(mine.rows.iter().map(arrange).collect())
        }
        _ => Err(mine.columns.join(", ")),
    }
}

fn differ(ordered: bool, omitted: bool, mine: &[Vec<Cell>], reference: &[Vec<Cell>]) -> Option<(String, Difference)> {
    let (my_keys, wanted): (Vec<_>, Vec<_>) =
        (mine.iter().map(|row| keys(row)).collect(), reference.iter().map(|row| keys(row)).collect());
    let missing = surplus(&wanted, &my_keys);
    let unexpected = surplus(&my_keys, &wanted);
    let first = |rows: &[Vec<Cell>], places: &[usize]| places.iter().take(SHOWN).map(|at| row(&rows[*at])).collect();
    let mut difference =
        Difference { missing: first(reference, &missing), unexpected: first(mine, &unexpected), misplaced: None };
    if missing.is_empty() && unexpected.is_empty() {
        if omitted {
            return Some(("more rows than are compared".into(), difference));
        }
        let at = ordered.then(|| my_keys.iter().zip(&wanted).position(|(mine, wanted)| mine != wanted))??;
        difference.misplaced = Some(at as u64 + 1);
        let got = format!("the right rows in another order: in place {} stands {}", at + 1, line(&mine[at]));
        return Some((got, difference));
    }
    let side = |what: &str, rows: &[Vec<Cell>]| match rows.first() {
        Some(row) => format!("; {what}: {}", line(row)),
        None => String::new(),
    };
    let (missing, unexpected) = (missing.len() as u64, unexpected.len() as u64);
    let got = format!(
        "{} missing, {} not asked for{}{}",
        counted(missing, "row"),
        unexpected,
        side("the first that is missing", &difference.missing),
        side("the first that was not asked for", &difference.unexpected),
    );
    Some((got, difference))
}

/// The places of rows of which the other side has fewer, in their order.
fn surplus(rows: &[Vec<Key>], other: &[Vec<Key>]) -> Vec<usize> {
    let mut left = BTreeMap::<&[Key], u64>::new();
    for row in other {
        *left.entry(row).or_default() += 1;
    }
    let more = |row: &Vec<Key>| match left.get_mut(row.as_slice()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let more: Vec<_> = rows.iter().map(more).collect();
    (0..rows.len()).filter(|at| more[*at]).collect()
}

/// Whether two answers to a query are the same, by position.
pub(crate) fn same_answer(ordered: bool, mine: &ResultSet, reference: &ResultSet) -> Result<(), String> {
    let how = Rows { ordered, ..Rows::default() };
    match compare(&how, mine, reference) {
        Comparison { columns: Some(got), .. } => {
            Err(format!("{got} instead of {}", counted(reference.columns.len() as u64, "column")))
        }
        Comparison { rows: Some((got, _)), .. } => Err(got),
        Comparison { .. } => Ok(()),
    }
}
