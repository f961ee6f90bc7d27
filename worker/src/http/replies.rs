//! `/campaigns/{id}/replies` and `/campaigns/{id}/cost`: how many people answered a campaign, and what
//! it has cost so far.

use axum::Json;
use serde::Serialize;

use super::api::{About, Routes};
use super::caller::Viewer;
use super::params::Id;
use super::{App, Failure};
use crate::ports::World;
use crate::store::Database;
use crate::store::conversations::{self, RepliesRow};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns")
        .get(
            "/campaigns/{id}/replies",
            replies::<W>,
            About::new("countReplies", "Count who answered a campaign"),
        )
        .get(
            "/campaigns/{id}/cost",
            cost::<W>,
            About::new("showCost", "Show what a campaign has cost so far"),
        )
}

/// What came back.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Replies"))]
struct Answered {
    /// Messages that answer it.
    replies: i64,
    /// People who wrote them.
    people: i64,
    /// People who have had enough since.
    stops: i64,
}

#[worker::send]
async fn replies<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Answered>, Failure> {
    let row = find(&app, key.team_id(), &id).await?;
    Ok(Json(Answered { replies: row.replies, people: row.repliers, stops: row.stops }))
}

/// What a campaign has cost so far, in millionths of the currency's unit. Nobody who was skipped is
/// in it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Cost {
    /// None where nobody said what its provider asks.
    currency: Option<String>,
    /// Segments that were sent; on other channels than SMS, messages.
    segments: i64,
    /// What they cost, each at the price of its moment.
    sent: i64,
    /// What the replies cost.
    inbound: i64,
    total: i64,
}

#[worker::send]
async fn cost<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Cost>, Failure> {
    let row = find(&app, key.team_id(), &id).await?;
    Ok(Json(Cost {
        currency: row.currency,
        segments: row.segments,
        sent: row.cost,
        inbound: row.inbound_cost,
        total: row.cost.saturating_add(row.inbound_cost),
    }))
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<RepliesRow, Failure> {
    let row = app.db().run(conversations::replies(team_id, id)).await?;
    row.first::<RepliesRow>()?.ok_or_else(|| Failure::not_found("no such campaign"))
}
