//! `/senders/{id}/messages`: one message to one person.

use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tidegate::zone::Zone;
use tidegate::{Instant, Problem};

use super::api::{About, Accepted as Taken, Repeat, Routes};
use super::asked::senders as asked;
use super::attempt::name_of;
use super::body::Document;
use super::caller::Operator;
use super::campaign_contents::parse_content;
use super::fields::{Fields, NAME_MOST};
use super::once::idempotency_key;
use super::params::Id;
use super::seen::check_tracking;
use super::{App, Failure};
use crate::content;
use crate::import::{Rule, region};
use crate::jobs::singles::{self, Wanted};
use crate::model::{Content, Person};
use crate::ports::World;
use crate::store::Database;
use crate::store::senders::{self, SenderRow};

/// The longest address or field, in characters.
const TEXT_MOST: usize = 10_000;
/// The fields of one person together, in bytes, with their names: what a row of a file may have.
const FIELDS_BYTES: usize = 100_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("senders").post(
        "/senders/{id}/messages",
        send::<W>,
        About::new("sendMessage", "Send one message to one person")
            .says(
                "It goes at the earliest instant that the sender's rules allow, before its \
                 broadcasts. `Idempotency-Key` is the message's name for good, not for a day.",
            )
            .asks::<asked::NewSingle>()
            .conflicts(&["too_many_waiting"])
            .repeated(Repeat::Own),
    )
}

/// What becomes of the message.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AcceptedMessage"))]
struct Accepted {
    /// The campaign of its own that carries it.
    campaign_id: String,
    /// The message's id: its idempotency key at the provider.
    id: String,
    to: String,
    /// The instant at which it will go.
    at: Option<Instant>,
    /// Why not at once.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::told::Waiting>"))]
    waiting: Option<Value>,
    /// Whether it is held until somebody has looked at what it says.
    held_for_review: bool,
}

#[worker::send]
async fn send<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<Taken<Accepted>, Failure> {
    let sender = app.db().run(senders::by_id(key.team_id(), &id)).await?.first::<SenderRow>()?;
    let sender = sender.ok_or_else(|| Failure::not_found("no such sender"))?;
    let mut problems = Vec::new();
    let idempotency = idempotency_key(&headers, &mut problems);
    let message = parse(&document, &sender).map_err(|found| problems.extend(found)).ok();
    let (Some((content, person)), true) = (message, problems.is_empty()) else {
        return Err(Failure::invalid(problems));
    };
    check_tracking(&app, sender.channel, &content)?;
    let campaign_id = match idempotency {
        Some(idempotency) => format!("sgl_{}", name_of(&format!("{} {idempotency}", sender.id))),
        None => format!("sgl_{}", app.world.token()),
    };
    let to = person.to.clone();
    let by = key.caller();
    let wanted = Wanted {
        sender_id: &sender.id,
        channel: sender.channel,
        id: &campaign_id,
        content,
        person,
        purpose: None,
        by: &by,
    };
    let accepted = singles::send(&*app.world, &wanted, app.now).await?;
    let answer = Accepted {
        id: format!("{campaign_id}-0"),
        campaign_id,
        to,
        at: accepted.at,
        waiting: accepted.waiting,
        held_for_review: accepted.held_for_review,
    };
    Ok(Taken { is_repeated: accepted.is_repeated, accepted: answer })
}

fn parse(document: &Value, sender: &SenderRow) -> Result<(Content, Person), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let to = fields.required("to");
    let to = to.and_then(|value| fields.text("to", value, TEXT_MOST));
    let to = to.and_then(|text| normal(&mut fields, &text, sender));
    let content = fields.required("content");
    let content = content.and_then(|value| parse_content(&mut fields, value));
    let own = match fields.optional("fields") {
        None => Some(Map::new()),
        Some(value) => parse_fields(&mut fields, value),
    };
    let zone = fields.optional("time_zone");
    let zone = zone.and_then(|value| parse_zone(&mut fields, value));
    let message = (|| {
        let content: Content = serde_json::from_str(&content?).ok()?;
        Some((content, Person { to: to?, zone, fields: own? }))
    })();
    if let Some((content, person)) = &message {
        let columns: Vec<String> = person.fields.keys().cloned().collect();
        for field in content::lacking(content, &columns) {
            let message = format!(
                "asks for `{field}`, which is not among `fields`; give it there, or a default in \
                 the text"
            );
            fields.refuse("content.text", "missing_field", message);
        }
    }
    fields.finish(message)
}

/// The name of a zone as the database spells it.
fn parse_zone(fields: &mut Fields<'_>, value: &Value) -> Option<String> {
    let text = fields.text("time_zone", value, NAME_MOST)?;
    let zone = Zone::named(&text);
    if zone.is_none() {
        let message = "is no time zone; write an IANA name such as `Europe/Paris`, or leave it out";
        fields.refuse("time_zone", "unknown_zone", message);
    }
    zone.map(|zone| zone.name().to_owned())
}

/// The address as it is kept.
fn normal(fields: &mut Fields<'_>, text: &str, sender: &SenderRow) -> Option<String> {
    let country = sender.region.as_deref().and_then(region);
    match Rule::of(sender.channel, country).normal(text) {
        Ok(address) => Some(address),
        Err(fault) => {
            fields.refuse("to", fault.code, fault.message);
            None
        }
    }
}

fn parse_fields(fields: &mut Fields<'_>, value: &Value) -> Option<Map<String, Value>> {
    let Some(object) = value.as_object() else {
        fields.refuse("fields", "type", "is not an object; write `{\"name\": \"Ada\"}`");
        return None;
    };
    let long = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    let bytes: usize = object.iter().map(long).sum();
    if bytes > FIELDS_BYTES {
        let message = format!(
            "have {bytes} bytes together; give the text what it asks for, in {FIELDS_BYTES} at most"
        );
        fields.refuse("fields", "too_long", message);
        return None;
    }
    let mut own = Map::new();
    for (name, value) in object {
        match value.as_str().filter(|text| text.chars().count() <= TEXT_MOST) {
            Some(text) => {
                own.insert(content::field_name(name), json!(text));
            }
            None => fields.refuse(
                &format!("fields.{}", super::fields::shown(name)),
                "type",
                format!("is not a text of at most {TEXT_MOST} characters; write one"),
            ),
        }
    }
    (own.len() == object.len()).then_some(own)
}
