//! The minute's work: for each sender that may have something to send, commit its runs and put
//! the slices on the queue.
//!
//! Many senders are loaded and committed together: an invocation has a thousand queries, and each
//! costs a round trip whatever it holds.

use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::state::{self, SenderState};
use super::{backlogs, expiring, ledgers};
use crate::dispatch::commit::{Slice, Tick};
use crate::dispatch::look_up::FIRST_LOOK_MS;
use crate::dispatch::rules::Sender;
use crate::dispatch::tick::{self, until};
use crate::model::SliceKey;
use crate::ports::World;
use crate::store::ticks::{self, Commit, DueRow};
use crate::store::{Database, StoreError};

const DAY_MS: i64 = 86_400_000;
/// A slice is put on the queue this long before its first message, in ms.
const QUEUE_LEAD_MS: i64 = 2_000;
/// How often senders are planned whose state changed in the meantime.
const TRIES: usize = 3;
/// How long a sender rests whose state cannot be read, in ms.
const BROKEN_REST_MS: i64 = 600_000;
/// The most senders that are loaded together, and the most of their ledgers, in bytes: an
/// invocation has 128 MB for everything.
const ROUND_SENDERS: usize = 500;
const ROUND_LEDGER_BYTES: i64 = 6_000_000;
/// The most items, charges and the like in one transaction: a parameter holds 2 MB, and one of
/// them takes less than a hundred bytes. A sender that has more is committed alone.
const COMMIT_ENTRIES: usize = 15_000;
/// After so many queries no further senders are taken up. An invocation has 1,000, and the sweep
/// has its part of them. Who is left has the next minute's first turn, and the outbox is ahead of
/// the clock by as much.
const QUERIES_MOST: usize = 700;
/// So often a round that failed is tried again in halves, to find the one sender that it fails for.
const FAILURES_MOST: usize = 20;

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
    let until_ms = until(minute);
    let yesterday = (until_ms.div_euclid(DAY_MS) - 1) * DAY_MS;
    let due = world.database().run(ticks::due_senders(until_ms, yesterday)).await?;
    Ok(tick_rounds(world, rounds(&due.all()?), minute).await)
}

/// Ticks one sender at once, because something on it has changed.
///
/// # Errors
/// [`StoreError`] when the sender cannot be read.
pub async fn one(world: &impl World, sender_seq: i64) -> Result<Ticked, StoreError> {
    Ok(tick_rounds(world, vec![vec![sender_seq]], world.now()).await)
}

/// Senders that are loaded together, the first round last.
fn rounds(due: &[DueRow]) -> Vec<Vec<i64>> {
    let mut rounds: Vec<Vec<i64>> = Vec::new();
    let mut bytes = 0;
    for row in due {
        bytes += row.ledger;
        match rounds.last_mut() {
            Some(round) if round.len() < ROUND_SENDERS && bytes <= ROUND_LEDGER_BYTES => {
                round.push(row.seq);
            }
            _ => {
                rounds.push(vec![row.seq]);
                bytes = row.ledger;
            }
        }
    }
    rounds.reverse();
    rounds
}

async fn tick_rounds(world: &impl World, mut rounds: Vec<Vec<i64>>, minute: Instant) -> Ticked {
    let mut ticked = Ticked::default();
    let mut failures = 0;
    while let Some(seqs) = rounds.pop() {
        if world.database().asked() > QUERIES_MOST {
            break;
        }
        let Err(error) = tick_together(world, &seqs, minute, &mut ticked).await else {
            continue;
        };
        failures += 1;
        if seqs.len() > 1 && failures <= FAILURES_MOST {
            let (one, other) = seqs.split_at(seqs.len() / 2);
            rounds.extend([other.to_vec(), one.to_vec()]);
        } else {
            ticked.errors.push(format!("senders {seqs:?}: {error}"));
        }
    }
    ticked
}

/// Plans and commits for these senders. Where something was changed on one in the meantime, the
/// plans are made anew: another tick has left nothing to do, a command has.
async fn tick_together(
    world: &impl World,
    seqs: &[i64],
    minute: Instant,
    ticked: &mut Ticked,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let db = world.database();
        let now = world.now();
        let states = state::with_campaigns(db, ticks::senders(seqs), None, now).await?;
        let until_ms = until(minute);
        let mut together = Vec::new();
        let mut entries = 0;
        let mut changed = false;
        for mut states in backlogs::groups(db, states).await? {
            backlogs::bring(db, &mut states, None).await?;
            for mut states in ledgers::groups(db, states, now).await? {
                ledgers::bring(db, &mut states, now).await?;
                for mut states in expiring::groups(db, states, until_ms).await? {
                    expiring::bring(db, &mut states, until_ms).await?;
                    for state in states {
                        let Some(tick) = plan(world, state, minute, ticked).await else {
                            continue;
                        };
                        let more = size(&tick);
                        if entries + more > COMMIT_ENTRIES {
                            changed |= !commit_together(world, &together, ticked).await?;
                            together.clear();
                            entries = 0;
                        }
                        entries += more;
                        together.push(tick);
                    }
                }
            }
        }
        changed |= !commit_together(world, &together, ticked).await?;
        if !changed {
            return Ok(());
        }
    }
    if seqs.len() > 1 {
        // Perhaps it is one of them whose state the schema does not take: the others go on.
        return Err(StoreError::Conflict("they changed again and again".to_owned()));
    }
    Ok(()) // The next minute finds it.
}

/// What a tick of the sender commits; none where there is nothing to do, or it has to rest.
async fn plan(
    world: &impl World,
    mut state: SenderState,
    minute: Instant,
    ticked: &mut Ticked,
) -> Option<Tick> {
    let ledger = std::mem::take(&mut state.ledger);
    match tick::tick(&state.sender, &state.campaigns, ledger, world.now(), minute) {
        Ok(tick) => tick,
        Err(problems) => {
            let error = rest(world, &state, &problems).await;
            ticked.errors.push(error);
            None
        }
    }
}

/// How much a tick adds to its transaction.
fn size(tick: &Tick) -> usize {
    let items: usize = tick.slices.iter().map(|slice| slice.items.len() + 2).sum();
    let charges: usize = tick.ledger.iter().map(|part| part.runs.len() + 1).sum();
    let backlog: usize = tick.backlogs.iter().map(|of| of.had.len() + of.has.len()).sum();
    items + charges + backlog + tick.left_out.len() + tick.cursors.len() + 1
}

/// Commits these ticks in one transaction and puts their slices on the queue. False when one of
/// their senders was changed in the meantime: then nothing is committed.
async fn commit_together(
    world: &impl World,
    together: &[Tick],
    ticked: &mut Ticked,
) -> Result<bool, StoreError> {
    if together.is_empty() {
        return Ok(true);
    }
    let now = world.now();
    let commits: Vec<Commit> = together.iter().map(|tick| commit(tick, now)).collect();
    let statements = ticks::commit(&commits, now.millis());
    match world.database().batch(statements).await {
        Ok(_) => {}
        Err(StoreError::Conflict(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    ticked.senders += together.len();
    let slices = together.iter().flat_map(|tick| &tick.slices);
    ticked.messages += slices.map(|slice| slice.count).sum::<i64>();
    let bells: Vec<_> = together.iter().flat_map(|tick| bells(tick, now.millis())).collect();
    if let Err(error) = world.put(&bells).await {
        ticked.errors.push(error); // The sweep finds them.
    }
    Ok(true)
}

/// Leaves a sender alone for a while whose rules the engine cannot plan with.
async fn rest(world: &impl World, state: &SenderState, problems: &[Problem]) -> String {
    let Sender { seq, tick_no, due_ms, .. } = state.sender;
    let until = world.now().millis() + BROKEN_REST_MS;
    let rested = world.database().run(ticks::put_off(seq, tick_no, due_ms, until)).await.err();
    let why = problems.first().map_or("", |problem| problem.message.as_str());
    format!("sender {seq} cannot be planned: {why} {rested:?}")
}

/// The queue messages of a tick, each with its delay in seconds.
fn bells(tick: &Tick, now_ms: i64) -> impl Iterator<Item = (SliceKey, i64)> {
    let of = move |(slice, content): (i64, &Slice)| {
        let key = SliceKey { sender_seq: tick.sender_seq, tick_no: tick.after_tick_no + 1, slice };
        (key, queue_delay_s(content.start_ms, now_ms))
    };
    (0..).zip(&tick.slices).map(of)
}

/// How long the queue keeps a slice back whose first message goes at `start_ms`, in seconds.
pub(super) fn queue_delay_s(start_ms: i64, now_ms: i64) -> i64 {
    (start_ms - QUEUE_LEAD_MS - now_ms).max(0) / 1000
}

fn commit(tick: &Tick, now: Instant) -> Commit {
    let backlogs = || tick.backlogs.iter();
    let had = backlogs().flat_map(|of| of.had.iter().map(|first| json!([of.campaign_seq, first])));
    let has = backlogs().flat_map(|of| &of.has);
    let look_up_ms = tick.looks_up.then(|| now.millis() + FIRST_LOOK_MS);
    let left_out = tick.left_out.iter().map(|left_out| {
        let look_up = look_up_ms.map(|at| ("look_up_ms", at));
        with(json!(left_out), look_up.as_slice())
    });
    let slices = (0..).zip(&tick.slices).map(|(slice, content)| {
        let of = [
            ("sender_seq", tick.sender_seq),
            ("tick_no", tick.after_tick_no + 1),
            ("slice", slice),
            ("rules_version", tick.rules_version),
        ];
        with(json!(content), &of)
    });
    Commit {
        sender_seq: tick.sender_seq,
        after_tick_no: tick.after_tick_no,
        rules_version: tick.rules_version,
        planned_until_ms: tick.planned_until_ms,
        due_ms: tick.due_ms,
        due_had_ms: tick.due_had_ms,
        own_pace: [tick.own_pace.slow_ms, tick.own_pace.since_tick, tick.own_pace.since_until_ms],
        behind_had: tick.behind_had,
        ledger: documents(tick.ledger.iter().map(|part| json!([tick.sender_seq, [part]]))),
        slices: documents(slices),
        cursors: documents(tick.cursors.iter().map(|cursor| json!(cursor))),
        zone_cursors: documents(tick.zone_cursors.iter().map(|cursor| json!(cursor))),
        backlog_had: documents(had),
        backlog_has: documents(has.map(|entry| json!(entry))),
        endings: documents(tick.endings.iter().map(|ending| json!(ending))),
        left_out: documents(left_out),
    }
}

/// As texts, one by one: as values, a hundred thousand of them would not fit into an invocation.
fn documents(values: impl Iterator<Item = Value>) -> Vec<String> {
    values.map(|value| value.to_string()).collect()
}

/// The document with more fields.
fn with(mut document: Value, more: &[(&str, i64)]) -> Value {
    if let Value::Object(fields) = &mut document {
        fields.extend(more.iter().map(|&(name, value)| (name.to_owned(), value.into())));
    }
    document
}
