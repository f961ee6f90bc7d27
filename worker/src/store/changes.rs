//! Who did what to a sender and its campaigns, and when.

use serde::Deserialize;

use super::Statement;
use super::commands::has_its_provider;
use crate::model::SliceKey;
use crate::sql;

/// The most changes that one question brings.
pub const CHANGES_MOST: i64 = 200;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A campaign was scheduled.
    Schedule,
    /// Its start was moved.
    Reschedule,
    /// Its text or its rules were changed.
    Edit,
    /// People were added to it.
    List,
    /// It was held.
    Pause,
    /// It was let go on.
    Resume,
    /// It was ended.
    Stop,
    /// A single was taken on.
    Single,
    /// The sender's rules were changed.
    Rules,
    /// Sends by hand elsewhere were recorded.
    Record,
    /// Messages in doubt were said to have gone.
    ConfirmSent,
    /// Messages in doubt were sent again.
    SendAgain,
    /// The provider asked for time.
    Held,
    /// It was held because of what it says.
    Review,
}

impl What {
    /// Its name in documents and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Reschedule => "reschedule",
            Self::Edit => "edit",
            Self::List => "list",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Single => "single",
            Self::Rules => "rules",
            Self::Record => "record",
            Self::ConfirmSent => "confirm_sent",
            Self::SendAgain => "send_again",
            Self::Held => "held",
            Self::Review => "review",
        }
    }
}

/// Notes that somebody did something; `campaign_id` is none where it was done to the sender.
#[must_use]
pub fn note(
    sender_seq: i64,
    campaign_id: Option<&str>,
    what: What,
    by: &str,
    at_ms: i64,
) -> Statement {
    sql!(
        "INSERT INTO changes (sender_seq, campaign_seq, at_ms, what, by_whom)
         VALUES (?1, (SELECT seq FROM campaigns WHERE id = ?2), ?3, ?4, ?5)",
        sender_seq,
        campaign_id,
        at_ms,
        what.name(),
        by,
    )
}

/// Who is said to have held a sender.
const PROVIDER: &str = "the provider";

/// Notes that the provider asked for time until `until_ms`. Goes before what sets
/// `senders.hold_until_ms`, in its transaction. Where the sender is held already nothing is noted:
/// everything in flight is told the same.
#[must_use]
pub fn note_hold(of: SliceKey, until_ms: i64, now_ms: i64) -> Statement {
    sql!(
        concat!(
            "INSERT INTO changes (sender_seq, campaign_seq, at_ms, what, by_whom)
             SELECT seq, NULL, ?5, ?6, ?7 FROM senders
             WHERE seq = ?1 AND hold_until_ms < ?4 AND hold_until_ms <= ?5 AND ",
            has_its_provider!(),
        ),
        of.sender_seq,
        of.tick_no,
        of.slice,
        until_ms,
        now_ms,
        What::Held.name(),
        PROVIDER,
    )
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ChangeRow {
    /// When, ms.
    pub at_ms: i64,
    /// As in [`What`].
    pub what: String,
    /// The name of a key.
    pub by_whom: String,
    /// The campaign that it was done to, if it was one.
    pub campaign_id: Option<String>,
    /// Its name.
    pub campaign_name: Option<String>,
}

/// Up to [`CHANGES_MOST`] [`ChangeRow`]s of a sender and its campaigns from `from_ms` on, the last
/// ones, newest first.
#[must_use]
pub fn since(sender_seq: i64, from_ms: i64, until_ms: i64) -> Statement {
    sql!(
        "SELECT h.at_ms, h.what, h.by_whom, c.id AS campaign_id, c.name AS campaign_name
         FROM changes h LEFT JOIN campaigns c ON c.seq = h.campaign_seq
         WHERE h.sender_seq = ?1 AND h.at_ms >= ?2 AND h.at_ms <= ?3
         ORDER BY h.at_ms DESC, h.seq DESC LIMIT ?4",
        sender_seq,
        from_ms,
        until_ms,
        CHANGES_MOST,
    )
}
