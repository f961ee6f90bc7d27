//! The teams: what is theirs is seen by nobody else.

use serde::Deserialize;

use super::Statement;
use super::changes::What;
use super::commands::woken;
use super::keys::Role;
use crate::sql;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TeamRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// JSON of a policy that holds for all its senders.
    pub policy: String,
    /// JSON of what it asks for each person.
    pub person_policy: String,
    /// Whether anything is sent to lists of people.
    pub queue: i64,
    /// The id of a shipped lexicon.
    pub lexicon: Option<String>,
    /// JSON of what its new things begin with.
    pub defaults: String,
    /// The least role that acts on its campaigns.
    pub campaigns_for: Role,
    /// Climbs with every edit.
    pub version: i64,
    /// When it was made, ms.
    pub created_ms: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, policy, person_policy, queue, lexicon, defaults, campaigns_for, version,
               created_ms
             FROM teams ",
            $rest
        )
    };
}

/// The [`TeamRow`] with this id.
#[must_use]
pub fn by_id(id: &str) -> Statement {
    sql!(select!("WHERE id = ?1"), id)
}

/// Whether a team's queue is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct QueueRow {
    /// 0: off.
    pub queue: i64,
}

/// The [`QueueRow`] of a team.
#[must_use]
pub fn queue(id: &str) -> Statement {
    sql!("SELECT queue FROM teams WHERE id = ?1", id)
}

/// Up to `most` [`TeamRow`]s by id, after `after`: all of them, or those that the user is in.
#[must_use]
pub fn page(of_user: Option<&str>, after: &str, most: i64) -> Statement {
    match of_user {
        None => sql!(select!("WHERE id > ?1 ORDER BY id LIMIT ?2"), after, most),
        Some(user_id) => sql!(
            select!(
                "WHERE id > ?1 AND id IN (SELECT team_id FROM memberships WHERE user_id = ?3)
                 ORDER BY id LIMIT ?2"
            ),
            after,
            most,
            user_id,
        ),
    }
}

/// Adds a team.
#[must_use]
pub fn insert(id: &str, name: &str, now_ms: i64) -> Statement {
    sql!("INSERT INTO teams (id, name, created_ms) VALUES (?1, ?2, ?3)", id, name, now_ms)
}

/// What is to be different about a team. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamChange {
    /// Its name.
    pub name: Option<String>,
    /// JSON of its policy.
    pub policy: Option<String>,
    /// JSON of what it asks for each person.
    pub person_policy: Option<String>,
    /// Whether its queue is on.
    pub queue: Option<bool>,
    /// The id of a shipped lexicon; `Some(None)` takes it away.
    pub lexicon: Option<Option<String>>,
    /// JSON of what its new things begin with.
    pub defaults: Option<String>,
    /// The least role that acts on its campaigns.
    pub campaigns_for: Option<Role>,
}

/// Changes a team that is at `version`: one row, or none.
#[must_use]
pub fn change(id: &str, version: i64, change: &TeamChange) -> Statement {
    let lexicon = change.lexicon.clone();
    sql!(
        "UPDATE teams SET
           name = coalesce(?3, name),
           policy = coalesce(?4, policy),
           queue = coalesce(?5, queue),
           lexicon = CASE ?6 WHEN 1 THEN ?7 ELSE lexicon END,
           defaults = coalesce(?8, defaults),
           person_policy = coalesce(?9, person_policy),
           campaigns_for = coalesce(?10, campaigns_for),
           version = version + 1
         WHERE id = ?1 AND version = ?2",
        id,
        version,
        change.name.clone(),
        change.policy.clone(),
        change.queue.map(i64::from),
        i64::from(lexicon.is_some()),
        lexicon.flatten(),
        change.defaults.clone(),
        change.person_policy.clone(),
        change.campaigns_for.map(Role::name),
    )
}

/// Has the team's senders go by its rules as they are now: each that went by others is in a new
/// version, so that nothing is claimed by those, and is looked at with the next tick. Goes after
/// [`change`] in its transaction; what it does to whom is noted in the senders' changes.
#[must_use]
pub fn hand_down(id: &str, by: &str, now_ms: i64) -> [Statement; 2] {
    [
        sql!(
            "INSERT INTO changes (sender_seq, campaign_seq, at_ms, what, by_whom)
             SELECT s.seq, NULL, ?2, ?3, ?4 FROM senders s JOIN teams t ON t.id = s.team_id
             WHERE s.team_id = ?1 AND (s.team_policy IS NOT nullif(t.policy, '{}')
               OR s.person_policy IS NOT nullif(t.person_policy, '{}'))",
            id,
            now_ms,
            What::Rules.name(),
            by,
        ),
        sql!(
            concat!(
                "UPDATE senders SET team_policy = nullif(t.policy, '{}'),
                   person_policy = nullif(t.person_policy, '{}'), version = senders.version + 1,
                   due_ms = ",
                woken!("?2"),
                " FROM teams t
                 WHERE t.id = ?1 AND senders.team_id = ?1
                   AND (senders.team_policy IS NOT nullif(t.policy, '{}')
                     OR senders.person_policy IS NOT nullif(t.person_policy, '{}'))"
            ),
            id,
            now_ms,
        ),
    ]
}

/// A campaign that is on its way although its team's queue is off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OnTheWayRow {
    /// Its id.
    pub id: String,
    /// Its team's id.
    pub team_id: String,
}

/// Up to `most` [`OnTheWayRow`]s, of one team or of all.
#[must_use]
pub fn to_hold(team_id: Option<&str>, most: i64) -> Statement {
    sql!(
        "SELECT c.id, c.team_id
         FROM teams t CROSS JOIN senders s ON s.team_id = t.id
           CROSS JOIN campaigns c ON c.sender_seq = s.seq
         WHERE t.queue = 0 AND c.status IN ('scheduled', 'in_progress') AND c.kind = 'broadcast'
           AND (?2 IS NULL OR t.id = ?2)
         ORDER BY c.seq LIMIT ?1",
        most,
        team_id,
    )
}
