//! The HTTP API, version 1: parse, authorise, call, answer. One file a resource.
//!
//! Anything that goes wrong is a [`Failure`]: a problem document with every fault at once. A
//! handler's signature says who may call it ([`Viewer`], [`Operator`], [`Administrator`]).

mod app;
mod body;
mod calendars;
mod caller;
mod campaigns;
mod commands;
mod dead_letters;
mod doubts;
mod engine;
mod failure;
mod fields;
mod health;
mod messages;
mod opt_outs;
mod pace;
mod params;
mod progress;
mod provider_url;
mod receipts;
mod recipients;
mod recordings;
mod sandbox;
mod senders;
mod singles;
mod stop_words;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;

pub use app::{App, Services};
use failure::Failure;

use crate::ports::World;

/// Every route of the API.
pub fn router<W: World + 'static>(app: App<W>) -> Router {
    let v1 = Router::new()
        .merge(health::routes())
        .merge(engine::routes())
        .merge(calendars::routes())
        .merge(senders::routes())
        .merge(campaigns::routes())
        .merge(commands::routes())
        .merge(pace::routes())
        .merge(recordings::routes())
        .merge(singles::routes())
        .merge(recipients::routes())
        .merge(messages::routes())
        .merge(doubts::routes())
        .merge(dead_letters::routes())
        .merge(receipts::routes())
        .merge(opt_outs::routes())
        .merge(sandbox::routes())
        .method_not_allowed_fallback(async || Failure::method_not_allowed());
    Router::new()
        .nest("/api/v1", v1)
        .fallback(async || Failure::not_found("there is no such address in the API"))
        .layer(map_response(guarded))
        .with_state(app)
}

/// An answer may hold addresses and texts of people: it is kept by nobody on the way, and no
/// browser takes it for a page.
async fn guarded(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A line for whoever runs the deployment.
fn log(line: &str) {
    #[cfg(target_arch = "wasm32")]
    worker::console_error!("{line}");
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{line}");
}
