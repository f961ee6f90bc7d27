//! What was charged to senders, in parts.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Param, Statement};
use crate::sql;

/// A row of the ledger.
#[derive(Clone, Debug, Deserialize)]
pub struct LedgerRow {
    /// The sender.
    pub sender_seq: i64,
    /// Where the part begins, ms.
    pub from_ms: i64,
    /// Its runs.
    pub runs: String,
}

/// Where the ledger of each sender begins to count, of `?1`.
macro_rules! counted {
    ($select:literal) => {
        concat!(
            "WITH s AS MATERIALIZED (
           SELECT value ->> 0 AS sender, min(
             coalesce((SELECT l.from_ms FROM ledger l
                       WHERE l.sender_seq = value ->> 0 AND l.from_ms >= (value ->> 1) - 87000000
                         AND l.until_ms >= value ->> 1 ORDER BY l.from_ms LIMIT 1), value ->> 2),
             coalesce((SELECT max(l.from_ms) FROM ledger l
                       WHERE l.sender_seq = value ->> 0 AND l.from_ms <= value ->> 2), value ->> 2))
             AS first
           FROM json_each(?1)) ",
            $select
        )
    };
}

/// How much [`since`] would bring of a sender.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct SizeRow {
    /// The sender.
    pub sender_seq: i64,
    /// The length of its runs, in bytes.
    pub bytes: i64,
}

/// [`SizeRow`]s for the senders that have something there, as [`since`] is asked.
#[must_use]
pub fn sizes(since: &[(i64, i64, i64)]) -> Statement {
    sql!(
        counted!(
            "SELECT l.sender_seq, sum(octet_length(l.runs)) AS bytes
             FROM s CROSS JOIN ledger l
             WHERE l.sender_seq = s.sender AND l.from_ms >= s.first
             GROUP BY l.sender_seq"
        ),
        json!(since).to_string(),
    )
}

/// The charges of senders as of some instant each, `[(sender, since, now)]`, ms: the parts with a send
/// at `since` or later, the one that `now` lies in, and all between and after them. In order of time.
#[must_use]
pub fn since(since: &[(i64, i64, i64)]) -> Statement {
    // A run may reach a day and two minutes beyond the beginning of its part.
    sql!(
        counted!(
            "SELECT l.sender_seq, l.from_ms, l.runs
             FROM s CROSS JOIN ledger l
             WHERE l.sender_seq = s.sender AND l.from_ms >= s.first
             ORDER BY l.sender_seq, l.from_ms"
        ),
        json!(since).to_string(),
    )
}

/// The parts of a sender on these UTC days, `[first instant]`, in order of time.
#[must_use]
pub fn of_days(sender_seq: i64, days: &Value) -> Statement {
    sql!(
        "SELECT l.sender_seq, l.from_ms, l.runs FROM json_each(?2) d CROSS JOIN ledger l
         WHERE l.sender_seq = ?1 AND l.from_ms >= d.value AND l.from_ms < d.value + 86400000
         ORDER BY l.from_ms",
        sender_seq,
        days,
    )
}

/// Writes whole parts of senders' ledgers, `[[sender, [{from, until, runs}]]]`. Who does so takes the
/// sender's tick number in the same transaction: then nobody has read other parts in between.
#[must_use]
pub fn write<P>(parts: P) -> Statement
where
    Param: From<P>,
{
    sql!(
        "INSERT INTO ledger (sender_seq, from_ms, until_ms, runs)
         SELECT s.value ->> 0, j.value ->> 'from', j.value ->> 'until', j.value -> 'runs'
         FROM json_each(?1) s, json_each(s.value -> 1) j WHERE true
         ON CONFLICT (sender_seq, from_ms) DO UPDATE SET
           until_ms = excluded.until_ms, runs = excluded.runs",
        parts,
    )
}

/// Forgets parts of a sender's ledger whose last send was before `before_ms`, the oldest `most` of them.
#[must_use]
pub fn forget(sender_seq: i64, before_ms: i64, most: i64) -> Statement {
    sql!(
        "DELETE FROM ledger WHERE sender_seq = ?1 AND from_ms IN (
           SELECT from_ms FROM (
             SELECT from_ms, until_ms FROM ledger WHERE sender_seq = ?1 ORDER BY from_ms LIMIT ?3)
           WHERE until_ms < ?2)",
        sender_seq,
        before_ms,
        most,
    )
}
