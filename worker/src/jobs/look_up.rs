//! Asks providers what became of messages about which nobody can tell.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tidegate::Instant;
use tidegate::status::{self, MessageStatus, MessageTrigger};

use super::receipts::{self, News};
use super::state::parsed;
use crate::dispatch::look_up;
use crate::model::{Fate, Found, ProviderConfig};
use crate::ports::World;
use crate::store::doubts::{self as store, LookupRow, Place};
use crate::store::{Database, Statement, StoreError};

/// The most messages that one run asks about; the rest follows in the next minute.
pub const LOOK_UPS: i64 = 60;
/// How many are asked about at a time: what Workers keeps open at once.
const AT_A_TIME: usize = 6;
/// A look-up that was counted and never made is made up for this much later, in ms.
const LOST_MS: i64 = 600_000;

/// What is due: rows for [`run`].
#[must_use]
pub fn due(now: Instant) -> Statement {
    store::due(now.millis(), LOOK_UPS)
}

/// Asks about what is due. Returns about how many.
///
/// # Errors
/// [`StoreError`] when the database failed; what was not recorded is asked again.
pub async fn run(world: &impl World, rows: Vec<LookupRow>) -> Result<usize, StoreError> {
    let db = world.database();
    let now = world.now().millis();
    let (open, over): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_open);
    settle(world, &over).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let next = |row: &LookupRow| now + look_up::rest_ms(row.tries + 1).unwrap_or(LOST_MS);
    let take: Value = open
        .iter()
        .map(|row| {
            json!({ "campaign_seq": row.campaign_seq, "ordinal": row.ordinal,
                    "tries": row.tries, "due_ms": next(row) })
        })
        .collect();
    let taken: BTreeSet<Place> = db.run(store::take(&take)).await?.all()?.into_iter().collect();
    let ours = open.into_iter().filter(|row| taken.contains(&place(row)));
    let ours: Vec<LookupRow> =
        ours.map(|row| LookupRow { due_ms: next(&row), is_taken: true, ..row }).collect();
    for group in ours.chunks(AT_A_TIME) {
        let found = join_all(group.iter().map(|row| ask(world, row))).await;
        record(world, group, found).await?;
    }
    Ok(ours.len())
}

/// Whether it is still unknown, and there is somebody to ask.
fn is_open(row: &LookupRow) -> bool {
    row.status.as_deref() == Some(MessageStatus::Unknown.name())
        && look_up::is_worth(row.tries + 1)
        && provider(row).is_ok_and(|provider| provider.looks_up())
}

fn provider(row: &LookupRow) -> Result<ProviderConfig, StoreError> {
    parsed(&row.provider)
}

async fn ask(world: &impl World, row: &LookupRow) -> Found {
    let id = format!("{}-{}", row.campaign_id, row.ordinal);
    match provider(row) {
        Ok(provider) => world.look_up(&provider, &id).await,
        Err(error) => Found::Unclear { detail: error.to_string() },
    }
}

async fn record(
    world: &impl World,
    rows: &[LookupRow],
    found: Vec<Found>,
) -> Result<(), StoreError> {
    let at_ms = world.now().millis();
    let mut news = Vec::new();
    let mut not_taken = Vec::new();
    let mut over: Vec<LookupRow> = Vec::new();
    for (row, found) in rows.iter().zip(found) {
        let (trigger, reason) = match found {
            Found::Taken(Fate::Accepted) => (MessageTrigger::Accepted, None),
            Found::Taken(Fate::Delivered) => (MessageTrigger::Delivered, None),
            Found::Taken(Fate::Failed { reason }) => {
                let reason = reason.unwrap_or_else(|| "undeliverable".to_owned());
                (MessageTrigger::Undeliverable, Some(reason))
            }
            Found::NotTaken => {
                not_taken.push(row);
                continue;
            }
            Found::Unclear { .. } => {
                if !look_up::is_worth(row.tries + 2) {
                    over.push(row.clone());
                }
                continue;
            }
        };
        let (campaign_seq, ordinal) = (row.campaign_seq, row.ordinal);
        news.push(News { campaign_seq, ordinal, trigger, at_ms, reason });
        over.push(row.clone());
    }
    receipts::apply(world.database(), &news).await?;
    settle(world, &over).await?;
    if not_taken.is_empty()
        || status::message(MessageStatus::Unknown, MessageTrigger::Defer)
            != Ok(MessageStatus::Queued)
    {
        return Ok(());
    }
    let mut statements = store::release(&places(&not_taken), true, at_ms);
    statements.extend(drop_lookups(&not_taken, at_ms));
    world.database().batch(statements).await.map(|_| ())
}

/// Asks about these no more.
async fn settle(world: &impl World, rows: &[LookupRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<&LookupRow> = rows.iter().collect();
    world.database().batch(drop_lookups(&rows, world.now().millis())).await.map(|_| ())
}

fn drop_lookups(rows: &[&LookupRow], now_ms: i64) -> Vec<Statement> {
    let senders: BTreeSet<i64> = rows.iter().map(|row| row.sender_seq).collect();
    store::drop_lookups(&places(rows), &json!(senders), now_ms)
}

fn places(rows: &[&LookupRow]) -> Value {
    rows.iter()
        .map(|row| {
            json!({ "campaign_seq": row.campaign_seq, "ordinal": row.ordinal,
                    "tries": row.tries + i64::from(row.is_taken), "due_ms": row.due_ms })
        })
        .collect()
}

fn place(row: &LookupRow) -> Place {
    Place { campaign_seq: row.campaign_seq, ordinal: row.ordinal }
}
