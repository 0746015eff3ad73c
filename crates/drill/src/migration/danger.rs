use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, CreateTable, Expr, FromTable, ObjectType,
    RenameTableNameKind, Statement, TableConstraint,
};
use sqlparser::tokenizer::Token;

use super::statement::{Piece, bounded, last, parse, split, table_of, word};
use crate::data::DataSet;
use crate::sql::{SCRIPT, cut_to, name};

/// From how many rows on a table of the drill's data stands for a large one.
const LARGE: u64 = 1000;
/// Something that a large table, or whoever uses it, would suffer from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Danger {
    /// What it is.
    pub kind: DangerKind,
    /// Which statement, from 0.
    pub statement: u32,
    /// The beginning of the statement.
    pub sql: String,
    /// What would happen.
    pub suffers: String,
    /// What to do instead.
    pub instead: String,
}

/// The kinds of dangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DangerKind {
    /// The whole of a large table is written anew, or copied, in one statement.
    Rewrite,
    /// One statement changes or deletes as many rows as a large table has.
    LongWrite,
    /// A foreign key without an index.
    MissingIndex,
    /// A new column that the running version's inserts don't fill, and that has to be filled.
    NotNullWithoutDefault,
    /// A name goes that the running version uses.
    Rename,
    /// A table or column goes that was there before.
    Drop,
    /// An index is built while nobody may write.
    IndexBuild,
    /// A statement that cannot be read here. The engine may take it all the same.
    Unread,
}

impl DangerKind {
    /// What no drill wants unless it says so.
    #[must_use]
    pub fn usual() -> BTreeSet<Self> {
        [Self::Rewrite, Self::LongWrite, Self::MissingIndex, Self::NotNullWithoutDefault, Self::Rename].into()
    }

    /// Its name for a person.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Rewrite => "rewriting a large table",
            Self::LongWrite => "changing all rows at once",
            Self::MissingIndex => "a foreign key without an index",
            Self::NotNullWithoutDefault => "a required column without a default",
            Self::Rename => "renaming what is in use",
            Self::Drop => "dropping what was there",
            Self::IndexBuild => "building an index while nobody may write",
            Self::Unread => "a statement that cannot be read",
        }
    }
}

/// What in a script would hurt a large table or its users, in the order of the statements. Tables of `data` from 1,000 rows
/// on stand for large ones. A statement that cannot be read, or is too long for that, is a danger of its own kind.
#[must_use]
pub fn dangers(sql: &str, data: &DataSet) -> Vec<Danger> {
    Reader::new(data).read(sql)
}

/// Reads the scripts of a migration one after the other, and keeps in mind which columns have an index by then.
pub(super) struct Reader<'a> {
    data: &'a DataSet,
    /// Tables with a column that an index begins with, in lower case.
    indexed: BTreeSet<(String, String)>,
    /// Of the script that is read: foreign keys by table and first column, with where they were made.
    foreign_keys: Vec<(String, String, u32, String)>,
    found: Vec<Danger>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(data: &'a DataSet) -> Self {
        let mut reader = Self { data, indexed: BTreeSet::new(), foreign_keys: Vec::new(), found: Vec::new() };
        for table in &data.tables {
            for sql in std::iter::once(&table.create).chain(&table.indexes) {
                reader.read(sql);
            }
        }
        reader
    }

    pub(super) fn read(&mut self, sql: &str) -> Vec<Danger> {
        let pieces = if sql.len() > SCRIPT { None } else { split(sql) };
        let Some(pieces) = pieces else {
            let text = cut_to(sql.split_whitespace().collect::<Vec<_>>().join(" "), 120);
            self.unread(0, &text);
            return std::mem::take(&mut self.found);
        };
        for (at, piece) in (0..).zip(&pieces) {
            match parse(&piece.tokens) {
                Some(statement) => self.statement(at, piece, &statement),
                None => self.unread(at, &piece.text),
            }
        }
        for (table, column, at, text) in std::mem::take(&mut self.foreign_keys) {
            if !self.indexed.contains(&(table.clone(), column.clone())) {
                let suffers = format!(
                    "{table}({column}) refers to another table and no index begins with it: each row that is deleted \
                     there has all of {table} searched, and so does a join."
                );
                let instead = format!("Make one in the same step: CREATE INDEX … ON {table} ({column}).");
                self.add(DangerKind::MissingIndex, at, &text, suffers, instead);
            }
        }
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|danger| danger.statement);
        found
    }

    fn add(&mut self, kind: DangerKind, statement: u32, sql: &str, suffers: String, instead: impl Into<String>) {
        self.found.push(Danger { kind, statement, sql: sql.to_owned(), suffers, instead: instead.into() });
    }

    fn unread(&mut self, at: u32, text: &str) {
        let suffers = "Nobody can tell beforehand what this does to a large table.".to_owned();
        self.add(DangerKind::Unread, at, text, suffers, "Write it in plainer SQL, or as several statements.");
    }

    fn rows(&self, table: &str) -> Option<u64> {
        self.data.tables.iter().find(|it| it.name.eq_ignore_ascii_case(table)).map(|table| table.len())
    }

    fn large(&self, table: &str) -> bool {
        self.rows(table).is_some_and(|rows| rows >= LARGE)
    }

    /// A large table that a statement reads from, if it reads all of it.
    fn reads_all(&self, tokens: &[Token]) -> Option<String> {
        let named = |at: usize| {
            let from = at > 0 && (word(&tokens[at - 1], &["FROM", "JOIN"]) || tokens[at - 1] == Token::Comma);
            name(&tokens[at]).filter(|name| from && self.large(name))
        };
        (!bounded(tokens)).then(|| (0..tokens.len()).find_map(named)).flatten()
    }

    fn statement(&mut self, at: u32, piece: &Piece, statement: &Statement) {
        let Piece { tokens, text } = piece;
        match statement {
            Statement::AlterTable(alter) => {
                let mut table = last(&alter.name);
                for operation in &alter.operations {
                    self.alter(at, text, &mut table, operation);
                }
            }
            Statement::CreateTable(create) => {
                self.create(at, text, create);
                if let Some(from) = create.query.as_ref().and_then(|_| self.reads_all(tokens)) {
                    self.copies(at, text, &from);
                }
            }
            Statement::CreateIndex(create) => {
                let table = last(&create.table_name);
                let first = create.columns.first().map(|column| &column.column.expr);
                if let Some(Expr::Identifier(column)) = first {
                    self.indexed.insert((table.clone(), column.value.to_lowercase()));
                }
                if self.large(&table) {
                    let suffers = format!("Nobody can write to {table} while the index is built from all of its rows.");
                    let instead = "In PostgreSQL say CREATE INDEX CONCURRENTLY. SQLite has no other way: build it in a \
                                   quiet hour, in a step of its own.";
                    self.add(DangerKind::IndexBuild, at, text, suffers, instead);
                }
            }
            Statement::Insert(insert) if insert.source.is_some() => {
                if let Some(from) = self.reads_all(tokens) {
                    self.copies(at, text, &from);
                }
            }
            Statement::Update(update) => self.writes(at, piece, table_of(&update.table), "changes"),
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                self.writes(at, piece, from.first().and_then(table_of), "deletes");
            }
            Statement::Drop { object_type: ObjectType::Table, names, .. } => {
                for table in names.iter().map(last) {
                    self.indexed.retain(|(of, _)| *of != table);
                    if self.rows(&table).is_some() {
                        self.drops(at, text, &table);
                    }
                }
            }
            _ => {}
        }
    }

    fn writes(&mut self, at: u32, piece: &Piece, table: Option<String>, verb: &str) {
        let Some(table) = table.filter(|table| self.large(table) && !bounded(&piece.tokens)) else { return };
        let suffers = format!(
            "It {verb} as many rows of {table} as there are, in one go: they are locked until it ends, the log holds all of \
             them, and what is broken off has to begin again."
        );
        let instead = "Do it in batches: WHERE id IN (SELECT id … WHERE … LIMIT 1000), again and again.";
        self.add(DangerKind::LongWrite, at, &piece.text, suffers, instead);
    }

    fn copies(&mut self, at: u32, text: &str, from: &str) {
        let suffers =
            format!("It writes all that {from} holds once more, in one go, and nobody else can write meanwhile.");
        let instead =
            "Add to the table what is missing, and fill it in batches, or copy a bounded number of rows at a time.";
        self.add(DangerKind::Rewrite, at, text, suffers, instead);
    }

    fn drops(&mut self, at: u32, text: &str, what: &str) {
        let suffers = format!("{what} is gone for good, and a version that still names it fails.");
        let instead = "Let it be the last step, when nothing names it any more and nobody wants to go back.";
        self.add(DangerKind::Drop, at, text, suffers, instead);
    }

    fn renames(&mut self, at: u32, text: &str, what: &str) {
        let suffers = format!("The version that is running asks for {what}, and fails from this moment on.");
        let instead =
            "Add the new name beside the old one, write both, fill, and drop the old one when nobody asks for it.";
        self.add(DangerKind::Rename, at, text, suffers, instead);
    }

    fn alter(&mut self, at: u32, text: &str, table: &mut String, operation: &AlterTableOperation) {
        let known = self.rows(table).is_some();
        match operation {
            AlterTableOperation::AddColumn { column_def, .. } => {
                let has = |wanted: fn(&ColumnOption) -> bool| column_def.options.iter().any(|it| wanted(&it.option));
                let filled =
                    has(|it| matches!(it, ColumnOption::Default(value) if value.to_string().to_uppercase() != "NULL"))
                        || has(|it| matches!(it, ColumnOption::Generated { .. }));
                if known && has(|it| matches!(it, ColumnOption::NotNull)) && !filled {
                    let column = &column_def.name.value;
                    let suffers = format!(
                        "Rows that are there have no {column}, so it is refused; and the running version, which does not \
                         know {column}, could insert nothing any more."
                    );
                    let instead =
                        "Add it without NOT NULL, or with a DEFAULT; fill it; require it when every version writes it.";
                    self.add(DangerKind::NotNullWithoutDefault, at, text, suffers, instead);
                }
                self.column(at, text, table, column_def);
            }
            AlterTableOperation::RenameColumn { old_column_name, .. } if known => {
                self.renames(at, text, &format!("{table}.{}", old_column_name.value));
            }
            AlterTableOperation::RenameTable { table_name } => {
                let (RenameTableNameKind::To(to) | RenameTableNameKind::As(to)) = table_name;
                let to = last(to);
                if known {
                    self.renames(at, text, table);
                }
                let moved = |of: &String| if of == table { to.clone() } else { of.clone() };
                self.indexed = self.indexed.iter().map(|(of, column)| (moved(of), column.clone())).collect();
                self.foreign_keys.iter_mut().for_each(|key| key.0 = moved(&key.0));
                *table = to;
            }
            AlterTableOperation::DropColumn { column_names, .. } if known => {
                for column in column_names {
                    self.drops(at, text, &format!("{table}.{}", column.value));
                }
            }
            AlterTableOperation::AlterColumn { op: AlterColumnOperation::SetDataType { .. }, .. }
                if self.large(table) =>
            {
                let table = table.clone();
                self.copies(at, text, &table);
            }
            AlterTableOperation::AddConstraint { constraint, .. } => self.constraint(at, text, table, constraint),
            _ => {}
        }
    }

    fn create(&mut self, at: u32, text: &str, create: &CreateTable) {
        let table = last(&create.name);
        for column in &create.columns {
            self.column(at, text, &table, column);
        }
        for constraint in &create.constraints {
            self.constraint(at, text, &table, constraint);
        }
    }

    fn column(&mut self, at: u32, text: &str, table: &str, column: &ColumnDef) {
        let name = column.name.value.to_lowercase();
        for option in &column.options {
            match option.option {
                ColumnOption::PrimaryKey(_) | ColumnOption::Unique(_) => {
                    self.indexed.insert((table.to_owned(), name.clone()));
                }
                ColumnOption::ForeignKey(_) => {
                    self.foreign_keys.push((table.to_owned(), name.clone(), at, text.to_owned()));
                }
                _ => {}
            }
        }
    }

    fn constraint(&mut self, at: u32, text: &str, table: &str, constraint: &TableConstraint) {
        let indexed = match constraint {
            TableConstraint::PrimaryKey(key) => key.columns.first(),
            TableConstraint::Unique(key) => key.columns.first(),
            TableConstraint::ForeignKey(key) => {
                if let Some(first) = key.columns.first() {
                    let first = first.value.to_lowercase();
                    self.foreign_keys.push((table.to_owned(), first, at, text.to_owned()));
                }
                None
            }
            _ => None,
        };
        if let Some(Expr::Identifier(column)) = indexed.map(|column| &column.column.expr) {
            self.indexed.insert((table.to_owned(), column.value.to_lowercase()));
        }
    }
}
