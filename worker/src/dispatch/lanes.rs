//! The lanes of a campaign: one for each part of its people, in a group that shares the campaign's
//! own rules where there are several.

use serde_json::{Value, json};
use tidegate::{Group, Instant, Lane, Layer, Policy, Problem, Run, draw};

use super::charges::Charge;
use super::part::Part;
use super::rules::{self, Campaign, Sender, WHENEVER, seed};

/// The name of the layer that holds the hours of a part's people.
pub const RECIPIENT_LAYER: &str = "recipient";

/// The lanes of one campaign, one for each of its parts, and the group in which they share the
/// campaign's rules; none where there is one lane.
#[derive(Clone, Debug)]
pub struct Lanes<G, L> {
    /// Its own rules over its own sends, and its start.
    pub group: Option<G>,
    /// In the order of its parts, what of each may be released.
    pub lanes: Vec<L>,
}

/// The lanes of a campaign, with what of it may be released as of `ready`. In its group they are
/// the group with the index `group`.
///
/// # Errors
/// When its start lies outside the instants that the engine knows.
pub fn request(
    sender: &Sender,
    campaign: &Campaign,
    charges: &[Charge],
    ready: Instant,
    group: usize,
) -> Result<Lanes<Group, Lane>, Vec<Problem>> {
    let own = charges.iter().filter(|c| c.campaign == campaign.seq);
    let layer = |name: &str, policy, history| Layer { name: name.to_owned(), policy, history };
    let mut common = vec![
        layer("campaign", campaign.policy.clone(), own.map(Charge::run).collect()),
        layer("schedule", Policy::parse(&rules::schedule(campaign, sender))?, Vec::new()),
    ];
    let in_group = campaign.parts.len() > 1;
    let mut lanes = Vec::with_capacity(campaign.parts.len());
    for part in &campaign.parts {
        let mut layers = if in_group { Vec::new() } else { std::mem::take(&mut common) };
        for (name, hours) in campaign.hours_of(part, sender)? {
            layers.push(layer(name, Policy::parse(&hours)?, Vec::new()));
        }
        let count = if campaign.is_behind { 0 } else { part.supply(ready).count() };
        lanes.push(Lane {
            name: campaign.id.clone(),
            layers,
            count: u64::try_from(count).unwrap_or(0),
            seed: seed_of(campaign, part),
            first_ordinal: u64::try_from(part.released()).unwrap_or(0),
            sent_before: if in_group { 0 } else { sent_before(campaign) },
            group: in_group.then_some(group),
        });
    }
    let group = in_group.then(|| Group {
        name: campaign.id.clone(),
        layers: common,
        sent_before: sent_before(campaign),
    });
    Ok(Lanes { group, lanes })
}

/// What the message with that place in a part of a campaign draws for its jitter.
#[must_use]
pub fn drawn(campaign: &Campaign, part: &Part, place: i64) -> u64 {
    draw(seed_of(campaign, part), u64::try_from(place).unwrap_or(0))
}

/// Every layer that a message of each part of a campaign has to pass, in the order of its parts.
///
/// # Errors
/// As [`request`].
pub fn layers(
    sender: &Sender,
    campaign: &Campaign,
    charges: &[Charge],
    ready: Instant,
) -> Result<Vec<Vec<Layer>>, Vec<Problem>> {
    let Lanes { group, lanes } = request(sender, campaign, charges, ready, 0)?;
    let mut common = rules::shared(sender, charges)?;
    common.extend(group.into_iter().flat_map(|group| group.layers));
    let each = lanes.into_iter().map(|lane| common.iter().cloned().chain(lane.layers).collect());
    Ok(each.collect())
}

fn sent_before(campaign: &Campaign) -> u64 {
    u64::try_from(campaign.sent_before()).unwrap_or(0)
}

/// The same lanes as documents, with all that is left of each.
///
/// # Errors
/// As [`request`].
pub fn document(
    sender: &Sender,
    campaign: &Campaign,
    charges: &[Charge],
    group: usize,
) -> Result<Lanes<Value, Value>, Vec<Problem>> {
    let own = charges.iter().filter(|c| c.campaign == campaign.seq);
    let own: Vec<_> = own.map(Charge::run).collect();
    let mut common = vec![
        layer_document("campaign", &campaign.document, &own),
        layer_document("schedule", &rules::schedule(campaign, sender), &[]),
    ];
    let in_group = campaign.parts.len() > 1;
    let mut lanes = Vec::with_capacity(campaign.parts.len());
    for part in &campaign.parts {
        let mut layers = if in_group { Vec::new() } else { std::mem::take(&mut common) };
        let hours = campaign.hours_of(part, sender)?.into_iter();
        layers.extend(hours.map(|(name, hours)| layer_document(name, &hours, &[])));
        let mut lane = json!({
            "name": campaign.id,
            "layers": layers,
            "count": part.supply(WHENEVER).count(),
            "seed": seed_of(campaign, part),
            "first_ordinal": part.released(),
        });
        if let Some(fields) = lane.as_object_mut() {
            let (name, value) = if in_group {
                ("group", json!(group))
            } else {
                ("sent_before", json!(campaign.sent_before()))
            };
            fields.insert(name.into(), value);
        }
        lanes.push(lane);
    }
    let group = in_group.then(
        || json!({ "name": campaign.id, "layers": common, "sent_before": campaign.sent_before() }),
    );
    Ok(Lanes { group, lanes })
}

/// A layer as a document.
#[must_use]
pub fn layer_document(name: &str, policy: &Value, history: &[Run]) -> Value {
    json!({ "name": name, "policy": policy, "history": history })
}

/// The seed of a part's jitter: from the campaign's id, and from the zone where there is more than
/// one. What goes in a zone must not depend on whom else there is.
fn seed_of(campaign: &Campaign, part: &Part) -> u64 {
    if part.zones.is_empty() {
        return seed(&campaign.id);
    }
    seed(&format!("{} {}", campaign.id, part.zones.name()))
}
