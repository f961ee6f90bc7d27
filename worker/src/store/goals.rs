//! What users want to send a day. A goal never holds anything back.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::sql;

/// A goal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GoalRow {
    /// The channel.
    pub channel: String,
    /// How many a day.
    pub goal: i64,
}

/// The [`GoalRow`]s of a user.
#[must_use]
pub fn of_user(user_id: &str) -> Statement {
    sql!("SELECT channel, goal FROM goals WHERE user_id = ?1", user_id)
}

/// Sets goals, `[{channel, goal}]`; a goal of null takes it away. Others stay.
#[must_use]
pub fn set(user_id: &str, goals: &Value) -> Vec<Statement> {
    vec![
        sql!(
            "DELETE FROM goals WHERE user_id = ?1
               AND channel IN (SELECT value ->> 'channel' FROM json_each(?2))",
            user_id,
            goals,
        ),
        sql!(
            "INSERT INTO goals (user_id, channel, goal)
             SELECT ?1, value ->> 'channel', value ->> 'goal' FROM json_each(?2)
             WHERE value ->> 'goal' IS NOT NULL",
            user_id,
            goals,
        ),
    ]
}
