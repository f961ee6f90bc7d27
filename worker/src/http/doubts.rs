//! What an operator says of messages about which nobody can tell: `confirm-sent` (it went) and
//! `send-again`, of one message or of all that are unknown.

use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use serde_json::Value;
use tidegate::status::MessageTrigger;

use super::api::{About, Routes};
use super::asked::Nothing;
use super::body::OptionalDocument;
use super::caller::Steerer;
use super::campaigns::{Campaign, whole};
use super::fields::Fields;
use super::messages::{Message, message};
use super::params::{Id, number};
use super::{App, Failure};
use crate::jobs::doubts::{self, Order};
use crate::model::Caller;
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    let order = |id, summary| {
        About::new(id, summary).asks::<Nothing>().conflicts(&[
            "illegal_transition",
            "campaign_over",
            "never",
        ])
    };
    Routes::of("doubts", "Messages about which nobody can tell.")
        .post(
            "/campaigns/{id}/messages/{ordinal}/confirm-sent",
            confirm_one::<W>,
            order("confirmMessageSent", "Say that a message of which nobody could tell went"),
        )
        .post(
            "/campaigns/{id}/messages/{ordinal}/send-again",
            again_one::<W>,
            order("sendMessageAgain", "Have a message sent again of which nobody can tell"),
        )
        .post(
            "/campaigns/{id}/unknown/confirm-sent",
            confirm_all::<W>,
            order(
                "confirmAllSent",
                "Say of all messages of which nobody could tell that they went",
            ),
        )
        .post(
            "/campaigns/{id}/unknown/send-again",
            again_all::<W>,
            order("sendAllAgain", "Have all messages sent again of which nobody can tell"),
        )
}

/// A campaign after an order about all that was unknown.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Settled {
    #[serde(flatten)]
    campaign: Campaign,
    /// How many messages it was about.
    changed: i64,
    /// Whether there may be more: ask again.
    more: bool,
}

#[worker::send]
async fn confirm_one<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Path((id, ordinal)): Path<(String, String)>,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Message>, Failure> {
    one(&app, &id, &ordinal, (MessageTrigger::ConfirmSent, &key.caller()), &document).await
}

#[worker::send]
async fn again_one<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Path((id, ordinal)): Path<(String, String)>,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Message>, Failure> {
    one(&app, &id, &ordinal, (MessageTrigger::SendAgain, &key.caller()), &document).await
}

#[worker::send]
async fn confirm_all<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Settled>, Failure> {
    all(&app, &id, (MessageTrigger::ConfirmSent, &key.caller()), &document).await
}

#[worker::send]
async fn again_all<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Settled>, Failure> {
    all(&app, &id, (MessageTrigger::SendAgain, &key.caller()), &document).await
}

async fn one<W: World>(
    app: &App<W>,
    id: &str,
    ordinal: &str,
    (trigger, by): (MessageTrigger, &Caller),
    document: &Value,
) -> Result<Json<Message>, Failure> {
    Fields::of(document).finish(Some(()))?;
    let nobody = || Failure::not_found("no such message; its number is its `ordinal`");
    let ordinal = number(ordinal).ok_or_else(nobody)?;
    doubts::one(&*app.world, id, ordinal, Order { trigger, by }, app.now).await?;
    message(app, &by.team_id, id, ordinal).await?.map(Json).ok_or_else(nobody)
}

async fn all<W: World>(
    app: &App<W>,
    id: &str,
    (trigger, by): (MessageTrigger, &Caller),
    document: &Value,
) -> Result<Json<Settled>, Failure> {
    Fields::of(document).finish(Some(()))?;
    let done = doubts::all(&*app.world, id, Order { trigger, by }, app.now).await?;
    let campaign = whole(app, &by.team_id, id).await?;
    Ok(Json(Settled { campaign, changed: done.changed, more: done.more }))
}
