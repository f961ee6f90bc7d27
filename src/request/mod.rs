//! The documents in which questions come: JSON in, typed requests or every problem out.
//!
//! Instants are milliseconds since 1970, or RFC 3339 texts.

mod history;
mod lanes;

use serde_json::{Map, Value};

use crate::document::{choice, instant, list, name, object, required};
use crate::history::Cuts;
use crate::layer::Layer;
use crate::plan::{Order, PlanRequest};
use crate::policy::Policy;
use crate::problem::{Path, Problem, Problems};
use crate::shape::document;
use crate::time::Instant;
use crate::zone::Span;
#[cfg(feature = "schema")]
use crate::{document::MAX_NAME, policy::PolicyDocument};
#[cfg(feature = "schema")]
pub(crate) use history::HistoryRun;
pub(crate) use lanes::{LaneRules, SharedLanes};

/// How many layers a list may have.
pub const MAX_LAYERS: usize = 64;
/// How many lanes a plan may have, and how many groups.
pub const MAX_LANES: usize = 1_000;
/// How many messages a lane may have, and how many sends a run.
pub const MAX_COUNT: u64 = 1_000_000_000;
/// How many runs a layer's history may have.
pub const MAX_HISTORY: usize = 100_000;
/// How many pieces the runs of all histories of a request may fall into where they overlap. Runs
/// that follow one another are not cut, however many sends they have.
pub const MAX_PIECES: usize = 4_000_000;
/// How many runs more than were given may come of these pieces, where they are not evenly spaced
/// or of several origins.
pub const MAX_CUT_RUNS: usize = 500_000;

/// The largest whole number that JavaScript keeps exactly: it would plan with another seed than
/// was written.
pub const MAX_EXACT: u64 = 9_007_199_254_740_991;

pub(crate) const ORDERS: [(&str, Order); 2] = [("in_turn", Order::InTurn), ("fair", Order::Fair)];

document! {
    /// Whether a message may go at `now`.
    pub(crate) struct DecideRequestDocument {
        /// Each of them has to allow the message.
        layers?: List<LayerDocument, MAX_LAYERS>,
        /// The instant asked about.
        now: InstantInput,
    }
}

document! {
    /// From when on to plan.
    pub(crate) part PlanSpan {
        /// Nothing goes before.
        now: InstantInput,
        /// Plan only what goes before this instant.
        until?: InstantInput,
        /// List runs and pauses only where they touch this stretch, and tell how many there are in
        /// all: a long plan has thousands, and a picture shows a week. What is planned stays the
        /// same, and all else in the answer is about the whole of it.
        detail?: StretchDocument,
    }
}

document! {
    /// A stretch of time.
    pub(crate) struct StretchDocument {
        /// Its first instant.
        from: InstantInput,
        /// The first instant after it.
        until: InstantInput,
    }
}

document! {
    /// A policy and the sends that it counts.
    pub(crate) struct LayerDocument {
        /// Named in reasons.
        name?: Text<MAX_NAME>,
        /// Its rules.
        policy: PolicyDocument,
        /// What was sent before, in any order.
        history?: List<RunInput, MAX_HISTORY>,
    }
}

/// What to decide.
#[derive(Clone, Debug)]
pub struct DecideRequest {
    /// The layers, each of which must allow the message.
    pub layers: Vec<Layer>,
    /// The instant asked about.
    pub now: Instant,
}

/// Reads a `{ layers, now }` document.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn parse_decide(document: &Value) -> Result<DecideRequest, Vec<Problem>> {
    let (mut problems, root) = (Problems::default(), Path::Root);
    let fields = object(document, &root, DecideRequestDocument::FIELDS, &mut problems);
    let request = fields.map(|fields| {
        let layers = layers(fields, "layers", &root, &mut most_cuts(), &mut problems);
        let now = required_instant(fields, "now", &root, &mut problems);
        now.map(|now| DecideRequest { layers, now })
    });
    problems.unless_any(request.flatten())
}

/// Reads a `{ layers, now, count }` or `{ shared, lanes, order, now }` document.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn parse_plan(document: &Value) -> Result<PlanRequest, Vec<Problem>> {
    let mut problems = Problems::default();
    let plan = read_plan(document, PlanSpan::NAMES, &mut problems);
    problems.unless_any(plan)
}

/// Reads a plan request, or a document that has another field in the place of `until`, which is
/// left to the caller: `span` names the fields beside the lanes. What is returned is valid only if
/// no problem was reported.
pub(crate) fn read_plan(
    document: &Value,
    span: &[&str],
    problems: &mut Problems,
) -> Option<PlanRequest> {
    let root = Path::Root;
    let has_lanes = SharedLanes::NAMES.iter().any(|name| document.get(name).is_some());
    let lanes = if has_lanes { SharedLanes::NAMES } else { LaneRules::NAMES };
    let fields = object(document, &root, &[span, lanes, &["until"]], problems)?;
    let now = required_instant(fields, "now", &root, problems);
    let order = fields.get("order");
    let order = order.and_then(|value| choice(value, &root.field("order"), &ORDERS, problems));
    let mut cuts = most_cuts();
    let shared = layers(fields, "shared", &root, &mut cuts, problems);
    let (groups, lanes) = if has_lanes {
        lanes::in_groups(fields, &root, &mut cuts, problems)
    } else {
        (Vec::new(), lanes::alone(fields, &root, &mut cuts, problems).into_iter().collect())
    };
    let until = fields.get("until").and_then(|value| {
        let at = root.field("until");
        if span.contains(&"until") {
            return instant(value, &at, problems);
        }
        let instead = span.iter().copied().filter(|name| *name != "now").collect::<String>();
        let message = format!("`{instead}` takes the place of `until`; leave it out");
        problems.report(&at, "conflict", message);
        None
    });
    let detail = fields.get("detail");
    let detail = detail.and_then(|value| stretch(value, &root.field("detail"), problems));
    let order = order.unwrap_or_default();
    Some(PlanRequest { shared, groups, lanes, order, now: now?, until, detail })
}

fn stretch(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Span> {
    let fields = object(value, at, StretchDocument::FIELDS, problems)?;
    let from = required_instant(fields, "from", at, problems);
    let until = required_instant(fields, "until", at, problems);
    let (from, until) = (from?, until?);
    if until <= from {
        let message = "the end is not after `from`; move one of them".to_owned();
        problems.report(&at.field("until"), "empty", message);
        return None;
    }
    Some(Span { from, until })
}

pub(crate) fn required_instant(
    fields: &Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Instant> {
    let value = required(fields, name, at, problems)?;
    instant(value, &at.field(name), problems)
}

/// What the histories of a request may be cut.
pub(crate) const fn most_cuts() -> Cuts {
    Cuts { pieces: MAX_PIECES, runs: MAX_CUT_RUNS }
}

pub(crate) fn layers(
    fields: &Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> Vec<Layer> {
    let at = at.field(name);
    let items = fields.get(name).and_then(|value| list(value, &at, MAX_LAYERS, problems));
    let items = items.unwrap_or_default().iter().enumerate();
    items.filter_map(|(index, item)| layer(item, &at.item(index), cuts, problems)).collect()
}

fn layer(value: &Value, at: &Path<'_>, cuts: &mut Cuts, problems: &mut Problems) -> Option<Layer> {
    let fields = object(value, at, LayerDocument::FIELDS, problems)?;
    let named = fields.get("name").and_then(|value| name(value, &at.field("name"), problems));
    let policy = required(fields, "policy", at, problems)
        .and_then(|value| Policy::read(value, &at.field("policy"), problems));
    let history = fields.get("history");
    let history = history.map(|value| history::runs(value, &at.field("history"), cuts, problems));
    Some(Layer {
        name: named.unwrap_or_default(),
        policy: policy?,
        history: history.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(problems: Vec<Problem>) -> Vec<String> {
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn problems_are_found_wherever_they_are() {
        let problems = parse_plan(&json!({
            "shared": [{ "name": "sender", "policy": { "windows": [
                { "from": "09:00", "to": "10:00" }, { "from": "09:00" }, { "from": "09:00", "to": "9" },
            ] } }],
            "lanes": [
                { "name": "a", "layers": [{ "policy": { "gap": 5 }, "history": [-5, "x"] }], "count": -1 },
                { "name": "b", "count": 5, "size": 5 },
            ],
            "order": "random",
        }));
        assert_eq!(
            paths(problems.unwrap_err()),
            [
                "now",
                "order",
                "shared[0].policy.windows[1].to",
                "shared[0].policy.windows[2].to",
                "lanes[0].layers[0].policy.gap",
                "lanes[0].layers[0].history[0]",
                "lanes[0].layers[0].history[1]",
                "lanes[0].count",
                "lanes[1].size",
            ]
        );
    }

    #[test]
    fn a_plan_can_be_read_back_as_history() {
        let document = json!({ "layers": [{ "policy": { "gap": "30s" } }], "count": 10,
                               "now": "2026-11-23T09:00:00Z" });
        let plan = crate::plan(&parse_plan(&document).unwrap());
        let runs = serde_json::to_value(&plan.runs).unwrap();
        let again = json!({ "layers": [{ "policy": {}, "history": runs }],
                            "now": "2026-11-23T09:00:00Z" });
        assert_eq!(parse_decide(&again).unwrap().layers[0].history, [plan.runs[0].run]);
    }

    #[test]
    fn a_run_of_several_says_how_far_apart_they_are() {
        let layer =
            json!({ "policy": {}, "history": [{ "start": "2026-11-23T09:00:00Z", "count": 2 }] });
        let problems = parse_decide(&json!({ "layers": [layer], "now": 1_800_000_000_000_i64 }));
        assert_eq!(paths(problems.unwrap_err()), ["layers[0].history[0].every"]);
    }

    #[test]
    fn lists_are_bounded() {
        let now = 1_800_000_000_000_i64;
        let layers = |count| json!({ "layers": vec![json!({ "policy": {} }); count], "now": now });
        assert!(parse_decide(&layers(MAX_LAYERS)).is_ok());
        assert_eq!(parse_decide(&layers(MAX_LAYERS + 1)).unwrap_err()[0].code, "too_many");
        let lanes = |count| json!({ "lanes": vec![json!({ "count": 1 }); count], "now": now });
        assert!(parse_plan(&lanes(MAX_LANES)).is_ok());
        assert_eq!(parse_plan(&lanes(MAX_LANES + 1)).unwrap_err()[0].code, "too_many");
        let history = |count| json!({ "layers": [{ "policy": {}, "history": vec![now; count] }], "now": now });
        assert!(parse_decide(&history(MAX_HISTORY)).is_ok());
        assert_eq!(parse_decide(&history(MAX_HISTORY + 1)).unwrap_err()[0].code, "too_many");
    }

    #[test]
    fn what_overlapping_runs_are_cut_into_is_bounded_over_all_layers() {
        let now = 1_800_000_000_000_i64;
        // Each pair is cut into 120,000 runs, because their origins differ.
        let run = |start, origin| json!({ "start": start, "count": 60_000, "every": 2, "origin": origin });
        let pair = |start| [run(start, "queued"), run(start + 1, "manual")];
        let layer = |pairs: i64| {
            let history: Vec<_> = (0..pairs).flat_map(|k| pair(now + k * 1_000_000)).collect();
            json!({ "policy": {}, "history": history })
        };
        let decide = |layers: Value| parse_decide(&json!({ "layers": layers, "now": now }));
        assert!(decide(json!([layer(4)])).is_ok());
        let problems = decide(json!([layer(5)])).unwrap_err();
        assert_eq!(
            (problems[0].path.as_str(), problems[0].code),
            ("layers[0].history", "too_many")
        );
        let problems = decide(json!([layer(2), layer(2), layer(1)])).unwrap_err();
        assert_eq!(
            (problems[0].path.as_str(), problems[0].code),
            ("layers[2].history", "too_many")
        );
        let lanes = |pairs| {
            json!([{ "layers": [layer(1)], "count": 1, "group": 0 },
                                   { "layers": [layer(pairs)], "count": 1 }])
        };
        let plan = |pairs| {
            parse_plan(&json!({ "shared": [layer(1)], "groups": [{ "layers": [layer(1)] }],
                                "lanes": lanes(pairs), "now": now }))
        };
        assert!(plan(1).is_ok());
        assert_eq!(paths(plan(2).unwrap_err()), ["lanes[1].layers[0].history"]);
    }
}
