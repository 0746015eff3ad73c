//! A data set becomes a database. What its author wrote runs in the jail too, and under a guard.

use cairn_drill::data::{Cell, DataSet, Table};
use cairn_drill::run::Limits;
use rusqlite::{Batch, Connection, fallible_iterator::FallibleIterator as _};

use super::guard::{Ending, Guard, Mode};
use super::look::quoted;

/// Makes tables, rows and indexes, in one transaction.
pub(super) fn fill(db: &Connection, data: &DataSet, limits: &Limits) -> Result<(), Ending> {
    let guard = Guard::over(db, Mode { writes: true, indexes: true, schema: true }, limits)
        .map_err(|error| super::guard::ending(&error, 0, ""))?;
    let made = || -> Result<(), (rusqlite::Error, String)> {
        // Rows may refer to nothing where the author says so. Rows have values for columns, which are told as variables.
        db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).map_err(at(""))?;
        db.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 200).map_err(at(""))?;
        db.execute_batch("BEGIN").map_err(at(""))?;
        for table in &data.tables {
            all(db, &table.create).map_err(at(&table.create))?;
            rows(db, data, table).map_err(at(&table.name))?;
            for index in &table.indexes {
                all(db, index).map_err(at(index))?;
            }
        }
        db.execute_batch("COMMIT").map_err(at(""))
    };
    made().map_err(|(error, sql)| match guard.ending(&error, 0, &sql) {
        Ending::Error(mut error) if !sql.is_empty() => {
            let beginning: String = sql.chars().take(80).collect();
            error.message = format!("{} (in: {beginning})", error.message);
            Ending::Error(error)
        }
        other => other,
    })
}

/// An error with the text that it is about.
fn at(sql: &str) -> impl FnOnce(rusqlite::Error) -> (rusqlite::Error, String) + '_ {
    move |error| (error, sql.to_owned())
}

fn all(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut batch = Batch::new(db, sql);
    while let Some(mut statement) = batch.next()? {
        let mut rows = statement.query(())?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

/// Inserts a table's rows.
fn rows(db: &Connection, data: &DataSet, table: &Table) -> rusqlite::Result<()> {
    if table.columns.is_empty() {
        return Ok(());
    }
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let places = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(&table.name), columns.join(", "));
    let mut insert = db.prepare(&sql)?;
    for row in table.rows(data) {
        for (at, cell) in row.iter().enumerate() {
            match cell {
                Cell::Null => insert.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
                Cell::Integer(number) => insert.raw_bind_parameter(at + 1, number)?,
                Cell::Real(number) => insert.raw_bind_parameter(at + 1, number)?,
                Cell::Text(text) => insert.raw_bind_parameter(at + 1, text)?,
                Cell::Blob(hex) => insert.raw_bind_parameter(at + 1, bytes(hex))?,
            }
        }
        insert.raw_execute()?;
    }
    Ok(())
}

/// The bytes that pairs of hexadecimal digits say.
fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
