//! `/reasons`: what each reason means and what to check, for the page that answers "they say they
//! did not get it"; and `/campaigns/{id}/bad-addresses`: whom a campaign did not reach because the
//! address itself is at fault, to be corrected after a large send-out.

use axum::Json;
use serde::Serialize;
use serde_json::Value;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::campaigns::find;
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::ports::World;
use crate::reasons::{self, REASONS, Reason};
use crate::store::Database;
use crate::store::bad_addresses::{self, BadAddressRow};
use crate::store::messages::SCAN_MOST;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("reasons", "Why messages did not arrive, and what to do about it.")
        .get(
            "/reasons",
            list::<W>,
            About::new("listReasons", "List every reason and what to check").filters::<Paged>(),
        )
        .get(
            "/campaigns/{id}/bad-addresses",
            bad_addresses::<W>,
            About::new("listBadAddresses", "List whom a campaign could not reach at their address")
                .filters::<Paged>(),
        )
}

#[worker::send]
async fn list<W: World + 'static>(
    _: Viewer,
    _: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Reason>>, Failure> {
    let mut fields = Fields::of(&query);
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let first = page.after.and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let items: Vec<_> = REASONS.iter().skip(first).take(most).copied().collect();
    let next = first.saturating_add(items.len());
    let next_cursor = (next < REASONS.len()).then(|| next.to_string());
    Ok(Json(Listing { items, next_cursor }))
}

/// An address to be corrected, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct BadAddress {
    ordinal: i64,
    to: Option<String>,
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    fields: Value,
    /// The word of [`REASONS`].
    reason: &'static str,
    /// What it means.
    means: &'static str,
    /// What to do about it.
    check: &'static str,
    /// What the provider said, word for word.
    said: Option<String>,
    sent_at: Option<i64>,
}

impl BadAddress {
    fn from_row(row: BadAddressRow) -> Option<Self> {
        let known = reasons::known(&row.reason)?;
        let person: Value =
            row.person.and_then(|person| serde_json::from_str(&person).ok()).unwrap_or_default();
        let to = person.get("to").and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            ordinal: row.ordinal,
            to,
            fields: person.get("fields").cloned().unwrap_or_else(|| serde_json::json!({})),
            reason: known.code,
            means: known.means,
            check: known.check,
            said: row.detail.or_else(|| (row.reason != known.code).then_some(row.reason)),
            sent_at: row.sent_ms,
        })
    }
}

#[worker::send]
async fn bad_addresses<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<BadAddress>>, Failure> {
    let mut fields = Fields::of(&query);
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let campaign = find(&app, &id).await?;
    let faults: Value = reasons::address_faults().collect();
    let from = page.after.unwrap_or(0);
    let until = campaign.total.min(from.saturating_add(SCAN_MOST));
    let rows = bad_addresses::page(campaign.seq, from, until, &faults, page.with_next());
    let mut rows = app.db().run(rows).await?.all::<BadAddressRow>()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    // The next page begins with the surplus row, or where this one stopped looking.
    let next = rows.get(limit).map(|row| row.ordinal);
    let next = next.or_else(|| (until < campaign.total).then_some(until));
    rows.truncate(limit);
    Ok(Json(Listing {
        items: rows.into_iter().filter_map(BadAddress::from_row).collect(),
        next_cursor: next.map(|next| next.to_string()),
    }))
}
