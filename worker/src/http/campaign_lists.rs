//! `GET /campaigns`: the send-outs of a team, narrowed and in order.
//!
//! A page can be shorter than asked for, or empty, where few campaigns are what is looked for: the
//! list ends where `next_cursor` is null.

use axum::Json;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::api::{About, Routes};
use super::asked::campaigns as asked;
use super::caller::Viewer;
use super::campaign_filter::{self, Word, Words};
use super::campaigns::{Campaign, status_of, waiting};
use super::fields::Fields;
use super::params::{Listing, Page, Query};
use super::progress::Progress;
use super::seen::is_reached;
use super::{App, Failure};
use crate::jobs::outlook;
use crate::model::Kind;
use crate::ports::World;
use crate::store::campaign_lists::{End, Filter, Order, Place, SCAN_MOST};
use crate::store::campaigns::{self, CampaignRow};
use crate::store::{Database, StoreError};

/// How often one page asks what holds a campaign, at most: each is six queries, and an invocation has
/// a thousand.
const LOOKS_MOST: usize = 120;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").get(
        "/campaigns",
        list::<W>,
        About::new("listCampaigns", "List campaigns")
            .says(
                "Broadcasts unless told, the newest first. It looks at 10,000 at most: a page can \
                 be shorter than asked for, or empty, and the list ends where `next_cursor` is null.",
            )
            .filters::<asked::CampaignFilter>(),
    )
}

/// Places of campaigns that a filter lets through, and where the next of them are looked for.
pub(super) struct Found {
    /// The places, in order.
    pub places: Vec<Place>,
    /// Where to go on; none where that was all.
    pub next: Option<Place>,
}

/// Up to `most` places below `below`.
///
/// # Errors
/// The database's.
pub(super) async fn find(
    db: &impl Database,
    team_id: &str,
    (filter, order): (&Filter, Order),
    below: Place,
    most: i64,
) -> Result<Found, StoreError> {
    let page = filter.page(team_id, order, below, most.saturating_add(1));
    let mut places = db.run(page).await?.all::<Place>()?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if places.len() > most {
        places.truncate(most);
        let next = places.last().copied();
        return Ok(Found { places, next });
    }
    let end = db.run(filter.end(team_id, order, below)).await?.first::<End>()?;
    let end = end.filter(|end| end.scanned >= SCAN_MOST);
    Ok(Found { places, next: end.map(|end| Place { at_ms: end.at_ms, seq: end.seq }) })
}

/// The rows at these places, in their order.
///
/// # Errors
/// The database's.
pub(super) async fn rows(
    db: &impl Database,
    team_id: &str,
    places: &[Place],
) -> Result<Vec<CampaignRow>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let seqs: Vec<i64> = places.iter().map(|place| place.seq).collect();
    let found = db.run(campaigns::by_seqs(team_id, &json!(seqs))).await?;
    let mut found = found.all::<CampaignRow>()?;
    found.sort_by_key(|row| seqs.iter().position(|seq| *seq == row.seq));
    Ok(found)
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Campaign>>, Failure> {
    let words = Words::of_team(&app, key.team_id()).await?;
    let Asked { filter, word, order, page } = parse(words, &query)?;
    let below = page.after.unwrap_or(Place::TOP);
    let narrowed = (&filter, order);
    let Found { places, next } = find(app.db(), key.team_id(), narrowed, below, page.limit).await?;
    let mut rows = rows(app.db(), key.team_id(), &places).await?;
    let asked = rows.iter().map(|row| looks(row, word.is_some(), app.now));
    let fitting = asked.scan(0, |sum, looks| {
        *sum += looks;
        (*sum <= LOOKS_MOST).then_some(())
    });
    let fitting = fitting.count();
    let is_cut = fitting < rows.len();
    rows.truncate(fitting);
    let last = rows.last().map(|row| row.seq);
    let last = places.iter().find(|place| Some(place.seq) == last).copied();
    let next = if is_cut { last } else { next };

    let waits = try_join_all(rows.iter().map(|row| waiting(&app, key.team_id(), row))).await?;
    let mut items = Vec::with_capacity(rows.len());
    for (row, wait) in rows.into_iter().zip(waits) {
        if is_meant(&app, word.as_ref(), &row, wait.as_ref()).await? {
            items.push(Campaign::from_row(row, wait, app.now.millis(), is_reached(&app))?);
        }
    }
    Ok(Json(Listing { items, next_cursor: next.map(|next| cursor_of(order, next)) }))
}

/// How often it has to be asked what holds a campaign.
fn looks(row: &CampaignRow, is_for_a_word: bool, now: Instant) -> usize {
    let waits = matches!(row.status.as_str(), "scheduled" | "in_progress" | "completed");
    usize::from(waits) + usize::from(is_for_a_word && start_ahead(row, now).is_some())
}

/// The time that a campaign is set to, if that is still to come.
fn start_ahead(row: &CampaignRow, now: Instant) -> Option<Instant> {
    let start = row.starts_ms.filter(|_| row.status == "scheduled").map(Instant::from_millis);
    start.filter(|start| *start > now)
}

/// A word speaks of what holds a campaign at the time that it is set to.
async fn is_meant<W: World>(
    app: &App<W>,
    word: Option<&Word>,
    row: &CampaignRow,
    waiting: Option<&Value>,
) -> Result<bool, Failure> {
    let Some(word) = word else { return Ok(true) };
    let progress = Progress::of(row, status_of(row)?);
    let held = row.is_held_for_review();
    let Some(start) = start_ahead(row, app.now) else {
        return Ok(word.is_said_of(row, &progress, waiting, held)?);
    };
    let then = outlook::waiting(app.db(), &row.team_id, &row.id, start).await?;
    Ok(word.is_said_of(row, &progress, then.as_ref(), held)?)
}

struct Asked {
    filter: Filter,
    word: Option<Word>,
    order: Order,
    page: Page<Place>,
}

fn parse(words: Words, query: &Value) -> Result<Asked, Vec<Problem>> {
    const ORDERS: [(&str, Order); 2] = [("created", Order::Newest), ("start", Order::Start)];
    let mut fields = Fields::of(query);
    let words = words.read(&mut fields);
    let wanted = words.status(&mut fields);
    let mut filter = campaign_filter::read(&mut fields, Some(Kind::Broadcast));
    let order = fields.optional("sort");
    let order = order.and_then(|value| fields.one_of("sort", value, &ORDERS)).unwrap_or_default();
    // Singles start when they are made, and a batch is one.
    let is_of_starts = filter.ids.is_none() && filter.kind == Some(Kind::Broadcast);
    let order = if is_of_starts { order } else { Order::Newest };
    let page = Page::read(&mut fields, |text| place(order, text));
    let (statuses, word) =
        wanted.map_or((None, None), |wanted| (Some(wanted.statuses), wanted.word));
    filter.statuses = statuses;
    fields.finish(page.map(|page| Asked { filter, word, order, page }))
}

/// The cursor of a place: a number, and before it the instant where the list goes by one.
fn cursor_of(order: Order, place: Place) -> String {
    match order {
        Order::Newest => place.seq.to_string(),
        Order::Start => format!("{}-{}", place.at_ms, place.seq),
    }
}

fn place(order: Order, text: &str) -> Option<Place> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    match order {
        Order::Newest => Some(Place { seq: number(text)?, ..Place::TOP }),
        Order::Start => {
            let (at, seq) = text.split_once('-')?;
            Some(Place { at_ms: number(at)?, seq: number(seq)? })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_its_place_back() {
        let at = Place { at_ms: 1_795_528_800_000, seq: 7 };
        assert_eq!(place(Order::Start, &cursor_of(Order::Start, at)), Some(at));
        let at = Place { seq: 7, ..Place::TOP };
        assert_eq!(place(Order::Newest, &cursor_of(Order::Newest, at)), Some(at));
        for text in ["", "-", "1-", "-1", "1-x", "1--2"] {
            assert_eq!(place(Order::Start, text), None, "`{text}`");
        }
        assert_eq!(place(Order::Newest, "-1"), None);
    }
}
