//! Sends by hand elsewhere that count against a sender's limits.

use serde::Deserialize;

use super::Statement;
use crate::model::Caller;
use crate::sql;

/// What was told of sends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecordingRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// JSON of `[{at, count, every_ms}]`.
    pub sends: String,
    /// When, ms.
    pub made_ms: i64,
    /// The name of a key.
    pub by_whom: String,
}

/// A recording to be made.
#[derive(Clone, Debug)]
pub struct NewRecording<'a> {
    /// Its id.
    pub id: &'a str,
    /// The sender's number.
    pub sender_seq: i64,
    /// The caller's key for it.
    pub key: &'a str,
    /// JSON of `[{at, count, every_ms}]`.
    pub sends: &'a str,
    /// Now, ms.
    pub made_ms: i64,
    /// Who tells it.
    pub by: &'a Caller,
}

/// Keeps what was told. It fails the whole transaction when the key was used before.
#[must_use]
pub fn insert(recording: &NewRecording<'_>) -> Statement {
    sql!(
        "INSERT INTO recordings (id, sender_seq, key, sends, made_ms, by_whom, by_user)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        recording.id,
        recording.sender_seq,
        recording.key,
        recording.sends,
        recording.made_ms,
        recording.by.name.as_str(),
        recording.by.user_id.clone(),
    )
}

/// The [`RecordingRow`] that was made with this key.
#[must_use]
pub fn by_key(sender_seq: i64, key: &str) -> Statement {
    sql!(
        "SELECT seq, id, sends, made_ms, by_whom FROM recordings
         WHERE sender_seq = ?1 AND key = ?2",
        sender_seq,
        key,
    )
}

/// Up to `most` [`RecordingRow`]s of a sender, newest first, below `before_seq`.
#[must_use]
pub fn page(sender_seq: i64, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, id, sends, made_ms, by_whom FROM recordings
         WHERE sender_seq = ?1 AND (?2 IS NULL OR seq < ?2) ORDER BY seq DESC LIMIT ?3",
        sender_seq,
        before_seq,
        most,
    )
}
