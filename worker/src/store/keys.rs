//! The keys that open the API.

use serde::{Deserialize, Serialize};

use super::Statement;
use crate::sql;

/// What a key may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// Read.
    Viewer,
    /// Act on campaigns.
    Operator,
    /// Set up senders, and take addresses off the opt-outs.
    Administrator,
}

impl Role {
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

/// A key. The key itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When its use was last noted, ms.
    pub last_used_ms: Option<i64>,
    /// Since when it opens nothing any more, ms.
    pub revoked_ms: Option<i64>,
}

impl Key {
    /// The team whose senders, campaigns and people it reaches.
    #[must_use]
    pub const fn team_id(&self) -> &'static str {
        super::senders::TEAM
    }
}

/// The [`Key`] with this hash, revoked or not.
#[must_use]
pub fn by_hash(hash: &str) -> Statement {
    sql!("SELECT id, name, role, last_used_ms, revoked_ms FROM keys WHERE hash = ?1", hash)
}

/// Notes that a key was used.
#[must_use]
pub fn note_use(id: &str, now_ms: i64) -> Statement {
    sql!("UPDATE keys SET last_used_ms = ?2 WHERE id = ?1", id, now_ms)
}
