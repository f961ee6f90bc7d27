//! `/senders`: who a message comes from, and the rules that it goes by.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::api::{About, As, Created, Repeat, Routes};
use super::asked::Paged;
use super::asked::senders as asked;
use super::body::Document;
use super::caller::{Administrator, Viewer};
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure, provider_url, told};
use crate::jobs::{outlook, rules};
use crate::model::{Channel, ProviderConfig};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::keys::Role;
use crate::store::senders::{self, NewSender, SenderChange, SenderRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("senders", "Who a message comes from, and the rules that it goes by.")
        .get(
            "/senders",
            list::<W>,
            About::new("listSenders", "List the senders, oldest first").filters::<Paged>(),
        )
        .post(
            "/senders",
            create::<W>,
            About::new("createSender", "Make a sender")
                .asks::<asked::NewSender>()
                .repeated(Repeat::Finds),
        )
        .get("/senders/{id}", show::<W>, About::new("getSender", "Show a sender"))
        .patch(
            "/senders/{id}",
            change::<W>,
            About::new("changeSender", "Change a sender")
                .says("Other rules are in force at once: what is committed is planned anew.")
                .asks::<asked::SenderChange>()
                .conflicts(&["stale_version"]),
        )
        .get(
            "/senders/{id}/policy",
            policy::<W>,
            About::new("getSenderPolicy", "Show a sender's rules, from a copy close by")
                .says("The copy may be a minute old, and where two people changed the rules at once, an hour."),
        )
        .get(
            "/senders/{id}/outlook",
            outlook::<W>,
            About::new("getSenderOutlook", "Show what a sender still has to send")
                .says("A plan request for the engine, with what was sent lately."),
        )
}

/// A sender, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Sender {
    id: String,
    name: String,
    channel: Channel,
    provider: ProviderConfig,
    #[cfg_attr(feature = "schema", schemars(with = "asked::Policy"))]
    policy: Value,
    region: Option<String>,
    order: String,
    /// How many messages a second it sends at present, where its provider or the runtime takes fewer
    /// than it is set to. It goes faster again by itself.
    slowed_to: Option<f64>,
    version: i64,
    created_at: Instant,
}

impl Sender {
    fn from_row(row: SenderRow) -> Result<Self, StoreError> {
        let unreadable = |what| {
            let id = &row.id;
            move |error| StoreError::Failed(format!("the {what} of `{id}`: {error}"))
        };
        Ok(Self {
            provider: serde_json::from_str(&row.provider).map_err(unreadable("provider"))?,
            policy: serde_json::from_str(&row.policy).map_err(unreadable("policy"))?,
            id: row.id,
            name: row.name,
            channel: row.channel,
            region: row.region,
            order: row.lane_order,
            slowed_to: slowed_to(row.slow_ms),
            version: row.version,
            created_at: Instant::from_millis(row.created_ms),
        })
    }

    /// As it is told to a role: people put secrets into the addresses of a provider, so whoever does not
    /// set them sees where they lead alone.
    fn told_to(mut self, role: Role) -> Self {
        if let ProviderConfig::Webhook { url, lookup_url, .. } = &mut self.provider
            && role < Role::Administrator
        {
            *url = origin(url);
            *lookup_url = lookup_url.take().map(|url| origin(&url));
        }
        self
    }

    fn published(&self) -> Value {
        json!({ "policy": self.policy, "version": self.version })
    }
}

/// Where an address leads: its scheme and host.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}://{host}/")
}

/// A pace as messages a second.
fn slowed_to(slow_ms: i64) -> Option<f64> {
    let ms = u32::try_from(slow_ms).ok().filter(|ms| *ms > 0)?;
    Some((1e4 / f64::from(ms)).round() / 10.0)
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Sender>>, Failure> {
    let page = Page::of(&query, number)?;
    let statement = senders::page(key.team_id(), page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<SenderRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    Ok(Json(Listing {
        items: rows
            .items
            .into_iter()
            .map(|row| Ok(Sender::from_row(row)?.told_to(key.role)))
            .collect::<Result<_, StoreError>>()?,
        next_cursor: rows.next_cursor,
    }))
}

#[worker::send]
async fn create<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Document(document): Document,
) -> Result<Created<Sender>, Failure> {
    let sender = parse_new(&document, app.local)?;
    let id = format!("snd_{}", app.world.token());
    let provider: Value = serde_json::from_str(&sender.provider).unwrap_or_default();
    let after =
        json!({ "name": sender.name, "channel": sender.channel, "kind": provider.get("kind") });
    let entry = Entry::new("sender.create", &id, after);
    let statements = vec![
        senders::insert(key.team_id(), &id, &sender, app.now.millis()),
        audit::entry(&key.caller(), &entry, app.now.millis()),
    ];
    let made = app.db().batch(statements).await?.into_iter().next().unwrap_or_default();
    let row = made.first::<SenderRow>()?;
    let row = row.ok_or_else(|| Failure::unavailable("a new sender gave no row"))?;
    let sender = Sender::from_row(row)?;
    app.published.put(key.team_id(), &sender.id, &sender.published()).await;
    let place = format!("/api/v1/senders/{}", sender.id);
    Ok(Created { place, made: sender })
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Sender>, Failure> {
    Ok(Json(find(&app, key.team_id(), &id).await?.told_to(key.role)))
}

#[worker::send]
async fn change<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Sender>, Failure> {
    let change = parse_change(&document, app.local)?;
    let row = rules::change(&*app.world, &id, &change, &key.caller(), app.now).await?;
    let sender = Sender::from_row(row)?;
    app.published.put(key.team_id(), &sender.id, &sender.published()).await;
    Ok(Json(sender))
}

#[worker::send]
async fn policy<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<As<told::SenderPolicy>, Failure> {
    if let Some(copy) = app.published.get(key.team_id(), &id).await {
        return Ok(As::new(copy));
    }
    let copy = find(&app, key.team_id(), &id).await?.published();
    app.published.put(key.team_id(), &id, &copy).await;
    Ok(As::new(copy))
}

#[worker::send]
async fn outlook<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<As<told::Outlook>, Failure> {
    Ok(As::new(outlook::of_sender(app.db(), key.team_id(), &id, app.now).await?))
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<Sender, Failure> {
    let row = app.db().run(senders::by_id(team_id, id)).await?.first::<SenderRow>()?;
    let row = row.ok_or_else(|| Failure::not_found("no such sender"))?;
    Ok(Sender::from_row(row)?)
}

/// The channels by name.
pub const CHANNELS: [(&str, Channel); 4] = [
    ("sms", Channel::Sms),
    ("whatsapp", Channel::Whatsapp),
    ("email", Channel::Email),
    ("direct", Channel::Direct),
];

const ORDERS: [(&str, &str); 2] = [("in_turn", "in_turn"), ("fair", "fair")];

/// What a provider takes a second unless told, and at most.
const PER_SECOND: (u32, i64) = (50, 1000);

fn parse_new(document: &Value, local: bool) -> Result<NewSender, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.required("name");
    let name = name.and_then(|value| fields.text("name", value, NAME_MOST));
    let channel = fields.required("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let provider = fields.required("provider");
    let provider = provider.and_then(|value| parse_provider(&mut fields, value, local));
    let policy = fields.required("policy");
    let policy = policy.and_then(|value| fields.policy("policy", value));
    let order = match fields.optional("order") {
        None => Some("in_turn"),
        Some(value) => fields.one_of("order", value, &ORDERS),
    };
    let region = parse_region(&mut fields).flatten();
    let sender = (|| {
        Some(NewSender {
            name: name?,
            channel: channel?,
            provider: provider?,
            policy: policy?.to_string(),
            lane_order: order?,
            region,
        })
    })();
    fields.finish(sender)
}

fn parse_change(document: &Value, local: bool) -> Result<SenderChange, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let name = fields.optional("name");
    let provider = fields.optional("provider");
    let policy = fields.optional("policy");
    let order = fields.optional("order");
    let version = fields.optional("version");
    let change = SenderChange {
        name: name.and_then(|value| fields.text("name", value, NAME_MOST)),
        provider: provider.and_then(|value| parse_provider(&mut fields, value, local)),
        policy: policy
            .and_then(|value| fields.policy("policy", value))
            .map(|policy| policy.to_string()),
        lane_order: order.and_then(|value| fields.one_of("order", value, &ORDERS)),
        region: parse_region(&mut fields),
        version: version.and_then(|value| fields.whole("version", value, 1, i64::MAX)),
    };
    // A field that was refused has left its problem, so nothing is passed over here.
    fields.finish(Some(change))
}

/// `None`: left out, or refused with its problem. `Some(None)`: null.
#[expect(clippy::option_option, reason = "left out, null and a value differ in a change")]
pub fn parse_region(fields: &mut Fields<'_>) -> Option<Option<String>> {
    match fields.optional("region")? {
        Value::Null => Some(None),
        Value::String(text) if is_region(text) => Some(Some(text.clone())),
        _ => {
            let message = "is not a country; write two capital letters of ISO 3166, such as `FR`";
            fields.refuse("region", "bad_region", message);
            None
        }
    }
}

fn is_region(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The provider as the document that is kept.
fn parse_provider(fields: &mut Fields<'_>, value: &Value, local: bool) -> Option<String> {
    #[derive(Clone, Copy)]
    enum Kind {
        Sandbox,
        Webhook,
    }
    const KINDS: [(&str, Kind); 2] = [("sandbox", Kind::Sandbox), ("webhook", Kind::Webhook)];
    let mut inner = Fields::of(value);
    let kind = inner.required("kind");
    let kind = kind.and_then(|value| inner.one_of("kind", value, &KINDS));
    let per_second = match inner.optional("per_second") {
        None => Some(PER_SECOND.0),
        Some(value) => inner
            .whole("per_second", value, 1, PER_SECOND.1)
            .and_then(|number| u32::try_from(number).ok()),
    };
    let config = match kind {
        Some(Kind::Sandbox) => per_second.map(|per_second| ProviderConfig::Sandbox { per_second }),
        Some(Kind::Webhook) => {
            let url = inner.required("url");
            let url = url.and_then(|value| parse_url(&mut inner, value, local));
            let deduplicates = match inner.optional("deduplicates") {
                None => Some(false),
                Some(value) => inner.truth("deduplicates", value),
            };
            let lookup_url = match inner.optional("lookup_url").filter(|value| !value.is_null()) {
                None => Some(None),
                Some(value) => parse_lookup_url(&mut inner, value, local).map(Some),
            };
            (|| {
                Some(ProviderConfig::Webhook {
                    url: url?,
                    deduplicates: deduplicates?,
                    lookup_url: lookup_url?,
                    per_second: per_second?,
                })
            })()
        }
        None => {
            // Not to be taken for unknown fields beside a kind that was mistyped.
            inner.optional("url");
            inner.optional("deduplicates");
            inner.optional("lookup_url");
            None
        }
    };
    match inner.finish(config) {
        Ok(config) => Some(json!(config).to_string()),
        Err(problems) => {
            fields.refuse_within("provider", problems);
            None
        }
    }
}

fn parse_url(fields: &mut Fields<'_>, value: &Value, local: bool) -> Option<String> {
    url_by(fields, "url", value, |text| provider_url::parse(text, local))
}

fn parse_lookup_url(fields: &mut Fields<'_>, value: &Value, local: bool) -> Option<String> {
    url_by(fields, "lookup_url", value, |text| provider_url::parse_template(text, local))
}

fn url_by(
    fields: &mut Fields<'_>,
    name: &str,
    value: &Value,
    parse: impl FnOnce(&str) -> Result<String, (&'static str, String)>,
) -> Option<String> {
    let Some(text) = value.as_str() else {
        fields.refuse(name, "type", "is not a text; write `https://host/path`");
        return None;
    };
    match parse(text) {
        Ok(url) => Some(url),
        Err((code, message)) => {
            fields.refuse(name, code, message);
            None
        }
    }
}
