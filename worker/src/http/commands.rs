//! `/campaigns/{id}/plan`, `schedule`, `pause`, `resume` and `stop`: what people do to a campaign.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use tidegate::{Instant, Problem};

use super::api::{About, As, Repeat, Routes};
use super::asked::LookedAt;
use super::asked::campaigns as asked;
use super::body::OptionalDocument;
use super::caller::Steerer;
use super::campaigns::{Campaign, whole};
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure, told};
use crate::jobs::commands::{self, Asked};
use crate::jobs::preview;
use crate::ports::World;
use crate::store::keys::Key;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    let command = |id, summary| {
        About::new(id, summary).asks::<LookedAt>().conflicts(&[
            "changed_meanwhile",
            "illegal_transition",
            "held_for_review",
            "refused_in_review",
        ])
    };
    Routes::more("campaigns")
        .post(
            "/campaigns/{id}/plan",
            plan::<W>,
            About::new("planCampaign", "Show when each message of a campaign would go")
                .says("The start is remembered: scheduling soon after names the same instants.")
                .asks::<asked::StartAsked>()
                .conflicts(&["illegal_transition"])
                .repeated(Repeat::Harmless),
        )
        .post(
            "/campaigns/{id}/schedule",
            schedule::<W>,
            About::new("scheduleCampaign", "Schedule a campaign, now or at a time")
                .asks::<asked::ScheduleAsked>()
                .says(
                    "Where it says what the team does not allow it stays as it is, held for a \
                     review, and this is what is done once that is cleared.",
                )
                .conflicts(&[
                    "changed_meanwhile",
                    "illegal_transition",
                    "import_under_way",
                    "refused_in_review",
                ]),
        )
        .post(
            "/campaigns/{id}/pause",
            pause::<W>,
            command("pauseCampaign", "Have nothing more of a campaign go for now"),
        )
        .post(
            "/campaigns/{id}/resume",
            resume::<W>,
            command("resumeCampaign", "Let a paused campaign go on"),
        )
        .post(
            "/campaigns/{id}/stop",
            stop::<W>,
            command("stopCampaign", "Have nothing more of a campaign go, for good"),
        )
}

/// A campaign after a command.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Commanded {
    #[serde(flatten)]
    campaign: Campaign,
    /// How many messages were being handed over: the most that can still arrive.
    in_flight: i64,
}

#[worker::send]
async fn plan<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<As<told::Preview>, Failure> {
    let mut fields = Fields::of(&document);
    let at = parse_at(&mut fields);
    let at = fields.finish(Some(at))?;
    Ok(As::new(preview::preview(app.db(), key.team_id(), &id, at, app.now).await?))
}

#[worker::send]
async fn schedule<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Campaign>, Failure> {
    let mut fields = Fields::of(&document);
    let at = parse_at(&mut fields);
    let asked = looked_at(&mut fields, &key);
    let asked = fields.finish(Some(asked))?;
    commands::schedule(&*app.world, &id, &asked, at, app.now).await?;
    Ok(Json(whole(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn pause<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Commanded>, Failure> {
    let asked = only_looked_at(&document, &key)?;
    let in_flight = commands::pause(app.db(), &id, &asked, app.now).await?;
    with_in_flight(&app, &key, &id, in_flight).await
}

#[worker::send]
async fn resume<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Commanded>, Failure> {
    let asked = only_looked_at(&document, &key)?;
    let in_flight = commands::resume(&*app.world, &id, &asked, app.now).await?;
    with_in_flight(&app, &key, &id, in_flight).await
}

#[worker::send]
async fn stop<W: World + 'static>(
    Steerer(key): Steerer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<Commanded>, Failure> {
    let asked = only_looked_at(&document, &key)?;
    let in_flight = commands::stop(app.db(), &id, &asked, app.now).await?;
    with_in_flight(&app, &key, &id, in_flight).await
}

async fn with_in_flight<W: World>(
    app: &App<W>,
    key: &Key,
    id: &str,
    in_flight: i64,
) -> Result<Json<Commanded>, Failure> {
    Ok(Json(Commanded { campaign: whole(app, key.team_id(), id).await?, in_flight }))
}

fn parse_at(fields: &mut Fields<'_>) -> Option<Instant> {
    let at = fields.optional("at");
    at.and_then(|value| fields.instant("at", value))
}

/// Who asks, and of which version: with one, only as long as the campaign is as the caller saw it;
/// without, whatever it is by now.
pub fn looked_at(fields: &mut Fields<'_>, key: &Key) -> Asked {
    let version = fields.optional("version");
    let version = version.and_then(|value| fields.whole("version", value, 1, i64::MAX));
    Asked { by: key.caller(), version }
}

/// The same of a body that has nothing else.
fn only_looked_at(document: &Value, key: &Key) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let asked = looked_at(&mut fields, key);
    fields.finish(Some(asked))
}
