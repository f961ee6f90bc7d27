//! What came of a slice: the outcomes of its messages, what comes back, and its end.
//!
//! Every statement holds only for the one who holds the slice's lease, and says so by the number of
//! rows it changed.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use super::commands::{doubts, has_its_provider, woken};
use crate::model::SliceKey;
use crate::sql;

/// Has the provider asked at `due_ms` about those of the `outcomes` that are unknown, if it is the one
/// that they were handed to. Goes after [`settle`] with the same values.
#[must_use]
pub fn look_up(
    key: SliceKey,
    token: &str,
    campaign_seq: i64,
    settled: i64,
    outcomes: &Value,
    due_ms: i64,
) -> Statement {
    sql!(
        concat!(
            "INSERT INTO lookups (campaign_seq, ordinal, due_ms, place_ms)
             SELECT ?6, value ->> 'ordinal', ?8, value ->> 'planned_ms'
             FROM json_each(?7)
             WHERE value ->> 'status' = 'unknown' AND value ->> 'reason' IS NOT 'other_provider'
               AND EXISTS (SELECT 1 FROM handovers
                           WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
                             AND done = 0 AND lease_token = ?4 AND settled = ?5)
               AND ",
            has_its_provider!(),
            "
             ON CONFLICT (campaign_seq, ordinal) DO UPDATE SET
               due_ms = excluded.due_ms, place_ms = excluded.place_ms, tries = 0"
        ),
        key.sender_seq,
        key.tick_no,
        key.slice,
        token,
        settled,
        campaign_seq,
        outcomes,
        due_ms,
    )
}

/// Records the outcomes of the positions from `from` to `to`:
/// `[{ordinal, status, planned_ms, sent_ms, reason, detail, reference}]`. Harmless when repeated.
///
/// A receipt may have come first: then it has made the message's row and counted it, and its
/// status stays.
#[must_use]
pub fn settle(
    key: SliceKey,
    token: &str,
    campaign_seq: i64,
    (from, to): (i64, i64),
    outcomes: &Value,
) -> Vec<Statement> {
    vec![
        sql!(
            "WITH news AS MATERIALIZED (
               SELECT coalesce(sum(segments), 0) AS segments, coalesce(sum(cost), 0) AS cost,
                      coalesce(sum(is_new AND status = 'sent'), 0) AS sent,
                      coalesce(sum(is_new AND status = 'failed'), 0) AS failed,
                      coalesce(sum(is_new AND status = 'skipped'), 0) AS skipped,
                      coalesce(sum(is_new AND status = 'unknown'), 0) AS unknown
               FROM (SELECT value ->> 'segments' AS segments, value ->> 'cost' AS cost,
                            value ->> 'status' AS status,
                            NOT EXISTS (SELECT 1 FROM messages m WHERE m.campaign_seq = ?8
                                          AND m.ordinal = value ->> 'ordinal') AS is_new
                     FROM json_each(?7)))
             UPDATE handovers SET settled = ?6, tries = 0,
               segments = handovers.segments + news.segments, cost = handovers.cost + news.cost,
               sent = handovers.sent + news.sent, failed = handovers.failed + news.failed,
               skipped = handovers.skipped + news.skipped,
               unknown = handovers.unknown + news.unknown
             FROM news
             WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
               AND done = 0 AND lease_token = ?4 AND settled = ?5",
            key.sender_seq,
            key.tick_no,
            key.slice,
            token,
            from,
            to,
            outcomes,
            campaign_seq,
        ),
        sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason,
                                   detail, reference)
             SELECT ?6, value ->> 'ordinal', value ->> 'status', value ->> 'planned_ms',
                    value ->> 'sent_ms', value ->> 'reason', value ->> 'detail',
                    value ->> 'reference'
             FROM json_each(?7)
             WHERE EXISTS (SELECT 1 FROM handovers
                           WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
                             AND done = 0 AND lease_token = ?4 AND settled = ?5)
             ON CONFLICT (campaign_seq, ordinal) DO UPDATE SET
               planned_ms = excluded.planned_ms, sent_ms = excluded.sent_ms,
               reference = coalesce(excluded.reference, reference)",
            key.sender_seq,
            key.tick_no,
            key.slice,
            token,
            to,
            campaign_seq,
            outcomes,
        ),
    ]
}

/// Puts messages of a slice that is settled up to `settled` back into the backlog: `[{campaign_seq,
/// first, count, due_ms, charged, doubts}]`. Goes before what settles more of it or ends it, in its
/// transaction, so that it is done once.
#[must_use]
pub fn put_back(
    key: SliceKey,
    token: &str,
    settled: i64,
    backlog: &Value,
    due_ms: i64,
) -> [Statement; 2] {
    [
        sql!(
            concat!(
                "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
                 SELECT value ->> 'campaign_seq', value ->> 'first', value ->> 'count',
                        value ->> 'due_ms', value ->> 'charged', ",
                doubts!("value ->> 'doubts'"),
                " FROM json_each(?6) CROSS JOIN handovers h
                 WHERE h.sender_seq = ?1 AND h.tick_no = ?2 AND h.slice = ?3
                   AND h.done = 0 AND h.lease_token = ?4 AND h.settled = ?5"
            ),
            key.sender_seq,
            key.tick_no,
            key.slice,
            token,
            settled,
            backlog,
        ),
        super::commands::wake(key.sender_seq, due_ms),
    ]
}

/// How many slices were not answered.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct SilentRow {
    pub silent: i64,
}

/// How many of the last `most` slices of a sender that have ended, of those since `since_ms`, were not
/// answered at all: a [`SilentRow`].
#[must_use]
pub fn silent_slices(key: SliceKey, since_ms: i64, most: i64) -> Statement {
    sql!(
        "SELECT count(*) AS silent FROM (
           SELECT sent + failed + skipped AS known, start_ms FROM handovers
           WHERE sender_seq = ?1 AND done = 1 AND settled > 0
           ORDER BY tick_no DESC, slice DESC LIMIT ?3)
         WHERE known = 0 AND start_ms >= ?2",
        key.sender_seq,
        since_ms,
        most,
    )
}

/// What ends a slice.
#[derive(Clone, Debug)]
pub struct Finish<'a> {
    pub key: SliceKey,
    pub token: &'a str,
    pub campaign_seq: i64,
    pub settled: i64,
    /// `[{campaign_seq, first, count, due_ms, charged}]`.
    pub backlog: &'a Value,
    /// When the sender has to be looked at for them.
    pub due_ms: i64,
    /// Until when the provider wants to be left alone, ms, and what it said.
    pub hold: Option<(i64, &'a str)>,
    /// How many fell behind their instants at the sender's pace.
    pub behind: i64,
    /// The status of a campaign in progress that has nobody left.
    pub exhausted: &'a str,
    pub now_ms: i64,
}

/// Ends a slice: its counts go to the campaign, what comes back goes to the backlog, and a
/// campaign with nobody left is completed. Harmless when repeated.
#[must_use]
pub fn finish(finish: &Finish<'_>) -> Vec<Statement> {
    let key = finish.key;
    let mut statements = vec![sql!(
        "UPDATE campaigns SET sent = campaigns.sent + h.sent, failed = campaigns.failed + h.failed,
                              skipped = campaigns.skipped + h.skipped,
                              unknown = campaigns.unknown + h.unknown,
                              segments = campaigns.segments + h.segments,
                              cost = campaigns.cost + h.cost
         FROM handovers h
         WHERE h.sender_seq = ?1 AND h.tick_no = ?2 AND h.slice = ?3
           AND h.done = 0 AND h.lease_token = ?4 AND h.settled = ?5
           AND campaigns.seq = h.campaign_seq",
        key.sender_seq,
        key.tick_no,
        key.slice,
        finish.token,
        finish.settled,
    )];
    statements.push(super::user_sends::of_slice(key, finish.token, finish.settled));
    if finish.backlog.as_array().is_some_and(|all| !all.is_empty()) {
        let Finish { token, settled, backlog, due_ms, .. } = *finish;
        statements.extend(put_back(key, token, settled, backlog, due_ms));
    }
    if finish.behind > 0 {
        statements.push(sql!(
            "UPDATE senders SET behind = behind + ?6
             WHERE seq = ?1 AND slowed_tick <= ?2
               AND EXISTS (SELECT 1 FROM handovers
                           WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
                             AND done = 0 AND lease_token = ?4 AND settled = ?5)",
            key.sender_seq,
            key.tick_no,
            key.slice,
            finish.token,
            finish.settled,
            finish.behind,
        ));
    }
    if let Some((until_ms, said)) = finish.hold {
        statements.extend(hold(finish, until_ms, said));
    }
    statements.push(sql!(
        "UPDATE handovers SET done = 1, claimed = settled, lease_until_ms = 0
         WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3
           AND done = 0 AND lease_token = ?4 AND settled = ?5",
        key.sender_seq,
        key.tick_no,
        key.slice,
        finish.token,
        finish.settled,
    ));
    statements.push(sql!(
        "UPDATE campaigns SET status = ?2, end_reason = 'exhausted', ended_ms = ?3,
                              version = version + 1
         WHERE seq = ?1 AND status = 'in_progress' AND cursor >= total
           AND NOT EXISTS (SELECT 1 FROM backlog WHERE campaign_seq = ?1)
           AND NOT EXISTS (SELECT 1 FROM lookups WHERE campaign_seq = ?1)
           AND NOT EXISTS (SELECT 1 FROM handovers WHERE done = 0 AND +campaign_seq = ?1)",
        finish.campaign_seq,
        finish.exhausted,
        finish.now_ms,
    ));
    statements
}

/// What has a sender wait until its provider wants to be asked again.
fn hold(finish: &Finish<'_>, until_ms: i64, said: &str) -> [Statement; 4] {
    let key = finish.key;
    [
        super::changes::note_hold(key, until_ms, finish.now_ms),
        sql!(
            concat!(
                "UPDATE senders SET hold_until_ms = ?4, hold_reason = ?5
                 WHERE seq = ?1 AND hold_until_ms < ?4 AND ",
                has_its_provider!(),
            ),
            key.sender_seq,
            key.tick_no,
            key.slice,
            until_ms,
            said,
        ),
        // The pause that a provider asked for which the sender does not have any more is nobody's.
        sql!(
            concat!(
                "UPDATE backlog SET due_ms = ?5
                 WHERE campaign_seq = ?6 AND due_ms = ?4 AND NOT (",
                has_its_provider!(),
                ")",
            ),
            key.sender_seq,
            key.tick_no,
            key.slice,
            until_ms,
            finish.now_ms,
            finish.campaign_seq,
        ),
        sql!(
            concat!(
                "UPDATE senders SET due_ms = ",
                woken!("?4"),
                " WHERE seq = ?1 AND NOT (",
                has_its_provider!(),
                ")"
            ),
            key.sender_seq,
            key.tick_no,
            key.slice,
            finish.now_ms,
        ),
    ]
}
