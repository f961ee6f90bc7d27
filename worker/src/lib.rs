//! The Worker's three entry points: HTTP requests, the minute cron, and the queue.
//!
//! Wiring only. Each entry point reads the clock once and hands it down as `now`.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tower_service::Service;
use worker::{
    Context, Env, HttpRequest, MessageBatch, MessageExt, Result, ScheduleContext, ScheduledEvent,
    console_error, console_log, event,
};

/// Answers one HTTP request.
#[event(fetch)]
async fn fetch(
    request: HttpRequest,
    _env: Env,
    _ctx: Context,
) -> Result<axum::http::Response<axum::body::Body>> {
    let mut routes = Router::new().route("/api/v1/health", get(health));
    Ok(routes.call(request).await?)
}

async fn health() -> Json<Value> {
    Json(json!({ "ok": true, "version": env!("CARGO_PKG_VERSION") }))
}

/// Runs each minute, at the instant the cron names (it may fire late, twice, or not at all).
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, _env: Env, _ctx: ScheduleContext) {
    console_log!("tick {} at {} ms", event.cron(), event.schedule());
}

/// Takes a batch of messages off the queue.
#[event(queue)]
async fn queue(batch: MessageBatch<Value>, _env: Env, _ctx: Context) -> Result<()> {
    match batch.messages() {
        Ok(messages) => {
            for message in &messages {
                console_log!("took {} from {}", message.id(), batch.queue());
                message.ack();
            }
        }
        Err(error) => console_error!("a batch of {} could not be read: {error}", batch.queue()),
    }
    Ok(())
}
