//! Answers requests by walking time forward.
//!
//! The earliest instant is found by steps that need no thought: from tick to tick while the wall
//! clock shuts the message out, and from one freeing instant to the next while the history does.
//! A tick is a quarter of an hour, cut where the policy's own clock times need it: since 2012 no
//! zone has changed its offset at any other instant.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::layer::{Gate, Layer};
use crate::read;
use crate::splitmix::SplitMix64;
use crate::{DAY, Ms};

/// How far a search looks ahead of where it starts.
const HORIZON: Ms = 731 * DAY;

/// The earliest instant from `start` at which every one of `gates` is open, within the horizon.
fn earliest(gates: &[(&Layer, Gate)], start: Ms, draw: u64) -> Option<Ms> {
    Some(walk(gates, start, start + HORIZON, draw)).filter(|t| *t < start + HORIZON)
}

/// The first instant from `t` at which every one of `gates` is open, or if that is not before
/// `end`, where the walk ended.
fn walk(gates: &[(&Layer, Gate)], mut t: Ms, end: Ms, draw: u64) -> Ms {
    while t < end {
        let shut = gates.iter().find(|(layer, gate)| !layer.open(*gate, t, draw));
        let Some((layer, gate)) = shut else {
            return t;
        };
        // Until it opens, the others need not be asked.
        while t < end && !layer.open(*gate, t, draw) {
            t = layer.look_again(*gate, t, draw).unwrap_or(Ms::MAX);
        }
    }
    t
}

fn all_gates<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Vec<(&'a Layer, Gate)> {
    let of = |layer: &'a Layer| layer.gates().into_iter().map(move |gate| (layer, gate));
    layers.into_iter().flat_map(of).collect()
}

/// Answers a decide request: the verdict, its `until`, and each gate that is shut now.
///
/// A `never` begins with a code that is true: `ended` where an end lies within the horizon,
/// `no_opening` where without the ends there is none either. `codes` has both if both are.
#[must_use]
pub fn decide(request: &Value) -> Value {
    let now = read::instant(&request["now"]);
    let layers = read::layers(&request["layers"]);
    let gates = all_gates(&layers);
    let draw = draw(0, 0);
    let reason = |shut: &(&Layer, Gate)| {
        let (layer, gate) = shut;
        let (path, code) = layer.path_and_code(*gate, now);
        let until = earliest(&[*shut], now, draw);
        json!({ "layer": layer.name, "gate": path, "code": code, "until": until })
    };
    let shut = gates.iter().filter(|(layer, gate)| !layer.open(*gate, now, draw));
    let mut because: Vec<Value> = shut.map(reason).collect();
    match earliest(&gates, now, draw) {
        Some(until) if until == now => json!({ "verdict": "send" }),
        Some(until) => json!({ "verdict": "wait", "until": until, "because": because }),
        None => {
            let ends = layers.iter().filter_map(|layer| layer.ends_at);
            let ended = ends.min().is_some_and(|end| end < now + HORIZON);
            let endless = gates.iter().copied().filter(|(_, gate)| !matches!(gate, Gate::EndsAt));
            let mut codes = Vec::from_iter(ended.then_some("ended"));
            if !ended || earliest(&endless.collect::<Vec<_>>(), now, draw).is_none() {
                codes.push("no_opening");
            }
            // An end that has passed is itself the first reason.
            let passed = because.iter().position(|reason| reason["code"] == codes[0]);
            let head = passed.map_or(json!({ "code": codes[0] }), |passed| because.remove(passed));
            because.insert(0, head);
            json!({ "verdict": "never", "codes": codes, "because": because })
        }
    }
}

pub(crate) struct Lane {
    pub(crate) layers: Vec<Layer>,
    pub(crate) count: usize,
    pub(crate) seed: u64,
    pub(crate) planned: usize,
    pub(crate) first_ordinal: usize,
    pub(crate) sent_before: usize,
    pub(crate) group: Option<usize>,
    /// Its next message is not allowed before.
    pub(crate) shut_until: Ms,
}

/// Answers a plan request: every send in order, its instant and the index of its lane.
#[must_use]
pub fn plan(request: &Value) -> Vec<(Ms, usize)> {
    let mut shared = read::layers(&request["shared"]);
    let mut lanes = match request["lanes"].as_array() {
        Some(lanes) => lanes.iter().map(read::lane).collect(),
        None => vec![read::lane(request)],
    };
    // What lanes have in common, and how much fairness holds against them together.
    let mut groups: Vec<(Vec<Layer>, usize)> = Vec::new();
    for (index, group) in request["groups"].as_array().into_iter().flatten().enumerate() {
        let members = lanes.iter().filter(|lane| lane.group == Some(index));
        let before = members.map(|lane| lane.sent_before).sum::<usize>();
        groups.push((read::layers(&group["layers"]), before + read::count(&group["sent_before"])));
    }
    let fair = request["order"] == "fair";
    let mut at = read::instant(&request["now"]);
    let until = request.get("until").map_or(Ms::MAX, read::instant);
    let mut sends = Vec::new();
    loop {
        // The instant, the sends so far if they matter, and the lane.
        let mut next: Option<(Ms, usize, usize)> = None;
        for (i, lane) in lanes.iter_mut().enumerate() {
            if lane.planned == lane.count {
                continue;
            }
            // Another lane's send closes gates and never opens one: what was found shut stays so.
            let in_common = lane.group.map(|group| &groups[group]);
            let layers = shared.iter().chain(in_common.into_iter().flat_map(|(layers, _)| layers));
            let gates = all_gates(layers.chain(&lane.layers));
            let draw = draw(lane.seed, lane.first_ordinal + lane.planned);
            lane.shut_until = walk(&gates, at.max(lane.shut_until), at + HORIZON, draw);
            if lane.shut_until < at + HORIZON {
                let so_far = in_common.map_or(lane.sent_before + lane.planned, |(_, sent)| *sent);
                let turn = (lane.shut_until, if fair { so_far } else { 0 }, i);
                next = Some(next.map_or(turn, |best| best.min(turn)));
            }
        }
        let Some((t, _, winner)) = next.filter(|(t, ..)| *t < until) else {
            return sends;
        };
        at = t;
        sends.push((t, winner));
        lanes[winner].planned += 1;
        lanes[winner].shut_until = t;
        for layer in shared.iter_mut().chain(&mut lanes[winner].layers) {
            layer.charge(t, "queued");
        }
        if let Some(group) = lanes[winner].group {
            groups[group].0.iter_mut().for_each(|layer| layer.charge(t, "queued"));
            groups[group].1 += 1;
        }
    }
}

/// The sends of a plan by local date, in the zone of the request's first layer.
#[must_use]
pub fn days(request: &Value, sends: &[(Ms, usize)]) -> Value {
    let of_each = |list: &str| request[list].as_array().into_iter().flatten();
    let owners = of_each("groups").chain(of_each("lanes"));
    let lists = [&request["shared"], &request["layers"]];
    let mut lists = lists.into_iter().chain(owners.map(|owner| &owner["layers"]));
    let layer = read::layer(lists.find_map(|layers| layers.get(0)).unwrap_or(&Value::Null));
    let mut days = BTreeMap::new();
    for (at, _) in sends {
        let date = layer.date(*at).to_string();
        days.entry(date).or_insert_with(Vec::new).push(*at);
    }
    let day = |(date, sent): (&String, &Vec<Ms>)| {
        let (first, last) = (sent.iter().min(), sent.iter().max());
        json!({ "date": date, "count": sent.len(), "first": first, "last": last })
    };
    days.iter().map(day).collect()
}

/// What a message draws for its jitter, which adds `draw % (J + 1)` to its gap: the number of its
/// ordinal in the `SplitMix64` sequence of the lane's seed.
fn draw(seed: u64, ordinal: usize) -> u64 {
    let mut sequence = SplitMix64::new(seed);
    for _ in 0..ordinal {
        sequence.next();
    }
    sequence.next()
}
