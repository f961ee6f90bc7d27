//! `/teams/{id}/members`: who works in a team, and as what.

use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use serde_json::{Value, json};

use super::api::{About, NoContent, Routes};
use super::asked::teams as asked;
use super::body::Document;
use super::caller::Viewer;
use super::fields::Fields;
use super::teams::reach;
use super::{App, Failure};
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::keys::{Key, Role};
use crate::store::users::{self, OwnTeamRow, UserRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("teams")
        .put(
            "/teams/{id}/members/{user}",
            put_member::<W>,
            About::new("putMember", "Make a user a member of a team")
                .least(Role::Administrator)
                .says(
                    "An owner takes in anybody; another administrator whoever is in no team yet. \
                     Somebody else's user is not found.",
                )
                .asks::<asked::MemberAsked>()
                .conflicts(&["last_administrator"]),
        )
        .delete(
            "/teams/{id}/members/{user}",
            remove_member::<W>,
            About::new("removeMember", "Take a user out of a team")
                .least(Role::Administrator)
                .says("Anybody may leave.")
                .conflicts(&["last_administrator"]),
        )
}

/// What a user is in a team.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Member {
    team_id: String,
    user_id: String,
    role: Role,
}

#[worker::send]
async fn put_member<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Path((id, user_id)): Path<(String, String)>,
    Document(document): Document,
) -> Result<Json<Member>, Failure> {
    let caller = reach(&app, &key, &id, Role::Administrator).await?;
    let mut fields = Fields::of(&document);
    let role = fields.required("role");
    let role = role.and_then(|value| fields.one_of("role", value, &Role::NAMES));
    let role = fields.finish(role)?;
    let was = membership(&app, &key, &id, &user_id).await?;
    let before = was.map_or(Value::Null, |was| json!({ "role": was }));
    let entry =
        Entry { what: "member.put", subject: &user_id, before, after: json!({ "role": role }) };
    let now_ms = app.now.millis();
    let statements = vec![
        users::put_member(&id, &user_id, role, now_ms),
        audit::entry_if_changed(&caller, &entry, now_ms),
    ];
    if app.db().batch(statements).await?.first().is_none_or(|answer| answer.changes == 0) {
        return Err(last_administrator());
    }
    Ok(Json(Member { team_id: id, user_id, role }))
}

#[worker::send]
async fn remove_member<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<NoContent, Failure> {
    // Anybody may leave, though not by a key that is for less.
    let leaves = user_id == key.user_id && key.most.is_none();
    let least = if leaves { Role::Viewer } else { Role::Administrator };
    let caller = reach(&app, &key, &id, least).await?;
    let Some(was) = membership(&app, &key, &id, &user_id).await? else {
        return Err(Failure::not_found("no such member of the team"));
    };
    let before = json!({ "role": was });
    let entry = Entry { what: "member.remove", subject: &user_id, before, after: Value::Null };
    let statements = vec![
        users::remove_member(&id, &user_id),
        audit::entry_if_changed(&caller, &entry, app.now.millis()),
    ];
    if app.db().batch(statements).await?.first().is_none_or(|answer| answer.changes == 0) {
        return Err(last_administrator());
    }
    Ok(NoContent)
}

fn last_administrator() -> Failure {
    Failure::conflict(
        "last_administrator",
        "this is the team's last administrator; make another one first",
    )
}

/// What a user is in a team; 404 where there is no such user, or none that the caller may take in.
async fn membership<W: World>(
    app: &App<W>,
    key: &Key,
    team_id: &str,
    user_id: &str,
) -> Result<Option<Role>, Failure> {
    let user = if key.is_owner { users::by_id(user_id) } else { users::open_to(team_id, user_id) };
    let user = app.db().run(user).await?.first::<UserRow>()?;
    if user.is_none() {
        return Err(Failure::not_found("no such user"));
    }
    let row = app.db().run(users::in_team(user_id, team_id)).await?.first::<OwnTeamRow>()?;
    Ok(row.and_then(|row| row.role))
}
