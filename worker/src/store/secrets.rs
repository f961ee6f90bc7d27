//! What a deployment keeps to itself.

use serde::Deserialize;

use super::{Answer, Statement, StoreError};
use crate::sql;

/// Keeps `value` as the secret `name`, unless there is one already, and reads it.
#[must_use]
pub fn keep(name: &str, value: &str) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            name,
            value,
        ),
        sql!("SELECT value FROM secrets WHERE name = ?1", name),
    ]
}

/// What [`keep`] gave.
///
/// # Errors
/// [`StoreError::Failed`] when there is no secret after all.
pub fn kept(answers: Vec<Answer>) -> Result<String, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        value: String,
    }
    let row = answers.into_iter().last().map(Answer::first::<Row>);
    let row = row.transpose()?.flatten();
    row.map(|row| row.value)
        .ok_or_else(|| StoreError::Failed("a secret was neither kept nor found".into()))
}
