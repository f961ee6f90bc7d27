//! What workerd calls, and the bindings it hands over.

use std::rc::Rc;

use futures_util::future::join_all;
use serde_json::Value;
use tidegate::Instant;
use tower_service::Service;
use worker::{
    Context, Env, HttpRequest, Message, MessageBatch, MessageExt, QueueRetryOptionsBuilder, Result,
    ScheduleContext, ScheduledEvent, console_error, event,
};

use crate::http::{self, App, Services};
use crate::jobs::{dead_letters, hand_over, start, sweep, tick};
use crate::model::SliceKey;
use crate::ports::Clock;
use crate::published::Published;
use crate::runtime::SystemClock;
use crate::world::Workers;

/// A slice whose consumer met an error comes back after its lease has run out, in seconds.
const RETRY_S: u32 = 70;
/// How the name of the queue ends onto which the platform puts what it gave up delivering.
const DEAD_QUEUE: &str = "-dead";

/// The "cron" that a local server fires once when it starts. No cron of a deployment is named so.
const AT_START: &str = "start";

/// Answers one HTTP request.
#[event(fetch)]
async fn fetch(
    request: HttpRequest,
    env: Env,
    _ctx: Context,
) -> Result<axum::http::Response<axum::body::Body>> {
    let app = App::new(Services {
        now: SystemClock.now(),
        world: Rc::new(Workers::new(&env).await?),
        published: Published(env.kv("KV")?),
        local: is_local(&env),
    });
    Ok(http::router(app).call(request).await?)
}

/// Runs each minute, at the instant the cron names (it may fire late, twice, or not at all), and
/// when a local server starts.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    let world = match Workers::new(&env).await {
        Ok(world) => world,
        Err(error) => return console_error!("the tick has no bindings: {error}"),
    };
    // A whole number of milliseconds, as JavaScript has it.
    #[expect(clippy::cast_possible_truncation, reason = "instants are far below 2^53")]
    let minute = Instant::from_millis(event.schedule() as i64);
    let at_start = event.cron() == AT_START;
    if at_start && let Err(error) = start::run(&world).await {
        console_error!("the start failed: {error}");
    }
    match tick::run(&world, minute).await {
        Ok(ticked) => ticked.errors.iter().for_each(|line| console_error!("{line}")),
        Err(error) => console_error!("the tick failed: {error}"),
    }
    if !at_start && let Err(error) = sweep::run(&world).await {
        console_error!("the sweep failed: {error}");
    }
}

/// Takes slices of the outbox off the queue, and what was given up off the dead-letter queue.
#[event(queue)]
async fn queue(batch: MessageBatch<Value>, env: Env, ctx: Context) -> Result<()> {
    let messages: Vec<Message<Value>> = batch.iter().filter_map(Result::ok).collect();
    let world = match Workers::new(&env).await {
        Ok(world) => Rc::new(world),
        Err(error) => {
            console_error!("the queue has no bindings: {error}");
            messages.iter().for_each(later);
            return Ok(());
        }
    };
    if batch.queue().ends_with(DEAD_QUEUE) {
        keep(&world, &messages).await;
        return Ok(());
    }
    let (messages, slices) = slices(&world, messages).await;
    if is_local(&env) {
        // The local queue hands out one batch at a time: a slice that waits for its instant would
        // hold up all others. The outbox does not depend on the queue's memory.
        batch.ack_all();
        ctx.wait_until(async move {
            join_all(slices.iter().map(|&slice| hand_over(&world, slice))).await;
        });
        return Ok(());
    }
    let done = join_all(slices.iter().map(|&slice| hand_over(&world, slice))).await;
    for (message, done) in messages.iter().zip(done) {
        if done {
            message.ack();
        } else {
            later(message);
        }
    }
    Ok(())
}

/// Has a message delivered again when the lease of its slice has run out.
fn later(message: &Message<Value>) {
    let later = QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_S).build();
    message.retry_with_options(&later);
}

/// The messages that name a slice, and the slices. What names none is held up at once: delivering
/// it again would not help.
async fn slices(
    world: &Workers,
    messages: Vec<Message<Value>>,
) -> (Vec<Message<Value>>, Vec<SliceKey>) {
    let mut named = Vec::new();
    let mut strange = Vec::new();
    for message in messages {
        match serde_json::from_value::<SliceKey>(message.body().clone()) {
            Ok(slice) => named.push((message, slice)),
            Err(_) => strange.push(message),
        }
    }
    keep(world, &strange).await;
    named.into_iter().unzip()
}

/// Keeps what the platform, or this Worker, has given up.
async fn keep(world: &Workers, messages: &[Message<Value>]) {
    for message in messages {
        match dead_letters::take(world, message.body()).await {
            Ok(()) => message.ack(),
            Err(error) => {
                console_error!("a dead letter is not kept: {error}");
                later(message);
            }
        }
    }
}

/// Hands a slice over. False when the database failed in the middle of it.
async fn hand_over(world: &Workers, slice: SliceKey) -> bool {
    match hand_over::run(world, slice).await {
        Ok(_) => true,
        Err(error) => {
            console_error!("a slice is left to the sweep: {error}");
            false
        }
    }
}

/// Whether this is an installation on someone's own machine.
fn is_local(env: &Env) -> bool {
    env.var("TIDEGATE_LOCAL").is_ok_and(|var| var.to_string() == "1")
}
