//! What a report of a period counts: campaigns along their ends, their messages, what came in.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::model::{Channel, Kind};
use crate::sql;

/// Campaigns that one step looks at.
pub const CAMPAIGNS_A_STEP: i64 = 1_000;

/// What took longer than this is kept apart, ms: the index `campaigns_long` has the number too.
pub const LONG_MS: i64 = 3_600_000;

/// Messages that came in that one step looks at.
pub const INBOUND_A_STEP: i64 = 20_000;

/// Statuses and reasons of campaigns that one step tells apart: providers may write what they like.
pub const REASONS_A_STEP: i64 = 20_000;

/// From an instant to before another, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from_ms: i64,
    /// Behind the last.
    pub until_ms: i64,
}

/// A campaign that was on its way in a period.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SpanRow {
    /// Its number.
    pub seq: i64,
    /// Its end, ms; [`super::LAST_MS`] where it has none.
    pub end_ms: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is a list of people or one message.
    pub kind: Kind,
    /// Its sender's id.
    pub sender_id: String,
    /// Its sender's name.
    pub sender_name: String,
    /// Its sender's channel.
    pub channel: Channel,
    /// What its sender is charged in.
    pub currency: Option<String>,
    /// Who let it go: a user's id.
    pub user_id: Option<String>,
    /// That user's name.
    pub user_name: Option<String>,
    /// Where it stands.
    pub status: String,
    /// When its first run was committed, ms.
    pub started_ms: i64,
    /// People.
    pub total: i64,
    /// Taken by the provider, delivered since or not.
    pub sent: i64,
    /// Delivered.
    pub delivered: i64,
    /// Refused, or reported as undeliverable.
    pub failed: i64,
    /// Left out, with a row.
    pub skipped: i64,
    /// Handed over without a clear answer.
    pub unknown: i64,
    /// People who opened it.
    pub opened: i64,
    /// People who followed a link in it.
    pub clicked: i64,
    /// JSON of the [`crate::tracking::Tracking`] that its messages went with.
    pub tracking: Option<String>,
    /// What its messages cost, in millionths.
    pub cost: i64,
    /// Messages that were promised an instant when it was first let go.
    pub planned: Option<i64>,
}

/// Up to [`CAMPAIGNS_A_STEP`] [`SpanRow`]s of a team and a kind that were on their way in a period, by
/// their ends, the last first, below `below`: an end and a number.
///
/// Those without an end are looked at, those that ended in the period or within [`LONG_MS`] after it,
/// and of all that ended later those that took longer than that: no other began in the period.
#[must_use]
pub fn spans(team_id: &str, kind: Kind, period: Period, below: (i64, i64)) -> Statement {
    sql!(
        "SELECT c.seq, coalesce(c.ended_ms, 9007199254740991) AS end_ms, c.id, c.name, c.kind,
           s.id AS sender_id, s.name AS sender_name, s.channel, s.currency, c.by_user AS user_id,
           u.name AS user_name, c.status, c.started_ms, c.total, c.sent, c.delivered, c.failed,
           c.skipped, c.unknown, c.opened, c.clicked, c.tracking, c.cost,
           (SELECT p.planned FROM kept_plans p WHERE p.campaign_seq = c.seq
            ORDER BY p.made_ms LIMIT 1) AS planned
         FROM (
           SELECT * FROM (
             SELECT seq, 9007199254740991 AS end_ms FROM campaigns INDEXED BY campaigns_by_end
             WHERE team_id = ?1 AND kind = ?2
               AND coalesce(ended_ms, 9007199254740991) = 9007199254740991
               AND (9007199254740991 < ?5 OR 9007199254740991 = ?5 AND seq < ?6)
               AND started_ms < ?4
             ORDER BY seq DESC LIMIT ?7)
           UNION ALL SELECT * FROM (
             SELECT seq, ended_ms FROM campaigns INDEXED BY campaigns_long
             WHERE team_id = ?1 AND kind = ?2 AND ended_ms - started_ms > 3600000
               AND ended_ms >= ?8 AND ended_ms <= ?5 AND (ended_ms < ?5 OR seq < ?6)
               AND started_ms < ?4
             ORDER BY ended_ms DESC, seq DESC LIMIT ?7)
           UNION ALL SELECT * FROM (
             SELECT seq, coalesce(ended_ms, 9007199254740991)
             FROM campaigns INDEXED BY campaigns_by_end
             WHERE team_id = ?1 AND kind = ?2
               AND coalesce(ended_ms, 9007199254740991) >= ?3
               AND coalesce(ended_ms, 9007199254740991) <= min(?5, ?8 - 1)
               AND (coalesce(ended_ms, 9007199254740991) < ?5 OR seq < ?6)
               AND started_ms < ?4
             ORDER BY coalesce(ended_ms, 9007199254740991) DESC, seq DESC LIMIT ?7)
           ORDER BY end_ms DESC, seq DESC LIMIT ?7) f
           CROSS JOIN campaigns c ON c.seq = f.seq
           CROSS JOIN senders s ON s.seq = c.sender_seq
           LEFT JOIN users u ON u.id = c.by_user
         ORDER BY f.end_ms DESC, f.seq DESC",
        team_id,
        kind.name(),
        period.from_ms,
        period.until_ms,
        below.0,
        below.1,
        CAMPAIGNS_A_STEP,
        period.until_ms.saturating_add(LONG_MS).min(super::LAST_MS),
    )
}

/// Messages of a campaign, status and reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OutcomeRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The status.
    pub status: String,
    /// The reason as it was told.
    pub reason: Option<String>,
    /// How many.
    pub count: i64,
}

/// The [`OutcomeRow`]s of these campaigns, `[seq]`, in a period: by when their POSTs began, and of
/// those that had none, by the instant that they were released for. The most frequent first.
#[must_use]
pub fn outcomes(campaign_seqs: &Value, period: Period) -> Statement {
    sql!(
        "SELECT m.campaign_seq, m.status, m.reason, count(*) AS count
         FROM json_each(?1) w CROSS JOIN messages m
         WHERE m.campaign_seq = w.value
           AND coalesce(m.sent_ms, m.planned_ms) >= ?2 AND coalesce(m.sent_ms, m.planned_ms) < ?3
         GROUP BY m.campaign_seq, m.status, CASE WHEN m.status IN ('failed', 'skipped', 'unknown')
           THEN m.reason END
         ORDER BY count(*) DESC LIMIT ?4",
        campaign_seqs,
        period.from_ms,
        period.until_ms,
        REASONS_A_STEP,
    )
}

/// The same without reasons, for where [`REASONS_A_STEP`] are not enough.
#[must_use]
pub fn statuses(campaign_seqs: &Value, period: Period) -> Statement {
    sql!(
        "SELECT m.campaign_seq, m.status, NULL AS reason, count(*) AS count
         FROM json_each(?1) w CROSS JOIN messages m
         WHERE m.campaign_seq = w.value
           AND coalesce(m.sent_ms, m.planned_ms) >= ?2 AND coalesce(m.sent_ms, m.planned_ms) < ?3
         GROUP BY m.campaign_seq, m.status",
        campaign_seqs,
        period.from_ms,
        period.until_ms,
    )
}

/// What part of a campaign lies in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ShareRow {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// How many messages of it were promised an instant there when it was first let go.
    pub planned: i64,
    /// People who opened a message that went there.
    pub opened: i64,
    /// People who followed a link in one.
    pub clicked: i64,
}

/// The [`ShareRow`]s of these campaigns, `[seq]`. D1 binds numbers as doubles, so what is divided is
/// made whole again.
#[must_use]
pub fn shares(campaign_seqs: &Value, period: Period) -> Statement {
    sql!(
        "WITH first AS (
           SELECT w.value AS seq, (SELECT p.instants FROM kept_plans p WHERE p.campaign_seq = w.value
                                   ORDER BY p.made_ms LIMIT 1) AS instants
           FROM json_each(?1) w),
         run AS (
           SELECT f.seq, r.value ->> 0 AS start, r.value ->> 1 AS count, r.value ->> 2 AS every
           FROM first f CROSS JOIN json_each(f.instants, '$.runs') r),
         seen AS (
           SELECT w.value AS seq, k.ordinal, max(k.link = 0) AS opened, max(k.link > 0) AS clicked
           FROM json_each(?1) w CROSS JOIN marks k CROSS JOIN messages m
           WHERE k.campaign_seq = w.value AND k.by_machine = 0 AND m.campaign_seq = k.campaign_seq
             AND m.ordinal = k.ordinal AND m.sent_ms >= ?2 AND m.sent_ms < ?3
           GROUP BY w.value, k.ordinal)
         SELECT w.value AS campaign_seq,
           (SELECT coalesce(sum(
              CASE WHEN ?3 <= start THEN 0 WHEN every = 0 THEN count
                   ELSE min(count, CAST((?3 - start + every - 1) / every AS INTEGER)) END
              - CASE WHEN ?2 <= start THEN 0 WHEN every = 0 THEN count
                     ELSE min(count, CAST((?2 - start + every - 1) / every AS INTEGER)) END), 0)
            FROM run WHERE run.seq = w.value)
           + (SELECT coalesce(sum(r.value ->> 1), 0)
              FROM first f CROSS JOIN json_each(f.instants, '$.rest') r
              WHERE f.seq = w.value AND r.value ->> 0 >= ?2 AND r.value ->> 0 < ?3) AS planned,
           (SELECT coalesce(sum(opened), 0) FROM seen WHERE seen.seq = w.value) AS opened,
           (SELECT coalesce(sum(clicked), 0) FROM seen WHERE seen.seq = w.value) AS clicked
         FROM json_each(?1) w",
        campaign_seqs,
        period.from_ms,
        period.until_ms,
    )
}

/// Messages that came in to a sender, in answer to a campaign or to none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InboundRow {
    /// The sender's id.
    pub sender_id: String,
    /// Its name.
    pub sender_name: String,
    /// Its channel.
    pub channel: Channel,
    /// What it is charged in.
    pub currency: Option<String>,
    /// The campaign's id.
    pub campaign_id: Option<String>,
    /// Its name.
    pub campaign_name: Option<String>,
    /// Whether that is a list of people or one message.
    pub kind: Option<Kind>,
    /// Who let it go: a user's id.
    pub user_id: Option<String>,
    /// That user's name.
    pub user_name: Option<String>,
    /// How many.
    pub count: i64,
    /// Of these, those that asked for no more.
    pub stops: i64,
    /// What they cost, in millionths.
    pub cost: i64,
}

/// The [`InboundRow`]s of the first [`INBOUND_A_STEP`] messages of a team in a period behind `after`:
/// an instant and a number.
#[must_use]
pub fn inbound(team_id: &str, period: Period, after: (i64, i64)) -> Statement {
    sql!(
        "SELECT s.id AS sender_id, s.name AS sender_name, s.channel, s.currency, c.id AS campaign_id,
           c.name AS campaign_name, c.kind, c.by_user AS user_id, u.name AS user_name,
           g.count, g.stops, g.cost
         FROM (SELECT i.sender_seq, i.campaign_seq, count(*) AS count,
                 sum(i.meaning IN ('stop', 'refusal')) AS stops, coalesce(sum(i.cost), 0) AS cost
               FROM (SELECT seq FROM inbound INDEXED BY inbound_of_team
                     WHERE team_id = ?1 AND received_ms >= ?2 AND received_ms < ?3
                       AND received_ms >= ?4 AND (received_ms > ?4 OR seq > ?5)
                     ORDER BY received_ms, seq LIMIT ?6) f
                 CROSS JOIN inbound i ON i.seq = f.seq
               GROUP BY i.sender_seq, i.campaign_seq) g
           CROSS JOIN senders s ON s.seq = g.sender_seq
           LEFT JOIN campaigns c ON c.seq = g.campaign_seq
           LEFT JOIN users u ON u.id = c.by_user",
        team_id,
        period.from_ms,
        period.until_ms,
        after.0,
        after.1,
        INBOUND_A_STEP,
    )
}

/// Where a step among what came in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct InboundEnd {
    /// When the last came in, ms.
    pub at_ms: i64,
    /// Its number.
    pub seq: i64,
}

/// The [`InboundEnd`] of what [`inbound`] looks at; no row where that is all there is.
#[must_use]
pub fn inbound_end(team_id: &str, period: Period, after: (i64, i64)) -> Statement {
    sql!(
        "SELECT received_ms AS at_ms, seq FROM inbound INDEXED BY inbound_of_team
         WHERE team_id = ?1 AND received_ms >= ?2 AND received_ms < ?3
           AND received_ms >= ?4 AND (received_ms > ?4 OR seq > ?5)
         ORDER BY received_ms, seq LIMIT 1 OFFSET ?6",
        team_id,
        period.from_ms,
        period.until_ms,
        after.0,
        after.1,
        INBOUND_A_STEP - 1,
    )
}
