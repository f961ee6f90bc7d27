//! `/campaigns/{id}/pace`: planned against actual.

use axum::routing::get;
use axum::{Json, Router};

use super::caller::Viewer;
use super::params::Id;
use super::{App, Failure};
use crate::jobs::pace::{self, Report};
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new().route("/campaigns/{id}/pace", get(show::<W>))
}

#[worker::send]
async fn show<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Report>, Failure> {
    Ok(Json(pace::of_campaign(app.db(), &id, app.now).await?))
}
