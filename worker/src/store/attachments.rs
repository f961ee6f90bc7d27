//! What messages carry. The bytes are elsewhere, under the attachment's id.
//!
//! A row is there before its bytes are and after they are gone, so that no bytes are without a row:
//! `stored` is 0 until they are there, 1 while they are, and 2 from when they are to go.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::sql;

/// Rows that one look for what nobody uses reads, at most.
pub const WINDOW: i64 = 5_000;

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AttachmentRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its name.
    pub file_name: String,
    /// What it is, as its bytes say.
    pub media_type: String,
    /// How long it is.
    pub bytes: i64,
    /// When it was made, ms.
    pub created_ms: i64,
    /// The name of the key that made it.
    pub by_whom: String,
    /// Whether its bytes are there.
    pub stored: i64,
}

/// A new attachment.
#[derive(Clone, Debug)]
pub struct NewAttachment<'a> {
    /// Its id, if there is none like it.
    pub id: &'a str,
    /// Whose it is.
    pub team_id: &'a str,
    /// SHA-256 of its bytes, in hex.
    pub sha256: &'a str,
    /// Its name.
    pub file_name: &'a str,
    /// What it is.
    pub media_type: &'a str,
    /// How long it is.
    pub bytes: i64,
    /// The name of a key.
    pub by: &'a str,
    /// Now, ms.
    pub now_ms: i64,
}

/// Makes an attachment, or finds the one with the same bytes and name: gives its
/// [`AttachmentRow`].
#[must_use]
pub fn put(new: &NewAttachment<'_>) -> Statement {
    sql!(
        "INSERT INTO attachments (id, team_id, sha256, file_name, media_type, bytes, created_ms,
                                  by_whom)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (team_id, sha256, file_name) DO UPDATE SET created_ms = excluded.created_ms
         RETURNING seq, id, sha256, file_name, media_type, bytes, created_ms, by_whom, stored",
        new.id,
        new.team_id,
        new.sha256,
        new.file_name,
        new.media_type,
        new.bytes,
        new.now_ms,
        new.by,
    )
}

/// Notes that its bytes are there. It changes no row when it is to go.
#[must_use]
pub fn stored(seq: i64) -> Statement {
    sql!("UPDATE attachments SET stored = 1 WHERE seq = ?1 AND stored < 2", seq)
}

/// The [`AttachmentRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        "SELECT seq, id, sha256, file_name, media_type, bytes, created_ms, by_whom, stored
         FROM attachments WHERE id = ?2 AND team_id = ?1 AND stored = 1",
        team_id,
        id,
    )
}

/// The [`AttachmentRow`] with this number, of whatever team, while a campaign of it goes on or has not
/// ended before `since_ms`: for the links that are handed out.
#[must_use]
pub fn carried(campaign_seq: i64, seq: i64, since_ms: i64) -> Statement {
    sql!(
        "SELECT a.seq, a.id, a.sha256, a.file_name, a.media_type, a.bytes, a.created_ms, a.by_whom,
                a.stored
         FROM attachments a JOIN campaigns c ON c.seq = ?1 AND c.team_id = a.team_id
         WHERE a.seq = ?2 AND a.stored = 1 AND coalesce(c.ended_ms >= ?3, 1)",
        campaign_seq,
        seq,
        since_ms,
    )
}

/// The [`AttachmentRow`]s with these ids, `[id]`.
#[must_use]
pub fn with_ids(team_id: &str, ids: &Value) -> Statement {
    sql!(
        "SELECT seq, id, sha256, file_name, media_type, bytes, created_ms, by_whom, stored
         FROM attachments
         WHERE id IN (SELECT value FROM json_each(?2)) AND team_id = ?1 AND stored = 1",
        team_id,
        ids,
    )
}

/// Up to `most` [`AttachmentRow`]s of a team, newest first, below `before_seq`.
#[must_use]
pub fn page(team_id: &str, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, id, sha256, file_name, media_type, bytes, created_ms, by_whom, stored
         FROM attachments
         WHERE team_id = ?1 AND stored = 1 AND (?2 IS NULL OR seq < ?2)
         ORDER BY seq DESC LIMIT ?3",
        team_id,
        before_seq,
        most,
    )
}

/// A campaign that carries an attachment.
#[derive(Clone, Debug, Deserialize)]
pub struct CarrierRow {
    /// Its id.
    pub campaign_id: String,
    /// Its name.
    pub name: String,
}

/// Some of the campaigns that carry an attachment and have not ended: [`CarrierRow`]s.
#[must_use]
pub fn carriers(id: &str) -> Statement {
    sql!(
        "SELECT c.id AS campaign_id, c.name FROM attachment_uses u
         JOIN campaigns c ON c.seq = u.campaign_seq
         WHERE u.attachment_id = ?1 AND c.status NOT IN ('completed', 'stopped', 'failed')
         LIMIT 5",
        id,
    )
}

/// Has an attachment go that no campaign carries any more, save those that have ended. The last
/// statement changes a row if it is to go.
#[must_use]
pub fn give_up(seq: i64, id: &str) -> Vec<Statement> {
    vec![
        sql!(
            "DELETE FROM attachment_uses WHERE attachment_id = ?1 AND NOT EXISTS (
               SELECT 1 FROM attachment_uses u JOIN campaigns c ON c.seq = u.campaign_seq
               WHERE u.attachment_id = ?1 AND c.status NOT IN ('completed', 'stopped', 'failed'))",
            id,
        ),
        // The same file can be attached again at once: it is another row.
        sql!(
            "UPDATE attachments SET stored = 2, sha256 = id
             WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM attachment_uses WHERE attachment_id = ?2)",
            seq,
            id,
        ),
    ]
}

/// Forgets an attachment whose bytes are gone.
#[must_use]
pub fn forget(seq: i64) -> Statement {
    sql!(
        "DELETE FROM attachments WHERE seq = ?1 AND stored = 2
           AND NOT EXISTS (SELECT 1 FROM attachment_uses u WHERE u.attachment_id = attachments.id)",
        seq,
    )
}

/// An attachment that nobody needs.
#[derive(Clone, Debug, Deserialize)]
pub struct UnusedRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
}

/// Up to `most` [`UnusedRow`]s: of no campaign since `unused_since_ms`, never stored since
/// `begun_since_ms`, or to go. It looks at a window of [`WINDOW`] numbers, another in each `turn`.
#[must_use]
pub fn unused(turn: i64, unused_since_ms: i64, begun_since_ms: i64, most: i64) -> Statement {
    sql!(
        "WITH first AS (SELECT ?1 % (coalesce(max(seq), 0) / ?2 + 1) * ?2 AS seq FROM attachments)
         SELECT a.seq, a.id FROM first CROSS JOIN attachments a
         WHERE a.seq >= first.seq AND a.seq < first.seq + ?2
           AND (a.stored = 2 OR (a.stored = 0 AND a.created_ms < ?4)
             OR (a.created_ms < ?3 AND NOT EXISTS
                  (SELECT 1 FROM attachment_uses u WHERE u.attachment_id = a.id)))
         ORDER BY a.seq LIMIT ?5",
        turn,
        WINDOW,
        unused_since_ms,
        begun_since_ms,
        most,
    )
}
