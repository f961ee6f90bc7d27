//! What was charged to senders, as far back as their rules look, for a tick or a plan.
//!
//! A round of senders is made by what they were charged lately. Rules that look back a month, or a year,
//! count far more, and not all senders of a round have theirs in memory at the same time.

use std::collections::BTreeMap;

use tidegate::{Instant, Policy};

use super::state::{SenderState, in_groups, parsed};
use crate::dispatch::ledger;
use crate::store::ledger::{self as store, LedgerRow, SizeRow};
use crate::store::{Database, StoreError};

/// What rounds are made by: senders whose rules look no further back fit together, ms.
const ROUND_LOOKBACK_MS: i64 = 2 * 86_400_000;

/// The senders, in order, in groups whose ledgers fit into an invocation at a time.
///
/// # Errors
/// [`StoreError`], the database's.
pub async fn groups(
    db: &impl Database,
    states: Vec<SenderState>,
    now: Instant,
) -> Result<Vec<Vec<SenderState>>, StoreError> {
    let far: Vec<_> = since(&states, now)
        .into_iter()
        .filter(|(_, from, now)| now - from > ROUND_LOOKBACK_MS)
        .collect();
    if far.is_empty() {
        return Ok(vec![states]);
    }
    let sizes = db.run(store::sizes(&far)).await?.all::<SizeRow>()?;
    let sizes: BTreeMap<i64, i64> = sizes.iter().map(|of| (of.sender_seq, of.bytes)).collect();
    let bytes = |state: &SenderState| sizes.get(&state.sender.seq).copied().unwrap_or_default();
    Ok(in_groups(states, bytes))
}

/// Brings the ledgers of these senders.
///
/// # Errors
/// [`StoreError`] when the database fails or holds a document that does not parse.
pub async fn bring(
    db: &impl Database,
    states: &mut [SenderState],
    now: Instant,
) -> Result<(), StoreError> {
    if states.is_empty() {
        return Ok(());
    }
    let rows = db.run(store::since(&since(states, now))).await?.all::<LedgerRow>()?;
    let mut states: BTreeMap<i64, &mut SenderState> =
        states.iter_mut().map(|state| (state.sender.seq, state)).collect();
    for row in rows {
        if let Some(state) = states.get_mut(&row.sender_seq) {
            let is_fine = ledger::is_fine(&state.sender, &state.campaigns);
            state.ledger.read(row.from_ms, parsed(&row.runs)?, is_fine, now);
        }
    }
    Ok(())
}

/// The first instant that any rule of each sender still counts: `(sender, since, now)`, ms.
fn since(states: &[SenderState], now: Instant) -> Vec<(i64, i64, i64)> {
    let of = |state: &SenderState| {
        let policies = state.campaigns.iter().map(|campaign| &campaign.policy);
        let lookback =
            policies.chain([&state.sender.policy]).map(Policy::lookback_ms).max().unwrap_or(0);
        (state.sender.seq, now.millis() - lookback, now.millis())
    };
    states.iter().map(of).collect()
}
