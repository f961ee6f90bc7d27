//! `/campaigns/{id}/messages`: what has become of each person's message, and
//! `/campaigns/{id}/left-out`: those that it did not reach.
//!
//! A page can be shorter than asked for, or empty, where a search for one status would have to
//! look at very many messages; the list ends where `next_cursor` is null.

use axum::Json;
use serde_json::Value;
use tidegate::Problem;
use tidegate::status::MessageStatus;

use super::api::{About, Routes};
use super::asked::{Paged, campaigns as asked};
use super::caller::Viewer;
use super::campaign_filter::Words;
use super::campaigns::find;
use super::fields::Fields;
pub use super::message_pages::Message;
use super::message_pages::{self, Filter, Stretch};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::ports::World;
use crate::store::messages::{MARKS_SCAN_MOST, Marked, PAGES_MOST, SCAN_MOST};

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

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Message>>, Failure> {
    let words = Words::of_team(&app, key.team_id()).await?;
    let Asked { statuses, marked, page } = parse(words, &query)?;
    let filter = Filter { statuses: statuses.as_deref(), marked };
    look(&app, key.team_id(), &id, filter, &page).await.map(Json)
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
    let page = Page::of(&query, number)?;
    let filter = Filter::of(Some(&[MessageStatus::Skipped, MessageStatus::Cancelled]));
    look(&app, key.team_id(), &id, filter, &page).await.map(Json)
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
    let found = look(app, team_id, id, Filter::default(), &page).await?.items.into_iter().next();
    Ok(found.filter(|message| message.ordinal == ordinal))
}

async fn look<W: World>(
    app: &App<W>,
    team_id: &str,
    id: &str,
    filter: Filter<'_>,
    page: &Page<i64>,
) -> Result<Listing<Message>, Failure> {
    let campaign = find(app, team_id, id).await?;
    let from = page.after.unwrap_or(0);
    let scan = if filter.marked.is_some() { MARKS_SCAN_MOST } else { SCAN_MOST };
    let until = campaign.total.min(from.saturating_add(scan));
    let stretch = Stretch { campaign: &campaign, from, until };
    let part = message_pages::read(app.db(), &[stretch], filter, page.limit, PAGES_MOST).await?;
    let next = part.next.map_or(until, |(_, ordinal)| ordinal);
    Ok(Listing {
        items: part.items.into_iter().map(|(_, message)| message).collect(),
        next_cursor: (next < campaign.total).then(|| next.to_string()),
    })
}

/// What of a campaign's messages is asked for.
struct Asked {
    statuses: Option<Vec<MessageStatus>>,
    marked: Option<Marked>,
    page: Page<i64>,
}

fn parse(words: Words, query: &Value) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let words = words.read(&mut fields);
    let statuses = words.message_statuses(&mut fields);
    let marked = fields.optional("marks");
    let marked = marked.and_then(|value| fields.one_of("marks", value, &Marked::NAMES));
    let page = Page::read(&mut fields, number);
    fields.finish(page.map(|page| Asked { statuses, marked, page }))
}
