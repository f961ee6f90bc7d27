//! A list on its way into a campaign.
//!
//! Whoever imports holds the campaign's import token. What is written before the end lies past
//! the campaign's `total`, where nobody looks; [`finish`] raises it, or changes nothing.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Statement, StoreError};
use crate::sql;

/// Gives the token to whoever asks first. No row: the campaign is not there, takes no people any
/// more, or someone holds it.
#[must_use]
pub fn begin(campaign_seq: i64, token: &str, until_ms: i64, now_ms: i64) -> Statement {
    sql!(
        "UPDATE campaigns SET import_token = ?2, import_until_ms = ?3
         WHERE seq = ?1 AND status IN ('draft', 'scheduled')
           AND (import_token IS NULL OR import_token = ?2 OR import_until_ms <= ?4)
         RETURNING total, status, content",
        campaign_seq,
        token,
        until_ms,
        now_ms,
    )
}

/// The campaign as it was when its token was given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Begun {
    /// How many people it has.
    pub total: i64,
    /// Its status.
    pub status: String,
    /// What it says, as a JSON document.
    pub content: String,
}

/// What [`begin`] gave, if it gave the token.
///
/// # Errors
/// [`StoreError::Failed`] when the row cannot be read.
pub fn begun(answer: Answer) -> Result<Option<Begun>, StoreError> {
    answer.first()
}

/// The campaign's status, to say why [`begin`] gave nothing.
#[must_use]
pub fn status(campaign_seq: i64) -> Statement {
    sql!("SELECT status FROM campaigns WHERE seq = ?1", campaign_seq)
}

/// What [`status`] gave; `None`: no such campaign.
///
/// # Errors
/// [`StoreError::Failed`] when the row cannot be read.
pub fn status_of(answer: Answer) -> Result<Option<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        status: String,
    }
    Ok(answer.first::<Row>()?.map(|row| row.status))
}

/// Keeps the token for longer. It changes no row when the token is someone else's now.
#[must_use]
pub fn renew(campaign_seq: i64, token: &str, until_ms: i64) -> Statement {
    sql!(
        "UPDATE campaigns SET import_until_ms = ?3 WHERE seq = ?1 AND import_token = ?2",
        campaign_seq,
        token,
        until_ms,
    )
}

/// A list that was imported.
#[derive(Clone, Debug)]
pub struct NewList<'a> {
    /// Its id.
    pub id: &'a str,
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The file's name.
    pub file_name: &'a str,
    /// The fields that every row of it has a column for, as a JSON list.
    pub columns: String,
    /// Who of the campaign is in which zone, with these people: `[[time_zone, ranges, people]]`. Empty
    /// where nobody has a zone.
    pub zones: Value,
    /// The campaign that it was made for. Its `total` is the ordinal of the first person.
    pub campaign: &'a Begun,
    /// People.
    pub accepted: i64,
    /// Rows that were in already.
    pub duplicates: i64,
    /// Rows that were not taken.
    pub rejected: i64,
    /// Now, in ms since 1970.
    pub created_ms: i64,
    /// How many people have nothing in a column, as a JSON object.
    pub empty: String,
    /// What that is not allowed stands in which column, as a JSON list.
    pub found: String,
}

/// Makes the list and its people visible and gives the token back, in one transaction. It changes
/// no row when the token is someone else's now, the campaign has another status than it had, or it
/// is scheduled and says something else than it did.
#[must_use]
pub fn finish(list: &NewList<'_>, token: &str) -> Vec<Statement> {
    let Begun { total, status, content } = list.campaign;
    let mut statements = Vec::new();
    if list.zones.as_array().is_some_and(|zones| !zones.is_empty()) {
        // While there were no zones the campaign's cursor was that of people without one.
        statements.push(sql!(
            "INSERT INTO campaign_zones (campaign_seq, time_zone, ranges, people, cursor)
             SELECT c.seq, zone.value ->> 0, zone.value -> 1, zone.value ->> 2,
                    CASE zone.value ->> 0 WHEN '' THEN c.cursor ELSE 0 END
             FROM campaigns c, json_each(?6) zone
             WHERE c.seq = ?1 AND c.import_token = ?2 AND c.total = ?3 AND c.status = ?4
               AND (c.status = 'draft' OR c.content = ?5)
             ON CONFLICT (campaign_seq, time_zone)
               DO UPDATE SET ranges = excluded.ranges, people = excluded.people",
            list.campaign_seq,
            token,
            *total,
            status,
            content,
            &list.zones,
        ));
    }
    statements.extend(vec![
        sql!(
            "INSERT INTO lists (campaign_seq, first_ordinal, id, file_name, columns, accepted,
                                duplicates, rejected, created_ms, empty, found)
             SELECT seq, total, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM campaigns
             WHERE seq = ?1 AND import_token = ?2 AND total = ?3 AND status = ?4
               AND (status = 'draft' OR content = ?5)",
            list.campaign_seq,
            token,
            *total,
            status,
            content,
            list.id,
            list.file_name,
            list.columns.as_str(),
            list.accepted,
            list.duplicates,
            list.rejected,
            list.created_ms,
            list.empty.as_str(),
            list.found.as_str(),
        ),
        sql!(
            "UPDATE campaigns
             SET total = total + ?6, version = version + 1, import_token = NULL,
                 import_until_ms = NULL
             WHERE seq = ?1 AND import_token = ?2 AND total = ?3 AND status = ?4
               AND (status = 'draft' OR content = ?5)",
            list.campaign_seq,
            token,
            *total,
            status,
            content,
            list.accepted,
        ),
        // Of a campaign that is scheduled all may have been committed that there was before. A tick
        // that has read it without its zones is not committed any more.
        sql!(
            "UPDATE senders SET
               due_ms = CASE ?3
                 WHEN 'scheduled' THEN min(coalesce(due_ms, ?2), ?2) ELSE due_ms END,
               tick_no = tick_no + (?3 = 'scheduled')
             WHERE seq = (SELECT sender_seq FROM campaigns WHERE seq = ?1)",
            list.campaign_seq,
            list.created_ms,
            status,
        ),
    ]);
    statements
}

/// Whether a list is there: to tell, after an error, whether [`finish`] was done all the same.
#[must_use]
pub fn exists(list_id: &str) -> Statement {
    sql!("SELECT 1 AS found FROM lists WHERE id = ?1", list_id)
}

/// Removes what an import wrote and gives its token back.
#[must_use]
pub fn abandon(campaign_seq: i64, token: &str) -> Vec<Statement> {
    vec![
        clear(campaign_seq, token),
        sql!(
            "UPDATE campaigns SET import_token = NULL, import_until_ms = NULL
             WHERE seq = ?1 AND import_token = ?2",
            campaign_seq,
            token,
        ),
    ]
}

/// Removes people past the campaign's `total`: what an import that died left behind.
#[must_use]
pub fn clear(campaign_seq: i64, token: &str) -> Statement {
    sql!(
        "DELETE FROM people WHERE campaign_seq = ?1 AND first >=
           (SELECT total FROM campaigns WHERE seq = ?1 AND import_token = ?2)",
        campaign_seq,
        token,
    )
}
