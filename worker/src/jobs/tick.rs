//! The minute's work: for each sender that may have something to send, commit its runs and put
//! the slices on the queue.

use serde_json::json;
use tidegate::{Instant, Problem};

use super::state::{self, SenderState};
use crate::dispatch::look_up::FIRST_LOOK_MS;
use crate::dispatch::tick::{self, Slice, Tick};
use crate::model::SliceKey;
use crate::ports::World;
use crate::store::ticks::{self, Commit};
use crate::store::{Database, Statement, StoreError};

const MINUTE_MS: i64 = 60_000;
/// A slice is put on the queue this long before its first message, in ms.
const QUEUE_LEAD_MS: i64 = 2_000;
/// How often a sender is planned whose state changed in the meantime.
const TRIES: usize = 3;
/// How long a sender rests whose state cannot be read, in ms.
const BROKEN_REST_MS: i64 = 600_000;

/// What a tick did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Senders with a commit.
    pub senders: usize,
    /// Messages released.
    pub messages: i64,
    /// What went wrong, one line a sender. The others are not held up by it.
    pub errors: Vec<String>,
}

/// Ticks every sender that is due. `minute` is the instant the cron names.
///
/// # Errors
/// [`StoreError`] when the senders cannot be read.
pub async fn run(world: &impl World, minute: Instant) -> Result<Ticked, StoreError> {
    let until = minute.millis().div_euclid(MINUTE_MS) * MINUTE_MS + 2 * MINUTE_MS;
    tick_all(world, ticks::due_senders(until), minute).await
}

/// Ticks one sender at once, because something on it has changed.
///
/// # Errors
/// [`StoreError`] when the sender cannot be read.
pub async fn one(world: &impl World, sender_seq: i64) -> Result<Ticked, StoreError> {
    tick_all(world, ticks::sender(sender_seq), world.now()).await
}

async fn tick_all(
    world: &impl World,
    senders: Statement,
    minute: Instant,
) -> Result<Ticked, StoreError> {
    let mut ticked = Ticked::default();
    for state in state::load(world.database(), senders, None, world.now()).await? {
        match tick_one(world, state, minute).await {
            Ok(Some(slices)) => {
                ticked.senders += 1;
                ticked.messages += slices.iter().map(|slice| slice.count).sum::<i64>();
            }
            Ok(None) => {}
            Err(error) => ticked.errors.push(error),
        }
    }
    Ok(ticked)
}

/// Plans and commits for one sender. Where something was changed on it in the meantime, the plan
/// is made anew: another tick has left nothing to do, a command has.
async fn tick_one(
    world: &impl World,
    mut state: SenderState,
    minute: Instant,
) -> Result<Option<Vec<Slice>>, String> {
    let seq = state.sender.seq;
    for _ in 0..TRIES {
        let charges = std::mem::take(&mut state.charges);
        let planned = tick::tick(&state.sender, &state.campaigns, charges, world.now(), minute);
        let tick = match planned {
            Ok(Some(tick)) => tick,
            Ok(None) => return Ok(None),
            Err(problems) => return Err(rest(world, &state, &problems).await),
        };
        match world.database().batch(ticks::commit(&commit(&tick, world.now()))).await {
            Ok(_) => {
                enqueue(world, &tick).await?;
                return Ok(Some(tick.slices));
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(format!("sender {seq}: {error}")),
        }
        let again = state::load(world.database(), ticks::sender(seq), None, world.now()).await;
        match again.map(|mut states| states.pop()) {
            Ok(Some(now)) => state = now,
            Ok(None) => return Ok(None),
            Err(error) => return Err(format!("sender {seq}: {error}")),
        }
    }
    // The next minute finds it, and the outbox is ahead of the clock by as much.
    Ok(None)
}

/// Leaves a sender alone for a while whose rules the engine cannot plan with.
async fn rest(world: &impl World, state: &SenderState, problems: &[Problem]) -> String {
    let (seq, tick_no) = (state.sender.seq, state.sender.tick_no);
    let until = world.now().millis() + BROKEN_REST_MS;
    let rested = world.database().run(ticks::put_off(seq, tick_no, Some(until))).await.err();
    let why = problems.first().map_or("", |problem| problem.message.as_str());
    format!("sender {seq} cannot be planned: {why} {rested:?}")
}

async fn enqueue(world: &impl World, tick: &Tick) -> Result<(), String> {
    let now = world.now().millis();
    let of = |(slice, content): (i64, &Slice)| {
        let key = SliceKey { sender_seq: tick.sender_seq, tick_no: tick.after_tick_no + 1, slice };
        (key, queue_delay_s(content.start_ms, now))
    };
    let slices: Vec<_> = (0..).zip(&tick.slices).map(of).collect();
    world.put(&slices).await
}

/// How long the queue keeps a slice back whose first message goes at `start_ms`, in seconds.
pub(super) fn queue_delay_s(start_ms: i64, now_ms: i64) -> i64 {
    (start_ms - QUEUE_LEAD_MS - now_ms).max(0) / 1000
}

fn commit(tick: &Tick, now: Instant) -> Commit {
    let had = tick
        .backlogs
        .iter()
        .flat_map(|backlog| backlog.had.iter().map(|first| json!([backlog.campaign_seq, first])));
    let has = tick.backlogs.iter().flat_map(|backlog| &backlog.has);
    Commit {
        sender_seq: tick.sender_seq,
        after_tick_no: tick.after_tick_no,
        rules_version: tick.rules_version,
        planned_until_ms: tick.planned_until_ms,
        due_ms: tick.due_ms,
        ledger: json!(tick.ledger),
        slices: json!(tick.slices),
        cursors: json!(tick.cursors),
        zone_cursors: json!(tick.zone_cursors),
        backlog_had: had.collect(),
        backlog_has: has.map(|entry| json!(entry)).collect(),
        endings: json!(tick.endings),
        left_out: json!(tick.left_out),
        look_up_ms: tick.looks_up.then(|| now.millis() + FIRST_LOOK_MS),
        now_ms: now.millis(),
    }
}
