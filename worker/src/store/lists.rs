//! The lists of a campaign.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Statement, StoreError};
use crate::sql;

/// A list, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListRow {
    /// Its id.
    pub id: String,
    /// `file` or `selection`.
    pub kind: String,
    /// JSON of what was chosen, for a selection.
    pub selection: Option<String>,
    /// The file's name, or a selection in words.
    pub file_name: String,
    /// The ordinal of its first person.
    pub first_ordinal: i64,
    /// The fields that it has columns for.
    #[serde(deserialize_with = "list")]
    pub columns: Vec<String>,
    /// People.
    pub accepted: i64,
    /// Rows that were in already.
    pub duplicates: i64,
    /// Rows that were not taken.
    pub rejected: i64,
    /// When, in ms since 1970.
    pub created_ms: i64,
}

/// The lists of one campaign, oldest first.
#[must_use]
pub fn of_campaign(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT id, kind, selection, file_name, first_ordinal, columns, accepted, duplicates,
           rejected, created_ms
         FROM lists WHERE campaign_seq = ?1 ORDER BY seq",
        campaign_seq,
    )
}

/// Notes that a list was chosen among the contacts, and how.
#[must_use]
pub fn note_selection(list_id: &str, selection: &Value) -> Statement {
    sql!("UPDATE lists SET kind = 'selection', selection = ?2 WHERE id = ?1", list_id, selection,)
}

/// How many messages of a stretch of ordinals are in a status.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutcomeRow {
    /// The status.
    pub status: String,
    /// How many.
    pub messages: i64,
}

/// The [`OutcomeRow`]s of the messages of `count` people from `first` on of whom something has
/// become.
#[must_use]
pub fn outcomes(campaign_seq: i64, first: i64, count: i64) -> Statement {
    sql!(
        "SELECT status, COUNT(*) AS messages FROM messages
         WHERE campaign_seq = ?1 AND ordinal >= ?2 AND ordinal < ?2 + ?3 GROUP BY status",
        campaign_seq,
        first,
        count,
    )
}

/// How many of a campaign's people were ever released: [`ReleasedRow`]s.
#[must_use]
pub fn released(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT ranges, cursor FROM campaign_zones WHERE campaign_seq = ?1
         UNION ALL
         SELECT json_array(json_array(0, total)), cursor FROM campaigns
         WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM campaign_zones WHERE campaign_seq = ?1)",
        campaign_seq,
    )
}

/// People who go one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReleasedRow {
    /// JSON of their ordinals, `[[first, count]]`, in the order in which they go.
    pub ranges: String,
    /// How many of them were ever released.
    pub cursor: i64,
}

/// What [`of_campaign`] gave.
///
/// # Errors
/// [`StoreError::Failed`] when a row cannot be read.
pub fn lists_of(answer: Answer) -> Result<Vec<ListRow>, StoreError> {
    answer.all()
}

fn list<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    use serde::de::Error;
    let text = Value::deserialize(from)?;
    serde_json::from_str(text.as_str().unwrap_or_default()).map_err(D::Error::custom)
}
