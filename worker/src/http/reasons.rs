//! `/reasons`: what each reason means and what to check, for the page that answers "they say they
//! did not get it".

use axum::Json;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::params::{Listing, Page, Query, number};
use super::{App, Failure};
use crate::ports::World;
use crate::reasons::{REASONS, Reason};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("reasons", "Why messages did not arrive, and what to do about it.").get(
        "/reasons",
        list::<W>,
        About::new("listReasons", "List every reason and what to check").filters::<Paged>(),
    )
}

#[worker::send]
async fn list<W: World + 'static>(
    _: Viewer,
    _: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Reason>>, Failure> {
    let page = Page::of(&query, number)?;
    let first = page.after.and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let items: Vec<_> = REASONS.iter().skip(first).take(most).copied().collect();
    let next = first.saturating_add(items.len());
    let next_cursor = (next < REASONS.len()).then(|| next.to_string());
    Ok(Json(Listing { items, next_cursor }))
}
