//! The tick: which messages of a sender go between what is committed already and the end of the
//! next minute.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate::{Code, Decision, Instant, LanePlan, Layer, Plan, Problem, Run};

use super::ahead::{Ahead, ahead};
use super::charges::{self, Charge};
use super::late::{self, LATE_MOST, LeftOut};
use super::rules::{self, COMMIT_LEAD_MS, Campaign, Sender};
use super::slices::Slices;
use super::supply::{Backlog, Supply};
use crate::zones::Zones;

/// The most messages in a slice.
pub const SLICE_MESSAGES: i64 = 100;
/// The longest time from a slice's first message to its last, in ms.
pub const SLICE_SPAN_MS: i64 = 15_000;
/// The most messages one tick releases for a sender; the rest follows with the next. More than the
/// fastest provider takes in a minute, so that no capacity is lost by it.
pub const TICK_MESSAGES: i64 = 90_000;
/// The most runs of a tick: what one invocation can commit.
pub const TICK_RUNS: i64 = 20_000;
/// How long a sender rests for which no opening was found.
const NO_OPENING_REST_MS: i64 = 3_600_000;
/// How often a sender that waits is looked at for messages that get too late meanwhile, in ms.
const LATE_LOOK_MS: i64 = 600_000;
const MINUTE_MS: i64 = 60_000;

/// What a tick commits for one sender, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The sender.
    pub sender_seq: i64,
    /// The tick that it follows: the fence.
    pub after_tick_no: i64,
    /// The version of the rules it was planned by.
    pub rules_version: i64,
    /// Every run before it is committed with this.
    pub planned_until_ms: i64,
    /// When there may be something to do again; none when nothing is left.
    pub due_ms: Option<i64>,
    /// The days of the ledger that changed, whole.
    pub ledger: Vec<LedgerDay>,
    /// The outbox.
    pub slices: Vec<Slice>,
    /// Campaigns whose cursor moved.
    pub cursors: Vec<Cursor>,
    /// Zones of campaigns in which it did.
    pub zone_cursors: Vec<ZoneCursor>,
    /// Campaigns whose backlog is rewritten.
    pub backlogs: Vec<BacklogOf>,
    /// Campaigns that ended.
    pub endings: Vec<Ending>,
    /// Messages that are too late to go, or in doubt for good.
    pub left_out: Vec<LeftOut>,
    /// Whether the provider is asked about those in doubt.
    pub looks_up: bool,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerDay {
    /// The UTC day.
    pub day: i64,
    /// Its charges.
    pub runs: Vec<Charge>,
}

/// Up to [`SLICE_MESSAGES`] messages of one campaign, in sending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// The campaign.
    pub campaign_seq: i64,
    /// The edition of it that this was planned for.
    pub edition: i64,
    /// Its messages.
    pub items: Vec<Item>,
    /// How many they are.
    pub count: i64,
    /// The first instant, ms.
    pub start_ms: i64,
    /// The rules forbid sending at or after it, ms.
    pub open_until_ms: Option<i64>,
    /// The first of its messages is too late then, ms.
    pub expires_ms: Option<i64>,
}

impl Slice {
    /// Adds messages that come after all others; those that go on at one pace are one item.
    pub(super) fn add(&mut self, item: Item) {
        if self.count == 0 {
            self.start_ms = item.start;
        }
        self.count += item.count;
        if let Some(last) = self.items.last_mut() {
            let step = item.start - (last.start + (last.count - 1) * last.every);
            let own = last.count == 1 || last.every == step;
            let other = item.count == 1 || item.every == step;
            let next = last.first + last.count == item.first && last.doubts == item.doubts;
            if next && own && other {
                last.every = step;
                last.count += item.count;
                return;
            }
        }
        self.items.push(item);
    }
}

/// Messages one after the other at one pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The first ordinal.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// The first instant, ms.
    pub start: i64,
    /// Their distance, ms.
    pub every: i64,
    /// How many POSTs of them may have been taken already; mostly none, and then it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub doubts: i64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A campaign's new cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cursor {
    /// The campaign.
    pub campaign_seq: i64,
    /// How many of its messages were ever released. Where nobody has a zone, that is the first
    /// ordinal that was not.
    pub cursor: i64,
}

/// A new cursor of a campaign's people in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneCursor {
    /// The campaign.
    pub campaign_seq: i64,
    /// Their zones; empty for people without one.
    pub time_zone: String,
    /// How many of them were ever released.
    pub cursor: i64,
}

/// A campaign's whole backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacklogOf {
    /// The campaign.
    pub campaign_seq: i64,
    /// The entries it had, by their first ordinal.
    pub had: Vec<i64>,
    /// The entries it has.
    pub has: Vec<Backlog>,
    /// Nothing of it is ever released again: it has none.
    pub is_dropped: bool,
}

/// A campaign that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// The campaign.
    pub campaign_seq: i64,
    /// What it was.
    pub from: CampaignStatus,
    /// What it is.
    pub to: CampaignStatus,
    /// Why: `exhausted` or `ended`.
    pub reason: &'static str,
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
    mut ledger: Vec<Charge>,
    now: Instant,
    minute: Instant,
) -> Result<Option<Tick>, Vec<Problem>> {
    let until = minute.millis().div_euclid(MINUTE_MS) * MINUTE_MS + 2 * MINUTE_MS;
    let from = sender.planned_until_ms.max(now.millis() + COMMIT_LEAD_MS);
    if from >= until {
        return Ok(None);
    }
    let from = Instant::from_millis(from);
    ledger.sort_unstable();
    let mut days = rules::give_back(campaigns, &mut ledger);

    let mut active: Vec<Campaign> = campaigns.iter().filter(|c| c.is_active()).cloned().collect();
    let mut left_out: Vec<LeftOut> = Vec::new();
    for campaign in &mut active {
        let late = late::expire(campaign, from.millis(), LATE_MOST);
        campaign.is_behind = late.len() == LATE_MOST;
        left_out.extend(late);
    }
    let (ahead, plan, until) =
        bounded(sender, &active, &ledger, from, Instant::from_millis(until))?;
    let (mut lanes, shared) = lanes(ahead, plan, from);
    let slices = release(&mut lanes, &shared, &mut ledger, &mut days, &mut left_out);
    let endings = endings(&lanes, &slices, &shared, now);
    let over = over(&lanes, &endings, &shared, now);
    let backlogs = backlogs(campaigns, &lanes, &over);
    for campaign in campaigns {
        let dropped = |of: &BacklogOf| of.campaign_seq == campaign.seq && of.is_dropped;
        if backlogs.iter().any(dropped) {
            left_out.extend(late::in_doubt(campaign.seq, campaign.backlog(), now.millis()));
        }
    }
    let due_ms = due(&lanes, &over, until.millis());
    // Where nobody is active nothing is committed, and whoever goes on next need not wait for it.
    let planned_until_ms = if lanes.is_empty() { sender.planned_until_ms } else { until.millis() };
    Ok(Some(Tick {
        sender_seq: sender.seq,
        after_tick_no: sender.tick_no,
        rules_version: sender.version,
        planned_until_ms,
        due_ms,
        ledger: rows(&ledger, &days),
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
struct Lane {
    campaign: Rc<Campaign>,
    zones: Zones,
    plan: LanePlan,
    runs: Vec<Run>,
    /// Its own layers, and those of its campaign.
    layers: Vec<Layer>,
    supply: Supply,
}

/// The lanes of each campaign.
fn of_each(lanes: &[Lane]) -> impl Iterator<Item = (&Campaign, &[Lane])> {
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

/// Turns planned runs into slices, taking messages from the supplies and charging the ledger.
fn release(
    lanes: &mut [Lane],
    shared: &[Layer],
    ledger: &mut Vec<Charge>,
    days: &mut BTreeSet<i64>,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Slice> {
    let mut done: Vec<Slice> = Vec::new();
    for Lane { campaign, runs, layers, supply, .. } in lanes {
        let mut open = Slices::default();
        for run in runs {
            let charge = Charge {
                start: run.start.millis(),
                count: i64::try_from(run.count).unwrap_or(0),
                every: run.every,
                campaign: campaign.seq,
                origin: campaign.origin(),
            };
            charges::charge(ledger, charge);
            days.insert(charge.day());
            let mut at = 0;
            while at < charge.count {
                let start = charge.start + at * charge.every;
                let (slice, room) = open.next(start, charge.every, || Slice {
                    campaign_seq: campaign.seq,
                    edition: campaign.edition,
                    items: Vec::new(),
                    count: 0,
                    start_ms: start,
                    open_until_ms: if campaign.any_hour {
                        None
                    } else {
                        open_until(shared, layers, start)
                    },
                    expires_ms: None,
                });
                // Where messages expire, each has a promise of its own.
                let most = if campaign.expires_after_ms.is_some() { 1 } else { charge.count - at };
                let Some(span) = supply.take(room.min(most)) else {
                    break; // The engine never plans more than the supply holds.
                };
                at += span.count;
                let deadline = late::deadline(campaign, span.first).filter(|_| span.doubts == 0);
                if deadline.is_some_and(|deadline| start >= deadline) {
                    left_out.push(late::expired(campaign, span.first));
                    charges::give_back(ledger, &Charge { start, count: 1, every: 0, ..charge });
                    continue;
                }
                slice.add(Item {
                    first: span.first,
                    count: span.count,
                    start,
                    every: charge.every,
                    doubts: span.doubts,
                });
                let soonest = [slice.expires_ms, deadline];
                slice.expires_ms = soonest.into_iter().flatten().min();
            }
        }
        done.extend(open.finish());
    }
    done.sort_by_key(|slice| slice.start_ms);
    done
}

/// Until when every rule that goes by time alone stays open.
fn open_until(shared: &[Layer], own: &[Layer], at: i64) -> Option<i64> {
    let layers = shared.iter().chain(own);
    tidegate::open_until(layers, Instant::from_millis(at)).map(Instant::millis)
}

fn endings(lanes: &[Lane], slices: &[Slice], shared: &[Layer], now: Instant) -> Vec<Ending> {
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
        } else if left.all(|lane| has_ended(shared, &lane.layers, now)) {
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
fn over(lanes: &[Lane], endings: &[Ending], shared: &[Layer], now: Instant) -> BTreeSet<i64> {
    let past = of_each(lanes).filter(|(campaign, lanes)| {
        let is_past = |lane: &Lane| lane.plan.planned == 0 && has_ended(shared, &lane.layers, now);
        campaign.status == CampaignStatus::Completed && lanes.iter().all(is_past)
    });
    let past = past.map(|(campaign, _)| campaign.seq);
    past.chain(endings.iter().map(|ending| ending.campaign_seq)).collect()
}

/// When the sender has to be looked at again.
fn due(lanes: &[Lane], over: &BTreeSet<i64>, until: i64) -> Option<i64> {
    let mut due: Option<i64> = None;
    let mut at = |ms: i64| due = Some(due.map_or(ms, |due| due.min(ms)));
    for Lane { campaign, plan, supply, .. } in lanes {
        if over.contains(&campaign.seq) {
            continue;
        }
        if let Some(due_ms) = supply.due_ms() {
            at(due_ms.max(until));
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

fn rows(ledger: &[Charge], days: &BTreeSet<i64>) -> Vec<LedgerDay> {
    let row = |&day: &i64| LedgerDay {
        day,
        runs: ledger.iter().filter(|c| c.day() == day).copied().collect(),
    };
    days.iter().map(row).collect()
}

fn cursors(campaigns: &[Campaign], lanes: &[Lane]) -> Vec<Cursor> {
    let of = |(campaign, lanes): (&Campaign, &[Lane])| Cursor {
        campaign_seq: campaign.seq,
        cursor: lanes.iter().map(|lane| lane.supply.cursor()).sum(),
    };
    let moved = |cursor: &Cursor| {
        let before = campaigns.iter().find(|campaign| campaign.seq == cursor.campaign_seq);
        before.is_none_or(|before| before.cursor() != cursor.cursor)
    };
    of_each(lanes).map(of).filter(moved).collect()
}

fn zone_cursors(campaigns: &[Campaign], lanes: &[Lane]) -> Vec<ZoneCursor> {
    let in_zones = lanes.iter().filter_map(|lane| {
        let before = campaigns.iter().find(|campaign| campaign.seq == lane.campaign.seq)?;
        let part = before.parts.iter().find(|part| part.zones == lane.zones)?;
        let moved = before.is_in_zones() && part.cursor != lane.supply.cursor();
        moved.then(|| ZoneCursor {
            campaign_seq: before.seq,
            time_zone: lane.zones.name(),
            cursor: lane.supply.cursor(),
        })
    });
    in_zones.collect()
}

fn backlogs(campaigns: &[Campaign], lanes: &[Lane], over: &BTreeSet<i64>) -> Vec<BacklogOf> {
    let with_backlog = campaigns.iter().filter(|campaign| campaign.backlog().next().is_some());
    let of = |campaign: &Campaign| {
        let lanes = of_each(lanes).find(|(of, _)| of.seq == campaign.seq);
        let has: Option<Vec<Backlog>> = match lanes {
            Some(_) if over.contains(&campaign.seq) => None,
            Some((_, lanes)) => Some(lanes.iter().flat_map(|lane| lane.supply.rest()).collect()),
            // Paused: they wait. Anything else that is not active has ended: they are dropped.
            None if campaign.status == CampaignStatus::Paused => {
                Some(campaign.backlog().cloned().collect())
            }
            None => None,
        };
        BacklogOf {
            campaign_seq: campaign.seq,
            had: campaign.backlog().map(|entry| entry.first).collect(),
            is_dropped: has.is_none(),
            // Their places have just been given back, once.
            has: has.into_iter().flatten().map(Backlog::uncharged).collect(),
        }
    };
    // What stays as it is is not written again each minute.
    let is_new = |of: &BacklogOf| {
        let had = campaigns.iter().find(|campaign| campaign.seq == of.campaign_seq);
        let mut had: Vec<&Backlog> = had.into_iter().flat_map(Campaign::backlog).collect();
        had.sort_by_key(|entry| entry.first);
        let mut has: Vec<&Backlog> = of.has.iter().collect();
        has.sort_by_key(|entry| entry.first);
        of.is_dropped || had != has
    };
    with_backlog.map(of).filter(is_new).collect()
}
