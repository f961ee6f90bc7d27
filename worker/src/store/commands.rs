//! What people do to a campaign: each a change guarded by the version that was looked at.

use serde::Deserialize;

use super::Statement;
use crate::sql;

/// A campaign as its commands see it.
#[derive(Clone, Debug, Deserialize)]
pub struct CampaignRow {
    pub seq: i64,
    pub id: String,
    pub sender_seq: i64,
    pub status: String,
    pub version: i64,
    pub import_token: Option<String>,
    pub content: String,
    pub policy: String,
    pub total: i64,
    pub cursor: i64,
    pub planned_start_ms: Option<i64>,
    pub starts_ms: Option<i64>,
    pub started_ms: Option<i64>,
}

/// The campaign.
#[must_use]
pub fn campaign(id: &str) -> Statement {
    sql!(
        "SELECT seq, id, sender_seq, status, version, import_token, content, policy, total, cursor,
                planned_start_ms, starts_ms, started_ms
         FROM campaigns WHERE id = ?1",
        id,
    )
}

/// The columns of a campaign's lists, as far as anyone came in with them.
#[must_use]
pub fn columns(campaign_seq: i64) -> Statement {
    sql!("SELECT columns FROM lists WHERE campaign_seq = ?1 AND accepted > 0", campaign_seq,)
}

/// Keeps the start that a preview named, so that scheduling soon after names the same.
#[must_use]
pub fn keep_planned_start(seq: i64, start_ms: i64) -> Statement {
    sql!(
        "UPDATE campaigns SET planned_start_ms = ?2 WHERE seq = ?1 AND status IN ('draft', 'scheduled')",
        seq,
        start_ms,
    )
}

/// Schedules a campaign that is still at `version`, and into which nobody imports: one row, or
/// none.
#[must_use]
pub fn schedule(
    seq: i64,
    version: i64,
    status: &str,
    starts_ms: i64,
    joined_at: i64,
    now_ms: i64,
) -> Statement {
    sql!(
        "UPDATE campaigns SET status = ?3, starts_ms = ?4, joined_at = ?5, version = version + 1
         WHERE seq = ?1 AND version = ?2 AND (import_token IS NULL OR import_until_ms <= ?6)",
        seq,
        version,
        status,
        starts_ms,
        joined_at,
        now_ms,
    )
}

/// Keeps the plan that was promised, for the campaign that now is at `version`.
#[must_use]
pub fn keep_plan(seq: i64, version: i64, made_ms: i64, plan: &str) -> Statement {
    sql!(
        "INSERT INTO campaign_plans (campaign_seq, made_ms, plan)
         SELECT ?1, ?3, ?4 WHERE EXISTS (SELECT 1 FROM campaigns WHERE seq = ?1 AND version = ?2)
         ON CONFLICT (campaign_seq) DO UPDATE SET made_ms = excluded.made_ms, plan = excluded.plan",
        seq,
        version,
        made_ms,
        plan,
    )
}

/// Gives a campaign that is still at `version` another status: one row, or none.
#[must_use]
pub fn set_status(
    seq: i64,
    version: i64,
    status: &str,
    ended_ms: Option<i64>,
    reason: Option<&str>,
) -> Statement {
    sql!(
        "UPDATE campaigns SET status = ?3, ended_ms = ?4, end_reason = ?5, version = version + 1
         WHERE seq = ?1 AND version = ?2",
        seq,
        version,
        status,
        ended_ms,
        reason,
    )
}

/// Has the sender looked at by `due_ms`.
#[must_use]
pub fn wake(sender_seq: i64, due_ms: i64) -> Statement {
    sql!(
        "UPDATE senders SET due_ms = min(coalesce(due_ms, ?2), ?2) WHERE seq = ?1",
        sender_seq,
        due_ms,
    )
}

/// A count.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Count {
    pub n: i64,
}

/// How many messages of the campaign are being handed over right now.
#[must_use]
pub fn in_flight(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT coalesce(sum(claimed - settled), 0) AS n FROM handovers
         WHERE done = 0 AND +campaign_seq = ?1",
        campaign_seq,
    )
}
