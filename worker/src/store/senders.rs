//! The senders: who a message comes from, over which channel, under which rules.

use serde::Deserialize;

use super::Statement;
use super::commands::woken;
use crate::model::Channel;
use crate::sql;

/// A row of `senders`, without where the dispatcher stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SenderRow {
    /// The sender's number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How its messages travel.
    pub channel: Channel,
    /// JSON of a [`crate::model::ProviderConfig`].
    pub provider: String,
    /// JSON of its policy.
    pub policy: String,
    /// `in_turn` or `fair`.
    pub lane_order: String,
    /// The country of numbers without `+`.
    pub region: Option<String>,
    /// Climbs with every edit of the rules.
    pub version: i64,
    /// When it was made, ms.
    pub created_ms: i64,
    /// The time between two of its messages where they fell behind its provider's pace, ms; 0: none did.
    pub slow_ms: i64,
}

/// A new sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSender {
    /// Its name.
    pub name: String,
    /// How its messages travel.
    pub channel: Channel,
    /// JSON of a [`crate::model::ProviderConfig`].
    pub provider: String,
    /// JSON of its policy.
    pub policy: String,
    /// `in_turn` or `fair`.
    pub lane_order: &'static str,
    /// The country of numbers without `+`.
    pub region: Option<String>,
}

/// What is to be different about a sender. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenderChange {
    /// Its name.
    pub name: Option<String>,
    /// JSON of a [`crate::model::ProviderConfig`].
    pub provider: Option<String>,
    /// JSON of its policy.
    pub policy: Option<String>,
    /// `in_turn` or `fair`.
    pub lane_order: Option<&'static str>,
    /// The country of numbers without `+`; `Some(None)` takes it away.
    pub region: Option<Option<String>>,
    /// Only if this is still its version.
    pub version: Option<i64>,
}

/// Adds a sender to a team and gives its [`SenderRow`]. Where the id is taken, it was added before:
/// that one is given.
#[must_use]
pub fn insert(team_id: &str, id: &str, sender: &NewSender, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO senders
           (id, team_id, name, channel, provider, policy, lane_order, region, created_ms,
            team_policy, person_policy)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                 coalesce(?8, (SELECT defaults ->> 'region' FROM teams WHERE id = ?2)), ?9,
                 (SELECT nullif(policy, '{}') FROM teams WHERE id = ?2),
                 (SELECT nullif(person_policy, '{}') FROM teams WHERE id = ?2))
         ON CONFLICT (id) DO UPDATE SET id = id
         RETURNING seq, id, name, channel, provider, policy, lane_order, region, version,
           slow_ms, created_ms",
        id,
        team_id,
        &sender.name,
        sender.channel.name(),
        &sender.provider,
        &sender.policy,
        sender.lane_order,
        sender.region.clone(),
        now_ms,
    )
}

/// Whether the provider that `?3` makes of a sender's is the same one: all but its pace is as it was.
macro_rules! same_provider {
    () => {
        "json_remove(provider, '$.per_second') IS json_remove(COALESCE(?3, provider), '$.per_second')"
    };
}

/// Changes a sender of a team and gives its [`SenderRow`]; no row when there is no such sender, or not in
/// the version that the change is for.
///
/// What the planner goes by (the policy, the order, the provider's pace) makes a new version, and
/// has the dispatcher look at the sender at once: a rule that was loosened may let someone go now.
/// That a provider wants to be left alone is forgotten with the provider, which is another where
/// anything but its pace is; that it was slow is forgotten with its pace, too.
#[must_use]
pub fn change(team_id: &str, id: &str, change: &SenderChange, now_ms: i64) -> Statement {
    let region = change.region.clone();
    sql!(
        concat!(
            "UPDATE senders SET
               name = COALESCE(?2, name),
               provider = COALESCE(?3, provider),
               policy = COALESCE(?4, policy),
               lane_order = COALESCE(?5, lane_order),
               region = CASE ?6 WHEN 1 THEN ?7 ELSE region END,
               version = CASE WHEN (provider, policy, lane_order) IS
                   (COALESCE(?3, provider), COALESCE(?4, policy), COALESCE(?5, lane_order))
                 THEN version ELSE version + 1 END,
               provider_version = CASE WHEN ",
            same_provider!(),
            " THEN provider_version ELSE version + 1 END,
               provider_changed_ms = CASE WHEN ",
            same_provider!(),
            " THEN provider_changed_ms ELSE max(provider_changed_ms, ?9) END,
               due_ms = CASE WHEN (provider, policy, lane_order) IS
                   (COALESCE(?3, provider), COALESCE(?4, policy), COALESCE(?5, lane_order))
                 THEN due_ms ELSE ",
            woken!("?9"),
            " END,
               hold_until_ms = CASE WHEN ",
            same_provider!(),
            " THEN hold_until_ms ELSE 0 END,
               slow_ms = CASE WHEN provider IS COALESCE(?3, provider) THEN slow_ms ELSE 0 END
             WHERE id = ?1 AND team_id = ?10 AND (?8 IS NULL OR version = ?8)
             RETURNING seq, id, name, channel, provider, policy, lane_order, region, version,
               slow_ms, created_ms"
        ),
        id,
        change.name.clone(),
        change.provider.clone(),
        change.policy.clone(),
        change.lane_order,
        i64::from(region.is_some()),
        region.flatten(),
        change.version,
        now_ms,
        team_id,
    )
}

/// What goes before a [`change`] with a provider, in its transaction. Where that makes it another one, what
/// came back because the one before asked for time does not wait for that any more.
#[must_use]
pub fn end_rest(team_id: &str, id: &str, change: &SenderChange, now_ms: i64) -> Statement {
    sql!(
        concat!(
            "UPDATE backlog SET due_ms = ?4
             WHERE due_ms > ?4
               AND due_ms <= (SELECT hold_until_ms FROM senders
                 WHERE team_id = ?1 AND id = ?2 AND (?5 IS NULL OR version = ?5) AND NOT ",
            same_provider!(),
            ") AND (SELECT c.sender_seq FROM campaigns c WHERE c.seq = campaign_seq) =
                 (SELECT seq FROM senders WHERE team_id = ?1 AND id = ?2)"
        ),
        team_id,
        id,
        change.provider.clone(),
        now_ms,
        change.version,
    )
}

/// What goes after a [`change`] with a provider, in its transaction. Where that made it another one,
/// of what the one before may have taken nothing is sent to the new one, and the new one is not asked
/// about it.
#[must_use]
pub fn leave_doubts(team_id: &str, id: &str, now_ms: i64) -> [Statement; 2] {
    macro_rules! of_sender {
        ($statement:literal) => {
            concat!(
                $statement,
                " (SELECT c.sender_seq FROM campaigns c WHERE c.seq = campaign_seq) =
                 (SELECT seq FROM senders
                  WHERE team_id = ?1 AND id = ?2 AND provider_version = version
                    AND provider_changed_ms >= ?3)"
            )
        };
    }
    [
        sql!(
            of_sender!(
                "UPDATE backlog SET doubtful = doubtful + 1000000
                 WHERE doubtful BETWEEN 1 AND 999999 AND"
            ),
            team_id,
            id,
            now_ms,
        ),
        sql!(of_sender!("DELETE FROM lookups WHERE"), team_id, id, now_ms),
    ]
}

/// The team's [`SenderRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        "SELECT seq, id, name, channel, provider, policy, lane_order, region, version, slow_ms, created_ms
         FROM senders WHERE id = ?2 AND team_id = ?1",
        team_id,
        id,
    )
}

/// Up to `most` [`SenderRow`]s of a team in the order in which they were made, after `after_seq`.
#[must_use]
pub fn page(team_id: &str, after_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        "SELECT seq, id, name, channel, provider, policy, lane_order, region, version, slow_ms, created_ms
         FROM senders WHERE team_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        team_id,
        after_seq.unwrap_or(0),
        most,
    )
}

/// What the rules of a sender were in an earlier version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VersionRow {
    /// JSON of a [`crate::model::ProviderConfig`].
    pub provider: String,
    /// JSON of its policy.
    pub policy: String,
    /// `in_turn` or `fair`.
    pub lane_order: String,
}

/// The [`VersionRow`] of a sender at `version`, if that is not too long ago.
#[must_use]
pub fn version(seq: i64, version: i64) -> Statement {
    sql!(
        "SELECT provider, policy, lane_order FROM sender_versions
         WHERE sender_seq = ?1 AND version = ?2",
        seq,
        version,
    )
}
