//! What becomes of messages in doubt, held up, or late: on SQLite with the real migrations and a
//! virtual clock.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

mod held_up;
mod lateness;
mod look_ups;
mod orders;
mod other_provider;
mod scattered;
mod silent;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger;
use tidegate_worker::jobs::commands::Asked;
use tidegate_worker::jobs::{CommandError, commands, doubts};
use tidegate_worker::model::{Caller, Outcome};
use tidegate_worker::ports::Clock;
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ready};

const NOON: &str = "2026-11-24T12:00:00Z";
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Somebody who runs the deployment.
fn somebody() -> Caller {
    Caller { is_owner: true, ..Caller::named("Ada") }
}

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

/// One that can be asked what became of a message.
fn asked() -> Value {
    let lookup_url = "https://provider.example/{key}";
    json!({ "kind": "webhook", "url": "https://provider.example/", "lookup_url": lookup_url })
}

fn schedule(world: &TestWorld, id: &str) {
    ready(commands::schedule(world, id, &Asked::default(), None, world.now())).unwrap();
}

fn order(world: &TestWorld, ordinal: i64, order: MessageTrigger) -> Result<(), CommandError> {
    let by = &somebody();
    ready(doubts::one(world, "cmp_1", ordinal, doubts::Order { trigger: order, by }, world.now()))
}

/// Once answers nothing about the messages with these numbers, then takes all.
fn silent_about(world: &TestWorld, numbers: &[i64]) {
    let mut silent: BTreeSet<String> = numbers.iter().map(|n| format!("cmp_1-{n}")).collect();
    *world.answer.borrow_mut() = Box::new(move |post| {
        if silent.remove(&post.id) {
            Outcome::Unclear { detail: "reset".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
}

fn counts(world: &TestWorld) -> Value {
    let rows = world.sql(sql!(
        "SELECT c.status, c.total, c.sent + coalesce(sum(h.sent), 0) AS sent, c.delivered,
                c.failed + coalesce(sum(h.failed), 0) AS failed,
                c.skipped + coalesce(sum(h.skipped), 0) AS skipped,
                c.unknown + coalesce(sum(h.unknown), 0) AS unknown
         FROM campaigns c LEFT JOIN handovers h ON h.campaign_seq = c.seq AND h.done = 0
         WHERE c.seq = 1 GROUP BY c.seq"
    ));
    rows[0].clone()
}

fn posts_of(world: &TestWorld, ordinal: i64) -> usize {
    let id = format!("cmp_1-{ordinal}");
    world.posts.borrow().iter().filter(|post| post.id == id).count()
}

/// How many places are charged to the sender.
fn charged(world: &TestWorld) -> i64 {
    world.number("SELECT coalesce(sum(value ->> 'count'), 0) FROM ledger, json_each(ledger.runs)")
}

/// How many rows there are.
fn lookups(world: &TestWorld) -> i64 {
    world.number("SELECT count(*) FROM lookups")
}
