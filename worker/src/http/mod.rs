//! The HTTP API, version 1: parse, authorise, call, answer. One file a resource.
//!
//! Anything that goes wrong is a [`Failure`]: a problem document with every fault at once. A
//! handler's signature says who may call it ([`Viewer`], [`Operator`], [`Campaigner`], [`Steerer`],
//! [`Administrator`]).

mod answers;
pub mod api;
mod app;
mod asked;
mod attachments;
mod attempt;
mod audiences;
mod audit;
mod bad_addresses;
mod body;
mod calendars;
mod caller;
mod campaign_contents;
mod campaign_filter;
mod campaign_lists;
mod campaigns;
mod commands;
mod contact_imports;
mod contact_lists;
mod contacts;
mod conversations;
mod dead_letters;
mod doubts;
mod engine;
mod erasures;
mod failure;
mod fields;
mod goals;
mod health;
mod inbound;
mod keys;
mod lifted_opt_outs;
mod lists;
mod marks;
mod members;
mod message_files;
mod message_lists;
mod message_pages;
mod messages;
mod once;
mod opt_out_files;
mod opt_outs;
mod pace;
mod params;
mod period_reports;
mod person_policy;
mod presets;
mod previews;
mod prices;
mod progress;
mod provider_url;
mod reasons;
mod receipts;
mod recipients;
mod recordings;
mod replies;
mod reports;
mod resends;
mod reviews;
mod sandbox;
mod seen;
mod senders;
mod singles;
mod teams;
mod timelines;
mod told;
mod unsubscribes;
mod users;
mod words;
mod writing;
mod zones;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;

use api::Routes;
pub use app::{App, Services};
use failure::Failure;

use crate::ports::World;

/// Every route of the API.
pub fn router<W: World + 'static>(app: App<W>) -> Router {
    let v1 = routes().router.method_not_allowed_fallback(async || Failure::method_not_allowed());
    Router::new()
        .nest("/api/v1", v1)
        .route("/api/openapi.json", get(api::served))
        .route("/l/{token}", get(marks::follow::<W>))
        .route("/o/{token}", get(marks::open::<W>))
        .fallback(async || Failure::not_found("there is no such address in the API"))
        .layer(map_response(guarded))
        .with_state(app)
}

fn routes<W: World + 'static>() -> Routes<W> {
    health::routes()
        .and(engine::routes())
        .and(calendars::routes())
        .and(senders::routes())
        .and(recordings::routes())
        .and(singles::routes())
        .and(campaigns::routes())
        .and(campaign_lists::routes())
        .and(commands::routes())
        .and(pace::routes())
        .and(recipients::routes())
        .and(audiences::routes())
        .and(lists::routes())
        .and(bad_addresses::routes())
        .and(messages::routes())
        .and(message_lists::routes())
        .and(message_files::routes())
        .and(doubts::routes())
        .and(dead_letters::routes())
        .and(presets::routes())
        .and(reasons::routes())
        .and(reports::routes())
        .and(period_reports::routes())
        .and(resends::routes())
        .and(receipts::routes())
        .and(contacts::routes())
        .and(contact_lists::routes())
        .and(contact_imports::routes())
        .and(erasures::routes())
        .and(opt_outs::routes())
        .and(opt_out_files::routes())
        .and(lifted_opt_outs::routes())
        .and(unsubscribes::routes())
        .and(inbound::routes())
        .and(answers::routes())
        .and(conversations::routes())
        .and(timelines::routes())
        .and(writing::routes())
        .and(replies::routes())
        .and(sandbox::routes())
        .and(attachments::routes())
        .and(previews::routes())
        .and(prices::routes())
        .and(words::routes())
        .and(reviews::routes())
        .and(teams::routes())
        .and(members::routes())
        .and(users::routes())
        .and(keys::routes())
        .and(goals::routes())
        .and(audit::routes())
}

/// The OpenAPI document of every route.
#[cfg(feature = "schema")]
#[must_use]
pub fn openapi<W: World + 'static>() -> serde_json::Value {
    api::document::document(&routes::<W>().operations)
}

/// An answer may hold addresses, texts and files of people: it is kept by nobody on the way, and no
/// browser takes it for a page.
async fn guarded(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    // A page has its own, as strict.
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
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
