//! Requests that were sent with an `Idempotency-Key`.

use serde::Deserialize;

use super::Statement;
use crate::sql;

/// How long a key is kept, in ms: 24 hours.
pub const KEPT_MS: i64 = 86_400_000;

/// Whose key it is. Somebody else's of the same text is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The team.
    pub team_id: String,
    /// The user: whoever repeats a request may do so with another key of theirs.
    pub caller_id: String,
    /// The caller's text.
    pub key: String,
}

/// Who carries a request out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Whose key it is.
    pub owner: Owner,
    /// The day under which it is kept.
    pub day: i64,
    /// A name that no other attempt has.
    pub name: String,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeptRow {
    /// The day under which it is kept.
    pub day: i64,
    /// What was asked, as a hash.
    pub request: String,
    /// What the ids follow from.
    pub seed: String,
    /// Who carries it out.
    pub attempt: String,
    /// Until when that one is believed to be alive, ms.
    pub lease_until_ms: i64,
    /// Whether something may have been committed for it.
    pub changed: i64,
    /// JSON of what was answered; none where that is not known.
    pub answer: Option<String>,
}

/// A request that begins.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// Whose key it is.
    pub owner: &'a Owner,
    /// What is asked, as a hash.
    pub request: &'a str,
    /// What the ids are to follow from.
    pub seed: &'a str,
    /// Who wants to carry it out.
    pub attempt: &'a str,
    /// Until when that one is to be believed to be alive, ms.
    pub lease_until_ms: i64,
    /// Now, ms.
    pub now_ms: i64,
}

const fn day(now_ms: i64) -> i64 {
    now_ms.div_euclid(KEPT_MS)
}

/// Notes a request unless its key is in use; the second answer is the [`KeptRow`] that stands.
#[must_use]
pub fn begin(new: &New<'_>) -> Vec<Statement> {
    let owner = new.owner;
    vec![
        // Of the day before only what is not a day old counts.
        sql!(
            "INSERT INTO idempotency
               (day, team_id, caller_id, key, request, seed, attempt, lease_until_ms, made_ms)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
             WHERE NOT EXISTS (SELECT 1 FROM idempotency
               WHERE day = ?1 - 1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4
                 AND made_ms > ?9 - ?10)
             ON CONFLICT (day, team_id, caller_id, key) DO NOTHING",
            day(new.now_ms),
            &owner.team_id,
            &owner.caller_id,
            &owner.key,
            new.request,
            new.seed,
            new.attempt,
            new.lease_until_ms,
            new.now_ms,
            KEPT_MS,
        ),
        find(owner, new.now_ms),
    ]
}

fn find(owner: &Owner, now_ms: i64) -> Statement {
    sql!(
        "SELECT day, request, seed, attempt, lease_until_ms, changed, answer FROM idempotency
         WHERE day IN (?1, ?1 - 1) AND team_id = ?2 AND caller_id = ?3 AND key = ?4
           AND made_ms > ?5
         ORDER BY day DESC LIMIT 1",
        day(now_ms),
        &owner.team_id,
        &owner.caller_id,
        &owner.key,
        now_ms - KEPT_MS,
    )
}

/// Takes a request over from an attempt that has died, unless somebody was quicker; the second
/// answer is the [`KeptRow`] that stands.
#[must_use]
pub fn take_over(new: &New<'_>, from: &KeptRow) -> Vec<Statement> {
    let owner = new.owner;
    vec![
        sql!(
            "UPDATE idempotency SET attempt = ?5, lease_until_ms = ?6
             WHERE day = ?1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4
               AND attempt = ?7 AND answer IS NULL AND lease_until_ms <= ?8",
            from.day,
            &owner.team_id,
            &owner.caller_id,
            &owner.key,
            new.attempt,
            new.lease_until_ms,
            &from.attempt,
            new.now_ms,
        ),
        find(owner, new.now_ms),
    ]
}

/// Notes in the transaction of a change that something was changed, if only it found anything to change.
/// It fails the whole transaction when the request was taken over.
#[must_use]
pub fn mark(attempt: &Attempt) -> Statement {
    sql!(
        "UPDATE idempotency SET changed = CASE attempt WHEN ?5 THEN 1 ELSE 2 END
         WHERE day = ?1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4",
        attempt.day,
        &attempt.owner.team_id,
        &attempt.owner.caller_id,
        &attempt.owner.key,
        &attempt.name,
    )
}

/// Keeps what was answered.
#[must_use]
pub fn keep(attempt: &Attempt, answer: &str) -> Statement {
    sql!(
        "UPDATE idempotency SET answer = ?6
         WHERE day = ?1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4 AND attempt = ?5",
        attempt.day,
        &attempt.owner.team_id,
        &attempt.owner.caller_id,
        &attempt.owner.key,
        &attempt.name,
        answer,
    )
}

/// Forgets a request that was refused, so that its key is free.
#[must_use]
pub fn forget(attempt: &Attempt) -> Statement {
    sql!(
        "DELETE FROM idempotency
         WHERE day = ?1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4 AND attempt = ?5",
        attempt.day,
        &attempt.owner.team_id,
        &attempt.owner.caller_id,
        &attempt.owner.key,
        &attempt.name,
    )
}

/// Lets others take a request over whose outcome is not known.
#[must_use]
pub fn let_go(attempt: &Attempt) -> Statement {
    sql!(
        "UPDATE idempotency SET lease_until_ms = 0
         WHERE day = ?1 AND team_id = ?2 AND caller_id = ?3 AND key = ?4 AND attempt = ?5",
        attempt.day,
        &attempt.owner.team_id,
        &attempt.owner.caller_id,
        &attempt.owner.key,
        &attempt.name,
    )
}

/// Forgets what is older than a day, the oldest `most` of it.
#[must_use]
pub fn prune(now_ms: i64, most: i64) -> Statement {
    sql!(
        "DELETE FROM idempotency WHERE (day, team_id, caller_id, key) IN (
           SELECT day, team_id, caller_id, key FROM idempotency WHERE day < ?1 - 1
           ORDER BY day LIMIT ?2)",
        day(now_ms),
        most,
    )
}
