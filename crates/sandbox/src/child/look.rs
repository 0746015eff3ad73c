//! What is in a database.

use cairn_drill::data::Cell;
use cairn_drill::run::{Answer, Limits, NamedQuery, ResultSet, SchemaItem, State, Stop, TableState};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use super::guard::{Ending, Guard, Mode};

/// Its schema, its rows and its foreign keys. Nothing that a learner left there runs, but what a generated column says.
pub(super) fn at(db: &Connection) -> rusqlite::Result<State> {
    super::guard::disarm(db)?;
    let items = "SELECT type, name, tbl_name, sql FROM sqlite_schema \
                 WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";
    let item = |row: &Row<'_>| {
        let sql: String = row.get(3)?;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(SchemaItem { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql })
    };
    let schema: Vec<SchemaItem> = db.prepare(items)?.query_map((), item)?.collect::<rusqlite::Result<_>>()?;
    let mut state = State { schema, ..State::default() };
    let tables: Vec<String> =
        state.schema.iter().filter(|item| item.kind == "table").map(|item| item.name.clone()).collect();
    for name in tables {
        state.tables.push(table(db, &name)?);
        unindexed(db, &name, &mut state.unindexed_foreign_keys)?;
        broken(db, &name, &mut state.broken_foreign_keys)?;
    }
    Ok(state)
}

/// A name as it stands in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn table(db: &Connection, name: &str) -> rusqlite::Result<TableState> {
    let mut whole = Sha256::new();
    let mut columns =
        db.prepare(&format!("SELECT name, upper(type) FROM pragma_table_xinfo({}) WHERE hidden <> 1", text(name)))?;
    let mut found = columns.query(())?;
    while let Some(column) = found.next()? {
        for part in [column.get_ref(0)?, column.get_ref(1)?] {
            put(&mut whole, part);
        }
    }
    // Half a digest of each row is enough to tell rows apart, and a million of them fit.
    let mut digests: Vec<[u8; 16]> = Vec::new();
    let mut statement = db.prepare(&format!("SELECT * FROM {}", quoted(name)))?;
    let width = statement.column_count();
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let mut digest = Sha256::new();
        for column in 0..width {
            put(&mut digest, row.get_ref(column)?);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&digest.finalize()[..16]);
        digests.push(half);
    }
    digests.sort_unstable();
    for digest in &digests {
        whole.update(digest);
    }
    let hash = whole.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(TableState { name: name.to_owned(), rows: digests.len() as u64, hash })
}

/// A text as a literal.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A value so that no two give the same bytes.
fn put(digest: &mut Sha256, value: ValueRef<'_>) {
    let (kind, number, bytes): (u8, u64, &[u8]) = match value {
        ValueRef::Null => (0, 0, &[]),
        ValueRef::Integer(number) => (1, number.cast_unsigned(), &[]),
        ValueRef::Real(number) => (2, number.to_bits(), &[]),
        ValueRef::Text(bytes) => (3, bytes.len() as u64, bytes),
        ValueRef::Blob(bytes) => (4, bytes.len() as u64, bytes),
    };
    digest.update([kind]);
    digest.update(number.to_le_bytes());
    digest.update(bytes);
}

/// Foreign keys whose columns no index begins with.
fn unindexed(db: &Connection, name: &str, into: &mut Vec<String>) -> rusqlite::Result<()> {
    let lists = |sql: String| -> rusqlite::Result<Vec<Vec<String>>> {
        let mut lists: Vec<(String, Vec<String>)> = Vec::new();
        let mut statement = db.prepare(&sql)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let (of, column): (String, Option<String>) = (row.get(0)?, row.get(1)?);
            if lists.last().is_none_or(|(last, _)| *last != of) {
                lists.push((of, Vec::new()));
            }
            if let Some((_, list)) = lists.last_mut() {
                // An expression is a column that no foreign key has.
                list.push(column.unwrap_or_default().to_ascii_lowercase());
            }
        }
        Ok(lists.into_iter().map(|(_, list)| list).collect())
    };
    let table = text(name);
    let keys =
        lists(format!("SELECT CAST(id AS TEXT), \"from\" FROM pragma_foreign_key_list({table}) ORDER BY id, seq"))?;
    let mut indexes = lists(format!(
        "SELECT i.name, c.name FROM pragma_index_list({table}) AS i, pragma_index_info(i.name) AS c \
         WHERE i.partial = 0 ORDER BY i.name, c.seqno"
    ))?;
    indexes.extend(lists(format!("SELECT 'key', name FROM pragma_table_xinfo({table}) WHERE pk > 0 ORDER BY pk"))?);
    for mut key in keys {
        let said = format!("{name}({})", key.join(", "));
        key.sort();
        let begins = |index: &Vec<String>| {
            let mut beginning: Vec<String> = index.iter().take(key.len()).cloned().collect();
            beginning.sort();
            beginning == key
        };
        if !indexes.iter().any(begins) {
            into.push(said);
        }
    }
    Ok(())
}

fn broken(db: &Connection, name: &str, into: &mut Vec<String>) -> rusqlite::Result<()> {
    // A key to a table or column that is not there is an error of the check; the schema shows it.
    let count: rusqlite::Result<i64> =
        db.query_row(&format!("SELECT count(*) FROM pragma_foreign_key_check({})", text(name)), (), |row| row.get(0));
    match count {
        Ok(0) => {}
        Ok(count) => into.push(format!("{name}: {count}")),
        Err(rusqlite::Error::SqliteFailure(error, _)) if error.code == rusqlite::ErrorCode::Unknown => {
            into.push(format!("{name}: all"));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The answers to an author's queries, which may only read.
pub(super) fn answers(db: &Connection, queries: &[NamedQuery], limits: &Limits) -> rusqlite::Result<Vec<Answer>> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let guard = Guard::over(db, Mode::default(), limits)?;
    let mut answers = Vec::new();
    for NamedQuery { name, sql } in queries {
        let answer = db.prepare(sql).map_err(|error| guard.ending(&error, 0, sql)).and_then(|mut statement| {
            let mut rows = Rows::new(&statement, limits);
            let mut found = statement.query(()).map_err(|error| guard.ending(&error, 0, sql))?;
            while let Some(row) = found.next().map_err(|error| guard.ending(&error, 0, sql))? {
                rows.take(row).map_err(Ending::Stop)?;
            }
            Ok(rows.set)
        });
        let answer = answer.map_err(|ending| match ending {
            Ending::Stop(stop) => stop.message(),
            Ending::Error(error) => error.message,
        });
        answers.push(Answer { name: name.clone(), answer });
    }
    Ok(answers)
}

/// Rows that are taken, counted against the limits.
pub(super) struct Rows {
    pub(super) set: ResultSet,
    left: u64,
    bytes: u64,
}

impl Rows {
    pub(super) fn new(statement: &rusqlite::Statement<'_>, limits: &Limits) -> Self {
        let columns = statement.column_names().into_iter().map(str::to_owned).collect();
        let set = ResultSet { columns, ..ResultSet::default() };
        Self { set, left: limits.rows.into(), bytes: limits.bytes.into() }
    }

    pub(super) fn take(&mut self, row: &Row<'_>) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Rows)?;
        let mut cells = Vec::with_capacity(self.set.columns.len());
        for column in 0..self.set.columns.len() {
            let value = row.get_ref(column).map_err(|_| Stop::Crashed)?;
            let bytes = 8 + match value {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
                _ => 0,
            };
            self.bytes = self.bytes.checked_sub(bytes).ok_or(Stop::Bytes)?;
            cells.push(match value {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
                ValueRef::Blob(bytes) => Cell::Blob(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            });
        }
        self.set.rows.push(cells);
        Ok(())
    }
}
