//! `GET /messages/export` and `GET /campaigns/{id}/messages/export`: messages as CSV, written while
//! they are read.
//!
//! One file holds 500,000 messages at most, because an invocation has 30 s of computing and a thousand
//! queries. Which messages those are is known before the first of them is read, so the answer's head
//! says where the next file begins: `Tidegate-Next-Cursor`.

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::Value;
use tidegate::status::MessageStatus;
use tidegate::{Instant, Problem};
use worker::send::{SendFuture, SendWrapper};

use super::api::{About, CsvFile, Routes};
use super::asked::campaigns as asked;
use super::caller::Viewer;
use super::campaign_filter::Words;
use super::campaigns::find;
use super::fields::{Fields, shown};
use super::message_lists::{Spot, Stretches, batch_of, narrowed};
use super::message_pages::{self, Filter, Message};
use super::params::{Id, Query, number};
use super::{App, Failure};
use crate::contacts::csv;
use crate::ports::World;
use crate::store::StoreError;
use crate::store::campaigns::CampaignRow;

/// Messages that one file holds, at most.
pub const MESSAGES_MOST: i64 = 500_000;

/// Looks for campaigns that one file takes, at most: of two hundred campaigns each.
const LOOKS_MOST: usize = 25;

/// Messages and pages of people that one step of a file reads, at most: some 2 MB.
const STEP: (i64, i64) = (10_000, 100);

/// Campaigns that one step of a file reads from, at most.
const CAMPAIGNS_A_STEP: usize = 200;

const COLUMNS: [&str; 15] = [
    "batch_id",
    "id",
    "campaign_id",
    "campaign",
    "kind",
    "channel",
    "sender",
    "to",
    "status",
    "reason",
    "detail",
    "planned_at",
    "sent_at",
    "delivered_at",
    "reference",
];

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    const BOUND: &str = "It holds 500,000 messages at most; the header `Tidegate-Next-Cursor` says \
        where the next file begins, where there is more. No spreadsheet takes a cell of it for a \
        formula.";
    Routes::more("campaigns")
        .get(
            "/messages/export",
            every::<W>,
            About::new("exportAllMessages", "Write the messages of all campaigns as CSV")
                .says(BOUND)
                .filters::<asked::AnyMessagesWanted>(),
        )
        .get(
            "/campaigns/{id}/messages/export",
            of_campaign::<W>,
            About::new("exportMessages", "Write a campaign's messages as CSV")
                .says(BOUND)
                .filters::<asked::MessagesOfCampaignWanted>(),
        )
}

#[worker::send]
async fn every<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<CsvFile, Failure> {
    let words = Words::of_team(&app, key.team_id()).await?;
    let mut fields = Fields::of(&query);
    let (filter, statuses) = narrowed(words, &mut fields);
    let from = cursor(&mut fields, Spot::read, Spot::TOP);
    let from = fields.finish(from)?;
    let mut all = Stretches { campaigns: Vec::new(), ordinals: Vec::new(), next: Some(from) };
    let mut left = MESSAGES_MOST;
    for _ in 0..LOOKS_MOST {
        let Some(from) = all.next.filter(|_| left > 0) else { break };
        let found = Stretches::find(app.db(), key.team_id(), &filter, from, left).await?;
        left -= found.ordinals.iter().map(|(from, until)| until - from).sum::<i64>();
        all.campaigns.extend(found.campaigns);
        all.ordinals.extend(found.ordinals);
        all.next = found.next;
    }
    let next = all.next.map(Spot::cursor);
    Ok(file(Writer { app, all, statuses, at: At::Beginning }, next))
}

#[worker::send]
async fn of_campaign<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<CsvFile, Failure> {
    let words = Words::of_team(&app, key.team_id()).await?;
    let (statuses, from) = parse(words, &query)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let until = campaign.total.min(from.saturating_add(MESSAGES_MOST));
    let next = (until < campaign.total).then(|| until.to_string());
    let all = Stretches { campaigns: vec![campaign], ordinals: vec![(from, until)], next: None };
    Ok(file(Writer { app, all, statuses, at: At::Beginning }, next))
}

type Wanted = (Option<Vec<MessageStatus>>, i64);

fn parse(words: Words, query: &Value) -> Result<Wanted, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let words = words.read(&mut fields);
    let statuses = words.message_statuses(&mut fields);
    let from = cursor(&mut fields, number, 0);
    fields.finish(from.map(|from| (statuses, from)))
}

/// Where a file begins; none where that was refused.
fn cursor<T>(
    fields: &mut Fields<'_>,
    read: impl FnOnce(&str) -> Option<T>,
    beginning: T,
) -> Option<T> {
    let Some(text) = fields.optional("cursor").and_then(Value::as_str) else {
        return Some(beginning);
    };
    let place = read(text);
    if place.is_none() {
        let message = format!(
            "`{}` was not given by this file; take `Tidegate-Next-Cursor` of the file before",
            shown(text)
        );
        fields.refuse("cursor", "bad_cursor", message);
    }
    place
}

fn file<W: World + 'static>(writer: Writer<W>, next: Option<String>) -> CsvFile {
    let pieces = stream::unfold(SendWrapper(writer), |SendWrapper(mut writer)| {
        SendFuture::new(async move {
            let piece = writer.piece().await?;
            Some((piece, SendWrapper(writer)))
        })
    });
    CsvFile { name: "messages.csv", body: Body::from_stream(pieces), next }
}

/// Where a file is.
enum At {
    Beginning,
    Middle(usize, i64),
    End,
}

/// A file on its way. Whoever gets it whole gets its last row; one that breaks off breaks off.
struct Writer<W> {
    app: App<W>,
    all: Stretches,
    statuses: Option<Vec<MessageStatus>>,
    at: At,
}

impl<W: World> Writer<W> {
    async fn piece(&mut self) -> Option<Result<Bytes, StoreError>> {
        let mut out = String::new();
        let (place, ordinal) = match std::mem::replace(&mut self.at, At::End) {
            At::Beginning => {
                csv::plain_row(&mut out, COLUMNS.into_iter());
                (0, 0)
            }
            At::Middle(place, ordinal) => (place, ordinal),
            At::End => return None,
        };
        // A few campaigns at a time, so that a step's question stays small.
        let mut stretches = self.all.from(place, ordinal);
        let is_last = stretches.len() <= CAMPAIGNS_A_STEP;
        stretches.truncate(CAMPAIGNS_A_STEP);
        let filter = Filter::of(self.statuses.as_deref());
        let part = message_pages::read(self.app.db(), &stretches, filter, STEP.0, STEP.1).await;
        match part {
            Ok(part) => {
                for (at, message) in &part.items {
                    if let Some(stretch) = stretches.get(*at) {
                        row(&mut out, message, stretch.campaign);
                    }
                }
                self.at = match part.next {
                    Some((at, ordinal)) => At::Middle(place + at, ordinal),
                    None if is_last => At::End,
                    None => At::Middle(place + CAMPAIGNS_A_STEP, 0),
                };
                Some(Ok(Bytes::from(out)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

fn row(out: &mut String, message: &Message, campaign: &CampaignRow) {
    let time = |ms: Option<i64>| {
        ms.map_or_else(String::new, |ms| Instant::from_millis(ms).to_utc().to_rfc3339())
    };
    let batch_id = batch_of(campaign).unwrap_or_default();
    let (planned, sent, delivered) =
        (time(message.planned_at), time(message.sent_at), time(message.delivered_at));
    let cells = [
        batch_id.as_str(),
        &message.id,
        &campaign.id,
        &campaign.name,
        campaign.kind.name(),
        campaign.channel.name(),
        &campaign.sender_name,
        &message.to,
        message.status.name(),
        message.reason.as_deref().unwrap_or_default(),
        message.detail.as_deref().unwrap_or_default(),
        &planned,
        &sent,
        &delivered,
        message.reference.as_deref().unwrap_or_default(),
    ];
    csv::row_with_numbers(out, cells.into_iter());
}
