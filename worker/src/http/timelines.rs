//! `/conversations/{channel}/{address}/messages`: everything that was said, campaigns included.
//!
//! It can be read of anybody, whether or not there is a conversation. A page may be short where it
//! looked through many campaigns; the list ends where `next_cursor` is null.

use axum::Json;
use serde::Serialize;
use tidegate::status::CampaignStatus;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::inbound::Inbound;
use super::opt_outs::Place as With;
use super::params::{Listing, Page, Query, number};
use super::progress::untouched;
use super::{App, Failure};
use crate::content::unsubscribe;
use crate::jobs::timeline;
use crate::model::{Content, Person};
use crate::ports::{Renderer, World};
use crate::store::conversations::SentRow;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("conversations").get(
        "/conversations/{channel}/{address}/messages",
        messages::<W>,
        About::new("listTimeline", "List everything that was said, newest first")
            .says("A page may be short; the list ends where `next_cursor` is null.")
            .filters::<Paged>(),
    )
}

/// An entry of a timeline, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TimelineEntry"))]
#[serde(untagged)]
enum Entry {
    In(Box<Received>),
    Out(Box<Written>),
}

/// A message that came in, in its place.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TimelineReceived"))]
struct Received {
    direction: &'static str,
    at: i64,
    #[serde(flatten)]
    message: Inbound,
}

/// A message that went out, or is going to.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TimelineSent"))]
struct Written {
    direction: &'static str,
    at: i64,
    id: String,
    /// `broadcast`, `single`, `answer`, `forward` or `timed`.
    kind: String,
    text: String,
    status: String,
    reason: Option<String>,
    sent_at: Option<i64>,
    delivered_at: Option<i64>,
    campaign_id: String,
    campaign_name: String,
    sender_id: String,
    sender_name: String,
}

#[worker::send]
async fn messages<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    with: With,
    Query(query): Query,
) -> Result<Json<Listing<Entry>>, Failure> {
    let page = Page::of(&query, timeline_place)?;
    let before = page.after.unwrap_or(timeline::Place::TOP);
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let of =
        timeline::With { team_id: key.team_id(), channel: with.channel, address: &with.address };
    let (entries, next) = timeline::page(&*app.world, &of, before, most, app.now).await?;
    let entries = entries.into_iter().filter_map(|entry| shown(&app, &with, entry));
    let next_cursor = next.map(|next| format!("{}.{}.{}", next.at_ms, next.rank, next.seq));
    Ok(Json(Listing { items: entries.collect(), next_cursor }))
}

fn timeline_place(cursor: &str) -> Option<timeline::Place> {
    let numbers: Option<Vec<i64>> = cursor.split('.').map(number).collect();
    match numbers?.as_slice() {
        [at_ms, rank, seq] => Some(timeline::Place { at_ms: *at_ms, rank: *rank, seq: *seq }),
        _ => None,
    }
}

/// An entry; none where the message turns out to be somebody else's, or on another channel.
fn shown<W: World>(app: &App<W>, with: &With, entry: timeline::Entry) -> Option<Entry> {
    let at = entry.place.at_ms;
    let row = match entry.said {
        timeline::Said::Inbound(row) => {
            let message = Inbound::from(*row);
            return Some(Entry::In(Box::new(Received { direction: "in", at, message })));
        }
        timeline::Said::Sent(row) => row,
    };
    let person: Person = serde_json::from_str(row.person.as_deref()?).ok()?;
    if person.to != with.address || row.channel != with.channel {
        return None;
    }
    let id = format!("{}-{}", row.campaign_id, row.ordinal);
    let text = text_of(app, &row, &person);
    let (status, reason) = status_of(&row);
    Some(Entry::Out(Box::new(Written {
        direction: "out",
        at,
        id,
        kind: row.purpose.clone().unwrap_or(row.kind),
        text,
        status,
        reason,
        sent_at: row.sent_ms,
        delivered_at: row.delivered_ms,
        campaign_id: row.campaign_id,
        campaign_name: row.campaign_name,
        sender_id: row.sender_id,
        sender_name: row.sender_name,
    })))
}

/// What a message says to its person, for others to read: without the person's way out.
pub fn text_of<W: World>(app: &App<W>, row: &SentRow, person: &Person) -> String {
    let Ok(content) = serde_json::from_str::<Content>(&row.content) else {
        return String::new();
    };
    let fields = unsubscribe::with_link(&content.text, &person.fields, unsubscribe::LEFT_OUT);
    app.world.render(&content.text, &fields).unwrap_or(content.text)
}

/// The status of a message. Before something has become of it, it follows from its campaign's.
fn status_of(row: &SentRow) -> (String, Option<String>) {
    if let Some(status) = &row.status {
        return (status.clone(), row.reason.clone());
    }
    let campaign = CampaignStatus::named(&row.campaign_status).unwrap_or(CampaignStatus::Draft);
    let (status, reason) = untouched(campaign);
    (status.name().to_owned(), reason.map(str::to_owned))
}
