//! A Worker that panics when it is told to. It is built as the real one is, so that a test can
//! see what becomes of the calls beside a panic and of those that come after it.

#![expect(clippy::panic, reason = "panicking is what it is for")]

use std::time::Duration;

use worker::{
    Context, Delay, Env, HttpRequest, MessageBatch, Response, Result, ScheduleContext,
    ScheduledEvent, event,
};

/// `/now` panics, `/later` panics after 50 ms, `/slow` answers after 300 ms, the rest at once.
#[event(fetch)]
async fn fetch(request: HttpRequest, _env: Env, _ctx: Context) -> Result<Response> {
    match request.uri().path() {
        "/now" => panic!("told to, now"),
        "/later" => {
            pause(50).await;
            panic!("told to, later")
        }
        "/slow" => pause(300).await,
        _ => {}
    }
    Response::ok("ok")
}

/// Panics for the cron of the instant 0.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, _env: Env, _ctx: ScheduleContext) {
    pause(50).await;
    assert!(event.schedule() > 0.0, "told to, by the cron");
}

/// Panics over the message `panic`.
#[event(queue)]
async fn queue(batch: MessageBatch<String>, _env: Env, _ctx: Context) -> Result<()> {
    pause(50).await;
    for message in batch.messages()? {
        assert!(message.body() != "panic", "told to, by a message");
    }
    batch.ack_all();
    Ok(())
}

async fn pause(ms: u64) {
    Delay::from(Duration::from_millis(ms)).await;
}
