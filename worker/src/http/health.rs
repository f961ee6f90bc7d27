//! `/health` and `/me`: is it there, and who am I to it?

use axum::Json;
use serde::Serialize;
use tidegate::Instant;

use super::App;
use super::api::{About, Routes};
use super::caller::Viewer;
use crate::ports::World;
use crate::store::keys::Role;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("service", "Whether it is there, and who one is to it.")
        .get("/health", health::<W>, About::new("getHealth", "Tell whether the service is there"))
        .get("/me", me, About::new("getMe", "Tell whose key this is"))
}

/// The service.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of the service.
    version: &'static str,
    /// The release of the IANA time zones that it goes by.
    zone_release: &'static str,
    /// Its clock.
    now: Instant,
}

async fn health<W: World + 'static>(app: App<W>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        zone_release: tidegate::zone::release(),
        now: app.now,
    })
}

/// Whose key it is.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Me {
    /// The key's name.
    name: String,
    /// What it may do.
    role: Role,
}

async fn me(Viewer(key): Viewer) -> Json<Me> {
    Json(Me { name: key.name, role: key.role })
}
