//! The inbox of the sandbox provider: the phones and mailboxes at the other end.

use serde::Deserialize;

use super::Statement;
use crate::model::{Channel, Outgoing};
use crate::sql;

/// How many rows a filtered listing looks at, at most: there is no index on the address, because
/// every message that comes in would pay for it.
const SCAN_MOST: i64 = 100_000;

/// A message in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SandboxRow {
    /// Its number: later messages have higher ones.
    pub seq: i64,
    /// The message's id.
    pub id: String,
    /// Who it is from.
    pub sender_name: String,
    /// How it came.
    pub channel: Channel,
    /// Who it is for.
    pub address: String,
    /// What it says.
    pub text: String,
    /// What it is about.
    pub subject: Option<String>,
    /// JSON of a list of [`crate::model::Attached`].
    pub attachments: Option<String>,
    /// The image by which it is seen to be opened.
    pub open_url: Option<String>,
    /// Where its receipt goes.
    pub callback_url: String,
    /// When it came, ms.
    pub received_ms: i64,
    /// `delivered` or `failed`, as the last receipt said.
    pub receipt: Option<String>,
}

/// Keeps a message, unless one with its id is there already.
#[must_use]
pub fn put(message: &Outgoing, received_ms: i64) -> Statement {
    sql!(
        "INSERT INTO sandbox_messages
           (id, sender_name, channel, address, text, callback_url, received_ms, subject,
            attachments, open_url, team_id)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, team_id FROM senders WHERE id = ?10
         ON CONFLICT (id) DO NOTHING",
        &message.id,
        &message.sender_name,
        message.channel.name(),
        &message.to,
        &message.text,
        &message.callback_url,
        received_ms,
        message.subject.clone(),
        (!message.attachments.is_empty())
            .then(|| serde_json::json!(message.attachments).to_string()),
        &message.sender_id,
        message.open_url.clone(),
    )
}

/// Up to `most` [`SandboxRow`]s of a team, newest first, below `before_seq`.
#[must_use]
pub fn page(team_id: &str, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, id, sender_name, channel, address, text, subject, attachments,
           open_url, callback_url, received_ms, receipt
         FROM sandbox_messages WHERE team_id = ?3 AND seq < ?1 ORDER BY seq DESC LIMIT ?2",
        before_seq.unwrap_or(i64::MAX >> 11),
        most,
        team_id,
    )
}

/// As [`page`], of one address, among the newest [`SCAN_MOST`] messages there.
#[must_use]
pub fn page_of_address(
    team_id: &str,
    address: &str,
    before_seq: Option<i64>,
    most: i64,
) -> Statement {
    sql!(
        "WITH top AS (
           SELECT COALESCE(?2, (SELECT MAX(seq) + 1 FROM sandbox_messages), 0) AS seq)
         SELECT seq, id, sender_name, channel, address, text, subject, attachments,
           open_url, callback_url, received_ms, receipt
         FROM sandbox_messages
         WHERE seq < (SELECT seq FROM top) AND seq >= (SELECT seq FROM top) - ?4 AND address = ?1
           AND +team_id = ?5
         ORDER BY seq DESC LIMIT ?3",
        address,
        before_seq,
        most,
        SCAN_MOST,
        team_id,
    )
}

/// The team's [`SandboxRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        "SELECT seq, id, sender_name, channel, address, text, subject, attachments,
           open_url, callback_url, received_ms, receipt
         FROM sandbox_messages WHERE id = ?1 AND team_id = ?2",
        id,
        team_id,
    )
}

/// What the last receipt of the message with this id said: a row where it was kept.
#[must_use]
pub fn receipt_of(id: &str) -> Statement {
    sql!("SELECT receipt FROM sandbox_messages WHERE id = ?1", id)
}

/// A [`receipt_of`] row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReceiptRow {
    /// `delivered` or `failed`; none before there was one.
    pub receipt: Option<String>,
}

/// Notes what the last receipt said.
#[must_use]
pub fn note_receipt(seq: i64, receipt: &str) -> Statement {
    sql!("UPDATE sandbox_messages SET receipt = ?2 WHERE seq = ?1", seq, receipt,)
}
