//! How much each user sends, by quarters of an hour: what a daily goal is held against.
//!
//! A slice adds to one row, or to two where it crosses a quarter, in the transaction that ends it.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::model::{Caller, SliceKey};
use crate::sql;

/// A quarter of an hour, ms: the zones' offsets are multiples of it.
pub const QUARTER_MS: i64 = 900_000;

/// How many quarters are kept: two days, and the longest local day has 25 hours.
pub const PLACES: i64 = 192;

/// Adds to a quarter, and forgets what stood in its place two days ago.
macro_rules! add {
    ($select:literal) => {
        concat!(
            "INSERT INTO user_sends (user_id, channel, origin, place, quarter, n) ",
            $select,
            " ON CONFLICT (user_id, channel, origin, place) DO UPDATE SET
                n = CASE WHEN quarter = excluded.quarter THEN n + excluded.n ELSE excluded.n END,
                quarter = excluded.quarter
              WHERE excluded.quarter >= quarter"
        )
    };
}

/// Counts the messages of a slice whose POST began, for whoever let its campaign go. Stands before
/// the statement that ends the slice, and holds for the one who holds its lease.
#[must_use]
pub fn of_slice(key: SliceKey, token: &str, settled: i64) -> Statement {
    sql!(
        add!(
            "SELECT c.by_user, s.channel, CASE c.kind WHEN 'single' THEN 'single' ELSE 'queued' END,
                    m.sent_ms / 900000 % 192, m.sent_ms / 900000, count(*)
             FROM handovers h CROSS JOIN campaigns c ON c.seq = h.campaign_seq
             CROSS JOIN senders s ON s.seq = h.sender_seq
             CROSS JOIN json_each(h.items) i
             CROSS JOIN messages m ON m.campaign_seq = h.campaign_seq
               AND m.ordinal >= i.value ->> 'first'
               AND m.ordinal < (i.value ->> 'first') + (i.value ->> 'count')
             WHERE h.sender_seq = ?1 AND h.tick_no = ?2 AND h.slice = ?3
               AND h.done = 0 AND h.lease_token = ?4 AND h.settled = ?5
               AND c.by_user IS NOT NULL AND m.sent_ms IS NOT NULL AND m.status <> 'failed'
             GROUP BY 5"
        ),
        key.sender_seq,
        key.tick_no,
        key.slice,
        token,
        settled,
    )
}

/// Counts sends by hand elsewhere, `[{quarter, n}]`.
#[must_use]
pub fn manual(by: &Caller, sender_seq: i64, quarters: &Value) -> Option<Statement> {
    let user_id = by.user_id.as_deref()?;
    if quarters.as_array().is_none_or(Vec::is_empty) {
        return None;
    }
    Some(sql!(
        add!(
            "SELECT ?1, (SELECT channel FROM senders WHERE seq = ?2), 'manual',
                    value ->> 'quarter' % 192, value ->> 'quarter', value ->> 'n'
             FROM json_each(?3) WHERE true"
        ),
        user_id,
        sender_seq,
        quarters,
    ))
}

/// What a user sent over a channel, told apart by origin.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SentRow {
    /// The channel.
    pub channel: String,
    /// `queued`, `single` or `manual`.
    pub origin: String,
    /// How many.
    pub n: i64,
}

/// The [`SentRow`]s of a user since `quarter`.
#[must_use]
pub fn since(user_id: &str, quarter: i64) -> Statement {
    sql!(
        "SELECT channel, origin, sum(n) AS n FROM user_sends
         WHERE user_id = ?1 AND quarter >= ?2 GROUP BY channel, origin",
        user_id,
        quarter,
    )
}
