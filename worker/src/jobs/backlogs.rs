//! What came back of senders' campaigns and goes again, for a tick or a plan.
//!
//! A campaign may have a hundred thousand entries that wait for their people's next day, so not all
//! senders of a round have theirs in memory at the same time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tidegate::status::CampaignStatus;

use super::state::{SenderState, campaigns_by_seq, in_groups, parsed, weight};
use crate::dispatch::rules::Campaign;
use crate::dispatch::supply::{Backlog, Pace};
use crate::store::ticks::{self, BacklogRow, BacklogSize};
use crate::store::{Database, StoreError};

/// What an entry takes in memory while its sender is planned, in bytes.
const ENTRY_BYTES: i64 = 400;
/// The most entries of a sender that a tick brings, more than it releases. The others are those that may go
/// last: a sender of whom half a million people wait would else fill the invocation in which all others
/// are planned.
const ENTRIES_MOST: i64 = 100_000;

/// An entry as it is read: `(first, count, due_ms, charged, doubts)`.
type Entry = (i64, i64, i64, Option<Pace>, i64);

/// A campaign that has a backlog.
struct Wanted {
    seq: i64,
    /// Or only what has places to be given back.
    is_whole: bool,
    /// The most entries.
    most: i64,
}

/// The senders, in order, in groups whose backlogs fit into an invocation at a time, for a tick. Of one
/// that has more than fits, the soonest are brought.
///
/// # Errors
/// [`StoreError`], the database's.
pub async fn groups(
    db: &impl Database,
    mut states: Vec<SenderState>,
) -> Result<Vec<Vec<SenderState>>, StoreError> {
    let wanted = wanted(&states, None);
    if wanted.is_empty() {
        return Ok(vec![states]);
    }
    let wanted = documents(wanted.iter());
    let sizes = db.run(ticks::backlog_sizes(&wanted)).await?.all::<BacklogSize>()?;
    let sizes: BTreeMap<i64, i64> = sizes.iter().map(|of| (of.campaign_seq, of.entries)).collect();
    let entries = weight(&sizes);
    for state in &mut states {
        if entries(state) > ENTRIES_MOST {
            let campaigns = i64::try_from(state.with_backlog.len()).unwrap_or(i64::MAX);
            let most = (ENTRIES_MOST / campaigns).max(1);
            state.with_backlog.values_mut().for_each(|had| *had = most);
            for campaign in &mut state.campaigns {
                campaign.is_cut = sizes.get(&campaign.seq).is_some_and(|had| *had > most);
            }
        }
    }
    Ok(in_groups(states, |state| entries(state).min(ENTRIES_MOST) * ENTRY_BYTES))
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
    let (all, some): (Vec<_>, Vec<_>) = wanted.iter().partition(|of| of.most == i64::MAX);
    let mut rows: Vec<BacklogRow> = Vec::new();
    if !all.is_empty() {
        rows = db.run(ticks::backlog(&documents(all.into_iter()))).await?.all()?;
    }
    for of in some {
        let soonest = ticks::soonest_backlog(of.seq, of.is_whole, of.most);
        rows.extend(db.run(soonest).await?.all::<BacklogRow>()?);
    }
    let mut campaigns = campaigns_by_seq(states);
    for row in rows {
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

fn wanted(states: &[SenderState], also: Option<i64>) -> Vec<Wanted> {
    let of = |state: &SenderState, campaign: &Campaign| {
        Some(Wanted {
            seq: campaign.seq,
            is_whole: campaign.status != CampaignStatus::Paused || also == Some(campaign.seq),
            most: *state.with_backlog.get(&campaign.seq)?,
        })
    };
    let campaigns =
        states.iter().flat_map(|state| state.campaigns.iter().map(move |of| (state, of)));
    campaigns.filter_map(|(state, campaign)| of(state, campaign)).collect()
}

/// As the statements take them: `[campaign_seq, is_whole]`.
fn documents<'a>(wanted: impl Iterator<Item = &'a Wanted>) -> Value {
    wanted.map(|of| json!([of.seq, of.is_whole])).collect()
}
