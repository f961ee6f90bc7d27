//! `/conversations`: who writes back, and who was written to alone.
//!
//! A conversation is a channel and an address. It stands in the list once something came in or
//! somebody wrote to that person alone.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::Problem;

use super::api::{About, Kept, Repeat, Routes};
use super::asked::conversations as asked;
use super::body::{Document, OptionalDocument};
use super::caller::{Operator, Viewer};
use super::fields::Fields;
use super::opt_outs::{OptOut, Place as With, cursor, keep, parse_reason, place};
use super::params::{Listing, Page, Query};
use super::senders::CHANNELS;
use super::{App, Failure};
use crate::import::{Fault, Rule};
use crate::jobs::erasures::pseudonym;
use crate::model::Channel;
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::conversations::{self, ConversationRow, EndRow, Filter, Place as At};
use crate::store::opt_outs::{self, NewOptOut, OptOutRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("conversations", "Who writes back, and who was written to alone.")
        .get(
            "/conversations",
            list::<W>,
            About::new("listConversations", "List the conversations, the last word first")
                .filters::<asked::ConversationFilter>(),
        )
        .get(
            "/conversations/{channel}/{address}",
            show::<W>,
            About::new("showConversation", "Show the conversation with an address"),
        )
        .patch(
            "/conversations/{channel}/{address}",
            change::<W>,
            About::new("changeConversation", "Open or close a conversation")
                .asks::<asked::ConversationChange>()
                .repeated(Repeat::Finds),
        )
        .post(
            "/conversations/{channel}/{address}/read",
            read::<W>,
            About::new("readConversation", "Note that everything was looked at")
                .asks::<asked::NothingAsked>()
                .repeated(Repeat::Finds),
        )
        .post(
            "/conversations/{channel}/{address}/opt-out",
            opt_out::<W>,
            About::new("optOutConversation", "Put the person on the opt-outs")
                .asks::<asked::OptOutAsked>()
                .repeated(Repeat::Finds),
        )
}

/// A conversation, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Conversation {
    channel: Channel,
    address: String,
    /// The sender that the last message went through; none before there was one.
    sender_id: Option<String>,
    state: String,
    unread: i64,
    last_at: Option<i64>,
    /// `them` or `us`.
    last_from: Option<String>,
    last_text: Option<String>,
    /// Why nothing is sent to them.
    opt_out: Option<OptOut>,
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            channel: row.channel,
            address: row.address,
            sender_id: Some(row.sender_id),
            state: row.state,
            unread: row.unread,
            last_at: Some(row.last_ms),
            last_from: Some(row.last_from),
            last_text: Some(row.last_text),
            opt_out: None,
        }
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Conversation>>, Failure> {
    let (filter, page) = parse_filter(&query)?;
    let before = page.after.clone().unwrap_or_else(conversations::top);
    let asked = conversations::page(key.team_id(), &filter, &before, page.with_next());
    let mut answers = app.db().batch(asked.into()).await?.into_iter();
    let rows = answers.next().unwrap_or_default().all::<ConversationRow>()?;
    let end = answers.next().unwrap_or_default().first::<EndRow>()?;
    let at = |row: &ConversationRow| cursor(row.last_ms, row.channel.name(), &row.address);
    let mut rows = Listing::new(rows, &page, at);
    // Where the search for few among many stopped, it goes on.
    let end = end.filter(|_| rows.next_cursor.is_none());
    if let Some(end) = end {
        rows.next_cursor = Some(cursor(end.last_ms, &end.channel, &end.address));
    }
    Ok(Json(Listing {
        items: rows.items.into_iter().map(Conversation::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

fn parse_filter(query: &Value) -> Result<(Filter, Page<At>), Vec<Problem>> {
    const STATES: [(&str, &str); 2] = [("open", "open"), ("closed", "closed")];
    const TRUTH: [(&str, bool); 2] = [("true", true), ("false", false)];
    let mut fields = Fields::of(query);
    let channel = fields.optional("channel");
    let state = fields.optional("state");
    let unread = fields.optional("unread");
    let filter = Filter {
        channel: channel.and_then(|value| fields.one_of("channel", value, &CHANNELS)),
        state: state.and_then(|value| fields.one_of("state", value, &STATES)),
        unread: unread.and_then(|value| fields.one_of("unread", value, &TRUTH)).unwrap_or_default(),
        sender_id: fields.optional("sender_id").and_then(|id| id.as_str().map(str::to_owned)),
    };
    let page = Page::read(&mut fields, place);
    fields.finish(page.map(|page| (filter, page)))
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    with: With,
) -> Result<Json<Conversation>, Failure> {
    whole(&app, key.team_id(), &with).await.map(Json)
}

async fn whole<W: World>(
    app: &App<W>,
    team_id: &str,
    with: &With,
) -> Result<Conversation, Failure> {
    let name = pseudonym(&*app.world, team_id, with.channel.name(), &with.address);
    let asked = vec![
        conversations::one(team_id, with.channel, &with.address),
        opt_outs::standing(team_id, with.channel, &with.address, &name),
    ];
    let mut answers = app.db().batch(asked).await?.into_iter();
    let row = answers.next().unwrap_or_default().first::<ConversationRow>()?;
    let opt_out = answers.next().unwrap_or_default().first::<OptOutRow>()?;
    let nothing = || Conversation {
        channel: with.channel,
        address: with.address.clone(),
        sender_id: None,
        state: "closed".into(),
        unread: 0,
        last_at: None,
        last_from: None,
        last_text: None,
        opt_out: None,
    };
    let mut conversation = row.map_or_else(nothing, Conversation::from);
    conversation.opt_out = opt_out.map(OptOut::from);
    Ok(conversation)
}

#[worker::send]
async fn change<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    with: With,
    Document(document): Document,
) -> Result<Json<Conversation>, Failure> {
    const STATES: [(&str, &str); 2] = [("open", "open"), ("closed", "closed")];
    let mut fields = Fields::of(&document);
    let state = fields.required("state");
    let state = state.and_then(|value| fields.one_of("state", value, &STATES));
    let state = fields.finish(state)?;
    let set = conversations::set_state(key.team_id(), with.channel, &with.address, state);
    // A conversation has no id: it is a person's, and named by another name.
    let name = pseudonym(&*app.world, key.team_id(), with.channel.name(), &with.address);
    let subject = format!("{}:{name}", with.channel.name());
    let entry = Entry::new("conversation.change", &subject, json!({ "state": state }));
    let entry = audit::entry_if_changed(&key.caller(), &entry, app.now.millis());
    let answers = app.db().batch(vec![set, entry]).await?;
    if answers.first().is_none_or(|answer| answer.changes == 0) {
        return Err(Failure::not_found("there is no conversation with this address"));
    }
    whole(&app, key.team_id(), &with).await.map(Json)
}

/// Notes that everything that came in was looked at.
#[worker::send]
async fn read<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    with: With,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Conversation>, Failure> {
    Fields::of(&document).finish(Some(()))?;
    app.db().run(conversations::read(key.team_id(), with.channel, &with.address)).await?;
    whole(&app, key.team_id(), &with).await.map(Json)
}

/// Puts the person on the opt-outs.
#[worker::send]
async fn opt_out<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    with: With,
    OptionalDocument(document): OptionalDocument,
) -> Result<Kept<OptOut>, Failure> {
    let mut fields = Fields::of(&document);
    let reason = parse_reason(&mut fields);
    let reason = fields.finish(reason)?;
    check_known(&app, key.team_id(), &with).await?;
    let new = NewOptOut {
        team_id: key.team_id(),
        channel: with.channel,
        address: &with.address,
        reason: &reason,
        source: "manual",
        by: Some(&key.name),
        created_ms: app.now.millis(),
    };
    let (is_new, row) = keep(&app, &key.caller(), &new).await?;
    Ok(Kept { is_new, is_repeated: false, kept: row.into() })
}

/// Refuses what is no address in its normal form, unless somebody wrote from just that: a short code, or
/// a name. As an entry it would hold nobody back.
async fn check_known<W: World>(app: &App<W>, team_id: &str, with: &With) -> Result<(), Failure> {
    let Err(fault) = Rule::of(with.channel, None).normal(&with.address) else { return Ok(()) };
    let known = app.db().run(conversations::one(team_id, with.channel, &with.address)).await?;
    if known.first::<ConversationRow>()?.is_some() {
        return Ok(());
    }
    let Fault { code, message } = fault;
    Err(Failure::invalid(vec![Problem { path: "address".into(), code, message }]))
}
