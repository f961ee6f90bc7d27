//! Sends by hand elsewhere, told to us so that the sender's limits count them.
//!
//! They go into the ledger beside what was sent through us. What is committed and has not begun
//! comes back and is planned anew: it may not have a place any more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tidegate::{Instant, Origin, Problem};

use super::CommandError;
use super::commands::{TRIES, go_on, restless};
use super::state::parsed;
use crate::dispatch::charges::{Charge, DAY_MS, NO_CAMPAIGN};
use crate::dispatch::ledger::Ledger;
use crate::dispatch::rules::PROMISE_LEAD_MS;
use crate::model::Caller;
use crate::ports::World;
use crate::store::arrays::arrays;
use crate::store::audit::{self, Entry};
use crate::store::changes::{self, What};
use crate::store::ledger::{self, LedgerRow};
use crate::store::recordings::{self, NewRecording, RecordingRow};
use crate::store::user_sends::{self, PLACES, QUARTER_MS};
use crate::store::{Database, StoreError, commands, ticks};

/// The most pieces that one recording may fall into, a run being cut at each midnight UTC.
const PIECES_MOST: usize = 2_000;
/// The most runs that a day of the ledger may have after a recording: those of a busy day beside it.
const DAY_RUNS: usize = 20_000;

/// Evenly spaced sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RecordedSends"))]
pub struct Sends {
    /// The first.
    pub at: i64,
    /// How many.
    pub count: i64,
    /// Their distance, ms.
    pub every_ms: i64,
}

impl Sends {
    /// The last of them, ms.
    #[must_use]
    pub const fn last(&self) -> i64 {
        self.at.saturating_add((self.count - 1).saturating_mul(self.every_ms))
    }
}

/// Who tells what.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The sender's id.
    pub sender_id: &'a str,
    /// The caller's own key for it: the same one is the same recording.
    pub key: &'a str,
    /// The sends, all of them past.
    pub sends: &'a [Sends],
    /// Who tells it.
    pub by: &'a Caller,
}

/// Records sends. The answer says whether they are new, or were recorded with this key before.
///
/// # Errors
/// [`CommandError`] when there is no such sender, the key stands for something else, or there are
/// too many for the ledger.
pub async fn record(
    world: &impl World,
    told: &Told<'_>,
    now: Instant,
) -> Result<(RecordingRow, bool), CommandError> {
    let db = world.database();
    let text = json!(told.sends).to_string();
    let id = format!("rec_{}", world.token());
    for _ in 0..TRIES {
        let sender = db.run(ticks::sender_by_id(&told.by.team_id, told.sender_id)).await?;
        let sender = sender.first::<ticks::SenderRow>()?.ok_or(CommandError::NotFound)?;
        let before = db.run(recordings::by_key(sender.seq, told.key)).await?;
        if let Some(before) = before.first::<RecordingRow>()? {
            if before.sends == text {
                return Ok((before, false));
            }
            return Err(refused("key_reused", "stands for other sends; take a new key"));
        }
        let parts = parts(db, sender.seq, told.sends, now).await?;
        let recording = NewRecording {
            id: &id,
            sender_seq: sender.seq,
            key: told.key,
            sends: &text,
            made_ms: now.millis(),
            by: told.by,
        };
        let count: i64 = told.sends.iter().map(|sends| sends.count).sum();
        let after = json!({ "recording": id, "count": count });
        let entry = Entry::new("sender.record", told.sender_id, after);
        let mut statements = vec![
            commands::fence_at(sender.seq, sender.tick_no, sender.planned_until_ms),
            recordings::insert(&recording),
            commands::wake(sender.seq, now.millis()),
            changes::note(sender.seq, None, What::Record, &told.by.name, now.millis()),
            audit::entry(told.by, &entry, now.millis()),
        ];
        statements.extend(parts.into_iter().map(ledger::write));
        statements.extend(user_sends::manual(told.by, sender.seq, &recent(told.sends, now)));
        statements.extend(commands::hold_all(sender.seq, now.millis() + PROMISE_LEAD_MS));
        match db.batch(statements).await {
            Ok(_) => {
                go_on(world, sender.seq).await;
                let kept = db.run(recordings::by_key(sender.seq, told.key)).await?;
                let kept = kept.first::<RecordingRow>()?;
                return Ok((kept.ok_or(CommandError::NotFound)?, true));
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(restless())
}

/// How many of the sends fall into each quarter of an hour that a user's day can still count:
/// `[{quarter, n}]`.
fn recent(sends: &[Sends], now: Instant) -> Value {
    let oldest = (now.millis().div_euclid(QUARTER_MS) - PLACES + 1) * QUARTER_MS;
    let mut quarters: BTreeMap<i64, i64> = BTreeMap::new();
    for sends in sends {
        let mut left = *sends;
        if left.every_ms > 0 && left.at < oldest {
            let gone = ((oldest - left.at + left.every_ms - 1) / left.every_ms).min(left.count);
            left.at += gone * left.every_ms;
            left.count -= gone;
        }
        while left.count > 0 && left.at >= oldest {
            let quarter = left.at.div_euclid(QUARTER_MS);
            let end = (quarter + 1) * QUARTER_MS;
            let within = match left.every_ms {
                0 => left.count,
                every => ((end - left.at + every - 1) / every).min(left.count),
            };
            *quarters.entry(quarter).or_default() += within;
            left.at += within * left.every_ms;
            left.count -= within;
        }
    }
    quarters.into_iter().map(|(quarter, n)| json!({ "quarter": quarter, "n": n })).collect()
}

/// The parts of the ledger with the sends in them: `[[sender, [{from, until, runs}]]]`.
async fn parts(
    db: &impl Database,
    sender_seq: i64,
    sends: &[Sends],
    now: Instant,
) -> Result<Vec<String>, CommandError> {
    let mut runs_of: BTreeMap<i64, usize> = BTreeMap::new();
    let mut by_day: BTreeMap<i64, Vec<Charge>> = BTreeMap::new();
    let mut pieces = 0;
    for charge in sends.iter().flat_map(|sends| by_midnight(*sends)) {
        pieces += 1;
        if pieces > PIECES_MOST {
            return Err(too_many());
        }
        by_day.entry(charge.day()).or_default().push(charge);
    }
    let mut ledger = Ledger::default();
    let days: Value = by_day.keys().map(|day| day * DAY_MS).collect();
    for row in db.run(ledger::of_days(sender_seq, &days)).await?.all::<LedgerRow>()? {
        ledger.read(row.from_ms, parsed(&row.runs)?, true, now);
    }
    for charge in ledger.charges.iter().chain(by_day.values().flatten()) {
        let runs = runs_of.entry(charge.day()).or_default();
        *runs += 1;
        if *runs > DAY_RUNS {
            return Err(too_many());
        }
    }
    for charge in by_day.into_values().flatten() {
        ledger.changed.insert(charge.start);
        ledger.charges.push(charge);
    }
    let parts = ledger.changes().into_iter().map(|part| json!([sender_seq, [part]]).to_string());
    Ok(arrays(parts.collect::<Vec<_>>().iter()))
}

/// A run cut where a UTC day ends: there a part of the ledger does, too.
fn by_midnight(sends: Sends) -> impl Iterator<Item = Charge> {
    let mut left = sends;
    std::iter::from_fn(move || {
        if left.count <= 0 {
            return None;
        }
        let end = (left.at.div_euclid(DAY_MS) + 1) * DAY_MS;
        let within = match left.every_ms {
            0 => left.count,
            every => ((end - left.at + every - 1) / every).min(left.count),
        };
        let charge = Charge {
            start: left.at,
            count: within,
            every: if within == 1 { 0 } else { left.every_ms },
            campaign: NO_CAMPAIGN,
            origin: Origin::Manual,
        };
        left.at += within * left.every_ms;
        left.count -= within;
        Some(charge)
    })
}

fn too_many() -> CommandError {
    refused("too_many", "holds more runs than the ledger takes; record fewer at once")
}

fn refused(code: &'static str, message: &str) -> CommandError {
    let path = if code == "key_reused" { "Idempotency-Key" } else { "" };
    CommandError::Invalid(vec![Problem { path: path.into(), code, message: message.into() }])
}

/// What was recorded of a sender, newest first: up to `most`, below `before_seq`.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn page(
    db: &impl Database,
    team_id: &str,
    sender_id: &str,
    before_seq: Option<i64>,
    most: i64,
) -> Result<Vec<RecordingRow>, CommandError> {
    let sender =
        db.run(ticks::sender_by_id(team_id, sender_id)).await?.first::<ticks::SenderRow>()?;
    let sender = sender.ok_or(CommandError::NotFound)?;
    Ok(db.run(recordings::page(sender.seq, before_seq, most)).await?.all()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_cut_at_midnight_and_loses_nobody() {
        let sends = Sends { at: DAY_MS - 25, count: 7, every_ms: 10 };
        let pieces: Vec<_> =
            by_midnight(sends).map(|charge| (charge.start, charge.count, charge.every)).collect();
        assert_eq!(pieces, [(DAY_MS - 25, 3, 10), (DAY_MS + 5, 4, 10)]);
        let seldom = Sends { at: 5, count: 3, every_ms: 2 * DAY_MS };
        let pieces: Vec<_> =
            by_midnight(seldom).map(|charge| (charge.day(), charge.count)).collect();
        assert_eq!(pieces, [(0, 1), (2, 1), (4, 1)]);
        let at_once = Sends { at: 5, count: 900, every_ms: 0 };
        assert_eq!(by_midnight(at_once).count(), 1);
    }
}
