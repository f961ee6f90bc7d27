//! What an operator says of messages about which nobody can tell: `confirm-sent` (it went) and
//! `send-again`, of one message or of all that are unknown.

use axum::extract::Path;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tidegate::status::MessageTrigger;

use super::body::OptionalDocument;
use super::caller::Operator;
use super::campaigns::whole;
use super::fields::Fields;
use super::messages::{Message, message};
use super::params::{Id, number};
use super::{App, Failure};
use crate::jobs::doubts;
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new()
        .route("/campaigns/{id}/messages/{ordinal}/confirm-sent", post(confirm_one::<W>))
        .route("/campaigns/{id}/messages/{ordinal}/send-again", post(again_one::<W>))
        .route("/campaigns/{id}/unknown/confirm-sent", post(confirm_all::<W>))
        .route("/campaigns/{id}/unknown/send-again", post(again_all::<W>))
}

#[worker::send]
async fn confirm_one<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Path((id, ordinal)): Path<(String, String)>,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Message>, Failure> {
    one(&app, &id, &ordinal, MessageTrigger::ConfirmSent, &document).await
}

#[worker::send]
async fn again_one<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Path((id, ordinal)): Path<(String, String)>,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Message>, Failure> {
    one(&app, &id, &ordinal, MessageTrigger::SendAgain, &document).await
}

#[worker::send]
async fn confirm_all<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    all(&app, &id, MessageTrigger::ConfirmSent, &document).await
}

#[worker::send]
async fn again_all<W: World + 'static>(
    _: Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Value>, Failure> {
    all(&app, &id, MessageTrigger::SendAgain, &document).await
}

async fn one<W: World>(
    app: &App<W>,
    id: &str,
    ordinal: &str,
    order: MessageTrigger,
    document: &Value,
) -> Result<Json<Message>, Failure> {
    Fields::of(document).finish(Some(()))?;
    let nobody = || Failure::not_found("no such message; its number is its `ordinal`");
    let ordinal = number(ordinal).ok_or_else(nobody)?;
    doubts::one(&*app.world, id, ordinal, order, app.now).await?;
    message(app, id, ordinal).await?.map(Json).ok_or_else(nobody)
}

async fn all<W: World>(
    app: &App<W>,
    id: &str,
    order: MessageTrigger,
    document: &Value,
) -> Result<Json<Value>, Failure> {
    Fields::of(document).finish(Some(()))?;
    let done = doubts::all(&*app.world, id, order, app.now).await?;
    let mut document = json!(whole(app, id).await?);
    if let Some(object) = document.as_object_mut() {
        object.insert("changed".into(), done.changed.into());
        object.insert("more".into(), done.more.into());
    }
    Ok(Json(document))
}
