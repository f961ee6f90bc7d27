//! What was promised of a campaign, and what it sent.

use serde::Deserialize;

use super::Statement;
use super::changes::What;
use crate::sql;

/// How many promises of a campaign are kept. The first one and the last ones say what matters.
pub const PROMISES_KEPT: i64 = 20;

/// A promise to be kept.
#[derive(Clone, Debug)]
pub struct NewPromise<'a> {
    /// The campaign's id.
    pub campaign_id: &'a str,
    /// When it is made, ms.
    pub made_ms: i64,
    /// What for.
    pub why: What,
    /// The name of a key.
    pub by: &'a str,
    /// The first instant, ms.
    pub first_ms: Option<i64>,
    /// The last instant, ms.
    pub last_ms: Option<i64>,
    /// How many messages have an instant.
    pub planned: i64,
    /// How many do not.
    pub unplanned: i64,
    /// JSON of the instants.
    pub instants: String,
}

/// Keeps a promise: it is the last, also where the clock of whoever made the one before was ahead.
#[must_use]
pub fn keep(promise: &NewPromise<'_>) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO kept_plans (campaign_seq, made_ms, why, by_whom, first_ms, last_ms, planned,
                                     unplanned, instants)
             SELECT seq, max(?2, 1 + coalesce((SELECT max(p.made_ms) FROM kept_plans p
                                               WHERE p.campaign_seq = campaigns.seq), 0)),
                    ?3, ?4, ?5, ?6, ?7, ?8, ?9
             FROM campaigns WHERE id = ?1",
            promise.campaign_id,
            promise.made_ms,
            promise.why.name(),
            promise.by,
            promise.first_ms,
            promise.last_ms,
            promise.planned,
            promise.unplanned,
            promise.instants.as_str(),
        ),
        sql!(
            "WITH mine AS (SELECT p.campaign_seq, p.made_ms FROM kept_plans p
                           JOIN campaigns c ON c.seq = p.campaign_seq WHERE c.id = ?1)
             DELETE FROM kept_plans
             WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)
               AND made_ms > (SELECT min(made_ms) FROM mine)
               AND made_ms <= (SELECT made_ms FROM mine ORDER BY made_ms DESC LIMIT 1 OFFSET ?2)",
            promise.campaign_id,
            PROMISES_KEPT - 1,
        ),
    ]
}

/// A promise that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PromiseRow {
    /// When it was made, ms.
    pub made_ms: i64,
    /// As in [`What`].
    pub why: String,
    /// The name of a key.
    pub by_whom: String,
    /// The first instant, ms.
    pub first_ms: Option<i64>,
    /// The last instant, ms.
    pub last_ms: Option<i64>,
    /// How many messages have an instant.
    pub planned: i64,
    /// How many do not.
    pub unplanned: i64,
    /// JSON of the instants.
    pub instants: String,
}

/// The [`PromiseRow`]s of a campaign, in the order in which they were made.
#[must_use]
pub fn of_campaign(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT made_ms, why, by_whom, first_ms, last_ms, planned, unplanned, instants
         FROM kept_plans WHERE campaign_seq = ?1 ORDER BY made_ms",
        campaign_seq,
    )
}

/// The promise that holds for a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LatestRow {
    /// The campaign.
    pub campaign_seq: i64,
    /// JSON of the instants.
    pub instants: String,
}

/// The [`LatestRow`]s of these campaigns.
#[must_use]
pub fn latest(campaigns: &[i64]) -> Statement {
    sql!(
        "SELECT p.campaign_seq, p.instants
         FROM json_each(?1) j CROSS JOIN kept_plans p
         WHERE p.campaign_seq = j.value
           AND p.made_ms = (SELECT max(made_ms) FROM kept_plans WHERE campaign_seq = j.value)",
        serde_json::json!(campaigns).to_string(),
    )
}

/// How much the promise is that holds for a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SizeRow {
    /// The campaign.
    pub campaign_seq: i64,
    /// Bytes of the instants.
    pub bytes: i64,
}

/// The [`SizeRow`]s of these campaigns.
#[must_use]
pub fn sizes(campaigns: &[i64]) -> Statement {
    sql!(
        "SELECT p.campaign_seq, octet_length(p.instants) AS bytes
         FROM json_each(?1) j CROSS JOIN kept_plans p
         WHERE p.campaign_seq = j.value
           AND p.made_ms = (SELECT max(made_ms) FROM kept_plans WHERE campaign_seq = j.value)",
        serde_json::json!(campaigns).to_string(),
    )
}

/// How many POSTs of a campaign began in a piece of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PieceRow {
    /// When the piece begins, ms.
    pub start: i64,
    /// How many.
    pub n: i64,
}

/// The [`PieceRow`]s of a campaign, in pieces of `piece_ms`.
#[must_use]
pub fn sent(campaign_seq: i64, piece_ms: i64) -> Statement {
    sql!(
        "SELECT sent_ms / CAST(?2 AS INTEGER) * ?2 AS start, count(*) AS n FROM messages
         WHERE campaign_seq = ?1 AND sent_ms IS NOT NULL GROUP BY 1 ORDER BY 1",
        campaign_seq,
        piece_ms,
    )
}

/// When POSTs began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InstantsRow {
    /// JSON of `[[ordinal, ms]]`.
    pub sent: String,
}

/// When the POST of each `step`th message of a campaign began: [`InstantsRow`]s.
#[must_use]
pub fn instants(campaign_seq: i64, step: i64) -> Statement {
    sql!(
        "SELECT json_group_array(json_array(ordinal, sent_ms)) AS sent FROM messages
         WHERE campaign_seq = ?1 AND sent_ms IS NOT NULL AND ordinal % ?2 = 0
         GROUP BY ordinal / CAST(10000 * ?2 AS INTEGER) ORDER BY ordinal",
        campaign_seq,
        step,
    )
}

/// How many messages were left out for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LeftOutRow {
    /// A code.
    pub reason: Option<String>,
    /// How many.
    pub n: i64,
}

/// Messages that were left out, by reason: [`LeftOutRow`]s.
#[must_use]
pub fn left_out(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT reason, count(*) AS n FROM messages
         WHERE campaign_seq = ?1 AND status = 'skipped' GROUP BY reason ORDER BY reason",
        campaign_seq,
    )
}
