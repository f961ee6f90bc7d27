//! The messages of a campaign, as the API lists them: the people, and what has become of each.
//!
//! A message has no row before something has become of it, so a list is made of pages of people
//! with the rows that there are.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// Messages that one listing by marks looks at, at most: each may cost two rows.
pub const MARKS_SCAN_MOST: i64 = 250_000;

/// What people were seen to do with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "snake_case", rename = "MarksFilter"))]
pub enum Marked {
    /// Opened.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// Sent, and not seen to be opened.
    NotOpened,
    /// Sent, and no link in it was followed.
    NotClicked,
}

impl Marked {
    /// Each by its name in documents.
    pub const NAMES: [(&str, Self); 4] = [
        ("opened", Self::Opened),
        ("clicked", Self::Clicked),
        ("not_opened", Self::NotOpened),
        ("not_clicked", Self::NotClicked),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::NotOpened => "not_opened",
            Self::NotClicked => "not_clicked",
        }
    }
}

/// A page of people, with what has become of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PeopleRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The ordinal of the first.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// JSON of a list of [`crate::model::Person`].
    pub people: String,
    /// JSON of a list of [`MessageRow`].
    pub messages: String,
    /// JSON of what people did first with each: `[[ordinal, link, ms]]`, 0 for opening it.
    pub marks: String,
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

/// A slice of one of several campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenOfRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The slice.
    #[serde(flatten)]
    pub slice: OpenRow,
}

/// The [`OpenOfRow`]s of these campaigns, `[seq]`.
#[must_use]
pub fn open_of(campaign_seqs: &Value) -> Statement {
    sql!(
        "SELECT campaign_seq, items, settled, claimed FROM handovers
         WHERE done = 0 AND +campaign_seq IN (SELECT value FROM json_each(?1))",
        campaign_seqs,
    )
}

/// Messages of one of several campaigns that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ReturnedOfRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The messages.
    #[serde(flatten)]
    pub messages: ReturnedRow,
}

/// The [`ReturnedOfRow`]s of these campaigns, `[seq]`.
#[must_use]
pub fn returned_of(campaign_seqs: &Value) -> Statement {
    sql!(
        "SELECT campaign_seq, first, count, doubtful AS doubts FROM backlog
         WHERE campaign_seq IN (SELECT value FROM json_each(?1))",
        campaign_seqs,
    )
}

/// Which stretch of a campaign's messages is of interest, and in it those pages that have any of what
/// follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// From this ordinal on.
    pub from: i64,
    /// To before this one.
    pub until: i64,
    /// Everybody.
    pub all: bool,
    /// Messages without a row.
    pub without_row: bool,
    /// Messages with these ordinals.
    pub ordinals: Vec<i64>,
}

/// Up to `most` [`PeopleRow`]s of these stretches, in their order, each page by page: of those that
/// have a message with a row in one of the `statuses`, or anything else that is wanted, and of these
/// those with a message that is so `marked`.
///
/// Campaigns of one person are many to a page of a list, so stretches come as one document, and the
/// loops go as they are written: what is behind the last row that is asked for is never read.
#[must_use]
pub fn pages(wanted: &[Wanted], statuses: &Value, marked: Option<Marked>, most: i64) -> Statement {
    sql!(
        "SELECT p.campaign_seq, p.first, p.count, p.people,
           (SELECT json_group_array(json_object('ordinal', m.ordinal, 'status', m.status,
              'planned_ms', m.planned_ms, 'sent_ms', m.sent_ms, 'delivered_ms', m.delivered_ms,
              'reason', m.reason, 'detail', m.detail, 'reference', m.reference))
            FROM messages m WHERE m.campaign_seq = p.campaign_seq
              AND m.ordinal >= p.first AND m.ordinal < p.first + p.count) AS messages,
           (SELECT json_group_array(json_array(k.ordinal, k.link, k.first_ms))
            FROM marks k WHERE k.campaign_seq = p.campaign_seq AND k.by_machine = 0
              AND k.ordinal >= p.first AND k.ordinal < p.first + p.count) AS marks
         FROM json_each(?1) w CROSS JOIN people p
         WHERE p.campaign_seq = w.value ->> 'campaign_seq'
           AND p.first > (w.value ->> 'from') - 100
           AND p.first + p.count > w.value ->> 'from' AND p.first < w.value ->> 'until'
           AND (w.value ->> 'all'
             OR EXISTS (SELECT 1 FROM messages m WHERE m.campaign_seq = p.campaign_seq
               AND m.ordinal >= p.first AND m.ordinal < p.first + p.count
               AND m.status IN (SELECT value FROM json_each(?2)))
             OR (w.value ->> 'without_row' AND p.count > (SELECT COUNT(*) FROM messages m
               WHERE m.campaign_seq = p.campaign_seq
                 AND m.ordinal >= p.first AND m.ordinal < p.first + p.count))
             OR EXISTS (SELECT 1 FROM json_each(w.value, '$.ordinals') j
               WHERE j.value >= p.first AND j.value < p.first + p.count))
           AND CASE
             WHEN ?4 IS NULL THEN 1
             WHEN ?4 IN ('opened', 'clicked') THEN EXISTS
               (SELECT 1 FROM marks k WHERE k.campaign_seq = p.campaign_seq AND k.by_machine = 0
                  AND k.ordinal >= p.first AND k.ordinal < p.first + p.count
                  AND (k.link > 0 OR ?4 = 'opened'))
             ELSE EXISTS
               (SELECT 1 FROM messages m WHERE m.campaign_seq = p.campaign_seq
                  AND m.ordinal >= p.first AND m.ordinal < p.first + p.count
                  AND m.status IN ('sent', 'delivered')
                  AND NOT EXISTS (SELECT 1 FROM marks k WHERE k.campaign_seq = p.campaign_seq
                    AND k.ordinal = m.ordinal AND k.by_machine = 0
                    AND (k.link > 0 OR ?4 = 'not_opened')))
           END
         LIMIT ?3",
        &serde_json::json!(wanted),
        statuses,
        most,
        marked.map(Marked::name),
    )
}
