//! `/campaigns/{id}/lists`: where a campaign's people come from, and how far each list is.
//!
//! No counter is kept for a list. Its people are one stretch of ordinals, and whom the dispatcher
//! has released is known by cursor; what is under way or came back is little. So how many of a list
//! are done is arithmetic. What became of them is counted when one list is looked at.

use axum::Json;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidegate::status::CampaignStatus;

use super::api::{About, Part, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::campaigns::{find, status_of};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::positions;
use crate::ports::World;
use crate::store::campaigns::CampaignRow;
use crate::store::lists::{self, ListRow, OutcomeRow, ReleasedRow};
use crate::store::messages::{self, OpenRow, ReturnedRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns")
        .get(
            "/campaigns/{id}/lists",
            all::<W>,
            About::new(
                "listLists",
                "List where a campaign's people come from, and how far each is",
            )
            .filters::<Paged>(),
        )
        .get(
            "/campaigns/{id}/lists/{list}",
            one::<W>,
            About::new("getList", "Show a list, and what became of its people"),
        )
}

/// A list, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RecipientList"))]
struct List {
    id: String,
    /// `file` or `selection`.
    kind: String,
    file_name: String,
    selection: Option<Value>,
    created_at: i64,
    status: CampaignStatus,
    progress: Progress,
    duplicates: i64,
    rejected: i64,
    /// The ordinal of its first message; the others follow.
    first_ordinal: i64,
    /// How many messages are in each status, told of one list alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<BTreeMap<String, i64>>,
}

/// `7/11`.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ListProgress"))]
struct Progress {
    /// People of whose message something has become.
    done: i64,
    /// People.
    total: i64,
}

#[worker::send]
async fn all<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<List>>, Failure> {
    let page = Page::of(&query, number)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    // Lists are only ever added, so a place among them stays.
    let after = page.after.unwrap_or(0);
    let items = told(&app, &campaign).await?.into_iter();
    let items = items.skip(usize::try_from(after).unwrap_or(usize::MAX)).collect();
    let next = (after + page.limit).to_string();
    Ok(Json(Listing::new(items, &page, |_| next)))
}

#[worker::send]
async fn one<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    place: Place,
) -> Result<Json<List>, Failure> {
    let campaign = find(&app, key.team_id(), &place.campaign).await?;
    let lists = told(&app, &campaign).await?;
    let list = lists.into_iter().find(|list| list.id == place.list);
    let mut list = list.ok_or_else(|| Failure::not_found("the campaign has no such list"))?;
    let (first, count) = (list.first_ordinal, list.progress.total);
    let rows = app.db().run(lists::outcomes(campaign.seq, first, count)).await?;
    let rows = rows.all::<OutcomeRow>()?.into_iter();
    list.outcomes = Some(rows.map(|row| (row.status, row.messages)).collect());
    Ok(Json(list))
}

/// A list in the path.
struct Place {
    campaign: String,
    list: String,
}

impl Part for Place {}

impl<W: World + 'static> FromRequestParts<App<W>> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App<W>) -> Result<Self, Failure> {
        let (campaign, list) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map(|Path(place)| place)
            .map_err(|_| Failure::not_found("there is no such address in the API"))?;
        Ok(Self { campaign, list })
    }
}

async fn told<W: World>(app: &App<W>, campaign: &CampaignRow) -> Result<Vec<List>, Failure> {
    let db = app.db();
    let asked = vec![
        lists::of_campaign(campaign.seq),
        lists::released(campaign.seq),
        messages::open(campaign.seq),
        messages::returned(campaign.seq),
    ];
    let mut answers = db.batch(asked).await?.into_iter();
    let rows = lists::lists_of(answers.next().unwrap_or_default())?;
    let released = answers.next().unwrap_or_default().all::<ReleasedRow>()?;
    let open = answers.next().unwrap_or_default().all::<OpenRow>()?;
    let returned = answers.next().unwrap_or_default().all::<ReturnedRow>()?;
    let waiting = waiting(&open, &returned)?;
    let status = status_of(campaign)?;
    let mut lists = Vec::with_capacity(rows.len());
    for row in rows {
        let done = done(&row, &released, &waiting)?;
        let progress = Progress { done, total: row.accepted };
        let selection = row.selection.as_deref().map(serde_json::from_str).transpose();
        lists.push(List {
            status: standing(status, progress),
            id: row.id,
            kind: row.kind,
            file_name: row.file_name,
            selection: selection.map_err(|error| StoreError::Failed(error.to_string()))?,
            created_at: row.created_ms,
            progress,
            duplicates: row.duplicates,
            rejected: row.rejected,
            first_ordinal: row.first_ordinal,
            outcomes: None,
        });
    }
    Ok(lists)
}

/// Where a list stands in a campaign that stands there.
const fn standing(campaign: CampaignStatus, progress: Progress) -> CampaignStatus {
    match campaign {
        CampaignStatus::Draft => CampaignStatus::Draft,
        _ if progress.done >= progress.total => CampaignStatus::Completed,
        CampaignStatus::InProgress if progress.done == 0 => CampaignStatus::Scheduled,
        other => other,
    }
}

/// Ordinals that were released and of which nothing has become yet, as `(first, count)`.
fn waiting(open: &[OpenRow], returned: &[ReturnedRow]) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut waiting: Vec<(i64, i64)> = returned.iter().map(|row| (row.first, row.count)).collect();
    for slice in open {
        let items: Vec<Item> = serde_json::from_str(&slice.items)
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let unsettled = (0_i64..).zip(positions(&items)).filter(|(at, _)| *at >= slice.settled);
        waiting.extend(unsettled.map(|(_, position)| (position.ordinal, 1)));
    }
    Ok(waiting)
}

fn done(
    list: &ListRow,
    released: &[ReleasedRow],
    waiting: &[(i64, i64)],
) -> Result<i64, StoreError> {
    let mut done = 0;
    for row in released {
        let ranges: Vec<(i64, i64)> = serde_json::from_str(&row.ranges)
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let mut left = row.cursor;
        for (first, count) in ranges {
            let gone = left.min(count);
            done += common(list, first, gone);
            left -= gone;
        }
    }
    let still: i64 = waiting.iter().map(|(first, count)| common(list, *first, *count)).sum();
    Ok((done - still).max(0))
}

/// How many of these ordinals are of the list.
fn common(list: &ListRow, first: i64, count: i64) -> i64 {
    let end = (first + count).min(list.first_ordinal + list.accepted);
    (end - first.max(list.first_ordinal)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(first_ordinal: i64, accepted: i64) -> ListRow {
        ListRow {
            id: String::new(),
            kind: "file".into(),
            selection: None,
            file_name: String::new(),
            first_ordinal,
            columns: Vec::new(),
            accepted,
            duplicates: 0,
            rejected: 0,
            created_ms: 0,
        }
    }

    #[test]
    fn a_lists_people_are_done_in_the_order_in_which_they_are_released() {
        // Two zones: the second list has people of both.
        let released = [
            ReleasedRow { ranges: "[[0,10],[15,5]]".into(), cursor: 12 },
            ReleasedRow { ranges: "[[10,5],[20,5]]".into(), cursor: 3 },
        ];
        let done = |list: ListRow, waiting: &[(i64, i64)]| done(&list, &released, waiting).unwrap();
        assert_eq!(done(list(0, 10), &[]), 10);
        assert_eq!(done(list(10, 15), &[]), 3 + 2);
        assert_eq!(done(list(10, 15), &[(9, 3), (16, 1)]), 2);
        assert_eq!(done(list(25, 5), &[]), 0);
    }
}
