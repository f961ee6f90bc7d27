//! The rules that hold for a sender's campaigns, as the engine's plan request: the one place
//! where it is made, so that the preview and the tick cannot ask different questions.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate::status::CampaignStatus;
use tidegate::{Instant, Layer, Order, Origin, PlanRequest, Policy, Problem};

use super::charges::{self, Charge};
use super::lanes::{self, RECIPIENT_LAYER};
use super::late::Promises;
use super::part::{Hours, Part, put_in_order};
use super::slower::OwnPace;
use super::supply::Backlog;
use super::team::{PERSON_LAYER, TEAM_LAYER, Team};
use crate::model::Kind;

/// A sender, as the dispatcher sees it.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Its number.
    pub seq: i64,
    /// Which version of its rules this is.
    pub version: i64,
    /// Its rules.
    pub policy: Policy,
    /// The document they were parsed from.
    pub document: Value,
    /// What its team asks.
    pub team: Team,
    /// Who goes first where several campaigns could.
    pub order: Order,
    /// The shortest time between two messages that its provider takes, in ms.
    pub pace_ms: i64,
    /// How it goes where its messages fell behind that.
    pub own_pace: OwnPace,
    /// Its provider asked for time: nothing goes before, ms.
    pub hold_until_ms: Option<i64>,
    /// What it said.
    pub hold_reason: Option<String>,
    /// Whether its provider can be asked what became of a message.
    pub looks_up: bool,
    /// The last tick that was committed.
    pub tick_no: i64,
    /// Every run before it is committed.
    pub planned_until_ms: i64,
    /// When it is to be looked at, ms.
    pub due_ms: Option<i64>,
}

impl Sender {
    /// The sender as its rules are for a campaign: for an answer, without the hours, its own and its
    /// team's.
    ///
    /// # Errors
    /// None in practice: a policy with fewer rules is one.
    pub fn towards(&self, campaign: &Campaign) -> Result<Cow<'_, Self>, Vec<Problem>> {
        if !campaign.any_hour {
            return Ok(Cow::Borrowed(self));
        }
        let mut document = self.document.clone();
        if let Some(fields) = document.as_object_mut() {
            fields.retain(|name, _| !HOURS.contains(&name.as_str()));
        }
        let policy = Policy::parse(&document)?;
        Ok(Cow::Owned(Self { policy, document, team: Team::default(), ..self.clone() }))
    }
}

/// The rules of a policy that say at what time anything may go at all.
const HOURS: [&str; 4] = ["windows", "blocked", "starts_at", "ends_at"];

/// A campaign, as the dispatcher sees it.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Whether it is a list of people or one message.
    pub kind: Kind,
    /// Which edition of what it sends and when this is.
    pub edition: i64,
    /// Where it stands.
    pub status: CampaignStatus,
    /// Its own rules.
    pub policy: Policy,
    /// The document they were parsed from.
    pub document: Value,
    /// Nothing of it goes before, ms.
    pub starts_ms: i64,
    /// The hours in which it may reach its people, each on their own clock.
    pub hours: Hours,
    /// Its people by zone; one part where nobody has a zone.
    pub parts: Vec<Part>,
    /// What the campaigns beside it had sent when it joined them: where they share fairly, they
    /// do so from then on.
    pub joined_at: i64,
    /// How many slices of it are not done, and how many messages are being looked up.
    pub open_slices: i64,
    /// A message that cannot go within this time of its promise is left out, ms; none: it goes when
    /// it can.
    pub expires_after_ms: Option<i64>,
    /// What was promised, as far as it matters now.
    pub promises: Promises,
    /// More of it may be too late than is left out at once: what goes next is not known yet.
    pub is_behind: bool,
    /// More of it came back than is brought at a time.
    pub is_cut: bool,
    /// It goes at any hour: our own answer to STOP or HELP. Limits and gaps hold for it too.
    pub any_hour: bool,
}

impl Campaign {
    /// Whether messages of it may be released. Of a completed one these are the messages that an
    /// operator sends again.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self.status {
            CampaignStatus::Scheduled | CampaignStatus::InProgress => true,
            CampaignStatus::Completed => self.backlog().next().is_some(),
            _ => false,
        }
    }

    /// Whether its people are kept by zone.
    #[must_use]
    pub fn is_in_zones(&self) -> bool {
        self.parts.iter().any(|part| !part.zones.is_empty())
    }

    /// What came back.
    pub fn backlog(&self) -> impl Iterator<Item = &Backlog> {
        self.parts.iter().flat_map(|part| &part.backlog)
    }

    /// Takes messages up that came back: they are of one part.
    pub fn take_back(&mut self, entry: Backlog) {
        let of = self.parts.iter().position(|part| part.has(entry.first)).unwrap_or(0);
        if let Some(part) = self.parts.get_mut(of) {
            part.backlog.push(entry);
        }
    }

    /// How many messages were ever released.
    #[must_use]
    pub fn cursor(&self) -> i64 {
        self.parts.iter().map(|part| part.cursor).sum()
    }

    /// How many messages were released and did not come back.
    #[must_use]
    pub fn released(&self) -> i64 {
        self.parts.iter().map(Part::released).sum()
    }

    /// How many messages count as sent where campaigns share fairly.
    #[must_use]
    pub fn sent_before(&self) -> i64 {
        self.joined_at + self.released()
    }

    /// How many messages may be released as of `now`.
    #[must_use]
    pub fn left(&self, now: Instant) -> i64 {
        self.parts.iter().map(|part| part.supply(now).count()).sum()
    }

    /// Its parts in the order in which they take their turn.
    pub fn put_in_order(&mut self, sender: &Sender) {
        let default = self.hours.default_zone(sender.policy.zone());
        put_in_order(&mut self.parts, default, Instant::from_millis(self.starts_ms));
    }

    /// The hours in which it may reach the people of a part, as layers' names and policies'
    /// documents: the campaign's, which name the zone, and the team's, once for each zone that they
    /// may be in. None where they may be reached at any hour and have no zone.
    ///
    /// # Errors
    /// As [`Hours::of`].
    pub fn hours_of(
        &self,
        part: &Part,
        sender: &Sender,
    ) -> Result<Vec<(&'static str, Value)>, Vec<Problem>> {
        let default = self.hours.default_zone(sender.policy.zone());
        let mut layers = Vec::new();
        if !part.zones.is_empty() || !self.hours.are_open() {
            for zone in part.zones.or(default) {
                layers.push((RECIPIENT_LAYER, self.hours.of(zone)?));
            }
        }
        if let Some(hours) = &sender.team.hours {
            for zone in part.zones.or(hours.default_zone(default)) {
                layers.push((PERSON_LAYER, hours.of(zone)?));
            }
        }
        Ok(layers)
    }

    /// What its messages are charged as.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        match self.kind {
            Kind::Broadcast => Origin::Queued,
            Kind::Single => Origin::Single,
        }
    }
}

/// Gives the places back of everything that came back. Returns the starts of the charges that changed.
pub fn give_back(campaigns: &[Campaign], ledger: &mut Vec<Charge>) -> BTreeSet<i64> {
    let mut starts = BTreeSet::new();
    for campaign in campaigns {
        for entry in campaign.backlog() {
            if let Some(pace) = entry.charged {
                let gone = Charge {
                    start: pace.start,
                    count: entry.count,
                    every: pace.every,
                    campaign: campaign.seq,
                    origin: campaign.origin(),
                };
                starts.extend(charges::give_back(ledger, &gone));
            }
        }
    }
    starts
}

/// The name of the layer in which the provider holds a sender.
pub const PROVIDER_LAYER: &str = "provider";

/// The layers that every message of the sender has to pass: its provider's pace, its rules, its
/// team's, and its provider's wish to be left alone.
///
/// # Errors
/// None in practice: the pace is always a valid policy.
pub fn shared(sender: &Sender, charges: &[Charge]) -> Result<Vec<Layer>, Vec<Problem>> {
    let history: Vec<_> = charges.iter().map(Charge::run).collect();
    let layer =
        |name: &str, policy| Layer { name: name.to_owned(), policy, history: history.clone() };
    let pace = Policy::parse(&pace(sender))?;
    let mut layers = vec![layer("pace", pace), layer("sender", sender.policy.clone())];
    if let Some(rules) = &sender.team.rules {
        layers.push(layer(TEAM_LAYER, rules.policy.clone()));
    }
    if let Some(hold) = hold(sender) {
        layers.push(layer(PROVIDER_LAYER, Policy::parse(&hold)?));
    }
    Ok(layers)
}

/// Read in the sender's zone, for the sentence that says until when.
fn hold(sender: &Sender) -> Option<Value> {
    let until = Instant::from_millis(sender.hold_until_ms?).to_utc();
    let zone = sender.policy.zone().name();
    Some(json!({ "time_zone": zone, "starts_at": until.to_rfc3339() }))
}

fn pace(sender: &Sender) -> Value {
    let pace_ms = sender.own_pace.of(sender.pace_ms);
    json!({ "gap": format!("{}ms", pace_ms.max(1)) })
}

/// Read in the sender's zone, for the sentence that says when it starts.
pub(super) fn schedule(campaign: &Campaign, sender: &Sender) -> Value {
    let start = Instant::from_millis(campaign.starts_ms).to_utc();
    json!({ "time_zone": sender.policy.zone().name(), "starts_at": start.to_rfc3339() })
}

/// The same request as a document, for a page to plan with.
///
/// # Errors
/// As [`lanes::request`].
pub fn document(
    sender: &Sender,
    campaigns: &[Campaign],
    charges: &[Charge],
    now: Instant,
) -> Result<Value, Vec<Problem>> {
    let all: Vec<_> = charges.iter().map(Charge::run).collect();
    let (mut groups, mut lanes) = (Vec::new(), Vec::new());
    for campaign in campaigns {
        let of = lanes::document(sender, campaign, charges, groups.len())?;
        groups.extend(of.group);
        lanes.extend(of.lanes);
    }
    let layer = lanes::layer_document;
    let mut shared =
        vec![layer("pace", &pace(sender), &all), layer("sender", &sender.document, &all)];
    let team = sender.team.rules.as_ref();
    shared.extend(team.map(|rules| layer(TEAM_LAYER, &rules.document, &all)));
    shared.extend(hold(sender).map(|hold| layer(PROVIDER_LAYER, &hold, &all)));
    Ok(json!({
        "shared": shared,
        "groups": groups,
        "lanes": lanes,
        "order": if sender.order == Order::Fair { "fair" } else { "in_turn" },
        "now": now,
    }))
}

/// A plan of all that is left takes what has to wait a while for granted.
pub const WHENEVER: Instant = Instant::MAX;

/// The plan request for `campaigns`, in the order in which they take their turn: up to `until`, or
/// of all that is left. Its lanes are those of the campaigns' parts, one after the other.
///
/// # Errors
/// As [`lanes::request`].
pub fn request(
    sender: &Sender,
    campaigns: &[Campaign],
    charges: &[Charge],
    now: Instant,
    until: Option<Instant>,
) -> Result<PlanRequest, Vec<Problem>> {
    let ready = if until.is_some() { now } else { WHENEVER };
    let mut request = PlanRequest {
        shared: shared(sender, charges)?,
        groups: Vec::new(),
        lanes: Vec::with_capacity(campaigns.len()),
        order: sender.order,
        now,
        until,
        detail: None,
    };
    for campaign in campaigns {
        let of = lanes::request(sender, campaign, charges, ready, request.groups.len())?;
        request.groups.extend(of.group);
        request.lanes.extend(of.lanes);
    }
    Ok(request)
}

/// The seed of a campaign's jitter: from its id, so that page and dispatcher draw the same. Below
/// 2^53, so that JavaScript keeps it exactly.
#[must_use]
pub fn seed(id: &str) -> u64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash >> 11
}

/// What a campaign that joins `others` starts from where they share fairly: as much as the one
/// that has had the least, of those that have somebody left.
#[must_use]
pub fn joins_at(others: &[Campaign]) -> i64 {
    let going = others.iter().filter(|other| other.left(WHENEVER) > 0);
    going.map(Campaign::sent_before).min().unwrap_or(0)
}

/// When a campaign that is to go "now" starts: the next full ten seconds at least
/// [`START_LEAD_MS`] away, so that a preview and the click after it name the same instant.
#[must_use]
pub const fn start_now(now: Instant) -> Instant {
    let soonest = now.millis() + START_LEAD_MS;
    let step = 10_000;
    Instant::from_millis((soonest + step - 1).div_euclid(step) * step)
}

/// See [`start_now`].
pub const START_LEAD_MS: i64 = 20_000;

/// The time between a commit and its first instant: what the queue needs to bring it over.
pub const COMMIT_LEAD_MS: i64 = 2_000;

/// The time between a promise and its first instant, in ms: what its own commit and that of its
/// runs need, so that these go when it says.
pub const PROMISE_LEAD_MS: i64 = 5_000;
