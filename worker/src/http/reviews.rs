//! `/reviews`: messages that are held because of what they say, and what is decided about them.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use super::api::{About, Repeat, Routes};
use super::asked::{Paged, content as asked};
use super::body::OptionalDocument;
use super::caller::{Administrator, Viewer};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query};
use super::words::NOTE_MOST;
use super::{App, Failure};
use crate::jobs::CommandError;
use crate::jobs::reviews as jobs;
use crate::model::{Channel, Kind};
use crate::ports::World;
use crate::store::reviews::{self, ReviewRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("reviews", "Messages that are held because of what they say.")
        .get(
            "/reviews",
            list::<W>,
            About::new("listReviews", "List the reviews, pending ones first").filters::<Paged>(),
        )
        .get("/reviews/{id}", show::<W>, About::new("getReview", "Show a review"))
        .post(
            "/reviews/{id}/clear",
            clear::<W>,
            About::new("clearReview", "Let a message go, and its words pass from now on")
                .says("What was wished for it is carried out, where its time is still ahead.")
                .asks::<asked::DecisionAsked>()
                .conflicts(&["decided"])
                .repeated(Repeat::Harmless),
        )
        .post(
            "/reviews/{id}/refuse",
            refuse::<W>,
            About::new("refuseReview", "Hold a message until it says something else")
                .asks::<asked::DecisionAsked>()
                .conflicts(&["decided"])
                .repeated(Repeat::Harmless),
        )
}

/// A review, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Review {
    id: String,
    state: String,
    campaign: Campaign,
    /// What was found, and where.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<jobs::Found>"))]
    found: Value,
    /// What is done once it is cleared.
    #[cfg_attr(feature = "schema", schemars(with = "jobs::Wish"))]
    wish: Value,
    asked_at: i64,
    asked_by: String,
    decided_at: Option<i64>,
    decided_by: Option<String>,
    note: Option<String>,
    /// When the wish was carried out.
    carried_out_at: Option<i64>,
}

/// What is held.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "HeldCampaign"))]
struct Campaign {
    id: String,
    name: String,
    kind: Kind,
    channel: Channel,
    #[cfg_attr(feature = "schema", schemars(with = "crate::model::Content"))]
    content: Value,
    people: i64,
}

/// A review that was cleared.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Cleared {
    #[serde(flatten)]
    review: Review,
    /// Whether what was wished is done.
    carried_out: bool,
    /// Why not.
    why_not: Option<String>,
}

impl Review {
    fn from_row(row: ReviewRow) -> Result<Self, StoreError> {
        let read = |text: &str| {
            serde_json::from_str::<Value>(text)
                .map_err(|error| StoreError::Failed(format!("`{}`: {error}", row.id)))
        };
        Ok(Self {
            found: read(&row.found)?,
            wish: read(&row.wish)?,
            campaign: Campaign {
                content: read(&row.content)?,
                id: row.campaign_id,
                name: row.campaign_name,
                kind: row.campaign_kind,
                channel: row.channel,
                people: row.total,
            },
            id: row.id,
            state: row.state,
            asked_at: row.asked_ms,
            asked_by: row.asked_by,
            decided_at: row.decided_ms,
            decided_by: row.decided_by,
            note: row.note,
            carried_out_at: row.carried_ms,
        })
    }
}

/// The pending ones first, each part newest first.
#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Review>>, Failure> {
    let page = Page::of(&query, place)?;
    let statement = reviews::page(key.team_id(), page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<ReviewRow>()?;
    let rows = Listing::new(rows, &page, |row| {
        format!("{}.{}", i32::from(row.state == "pending"), row.seq)
    });
    let items = rows.items.into_iter().map(Review::from_row).collect::<Result<_, _>>()?;
    Ok(Json(Listing { items, next_cursor: rows.next_cursor }))
}

/// A place in the list: whether it is among the pending ones, and its number.
fn place(text: &str) -> Option<(i64, i64)> {
    let (pending, seq) = text.split_once('.')?;
    let pending = match pending {
        "0" => 0,
        "1" => 1,
        _ => return None,
    };
    Some((pending, super::params::number(seq)?))
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Review>, Failure> {
    Ok(Json(find(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn clear<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Cleared>, Failure> {
    let note = parse(&document)?;
    let caller = key.caller();
    let by = (&caller, note.as_deref());
    let decided = jobs::clear(&*app.world, key.team_id(), &id, by, app.now).await;
    let decided = decided.map_err(failed)?;
    let review = find(&app, key.team_id(), &id).await?;
    Ok(Json(Cleared { review, carried_out: decided.carried_out, why_not: decided.why }))
}

#[worker::send]
async fn refuse<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Review>, Failure> {
    let note = parse(&document)?;
    let caller = key.caller();
    let by = (&caller, note.as_deref());
    jobs::refuse(app.db(), key.team_id(), &id, by, app.now).await.map_err(failed)?;
    Ok(Json(find(&app, key.team_id(), &id).await?))
}

fn failed(error: CommandError) -> Failure {
    match error {
        CommandError::NotFound => Failure::not_found("no such review"),
        error => error.into(),
    }
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<Review, Failure> {
    let row = app.db().run(reviews::by_id(team_id, id)).await?.first::<ReviewRow>()?;
    let row = row.ok_or_else(|| Failure::not_found("no such review"))?;
    Ok(Review::from_row(row)?)
}

fn parse(document: &Value) -> Result<Option<String>, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let note = fields.optional("note").filter(|value| !value.is_null());
    let note = note.and_then(|value| fields.text("note", value, NOTE_MOST));
    fields.finish(Some(note))
}
