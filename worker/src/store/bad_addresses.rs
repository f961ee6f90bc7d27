//! Messages that did not arrive because their address is at fault.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::sql;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BadAddressRow {
    /// The message's ordinal.
    pub ordinal: i64,
    /// JSON of the person.
    pub person: Option<String>,
    /// The reason as it was told.
    pub reason: String,
    /// What the provider said.
    pub detail: Option<String>,
    /// When its POST began, ms.
    pub sent_ms: Option<i64>,
}

/// Up to `most` [`BadAddressRow`]s from ordinal `from` to before `until`, whose reason is one of
/// `faults`.
#[must_use]
pub fn page(campaign_seq: i64, from: i64, until: i64, faults: &Value, most: i64) -> Statement {
    sql!(
        "SELECT m.ordinal, m.reason, m.detail, m.sent_ms,
                (SELECT json_extract(p.people, '$[' || (m.ordinal - p.first) || ']')
                 FROM people p WHERE p.campaign_seq = ?1 AND p.first <= m.ordinal
                 ORDER BY p.first DESC LIMIT 1) AS person
         FROM messages m
         WHERE m.campaign_seq = ?1 AND m.ordinal >= ?2 AND m.ordinal < ?3
           AND m.status = 'failed'
           AND lower(trim(m.reason)) IN (SELECT value FROM json_each(?4))
         ORDER BY m.ordinal LIMIT ?5",
        campaign_seq,
        from,
        until,
        faults,
        most,
    )
}
