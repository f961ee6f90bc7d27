//! `/teams` and their members.

use axum::Json;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tidegate::lexicon::{Lexicon, SHIPPED};
use tidegate::{Instant, Problem};

use super::api::{About, Created, Routes};
use super::asked::{Paged, teams as asked};
use super::body::Document;
use super::caller::{Owner, Viewer};
use super::campaign_contents::parse_lateness;
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Listing, Page, Query};
use super::person_policy::{parse_hours, parse_person_policy};
use super::seen::parse_tracking;
use super::senders::parse_region;
use super::{App, Failure};
use crate::jobs::teams::hold;
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::keys::{Key, Role};
use crate::store::teams::{self, TeamChange, TeamRow};
use crate::store::users::{self, OwnTeamRow};
use crate::store::{Database, StoreError};

/// The longest id that is looked up, in characters.
const ID_MOST: usize = 100;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("teams", "Who shares the deployment, and sees nothing of the others.")
        .get(
            "/teams",
            list::<W>,
            About::new("listTeams", "List the teams that the key opens").filters::<Paged>(),
        )
        .post(
            "/teams",
            create::<W>,
            About::new("createTeam", "Make a team").asks::<asked::NewTeam>(),
        )
        .get("/teams/{id}", show::<W>, About::new("getTeam", "Show a team"))
        .patch(
            "/teams/{id}",
            change::<W>,
            About::new("changeTeam", "Change a team, or switch its queue")
                .least(Role::Administrator)
                .asks::<asked::TeamChange>()
                .conflicts(&["stale_version"]),
        )
}

/// A team, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Team {
    id: String,
    name: String,
    /// Its hours, for all that it sends.
    policy: Value,
    /// What it asks for each person that it writes to.
    person_policy: Value,
    queue: &'static str,
    lexicon: Option<String>,
    defaults: Value,
    /// The least role that acts on its campaigns.
    campaigns_for: Role,
    version: i64,
    created_at: Instant,
}

/// A team that was changed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ChangedTeam {
    #[serde(flatten)]
    team: Team,
    /// How many campaigns were held, where the queue was switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<i64>,
}

impl Team {
    fn from_row(row: TeamRow) -> Result<Self, StoreError> {
        let unreadable = |error| StoreError::Failed(format!("a document of `{}`: {error}", row.id));
        Ok(Self {
            policy: serde_json::from_str(&row.policy).map_err(unreadable)?,
            person_policy: serde_json::from_str(&row.person_policy).map_err(unreadable)?,
            defaults: serde_json::from_str(&row.defaults).map_err(unreadable)?,
            id: row.id,
            name: row.name,
            queue: if row.queue == 0 { "off" } else { "on" },
            lexicon: row.lexicon,
            campaigns_for: row.campaigns_for,
            version: row.version,
            created_at: Instant::from_millis(row.created_ms),
        })
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Team>>, Failure> {
    let page = Page::of(&query, |id| Some(id.to_owned()))?;
    let statement = if let Some(only) = &key.only_team {
        teams::by_id(only)
    } else {
        let of_user = (!key.is_owner).then_some(key.user_id.as_str());
        teams::page(of_user, page.after.as_deref().unwrap_or_default(), page.with_next())
    };
    let rows = app.db().run(statement).await?.all::<TeamRow>()?;
    let rows = Listing::new(rows, &page, |row| row.id.clone());
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Team::from_row).collect::<Result<_, _>>()?,
        next_cursor: rows.next_cursor,
    }))
}

/// Makes a team, with the caller as its first administrator.
#[worker::send]
async fn create<W: World + 'static>(
    Owner(key): Owner,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<Team>, Failure> {
    let mut fields = Fields::of(&document);
    let name = fields.required("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let name = fields.finish(name)?;
    let id = format!("team_{}", app.world.token());
    let now_ms = app.now.millis();
    let caller = Caller { team_id: id.clone(), ..key.caller() };
    let entry = Entry::new("team.create", &id, json!({ "name": name }));
    app.db()
        .batch(vec![
            teams::insert(&id, &name, now_ms),
            users::put_member(&id, &key.user_id, Role::Administrator, now_ms),
            audit::entry(&caller, &entry, now_ms),
        ])
        .await?;
    let team = Team::from_row(find(&app, &id).await?)?;
    let place = format!("/api/v1/teams/{id}");
    Ok(Created { place, made: team })
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Team>, Failure> {
    reach(&app, &key, &id, Role::Viewer).await?;
    Ok(Json(Team::from_row(find(&app, &id).await?)?))
}

/// Changes a team. Where its queue is switched off, its campaigns that are on their way are held,
/// and counted in `held`.
#[worker::send]
async fn change<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<ChangedTeam>, Failure> {
    let caller = reach(&app, &key, &id, Role::Administrator).await?;
    let (change, version) = parse_change(&document)?;
    let before = find(&app, &id).await?;
    let stale = |row: &TeamRow| {
        let at = row.version;
        let detail =
            format!("the team is at version {at}; read it again and make the change there");
        Failure::conflict("stale_version", detail)
    };
    if version.is_some_and(|version| version != before.version) {
        return Err(stale(&before));
    }
    let (was, is) = difference(&before, &change)?;
    let entry = Entry { what: "team.change", subject: &id, before: was, after: is };
    let mut statements = vec![
        teams::change(&id, before.version, &change),
        audit::entry_if_changed(&caller, &entry, app.now.millis()),
    ];
    if change.policy.is_some() || change.person_policy.is_some() {
        statements.extend(teams::hand_down(&id, &caller.name, app.now.millis()));
    }
    if app.db().batch(statements).await?.first().is_none_or(|answer| answer.changes == 0) {
        return Err(stale(&find(&app, &id).await?));
    }
    let team = Team::from_row(find(&app, &id).await?)?;
    let held = match change.queue {
        Some(false) => Some(hold(&*app.world, &caller, Some(&id), app.now).await?),
        _ => None,
    };
    Ok(Json(ChangedTeam { team, held }))
}

async fn find<W: World>(app: &App<W>, id: &str) -> Result<TeamRow, Failure> {
    let row = app.db().run(teams::by_id(id)).await?.first::<TeamRow>()?;
    row.ok_or_else(|| Failure::not_found("no such team"))
}

/// The caller in the team of the path, which need not be the one that the request names; 404 where
/// the key does not open it.
///
/// # Errors
/// 403 where the role there does not reach `least`, or the database's.
pub async fn reach<W: World>(
    app: &App<W>,
    key: &Key,
    id: &str,
    least: Role,
) -> Result<Caller, Failure> {
    let role = if id == key.team_id() {
        Some(key.role)
    } else if id.len() > ID_MOST || key.only_team.is_some() {
        None
    } else {
        let row = app.db().run(users::in_team(&key.user_id, id)).await?.first::<OwnTeamRow>()?;
        row.and_then(|row| if key.is_owner { Some(Role::Administrator) } else { row.role })
            .map(|role| key.most.map_or(role, |most| role.min(most)))
    };
    let role = role.ok_or_else(|| Failure::not_found("no such team"))?;
    if role < least {
        return Err(Failure::forbidden(format!(
            "the key of `{}` is of the role {} in this team; this takes {}",
            key.name,
            role.name(),
            least.name()
        )));
    }
    Ok(Caller { team_id: id.to_owned(), ..key.caller() })
}

fn parse_change(document: &Value) -> Result<(TeamChange, Option<i64>), Vec<Problem>> {
    const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];
    const CAMPAIGNS_FOR: [(&str, Role); 2] = [
        (Role::Operator.name(), Role::Operator),
        (Role::Administrator.name(), Role::Administrator),
    ];
    let mut fields = Fields::of(document);
    let name = fields.optional("name");
    let policy = fields.optional("policy");
    let person_policy = fields.optional("person_policy");
    let queue = fields.optional("queue");
    let lexicon = fields.optional("lexicon");
    let defaults = fields.optional("defaults");
    let campaigns_for = fields.optional("campaigns_for");
    let version = fields.optional("version");
    let change = TeamChange {
        name: name.and_then(|value| fields.text("name", value, NAME_MOST)),
        policy: policy
            .and_then(|value| parse_hours(&mut fields, value))
            .map(|policy| policy.to_string()),
        person_policy: person_policy
            .and_then(|value| parse_person_policy(&mut fields, value))
            .map(|policy| policy.to_string()),
        queue: queue.and_then(|value| fields.one_of("queue", value, &SWITCH)),
        lexicon: lexicon.and_then(|value| parse_lexicon(&mut fields, value)),
        defaults: defaults
            .and_then(|value| parse_defaults(&mut fields, value))
            .map(|defaults| defaults.to_string()),
        campaigns_for: campaigns_for
            .and_then(|value| fields.one_of("campaigns_for", value, &CAMPAIGNS_FOR)),
    };
    let version = version.and_then(|value| fields.whole("version", value, 1, i64::MAX));
    // A field that was refused has left its problem, so nothing is passed over here.
    fields.finish(Some((change, version)))
}

#[expect(clippy::option_option, reason = "left out, null and a value differ in a change")]
fn parse_lexicon(fields: &mut Fields<'_>, value: &Value) -> Option<Option<String>> {
    if value.is_null() {
        return Some(None);
    }
    let id = fields.text("lexicon", value, NAME_MOST)?;
    if Lexicon::shipped(&id).is_none() {
        let known: Vec<_> = SHIPPED.iter().map(|id| format!("`{id}`")).collect();
        let message =
            format!("`{}` is no lexicon; write {}", super::fields::shown(&id), known.join(" or "));
        fields.refuse("lexicon", "unknown_lexicon", message);
        return None;
    }
    Some(Some(id))
}

/// `{"region", "policy", "lateness"}`: what new senders and campaigns have where they say nothing.
fn parse_defaults<'a>(fields: &mut Fields<'a>, value: &'a Value) -> Option<Value> {
    fields.object("defaults", value, |inner| {
        let mut defaults = Map::new();
        if let Some(region) = parse_region(inner) {
            defaults.insert("region".into(), json!(region));
        }
        if let Some(policy) = inner.optional("policy") {
            defaults.insert("policy".into(), inner.policy("policy", policy)?);
        }
        if let Some(lateness) = inner.optional("lateness") {
            defaults.insert("lateness".into(), json!(parse_lateness(inner, lateness)?));
        }
        if let Some(tracking) = inner.optional("tracking") {
            defaults.insert("tracking".into(), json!(parse_tracking(inner, tracking)?));
        }
        Some(Value::Object(defaults))
    })
}

/// What a change makes different, before and after.
fn difference(row: &TeamRow, change: &TeamChange) -> Result<(Value, Value), StoreError> {
    let read = |text: &str| {
        serde_json::from_str::<Value>(text).map_err(|error| StoreError::Failed(error.to_string()))
    };
    let document = |text: &Option<String>| text.as_deref().map(read).transpose();
    let pairs = [
        ("name", json!(row.name), change.name.as_ref().map(|name| json!(name))),
        ("policy", read(&row.policy)?, document(&change.policy)?),
        ("person_policy", read(&row.person_policy)?, document(&change.person_policy)?),
        ("queue", json!(row.queue != 0), change.queue.map(|queue| json!(queue))),
        ("lexicon", json!(row.lexicon), change.lexicon.as_ref().map(|id| json!(id))),
        ("defaults", read(&row.defaults)?, document(&change.defaults)?),
        ("campaigns_for", json!(row.campaigns_for), change.campaigns_for.map(|role| json!(role))),
    ];
    let (mut before, mut after) = (Map::new(), Map::new());
    for (field, was, is) in pairs {
        if let Some(is) = is.filter(|is| *is != was) {
            before.insert(field.to_owned(), was);
            after.insert(field.to_owned(), is);
        }
    }
    Ok((Value::Object(before), Value::Object(after)))
}
