//! `/campaigns/{id}/plan`, `schedule`, `pause`, `resume` and `stop`: what people do to a campaign.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::body::OptionalDocument;
use super::caller::Operator;
use super::campaigns::{Campaign, whole};
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure};
use crate::jobs::commands;
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new()
        .route("/campaigns/{id}/plan", post(plan::<W>))
        .route("/campaigns/{id}/schedule", post(schedule::<W>))
        .route("/campaigns/{id}/pause", post(pause::<W>))
        .route("/campaigns/{id}/resume", post(resume::<W>))
        .route("/campaigns/{id}/stop", post(stop::<W>))
}

#[worker::send]
async fn plan<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    let at = parse_at(&document)?;
    Ok(Json(commands::preview(app.db(), &id, at, app.now).await?))
}

#[worker::send]
async fn schedule<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Campaign>, Failure> {
    let at = parse_at(&document)?;
    commands::schedule(&*app.world, &id, at, app.now).await?;
    Ok(Json(whole(&app, &id).await?))
}

#[worker::send]
async fn pause<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    nothing(&document)?;
    let in_flight = commands::pause(app.db(), &id, app.now).await?;
    with_in_flight(&app, &id, in_flight).await
}

#[worker::send]
async fn resume<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    nothing(&document)?;
    let in_flight = commands::resume(&*app.world, &id, app.now).await?;
    with_in_flight(&app, &id, in_flight).await
}

#[worker::send]
async fn stop<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    nothing(&document)?;
    let in_flight = commands::stop(app.db(), &id, app.now).await?;
    with_in_flight(&app, &id, in_flight).await
}

async fn with_in_flight<W: World>(
    app: &App<W>,
    id: &str,
    in_flight: i64,
) -> Result<Json<Value>, Failure> {
    let mut document = json!(whole(app, id).await?);
    if let Some(object) = document.as_object_mut() {
        object.insert("in_flight".into(), in_flight.into());
    }
    Ok(Json(document))
}

fn parse_at(document: &Value) -> Result<Option<Instant>, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let at = fields.optional("at");
    let at = at.and_then(|value| fields.instant("at", value));
    fields.finish(Some(at))
}

fn nothing(document: &Value) -> Result<(), Vec<Problem>> {
    Fields::of(document).finish(Some(()))
}
