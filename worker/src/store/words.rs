//! The words and links that a team's messages may not have.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Statement, StoreError};
use crate::model::WordKind as Kind;
use crate::sql;

/// An entry of a team's list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WordRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// As it was given.
    pub value: String,
    /// Why it is there.
    pub note: Option<String>,
    /// When it was put there, ms.
    pub created_ms: i64,
    /// The name of the key that put it there.
    pub by_whom: String,
    /// Since when it passes, ms.
    pub cleared_ms: Option<i64>,
    /// The name of the key that cleared it.
    pub cleared_by: Option<String>,
}

/// A new entry.
#[derive(Clone, Debug)]
pub struct NewWord<'a> {
    /// Its id, if it is new.
    pub id: &'a str,
    /// Whose it is.
    pub team_id: &'a str,
    /// What it is.
    pub kind: Kind,
    /// As it was given.
    pub value: &'a str,
    /// As it is compared.
    pub same_as: &'a str,
    /// Why.
    pub note: Option<&'a str>,
    /// The name of a key.
    pub by: &'a str,
    /// Now, ms.
    pub now_ms: i64,
}

/// Puts an entry on the list and gives its [`WordRow`]; one that is there already holds again, if it
/// was cleared. No row: the list has `most` entries.
#[must_use]
pub fn put(word: &NewWord<'_>, most: i64) -> Statement {
    sql!(
        "INSERT INTO words (id, team_id, kind, value, same_as, note, created_ms, by_whom)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE (SELECT count(*) FROM words WHERE team_id = ?2) < ?9
            OR EXISTS (SELECT 1 FROM words WHERE team_id = ?2 AND kind = ?3 AND same_as = ?5)
         ON CONFLICT (team_id, kind, same_as) DO UPDATE SET
           cleared_ms = NULL, cleared_by = NULL, note = coalesce(excluded.note, note)
         RETURNING seq, id, kind, value, note, created_ms, by_whom, cleared_ms, cleared_by",
        word.id,
        word.team_id,
        word.kind.name(),
        word.value,
        word.same_as,
        word.note,
        word.now_ms,
        word.by,
        most,
    )
}

/// Up to `most` [`WordRow`]s of a team in the order in which they were put there, after `after_seq`.
#[must_use]
pub fn page(team_id: &str, kind: Option<Kind>, after_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, id, kind, value, note, created_ms, by_whom, cleared_ms, cleared_by
         FROM words WHERE team_id = ?1 AND (?2 IS NULL OR kind = ?2) AND seq > ?3
         ORDER BY seq LIMIT ?4",
        team_id,
        kind.map(Kind::name),
        after_seq.unwrap_or(0),
        most,
    )
}

/// Takes an entry off the list.
#[must_use]
pub fn remove(team_id: &str, id: &str) -> Statement {
    sql!("DELETE FROM words WHERE team_id = ?1 AND id = ?2", team_id, id)
}

/// Lets these entries, `[id]`, pass from now on.
#[must_use]
pub fn clear(team_id: &str, ids: &Value, by: &str, now_ms: i64) -> Statement {
    sql!(
        "UPDATE words SET cleared_ms = ?3, cleared_by = ?4
         WHERE team_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND cleared_ms IS NULL",
        team_id,
        ids,
        now_ms,
        by,
    )
}

/// The list of the team whose the campaign is.
#[must_use]
pub fn list_for(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT words FROM word_lists
         WHERE team_id = (SELECT team_id FROM campaigns WHERE seq = ?1)",
        campaign_seq,
    )
}

/// The list of the team whose the sender is.
#[must_use]
pub fn list_for_sender(sender_id: &str) -> Statement {
    sql!(
        "SELECT words FROM word_lists
         WHERE team_id = (SELECT team_id FROM senders WHERE id = ?1)",
        sender_id,
    )
}

/// The list of a team.
#[must_use]
pub fn list_of(team_id: &str) -> Statement {
    sql!("SELECT words FROM word_lists WHERE team_id = ?1", team_id)
}

/// Why these entries, `[id]`, are on the list: [`NoteRow`]s of those that say.
#[must_use]
pub fn notes(team_id: &str, ids: &Value) -> Statement {
    sql!(
        "SELECT words.id, note FROM json_each(?2) asked JOIN words ON words.id = asked.value
         WHERE words.team_id = ?1 AND note IS NOT NULL",
        team_id,
        ids,
    )
}

/// Why an entry is on the list.
#[derive(Clone, Debug, Deserialize)]
pub struct NoteRow {
    /// The entry's id.
    pub id: String,
    /// Why.
    pub note: String,
}

/// What [`list_of`], [`list_for`] and [`list_for_sender`] gave; none: the team has none.
///
/// # Errors
/// [`StoreError::Failed`] when the row cannot be read.
pub fn listed(answer: Answer) -> Result<Option<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        words: String,
    }
    Ok(answer.first::<Row>()?.map(|row| row.words))
}
