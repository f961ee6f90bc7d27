//! `/users`: who works here.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tidegate::zone::Zone;
use tidegate::{Instant, Problem};

use super::api::{About, Created, Routes};
use super::asked::{Paged, teams as asked};
use super::body::Document;
use super::caller::{Owner, Viewer};
use super::fields::{Fields, NAME_MOST, shown};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::import::Rule;
use crate::model::Channel;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::keys::{Key, Role};
use crate::store::users::{self, NewUser, UserChange, UserRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("users", "Who works here.")
        .get(
            "/users",
            list::<W>,
            About::new("listUsers", "List the members of the team; for an owner, all users")
                .filters::<Paged>(),
        )
        .post(
            "/users",
            create::<W>,
            About::new("createUser", "Make a user").asks::<asked::NewUser>(),
        )
        .patch(
            "/users/{id}",
            change::<W>,
            About::new("changeUser", "Change a user")
                .says("One's own name, address and zone; the rest is an owner's.")
                .asks::<asked::UserChange>()
                .conflicts(&["last_one"]),
        )
}

/// A user, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct User {
    id: String,
    name: String,
    email: Option<String>,
    time_zone: String,
    is_owner: bool,
    disabled: bool,
    created_at: Instant,
    /// Of these, those that the caller may see.
    teams: Vec<UserTeam>,
}

/// A team that a user is in.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct UserTeam {
    team_id: String,
    role: Role,
}

impl User {
    fn from_row(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            teams: serde_json::from_str(&row.teams).map_err(|error| {
                StoreError::Failed(format!("the teams of `{}`: {error}", row.id))
            })?,
            id: row.id,
            name: row.name,
            email: row.email,
            time_zone: row.time_zone,
            is_owner: row.is_owner != 0,
            disabled: row.disabled_ms.is_some(),
            created_at: Instant::from_millis(row.created_ms),
        })
    }

    /// A member's mail address is for administrators, and for the member.
    fn seen_by(mut self, key: &Key) -> Self {
        if key.role < Role::Administrator && self.id != key.user_id {
            self.email = None;
        }
        self
    }
}

/// The members of the caller's team; for an owner, every user.
#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<User>>, Failure> {
    let page = Page::of(&query, number)?;
    let of_team = (!key.is_owner).then_some(key.team_id());
    let rows = app.db().run(users::page(of_team, page.after, page.with_next())).await?;
    let rows = Listing::new(rows.all::<UserRow>()?, &page, |row| row.seq.to_string());
    let users = rows.items.into_iter().map(|row| Ok(User::from_row(row)?.seen_by(&key)));
    let items = users.collect::<Result<_, StoreError>>()?;
    Ok(Json(Listing { items, next_cursor: rows.next_cursor }))
}

#[worker::send]
async fn create<W: World + 'static>(
    Owner(key): Owner,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<User>, Failure> {
    let user = parse_new(&document)?;
    let id = format!("usr_{}", app.world.token());
    let now_ms = app.now.millis();
    let after = json!({ "name": user.name, "is_owner": user.is_owner });
    let entry = Entry::new("user.create", &id, after);
    let entry = audit::entry(&key.caller(), &entry, now_ms);
    app.db().batch(vec![users::insert(&id, &user, now_ms), entry]).await?;
    let user = User::from_row(find(&app, &key, &id).await?)?;
    let place = format!("/api/v1/users/{id}");
    Ok(Created { place, made: user })
}

/// An owner changes anybody; everybody their own name, address and zone.
#[worker::send]
async fn change<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<User>, Failure> {
    let change = parse_change(&document)?;
    let before = find(&app, &key, &id).await?;
    let is_own = id == key.user_id
        && key.only_team.is_none()
        && change.is_owner.is_none()
        && change.disabled.is_none();
    if !key.is_owner && !is_own {
        return Err(Failure::forbidden(
            "an owner of the deployment changes other users, and who is an owner or disabled; a key \
             that is for one team does not change its user",
        ));
    }
    let (was, is) = difference(&before, &change);
    let entry = Entry { what: "user.change", subject: &id, before: was, after: is };
    let now_ms = app.now.millis();
    let statements = vec![
        users::change(&id, &change, now_ms),
        audit::entry_if_changed(&key.caller(), &entry, now_ms),
    ];
    if app.db().batch(statements).await?.first().is_none_or(|answer| answer.changes == 0) {
        return Err(Failure::conflict(
            "last_one",
            "this is the last owner who can come in, or the last administrator of a team; make \
             another one first, an owner with a key that is for no less and never ends",
        ));
    }
    Ok(Json(User::from_row(find(&app, &key, &id).await?)?))
}

/// A user whom the caller may see.
async fn find<W: World>(app: &App<W>, key: &Key, id: &str) -> Result<UserRow, Failure> {
    let statement = if key.is_owner { users::by_id(id) } else { users::member(key.team_id(), id) };
    let row = app.db().run(statement).await?.first::<UserRow>()?;
    row.ok_or_else(|| Failure::not_found("no such user"))
}

fn parse_new(document: &Value) -> Result<NewUser, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.required("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let email = match fields.optional("email") {
        None => Some(None),
        Some(value) => parse_email(&mut fields, value),
    };
    let time_zone = match fields.optional("time_zone") {
        None => Some("UTC".to_owned()),
        Some(value) => parse_zone(&mut fields, value),
    };
    let is_owner = match fields.optional("is_owner") {
        None => Some(false),
        Some(value) => fields.truth("is_owner", value),
    };
    let user = (|| {
        Some(NewUser { name: name?, email: email?, time_zone: time_zone?, is_owner: is_owner? })
    })();
    fields.finish(user)
}

fn parse_change(document: &Value) -> Result<UserChange, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.optional("name");
    let email = fields.optional("email");
    let time_zone = fields.optional("time_zone");
    let is_owner = fields.optional("is_owner");
    let disabled = fields.optional("disabled");
    let change = UserChange {
        name: name.and_then(|value| fields.text("name", value, NAME_MOST)),
        email: email.and_then(|value| parse_email(&mut fields, value)),
        time_zone: time_zone.and_then(|value| parse_zone(&mut fields, value)),
        is_owner: is_owner.and_then(|value| fields.truth("is_owner", value)),
        disabled: disabled.and_then(|value| fields.truth("disabled", value)),
    };
    // A field that was refused has left its problem, so nothing is passed over here.
    fields.finish(Some(change))
}

/// `None`: refused with its problem. `Some(None)`: null.
#[expect(clippy::option_option, reason = "left out, null and a value differ in a change")]
fn parse_email(fields: &mut Fields<'_>, value: &Value) -> Option<Option<String>> {
    if value.is_null() {
        return Some(None);
    }
    let text = fields.text("email", value, NAME_MOST)?;
    match Rule::of(Channel::Email, None).normal(&text) {
        Ok(address) => Some(Some(address)),
        Err(fault) => {
            fields.refuse("email", fault.code, fault.message);
            None
        }
    }
}

/// The name of a zone as the database spells it.
pub fn parse_zone(fields: &mut Fields<'_>, value: &Value) -> Option<String> {
    let name = fields.text("time_zone", value, NAME_MOST)?;
    let zone = Zone::named(&name).map(|zone| zone.name().to_owned());
    if zone.is_none() {
        let message = format!(
            "`{}` is no time zone; write an IANA name such as `Europe/Paris`",
            shown(&name)
        );
        fields.refuse("time_zone", "unknown_zone", message);
    }
    zone
}

fn difference(row: &UserRow, change: &UserChange) -> (Value, Value) {
    let pairs = [
        ("name", json!(row.name), change.name.as_ref().map(|name| json!(name))),
        ("email", json!(row.email), change.email.as_ref().map(|email| json!(email))),
        ("time_zone", json!(row.time_zone), change.time_zone.as_ref().map(|zone| json!(zone))),
        ("is_owner", json!(row.is_owner != 0), change.is_owner.map(|is| json!(is))),
        ("disabled", json!(row.disabled_ms.is_some()), change.disabled.map(|is| json!(is))),
    ];
    let (mut before, mut after) = (Map::new(), Map::new());
    for (field, was, is) in pairs {
        if let Some(is) = is.filter(|is| *is != was) {
            before.insert(field.to_owned(), was);
            after.insert(field.to_owned(), is);
        }
    }
    (Value::Object(before), Value::Object(after))
}
