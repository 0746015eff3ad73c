use crate::data::Cell;
use crate::run::ResultSet;

/// The most characters of a cell that are shown.
const CELL: usize = 200;
/// The most rows that are shown as evidence.
const ROWS: usize = 50;
/// The most characters of a line for a person.
const LINE: usize = 600;

/// A line for a person, cut to a bounded length.
pub(crate) fn cut(text: impl Into<String>) -> String {
    cut_to(text.into(), LINE)
}

/// A text cut to so many characters.
pub(crate) fn cut_to(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn cell(cell: &Cell) -> Cell {
    match cell {
        Cell::Text(text) => Cell::Text(cut_to(text.clone(), CELL)),
        Cell::Blob(hex) => Cell::Blob(cut_to(hex.clone(), CELL)),
        other => other.clone(),
    }
}

/// A row with each cell cut to a bounded length.
pub(super) fn row(cells: &[Cell]) -> Vec<Cell> {
    cells.iter().map(cell).collect()
}

/// The first rows, each with its cells cut.
pub(super) fn evidence(result: &ResultSet) -> ResultSet {
    let rows: Vec<_> = result.rows.iter().take(ROWS).map(|cells| row(cells)).collect();
    let omitted = result.omitted.saturating_add((result.rows.len() - rows.len()) as u64);
    ResultSet { columns: result.columns.iter().map(|name| cut_to(name.clone(), CELL)).collect(), rows, omitted }
}

/// A row for a person: `(1, 'Åsa', NULL)`.
pub(super) fn line(cells: &[Cell]) -> String {
    let cell = |it: &Cell| match cell(it) {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(n) => n.to_string(),
        Cell::Real(n) => format!("{n:?}"),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Blob(hex) => format!("x'{hex}'"),
    };
    cut(format!("({})", cells.iter().map(cell).collect::<Vec<_>>().join(", ")))
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
