//! What a report of one campaign counts beyond its counters.

use serde::Deserialize;

use super::Statement;
use crate::sql;

/// Reasons of one status that a report tells apart, at most: providers may write what they like.
pub const REASONS_MOST: i64 = 200;

/// Messages of one status and reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReasonRow {
    /// The status.
    pub status: String,
    /// The reason as it was told.
    pub reason: Option<String>,
    /// How many.
    pub count: i64,
    /// When the first of their POSTs began, ms.
    pub first_ms: Option<i64>,
    /// When the last of them began, ms.
    pub last_ms: Option<i64>,
}

/// The [`ReasonRow`]s of a campaign, the most frequent first; of each status those beyond
/// [`REASONS_MOST`] together, as `other`. It reads every message that has a row: a million of them in
/// about a second, for a tenth of a cent.
#[must_use]
pub fn by_reason(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT status, CASE WHEN place <= ?2 THEN reason ELSE 'other' END AS reason,
                sum(many) AS count, min(first_ms) AS first_ms, max(last_ms) AS last_ms
         FROM (SELECT status, reason, count(*) AS many, min(sent_ms) AS first_ms,
                      max(sent_ms) AS last_ms,
                      row_number() OVER (PARTITION BY status ORDER BY count(*) DESC, reason) AS place
               FROM messages WHERE campaign_seq = ?1 GROUP BY status, reason)
         GROUP BY 1, 2 ORDER BY sum(many) DESC, 1, 2",
        campaign_seq,
        REASONS_MOST,
    )
}

/// Who followed one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct LinkRow {
    /// Which link of the text; 0 for openings.
    pub link: i64,
    /// 1: by machines.
    pub by_machine: i64,
    /// How many people.
    pub people: i64,
    /// How often.
    pub times: i64,
}

/// The [`LinkRow`]s of a campaign.
#[must_use]
pub fn by_link(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT link, by_machine, count(*) AS people, sum(times) AS times
         FROM marks WHERE campaign_seq = ?1 GROUP BY link, by_machine ORDER BY link, by_machine",
        campaign_seq,
    )
}
