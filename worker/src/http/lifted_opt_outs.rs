//! `/opt-outs/lifted`: the opt-outs that were taken back, and why.

use axum::Json;
use serde::Serialize;
use serde_json::Value;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::params::{Listing, Page, Query, number};
use super::{App, Failure};
use crate::model::Channel;
use crate::ports::World;
use crate::store::Database;
use crate::store::opt_outs::{self, LiftedRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("opt-outs").get(
        "/opt-outs/lifted",
        lifted::<W>,
        About::new("listLiftedOptOuts", "List the opt-outs that were taken back")
            .filters::<Paged>(),
    )
}

/// An opt-out that was taken back, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "LiftedOptOut"))]
struct TakenBack {
    channel: Channel,
    address: String,
    /// What it was: `reason`, `source`, `created_ms`, `by_whom`.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, Value>"))]
    entry: Value,
    why: String,
    lifted_at: i64,
    by: Option<String>,
}

#[worker::send]
async fn lifted<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<TakenBack>>, Failure> {
    let page = Page::of(&query, number)?;
    let statement = opt_outs::lifted(key.team_id(), page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<LiftedRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    let lifted = rows.items.into_iter().map(|row| TakenBack {
        channel: row.channel,
        address: row.address,
        entry: serde_json::from_str(&row.entry).unwrap_or_default(),
        why: row.why,
        lifted_at: row.lifted_ms,
        by: row.by_whom,
    });
    Ok(Json(Listing { items: lifted.collect(), next_cursor: rows.next_cursor }))
}
