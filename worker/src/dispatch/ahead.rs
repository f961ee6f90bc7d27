//! What lies ahead of a sender: first its singles, one after the other, then its broadcasts.
//!
//! A single counts as a send of its own origin, so that a limit on what is queued leaves it out.
//! The engine charges what it plans as queued. So singles are placed one by one, each as history
//! for the next, and the broadcasts are planned behind the last. They lose nothing by it: whatever
//! holds a single holds them too, but for the hours of its person. One that these alone make later is
//! asleep: it holds nobody, and is placed once they open, before all others.

use std::ops::Range;

use tidegate::{Decision, Instant, Layer, Order, Plan, PlanRequest, Policy, Problem};

use super::charges::{self, Charge};
use super::lanes::RECIPIENT_LAYER;
use super::rules::{self, Campaign, Sender};
use super::team::PERSON_LAYER;
use crate::model::Kind;

/// The most campaigns that are yet to start whose level is looked for: each is a plan. Those behind
/// them are a later plan's.
const JOINS_MOST: usize = 16;

/// The question for the engine, and what is settled before it is asked.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// The singles, in the order in which they go.
    pub singles: Vec<Placed>,
    /// The broadcasts, behind the singles: one lane for each of their parts, in the order in which
    /// they take their turn.
    pub request: PlanRequest,
    /// The broadcasts of the lanes, their parts in the order of the lanes.
    pub broadcasts: Vec<Campaign>,
    /// The sender's charges, those of the placed singles among them.
    pub charges: Vec<Charge>,
    /// When the hours of a person open whose single waits for them alone: a plan that is committed
    /// ends there, and the next one places the single before all others.
    pub wakes: Option<Instant>,
}

impl Ahead {
    /// Which lanes of the request are the broadcasts': the first and the one after the last of
    /// each.
    pub fn lanes(&self) -> impl Iterator<Item = (&Campaign, Range<usize>)> {
        let mut next = 0;
        self.broadcasts.iter().map(move |campaign| {
            let first = next;
            next += campaign.parts.len();
            (campaign, first..next)
        })
    }
}

/// A single and its instant.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The single.
    pub campaign: Campaign,
    /// What the engine planned for it, alone: at most one run.
    pub plan: Plan,
    /// Its own layers.
    pub layers: Vec<Layer>,
}

impl Placed {
    /// Its instant, if it goes before the plan's end.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        self.plan.runs.first().map(|planned| planned.run.start)
    }
}

/// What is ahead of the sender for `campaigns`, which are active: before `until`, or all of it.
///
/// # Errors
/// When a start lies outside the instants that the engine knows.
pub fn ahead(
    sender: &Sender,
    campaigns: &[Campaign],
    charges: &[Charge],
    from: Instant,
    until: Option<Instant>,
) -> Result<Ahead, Vec<Problem>> {
    let (singles, mut broadcasts): (Vec<_>, Vec<_>) =
        campaigns.iter().cloned().partition(|campaign| campaign.kind == Kind::Single);
    // What goes at any hour is not held by what does not.
    let (at_any_hour, others): (Vec<_>, Vec<_>) =
        singles.into_iter().partition(|single| single.any_hour);
    // Nor does one that waits for its person's morning hold the others.
    let mut asleep: Vec<(Campaign, Instant)> = Vec::new();
    let mut awake = Vec::with_capacity(others.len());
    for single in others {
        match opens(&single, sender, from)? {
            Some(at) => asleep.push((single, at)),
            None => awake.push(single),
        }
    }
    let singles = at_any_hour.into_iter().chain(awake);
    let begin = from;
    let mut charges = charges.to_vec();
    let mut from = from;
    let mut placed: Vec<Placed> = Vec::new();
    // Whatever holds one single holds those behind it.
    let mut held: Option<Plan> = None;
    for campaign in singles {
        let sender = sender.towards(&campaign)?;
        let mut request =
            rules::request(&sender, std::slice::from_ref(&campaign), &charges, from, until)?;
        let waits = request.lanes.first().is_some_and(|lane| lane.count > 0);
        let plan = match held.as_ref().filter(|_| waits) {
            Some(held) => named(held.clone(), &campaign.id),
            None => tidegate::plan(&request),
        };
        if waits && held.is_none() {
            let at = begins(&plan);
            if sleeps(&request, at) {
                asleep.push((campaign, at.unwrap_or(Instant::MAX)));
                continue;
            }
        }
        if let Some(planned) = plan.runs.first() {
            from = from.max(planned.run.start);
            charge(&mut charges, &campaign, planned.run.start);
        } else if waits && held.is_none() {
            from = from.max(begins(&plan).unwrap_or(from));
            held = Some(plan.clone());
        }
        let layers = request.lanes.pop().map(|lane| lane.layers).unwrap_or_default();
        placed.push(Placed { campaign, plan, layers });
    }
    let wakes = asleep.iter().map(|(_, at)| *at).min();
    asleep.sort_by_key(|(_, at)| *at);
    for (campaign, _) in asleep {
        let mut request =
            rules::request(sender, std::slice::from_ref(&campaign), &charges, begin, until)?;
        let plan = tidegate::plan(&request);
        if let Some(planned) = plan.runs.first() {
            charge(&mut charges, &campaign, planned.run.start);
        }
        let layers = request.lanes.pop().map(|lane| lane.layers).unwrap_or_default();
        placed.push(Placed { campaign, plan, layers });
    }
    for campaign in &mut broadcasts {
        campaign.put_in_order(sender);
    }
    join(sender, &mut broadcasts, &charges, from, until)?;
    let request = rules::request(sender, &broadcasts, &charges, from, until)?;
    Ok(Ahead { singles: placed, request, broadcasts, charges, wakes })
}

/// When the first message of a plan goes, in it or later.
fn begins(plan: &Plan) -> Option<Instant> {
    let next = || plan.lanes.first().and_then(|lane| lane.next);
    plan.runs.first().map(|planned| planned.run.start).or_else(next)
}

/// Whether the hours of its person alone keep a single from what its sender lets it have: its
/// `request` begins at `at`.
fn sleeps(request: &PlanRequest, at: Option<Instant>) -> bool {
    if at == Some(request.now) {
        return false;
    }
    let mut whenever = request.clone();
    let Some(lane) = whenever.lanes.first_mut() else { return false };
    lane.layers.retain(|layer| layer.name != RECIPIENT_LAYER && layer.name != PERSON_LAYER);
    let is_any = request.lanes.first().is_some_and(|of| of.layers.len() > lane.layers.len());
    is_any && begins(&tidegate::plan(&whenever)) != at
}

/// Counts a single that goes at an instant.
fn charge(charges: &mut Vec<Charge>, single: &Campaign, at: Instant) {
    let charge = Charge {
        start: at.millis(),
        count: 1,
        every: 0,
        campaign: single.seq,
        origin: single.origin(),
    };
    charges::charge(charges, charge);
}

/// When the hours of a single's person open, where they are closed at `from`.
fn opens(
    single: &Campaign,
    sender: &Sender,
    from: Instant,
) -> Result<Option<Instant>, Vec<Problem>> {
    let mut layers = Vec::new();
    for part in &single.parts {
        for (name, hours) in single.hours_of(part, sender)? {
            let policy = Policy::parse(&hours)?;
            layers.push(Layer { name: name.to_owned(), policy, history: Vec::new() });
        }
    }
    Ok(match tidegate::decide(&layers, from) {
        Decision::Send => None,
        Decision::Wait { until, .. } => Some(until),
        Decision::Never { .. } => Some(Instant::MAX),
    })
}

/// Where campaigns share fairly, one that is yet to start joins level with the one that will have had
/// the least when it does, of those that have somebody left then: so it neither gets what it missed
/// nor waits for what the others had.
fn join(
    sender: &Sender,
    broadcasts: &mut [Campaign],
    charges: &[Charge],
    from: Instant,
    until: Option<Instant>,
) -> Result<(), Vec<Problem>> {
    if sender.order != Order::Fair {
        return Ok(());
    }
    let is_ahead = |starts: Instant| starts >= from && until.is_none_or(|until| starts < until);
    let joining = broadcasts.iter().enumerate().filter_map(|(index, campaign)| {
        let starts = Instant::from_millis(campaign.starts_ms);
        (is_ahead(starts) && campaign.released() == 0).then_some((starts, campaign.seq, index))
    });
    let mut joining: Vec<_> = joining.collect();
    joining.sort_unstable();
    for (starts, _, index) in joining.into_iter().take(JOINS_MOST) {
        let has_started = |campaign: &&Campaign| campaign.starts_ms < starts.millis();
        let before: Vec<Campaign> = broadcasts.iter().filter(has_started).cloned().collect();
        let level = if before.is_empty() {
            0
        } else {
            let request = rules::request(sender, &before, charges, from, Some(starts))?;
            least(&before, &tidegate::plan(&request))
        };
        if let Some(campaign) = broadcasts.get_mut(index) {
            campaign.joined_at = level;
        }
    }
    Ok(())
}

/// What that one of the campaigns has had by the end of a plan of theirs that has had the least.
fn least(campaigns: &[Campaign], plan: &Plan) -> i64 {
    let mut lanes = plan.lanes.iter();
    let standing = campaigns.iter().filter_map(|campaign| {
        let own = lanes.by_ref().take(campaign.parts.len());
        let planned = own.map(|lane| lane.planned).sum::<u64>();
        let planned = i64::try_from(planned).unwrap_or(i64::MAX);
        let is_left = campaign.left(rules::WHENEVER) > planned;
        is_left.then(|| campaign.sent_before().saturating_add(planned))
    });
    standing.min().unwrap_or(0)
}

fn named(mut plan: Plan, id: &str) -> Plan {
    for lane in &mut plan.lanes {
        id.clone_into(&mut lane.name);
    }
    plan
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidegate::status::CampaignStatus;
    use tidegate::{Order, PlannedRun};

    use super::*;
    use crate::dispatch::part::{Hours, Part};
    use crate::dispatch::slower::OwnPace;

    const NOON: i64 = 1_795_521_600_000;

    fn sender(policy: &Value) -> Sender {
        Sender {
            seq: 1,
            version: 1,
            policy: Policy::parse(policy).unwrap(),
            document: policy.clone(),
            team: super::super::team::Team::default(),
            order: Order::InTurn,
            pace_ms: 20,
            own_pace: OwnPace::default(),
            hold_until_ms: None,
            hold_reason: None,
            looks_up: false,
            tick_no: 0,
            planned_until_ms: 0,
            due_ms: None,
        }
    }

    fn campaign(seq: i64, kind: Kind, total: i64) -> Campaign {
        Campaign {
            seq,
            id: format!("cmp_{seq}"),
            kind,
            edition: 1,
            status: CampaignStatus::Scheduled,
            policy: Policy::parse(&json!({})).unwrap(),
            document: json!({}),
            starts_ms: NOON,
            hours: Hours { document: json!({}) },
            parts: vec![Part::whole(total, 0)],
            joined_at: 0,
            open_slices: 0,
            expires_after_ms: None,
            promises: crate::dispatch::late::Promises::default(),
            is_behind: false,
            is_cut: false,
            any_hour: false,
        }
    }

    fn instants(policy: &Value, campaigns: &[Campaign]) -> (Vec<i64>, Vec<i64>) {
        let from = Instant::from_millis(NOON);
        let ahead = ahead(&sender(policy), campaigns, &[], from, None).unwrap();
        let singles = ahead.singles.iter().flat_map(|placed| placed.plan.runs.clone());
        let plan = tidegate::plan(&ahead.request);
        let of = |runs: Vec<PlannedRun>| {
            let each = runs.into_iter().flat_map(|planned| {
                let run = planned.run;
                (0..i64::try_from(run.count).unwrap())
                    .map(move |k| (run.start.millis() + k * run.every - NOON) / 1_000)
            });
            each.collect::<Vec<_>>()
        };
        (of(singles.collect()), of(plan.runs))
    }

    #[test]
    fn singles_go_first_and_keep_the_gap_to_each_other_and_to_the_rest() {
        let campaigns = [
            campaign(1, Kind::Broadcast, 3),
            campaign(2, Kind::Single, 1),
            campaign(3, Kind::Single, 1),
        ];
        let (singles, broadcasts) = instants(&json!({ "gap": "10s" }), &campaigns);
        assert_eq!((singles, broadcasts), (vec![0, 10], vec![20, 30, 40]));
    }

    #[test]
    fn a_limit_on_what_is_queued_leaves_singles_out() {
        let campaigns = [
            campaign(1, Kind::Broadcast, 3),
            campaign(2, Kind::Single, 1),
            campaign(3, Kind::Single, 1),
        ];
        let limit = |counts: Value| {
            let mut limit = json!({ "max": 2, "rolling": "1h" });
            if counts.is_string() {
                limit["counts"] = counts;
            }
            json!({ "gap": "10s", "limits": [limit] })
        };
        let (singles, broadcasts) = instants(&limit(json!("queued")), &campaigns);
        assert_eq!((singles, broadcasts), (vec![0, 10], vec![20, 30, 3_620]));
        let (singles, broadcasts) = instants(&limit(Value::Null), &campaigns);
        assert_eq!((singles, broadcasts), (vec![0, 10], vec![3_600, 3_610, 7_200]));
    }

    #[test]
    fn an_answer_goes_outside_the_hours_and_within_the_limits() {
        let closed = json!({ "gap": "10s", "windows": [{ "from": "00:00", "to": "01:00" }] });
        let mut answer = campaign(2, Kind::Single, 1);
        answer.any_hour = true;
        let campaigns =
            [campaign(1, Kind::Broadcast, 1), campaign(3, Kind::Single, 1), answer.clone()];
        let (singles, broadcasts) = instants(&closed, &campaigns);
        assert_eq!(singles, [0, 12 * 3_600], "the answer at once, the other when it opens");
        assert_eq!(broadcasts, [12 * 3_600 + 10]);
        let full = json!({ "gap": "10s", "limits": [{ "max": 1, "rolling": "1h" }] });
        let (singles, _) = instants(&full, &[answer.clone(), Campaign { seq: 4, ..answer }]);
        assert_eq!(singles, [0, 3_600]);
    }

    #[test]
    fn a_single_that_waits_for_its_persons_morning_holds_nobody() {
        let hours = json!({ "windows": [{ "from": "08:00", "to": "21:00" }] });
        let mut sender = sender(&json!({ "gap": "10s" }));
        sender.team.hours = Some(Hours { document: hours });
        let zones = |name: &str| crate::zones::Zones::named(name).unwrap();
        let of = |seq, name: &str| {
            let mut single = campaign(seq, Kind::Single, 1);
            single.parts = vec![Part { zones: zones(name), ..Part::whole(1, 0) }];
            single
        };
        let campaigns = [of(2, "America/Los_Angeles"), of(3, "Europe/Paris")];
        let from = Instant::from_millis(NOON);
        let ahead = ahead(&sender, &campaigns, &[], from, None).unwrap();
        let at = |seq| ahead.singles.iter().find(|p| p.campaign.seq == seq).unwrap().at().unwrap();
        assert_eq!(at(3), from);
        assert_eq!(at(2).since(from), 4 * 3_600_000, "eight in Los Angeles");
        assert_eq!((ahead.wakes, ahead.request.now), (Some(at(2)), from));
    }

    #[test]
    fn a_single_whose_person_sleeps_when_the_sender_opens_holds_nobody() {
        // Noon in New York and nine in Los Angeles, where it may go; but the sender has closed, and
        // opens tomorrow at nine: six in Los Angeles.
        let hours = json!({ "windows": [{ "from": "08:00", "to": "21:00" }] });
        let window = json!([{ "from": "09:00", "to": "12:00" }]);
        let mut sender =
            sender(&json!({ "time_zone": "America/New_York", "gap": "10s", "windows": window }));
        sender.team.hours = Some(Hours { document: hours });
        let of = |seq, name: &str| {
            let mut single = campaign(seq, Kind::Single, 1);
            let zones = crate::zones::Zones::named(name).unwrap();
            single.parts = vec![Part { zones, ..Part::whole(1, 0) }];
            single
        };
        let campaigns = [
            of(2, "America/Los_Angeles"),
            of(3, "America/Los_Angeles"),
            of(4, "America/New_York"),
            campaign(5, Kind::Broadcast, 1_000),
        ];
        let from = Instant::from_millis(NOON + 5 * 3_600_000);
        let tomorrow = NOON + 26 * 3_600_000;
        let ahead = ahead(&sender, &campaigns, &[], from, None).unwrap();
        let at = |seq: i64| {
            let placed = ahead.singles.iter().find(|placed| placed.campaign.seq == seq).unwrap();
            (placed.at().unwrap().millis() - tomorrow) / 1_000
        };
        let eight = 2 * 3_600;
        assert_eq!([at(4), at(2), at(3)], [0, eight, eight + 10]);
        assert_eq!(ahead.wakes.map(Instant::millis), Some(tomorrow + eight * 1_000));
        let plan = tidegate::plan(&ahead.request);
        assert_eq!(plan.first.map(Instant::millis), Some(tomorrow + 10_000));
        let at_eight = |run: &PlannedRun| {
            let last =
                run.run.start.millis() + i64::try_from(run.run.count - 1).unwrap() * run.run.every;
            let eight = tomorrow + eight * 1_000;
            run.run.start.millis() < eight + 20_000
                && last >= eight
                && (0..i64::try_from(run.run.count).unwrap())
                    .map(|k| run.run.start.millis() + k * run.run.every)
                    .any(|at| (eight..eight + 20_000).contains(&at))
        };
        assert!(!plan.runs.iter().any(at_eight), "the singles have their places");
    }

    #[test]
    fn no_broadcast_slips_in_before_a_single_by_a_shorter_draw() {
        let policy = json!({ "gap": "10s", "jitter": "60s" });
        let from = Instant::from_millis(NOON);
        let before = Charge {
            start: NOON - 1_000,
            count: 1,
            every: 0,
            campaign: 9,
            origin: tidegate::Origin::Queued,
        };
        for seq in 2..60 {
            let campaigns = [campaign(1, Kind::Broadcast, 5), campaign(seq, Kind::Single, 1)];
            let ahead = ahead(&sender(&policy), &campaigns, &[before], from, None).unwrap();
            let single = ahead.singles[0].at().unwrap();
            let first = tidegate::plan(&ahead.request).first.unwrap();
            assert!(first.since(single) >= 10_000, "single {seq}");
        }
    }
}
