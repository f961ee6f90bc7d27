//! `/campaigns/{id}/pace`: planned against actual.

use axum::Json;

use super::api::{About, Routes};
use super::caller::Viewer;
use super::params::Id;
use super::{App, Failure};
use crate::jobs::pace::{self, Report};
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").get(
        "/campaigns/{id}/pace",
        show::<W>,
        About::new("getCampaignPace", "Hold what was planned against what was sent"),
    )
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Report>, Failure> {
    Ok(Json(pace::of_campaign(app.db(), key.team_id(), &id, app.now).await?))
}
