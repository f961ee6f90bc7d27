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
    /// The file's name.
    pub file_name: String,
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
        "SELECT id, file_name, columns, accepted, duplicates, rejected, created_ms
         FROM lists WHERE campaign_seq = ?1 ORDER BY seq",
        campaign_seq,
    )
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
