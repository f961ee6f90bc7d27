//! What a campaign's messages would do: the plan of everything on its sender, before it is
//! committed to, and the promise that is kept of it.

use std::ops::Range;

use serde_json::{Value, json};
use tidegate::status::{CampaignStatus, CampaignTrigger};
use tidegate::{Instant, Plan};

use super::commands::next_status;
use super::state::{self, SenderState, campaign_row, parsed};
use super::{CommandError, open_slices};
use crate::dispatch::ahead::ahead;
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::{Position, positions};
use crate::dispatch::part::Hours;
use crate::dispatch::promise::Promise;
use crate::dispatch::rules::{self, Campaign};
use crate::dispatch::supply::{Backlog, Pace};
use crate::model::Kind;
use crate::store::commands::{self as store, CampaignRow};
use crate::store::{Database, StoreError, ticks};
use crate::zones::Zones;

/// A start that a preview named is kept when at least this much of it is left, in ms.
const KEPT_START_MS: i64 = 5_000;
/// The most runs and the most waits that an answer lists: what a page draws, and what a Worker's
/// memory holds with ease.
const LISTED: usize = 20_000;

/// The plan of everything on the campaign's sender, with the campaign starting at `at` or, without
/// it, now: the engine's plan, and `starts_at`, `lane` and `lane_index` of the campaign. The start
/// is remembered, so that scheduling without a time soon after names the same instants.
///
/// # Errors
/// [`CommandError`] when there is nothing to plan or `at` is too soon.
pub async fn preview(
    db: &impl Database,
    team_id: &str,
    campaign_id: &str,
    at: Option<Instant>,
    now: Instant,
) -> Result<Value, CommandError> {
    let row = campaign_row(db, team_id, campaign_id).await?;
    let starts_at = match (at, CampaignStatus::named(&row.status)) {
        (Some(at), _) => at,
        // One that is under way is planned from where it is.
        (None, Some(CampaignStatus::InProgress | CampaignStatus::Paused)) => {
            Instant::from_millis(row.starts_ms.unwrap_or(0))
        }
        (None, _) => start(&row, now),
    };
    if let Some(at) = at {
        next_status(&row, CampaignTrigger::Reschedule, Some(at.since(now)))?;
    }
    let planned = plan(db, &row, &Wanted::at(starts_at), now).await?;
    db.run(store::keep_planned_start(row.seq, starts_at.millis())).await?;
    Ok(planned.document())
}

/// The start of a campaign that goes now: the one a preview named, while it is still ahead.
pub(super) fn start(row: &CampaignRow, now: Instant) -> Instant {
    let kept = row.planned_start_ms.map(Instant::from_millis);
    let fresh = rules::start_now(now);
    kept.filter(|kept| kept.since(now) >= KEPT_START_MS && *kept <= fresh).unwrap_or(fresh)
}

/// How a campaign is to be.
pub(super) struct Wanted<'a> {
    /// When it is to start.
    pub(super) starts_at: Instant,
    /// JSON of its rules, where these are to be others.
    pub(super) policy: Option<&'a str>,
    /// JSON of the hours of its people, where these are to be others.
    pub(super) recipient_policy: Option<&'a str>,
}

impl Wanted<'_> {
    /// As it is, but for its start.
    pub(super) const fn at(starts_at: Instant) -> Self {
        Self { starts_at, policy: None, recipient_policy: None }
    }
}

/// The engine's plan of a sender with one of its campaigns as it is to be.
pub(super) struct Planned {
    plan: Plan,
    campaign_id: String,
    /// The campaign's lanes, one for each zone that is listed.
    lanes: Range<usize>,
    zones: Vec<Zones>,
    /// When the campaign starts.
    pub(super) starts_at: Instant,
    /// What the campaign starts from where campaigns share fairly.
    pub(super) joined_at: i64,
    /// The instants of the campaign's messages.
    pub(super) promise: Promise,
    /// The state of the sender that this holds for, and from where on it is planned.
    pub(super) tick_no: i64,
    pub(super) from: Instant,
}

impl Planned {
    /// The engine's plan, and which of its lanes are the campaign's. Runs and waits past the first
    /// [`LISTED`] are counted, not listed.
    fn document(mut self) -> Value {
        let runs_left_out = self.plan.runs.len().saturating_sub(LISTED);
        let waits_left_out = self.plan.waits.len().saturating_sub(LISTED);
        self.plan.runs.truncate(LISTED);
        self.plan.waits.truncate(LISTED);
        let mut document = json!(self.plan);
        if let Some(fields) = document.as_object_mut() {
            fields.insert("starts_at".into(), json!(self.starts_at));
            fields.insert("lane".into(), json!(self.campaign_id));
            fields.insert("lane_index".into(), json!(self.lanes.start));
            let in_zones = self.zones.iter().any(|zones| !zones.is_empty());
            let zones = self.lanes.zip(&self.zones).filter(|_| in_zones);
            let zones =
                zones.map(|(lane, zones)| json!({ "lane": lane, "time_zone": zones.told() }));
            fields.insert("zones".into(), zones.collect());
            fields.insert("runs_left_out".into(), json!(runs_left_out));
            fields.insert("waits_left_out".into(), json!(waits_left_out));
        }
        document
    }
}

pub(super) async fn plan(
    db: &impl Database,
    row: &CampaignRow,
    wanted: &Wanted<'_>,
    now: Instant,
) -> Result<Planned, CommandError> {
    let loaded = state::load(db, ticks::sender(row.sender_seq), Some(row.seq), now).await?;
    let mut state = loaded.into_iter().next().ok_or(CommandError::NotFound)?;
    let on_the_way = recall(db, &mut state, row).await?;
    let charges = state.charged();
    let from = state.begins(&charges, now);
    let campaigns = with_campaign(&state, row.seq, wanted)?;
    let chosen = campaigns.iter().find(|campaign| campaign.seq == row.seq);
    let chosen = chosen.ok_or(CommandError::NotFound)?;
    let ahead =
        ahead(&state.sender, &campaigns, &charges, from, None).map_err(CommandError::Invalid)?;
    let (plan, chosen, lanes) = match chosen.kind {
        Kind::Single => {
            let single = ahead.singles.iter().find(|single| single.campaign.seq == row.seq);
            let single = single.ok_or(CommandError::NotFound)?;
            (single.plan.clone(), &single.campaign, 0..1)
        }
        Kind::Broadcast => {
            let found = ahead.lanes().find(|(campaign, _)| campaign.seq == row.seq);
            let (campaign, lanes) = found.ok_or(CommandError::NotFound)?;
            (tidegate::plan(&ahead.request), campaign, lanes)
        }
    };
    let plans = plan.lanes.get(lanes.clone()).ok_or(CommandError::NotFound)?;
    let runs = plan.runs.iter().filter(|planned| lanes.contains(&planned.lane));
    let runs = runs.map(|planned| (planned.lane - lanes.start, planned.run));
    let promise = Promise::of(chosen, &on_the_way, plans, runs);
    Ok(Planned {
        promise,
        plan,
        campaign_id: row.id.clone(),
        lanes,
        zones: chosen.parts.iter().map(|part| part.zones.clone()).collect(),
        starts_at: wanted.starts_at,
        joined_at: chosen.joined_at,
        tick_no: state.sender.tick_no,
        from,
    })
}

/// What a command makes of the slices of a campaign that has not started: all come back. Of one
/// that has, the messages on their way stay where they are, and are what this gives.
async fn recall(
    db: &impl Database,
    state: &mut SenderState,
    row: &CampaignRow,
) -> Result<Vec<Position>, StoreError> {
    let recalled = matches!(
        CampaignStatus::named(&row.status),
        Some(CampaignStatus::Draft | CampaignStatus::Scheduled)
    );
    let mut on_the_way = Vec::new();
    let campaign = state.campaigns.iter_mut().find(|campaign| campaign.seq == row.seq);
    let Some(campaign) = campaign.filter(|campaign| campaign.open_slices > 0) else {
        return Ok(on_the_way);
    };
    for slice in open_slices(db, row.seq).await? {
        let items: Vec<Item> = parsed(&slice.items)?;
        if recalled {
            for item in &items {
                campaign.take_back(came_back(row.seq, item));
            }
        } else {
            // Those in flight have their instants too: one may come back, and be late by its own.
            let settled = usize::try_from(slice.settled).unwrap_or(0);
            on_the_way.extend(positions(&items).into_iter().skip(settled));
        }
    }
    on_the_way.sort_by_key(|position| position.at_ms);
    Ok(on_the_way)
}

fn came_back(campaign_seq: i64, item: &Item) -> Backlog {
    Backlog {
        campaign_seq,
        first: item.first,
        count: item.count,
        due_ms: 0,
        charged: Some(Pace { start: item.start, every: item.every }),
        doubts: item.doubts,
    }
}

/// The campaigns that take their turn once this one is as it is to be, in order.
fn with_campaign(
    state: &SenderState,
    seq: i64,
    wanted: &Wanted<'_>,
) -> Result<Vec<Campaign>, StoreError> {
    let active = state.active();
    let others: Vec<Campaign> = active.into_iter().filter(|other| other.seq != seq).collect();
    let chosen = state.campaigns.iter().filter(|campaign| campaign.seq == seq);
    let mut campaigns: Vec<Campaign> = chosen.cloned().collect();
    for campaign in &mut campaigns {
        campaign.starts_ms = wanted.starts_at.millis();
        if let Some(policy) = wanted.policy {
            campaign.policy = state::policy(policy)?;
            campaign.document = parsed::<Value>(policy)?;
        }
        if let Some(policy) = wanted.recipient_policy {
            campaign.hours = Hours { document: parsed(policy)? };
        }
        campaign.joined_at = joins_at(campaign, &others);
    }
    campaigns.extend(others);
    campaigns.sort_by_key(|campaign| (campaign.starts_ms, campaign.seq));
    Ok(campaigns)
}

/// Where a campaign stands among those that share with it. One that was held does not get what it
/// missed: that would be the others' turn.
fn joins_at(campaign: &Campaign, others: &[Campaign]) -> i64 {
    let least = rules::joins_at(others);
    match campaign.status {
        CampaignStatus::InProgress => campaign.joined_at,
        CampaignStatus::Paused if campaign.released() > 0 => {
            campaign.joined_at.max(least - campaign.released())
        }
        _ => least,
    }
}
