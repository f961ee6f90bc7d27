//! The marks of messages: opened, a link followed.

use serde::Deserialize;

use super::Statement;
use crate::model::Channel;
use crate::sql;
use crate::tracking::OPENED;
use crate::tracking::address::Place;

/// How often one mark is counted, at most: nobody reads a mail more often, and whoever asks in a
/// loop writes no more rows.
pub const TIMES_MOST: i64 = 1_000;

/// A message that somebody came from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageRow {
    /// The campaign's id.
    pub campaign_id: String,
    /// How it went.
    pub channel: Channel,
    /// JSON of its [`crate::model::Content`].
    pub content: String,
    /// JSON of the person.
    pub person: Option<String>,
    /// When its POST began, ms, where that is recorded.
    pub sent_ms: Option<i64>,
}

/// The [`MessageRow`] of a message.
#[must_use]
pub fn message(campaign_seq: i64, ordinal: i64) -> Statement {
    sql!(
        "SELECT c.id AS campaign_id, c.content, s.channel,
                (SELECT json_extract(p.people, '$[' || CAST(?2 - p.first AS INTEGER) || ']') FROM people p
                 WHERE p.campaign_seq = ?1 AND p.first <= ?2
                 ORDER BY p.first DESC LIMIT 1) AS person,
                (SELECT m.sent_ms FROM messages m
                 WHERE m.campaign_seq = ?1 AND m.ordinal = ?2) AS sent_ms
         FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
         WHERE c.seq = ?1 AND ?2 < c.total",
        campaign_seq,
        ordinal,
    )
}

/// Marks a message. Who follows a link has opened the message, whether its image was shown or not.
///
/// After an error the outcome of which is not known, repeating it may count one visit twice, and
/// never a person.
#[must_use]
pub fn mark(place: Place, by_machine: bool, now_ms: i64) -> Vec<Statement> {
    let Place { campaign_seq, ordinal, link } = place;
    let mut statements = Vec::new();
    if !by_machine {
        // Counters first: they look at the marks as they are before.
        statements.push(sql!(
            "UPDATE campaigns SET
               opens = opens + (?3 = 0),
               clicks = clicks + (?3 > 0),
               opened = opened + NOT EXISTS (SELECT 1 FROM marks m WHERE m.campaign_seq = ?1
                 AND m.ordinal = ?2 AND m.by_machine = 0),
               clicked = clicked + (?3 > 0 AND NOT EXISTS (SELECT 1 FROM marks m
                 WHERE m.campaign_seq = ?1 AND m.ordinal = ?2 AND m.link > 0
                   AND m.by_machine = 0))
             WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.campaign_seq = ?1
               AND m.ordinal = ?2 AND m.link = ?3 AND m.by_machine = 0 AND m.times >= ?4)",
            campaign_seq,
            ordinal,
            link,
            TIMES_MOST,
        ));
    }
    if link != OPENED && !by_machine {
        statements.push(sql!(
            "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms, times)
             VALUES (?1, ?2, 0, 0, ?3, ?3, 0)
             ON CONFLICT (campaign_seq, ordinal, link, by_machine) DO NOTHING",
            campaign_seq,
            ordinal,
            now_ms,
        ));
    }
    statements.push(sql!(
        "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT (campaign_seq, ordinal, link, by_machine)
         DO UPDATE SET times = times + 1, last_ms = max(last_ms, excluded.last_ms)
         WHERE times < ?6",
        campaign_seq,
        ordinal,
        link,
        i64::from(by_machine),
        now_ms,
        TIMES_MOST,
    ));
    statements
}

/// One mark of one message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MarkRow {
    /// Which message.
    pub ordinal: i64,
    /// Which link of its text; [`OPENED`] for none.
    pub link: i64,
    /// 1: a machine came.
    pub by_machine: i64,
    /// When first, ms.
    pub first_ms: i64,
    /// When last, ms.
    pub last_ms: i64,
    /// How often; 0 for an opening that is known by a link that was followed only.
    pub times: i64,
}

/// The [`MarkRow`]s of the messages from ordinal `first` to before `until`.
#[must_use]
pub fn between(campaign_seq: i64, first: i64, until: i64) -> Statement {
    sql!(
        "SELECT ordinal, link, by_machine, first_ms, last_ms, times FROM marks
         WHERE campaign_seq = ?1 AND ordinal >= ?2 AND ordinal < ?3
         ORDER BY ordinal, link, by_machine",
        campaign_seq,
        first,
        until,
    )
}
