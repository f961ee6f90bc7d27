//! `/inbound/{token}`: where a sender's provider brings what people write, and `/inbound`: what of it
//! somebody has to look at.
//!
//! The token in the address is the authorisation; see [`crate::callback`].

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::Problem;

use super::api::{About, Repeat, Routes};
use super::asked::conversations as asked;
use super::body::Document;
use super::caller::{Administrator, Operator, Viewer};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::callback::Signer;
use crate::jobs::inbound::{self, Incoming};
use crate::model::Channel;
use crate::ports::{Callbacks, World};
use crate::store::audit::{self, Entry};
use crate::store::inbound::{self as store, KeptRow, SenderRow};
use crate::store::inbound_reviews::{self, Review};
use crate::store::{Answer, Database, StoreError};

/// The longest text that is kept of a message, in characters.
pub const TEXT_MOST: usize = 10_000;
/// The longest id of a provider, and the longest name of an attachment, in characters.
const NAME_MOST: usize = 200;
/// The most attachments of a message that are named.
const ATTACHMENTS_MOST: usize = 20;
/// The longest address, in characters.
const ADDRESS_MOST: usize = 320;
/// The most that a message may cost, in millionths.
const COST_MOST: i64 = 1_000_000_000_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("inbound", "What people write back, and what it means.")
        .get(
            "/inbound",
            list::<W>,
            About::new("listInbound", "List the refusals that nobody has looked at")
                .filters::<asked::InboundFilter>(),
        )
        .post(
            "/inbound/{token}",
            receive::<W>,
            About::new("receiveInbound", "Bring a message that came in")
                .says(
                    "The address is a sender's, and is the authorisation. A message that is brought \
                     twice is one.",
                )
                .asks::<asked::InboundAsked>()
                .repeated(Repeat::Harmless),
        )
        .post(
            "/inbound/{id}/review",
            review::<W>,
            About::new("reviewInbound", "Say what a message that came in is")
                .says("What was taken for a refusal is confirmed or lifted; any other may mean STOP.")
                .asks::<asked::InboundReviewAsked>()
                .conflicts(&["is_a_refusal", "is_a_stop", "is_no_refusal", "settled"])
                .repeated(Repeat::Finds),
        )
        .get(
            "/senders/{id}/inbound",
            address::<W>,
            About::new("showInboundAddress", "Show where a sender's provider brings messages"),
        )
}

/// What was made of a message.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Brought {
    /// Its id.
    id: String,
    /// What it was taken to mean.
    meaning: String,
}

/// Where messages are brought.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct InboundAddress {
    /// The address.
    url: String,
}

/// A message that came in, as the API tells it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inbound {
    /// Its id.
    pub id: String,
    sender_id: String,
    channel: Channel,
    from: String,
    text: String,
    attachments: Vec<String>,
    received_at: i64,
    written_at: Option<i64>,
    meaning: String,
    /// The message that it answers, where there is one.
    reply_to: Option<String>,
    campaign_id: Option<String>,
    review: Option<String>,
    reviewed_at: Option<i64>,
    reviewed_by: Option<String>,
    cost: Option<i64>,
}

impl From<KeptRow> for Inbound {
    fn from(row: KeptRow) -> Self {
        let answers = row.campaign_id.as_deref().zip(row.ordinal);
        Self {
            reply_to: answers.map(|(campaign, ordinal)| format!("{campaign}-{ordinal}")),
            attachments: serde_json::from_str(&row.attachments).unwrap_or_default(),
            id: row.id,
            sender_id: row.sender_id,
            channel: row.channel,
            from: row.address,
            text: row.text,
            received_at: row.received_ms,
            written_at: row.written_ms,
            meaning: row.meaning,
            campaign_id: row.campaign_id,
            review: row.review,
            reviewed_at: row.reviewed_ms,
            reviewed_by: row.reviewed_by,
            cost: row.cost,
        }
    }
}

#[worker::send]
async fn receive<W: World + 'static>(
    app: App<W>,
    Id(token): Id,
    Document(document): Document,
) -> Result<Json<Brought>, Failure> {
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let nobody = || {
        Failure::unauthenticated(
            "this address was not given out here; take it from `/api/v1/senders/{id}/inbound`",
        )
    };
    let seq = signer.inbound_sender(&token).ok_or_else(nobody)?;
    let message = parse(&document)?;
    let sender = app.db().run(store::sender(seq)).await?.first::<SenderRow>()?;
    let kept = take(&app, &sender.ok_or_else(nobody)?, &message).await?;
    Ok(Json(Brought { id: kept.id, meaning: kept.meaning }))
}

/// Takes a message in, whoever brings it.
///
/// # Errors
/// The database's; bringing it again is safe.
pub async fn take<W: World>(
    app: &App<W>,
    sender: &SenderRow,
    message: &Incoming,
) -> Result<KeptRow, StoreError> {
    inbound::receive(&*app.world, sender, message, app.now).await
}

/// Where a sender's provider brings what people write. Whoever has the address can bring messages.
#[worker::send]
async fn address<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<InboundAddress>, Failure> {
    let sender = sender(&app, key.team_id(), &id).await?;
    Ok(Json(InboundAddress { url: app.world.inbound_url(sender.seq) }))
}

/// A sender of the team.
///
/// # Errors
/// 404, or the database's.
pub async fn sender<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<SenderRow, Failure> {
    let row = app.db().run(store::sender_by_id(team_id, id)).await?;
    row.first::<SenderRow>()?.ok_or_else(|| Failure::not_found("no such sender"))
}

/// What was taken for a refusal and waits for somebody to look at it.
#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Inbound>>, Failure> {
    let mut fields = Fields::of(&query);
    let open = fields.required("review");
    let open = open.and_then(|value| fields.one_of("review", value, &[("open", ())]));
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page.zip(open).map(|(page, ())| page))?;
    let statement = store::to_review(key.team_id(), page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<KeptRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Inbound::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

/// What somebody says of a message: that it was a refusal or none, that it means STOP, or that there
/// is nothing to do.
#[worker::send]
async fn review<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Inbound>, Failure> {
    const WORDS: [(&str, &str); 4] =
        [("confirm", "confirmed"), ("lift", "lifted"), ("stop", "means_stop"), ("done", "done")];
    let mut fields = Fields::of(&document);
    let as_what = fields.required("as");
    let as_what = as_what.and_then(|value| fields.one_of("as", value, &WORDS));
    let as_what = fields.finish(as_what)?;
    let asked = Review {
        team_id: key.team_id(),
        id: &id,
        as_what,
        by: &key.name,
        now_ms: app.now.millis(),
    };
    let entry = Entry::new("inbound.review", &id, json!({ "as": as_what }));
    let mut statements = inbound_reviews::review(&asked);
    // Right behind what settles it, before what tells how it is then.
    let entry = audit::entry_if_changed(&key.caller(), &entry, app.now.millis());
    statements.insert(statements.len().saturating_sub(1), entry);
    let mut answers = app.db().batch(statements).await?;
    let row = answers.pop().map(Answer::first::<KeptRow>).transpose()?.flatten();
    let row = row.ok_or_else(|| Failure::not_found("no such message came in"))?;
    if row.review.as_deref() == Some(as_what) {
        return Ok(Json(row.into()));
    }
    Err(match (row.meaning.as_str(), row.review.as_deref()) {
        ("refusal", Some("open")) => Failure::conflict(
            "is_a_refusal",
            "the message was taken for a refusal, and its writer gets nothing; say `confirm` or \
             `lift`",
        ),
        ("stop", _) => Failure::conflict(
            "is_a_stop",
            "the message is one of the words that end all messages; to write to this person again, \
             an administrator takes them off the opt-outs",
        ),
        (_, Some("open") | None) => Failure::conflict(
            "is_no_refusal",
            "the message was not taken for a refusal; say `stop` or `done`",
        ),
        (_, Some(review)) => Failure::conflict(
            "settled",
            format!("the message is settled as `{review}` already, and the opt-outs with it"),
        ),
    })
}

fn parse(document: &Value) -> Result<Incoming, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let id = fields.required("id");
    let id = id.and_then(|value| fields.text("id", value, NAME_MOST));
    let from = fields.required("from");
    let from = from.and_then(|value| fields.text("from", value, ADDRESS_MOST));
    let text = fields.required("text");
    let text = text.and_then(|value| parse_text(&mut fields, value));
    let attachments = match fields.optional("attachments") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(value) => parse_attachments(&mut fields, value),
    };
    let written = fields.optional("at").filter(|value| !value.is_null());
    let written = written.and_then(|value| fields.instant("at", value));
    let cost = fields.optional("cost").filter(|value| !value.is_null());
    let cost = cost.and_then(|value| fields.whole("cost", value, 0, COST_MOST));
    let message = (|| {
        Some(Incoming {
            provider_id: id?,
            from: from?,
            text: text?,
            attachments: attachments?,
            written,
            cost,
        })
    })();
    fields.finish(message)
}

/// The beginning of what somebody wrote: what is longer is cut rather than lost.
fn parse_text(fields: &mut Fields<'_>, value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else {
        fields.refuse("text", "type", "is not a text; write what the person says");
        return None;
    };
    Some(beginning(text))
}

/// The first [`TEXT_MOST`] characters, without what no page can show.
pub fn beginning(text: &str) -> String {
    let shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let text: String = text.trim().chars().filter(shown).take(TEXT_MOST).collect();
    text
}

fn parse_attachments(fields: &mut Fields<'_>, value: &Value) -> Option<Vec<String>> {
    let names = value.as_array().filter(|names| names.len() <= ATTACHMENTS_MOST);
    let names = names.and_then(|names| {
        let name = |name: &Value| {
            let name = name.as_str()?;
            (name.chars().count() <= NAME_MOST).then(|| name.to_owned())
        };
        names.iter().map(name).collect::<Option<Vec<_>>>()
    });
    if names.is_none() {
        let message = format!(
            "is no list of up to {ATTACHMENTS_MOST} names of up to {NAME_MOST} characters; write \
             `[\"photo.jpg\"]`"
        );
        fields.refuse("attachments", "type", message);
    }
    names
}
