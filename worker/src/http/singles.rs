//! `/senders/{id}/messages`: one message to one person.

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tidegate::{Instant, Problem};

use super::body::Document;
use super::caller::Operator;
use super::campaigns::parse_content;
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure};
use crate::content;
use crate::import::{Rule, region};
use crate::jobs::singles::{self, Wanted};
use crate::model::{Content, Person};
use crate::ports::World;
use crate::store::Database;
use crate::store::senders::{self, SenderRow};

/// The longest `Idempotency-Key`, in bytes.
const KEY_MOST: usize = 200;
/// The longest address or field, in characters.
const TEXT_MOST: usize = 10_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new().route("/senders/{id}/messages", post(send::<W>))
}

/// What becomes of the message.
#[derive(Debug, Serialize)]
struct Accepted {
    /// The campaign of its own that carries it.
    campaign_id: String,
    /// The message's id: its idempotency key at the provider.
    id: String,
    to: String,
    /// The instant at which it will go.
    at: Option<Instant>,
    /// Why not at once.
    waiting: Option<Value>,
}

#[worker::send]
async fn send<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let sender = app.db().run(senders::by_id(&id)).await?.first::<SenderRow>()?;
    let sender = sender.ok_or_else(|| Failure::not_found("no such sender"))?;
    let mut problems = Vec::new();
    let idempotency = idempotency_key(&headers, &mut problems);
    let message = parse(&document, &sender).map_err(|found| problems.extend(found)).ok();
    let (Some((content, person)), true) = (message, problems.is_empty()) else {
        return Err(Failure::invalid(problems));
    };
    let campaign_id = match idempotency {
        Some(idempotency) => format!("sgl_{}", name_of(&sender.id, &idempotency)),
        None => format!("sgl_{}", app.world.token()),
    };
    let to = person.to.clone();
    let wanted = Wanted {
        sender_id: &sender.id,
        channel: sender.channel,
        id: &campaign_id,
        content,
        person,
        by: &key.name,
    };
    let accepted = singles::send(&*app.world, &wanted, app.now).await?;
    let answer = Accepted {
        id: format!("{campaign_id}-0"),
        campaign_id,
        to,
        at: accepted.at,
        waiting: accepted.waiting,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// The caller's own name for a request, by which a repeated one is known. None where it is left
/// out, or refused with its problem.
pub fn idempotency_key(headers: &HeaderMap, problems: &mut Vec<Problem>) -> Option<String> {
    let header = headers.get("idempotency-key")?;
    let text = header.to_str().ok().map(str::trim);
    let text = text.filter(|text| !text.is_empty() && text.len() <= KEY_MOST);
    if text.is_none() {
        problems.push(Problem {
            path: "Idempotency-Key".into(),
            code: "bad_key",
            message: format!("is not 1 to {KEY_MOST} visible characters of ASCII"),
        });
    }
    text.map(str::to_owned)
}

/// A name that a sender and a key have, and no others.
fn name_of(sender_id: &str, key: &str) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = Sha256::digest(format!("{sender_id} {key}"));
    let digits = hash.iter().filter_map(|byte| DIGITS.get(usize::from(byte & 31)));
    digits.take(26).map(|digit| char::from(*digit)).collect()
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
    let message = (|| {
        let content: Content = serde_json::from_str(&content?).ok()?;
        Some((content, Person { to: to?, fields: own? }))
    })();
    if let Some((content, person)) = &message {
        let columns: Vec<String> = person.fields.keys().cloned().collect();
        for field in content::missing_fields(&content.text, &columns) {
            let message = format!(
                "asks for `{field}`, which is not among `fields`; give it there, or a default in \
                 the text"
            );
            fields.refuse("content.text", "missing_field", message);
        }
    }
    fields.finish(message)
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
