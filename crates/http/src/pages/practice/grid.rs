//! Rows of a database as a table of a page.

use cairn_drill::data::Cell;

/// A value, with what it is: what looks like `NULL` may be text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    /// `null`, `number`, `blob`, `empty` for text without a character, or nothing for other text.
    pub(crate) class: &'static str,
}

impl From<&Cell> for Value {
    fn from(cell: &Cell) -> Self {
        let (text, class) = match cell {
            Cell::Null => ("NULL".to_owned(), "null"),
            Cell::Integer(number) => (number.to_string(), "number"),
            Cell::Real(number) => (format!("{number:?}"), "number"),
            Cell::Text(text) if text.is_empty() => ("empty text".to_owned(), "empty"),
            Cell::Text(text) => (text.clone(), ""),
            Cell::Blob(hex) => (format!("x'{hex}'"), "blob"),
        };
        Self { text, class }
    }
}

/// A column's name, and whether what stands under it is numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) numeric: bool,
}

/// Rows under their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Grid {
    /// Rows with the columns' names, where there is one for each value of a row.
    pub(crate) fn new(names: &[String], rows: &[Vec<Cell>]) -> Self {
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(Value::from).collect()).collect();
        let width = rows.first().map_or(names.len(), Vec::len);
        let column = |at: usize| {
            let mut values =
                rows.iter().filter_map(|row: &Vec<Value>| row.get(at)).filter(|value| value.class != "null");
            let numeric =
                values.next().is_some_and(|first| first.class == "number") && values.all(|v| v.class == "number");
            let name = if names.len() == width { names.get(at) } else { None };
            Column { name: name.cloned().unwrap_or_else(|| format!("column {}", at + 1)), numeric }
        };
        Self { columns: (0..width).map(column).collect(), rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_a_value_is_can_be_seen() {
        let cells = [
            Cell::Null,
            Cell::Text("NULL".into()),
            Cell::Text(String::new()),
            Cell::Integer(-3),
            Cell::Real(2.0),
            Cell::Blob("ff".into()),
        ];
        let shown: Vec<_> = cells.iter().map(|cell| (Value::from(cell).text, Value::from(cell).class)).collect();
        let wanted = [
            ("NULL", "null"),
            ("NULL", ""),
            ("empty text", "empty"),
            ("-3", "number"),
            ("2.0", "number"),
            ("x'ff'", "blob"),
        ];
        assert_eq!(shown, wanted.map(|(text, class)| (text.to_owned(), class)));
    }

    #[test]
    fn a_column_of_numbers_is_known_whatever_is_missing_in_it() {
        let rows = [
            vec![Cell::Integer(1), Cell::Text("a".into()), Cell::Null],
            vec![Cell::Null, Cell::Integer(2), Cell::Null],
        ];
        let grid = Grid::new(&names(&["a", "b", "c"]), &rows);
        let columns: Vec<_> = grid.columns.iter().map(|column| (column.name.as_str(), column.numeric)).collect();
        assert_eq!(columns, [("a", true), ("b", false), ("c", false)]);
        assert_eq!(Grid::new(&names(&["a"]), &rows).columns[1].name, "column 2", "names that don't fit are none");
        assert_eq!(Grid::new(&names(&["a"]), &[]).columns.len(), 1);
    }
}
