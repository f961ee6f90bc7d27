//! Loads what the dispatcher decides on: rows in, [`Sender`] and [`Campaign`] out.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate::status::CampaignStatus;
use tidegate::{Instant, Order, Policy};

use super::{CommandError, backlogs, ledgers};
use crate::dispatch::charges::Charge;
use crate::dispatch::late::Promises;
use crate::dispatch::ledger::Ledger;
use crate::dispatch::part::{Hours, Part};
use crate::dispatch::person::Limits;
use crate::dispatch::rules::{self, Campaign, PROMISE_LEAD_MS, Sender};
use crate::dispatch::slower::OwnPace;
use crate::dispatch::team::{Rules, Team};
use crate::model::{Lateness, ProviderConfig, Purpose};
use crate::store::ticks::{self, CampaignRow, SenderRow, ZoneRow};
use crate::store::{Database, Statement, StoreError, commands};
use crate::zones::Zones;

/// A sender with its campaigns and what was charged to it.
#[derive(Clone, Debug)]
pub struct SenderState {
    /// The sender.
    pub sender: Sender,
    /// Its campaigns with work, in the order in which they take their turn.
    pub campaigns: Vec<Campaign>,
    /// Those of them that have a backlog, by number, with the most entries of it that are brought.
    pub with_backlog: BTreeMap<i64, i64>,
    /// What was charged to it, as far back as any rule counts.
    pub ledger: Ledger,
}

impl SenderState {
    /// The campaigns that take their turn.
    #[must_use]
    pub fn active(&self) -> Vec<Campaign> {
        self.campaigns.iter().filter(|campaign| campaign.is_active()).cloned().collect()
    }

    /// The charges without the places of what came back: what the next tick plans with.
    #[must_use]
    pub fn charged(&self) -> Vec<Charge> {
        let mut charges = self.ledger.charges.clone();
        charges.sort_unstable();
        rules::give_back(&self.campaigns, &mut charges);
        charges
    }

    /// From where on a plan is made that is promised: where the sender's messages are not
    /// committed yet, with time for the promise itself to be committed. `charges` are the sender's
    /// without what comes back: behind the last of them nothing stands in the way of planning
    /// again.
    #[must_use]
    pub fn begins(&self, charges: &[Charge], now: Instant) -> Instant {
        let last = charges.iter().map(Charge::last).max().unwrap_or(0);
        let committed = self.sender.planned_until_ms.min(last);
        Instant::from_millis(committed.max(now.millis() + PROMISE_LEAD_MS))
    }
}

/// The row of a team's campaign, for what people ask of it.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn campaign_row(
    db: &impl Database,
    team_id: &str,
    id: &str,
) -> Result<commands::CampaignRow, CommandError> {
    let row = db.run(commands::campaign(team_id, id)).await?.first()?;
    row.ok_or(CommandError::NotFound)
}

/// The state of the senders that `senders` selects, without what was promised
/// ([`expiring`](super::expiring)). `also` is a campaign that is brought whatever its status.
///
/// # Errors
/// [`StoreError`] when the database fails or holds a document that does not parse.
pub async fn load(
    db: &impl Database,
    senders: Statement,
    also: Option<i64>,
    now: Instant,
) -> Result<Vec<SenderState>, StoreError> {
    let mut states = with_campaigns(db, senders, also, now).await?;
    backlogs::bring(db, &mut states, also).await?;
    ledgers::bring(db, &mut states, now).await?;
    Ok(states)
}

/// The most that is brought together of what senders have beside their state, in bytes; of one sender,
/// all.
const TOGETHER_BYTES: i64 = 6_000_000;

/// The senders, in order, in groups that have no more than fits into an invocation at a time of what
/// `bytes` weighs.
pub(super) fn in_groups(
    states: Vec<SenderState>,
    bytes: impl Fn(&SenderState) -> i64,
) -> Vec<Vec<SenderState>> {
    let mut groups: Vec<Vec<SenderState>> = Vec::new();
    let mut together = 0;
    for state in states {
        let bytes = bytes(&state);
        together += bytes;
        match groups.last_mut() {
            Some(group) if together <= TOGETHER_BYTES => group.push(state),
            _ => {
                groups.push(vec![state]);
                together = bytes;
            }
        }
    }
    groups
}

/// What each sender's campaigns weigh together, by what each campaign does.
pub(super) fn weight(sizes: &BTreeMap<i64, i64>) -> impl Fn(&SenderState) -> i64 + '_ {
    |state| state.campaigns.iter().filter_map(|of| sizes.get(&of.seq)).sum()
}

/// The campaigns of these senders by number.
pub(super) fn campaigns_by_seq(states: &mut [SenderState]) -> BTreeMap<i64, &mut Campaign> {
    let campaigns = states.iter_mut().flat_map(|state| &mut state.campaigns);
    campaigns.map(|campaign| (campaign.seq, campaign)).collect()
}

/// The same as [`load`] without the ledgers, and without what came back of the campaigns.
///
/// # Errors
/// As [`load`].
pub async fn with_campaigns(
    db: &impl Database,
    senders: Statement,
    also: Option<i64>,
    now: Instant,
) -> Result<Vec<SenderState>, StoreError> {
    let rows: Vec<SenderRow> = db.run(senders).await?.all()?;
    let mut states = rows
        .into_iter()
        .map(|row| {
            Ok((
                row.seq,
                SenderState {
                    sender: sender(&row, now)?,
                    campaigns: Vec::new(),
                    with_backlog: BTreeMap::new(),
                    ledger: Ledger::default(),
                },
            ))
        })
        .collect::<Result<BTreeMap<_, _>, StoreError>>()?;
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let seqs: Vec<i64> = states.keys().copied().collect();
    // What comes back after they were read is seen now or by the next tick: its slice counts as open.
    for row in db.run(ticks::campaigns(&seqs, also)).await?.all::<CampaignRow>()? {
        if let Some(state) = states.get_mut(&row.sender_seq) {
            if row.has_backlog != 0 {
                state.with_backlog.insert(row.seq, i64::MAX);
            }
            state.campaigns.push(campaign(row)?);
        }
    }
    Ok(states.into_values().collect())
}

fn sender(row: &SenderRow, now: Instant) -> Result<Sender, StoreError> {
    let provider: ProviderConfig = parsed(&row.provider)?;
    Ok(Sender {
        seq: row.seq,
        version: row.version,
        policy: policy(&row.policy)?,
        document: parsed(&row.policy)?,
        team: team(row)?,
        order: if row.lane_order == "fair" { Order::Fair } else { Order::InTurn },
        pace_ms: provider.pace_ms(),
        own_pace: OwnPace {
            slow_ms: row.slow_ms,
            since_tick: row.slowed_tick,
            since_until_ms: row.slowed_until_ms,
            behind: row.behind,
        },
        hold_until_ms: Some(row.hold_until_ms).filter(|until| *until > now.millis()),
        hold_reason: row.hold_reason.clone(),
        looks_up: provider.looks_up(),
        tick_no: row.tick_no,
        planned_until_ms: row.planned_until_ms,
        due_ms: row.due_ms,
    })
}

/// What a sender's team asks.
///
/// # Errors
/// [`StoreError::Failed`] when a rule is not one any more.
pub(super) fn team(row: &SenderRow) -> Result<Team, StoreError> {
    let rules = |text: &String| -> Result<Rules, StoreError> {
        Ok(Rules { policy: policy(text)?, document: parsed(text)? })
    };
    let person = row.person_policy.as_deref().map(parsed::<Value>).transpose()?;
    let hours = person.as_ref().and_then(|person| person.get("hours"));
    Ok(Team {
        rules: row.team_policy.as_ref().map(rules).transpose()?,
        hours: hours.map(|document| Hours { document: document.clone() }).filter(|h| !h.are_open()),
        has_limits: person.is_some_and(|person| Limits::parse(&person).is_ok_and(|l| l.is_some())),
    })
}

fn campaign(row: CampaignRow) -> Result<Campaign, StoreError> {
    let status = status(&row.status)?;
    let lateness: Lateness = parsed(&row.lateness)?;
    let mut parts = parts(&row)?;
    if status == CampaignStatus::Completed {
        // Whom it never came to is not taken up again.
        parts.iter_mut().for_each(Part::close);
    }
    Ok(Campaign {
        seq: row.seq,
        kind: row.kind,
        edition: row.edition,
        status,
        policy: policy(&row.policy)?,
        document: parsed(&row.policy)?,
        id: row.id,
        starts_ms: row.starts_ms.unwrap_or(0),
        hours: Hours { document: parsed(&row.recipient_policy)? },
        parts,
        joined_at: row.joined_at,
        open_slices: row.open_slices,
        expires_after_ms: lateness.after_ms(),
        promises: Promises::default(),
        is_behind: false,
        is_cut: false,
        any_hour: row.purpose == Some(Purpose::Answer),
    })
}

/// A campaign's people by zone.
///
/// # Errors
/// [`StoreError::Failed`] when a zone is not known any more.
fn parts(row: &CampaignRow) -> Result<Vec<Part>, StoreError> {
    let zones: Vec<ZoneRow> = parsed(&row.zones)?;
    if zones.is_empty() {
        return Ok(vec![Part::whole(row.total, row.cursor)]);
    }
    zones.iter().map(part).collect()
}

/// People of a campaign who share a zone.
///
/// # Errors
/// [`StoreError::Failed`] when the zone is not known any more.
pub fn part(row: &ZoneRow) -> Result<Part, StoreError> {
    let Some(zones) = Zones::named(&row.time_zone) else {
        let why = format!("`{}` is not in this release of the zone data", row.time_zone);
        return Err(StoreError::Failed(why));
    };
    Ok(Part { zones, ranges: parsed(&row.ranges)?, cursor: row.cursor, backlog: Vec::new() })
}

/// A policy as it was accepted.
///
/// # Errors
/// [`StoreError::Failed`] when it is not one any more.
pub fn policy(text: &str) -> Result<Policy, StoreError> {
    let document: Value = parsed(text)?;
    Policy::parse(&document).map_err(|problems| {
        let first = problems.first().map_or("", |problem| problem.message.as_str());
        StoreError::Failed(format!("a stored policy is not valid: {first}"))
    })
}

/// A campaign's status by its name.
///
/// # Errors
/// [`StoreError::Failed`] for any other name.
pub fn status(name: &str) -> Result<CampaignStatus, StoreError> {
    CampaignStatus::named(name)
        .ok_or_else(|| StoreError::Failed(format!("`{name}` is no campaign status")))
}

/// A stored document.
///
/// # Errors
/// [`StoreError::Failed`] when it is not of that shape.
pub fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
