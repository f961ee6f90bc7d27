//! What was promised to campaigns that let their messages expire, for a tick: by it some are too late,
//! and each slice says when it is.
//!
//! A promise may be half a megabyte, so not all senders of a round have theirs at the same time.

use super::state::{SenderState, campaigns_by_seq, in_groups, parsed, weight};
use crate::dispatch::late::Promises;
use crate::dispatch::promise::Instants;
use crate::store::kept_plans::{self, LatestRow, SizeRow};
use crate::store::{Database, StoreError};

/// The senders, in order, in groups whose promises fit into an invocation at a time.
///
/// # Errors
/// [`StoreError`], the database's.
pub async fn groups(
    db: &impl Database,
    states: Vec<SenderState>,
    until_ms: i64,
) -> Result<Vec<Vec<SenderState>>, StoreError> {
    let seqs = expiring(&states, until_ms);
    if seqs.is_empty() {
        return Ok(vec![states]);
    }
    let sizes = db.run(kept_plans::sizes(&seqs)).await?.all::<SizeRow>()?;
    let bytes = sizes.iter().map(|of| (of.campaign_seq, of.bytes)).collect();
    Ok(in_groups(states, weight(&bytes)))
}

/// Brings what was promised to the campaigns of these senders.
///
/// # Errors
/// [`StoreError`] when the database fails or holds a document that does not parse.
pub async fn bring(
    db: &impl Database,
    states: &mut [SenderState],
    until_ms: i64,
) -> Result<(), StoreError> {
    let seqs = expiring(states, until_ms);
    if seqs.is_empty() {
        return Ok(());
    }
    let mut campaigns = campaigns_by_seq(states);
    for row in db.run(kept_plans::latest(&seqs)).await?.all::<LatestRow>()? {
        if let Some(campaign) = campaigns.get_mut(&row.campaign_seq) {
            campaign.promises = Promises::of_kept(&parsed::<Instants>(&row.instants)?);
        }
    }
    Ok(())
}

/// The campaigns whose promises matter before `until_ms`. Of one that starts later nobody goes, and
/// nobody is late.
fn expiring(states: &[SenderState], until_ms: i64) -> Vec<i64> {
    let campaigns = states.iter().flat_map(|state| &state.campaigns);
    let expiring = campaigns.filter(|campaign| {
        campaign.is_active() && campaign.expires_after_ms.is_some() && campaign.starts_ms < until_ms
    });
    expiring.map(|campaign| campaign.seq).collect()
}
