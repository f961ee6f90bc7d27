//! `/sandbox/messages`: the phones and mailboxes at the other end, and what they answer.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::Problem;

use super::api::{About, Routes};
use super::asked::people as asked;
use super::body::Document;
use super::caller::{Operator, Viewer};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure, inbound, receipts};
use crate::callback::Signer;
use crate::inbound::Meaning;
use crate::jobs::inbound::Incoming;
use crate::model::{Attached, Channel};
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::inbound::{self as senders, SenderRow};
use crate::store::sandbox::{self, SandboxRow};

/// The longest reply, in characters.
const REPLY_MOST: usize = 2000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("sandbox", "The phones and mailboxes at the other end, where nothing is real.")
        .get(
            "/sandbox/messages",
            list::<W>,
            About::new("listSandbox", "List what was received, newest first")
                .filters::<asked::SandboxFilter>(),
        )
        .post(
            "/sandbox/messages/{id}/receipts",
            receipt::<W>,
            About::new("sendSandboxReceipt", "Send the receipt that a provider would send")
                .asks::<asked::ReceiptAsked>()
                .conflicts(&["no_callback"]),
        )
        .post(
            "/sandbox/messages/{id}/replies",
            reply::<W>,
            About::new("sendSandboxReply", "Let the person at the other end answer")
                .says("One of the stop words ends all messages to them.")
                .asks::<asked::ReplyAsked>(),
        )
}

/// What a reply did.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Replied {
    /// The message's id.
    id: String,
    /// What it was taken to mean.
    meaning: String,
    /// Whether its writer gets nothing any more.
    opted_out: bool,
}

/// A message in the inbox, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SandboxMessage"))]
struct Message {
    id: String,
    sender_name: String,
    channel: Channel,
    to: String,
    text: String,
    subject: Option<String>,
    attachments: Vec<Attached>,
    /// The image by which it is seen to be opened, of a mail that is tracked.
    open_url: Option<String>,
    received_at: i64,
    receipt: Option<String>,
}

impl From<SandboxRow> for Message {
    fn from(row: SandboxRow) -> Self {
        Self {
            id: row.id,
            sender_name: row.sender_name,
            channel: row.channel,
            to: row.address,
            text: row.text,
            subject: row.subject,
            attachments: row
                .attachments
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default(),
            open_url: row.open_url,
            received_at: row.received_ms,
            receipt: row.receipt,
        }
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Message>>, Failure> {
    let (address, page) = parse_filter(&query)?;
    let statement = match address {
        None => sandbox::page(key.team_id(), page.after, page.with_next()),
        Some(address) => {
            sandbox::page_of_address(key.team_id(), &address, page.after, page.with_next())
        }
    };
    let rows = app.db().run(statement).await?.all::<SandboxRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Message::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

/// Sends the receipt that a real provider would send, to the address that it would send it to.
#[worker::send]
async fn receipt<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Message>, Failure> {
    let receipt = receipts::parse(&document)?;
    let mut row = find(&app, key.team_id(), &id).await?;
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let token = row.callback_url.rsplit('/').next().unwrap_or_default();
    let message = signer.message(token).ok_or_else(|| {
        Failure::conflict(
            "no_callback",
            "the message's callback address was signed by another deployment; send a new message",
        )
    })?;
    row.receipt = Some(receipt.name().to_owned());
    let note = sandbox::note_receipt(row.seq, receipt.name());
    receipts::apply(&app, message, receipt).await?;
    let entry = Entry::new("sandbox.receipt", &id, json!({ "receipt": row.receipt }));
    let entry = audit::entry(&key.caller(), &entry, app.now.millis());
    app.db().batch(vec![note, entry]).await?;
    Ok(Json(row.into()))
}

/// Lets the person at the other end answer: what they say comes in as a real provider would bring it.
#[worker::send]
async fn reply<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Replied>, Failure> {
    let text = parse_reply(&document)?;
    let row = find(&app, key.team_id(), &id).await?;
    let campaign = row.id.rsplit_once('-').map_or("", |(campaign, _)| campaign);
    let sender = app.db().run(senders::sender_of(key.team_id(), campaign)).await?;
    let sender = sender.first::<SenderRow>()?;
    let sender = sender.ok_or_else(|| Failure::not_found("no such message in the sandbox"))?;
    let message = Incoming {
        provider_id: app.world.token(),
        from: row.address,
        text,
        attachments: Vec::new(),
        written: Some(app.now),
        cost: None,
    };
    let kept = inbound::take(&app, &sender, &message).await?;
    let ends = [Meaning::Stop.name(), Meaning::Refusal.name()].contains(&kept.meaning.as_str());
    let entry = Entry::new("sandbox.reply", &id, json!({ "meaning": kept.meaning }));
    app.db().run(audit::entry(&key.caller(), &entry, app.now.millis())).await?;
    Ok(Json(Replied { id: kept.id, meaning: kept.meaning, opted_out: ends }))
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<SandboxRow, Failure> {
    let row = app.db().run(sandbox::by_id(team_id, id)).await?;
    row.first::<SandboxRow>()?.ok_or_else(|| Failure::not_found("no such message in the sandbox"))
}

fn parse_filter(query: &Value) -> Result<(Option<String>, Page<i64>), Vec<Problem>> {
    let mut fields = Fields::of(query);
    let address = fields.optional("address").and_then(Value::as_str);
    let address = address.map(|address| address.trim().to_owned());
    let page = Page::read(&mut fields, number);
    fields.finish(page.map(|page| (address, page)))
}

fn parse_reply(document: &Value) -> Result<String, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let text = fields.required("text");
    let text = text.and_then(|value| {
        let text = value.as_str();
        if text.is_none() {
            fields.refuse("text", "type", "is not a text; write what the person answers");
        }
        text
    });
    let text = text.filter(|text| {
        let fits = text.chars().count() <= REPLY_MOST;
        if !fits {
            let message = format!("is longer than {REPLY_MOST} characters; write less");
            fields.refuse("text", "too_long", message);
        }
        fits
    });
    fields.finish(text.map(|text| text.trim().to_owned()))
}
