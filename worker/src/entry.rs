//! What workerd calls, and the bindings it hands over.

use serde_json::Value;
use tower_service::Service;
use worker::{
    Context, Env, HttpRequest, MessageBatch, MessageExt, Result, ScheduleContext, ScheduledEvent,
    console_error, console_log, event,
};

use crate::http::{self, App, Published, Services};
use crate::ports::Clock;
use crate::runtime::{SystemClock, SystemEntropy};
use crate::store::d1::D1;

/// Answers one HTTP request.
#[event(fetch)]
async fn fetch(
    request: HttpRequest,
    env: Env,
    _ctx: Context,
) -> Result<axum::http::Response<axum::body::Body>> {
    let app = App::new(Services {
        db: D1(env.d1("DB")?),
        published: Published(env.kv("KV")?),
        entropy: Box::new(SystemEntropy),
        now: SystemClock.now(),
        local: env.var("TIDEGATE_LOCAL").is_ok_and(|var| var.to_string() == "1"),
    });
    Ok(http::router(app).call(request).await?)
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
