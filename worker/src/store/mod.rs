//! Every SQL statement, and the copies kept in KV.
//!
//! The statements are written once, as functions from plain values to [`Statement`]s and from
//! [`Answer`]s to plain values; [`Database`] runs them. It has two bodies: [`d1`] on Cloudflare
//! and [`sqlite`] for native tests, both over the schema in `migrations/`.

pub mod arrays;
pub mod attachments;
pub mod audit;
pub mod campaign_lists;
pub mod campaigns;
pub mod changes;
#[expect(missing_docs, reason = "the columns are explained in migrations/")]
pub mod commands;
pub mod contact_imports;
pub mod contact_lists;
pub mod contacts;
pub mod conversations;
#[cfg(target_arch = "wasm32")]
pub mod d1;
pub mod dead_letters;
pub mod doubts;
pub mod erasure_traces;
pub mod erasures;
pub mod goals;
#[expect(missing_docs, reason = "the columns are explained in migrations/")]
pub mod handovers;
pub mod idempotency;
pub mod imports;
pub mod inbound;
pub mod inbound_reviews;
pub mod kept_plans;
pub mod keys;
pub mod ledger;
pub mod lists;
pub mod marks;
pub mod messages;
pub mod opt_outs;
#[expect(missing_docs, reason = "the columns are explained in migrations/")]
pub mod outcomes;
pub mod people;
pub mod period;
pub mod person_sends;
pub mod prices;
pub mod prune;
pub mod receipts;
pub mod recipient_index;
pub mod recordings;
pub mod reports;
pub mod resends;
pub mod reviews;
pub mod sandbox;
pub mod secrets;
pub mod senders;
#[cfg(not(target_arch = "wasm32"))]
pub mod sqlite;
pub mod teams;
#[expect(missing_docs, reason = "the columns are explained in migrations/")]
pub mod ticks;
pub mod user_sends;
pub mod users;
pub mod words;
pub mod zones;

use std::future::Future;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Later than any instant, and than any number of a row: 2^53 - 1, which D1 takes exactly. The
/// schema has it too, for campaigns without an end.
pub const LAST_MS: i64 = 9_007_199_254_740_991;

/// A value bound to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// SQL NULL.
    Null,
    /// An integer; exact up to 2^53, because D1 takes numbers as doubles.
    Int(i64),
    /// A text; a JSON document is a text too.
    Text(String),
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Param {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<&Value> for Param {
    fn from(value: &Value) -> Self {
        Self::Text(value.to_string())
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One SQL statement with its parameters, numbered `?1`, `?2`, ...
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text; always a constant, so that no value is ever spliced into it.
    pub sql: &'static str,
    /// At most 100, which is what D1 takes.
    pub params: Vec<Param>,
}

/// A [`Statement`] from a constant text and values.
#[macro_export]
macro_rules! sql {
    ($sql:expr $(, $param:expr)* $(,)?) => {
        $crate::store::Statement {
            sql: $sql,
            params: vec![$($crate::store::Param::from($param)),*],
        }
    };
}

/// What one statement gave.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The rows, each an object from column to value.
    pub rows: Vec<Value>,
    /// How many rows it inserted, updated or deleted.
    pub changes: i64,
    /// Rows the engine of the database read for it, where the body can tell.
    pub rows_read: i64,
    /// Rows it wrote, indexes included, where the body can tell.
    pub rows_written: i64,
}

impl Answer {
    /// All rows as `T`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when a row does not have the shape of `T`.
    pub fn all<T: DeserializeOwned>(self) -> Result<Vec<T>, StoreError> {
        self.rows
            .into_iter()
            .map(|row| serde_json::from_value(row).map_err(|e| StoreError::Failed(e.to_string())))
            .collect()
    }

    /// The first row as `T`, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the row does not have the shape of `T`.
    pub fn first<T: DeserializeOwned>(self) -> Result<Option<T>, StoreError> {
        Ok(self.all()?.into_iter().next())
    }
}

/// Why the database did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// A constraint refused it (a unique key, a check): nothing of the batch was done.
    Conflict(String),
    /// Anything else. The batch may have been done all the same: repeat it only where its keys
    /// make that harmless.
    Failed(String),
}

impl StoreError {
    /// Sorts a database's error text, which is all that D1 gives.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        if text.contains("constraint failed") { Self::Conflict(text) } else { Self::Failed(text) }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conflict(text) => write!(f, "the database refused: {text}"),
            Self::Failed(text) => write!(f, "the database failed: {text}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Statements after which an invocation leaves what can wait to the next: D1 takes a thousand of it, and a
/// step that has begun ends.
pub const QUERIES_FULL: usize = 850;

/// Something that runs statements.
pub trait Database {
    /// How many statements it was asked by this invocation; 0 where it knows of none.
    fn asked(&self) -> usize;

    /// Whether this invocation has to leave the rest to the next.
    fn is_spent(&self) -> bool {
        self.asked() > QUERIES_FULL
    }

    /// Runs the statements in order, in one transaction: all of them or none.
    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<Vec<Answer>, StoreError>>;

    /// Runs one statement.
    fn run(&self, statement: Statement) -> impl Future<Output = Result<Answer, StoreError>> {
        async {
            let mut answers = self.batch(vec![statement]).await?;
            answers.pop().ok_or_else(|| StoreError::Failed("no answer".into()))
        }
    }
}
