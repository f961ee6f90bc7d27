//! The users, and what they are in teams.
//!
//! A deployment always has an owner who can come in, and a team an administrator: what would take the
//! last one away changes no row.

use serde::Deserialize;

use super::Statement;
use super::keys::Role;
use crate::sql;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UserRow {
    /// The user's number.
    pub seq: i64,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// A mail address.
    pub email: Option<String>,
    /// The zone whose midnight begins the user's day.
    pub time_zone: String,
    /// Whether the user owns the deployment.
    pub is_owner: i64,
    /// When made, ms.
    pub created_ms: i64,
    /// Since when disabled, ms.
    pub disabled_ms: Option<i64>,
    /// JSON of `[{team_id, role}]`, as far as the caller may see it.
    pub teams: String,
}

macro_rules! select {
    ($teams:literal, $rest:literal) => {
        concat!(
            "SELECT u.seq, u.id, u.name, u.email, u.time_zone, u.is_owner, u.created_ms,
                    u.disabled_ms,
                    (SELECT json_group_array(json_object('team_id', m.team_id, 'role', m.role))
                     FROM memberships m WHERE m.user_id = u.id",
            $teams,
            ") AS teams ",
            $rest
        )
    };
}

/// The [`UserRow`] with this id, with all teams.
#[must_use]
pub fn by_id(id: &str) -> Statement {
    sql!(select!("", "FROM users u WHERE u.id = ?1"), id)
}

/// The [`UserRow`] of a member of a team, with that team alone.
#[must_use]
pub fn member(team_id: &str, id: &str) -> Statement {
    sql!(
        select!(
            " AND m.team_id = ?1",
            "FROM users u JOIN memberships p ON p.user_id = u.id
             WHERE u.id = ?2 AND p.team_id = ?1"
        ),
        team_id,
        id,
    )
}

/// The [`UserRow`] whom a team's administrator may make a member, with that team alone: a member, or
/// somebody who is in no team yet. An owner is in every team as it is.
#[must_use]
pub fn open_to(team_id: &str, id: &str) -> Statement {
    sql!(
        select!(
            " AND m.team_id = ?1",
            "FROM users u WHERE u.id = ?2
               AND (EXISTS (SELECT 1 FROM memberships p
                            WHERE p.user_id = u.id AND p.team_id = ?1)
                 OR (u.is_owner = 0
                   AND NOT EXISTS (SELECT 1 FROM memberships p WHERE p.user_id = u.id)))"
        ),
        team_id,
        id,
    )
}

/// Up to `most` [`UserRow`]s in the order in which they were made, after `after_seq`: all, or a
/// team's members.
#[must_use]
pub fn page(of_team: Option<&str>, after_seq: Option<i64>, most: i64) -> Statement {
    let after_seq = after_seq.unwrap_or(0);
    match of_team {
        None => {
            let sql = select!("", "FROM users u WHERE u.seq > ?1 ORDER BY u.seq LIMIT ?2");
            sql!(sql, after_seq, most)
        }
        Some(team_id) => sql!(
            select!(
                " AND m.team_id = ?3",
                "FROM memberships p JOIN users u ON u.id = p.user_id
                 WHERE p.team_id = ?3 AND u.seq > ?1 ORDER BY u.seq LIMIT ?2"
            ),
            after_seq,
            most,
            team_id,
        ),
    }
}

/// A new user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// A mail address.
    pub email: Option<String>,
    /// The zone whose midnight begins the user's day.
    pub time_zone: String,
    /// Whether the user owns the deployment.
    pub is_owner: bool,
}

/// Adds a user.
#[must_use]
pub fn insert(id: &str, user: &NewUser, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO users (id, name, email, time_zone, is_owner, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        id,
        &user.name,
        user.email.clone(),
        &user.time_zone,
        i64::from(user.is_owner),
        now_ms,
    )
}

/// What is to be different about a user. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The name.
    pub name: Option<String>,
    /// A mail address; `Some(None)` takes it away.
    pub email: Option<Option<String>>,
    /// The zone whose midnight begins the user's day.
    pub time_zone: Option<String>,
    /// Whether the user owns the deployment.
    pub is_owner: Option<bool>,
    /// Whether none of the user's keys opens anything.
    pub disabled: Option<bool>,
}

/// Changes a user: one row, or none where the last owner who can come in, by a key that is for no less
/// and never ends, or the last administrator of a team would go.
#[must_use]
pub fn change(id: &str, change: &UserChange, now_ms: i64) -> Statement {
    let email = change.email.clone();
    sql!(
        "UPDATE users SET
           name = coalesce(?2, name),
           email = CASE ?3 WHEN 1 THEN ?4 ELSE email END,
           time_zone = coalesce(?5, time_zone),
           is_owner = coalesce(?6, is_owner),
           disabled_ms = CASE ?7 WHEN 1 THEN coalesce(disabled_ms, ?8)
                                 WHEN 0 THEN NULL ELSE disabled_ms END
         WHERE id = ?1
           AND NOT (is_owner = 1 AND (?6 IS 0 OR ?7 IS 1)
             AND NOT EXISTS (SELECT 1 FROM users o JOIN keys k ON k.user_id = o.id
               WHERE o.is_owner = 1 AND o.disabled_ms IS NULL AND o.id <> ?1
                 AND k.revoked_ms IS NULL AND k.role IS NULL AND k.team_id IS NULL
                 AND k.expires_ms IS NULL))
           AND NOT (?7 IS 1 AND EXISTS (SELECT 1 FROM memberships m
             WHERE m.user_id = ?1 AND m.role = 'administrator'
               AND NOT EXISTS (SELECT 1 FROM memberships n JOIN users u ON u.id = n.user_id
                 WHERE n.team_id = m.team_id AND n.role = 'administrator' AND n.user_id <> ?1
                   AND u.disabled_ms IS NULL)))",
        id,
        change.name.clone(),
        i64::from(email.is_some()),
        email.flatten(),
        change.time_zone.clone(),
        change.is_owner.map(i64::from),
        change.disabled.map(i64::from),
        now_ms,
    )
}

/// Makes a user a member of a team, or another kind of member: one row, or none where the last
/// administrator would go.
#[must_use]
pub fn put_member(team_id: &str, user_id: &str, role: Role, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO memberships (user_id, team_id, role, created_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (user_id, team_id) DO UPDATE SET role = excluded.role
         WHERE memberships.role <> 'administrator' OR excluded.role = 'administrator'
           OR EXISTS (SELECT 1 FROM memberships n JOIN users u ON u.id = n.user_id
             WHERE n.team_id = ?2 AND n.role = 'administrator' AND n.user_id <> ?1
               AND u.disabled_ms IS NULL)",
        user_id,
        team_id,
        role.name(),
        now_ms,
    )
}

/// Takes a user out of a team, likewise.
#[must_use]
pub fn remove_member(team_id: &str, user_id: &str) -> Statement {
    sql!(
        "DELETE FROM memberships
         WHERE user_id = ?1 AND team_id = ?2
           AND (role <> 'administrator'
             OR EXISTS (SELECT 1 FROM memberships n JOIN users u ON u.id = n.user_id
               WHERE n.team_id = ?2 AND n.role = 'administrator' AND n.user_id <> ?1
                 AND u.disabled_ms IS NULL))",
        user_id,
        team_id,
    )
}

/// A team that a user is in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OwnTeamRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the user is there; none for an owner who is no member.
    pub role: Option<Role>,
    /// Whether its queue is on.
    pub queue: i64,
}

/// Teams that one answer lists, at most.
pub const TEAMS_MOST: i64 = 200;

/// Up to [`TEAMS_MOST`] [`OwnTeamRow`]s of a user, in the order in which they were joined; all teams
/// with `is_owner`.
#[must_use]
pub fn teams(user_id: &str, is_owner: bool) -> Statement {
    sql!(
        "SELECT t.id, t.name, m.role, t.queue
         FROM teams t LEFT JOIN memberships m ON m.team_id = t.id AND m.user_id = ?1
         WHERE m.role IS NOT NULL OR ?2 = 1
         ORDER BY m.created_ms IS NULL, m.created_ms, t.id LIMIT ?3",
        user_id,
        i64::from(is_owner),
        TEAMS_MOST,
    )
}

/// The [`OwnTeamRow`] of one team.
#[must_use]
pub fn in_team(user_id: &str, team_id: &str) -> Statement {
    sql!(
        "SELECT t.id, t.name, m.role, t.queue
         FROM teams t LEFT JOIN memberships m ON m.team_id = t.id AND m.user_id = ?1
         WHERE t.id = ?2",
        user_id,
        team_id,
    )
}
