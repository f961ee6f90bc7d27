//! Rows that nothing will ever ask for again.

use super::Statement;
use crate::sql;

/// The senders whose turn it is, `[seq]`: each has one of `turns`.
#[must_use]
pub fn senders(turn: i64, turns: i64) -> Statement {
    sql!("SELECT seq FROM senders WHERE seq % ?2 = ?1 ORDER BY seq", turn, turns)
}

/// A sender's number.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct SenderSeq {
    /// See `senders.seq`.
    pub seq: i64,
}

/// Done slices of a sender that began before `before_ms`, among its oldest `most` rows: so that no
/// more is read than may be deleted.
#[must_use]
pub fn handovers(sender_seq: i64, before_ms: i64, most: i64) -> Statement {
    sql!(
        "DELETE FROM handovers WHERE (sender_seq, tick_no, slice) IN (
           SELECT sender_seq, tick_no, slice FROM (
             SELECT sender_seq, tick_no, slice, done, start_ms FROM handovers
             WHERE sender_seq = ?1 ORDER BY tick_no, slice LIMIT ?3)
           WHERE done = 1 AND start_ms < ?2)",
        sender_seq,
        before_ms,
        most,
    )
}
