//! The messages of a campaign, as the API lists them: the people, and what has become of each.
//!
//! A message has no row before something has become of it, so a list is made of pages of people
//! with the rows that there are.

use serde::Deserialize;

use super::Statement;
use crate::sql;

/// Ordinals that one listing looks at, at most: a tenth of a second of D1's time.
pub const SCAN_MOST: i64 = 1_000_000;

/// Pages of people that one listing reads, at most.
pub const PAGES_MOST: i64 = 40;

/// A slice that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenRow {
    /// JSON of its items.
    pub items: String,
    /// Below it outcomes are recorded.
    pub settled: i64,
    /// Below it POSTs may have begun.
    pub claimed: i64,
}

/// The [`OpenRow`]s of a campaign.
#[must_use]
pub fn open(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT items, settled, claimed FROM handovers WHERE done = 0 AND +campaign_seq = ?1",
        campaign_seq,
    )
}

/// Messages that came back, to be released again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ReturnedRow {
    /// The first ordinal.
    pub first: i64,
    /// How many, one after the other.
    pub count: i64,
    /// How many POSTs of them the provider may have taken.
    pub doubts: i64,
}

/// The [`ReturnedRow`]s of a campaign.
#[must_use]
pub fn returned(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT first, count, doubtful AS doubts FROM backlog WHERE campaign_seq = ?1",
        campaign_seq,
    )
}

/// A page of people, with what has become of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PeopleRow {
    /// The ordinal of the first.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// JSON of a list of [`crate::model::Person`].
    pub people: String,
    /// JSON of a list of [`MessageRow`].
    pub messages: String,
}

/// What has become of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageRow {
    /// The ordinal.
    pub ordinal: i64,
    /// The status.
    pub status: String,
    /// The instant it was released for, ms.
    pub planned_ms: i64,
    /// When its POST began, ms.
    pub sent_ms: Option<i64>,
    /// When it was delivered, ms.
    pub delivered_ms: Option<i64>,
    /// A code.
    pub reason: Option<String>,
    /// What the provider said.
    pub detail: Option<String>,
    /// The provider's own id.
    pub reference: Option<String>,
}

/// Which pages are of interest: those with any of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Everybody.
    pub all: bool,
    /// Messages with a row of this status.
    pub status: Option<&'static str>,
    /// Messages without a row.
    pub without_row: bool,
    /// Messages with these ordinals.
    pub ordinals: Vec<i64>,
}

/// Up to [`PAGES_MOST`] [`PeopleRow`]s from ordinal `from` to before `until`.
#[must_use]
pub fn pages(campaign_seq: i64, from: i64, until: i64, wanted: &Wanted) -> Statement {
    sql!(
        "SELECT p.first, p.count, p.people,
           (SELECT json_group_array(json_object('ordinal', m.ordinal, 'status', m.status,
              'planned_ms', m.planned_ms, 'sent_ms', m.sent_ms, 'delivered_ms', m.delivered_ms,
              'reason', m.reason, 'detail', m.detail, 'reference', m.reference))
            FROM messages m WHERE m.campaign_seq = ?1
              AND m.ordinal >= p.first AND m.ordinal < p.first + p.count) AS messages
         FROM people p
         WHERE p.campaign_seq = ?1
           AND p.first > ?2 - 100 AND p.first + p.count > ?2 AND p.first < ?3
           AND (?4 = 1
             OR (?5 IS NOT NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.campaign_seq = ?1
               AND m.ordinal >= p.first AND m.ordinal < p.first + p.count AND m.status = ?5))
             OR (?6 = 1 AND p.count > (SELECT COUNT(*) FROM messages m WHERE m.campaign_seq = ?1
               AND m.ordinal >= p.first AND m.ordinal < p.first + p.count))
             OR EXISTS (SELECT 1 FROM json_each(?7) j
               WHERE j.value >= p.first AND j.value < p.first + p.count))
         ORDER BY p.first LIMIT ?8",
        campaign_seq,
        from,
        until,
        i64::from(wanted.all),
        wanted.status,
        i64::from(wanted.without_row),
        &serde_json::json!(wanted.ordinals),
        PAGES_MOST,
    )
}
