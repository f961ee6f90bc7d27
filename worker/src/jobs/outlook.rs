//! What lies ahead of a sender, and what a campaign waits for: the same request that the tick
//! plans with, asked without committing anything.

use serde_json::{Value, json};
use tidegate::time::clock_text;
use tidegate::{Code, Decision, Instant, Reason};

use super::{CommandError, state};
use crate::dispatch::ahead::ahead;
use crate::dispatch::charges::Charge;
use crate::dispatch::lanes;
use crate::dispatch::ledger::{self, PAGE_RUNS};
use crate::dispatch::rules::{self, Campaign, PROVIDER_LAYER, Sender};
use crate::dispatch::team::PERSON_LAYER;
use crate::store::{Database, ticks};

/// Shorter waits are the pace of sending, not something to explain, in ms.
const WORTH_SAYING_MS: i64 = 2_000;

/// And so are gaps up to this long, in ms: said, they would come and go with each message.
const PACE_GAP_MS: i64 = 60_000;

/// The plan request of everything that the sender still has to send, as a document for the
/// engine: `{shared, groups, lanes, order, now}`, and `starts_at`, the start of a campaign that would
/// be scheduled right now. A lane for people of one zone names it in its layer `recipient`. Singles
/// have their instants already, and are in the history. A page adds its draft as one more lane.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn of_sender(
    db: &impl Database,
    team_id: &str,
    sender_id: &str,
    now: Instant,
) -> Result<Value, CommandError> {
    let mut states = state::load(db, ticks::sender_by_id(team_id, sender_id), None, now).await?;
    let state = states.pop().ok_or(CommandError::NotFound)?;
    let charges = state.charged();
    let from = state.begins(&charges, now);
    let ahead = ahead(&state.sender, &state.active(), &charges, from, None)
        .map_err(CommandError::Invalid)?;
    let from = ahead.request.now;
    let charges = ledger::for_page(&state.sender, &ahead.broadcasts, ahead.charges, PAGE_RUNS, now);
    let document = rules::document(&state.sender, &ahead.broadcasts, &charges, from);
    let mut document = document.map_err(CommandError::Invalid)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("starts_at".into(), json!(rules::start_now(now)));
    }
    Ok(document)
}

/// What an active campaign waits for at `now`: `{until, because}`, or null when messages may go.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn waiting(
    db: &impl Database,
    team_id: &str,
    campaign_id: &str,
    now: Instant,
) -> Result<Option<Value>, CommandError> {
    let row = state::campaign_row(db, team_id, campaign_id).await?;
    let mut states = state::load(db, ticks::sender(row.sender_seq), Some(row.seq), now).await?;
    let state = states.pop().ok_or(CommandError::NotFound)?;
    let campaign = state.campaigns.iter().find(|campaign| campaign.seq == row.seq);
    let Some(campaign) = campaign.filter(|campaign| campaign.is_active()) else {
        return Ok(None);
    };
    // Messages that are committed for later are what it waits for, not a reason to wait.
    let charged = state.charged();
    let sent: Vec<Charge> =
        charged.iter().filter_map(|charge| charge.until(now.millis())).collect();
    let people: Vec<bool> =
        campaign.parts.iter().map(|part| part.supply(now).count() > 0).collect();
    let has_people = people.contains(&true);
    if !has_people && campaign.open_slices == 0 {
        return Ok(for_people(&state.sender, campaign, now));
    }
    let sender = state.sender.towards(campaign).map_err(CommandError::Invalid)?;
    // Of several parts nobody knows here whose the committed messages are.
    let committed = match campaign.parts.len() {
        1 => count_of(campaign, &charged) - count_of(campaign, &sent),
        _ => 0,
    };
    let layers = lanes::layers(&sender, campaign, &sent, now).map_err(CommandError::Invalid)?;
    let parts = campaign.parts.iter().zip(layers).zip(people);
    let decisions =
        parts.filter(|(_, is_left)| *is_left || !has_people).map(|((part, layers), _)| {
            let place = part.released() - committed;
            tidegate::decide_drawn(&layers, now, lanes::drawn(campaign, part, place))
        });
    // The zone that may be reached first is the one that is waited for.
    let Some(decision) = decisions.min_by_key(opening) else { return Ok(None) };
    Ok(match decision {
        Decision::Send => None,
        Decision::Wait { until, because } if is_pace(until.since(now), &because) => None,
        Decision::Wait { until, because } => {
            Some(json!({ "until": until, "because": reasons(&state.sender, because, now) }))
        }
        Decision::Never { because } => {
            Some(json!({ "until": null, "because": reasons(&state.sender, because, now) }))
        }
    })
}

/// Whether a wait is no more than the pace of sending.
fn is_pace(ms: i64, because: &[Reason]) -> bool {
    let is_gap = because.iter().all(|reason| reason.code == Code::Gap);
    ms < if is_gap { PACE_GAP_MS } else { WORTH_SAYING_MS }
}

/// How many messages of a campaign were charged.
fn count_of(campaign: &Campaign, charges: &[Charge]) -> i64 {
    let own = charges.iter().filter(|charge| charge.campaign == campaign.seq);
    own.map(|charge| charge.count).sum()
}

/// Nobody of the campaign is left but those who had as much as a person may get.
fn for_people(sender: &Sender, campaign: &Campaign, now: Instant) -> Option<Value> {
    if !sender.team.has_limits || sender.hold_until_ms.is_some() {
        return None;
    }
    let waiting =
        campaign.backlog().filter(|entry| entry.doubts == 0 && entry.due_ms > now.millis());
    let (mut people, mut first) = (0, i64::MAX);
    for entry in waiting {
        people += entry.count;
        first = first.min(entry.due_ms);
    }
    if people == 0 {
        return None;
    }
    let until = Instant::from_millis(first);
    let clock = clock_text(sender.policy.zone(), until, now);
    let text = match people {
        1 => format!("the person had as many messages as one may get; it can go at {clock}"),
        _ => format!(
            "{people} people had as many messages as one may get; the first of theirs can go at \
             {clock}"
        ),
    };
    Some(json!({ "until": until, "because": [{
        "layer": PERSON_LAYER, "gate": "limits", "code": "person_limit", "until": until,
        "text": text,
    }] }))
}

/// When a decision lets a message go.
fn opening(decision: &Decision) -> Instant {
    match decision {
        Decision::Send => Instant::MIN,
        Decision::Wait { until, .. } => *until,
        Decision::Never { .. } => Instant::MAX,
    }
}

/// The engine's reasons, with the provider's own words where it is the provider that is waited for:
/// to the engine that is a start like any other.
fn reasons(sender: &Sender, because: Vec<Reason>, now: Instant) -> Vec<Value> {
    let word = |reason: Reason| {
        let mut document = json!(reason);
        if let (PROVIDER_LAYER, Some(until), Some(fields)) =
            (reason.layer.as_str(), reason.until, document.as_object_mut())
        {
            let until = clock_text(sender.policy.zone(), until, now);
            let said = sender.hold_reason.as_deref().unwrap_or("it did not say why");
            let text = format!("the provider is left alone until {until}: {said}");
            fields.insert("code".into(), json!("provider_hold"));
            fields.insert("gate".into(), json!("hold"));
            fields.insert("text".into(), json!(text));
        }
        document
    };
    because.into_iter().map(word).collect()
}
