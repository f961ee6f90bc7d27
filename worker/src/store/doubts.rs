//! Messages about which nobody can tell: asking the provider, and what an operator says of them.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use super::commands::wake_each;
use crate::sql;

/// A message that is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LookupRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The message's ordinal.
    pub ordinal: i64,
    /// How often it was looked up.
    pub tries: i64,
    /// When it is looked up next, ms.
    pub due_ms: i64,
    /// The campaign's id.
    pub campaign_id: String,
    /// The sender's number.
    pub sender_seq: i64,
    /// JSON of a [`crate::model::ProviderConfig`].
    pub provider: String,
    /// The message's status; none when it is to be sent again.
    pub status: Option<String>,
    /// Whether it has been [taken](take) since it was read.
    #[serde(skip)]
    pub is_taken: bool,
}

/// Up to `most` [`LookupRow`]s that are due, or that are settled by now: of each sender the oldest, then
/// of each the next, so that one with very many keeps no other waiting.
#[must_use]
pub fn due(now_ms: i64, most: i64) -> Statement {
    sql!(
        "SELECT l.campaign_seq, l.ordinal, l.tries, l.due_ms, c.id AS campaign_id, c.sender_seq, s.provider,
                l.status
         FROM (SELECT k.campaign_seq, k.ordinal, k.tries, k.due_ms, m.status,
                      row_number() OVER (PARTITION BY o.sender_seq ORDER BY k.due_ms) AS turn
               FROM lookups k
               JOIN campaigns o ON o.seq = k.campaign_seq
               LEFT JOIN messages m ON m.campaign_seq = k.campaign_seq AND m.ordinal = k.ordinal
               WHERE k.due_ms <= ?1 OR m.status IS NOT 'unknown'
               ORDER BY turn, k.due_ms LIMIT ?2) l
         JOIN campaigns c ON c.seq = l.campaign_seq
         JOIN senders s ON s.seq = c.sender_seq
         ORDER BY l.turn, l.due_ms",
        now_ms,
        most,
    )
}

/// A message by its campaign's number and its ordinal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Place {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The ordinal.
    pub ordinal: i64,
}

/// Counts a look-up of each, `[{campaign_seq, ordinal, tries, due_ms}]`, before it is made. Gives
/// the [`Place`]s of those that nobody else is looking up.
#[must_use]
pub fn take(lookups: &Value) -> Statement {
    sql!(
        "UPDATE lookups SET tries = lookups.tries + 1, due_ms = j.value ->> 'due_ms'
         FROM json_each(?1) j
         WHERE lookups.campaign_seq = j.value ->> 'campaign_seq'
           AND lookups.ordinal = j.value ->> 'ordinal'
           AND lookups.tries = j.value ->> 'tries'
         RETURNING campaign_seq, ordinal",
        lookups,
    )
}

/// The messages that `?1` names; where it names a look-up of one, as long as it is that one: another may
/// have been ordered since, of a later attempt.
macro_rules! meant {
    () => {
        "(SELECT p.value ->> 'campaign_seq' AS campaign_seq, p.value ->> 'ordinal' AS ordinal
          FROM json_each(?1) p
          LEFT JOIN lookups k ON k.campaign_seq = p.value ->> 'campaign_seq'
                             AND k.ordinal = p.value ->> 'ordinal'
          WHERE p.value ->> 'tries' IS NULL
             OR (k.tries, k.due_ms) IS (p.value ->> 'tries', p.value ->> 'due_ms'))"
    };
}

/// Looks these up no more, `[{campaign_seq, ordinal, tries?, due_ms?}]`, and has the dispatcher look at
/// their senders, `[seq]`: their campaigns may have been waiting for it.
#[must_use]
pub fn drop_lookups(places: &Value, senders: &Value, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(concat!("DELETE FROM lookups WHERE (campaign_seq, ordinal) IN ", meant!()), places,),
        wake_each(senders, now_ms),
    ]
}

/// A message that was planned for less than this after its sender got another provider may have been
/// handed to the one before, ms.
const UNDER_WAY_MS: i64 = 60_000;

/// Releases messages again that are unknown, `[{campaign_seq, ordinal, tries?, due_ms?}]`; others are
/// left alone, and so are those whose look-up is not the one that is named.
///
/// With `were_not_taken` the provider has said that it does not have them: their places in the
/// limits are given back. Otherwise it may have them, and their places stay charged for good; where
/// that is one that their sender does not have any more,
/// [`ORDERED`](crate::dispatch::hand_over::ORDERED) is added.
#[must_use]
pub fn release(places: &Value, were_not_taken: bool, now_ms: i64) -> Vec<Statement> {
    vec![
        // Counters first: they look at the statuses as they are before.
        sql!(
            concat!(
                "WITH gone AS (
                   SELECT m.campaign_seq, count(*) AS n
                   FROM ",
                meant!(),
                " j
                   JOIN messages m ON m.campaign_seq = j.campaign_seq
                                  AND m.ordinal = j.ordinal AND m.status = 'unknown'
                   GROUP BY m.campaign_seq)
                 UPDATE campaigns SET unknown = campaigns.unknown - gone.n
                 FROM gone WHERE campaigns.seq = gone.campaign_seq"
            ),
            places,
        ),
        sql!(
            concat!(
                "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
             SELECT m.campaign_seq, m.ordinal, 1, ?2,
                    CASE WHEN ?3 AND l.place_ms IS NOT NULL
                      THEN json_object('start', l.place_ms, 'every', 0) END,
                    CASE WHEN ?3 THEN 0
                      WHEN m.reason IS 'other_provider' OR m.planned_ms < s.provider_changed_ms + ?4
                      THEN 1001 ELSE 1 END
             FROM ",
                meant!(),
                " j
             JOIN messages m ON m.campaign_seq = j.campaign_seq
                            AND m.ordinal = j.ordinal AND m.status = 'unknown'
             JOIN campaigns c ON c.seq = m.campaign_seq
             JOIN senders s ON s.seq = c.sender_seq
             LEFT JOIN lookups l ON l.campaign_seq = m.campaign_seq AND l.ordinal = m.ordinal
             WHERE true
             ON CONFLICT (campaign_seq, first) DO NOTHING"
            ),
            places,
            now_ms,
            i64::from(were_not_taken),
            UNDER_WAY_MS,
        ),
        sql!(
            concat!(
                "DELETE FROM messages WHERE status = 'unknown' AND (campaign_seq, ordinal) IN ",
                meant!()
            ),
            places,
        ),
    ]
}

/// A message as an order about it finds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MessageRow {
    /// Its status; none where nothing has become of it.
    pub status: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether it is being sent again.
    pub again: i64,
}

/// A campaign's message; no row where the campaign has none with this ordinal.
#[must_use]
pub fn message(campaign_seq: i64, ordinal: i64) -> Statement {
    sql!(
        "SELECT m.status, m.reason,
           EXISTS (SELECT 1 FROM backlog b WHERE b.campaign_seq = ?1 AND b.doubtful > 0
                     AND b.first <= ?2 AND ?2 < b.first + b.count)
           OR EXISTS (SELECT 1 FROM handovers h, json_each(h.items) i
                      WHERE h.done = 0 AND +h.campaign_seq = ?1 AND i.value ->> 'doubts' > 0
                        AND i.value ->> 'first' <= ?2
                        AND ?2 < (i.value ->> 'first') + (i.value ->> 'count')) AS again
         FROM campaigns c
         LEFT JOIN messages m ON m.campaign_seq = ?1 AND m.ordinal = ?2
         WHERE c.seq = ?1 AND ?2 >= 0 AND ?2 < c.total",
        campaign_seq,
        ordinal,
    )
}

/// Up to `most` [`Place`]s of a campaign's unknown messages, from ordinal `from` on.
#[must_use]
pub fn unknown(campaign_seq: i64, from: i64, most: i64) -> Statement {
    sql!(
        "SELECT campaign_seq, ordinal FROM messages
         WHERE campaign_seq = ?1 AND ordinal >= ?2 AND status = 'unknown'
         ORDER BY ordinal LIMIT ?3",
        campaign_seq,
        from,
        most,
    )
}
