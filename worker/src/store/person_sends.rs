//! What people were sent, in teams that limit it: by pseudonym, one row for each.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::model::SliceKey;
use crate::sql;

/// A person's row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PersonRow {
    /// The pseudonym.
    pub hash: String,
    /// JSON of [`Mark`](crate::dispatch::person::Mark)s.
    pub sends: String,
}

/// The [`PersonRow`]s of these pseudonyms, `[hash]`, as far as they have one.
#[must_use]
pub fn of(hashes: &Value) -> Statement {
    sql!(
        "SELECT p.hash, p.sends
         FROM json_each(?1) j CROSS JOIN person_sends p WHERE p.hash = j.value",
        hashes,
    )
}

/// Writes `[{hash, sends, was, until_ms}]`, with what each `was` sent when it was read, empty where it
/// had no row, if the claim up to `to` in the same transaction held. That claim fails where one of them
/// was changed since. Harmless when repeated.
#[must_use]
pub fn charge(key: SliceKey, token: &str, to: i64, people: &Value) -> Statement {
    sql!(
        "INSERT INTO person_sends (hash, sends, until_ms)
         SELECT j.value ->> 'hash', j.value ->> 'sends', j.value ->> 'until_ms'
         FROM json_each(?6) j LEFT JOIN person_sends p ON p.hash = j.value ->> 'hash'
         WHERE coalesce(p.sends, '') = j.value ->> 'was'
           AND EXISTS (SELECT 1 FROM handovers
                       WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
                         AND done = 0 AND lease_token = ?4 AND claimed = ?5)
         ON CONFLICT (hash) DO UPDATE SET sends = excluded.sends, until_ms = excluded.until_ms",
        key.sender_seq,
        key.tick_no,
        key.slice,
        token,
        to,
        people,
    )
}

/// How many pseudonyms begin with the same letter, and how often all of them are looked through.
pub const PARTS: i64 = 64;

/// Forgets the people of one part whom no limit counts any more, up to `most` of them. A pseudonym
/// begins with any of 64 letters, so a part is a stretch of the table.
#[must_use]
pub fn prune(part: i64, now_ms: i64, most: i64) -> Statement {
    sql!(
        "DELETE FROM person_sends WHERE hash IN (
           SELECT hash FROM person_sends
           WHERE hash >= substr(?1, ?2 + 1, 1) AND hash < substr(?1, ?2 + 1, 1) || '~'
             AND until_ms <= ?3 LIMIT ?4)",
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
        part,
        now_ms,
        most,
    )
}
