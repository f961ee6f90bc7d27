//! `/campaigns/{id}/messages`: what has become of each person's message, and
//! `/campaigns/{id}/left-out`: those that it did not reach.
//!
//! A page can be shorter than asked for, or empty, where a search for one status would have to
//! look at very many messages; the list ends where `next_cursor` is null.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate::Problem;
use tidegate::status::{CampaignStatus, MessageStatus};

use super::api::{About, Routes};
use super::asked::{Paged, campaigns as asked};
use super::caller::Viewer;
use super::campaigns::{find, status_of};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::progress::untouched;
use super::{App, Failure};
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::positions;
use crate::model::Person;
use crate::ports::World;
use crate::store::messages::{
    self, MessageRow, OpenRow, PAGES_MOST, PeopleRow, ReturnedRow, SCAN_MOST, Wanted,
};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    const SHORT: &str = "A page can be shorter than asked for, or empty: the list ends where \
        `next_cursor` is null.";
    Routes::more("campaigns")
        .get(
            "/campaigns/{id}/messages",
            list::<W>,
            About::new("listMessages", "List what has become of each person's message")
                .says(SHORT)
                .filters::<asked::MessageFilter>(),
        )
        .get(
            "/campaigns/{id}/left-out",
            left_out::<W>,
            About::new("listLeftOut", "List whom a campaign did not write to, and why")
                .says(SHORT)
                .filters::<Paged>(),
        )
}

/// A message, as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    id: String,
    ordinal: i64,
    to: String,
    status: MessageStatus,
    reason: Option<String>,
    detail: Option<String>,
    planned_at: Option<i64>,
    sent_at: Option<i64>,
    delivered_at: Option<i64>,
    reference: Option<String>,
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Message>>, Failure> {
    let (filter, page) = parse(&query)?;
    look(&app, key.team_id(), &id, filter.map(|status| vec![status]), &page).await.map(Json)
}

/// Whom the campaign did not write to, each with the reason: left out because it ended, because
/// they had become too late, because they had opted out, or because it was stopped.
#[worker::send]
async fn left_out<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Message>>, Failure> {
    let mut fields = Fields::of(&query);
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let filter = vec![MessageStatus::Skipped, MessageStatus::Cancelled];
    look(&app, key.team_id(), &id, Some(filter), &page).await.map(Json)
}

/// One message; none where the campaign has none with this ordinal.
///
/// # Errors
/// 404 for the campaign, or the database's.
pub async fn message<W: World>(
    app: &App<W>,
    team_id: &str,
    id: &str,
    ordinal: i64,
) -> Result<Option<Message>, Failure> {
    let page = Page { limit: 1, after: Some(ordinal) };
    let found = look(app, team_id, id, None, &page).await?.items.into_iter().next();
    Ok(found.filter(|message| message.ordinal == ordinal))
}

async fn look<W: World>(
    app: &App<W>,
    team_id: &str,
    id: &str,
    filter: Option<Vec<MessageStatus>>,
    page: &Page<i64>,
) -> Result<Listing<Message>, Failure> {
    let campaign = find(app, team_id, id).await?;
    let open = app.db().run(messages::open(campaign.seq)).await?;
    let mut under_way = UnderWay::of(&open.all::<OpenRow>()?)?;
    if campaign.returned > 0 {
        let returned = app.db().run(messages::returned(campaign.seq)).await?;
        under_way.take_back(&returned.all::<ReturnedRow>()?);
    }
    let view = View { campaign_id: &campaign.id, status: status_of(&campaign)?, under_way, filter };
    let from = page.after.unwrap_or(0);
    let until = campaign.total.min(from.saturating_add(SCAN_MOST));
    let statement = messages::pages(campaign.seq, from, until, &view.wanted(from));
    let rows = app.db().run(statement).await?.all::<PeopleRow>()?;
    Ok(view.listing(&rows, page, from, until, campaign.total)?)
}

fn parse(query: &Value) -> Result<(Option<MessageStatus>, Page<i64>), Vec<Problem>> {
    let names: Vec<_> = MessageStatus::ALL.iter().map(|status| (status.name(), *status)).collect();
    let mut fields = Fields::of(query);
    let filter = fields.optional("status");
    let filter = filter.and_then(|value| fields.one_of("status", value, &names));
    let page = Page::read(&mut fields, number);
    fields.finish(page.map(|page| (filter, page)))
}

/// The messages that were committed and whose outcome is not recorded.
#[derive(Debug, Default)]
struct UnderWay {
    /// The instant of each.
    planned_ms: BTreeMap<i64, i64>,
    /// Those whose POST may have begun.
    sending: BTreeSet<i64>,
    /// Those that came back, to be released again.
    returned: BTreeSet<i64>,
    /// Of these, those that the provider may have.
    in_doubt: BTreeSet<i64>,
}

impl UnderWay {
    fn of(slices: &[OpenRow]) -> Result<Self, StoreError> {
        let mut under_way = Self::default();
        for slice in slices {
            let items: Vec<Item> = read(&slice.items)?;
            for (place, position) in (0_i64..).zip(positions(&items)) {
                if place < slice.settled {
                    continue;
                }
                under_way.planned_ms.insert(position.ordinal, position.at_ms);
                if place < slice.claimed {
                    under_way.sending.insert(position.ordinal);
                }
            }
        }
        Ok(under_way)
    }

    fn take_back(&mut self, rows: &[ReturnedRow]) {
        for row in rows {
            let ordinals = row.first..row.first + row.count;
            self.returned.extend(ordinals.clone());
            if row.doubts > 0 {
                self.in_doubt.extend(ordinals);
            }
        }
    }

    /// What a message is that has no row, and why.
    fn untouched(
        &self,
        campaign: CampaignStatus,
        ordinal: i64,
    ) -> (MessageStatus, Option<&'static str>) {
        let is_to_go = self.planned_ms.contains_key(&ordinal) || self.returned.contains(&ordinal);
        match untouched(campaign) {
            _ if self.sending.contains(&ordinal) => (MessageStatus::Sending, None),
            // Of a completed campaign only what is sent again is still to go.
            (MessageStatus::Skipped, _) if is_to_go => (MessageStatus::Queued, None),
            // It will be recorded as such with the next tick.
            (MessageStatus::Cancelled, _) if self.in_doubt.contains(&ordinal) => {
                (MessageStatus::Unknown, Some("no_answer"))
            }
            other => other,
        }
    }
}

struct View<'a> {
    campaign_id: &'a str,
    status: CampaignStatus,
    under_way: UnderWay,
    filter: Option<Vec<MessageStatus>>,
}

impl View<'_> {
    /// Which pages of people can hold anything that the filter lets through.
    fn wanted(&self, from: i64) -> Wanted {
        let Some(filter) = &self.filter else {
            return Wanted { all: true, ..Wanted::default() };
        };
        let is_to_go = untouched(self.status).0 == MessageStatus::Queued;
        let of = |status| match status {
            MessageStatus::Sending => Some(&self.under_way.sending),
            MessageStatus::Queued if !is_to_go => Some(&self.under_way.returned),
            MessageStatus::Unknown => Some(&self.under_way.in_doubt),
            _ => None,
        };
        let ordinals = filter.iter().filter_map(|status| of(*status));
        // Released again and not begun: of a completed campaign these are queued too.
        let released = self.under_way.planned_ms.range(from..).map(|(ordinal, _)| *ordinal);
        let released = released.filter(|_| !is_to_go && filter.contains(&MessageStatus::Queued));
        Wanted {
            all: false,
            // Cancelled ones have no row.
            status: filter.first().map(|status| status.name()),
            without_row: filter.contains(&untouched(self.status).0),
            ordinals: ordinals.flat_map(|set| set.range(from..).copied()).chain(released).collect(),
        }
    }

    fn listing(
        &self,
        rows: &[PeopleRow],
        page: &Page<i64>,
        from: i64,
        until: i64,
        total: i64,
    ) -> Result<Listing<Message>, StoreError> {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        let mut looked_until = from;
        'pages: for row in rows {
            let people: Vec<Person> = read(&row.people)?;
            let known: Vec<MessageRow> = read(&row.messages)?;
            let mut known: BTreeMap<_, _> = known.into_iter().map(|m| (m.ordinal, m)).collect();
            for (ordinal, person) in (row.first..).zip(people) {
                if ordinal < from || ordinal >= total {
                    continue;
                }
                if items.len() == limit {
                    break 'pages;
                }
                looked_until = ordinal + 1;
                let message = self.message(ordinal, person.to, known.remove(&ordinal));
                if self.filter.as_ref().is_none_or(|filter| filter.contains(&message.status)) {
                    items.push(message);
                }
            }
        }
        let is_full = items.len() == limit;
        let is_cut = i64::try_from(rows.len()).is_ok_and(|pages| pages == PAGES_MOST);
        let next = if is_full || is_cut { looked_until } else { until };
        Ok(Listing { items, next_cursor: (next < total).then(|| next.to_string()) })
    }

    fn message(&self, ordinal: i64, to: String, row: Option<MessageRow>) -> Message {
        let planned_ms = self.under_way.planned_ms.get(&ordinal).copied();
        let (status, reason) = if let Some(row) = &row {
            (MessageStatus::named(&row.status), row.reason.clone())
        } else {
            let (status, reason) = self.under_way.untouched(self.status, ordinal);
            (Some(status), reason.map(str::to_owned))
        };
        Message {
            id: format!("{}-{ordinal}", self.campaign_id),
            ordinal,
            to,
            // The schema's CHECK lets no other word in; should one be there, nothing is claimed.
            status: status.unwrap_or(MessageStatus::Unknown),
            reason,
            detail: row.as_ref().and_then(|row| row.detail.clone()),
            planned_at: row.as_ref().map(|row| row.planned_ms).or(planned_ms),
            sent_at: row.as_ref().and_then(|row| row.sent_ms),
            delivered_at: row.as_ref().and_then(|row| row.delivered_ms),
            reference: row.and_then(|row| row.reference),
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
