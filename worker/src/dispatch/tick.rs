//! The tick: which messages of a sender go between what is committed already and the end of the
//! next minute.

use std::collections::BTreeSet;
use std::rc::Rc;

use tidegate::{Instant, LanePlan, Layer, Plan, Problem, Run};

use super::ahead::{Ahead, ahead};
use super::charges::Charge;
use super::commit::Tick;
use super::cursors::{backlogs, cursors, zone_cursors};
use super::endings::{Shared, due, endings, over};
use super::late;
use super::ledger::Ledger;
use super::release::release;
use super::rules::{self, COMMIT_LEAD_MS, Campaign, Sender};
use super::supply::Supply;
use crate::zones::Zones;

/// The most messages one tick releases for a sender; the rest follows with the next. More than the
/// fastest provider takes in a minute, so that no capacity is lost by it.
pub const TICK_MESSAGES: i64 = 90_000;
/// The most runs of a tick: what one invocation can commit.
pub const TICK_RUNS: i64 = 20_000;
const MINUTE_MS: i64 = 60_000;

/// Until when a tick of a minute plans, ms: the end of the next one.
#[must_use]
pub const fn until(minute: Instant) -> i64 {
    minute.millis().div_euclid(MINUTE_MS) * MINUTE_MS + 2 * MINUTE_MS
}

/// Plans from what is committed already to the end of the minute after `minute`, which is the
/// instant that the cron names. `campaigns` holds those with work on the sender, active or with
/// places to give back. None when there is nothing to commit.
///
/// # Errors
/// When a start lies outside the instants that the engine knows.
pub fn tick(
    sender: &Sender,
    campaigns: &[Campaign],
    mut ledger: Ledger,
    now: Instant,
    minute: Instant,
) -> Result<Option<Tick>, Vec<Problem>> {
    let until = until(minute);
    let from = sender.planned_until_ms.max(now.millis() + COMMIT_LEAD_MS);
    if from >= until {
        return Ok(None);
    }
    let from = Instant::from_millis(from);
    let own_pace = sender.own_pace.next(sender.pace_ms, sender.tick_no + 1, until);
    // Whoever falls behind meanwhile is the next tick's, unless it was at a pace that is over.
    let behind_had =
        Some(sender.own_pace.behind).filter(|_| own_pace.slow_ms <= sender.own_pace.slow_ms);
    let sender = &Sender { own_pace, ..sender.clone() };
    ledger.charges.sort_unstable();
    ledger.changed.extend(rules::give_back(campaigns, &mut ledger.charges));

    let mut active: Vec<Campaign> = campaigns.iter().filter(|c| c.is_active()).cloned().collect();
    let mut left_out = late::expire(&mut active, from.millis());
    let (ahead, plan, until) =
        bounded(sender, &active, &ledger.charges, from, Instant::from_millis(until))?;
    let (mut lanes, shared) = lanes(ahead, plan, from);
    let answer = lanes.iter().find(|lane| lane.campaign.any_hour);
    let at_any_hour = match answer {
        Some(lane) => rules::shared(&*sender.towards(&lane.campaign)?, &ledger.charges)?,
        None => Vec::new(),
    };
    let shared = Shared { all: shared, at_any_hour };
    let slices = release(
        &mut lanes,
        own_pace.block_every_ms(sender.pace_ms),
        &shared.all,
        &mut ledger,
        &mut left_out,
    );
    let mut endings = endings(&lanes, &slices, &shared, now);
    let over = over(&lanes, &endings, &shared, now);
    let backlogs = backlogs(campaigns, &lanes, &over, &mut left_out, now);
    let goes_on = backlogs.iter().filter(|of| of.goes_on).map(|of| of.campaign_seq);
    let goes_on: BTreeSet<i64> = goes_on.collect();
    endings.retain(|ending| !goes_on.contains(&ending.campaign_seq));
    let until_ms = until.millis();
    let due_ms = due(&lanes, &over, &left_out, until_ms);
    // Of one of which nothing is released any more, the next tick sees to what was not brought.
    let mut idle = campaigns.iter().filter(|of| over.contains(&of.seq) || !of.is_active());
    let is_left = !goes_on.is_empty() || idle.any(|campaign| campaign.is_cut);
    let due_ms = if is_left { Some(until_ms) } else { due_ms };
    // Where nobody is active nothing is committed, and whoever goes on next need not wait for it.
    let planned_until_ms = if lanes.is_empty() { sender.planned_until_ms } else { until.millis() };
    Ok(Some(Tick {
        sender_seq: sender.seq,
        after_tick_no: sender.tick_no,
        rules_version: sender.version,
        planned_until_ms,
        due_ms,
        due_had_ms: sender.due_ms,
        own_pace,
        behind_had,
        ledger: ledger.changes(),
        slices,
        cursors: cursors(campaigns, &lanes),
        zone_cursors: zone_cursors(campaigns, &lanes),
        backlogs,
        endings,
        left_out,
        looks_up: sender.looks_up,
    }))
}

/// A part of a campaign on its way through a tick.
pub(super) struct Lane {
    pub(super) campaign: Rc<Campaign>,
    pub(super) zones: Zones,
    pub(super) plan: LanePlan,
    pub(super) runs: Vec<Run>,
    /// Its own layers, and those of its campaign.
    pub(super) layers: Vec<Layer>,
    pub(super) supply: Supply,
}

/// The lanes of each campaign.
pub(super) fn of_each(lanes: &[Lane]) -> impl Iterator<Item = (&Campaign, &[Lane])> {
    let each = lanes.chunk_by(|one, next| one.campaign.seq == next.campaign.seq);
    each.filter_map(|lanes| Some((&*lanes.first()?.campaign, lanes)))
}

/// What is ahead of the sender before `until`, or before an earlier instant where that is more
/// than a tick commits.
fn bounded(
    sender: &Sender,
    active: &[Campaign],
    ledger: &[Charge],
    from: Instant,
    until: Instant,
) -> Result<(Ahead, Plan, Instant), Vec<Problem>> {
    let mut until = until;
    loop {
        let ahead = ahead(sender, active, ledger, from, Some(until))?;
        if let Some(wakes) = ahead.wakes.filter(|wakes| *wakes < until) {
            until = wakes;
            continue;
        }
        let plan = tidegate::plan(&ahead.request);
        let whole = until.since(from);
        let fitting = |most: i64, had: i64| if had > most { whole * most / had } else { whole };
        let messages = i64::try_from(plan.planned).unwrap_or(i64::MAX);
        let runs = i64::try_from(plan.runs.len()).unwrap_or(i64::MAX);
        let fits = fitting(TICK_MESSAGES, messages).min(fitting(TICK_RUNS, runs));
        if fits >= whole || whole <= 1 {
            return Ok((ahead, plan, until));
        }
        // A little less, because messages are not spread evenly.
        until = from.plus((fits * 9 / 10).max(1));
    }
}

/// The campaigns' parts with what the engine gave each, the singles first, and the layers they
/// share.
fn lanes(ahead: Ahead, plan: Plan, from: Instant) -> (Vec<Lane>, Vec<Layer>) {
    let Ahead { singles, request, broadcasts, .. } = ahead;
    let singles = singles.into_iter().filter_map(|mut single| {
        Some(Lane {
            supply: single.campaign.parts.first()?.supply(from),
            zones: Zones::default(),
            campaign: Rc::new(single.campaign),
            plan: single.plan.lanes.pop()?,
            runs: single.plan.runs.into_iter().map(|planned| planned.run).collect(),
            layers: single.layers,
        })
    });
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); plan.lanes.len()];
    for planned in plan.runs {
        if let Some(runs) = runs.get_mut(planned.lane) {
            runs.push(planned.run);
        }
    }
    let parts = broadcasts.into_iter().map(Rc::new).flat_map(|campaign| {
        let parts = 0..campaign.parts.len();
        parts.map(move |part| (Rc::clone(&campaign), part))
    });
    let planned = plan.lanes.into_iter().zip(runs).zip(request.lanes);
    let broadcasts = parts.zip(planned).filter_map(|((campaign, part), ((plan, runs), lane))| {
        let part = campaign.parts.get(part)?;
        let group = lane.group.and_then(|group| request.groups.get(group));
        let mut layers = group.map_or_else(Vec::new, |group| group.layers.clone());
        layers.extend(lane.layers);
        Some(Lane {
            supply: part.supply(from),
            zones: part.zones.clone(),
            plan,
            runs,
            layers,
            campaign,
        })
    });
    (singles.chain(broadcasts).collect(), request.shared)
}
