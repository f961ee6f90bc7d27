//! Forgets what nothing will ask for again, a little at a time.

use tidegate::Instant;

use super::attachments;
use crate::ports::World;
use crate::store::prune::{self as store, SenderSeq};
use crate::store::{
    Database, Statement, StoreError, dead_letters, idempotency, ledger, person_sends,
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Each sender has its turn once in so many minutes.
const TURNS: i64 = 60;
/// Done slices are kept this long, in ms. The queue forgets in less, and until then a message of it
/// that comes again finds its slice done.
const HANDOVERS_KEPT_MS: i64 = 15 * DAY_MS;
/// No rule that can be written looks further back than 366 days and one day of slack
/// (`Policy::lookback_ms`).
const LEDGER_KEPT_DAYS: i64 = 366 + 1;
/// The most rows that one statement deletes.
const STEP: i64 = 1_000;
/// The most requests with a key of their own that are forgotten in an hour: a million a day.
const REQUESTS: i64 = 50_000;
/// The most people who are forgotten in a minute: seven million a day.
const PEOPLE: i64 = 5_000;
/// The most steps of one run: a sender at a thousand messages a second commits forty thousand
/// slices in an hour.
const STEPS: usize = 60;

/// The senders whose turn this minute is: rows for [`run`].
#[must_use]
pub fn turn(now: Instant) -> Statement {
    store::senders(minute(now).rem_euclid(TURNS), TURNS)
}

const fn minute(now: Instant) -> i64 {
    now.millis().div_euclid(MINUTE_MS)
}

/// Prunes these senders. Returns how many rows it deleted.
///
/// # Errors
/// [`StoreError`] when the database failed; what is left over has its turn again.
pub async fn run(
    world: &impl World,
    mut senders: Vec<SenderSeq>,
    now: Instant,
) -> Result<i64, StoreError> {
    let db = world.database();
    take_turns(&mut senders, now);
    let now_ms = now.millis();
    let mut deleted = 0;
    let mut steps = 0..STEPS;
    for SenderSeq { seq } in senders {
        while steps.next().is_some() && !db.is_spent() {
            let answers = db
                .batch(vec![
                    store::handovers(seq, now_ms - HANDOVERS_KEPT_MS, STEP),
                    ledger::forget(seq, now_ms - LEDGER_KEPT_DAYS * DAY_MS, STEP),
                ])
                .await?;
            deleted += answers.iter().map(|answer| answer.changes).sum::<i64>();
            if answers.iter().all(|answer| answer.changes < STEP) {
                break;
            }
        }
    }
    let part = minute(now).rem_euclid(person_sends::PARTS);
    deleted += db.run(person_sends::prune(part, now_ms, PEOPLE)).await?.changes;
    if minute(now).rem_euclid(TURNS) == 0 {
        let settled = dead_letters::forget_settled(now_ms - HANDOVERS_KEPT_MS);
        let requests = idempotency::prune(now_ms, REQUESTS);
        let answers = db.batch(vec![settled, requests]).await?;
        deleted += answers.iter().map(|answer| answer.changes).sum::<i64>();
        deleted += attachments::prune(world, now).await?;
    }
    Ok(deleted)
}

/// Where there are more senders than a run has steps for, each time others are first.
fn take_turns(senders: &mut [SenderSeq], now: Instant) {
    let run = usize::try_from(minute(now).div_euclid(TURNS)).unwrap_or(0);
    let all = senders.len().max(1);
    senders.rotate_left(run.wrapping_mul(STEPS) % all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_senders_each_is_among_the_first_within_hours() {
        let mut seen = std::collections::BTreeSet::new();
        for hour in 0..3 {
            let mut senders: Vec<_> = (0..166).map(|seq| SenderSeq { seq }).collect();
            take_turns(&mut senders, Instant::from_millis(hour * 60 * MINUTE_MS));
            seen.extend(senders.iter().take(STEPS).map(|sender| sender.seq));
        }
        assert_eq!(seen.len(), 166);
    }

    #[test]
    fn the_ledger_is_kept_as_far_back_as_any_policy_can_look() {
        for rule in [
            serde_json::json!({ "limits": [{ "max": 1, "rolling": "366d" }] }),
            serde_json::json!({ "gap": "366d", "jitter": "366d" }),
            serde_json::json!({ "breaks": [{ "after": 1_000_000_000, "pause": "366d" }] }),
        ] {
            let lookback_ms = tidegate::Policy::parse(&rule).unwrap().lookback_ms();
            assert!(lookback_ms <= LEDGER_KEPT_DAYS * DAY_MS, "{rule}");
        }
    }
}
