//! The keys that open the API, and who calls with one.

use serde::{Deserialize, Serialize};

use super::Statement;
use crate::model::Caller;
use crate::sql;

/// What somebody may do in a team. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// Read.
    Viewer,
    /// Write to people, and act on campaigns where the team leaves those to operators.
    Operator,
    /// Set up senders, members and the team itself, and take addresses off the opt-outs.
    Administrator,
}

impl Role {
    /// Every role by its name in documents and in the database.
    pub const NAMES: [(&str, Self); 3] = [
        ("viewer", Self::Viewer),
        ("operator", Self::Operator),
        ("administrator", Self::Administrator),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }
}

/// A key that opens a team, with its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The user's name.
    pub name: String,
    /// What it may do in the team.
    pub role: Role,
    /// Whether its user owns the deployment, and the key is not for less.
    pub is_owner: bool,
    /// The most that it may do in any team, where it is for less than its user may.
    pub most: Option<Role>,
    /// The only team that it opens, where it is for one.
    pub only_team: Option<String>,
    /// When it ends, ms.
    pub expires_ms: Option<i64>,
    team_id: String,
    campaigns_for: Role,
}

impl Key {
    /// The team whose senders, campaigns and people it reaches.
    #[must_use]
    pub fn team_id(&self) -> &str {
        &self.team_id
    }

    /// The least role that acts on the team's campaigns.
    #[must_use]
    pub const fn campaigns_for(&self) -> Role {
        self.campaigns_for
    }

    /// Who calls, for the jobs.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller {
            team_id: self.team_id.clone(),
            user_id: Some(self.user_id.clone()),
            key_id: Some(self.id.clone()),
            name: self.name.clone(),
            is_owner: self.is_owner,
        }
    }
}

/// A key as it is found, with its user and what that user is in the team that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The user's name.
    pub name: String,
    /// Whether the user owns the deployment.
    pub is_owner: i64,
    /// Since when the user is disabled, ms.
    pub disabled_ms: Option<i64>,
    /// The most that the key may do.
    pub most: Option<Role>,
    /// The only team that the key opens.
    pub only_team: Option<String>,
    /// When it ends, ms.
    pub expires_ms: Option<i64>,
    /// When its use was last noted, ms.
    pub last_used_ms: Option<i64>,
    /// Since when it opens nothing any more, ms.
    pub revoked_ms: Option<i64>,
    /// The team; none where there is no such team, or the user is in none.
    pub team_id: Option<String>,
    /// What the user is in it.
    pub role: Option<Role>,
    /// The least role that acts on its campaigns.
    pub campaigns_for: Option<Role>,
}

impl KeyRow {
    /// Whether the key opens anything at all.
    #[must_use]
    pub fn is_good(&self, now_ms: i64) -> bool {
        self.revoked_ms.is_none()
            && self.disabled_ms.is_none()
            && self.expires_ms.is_none_or(|expires_ms| now_ms < expires_ms)
    }

    /// The key in its team; none where it does not open it.
    #[must_use]
    pub fn in_team(self) -> Option<Key> {
        let team_id = self.team_id?;
        if self.only_team.as_ref().is_some_and(|only| *only != team_id) {
            return None;
        }
        let is_owner = self.is_owner != 0;
        let role = if is_owner { Some(Role::Administrator) } else { self.role };
        let role = role?;
        Some(Key {
            id: self.id,
            user_id: self.user_id,
            name: self.name,
            role: self.most.map_or(role, |most| role.min(most)),
            // A key with a role of its own is for that, whatever its user is.
            is_owner: is_owner && self.most.is_none() && self.only_team.is_none(),
            most: self.most,
            only_team: self.only_team,
            expires_ms: self.expires_ms,
            team_id,
            campaigns_for: self.campaigns_for.unwrap_or(Role::Operator),
        })
    }
}

/// The [`KeyRow`] with this hash, revoked or not, in `team_id`. Without one, in the key's own team,
/// the first that the user became a member of, or the first that there is for an owner.
#[must_use]
pub fn by_hash(hash: &str, team_id: Option<&str>) -> Statement {
    sql!(
        "SELECT k.id, k.user_id, u.name, u.is_owner, u.disabled_ms, k.role AS most,
                k.team_id AS only_team, k.expires_ms, k.last_used_ms, k.revoked_ms,
                t.id AS team_id, t.campaigns_for, m.role
         FROM keys k JOIN users u ON u.id = k.user_id
         LEFT JOIN teams t ON t.id = coalesce(?2, k.team_id,
           (SELECT team_id FROM memberships WHERE user_id = k.user_id
            ORDER BY created_ms, team_id LIMIT 1),
           CASE u.is_owner WHEN 1 THEN (SELECT id FROM teams ORDER BY created_ms, id LIMIT 1) END)
         LEFT JOIN memberships m ON m.user_id = k.user_id AND m.team_id = t.id
         WHERE k.hash = ?1",
        hash,
        team_id,
    )
}

/// Notes that a key was used.
#[must_use]
pub fn note_use(id: &str, now_ms: i64) -> Statement {
    sql!("UPDATE keys SET last_used_ms = ?2 WHERE id = ?1", id, now_ms)
}

/// A key as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ShownRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
    /// Its own name.
    pub name: String,
    /// The most that it may do.
    pub role: Option<Role>,
    /// The only team that it opens.
    pub team_id: Option<String>,
    /// When it was made, ms.
    pub created_ms: i64,
    /// When it ends, ms.
    pub expires_ms: Option<i64>,
    /// When its use was last noted, ms.
    pub last_used_ms: Option<i64>,
    /// Since when it opens nothing any more, ms.
    pub revoked_ms: Option<i64>,
}

/// Whose keys somebody sees: one's own; a team's administrator those of its members for the team, and
/// the general ones of those who are in no other, which open nothing else; an owner all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach<'a> {
    /// The user.
    pub user_id: &'a str,
    /// Of one's own only those for this team, where the caller's key is.
    pub only_team: Option<&'a str>,
    /// The team that the user administers.
    pub team_id: Option<&'a str>,
    /// Whether it is an owner.
    pub is_owner: bool,
}

/// The [`ShownRow`]s within a [`Reach`], `?1` to `?4`.
macro_rules! within {
    ($rest:literal) => {
        concat!(
            "SELECT k.seq, k.id, k.user_id, u.name AS user_name, k.name, k.role, k.team_id,
                    k.created_ms, k.expires_ms, k.last_used_ms, k.revoked_ms
             FROM keys k JOIN users u ON u.id = k.user_id
             WHERE ((k.user_id = ?1 AND (?4 IS NULL OR k.team_id = ?4)) OR ?3 = 1 OR (?2 IS NOT NULL
               AND u.is_owner = 0
               AND EXISTS (SELECT 1 FROM memberships m
                           WHERE m.user_id = k.user_id AND m.team_id = ?2)
               AND (k.team_id = ?2 OR (k.team_id IS NULL
                 AND NOT EXISTS (SELECT 1 FROM memberships m
                                 WHERE m.user_id = k.user_id AND m.team_id <> ?2))))) ",
            $rest
        )
    };
}

/// Up to `most` [`ShownRow`]s, newest first, below `before_seq`; of one user where that is asked.
#[must_use]
pub fn page(
    reach: Reach<'_>,
    of_user: Option<&str>,
    before_seq: Option<i64>,
    most: i64,
) -> Statement {
    sql!(
        within!("AND k.seq < ?5 AND (?6 IS NULL OR k.user_id = ?6) ORDER BY k.seq DESC LIMIT ?7"),
        reach.user_id,
        reach.team_id,
        i64::from(reach.is_owner),
        reach.only_team,
        before_seq.unwrap_or(i64::MAX >> 11),
        of_user,
        most,
    )
}

/// The [`ShownRow`] with this id.
#[must_use]
pub fn by_id(reach: Reach<'_>, id: &str) -> Statement {
    sql!(
        within!("AND k.id = ?5"),
        reach.user_id,
        reach.team_id,
        i64::from(reach.is_owner),
        reach.only_team,
        id,
    )
}

/// A new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Whose it is.
    pub user_id: String,
    /// Its name.
    pub name: String,
    /// No more than this.
    pub role: Option<Role>,
    /// Nowhere but there.
    pub team_id: Option<String>,
    /// When it ends, ms.
    pub expires_ms: Option<i64>,
}

/// Adds a key, by its hash.
#[must_use]
pub fn insert(id: &str, key: &NewKey, hash: &str, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO keys (id, user_id, name, hash, role, team_id, created_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        id,
        &key.user_id,
        &key.name,
        hash,
        key.role.map(Role::name),
        key.team_id.clone(),
        now_ms,
        key.expires_ms,
    )
}

/// Revokes a key: one row, or none where it was before, or where it is the last one with which an
/// owner can come in.
#[must_use]
pub fn revoke(id: &str, now_ms: i64) -> Statement {
    sql!(
        "UPDATE keys SET revoked_ms = ?2
         WHERE id = ?1 AND revoked_ms IS NULL
           AND (role IS NOT NULL OR team_id IS NOT NULL OR expires_ms IS NOT NULL
             OR (SELECT is_owner FROM users WHERE id = keys.user_id) = 0
             OR EXISTS (SELECT 1 FROM keys o JOIN users u ON u.id = o.user_id
               WHERE o.id <> ?1 AND o.revoked_ms IS NULL AND o.role IS NULL AND o.team_id IS NULL
                 AND o.expires_ms IS NULL AND u.is_owner = 1 AND u.disabled_ms IS NULL))",
        id,
        now_ms,
    )
}
