//! What a database is made of, for tests that compare two of them: after migrations up, down and up, after a restore.

use std::collections::BTreeMap;

use cairn_domain::Result;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::SqlStore;
use crate::connection::{Db, per_backend};

/// How many rows a table has, and a hash over all of them that does not depend on their order.
pub type Rows = (u64, String);

const ON_SQLITE: &str = "SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') AS line \
     FROM sqlite_schema WHERE name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND tbl_name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' \
     AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

const ON_POSTGRES: &str = "SELECT line FROM (\
     SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) \
     || coalesce(' collate ' || l.collname, '') || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END \
     || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS line \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
     LEFT JOIN pg_collation l ON l.oid = a.attcollation \
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '\\_\\_diesel%' \
     UNION ALL SELECT 'constraint ' || r.relname || '.' || c.conname || ' ' || pg_get_constraintdef(c.oid) \
     FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid \
     WHERE r.relnamespace = current_schema()::regnamespace AND r.relname NOT LIKE '\\_\\_diesel%' \
     UNION ALL SELECT 'index ' || indexname || ' ' || indexdef FROM pg_indexes \
     WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_\\_diesel%') AS lines ORDER BY line COLLATE \"C\"";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The schema as text, a line for each thing in it, in order; equal for equal schemas of one dialect.
///
/// # Errors
/// Those of [`cairn_domain::Store::read_with`].
pub fn schema_dump(store: &SqlStore) -> Result<String> {
    let lines = store.look(|c| {
        per_backend!(c,
            sqlite c => diesel::sql_query(ON_SQLITE).load::<Line>(c),
            postgres c => diesel::sql_query(ON_POSTGRES).load::<Line>(c))
    })?;
    Ok(lines.into_iter().map(|line| line.line + "\n").collect())
}

/// For each table how many rows it has and a hash over them. Only for databases that fit in memory.
///
/// # Errors
/// Those of [`cairn_domain::Store::read_with`].
pub fn row_hashes(store: &SqlStore) -> Result<BTreeMap<String, Rows>> {
    store.look(|c| {
        let begin = per_backend!(&*c, sqlite _c => "BEGIN", postgres _c => "BEGIN ISOLATION LEVEL REPEATABLE READ");
        c.batch_execute(begin)?;
        let hashes = hash_tables(c);
        c.batch_execute("COMMIT")?;
        hashes
    })
}

fn hash_tables(c: &mut Db) -> QueryResult<BTreeMap<String, Rows>> {
    let mut all = BTreeMap::new();
    for table in tables(c)? {
        let rows = per_backend!(&mut *c,
            sqlite c => {
                // The index of terms gives back no terms, so of it the numbers of its rows have to do.
                let columns = diesel::sql_query(format!(
                    "SELECT name AS line FROM pragma_table_info('{table}') UNION ALL SELECT 'rowid' FROM \
                     pragma_table_list WHERE name = '{table}' AND type = 'virtual'"
                ));
                let columns: Vec<Line> = columns.load(c)?;
                let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{}\")", column.line)).collect();
                diesel::sql_query(format!("SELECT {} AS line FROM \"{table}\" ORDER BY 1", quoted.join(" || ',' || ")))
                    .load::<Line>(c)?
            },
            postgres c => {
                let text = "t::text COLLATE \"C\"";
                diesel::sql_query(format!("SELECT {text} AS line FROM \"{table}\" AS t ORDER BY {text}")).load::<Line>(c)?
            }
        );
        let hash = crate::backup::digest(rows.iter().flat_map(|row| [row.line.as_bytes(), b"\n"]));
        all.insert(table, (rows.len() as u64, hash));
    }
    Ok(all)
}

/// The tables of the schema, without the list of migrations and those that SQLite's own index of terms consists of.
fn tables(c: &mut Db) -> QueryResult<Vec<String>> {
    let lines: Vec<Line> = per_backend!(c,
        sqlite c => diesel::sql_query(
            "SELECT name AS line FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') \
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' ORDER BY 1",
        ).load(c)?,
        postgres c => diesel::sql_query(
            "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = current_schema() \
             AND tablename NOT LIKE '\\_\\_diesel%' ORDER BY 1",
        ).load(c)?,
    );
    Ok(lines.into_iter().map(|line| line.line).collect())
}

/// How many rows each table has; no content.
pub(crate) fn row_counts(c: &mut Db) -> QueryResult<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for table in tables(c)? {
        let count = format!("SELECT count(*) AS number FROM \"{table}\"");
        let count: Counted = per_backend!(&mut *c, c => diesel::sql_query(count).get_result(c)?);
        all.insert(table, u64::try_from(count.number).unwrap_or(0));
    }
    Ok(all)
}
