//! What came back of senders' campaigns and goes again, for a tick or a plan.
//!
//! A campaign may have a hundred thousand entries that wait for their people's next day, so not all
//! senders of a round have theirs in memory at the same time.

use serde_json::{Value, json};
use tidegate::status::CampaignStatus;

use super::state::{SenderState, campaigns_by_seq, in_groups, parsed, weight};
use crate::dispatch::rules::Campaign;
use crate::dispatch::supply::{Backlog, Pace};
use crate::store::ticks::{self, BacklogRow, BacklogSize};
use crate::store::{Database, StoreError};

/// What an entry takes in memory while its sender is planned, in bytes.
const ENTRY_BYTES: i64 = 400;

/// An entry as it is read: `(first, count, due_ms, charged, doubts)`.
type Entry = (i64, i64, i64, Option<Pace>, i64);

/// The senders, in order, in groups whose backlogs fit into an invocation at a time.
///
/// # Errors
/// [`StoreError`], the database's.
pub async fn groups(
    db: &impl Database,
    states: Vec<SenderState>,
) -> Result<Vec<Vec<SenderState>>, StoreError> {
    let wanted = wanted(&states, None);
    if states.len() < 2 || wanted.is_empty() {
        return Ok(vec![states]);
    }
    let sizes = db.run(ticks::backlog_sizes(&json!(wanted))).await?.all::<BacklogSize>()?;
    let bytes = sizes.iter().map(|of| (of.campaign_seq, of.entries * ENTRY_BYTES)).collect();
    Ok(in_groups(states, weight(&bytes)))
}

/// Brings the backlogs of these senders' campaigns. Of a paused one only what has places to be given
/// back: it is not planned, unless it is `also`.
///
/// # Errors
/// [`StoreError`] when the database fails or holds a document that does not parse.
pub async fn bring(
    db: &impl Database,
    states: &mut [SenderState],
    also: Option<i64>,
) -> Result<(), StoreError> {
    let wanted = wanted(states, also);
    if wanted.is_empty() {
        return Ok(());
    }
    let mut campaigns = campaigns_by_seq(states);
    for row in db.run(ticks::backlog(&json!(wanted))).await?.all::<BacklogRow>()? {
        let Some(campaign) = campaigns.get_mut(&row.campaign_seq) else { continue };
        let mut entries = parsed::<Vec<Entry>>(&row.entries)?;
        entries.sort_unstable_by_key(|(first, ..)| *first);
        for (first, count, due_ms, charged, doubts) in entries {
            let campaign_seq = row.campaign_seq;
            campaign.take_back(Backlog { campaign_seq, first, count, due_ms, charged, doubts });
        }
    }
    Ok(())
}

/// The campaigns that have any, and whether all of it is wanted: `[campaign_seq, is_whole]`.
fn wanted(states: &[SenderState], also: Option<i64>) -> Vec<Value> {
    let campaigns = states.iter().flat_map(|state| {
        state.campaigns.iter().filter(|campaign| state.with_backlog.contains(&campaign.seq))
    });
    let of = |campaign: &Campaign| {
        let is_whole = campaign.status != CampaignStatus::Paused || also == Some(campaign.seq);
        json!([campaign.seq, is_whole])
    };
    campaigns.map(of).collect()
}
