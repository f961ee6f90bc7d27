//! `POST /conversations/{channel}/{address}/messages` and `.../forward`: what is said to one person, now
//! or at a time that is set, and what is passed on.

use serde::Serialize;
use serde_json::{Map, Value, json};
use tidegate::{Instant, Problem};

use super::api::{About, Accepted as Taken, Repeat, Routes};
use super::asked::conversations as asked;
use super::body::Document;
use super::caller::Operator;
use super::campaign_contents::parse_content;
use super::fields::Fields;
use super::inbound::sender;
use super::opt_outs::Place as With;
use super::params::number;
use super::seen::check_tracking;
use super::timelines::text_of;
use super::{App, Failure};
use crate::content;
use crate::import::{Rule, region};
use crate::jobs::singles::{self, Wanted};
use crate::jobs::timed;
use crate::model::{Caller, Content, Person, Purpose};
use crate::ports::World;
use crate::store::conversations::{self, ConversationRow, SentRow};
use crate::store::inbound::{self, KeptRow};
use crate::store::{Database, StoreError};

/// The longest id or address, in characters.
const ADDRESS_MOST: usize = 320;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("conversations")
        .post(
            "/conversations/{channel}/{address}/messages",
            reply::<W>,
            About::new("writeMessage", "Write to a person, now or at a time")
                .says(
                    "With `at` it is a broadcast of one: it stands in the list of campaigns, and is \
                     moved, changed and cancelled there.",
                )
                .asks::<asked::WrittenAsked>()
                .conflicts(&["too_many_waiting"])
                .repeated(Repeat::Finds),
        )
        .post(
            "/conversations/{channel}/{address}/forward",
            forward::<W>,
            About::new("forwardMessage", "Pass a message on to somebody else")
                .asks::<asked::ForwardAsked>()
                .conflicts(&["too_many_waiting"])
                .repeated(Repeat::Finds),
        )
}

/// What becomes of a message that somebody writes in a conversation.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AcceptedWriting"))]
struct Accepted {
    campaign_id: String,
    /// The message's id: its idempotency key at the provider.
    id: String,
    to: String,
    kind: &'static str,
    /// The instant at which it will go.
    at: Option<Instant>,
    /// Why not at once.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::told::Waiting>"))]
    waiting: Option<Value>,
    /// Whether it is held until somebody has looked at what it says.
    held_for_review: bool,
}

/// Writes to the person: now, or at a time that is set.
#[worker::send]
async fn reply<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    with: With,
    Document(document): Document,
) -> Result<Taken<Accepted>, Failure> {
    let mut fields = Fields::of(&document);
    let sender_id = fields.optional("sender_id").filter(|value| !value.is_null());
    let sender_id = sender_id.and_then(|value| fields.text("sender_id", value, ADDRESS_MOST));
    let content = fields.required("content");
    let content = content.and_then(|value| parse_content(&mut fields, value));
    let at = fields.optional("at").filter(|value| !value.is_null());
    let at = at.and_then(|value| fields.instant("at", value));
    let content = fields.finish(content)?;
    let to = with.address.clone();
    let message = Message { sender_id, content, to, at, purpose: None };
    send(&app, &key.caller(), &with, message).await
}

/// Passes a message of the conversation on to somebody else.
#[worker::send]
async fn forward<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    with: With,
    Document(document): Document,
) -> Result<Taken<Accepted>, Failure> {
    let mut fields = Fields::of(&document);
    let sender_id = fields.optional("sender_id").filter(|value| !value.is_null());
    let sender_id = sender_id.and_then(|value| fields.text("sender_id", value, ADDRESS_MOST));
    let id = fields.required("message_id");
    let id = id.and_then(|value| fields.text("message_id", value, ADDRESS_MOST));
    let to = fields.required("to");
    let to = to.and_then(|value| fields.text("to", value, ADDRESS_MOST));
    let (id, to) = fields.finish(id.zip(to))?;
    let text = said(&app, key.team_id(), &with, &id).await?;
    let text = text.ok_or_else(|| Failure::not_found("no such message in this conversation"))?;
    let purpose = Some(Purpose::Forward);
    // What somebody wrote is no template.
    let content =
        json!(Content { text: "{{ forwarded }}".into(), ..Content::default() }).to_string();
    let message = Message { sender_id, content, to, at: None, purpose };
    let mut own = Map::new();
    own.insert("forwarded".into(), json!(text));
    send_with(&app, &key.caller(), &with, message, own).await
}

/// The text of a message of the conversation.
async fn said<W: World>(
    app: &App<W>,
    team_id: &str,
    with: &With,
    id: &str,
) -> Result<Option<String>, Failure> {
    if id.starts_with("inb_") {
        let row = app.db().run(inbound::kept(team_id, id)).await?;
        let row = row.first::<KeptRow>()?;
        let row = row.filter(|row| row.channel == with.channel && row.address == with.address);
        return Ok(row.map(|row| row.text));
    }
    let Some((campaign, ordinal)) = id.rsplit_once('-') else { return Ok(None) };
    let Some(ordinal) = number(ordinal) else { return Ok(None) };
    let row = app.db().run(conversations::sent_by_id(team_id, campaign, ordinal)).await?;
    let Some(row) = row.first::<SentRow>()? else { return Ok(None) };
    let person = row.person.as_deref().and_then(|text| serde_json::from_str::<Person>(text).ok());
    let person = person.filter(|person| person.to == with.address && row.channel == with.channel);
    Ok(person.map(|person| text_of(app, &row, &person)))
}

struct Message {
    /// Left out: the sender that the conversation last went through.
    sender_id: Option<String>,
    content: String,
    to: String,
    at: Option<Instant>,
    purpose: Option<Purpose>,
}

async fn send<W: World>(
    app: &App<W>,
    by: &Caller,
    with: &With,
    message: Message,
) -> Result<Taken<Accepted>, Failure> {
    send_with(app, by, with, message, Map::new()).await
}

async fn send_with<W: World>(
    app: &App<W>,
    by: &Caller,
    with: &With,
    message: Message,
    own: Map<String, Value>,
) -> Result<Taken<Accepted>, Failure> {
    let sender_id = match message.sender_id {
        Some(id) => id,
        None => last_sender(app, &by.team_id, with).await?,
    };
    let sender = sender(app, &by.team_id, &sender_id).await?;
    if sender.channel != with.channel {
        return Err(refused(
            "sender_id",
            "other_channel",
            "sends on another channel; take one of this",
        ));
    }
    let rule = Rule::of(sender.channel, sender.region.as_deref().and_then(region));
    let to = rule.normal(&message.to);
    let to = to.map_err(|fault| refused("to", fault.code, &fault.message))?;
    let content: Content = serde_json::from_str(&message.content)
        .map_err(|error| StoreError::Failed(error.to_string()))?;
    check_tracking(app, sender.channel, &content)?;
    let columns: Vec<String> = own.keys().cloned().collect();
    let lacking = content::lacking(&content, &columns);
    let missing = |field: &String| Problem {
        path: "content.text".into(),
        code: "missing_field",
        message: format!("asks for `{field}`; write what the person is to read, or a default"),
    };
    if !lacking.is_empty() {
        return Err(Failure::invalid(lacking.iter().map(missing).collect()));
    }
    let campaign_id = format!("sgl_{}", app.world.token());
    let wanted = Wanted {
        sender_id: &sender.id,
        channel: sender.channel,
        id: &campaign_id,
        content,
        person: Person { to: to.clone(), zone: None, fields: own },
        purpose: message.purpose,
        by,
    };
    let accepted = match message.at {
        Some(at) => timed::schedule(&*app.world, &wanted, sender.seq, at, app.now).await?,
        None => singles::send(&*app.world, &wanted, app.now).await?,
    };
    let answer = Accepted {
        id: format!("{campaign_id}-0"),
        campaign_id,
        to,
        kind: match (message.at, message.purpose) {
            (Some(_), _) => Purpose::Timed.name(),
            (None, Some(purpose)) => purpose.name(),
            (None, None) => "single",
        },
        at: accepted.at,
        waiting: accepted.waiting,
        held_for_review: accepted.held_for_review,
    };
    Ok(Taken { is_repeated: false, accepted: answer })
}

async fn last_sender<W: World>(
    app: &App<W>,
    team_id: &str,
    with: &With,
) -> Result<String, Failure> {
    let row = app.db().run(conversations::one(team_id, with.channel, &with.address)).await?;
    let row = row.first::<ConversationRow>()?;
    row.map(|row| row.sender_id).ok_or_else(|| {
        refused("sender_id", "no_sender", "is needed: nothing was said in this conversation yet")
    })
}

fn refused(path: &str, code: &'static str, message: &str) -> Failure {
    Failure::invalid(vec![Problem { path: path.into(), code, message: message.into() }])
}
