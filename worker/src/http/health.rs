//! `/health` and `/me`: is it there, and who am I to it?

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::caller::Viewer;
use crate::ports::World;

/// The routes.
pub fn routes<W: World + 'static>() -> Router<App<W>> {
    Router::new().route("/health", get(health::<W>)).route("/me", get(me))
}

async fn health<W: World + 'static>(app: App<W>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "zone_release": tidegate::zone::release(),
        "now": app.now,
    }))
}

async fn me(Viewer(key): Viewer) -> Json<Value> {
    Json(json!({ "name": key.name, "role": key.role }))
}
