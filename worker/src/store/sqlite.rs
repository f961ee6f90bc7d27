//! [`Database`] on SQLite in this process, over the same migrations: the native body.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, ToSql};
use serde_json::{Map, Value};

use super::{Answer, Database, Param, Statement, StoreError};

/// How many statements are kept prepared: more than there are.
const STATEMENTS: usize = 200;

/// Whole numbers are exact below it.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

/// A database in memory.
#[derive(Debug)]
pub struct Sqlite(Connection);

impl Sqlite {
    /// An empty database in memory with the schema of `migrations`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when a migration cannot be read or applied.
    pub fn in_memory(migrations: &Path) -> Result<Self, StoreError> {
        // One thread at a time asks, so SQLite needs no locks of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_in_memory_with_flags(flags).map_err(failed)?;
        // A prepared statement stays prepared, whatever is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut files: Vec<_> = std::fs::read_dir(migrations)
            .map_err(failed)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(file).map_err(failed)?;
            connection.execute_batch(&text).map_err(failed)?;
        }
        Ok(Self(connection))
    }

    fn run_all(&self, statements: &[Statement]) -> Result<Vec<Answer>, rusqlite::Error> {
        let connection = &self.0;
        if let [statement] = statements {
            return Ok(vec![run_one(connection, statement)?]); // A transaction by itself.
        }
        let savepoint = |sql| connection.prepare_cached(sql)?.execute([]);
        savepoint("SAVEPOINT batch")?;
        let answers: Result<Vec<_>, _> =
            statements.iter().map(|statement| run_one(connection, statement)).collect();
        if answers.is_err() {
            savepoint("ROLLBACK TO batch")?;
        }
        savepoint("RELEASE batch")?;
        answers
    }
}

impl Database for Sqlite {
    fn asked(&self) -> usize {
        0
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        self.run_all(&statements).map_err(|error| StoreError::from_text(error.to_string()))
    }
}

fn run_one(connection: &Connection, statement: &Statement) -> Result<Answer, rusqlite::Error> {
    let mut prepared = connection.prepare_cached(statement.sql)?;
    let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let writes = !prepared.readonly();
    let mut rows = prepared.query(rusqlite::params_from_iter(&statement.params))?;
    let mut answer = Answer::default();
    while let Some(row) = rows.next()? {
        answer.rows.push(object(row, &names)?);
    }
    drop(rows);
    if writes {
        answer.changes = i64::try_from(connection.changes()).unwrap_or(i64::MAX);
    }
    Ok(answer)
}

fn object(row: &Row<'_>, names: &[String]) -> Result<Value, rusqlite::Error> {
    let mut object = Map::new();
    for (index, name) in names.iter().enumerate() {
        let value = match row.get_ref(index)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => as_javascript_writes(number),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
            ValueRef::Blob(_) => return Err(rusqlite::Error::InvalidQuery),
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Object(object))
}

/// A whole number has no point there.
fn as_javascript_writes(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and below 2^53")]
    let whole = (number.fract() == 0.0 && number.abs() < MOST_EXACT).then_some(number as i64);
    whole.map_or(number.into(), Value::from)
}

/// Every number of a parameter is one of JavaScript, as on D1: what is not cast to an integer divides
/// with a fraction, and is text with a point.
impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        #[expect(clippy::cast_precision_loss, reason = "documented as exact up to 2^53")]
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Sql::Null),
            Self::Int(number) => ToSqlOutput::Owned(Sql::Real(*number as f64)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}
