//! What a deployment keeps to itself.

use serde::Deserialize;

use super::{Answer, Statement, StoreError};
use crate::sql;

/// Reads the secret `name`.
#[must_use]
pub fn by_name(name: &str) -> Statement {
    sql!("SELECT value FROM secrets WHERE name = ?1", name)
}

/// Keeps `value` as the secret `name`, unless there is one already, and reads it.
#[must_use]
pub fn keep(name: &str, value: &str) -> Vec<Statement> {
    let insert = sql!(
        "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        name,
        value,
    );
    vec![insert, by_name(name)]
}

/// What [`by_name`] gave.
///
/// # Errors
/// [`StoreError::Failed`] when the row cannot be read.
pub fn found(answer: Answer) -> Result<Option<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        value: String,
    }
    Ok(answer.first::<Row>()?.map(|row| row.value))
}
