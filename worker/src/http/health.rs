//! `/health` and `/me`: is it there, and who am I to it?

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::App;
use super::caller::Viewer;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
}

async fn health(app: App) -> Json<Value> {
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
