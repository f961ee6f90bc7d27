//! `/keys`: what opens the API. A key is shown once, when it is made.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::api::{About, Created, NoContent, Repeat, Routes};
use super::asked::teams as asked;
use super::body::Document;
use super::caller::{Viewer, hash};
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Listing, Page, Query, number};
use super::teams::reach;
use super::{App, Failure};
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::keys::{self, Key, NewKey, Reach, Role, ShownRow};
use crate::store::users::{self, UserRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("keys", "What opens the API.")
        .get(
            "/keys",
            list::<W>,
            About::new("listKeys", "List the keys that one may revoke, newest first")
                .filters::<asked::KeyFilter>(),
        )
        .post(
            "/keys",
            create::<W>,
            About::new("createKey", "Make a key")
                .says("The answer is the only one that has it. Sent again, it makes another one.")
                .asks::<asked::NewKey>()
                // Its answer is a secret, and kept nowhere.
                .repeated(Repeat::Harmless),
        )
        .delete(
            "/keys/{id}",
            revoke::<W>,
            About::new("revokeKey", "Revoke a key").conflicts(&["last_key"]),
        )
}

/// A key, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Key"))]
struct Shown {
    id: String,
    name: String,
    user_id: String,
    user_name: String,
    /// No more than this; null: what the user may.
    role: Option<Role>,
    /// Nowhere but there; null: wherever the user is.
    team_id: Option<String>,
    created_at: Instant,
    expires_at: Option<Instant>,
    last_used_at: Option<Instant>,
    revoked_at: Option<Instant>,
}

impl From<ShownRow> for Shown {
    fn from(row: ShownRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            user_id: row.user_id,
            user_name: row.user_name,
            role: row.role,
            team_id: row.team_id,
            created_at: Instant::from_millis(row.created_ms),
            expires_at: row.expires_ms.map(Instant::from_millis),
            last_used_at: row.last_used_ms.map(Instant::from_millis),
            revoked_at: row.revoked_ms.map(Instant::from_millis),
        }
    }
}

/// A key that was just made: the only answer that has it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NewKeyMade"))]
struct Made {
    key: String,
    #[serde(flatten)]
    shown: Shown,
}

fn seen_by(key: &Key) -> Reach<'_> {
    Reach {
        user_id: &key.user_id,
        only_team: key.only_team.as_deref(),
        team_id: (key.role == Role::Administrator).then_some(key.team_id()),
        is_owner: key.is_owner,
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Shown>>, Failure> {
    let mut fields = Fields::of(&query);
    let of_user = fields.optional("user_id").and_then(Value::as_str);
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let statement = keys::page(seen_by(&key), of_user, page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<ShownRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Shown::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

/// Makes a key: of one's own, of a member of one's team, or for an owner of anybody. It never opens
/// more than the key that makes it.
#[worker::send]
async fn create<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<Made>, Failure> {
    let wanted = parse(&document, &key, app.now)?;
    let wanted = allowed(&app, &key, wanted).await?;
    let id = format!("key_{}", app.world.token());
    let secret = format!("tg_{}{}", app.world.token(), app.world.token());
    let now_ms = app.now.millis();
    let after = json!({
        "user_id": wanted.user_id,
        "name": wanted.name,
        "role": wanted.role,
        "team_id": wanted.team_id,
        "expires_at": wanted.expires_ms,
    });
    let entry = Entry::new("key.create", &id, after);
    let statements = vec![
        keys::insert(&id, &wanted, &hash(&secret), now_ms),
        audit::entry(&key.caller(), &entry, now_ms),
    ];
    app.db().batch(statements).await?;
    let shown = find(&app, &key, &id).await?.into();
    let place = format!("/api/v1/keys/{id}");
    Ok(Created { place, made: Made { key: secret, shown } })
}

#[worker::send]
async fn revoke<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<NoContent, Failure> {
    let row = find(&app, &key, &id).await?;
    let is_wider = |most| row.role.is_none_or(|role| role > most);
    if row.user_id == key.user_id && row.id != key.id && key.most.is_some_and(is_wider) {
        let detail = "this key is for less than that one: it revokes itself, and keys that may do no \
                      more";
        return Err(Failure::forbidden(detail));
    }
    let before = json!({ "user_id": row.user_id, "name": row.name });
    let entry = Entry { what: "key.revoke", subject: &id, before, after: Value::Null };
    let now_ms = app.now.millis();
    let statements =
        vec![keys::revoke(&id, now_ms), audit::entry_if_changed(&key.caller(), &entry, now_ms)];
    let done = app.db().batch(statements).await?;
    // Revoking it again is no fault.
    if row.revoked_ms.is_none() && done.first().is_none_or(|answer| answer.changes == 0) {
        let now = find(&app, &key, &id).await?;
        if now.revoked_ms.is_none() {
            return Err(Failure::conflict(
                "last_key",
                "this is the last key with which an owner can come in; make another one first",
            ));
        }
    }
    Ok(NoContent)
}

async fn find<W: World>(app: &App<W>, key: &Key, id: &str) -> Result<ShownRow, Failure> {
    let row = app.db().run(keys::by_id(seen_by(key), id)).await?.first::<ShownRow>()?;
    row.ok_or_else(|| Failure::not_found("no such key"))
}

fn parse(document: &Value, key: &Key, now: Instant) -> Result<NewKey, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.required("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let user_id = match fields.optional("user_id") {
        None => Some(key.user_id.clone()),
        Some(value) => fields.text("user_id", value, NAME_MOST),
    };
    let role = match fields.optional("role").filter(|value| !value.is_null()) {
        None => Some(None),
        Some(value) => fields.one_of("role", value, &Role::NAMES).map(Some),
    };
    let team_id = match fields.optional("team_id").filter(|value| !value.is_null()) {
        None => Some(None),
        Some(value) => fields.text("team_id", value, NAME_MOST).map(Some),
    };
    let expires_at = match fields.optional("expires_at").filter(|value| !value.is_null()) {
        None => Some(None),
        Some(value) => fields.instant("expires_at", value).map(Some),
    };
    if let Some(Some(at)) = expires_at
        && at <= now
    {
        fields.refuse("expires_at", "in_the_past", "lies behind; write an instant that is ahead");
    }
    let wanted = (|| {
        Some(NewKey {
            name: name?,
            user_id: user_id?,
            role: role?,
            team_id: team_id?,
            expires_ms: expires_at?.map(Instant::millis),
        })
    })();
    fields.finish(wanted)
}

/// The key that is made: no wider and no longer than the one that makes it, and for somebody else
/// only where the caller says who does what.
async fn allowed<W: World>(app: &App<W>, key: &Key, wanted: NewKey) -> Result<NewKey, Failure> {
    let mut wanted = wanted;
    wanted.role = match (wanted.role, key.most) {
        (Some(role), Some(most)) => Some(role.min(most)),
        (role, most) => role.or(most),
    };
    wanted.expires_ms = match (wanted.expires_ms, key.expires_ms) {
        (Some(at), Some(end)) => Some(at.min(end)),
        (at, end) => at.or(end),
    };
    wanted.team_id = wanted.team_id.or_else(|| key.only_team.clone());
    let of_another = wanted.user_id != key.user_id;
    if of_another && !key.is_owner {
        // An administrator rules in one team, and opens no other with somebody's name.
        wanted.team_id = wanted.team_id.or_else(|| Some(key.team_id().to_owned()));
        let team_id = wanted.team_id.as_deref().unwrap_or_default();
        reach(app, key, team_id, Role::Administrator).await.map_err(no_team)?;
    }
    if let Some(team_id) = &wanted.team_id {
        reach(app, key, team_id, Role::Viewer).await.map_err(no_team)?;
    }
    let user = match &wanted.team_id {
        Some(team_id) if of_another => users::member(team_id, &wanted.user_id),
        _ => users::by_id(&wanted.user_id),
    };
    let user = app.db().run(user).await?.first::<UserRow>()?;
    let user = user.ok_or_else(|| {
        unknown(
            "user_id",
            "unknown_user",
            "is the id of no user there; take one from `/api/v1/users`",
        )
    })?;
    if of_another && user.is_owner != 0 && !key.is_owner {
        return Err(Failure::forbidden("a key of an owner is made by an owner"));
    }
    Ok(wanted)
}

/// A team in a body that the caller does not reach is a fault of that body.
fn no_team(failure: Failure) -> Failure {
    if failure.is_not_found() {
        let message = "is the id of no team that the key opens; take one from `/api/v1/me`";
        return unknown("team_id", "unknown_team", message);
    }
    failure
}

fn unknown(path: &str, code: &'static str, message: &str) -> Failure {
    Failure::invalid(vec![Problem { path: path.into(), code, message: message.into() }])
}
