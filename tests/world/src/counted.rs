//! A database of the product's schema, in which the steps of `SQLite`'s machine are counted: a few for each
//! row that a statement reads.

use std::path::Path;

use rusqlite::{Connection, StatementStatus, params_from_iter};
use tidegate_worker::store::Statement;

/// The database.
pub struct Counted(Connection);

impl Counted {
    /// The product's schema, empty.
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let files = std::fs::read_dir(migrations).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            connection.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        Self(connection)
    }

    /// Runs statements of a test.
    pub fn run(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap();
    }

    /// What a statement of a test makes of each number `i` of `n`, from 0 up to `count`.
    pub fn fill(&self, count: i64, sql: &str) {
        self.run(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) {sql}"
        ));
    }

    /// A number.
    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// How many rows were written so far.
    pub fn written(&self) -> u64 {
        self.0.total_changes()
    }

    /// The rows that a statement gives, each by its `id` or first column, and in how many steps.
    pub fn rows(&self, statement: &Statement) -> (Vec<String>, i64) {
        let mut prepared = self.0.prepare(statement.sql).unwrap();
        let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
        let id = names.iter().position(|name| name == "id").unwrap_or(0);
        let mut rows = prepared.query(params_from_iter(&statement.params)).unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push(match row.get(id).unwrap() {
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            });
        }
        drop(rows);
        (found, prepared.get_status(StatementStatus::VmStep).into())
    }

    /// How many rows a statement gives, and in how many steps.
    pub fn cost(&self, statement: &Statement) -> (i64, i64) {
        let (rows, steps) = self.rows(statement);
        (i64::try_from(rows.len()).unwrap(), steps)
    }
}

impl Default for Counted {
    fn default() -> Self {
        Self::new()
    }
}
