//! What people do to a campaign.
//!
//! A command is one transaction: [`change`] first, which fails it whole when the campaign is not at
//! the version that was looked at any more; then [`hold`], after which nothing goes by the old
//! state; then what is new.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use super::campaigns::is_personal;
use crate::model::Kind;
use crate::sql;

/// A campaign as its commands see it.
#[derive(Clone, Debug, Deserialize)]
pub struct CampaignRow {
    pub seq: i64,
    pub id: String,
    pub kind: Kind,
    pub is_personal: i64,
    pub sender_seq: i64,
    pub name: String,
    pub status: String,
    pub version: i64,
    pub import_token: Option<String>,
    pub import_until_ms: Option<i64>,
    pub content: String,
    pub policy: String,
    pub recipient_policy: String,
    pub lateness: String,
    pub total: i64,
    pub planned_start_ms: Option<i64>,
    pub starts_ms: Option<i64>,
    pub started_ms: Option<i64>,
}

/// The team's campaign.
#[must_use]
pub fn campaign(team_id: &str, id: &str) -> Statement {
    sql!(
        concat!(
            "SELECT seq, id, kind, sender_seq, name, status, version, import_token,
                    import_until_ms, content, policy, recipient_policy, lateness, total,
                    planned_start_ms, starts_ms, started_ms, ",
            is_personal!("campaigns"),
            " AS is_personal
             FROM campaigns WHERE id = ?2 AND team_id = ?1"
        ),
        team_id,
        id,
    )
}

/// What a campaign was in an earlier version.
#[derive(Clone, Debug, Deserialize)]
pub struct VersionRow {
    pub name: String,
    pub content: String,
    pub policy: String,
    /// None in versions from before it was kept.
    pub recipient_policy: Option<String>,
    /// As [`Self::recipient_policy`].
    pub lateness: Option<String>,
    pub status: String,
    pub starts_ms: Option<i64>,
    pub total: i64,
}

/// The campaign as it was at `version`, if that is not too long ago.
#[must_use]
pub fn version(seq: i64, version: i64) -> Statement {
    sql!(
        "SELECT name, content, policy, recipient_policy, lateness, status, starts_ms, total
         FROM campaign_versions
         WHERE campaign_seq = ?1 AND version = ?2",
        seq,
        version,
    )
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

/// What is to be different about a campaign. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub status: Option<&'static str>,
    /// When it ended, and why.
    pub ended: Option<(i64, &'static str)>,
    pub starts_ms: Option<i64>,
    pub joined_at: Option<i64>,
    pub name: Option<String>,
    pub content: Option<String>,
    pub policy: Option<String>,
    pub lateness: Option<String>,
    pub recipient_policy: Option<String>,
    /// Whose day counts its messages.
    pub by_user: Option<String>,
    /// Whether it cannot be made while a list is being imported.
    pub alone: bool,
    /// Whether it cannot be made while the team's queue is off.
    pub needs_queue: bool,
}

/// Changes a campaign that is still at `version`. Otherwise, or where the change has to be alone
/// and is not, the whole transaction fails: a version of NULL is what the schema forbids.
#[must_use]
pub fn change(seq: i64, version: i64, change: &Change, now_ms: i64) -> Statement {
    sql!(
        "UPDATE campaigns SET
           version = CASE WHEN version = ?2
             AND (?3 = 0 OR import_token IS NULL OR import_until_ms <= ?4)
             AND (?15 = 0 OR (SELECT queue FROM teams t WHERE t.id = campaigns.team_id) = 1)
             THEN version + 1 ELSE NULL END,
           status = coalesce(?5, status),
           ended_ms = coalesce(?6, ended_ms),
           end_reason = coalesce(?7, end_reason),
           starts_ms = coalesce(?8, starts_ms),
           joined_at = coalesce(?9, joined_at),
           name = coalesce(?10, name),
           content = coalesce(?11, content),
           policy = coalesce(?12, policy),
           lateness = coalesce(?13, lateness),
           recipient_policy = coalesce(?14, recipient_policy),
           by_user = coalesce(?16, by_user)
         WHERE seq = ?1",
        seq,
        version,
        i64::from(change.alone),
        now_ms,
        change.status,
        change.ended.map(|(at, _)| at),
        change.ended.map(|(_, why)| why),
        change.starts_ms,
        change.joined_at,
        change.name.clone(),
        change.content.clone(),
        change.policy.clone(),
        change.lateness.clone(),
        change.recipient_policy.clone(),
        i64::from(change.needs_queue),
        change.by_user.clone(),
    )
}

/// The fence against ticks, and against other commands, that were planned from another state: after
/// it, they cannot be committed.
#[must_use]
pub fn fence(sender_seq: i64) -> Statement {
    sql!("UPDATE senders SET tick_no = tick_no + 1 WHERE seq = ?1", sender_seq)
}

/// The fence of a command that was planned itself, from `from_ms` on: the whole transaction fails
/// when the sender is not at `tick_no` any more, and the next tick goes on from there.
#[must_use]
pub fn fence_at(sender_seq: i64, tick_no: i64, from_ms: i64) -> Statement {
    sql!(
        "UPDATE senders SET
           tick_no = CASE WHEN tick_no = ?2 THEN tick_no + 1 ELSE NULL END,
           planned_until_ms = ?3
         WHERE seq = ?1",
        sender_seq,
        tick_no,
        from_ms,
    )
}

/// How often a message of the slice `h`, that comes back, was sent without an answer; and, added to
/// that, that it was to another provider than the sender has by now.
macro_rules! doubts {
    ($count:literal) => {
        concat!(
            "coalesce(",
            $count,
            ", 0) + CASE WHEN ",
            $count,
            " BETWEEN 1 AND 999999 AND h.rules_version <
               (SELECT s.provider_version FROM senders s WHERE s.seq = h.sender_seq)
             THEN 1000000 ELSE 0 END"
        )
    };
}
pub(super) use doubts;

/// Whether the sender of the slice `?1, ?2, ?3` still has the provider that the slice was planned for.
macro_rules! has_its_provider {
    () => {
        "(SELECT provider_version FROM senders WHERE seq = ?1) <=
           (SELECT rules_version FROM handovers
            WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3)"
    };
}
pub(super) use has_its_provider;

/// The slices of which nothing has begun come back, of one campaign or of all of a sender's.
macro_rules! recall {
    ($of:literal) => {
        [
            concat!(
                "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
                 SELECT h.campaign_seq, i.value ->> 'first', i.value ->> 'count', 0,
                        json_object('start', i.value -> 'start', 'every', i.value -> 'every'),
                        ",
                doubts!("i.value ->> 'doubts'"),
                " FROM handovers h, json_each(h.items) i
                 WHERE h.done = 0 AND h.claimed = 0 AND ",
                $of
            ),
            concat!(
                "UPDATE handovers AS h SET done = 1, lease_until_ms = 0
                 WHERE h.done = 0 AND h.claimed = 0 AND ",
                $of
            ),
        ]
    };
}

/// After this no message of the campaign starts by the state that was, save those that are in
/// flight: slices of which nothing has begun come back, and for the others the edition is over.
#[must_use]
pub fn hold(campaign_seq: i64) -> Vec<Statement> {
    let [keep, close] = recall!("+h.campaign_seq = ?1");
    vec![
        sql!("UPDATE campaigns SET edition = edition + 1 WHERE seq = ?1", campaign_seq),
        sql!(keep, campaign_seq),
        sql!(close, campaign_seq),
    ]
}

/// As [`hold`], for every campaign of a sender that is on its way, or of which something is sent again. What
/// comes back is planned again from `from_ms` on, or behind the last of what is in flight, and not where
/// the minutes end that were committed: a sender of which this is asked each minute would never send.
#[must_use]
pub fn hold_all(sender_seq: i64, from_ms: i64) -> Vec<Statement> {
    let [keep, close] = recall!("+h.sender_seq = ?1");
    vec![
        sql!(
            "UPDATE campaigns SET edition = edition + 1
             WHERE sender_seq = ?1 AND (status IN ('scheduled', 'in_progress', 'paused')
               OR status = 'completed' AND seq IN
                 (SELECT campaign_seq FROM handovers WHERE +sender_seq = ?1 AND done = 0))",
            sender_seq,
        ),
        sql!(keep, sender_seq),
        sql!(close, sender_seq),
        sql!(
            "UPDATE senders SET planned_until_ms = min(planned_until_ms, max(?2, coalesce(
               (SELECT max(i.value ->> 'start' + (i.value ->> 'count' - 1) * (i.value ->> 'every'))
                FROM handovers h, json_each(h.items) i
                WHERE h.done = 0 AND +h.sender_seq = ?1), 0)))
             WHERE seq = ?1",
            sender_seq,
            from_ms,
        ),
    ]
}

/// What a sender's `due_ms` becomes when it is to be looked at by then. Where it is to be anyway, that
/// changes too, by a millisecond: a tick that has read it before does not know what this is about, and
/// sees by that not to forget it.
macro_rules! woken {
    ($by:literal) => {
        concat!("CASE WHEN due_ms <= ", $by, " THEN due_ms - 1 ELSE ", $by, " END")
    };
}
pub(super) use woken;

/// Has the sender looked at by `due_ms`.
#[must_use]
pub fn wake(sender_seq: i64, due_ms: i64) -> Statement {
    sql!(
        concat!("UPDATE senders SET due_ms = ", woken!("?2"), " WHERE seq = ?1"),
        sender_seq,
        due_ms,
    )
}

/// As [`wake`], for each of these senders, `[seq]`.
#[must_use]
pub fn wake_each(senders: &Value, due_ms: i64) -> Statement {
    sql!(
        concat!(
            "UPDATE senders SET due_ms = ",
            woken!("?2"),
            " WHERE seq IN (SELECT value FROM json_each(?1))"
        ),
        senders,
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
