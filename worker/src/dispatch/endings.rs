//! Which campaigns end with a tick, and when the sender has to be looked at again.

use std::collections::BTreeSet;

use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate::{Code, Decision, Instant, Layer};

use super::commit::{Ending, Slice};
use super::late::{self, LeftOut};
use super::rules::Campaign;
use super::tick::{Lane, of_each};

/// How long a sender rests for which no opening was found.
const NO_OPENING_REST_MS: i64 = 3_600_000;
/// How often a sender that waits is looked at for messages that get too late meanwhile, in ms.
const LATE_LOOK_MS: i64 = 600_000;

/// The layers that campaigns share.
pub(super) struct Shared {
    /// All of them.
    pub(super) all: Vec<Layer>,
    /// Those of what goes at any hour: its sender's end is not its own.
    pub(super) at_any_hour: Vec<Layer>,
}

impl Shared {
    fn of(&self, campaign: &Campaign) -> &[Layer] {
        if campaign.any_hour { &self.at_any_hour } else { &self.all }
    }
}

/// The campaigns that have nobody left, or whose end has come.
pub(super) fn endings(
    lanes: &[Lane],
    slices: &[Slice],
    shared: &Shared,
    now: Instant,
) -> Vec<Ending> {
    let mut endings = Vec::new();
    for (campaign, lanes) in of_each(lanes) {
        // What was planned may all have been left out.
        let is_released = slices.iter().any(|slice| slice.campaign_seq == campaign.seq);
        if is_released || campaign.open_slices > 0 {
            continue;
        }
        let is_left = |lane: &&Lane| lane.supply.count() > 0 || lane.supply.due_ms().is_some();
        let mut left = lanes.iter().filter(is_left).peekable();
        let (trigger, reason) = if left.peek().is_none() {
            (CampaignTrigger::Exhaust, "exhausted")
        } else if left.all(|lane| has_ended(shared.of(campaign), &lane.layers, now)) {
            (CampaignTrigger::End, "ended")
        } else {
            continue;
        };
        let facts =
            CampaignFacts { started: campaign.status == CampaignStatus::InProgress, lead_ms: None };
        if let Ok(to) = status::campaign(campaign.status, trigger, &facts) {
            endings.push(Ending { campaign_seq: campaign.seq, from: campaign.status, to, reason });
        }
    }
    endings
}

fn has_ended(shared: &[Layer], own: &[Layer], now: Instant) -> bool {
    let layers: Vec<Layer> = shared.iter().chain(own).cloned().collect();
    match tidegate::decide(&layers, now) {
        Decision::Never { because } => because.iter().any(|reason| reason.code == Code::Ended),
        Decision::Send | Decision::Wait { .. } => false,
    }
}

/// The campaigns of which nothing is ever released again: those that end, and completed ones whose
/// end came before the messages that an operator sends again.
pub(super) fn over(
    lanes: &[Lane],
    endings: &[Ending],
    shared: &Shared,
    now: Instant,
) -> BTreeSet<i64> {
    let past = of_each(lanes).filter(|(campaign, lanes)| {
        let shared = shared.of(campaign);
        let is_past = |lane: &Lane| lane.plan.planned == 0 && has_ended(shared, &lane.layers, now);
        campaign.status == CampaignStatus::Completed && lanes.iter().all(is_past)
    });
    let past = past.map(|(campaign, _)| campaign.seq);
    past.chain(endings.iter().map(|ending| ending.campaign_seq)).collect()
}

/// When the sender has to be looked at again. `left_out` are the messages that are given up now: a slice
/// that is under way may be the last of their campaign and end before this is committed, with
/// nothing that told it so.
pub(super) fn due(
    lanes: &[Lane],
    over: &BTreeSet<i64>,
    left_out: &[LeftOut],
    until: i64,
) -> Option<i64> {
    let mut due: Option<i64> = None;
    let mut at = |ms: i64| due = Some(due.map_or(ms, |due| due.min(ms)));
    for Lane { campaign, plan, supply, .. } in lanes {
        if over.contains(&campaign.seq) {
            continue;
        }
        if let Some(due_ms) = supply.due_ms() {
            at(due_ms.max(until));
        }
        if campaign.is_behind {
            at(until);
        }
        if campaign.open_slices > 0 && left_out.iter().any(|of| of.campaign_seq == campaign.seq) {
            at(until);
        }
        if let Some(deadline) = supply.next().and_then(|next| late::deadline(campaign, next)) {
            // Said within ten minutes that it is too late, and not for each message anew.
            at(((deadline / LATE_LOOK_MS + 1) * LATE_LOOK_MS).max(until));
        }
        if supply.count() > 0 {
            match plan.next {
                Some(next) => at(next.millis().max(until)),
                None if plan.planned > 0 || campaign.open_slices > 0 || plan.unplanned == 0 => {
                    at(until);
                }
                None => at(until + NO_OPENING_REST_MS),
            }
        }
    }
    due
}
