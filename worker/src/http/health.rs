//! `/health` and `/me`: is it there, and who am I to it?

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use tidegate::Instant;

use super::api::{About, Routes};
use super::caller::Viewer;
use super::{App, Failure};
use crate::ports::World;
use crate::store::Database;
use crate::store::keys::Role;
use crate::store::teams::{self, TeamRow};
use crate::store::users::{self, OwnTeamRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("service", "Whether it is there, and who one is to it.")
        .get("/health", health::<W>, About::new("getHealth", "Tell whether the service is there"))
        .get(
            "/me",
            me::<W>,
            About::new("getMe", "Tell whose key this is, in which team and as what"),
        )
}

/// The service.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of the service.
    version: &'static str,
    /// The release of the IANA time zones that it goes by.
    zone_release: &'static str,
    /// Its clock.
    now: Instant,
}

async fn health<W: World + 'static>(app: App<W>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        zone_release: tidegate::zone::release(),
        now: app.now,
    })
}

/// Whose key it is, in which team and as what.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Me {
    /// The user's name.
    name: String,
    /// What the key may do in this team.
    role: Role,
    /// The team that the request means.
    team_id: String,
    user_id: String,
    key_id: String,
    /// Whether the user owns the deployment, and the key is not for less.
    is_owner: bool,
    /// The teams that the key opens.
    teams: Vec<MyTeam>,
    /// What holds in this team.
    limits: MyLimits,
}

/// A team that a key opens.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MyTeam {
    id: String,
    name: String,
    /// What the key may do there.
    role: Role,
    /// `on` or `off`.
    queue: &'static str,
}

/// What holds for a key in its team.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MyLimits {
    /// `on` or `off`.
    queue: &'static str,
    /// The least role that acts on the team's campaigns.
    campaigns_for: Role,
    /// The team's rules.
    policy: Value,
    /// When the key ends.
    expires_at: Option<i64>,
}

const fn switch(queue: i64) -> &'static str {
    if queue == 0 { "off" } else { "on" }
}

#[worker::send]
async fn me<W: World + 'static>(Viewer(key): Viewer, app: App<W>) -> Result<Json<Me>, Failure> {
    let asked = vec![users::teams(&key.user_id, key.is_owner), teams::by_id(key.team_id())];
    let mut answers = app.db().batch(asked).await?.into_iter();
    let own = answers.next().unwrap_or_default().all::<OwnTeamRow>()?;
    let team = answers.next().unwrap_or_default().first::<TeamRow>()?;
    let team = team.ok_or_else(|| Failure::unavailable("a key's team is gone"))?;
    let opens = |row: &OwnTeamRow| key.only_team.as_ref().is_none_or(|only| *only == row.id);
    let opened = own.into_iter().filter(opens).map(|row| {
        let role = row.role.filter(|_| !key.is_owner).unwrap_or(Role::Administrator);
        let role = key.most.map_or(role, |most| role.min(most));
        MyTeam { id: row.id, name: row.name, role, queue: switch(row.queue) }
    });
    Ok(Json(Me {
        teams: opened.collect(),
        limits: MyLimits {
            queue: switch(team.queue),
            campaigns_for: team.campaigns_for,
            policy: serde_json::from_str(&team.policy).unwrap_or_default(),
            expires_at: key.expires_ms,
        },
        team_id: key.team_id().to_owned(),
        role: key.role,
        is_owner: key.is_owner,
        name: key.name,
        user_id: key.user_id,
        key_id: key.id,
    }))
}
