//! What is held up until somebody has looked at it: slices whose hand-over failed again and again,
//! and what the platform gave up delivering.

use serde::Deserialize;

use super::Statement;
use super::handovers::TRIES_MOST;
use crate::model::SliceKey;
use crate::sql;

/// A dead letter with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeadLetterRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// The slice, where it is about one.
    pub sender_seq: Option<i64>,
    /// See [`SliceKey`].
    pub tick_no: Option<i64>,
    /// See [`SliceKey`].
    pub slice: Option<i64>,
    /// The queue message, where it names no slice.
    pub body: Option<String>,
    /// Why it is held up.
    pub why: String,
    /// How often it was tried.
    pub tries: i64,
    /// Since when it is held up, ms.
    pub since_ms: i64,
    /// When it was let go on, ms.
    pub released_ms: Option<i64>,
    /// The sender's id.
    pub sender_id: Option<String>,
    /// The sender's name.
    pub sender_name: Option<String>,
    /// The campaign's id.
    pub campaign_id: Option<String>,
    /// The campaign's name.
    pub campaign_name: Option<String>,
    /// The campaign's status.
    pub campaign_status: Option<String>,
    /// Its messages.
    pub count: Option<i64>,
    /// Those whose POST may have begun.
    pub claimed: Option<i64>,
    /// Those whose outcome is recorded.
    pub settled: Option<i64>,
    /// When its first message was to go, ms.
    pub start_ms: Option<i64>,
    /// Whether everything of the slice is done, or the slice is gone.
    pub done: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.seq, d.id, d.sender_seq, d.tick_no, d.slice, d.body, d.why, d.tries,
                    d.since_ms, d.released_ms, s.id AS sender_id, s.name AS sender_name,
                    c.id AS campaign_id, c.name AS campaign_name, c.status AS campaign_status,
                    h.count, h.claimed, h.settled, h.start_ms, coalesce(h.done, 1) AS done
             FROM dead_letters d
             LEFT JOIN handovers h ON h.sender_seq = d.sender_seq AND h.tick_no = d.tick_no
                                  AND h.slice = d.slice
             LEFT JOIN campaigns c ON c.seq = h.campaign_seq
             LEFT JOIN senders s ON s.seq = d.sender_seq ",
            $rest
        )
    };
}

/// Up to `most` [`DeadLetterRow`]s of a team that are held, oldest first, after `after_seq`. What a
/// command has called back meanwhile is not. What names no slice is of no team, and for owners.
#[must_use]
pub fn page(team_id: &str, is_owner: bool, after_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        select!(
            "WHERE d.released_ms IS NULL AND d.seq > ?1
               AND CASE WHEN d.sender_seq IS NULL THEN ?4
                        ELSE s.team_id = ?3 AND coalesce(h.done, 1) = 0 END
             ORDER BY d.seq LIMIT ?2"
        ),
        after_seq.unwrap_or(0),
        most,
        team_id,
        i64::from(is_owner),
    )
}

/// The [`DeadLetterRow`] with this id, held or not, as in [`page`].
#[must_use]
pub fn by_id(team_id: &str, is_owner: bool, id: &str) -> Statement {
    sql!(
        select!(
            "WHERE d.id = ?1 AND CASE WHEN d.sender_seq IS NULL THEN ?3 ELSE s.team_id = ?2 END"
        ),
        id,
        team_id,
        i64::from(is_owner),
    )
}

/// Holds up every slice that has been leased [`TRIES_MOST`] times without getting on. Repeating it
/// does no harm.
#[must_use]
pub fn bury_exhausted(now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO dead_letters (id, sender_seq, tick_no, slice, why, tries, since_ms)
             SELECT 'dead_' || sender_seq || '_' || tick_no || '_' || slice, sender_seq, tick_no,
                    slice, coalesce(error, 'its consumer ended without a word'), tries, ?2
             FROM handovers
             WHERE done = 0 AND dead = 0 AND tries >= ?1 AND lease_until_ms < ?2
             ON CONFLICT (id) DO UPDATE SET why = excluded.why, tries = tries + 1,
               since_ms = excluded.since_ms, released_ms = NULL",
            TRIES_MOST,
            now_ms,
        ),
        sql!(
            "UPDATE handovers SET dead = 1
             WHERE done = 0 AND dead = 0 AND tries >= ?1 AND lease_until_ms < ?2",
            TRIES_MOST,
            now_ms,
        ),
    ]
}

/// Keeps a queue message that names no slice. The same body is kept once.
#[must_use]
pub fn keep_body(id: &str, body: &str, why: &str, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO dead_letters (id, body, why, tries, since_ms) VALUES (?1, ?2, ?3, 1, ?4)
         ON CONFLICT (id) DO UPDATE SET tries = tries + 1",
        id,
        body,
        why,
        now_ms,
    )
}

/// Lets a held slice go on for one try: the first statement changes one row, or none when it is
/// not held any more.
#[must_use]
pub fn release(id: &str, key: SliceKey, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "UPDATE dead_letters SET released_ms = ?2 WHERE id = ?1 AND released_ms IS NULL",
            id,
            now_ms,
        ),
        sql!(
            "UPDATE handovers SET dead = 0, tries = ?4, lease_until_ms = 0
             WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3 AND done = 0 AND dead = 1",
            key.sender_seq,
            key.tick_no,
            key.slice,
            TRIES_MOST - 1,
        ),
    ]
}

/// Forgets a dead letter of which nothing can be lost: it names no slice, or one that is done.
#[must_use]
pub fn discard(id: &str) -> Statement {
    sql!(
        "DELETE FROM dead_letters WHERE id = ?1
           AND NOT EXISTS (SELECT 1 FROM handovers h
             WHERE h.sender_seq = dead_letters.sender_seq AND h.tick_no = dead_letters.tick_no
               AND h.slice = dead_letters.slice AND h.done = 0)",
        id,
    )
}

/// Forgets those whose slice is done, if nothing was heard of them since `before_ms`.
#[must_use]
pub fn forget_settled(before_ms: i64) -> Statement {
    sql!(
        "DELETE FROM dead_letters
         WHERE seq IN (SELECT d.seq FROM dead_letters d
           LEFT JOIN handovers h ON h.sender_seq = d.sender_seq AND h.tick_no = d.tick_no
                                AND h.slice = d.slice
           WHERE d.sender_seq IS NOT NULL AND coalesce(h.done, 1) = 1 AND max(d.since_ms, coalesce(d.released_ms, 0)) < ?1
           LIMIT 100)",
        before_ms,
    )
}
