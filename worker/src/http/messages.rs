//! `/campaigns/{id}/messages`: what has become of each person's message.
//!
//! A page can be shorter than asked for, or empty, where a search for one status would have to
//! look at very many messages; the list ends where `next_cursor` is null.

use std::collections::{BTreeMap, BTreeSet};

use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate::Problem;
use tidegate::status::{CampaignStatus, MessageStatus};

use super::caller::Viewer;
use super::campaigns::{find, status_of};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::progress::untouched;
use super::{App, Failure};
use crate::dispatch::hand_over::positions;
use crate::dispatch::tick::Item;
use crate::model::Person;
use crate::ports::World;
use crate::store::messages::{self, MessageRow, OpenRow, PAGES_MOST, PeopleRow, SCAN_MOST, Wanted};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new().route("/campaigns/{id}/messages", get(list::<W>))
}

/// A message, as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Message {
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
    _: Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Message>>, Failure> {
    let (filter, page) = parse(&query)?;
    let campaign = find(&app, &id).await?;
    let open = app.db().run(messages::open(campaign.seq)).await?;
    let view = View {
        campaign_id: &campaign.id,
        status: status_of(&campaign)?,
        under_way: UnderWay::of(&open.all::<OpenRow>()?)?,
        filter,
    };
    let from = page.after.unwrap_or(0);
    let until = campaign.total.min(from.saturating_add(SCAN_MOST));
    let statement = messages::pages(campaign.seq, from, until, &view.wanted(from));
    let rows = app.db().run(statement).await?.all::<PeopleRow>()?;
    Ok(Json(view.listing(&rows, &page, from, until, campaign.total)?))
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
}

struct View<'a> {
    campaign_id: &'a str,
    status: CampaignStatus,
    under_way: UnderWay,
    filter: Option<MessageStatus>,
}

impl View<'_> {
    /// Which pages of people can hold anything that the filter lets through.
    fn wanted(&self, from: i64) -> Wanted {
        let Some(status) = self.filter else {
            return Wanted { all: true, ..Wanted::default() };
        };
        let sending = self.under_way.sending.range(from..);
        Wanted {
            all: false,
            status: Some(status.name()),
            without_row: status == untouched(self.status).0,
            ordinals: match status {
                MessageStatus::Sending => sending.copied().collect(),
                _ => Vec::new(),
            },
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
                if self.filter.is_none_or(|status| status == message.status) {
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
        let (status, reason) = match &row {
            Some(row) => (MessageStatus::named(&row.status), row.reason.clone()),
            None if self.under_way.sending.contains(&ordinal) => {
                (Some(MessageStatus::Sending), None)
            }
            None => {
                let (status, reason) = untouched(self.status);
                (Some(status), reason.map(str::to_owned))
            }
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
