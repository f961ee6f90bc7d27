//! Why does a message go when it goes?
//!
//! ```
//! use serde_json::json;
//!
//! let explanation = tidegate::explain(&json!({
//!     "layers": [{ "name": "sender", "policy": {
//!         "windows": [{ "from": "09:00", "to": "17:00" }],
//!         "limits": [{ "max": 2, "rolling": "1h" }],
//!         "gap": "1m",
//!     }}],
//!     "now": "2026-11-23T09:00:00Z",
//!     "count": 5,
//!     "message": 2,
//! })).unwrap();
//!
//! // The third waits an hour from the first.
//! assert_eq!(explanation.since.millis() - 60_000, 1_795_424_400_000);
//! assert_eq!(explanation.at.unwrap().millis() - 3_600_000, 1_795_424_400_000);
//! let set_by = explanation.set_by.unwrap();
//! assert_eq!((set_by.layer.as_str(), set_by.gate.as_str()), ("sender", "limits[0]"));
//! assert_eq!(set_by.text, "2 of 2 sent in the last 1 h; the next place frees at Mon 23 Nov 10:00");
//! ```
//!
//! An explanation is a certificate, which [`decide`](crate::decide()) can check: with the messages
//! before as history, the message may go at `at`, and at no instant from `since` on before that.

use serde::Serialize;
use serde_json::Value;

use crate::document::{number, required};
use crate::plan::{Nth, PlanRequest, nth};
use crate::problem::{Path, Problem, Problems};
use crate::reason::Reason;
use crate::request::read_plan;
use crate::shape::document;
use crate::time::Instant;

/// When a message goes, and what sets its instant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The message asked about, counted from 0 in sending order over all lanes.
    pub message: u64,
    /// The index of its lane; if it never goes, that of the first lane with messages left.
    pub lane: Option<usize>,
    /// When it goes; none if the plan does not reach it.
    pub at: Option<Instant>,
    /// From when on it could have gone: when the one before it goes, or the request's `now`. If it
    /// never goes, when the last one goes that does.
    pub since: Instant,
    /// The gate that is the last to open: it is closed until `at`, and from `since` to there no
    /// instant has every gate open. None when the message goes at once. If it never goes, the end
    /// that came, or none when nothing opens within reach.
    pub set_by: Option<Reason>,
}

/// Explains the instant of one message of a plan: `{ ...plan request, "message" }`, without
/// `until`.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn explain(document: &Value) -> Result<Explanation, Vec<Problem>> {
    let (request, message) = parse(document)?;
    let Nth { lane, at, since, set_by } = nth(&request, message);
    Ok(Explanation { message, lane, at, since, set_by })
}

document! {
    /// Which message of a plan is asked about.
    pub(crate) part ExplainSpan {
        /// Nothing goes before.
        now: InstantInput,
        /// Counted from 0, in sending order over all lanes.
        message: Whole<0, { u64::MAX }>,
    }
}

fn parse(document: &Value) -> Result<(PlanRequest, u64), Vec<Problem>> {
    let (mut problems, root) = (Problems::default(), Path::Root);
    let plan = read_plan(document, ExplainSpan::NAMES, &mut problems);
    let at = root.field("message");
    let message = document
        .as_object()
        .and_then(|fields| required(fields, "message", &root, &mut problems))
        .and_then(|value| number(value, &at, (0, u64::MAX), &mut problems));
    let (plan, message) = problems.unless_any(plan.zip(message))?;
    let count = plan.lanes.iter().fold(0, |sum: u64, lane| sum.saturating_add(lane.count));
    if message >= count {
        let text = format!("`{message}` is not among the {count} messages; write a lower one");
        return Err(Problems::only(&at, "out_of_bounds", text));
    }
    Ok((plan, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidegate_oracle::generator;

    use super::*;
    use crate::decide::{Decision, decide};
    use crate::layer::Layer;
    use crate::plan::{first_runs, plan};
    use crate::reason::Code;
    use crate::request::parse_plan;

    /// A request without jitter, which `decide` draws for a first message only.
    fn request(seed: u64) -> Value {
        let mut document = generator::request(seed);
        let mut lists = ["/layers", "/shared"].map(str::to_owned).to_vec();
        for owners in ["lanes", "groups"] {
            let count = document.get(owners).and_then(Value::as_array).map_or(0, Vec::len);
            lists.extend((0..count).map(|owner| format!("/{owners}/{owner}/layers")));
        }
        for list in lists {
            let Some(Value::Array(layers)) = document.pointer_mut(&list) else { continue };
            for layer in layers {
                layer["policy"].as_object_mut().unwrap().remove("jitter");
            }
        }
        document
    }

    /// Every instant of the whole plan, in order.
    fn instants(request: &PlanRequest) -> Vec<Instant> {
        let runs = plan(request).runs;
        let each = runs.iter().map(|planned| planned.run);
        let mut instants: Vec<_> =
            each.flat_map(|run| (0..run.count).map(move |index| run.nth(index))).collect();
        instants.sort_unstable();
        instants
    }

    /// What the layers of a lane say of a message when the first messages have gone.
    fn decide_after(request: &PlanRequest, gone: u64, lane: usize, now: Instant) -> Decision {
        let runs = first_runs(request, gone);
        let charged = |layers: &[Layer], counts: &dyn Fn(usize) -> bool| -> Vec<Layer> {
            let mut layers = layers.to_vec();
            for layer in &mut layers {
                let runs = runs.iter().filter(|planned| counts(planned.lane));
                layer.history.extend(runs.map(|planned| planned.run));
            }
            layers
        };
        let mut layers = charged(&request.shared, &|_| true);
        let group = request.lanes[lane].group;
        if let Some(index) = group {
            let is_its = |other: usize| request.lanes[other].group == group;
            layers.extend(charged(&request.groups[index].layers, &is_its));
        }
        layers.extend(charged(&request.lanes[lane].layers, &|other| other == lane));
        decide(&layers, now)
    }

    #[test]
    fn decide_bears_every_explanation_out() {
        let (mut waits, mut at_once, mut never) = (0, 0, 0);
        for seed in 0..400 {
            let mut document = request(seed);
            let planned = parse_plan(&document).unwrap();
            let times = instants(&planned);
            let count: u64 = planned.lanes.iter().map(|lane| lane.count).sum();
            let step = (count / 5).max(1);
            for message in (0..count).step_by(usize::try_from(step).unwrap()) {
                document["message"] = json!(message);
                let told = explain(&document).unwrap();
                let context = format!("{told:?} of {document}");
                let index = usize::try_from(message).unwrap();
                assert_eq!(told.at, times.get(index).copied(), "{context}");
                let lane = told.lane.unwrap();
                let Some(at) = told.at else {
                    let decision = decide_after(&planned, message, lane, told.since);
                    assert!(matches!(decision, Decision::Never { .. }), "{decision:?} {context}");
                    never += 1;
                    continue;
                };
                let decide = |now| decide_after(&planned, message, lane, now);
                assert_eq!(decide(at), Decision::Send, "{context}");
                let Some(set_by) = told.set_by else {
                    assert_eq!(at, told.since, "{context}");
                    at_once += 1;
                    continue;
                };
                for now in [told.since, at.minus(1)] {
                    let decision = decide(now);
                    let Decision::Wait { until, because } = decision else {
                        panic!("{decision:?} at {now:?}: {context}")
                    };
                    assert_eq!(until, at, "{context}");
                    assert!(now < at.minus(1) || because.contains(&set_by), "{context}");
                }
                waits += 1;
            }
        }
        assert!(waits > 500 && at_once > 100 && never > 20, "{waits} {at_once} {never}");
    }

    #[test]
    fn what_never_goes_is_told_the_end() {
        let told = explain(&json!({
            "layers": [{ "name": "campaign", "policy": { "gap": "1m", "ends_at": "2026-11-23T09:02" } }],
            "now": "2026-11-23T09:00:00Z", "count": 5, "message": 4,
        }))
        .unwrap();
        assert_eq!((told.lane, told.at), (Some(0), None));
        let set_by = told.set_by.unwrap();
        assert_eq!((set_by.layer.as_str(), set_by.code), ("campaign", Code::Ended));
        assert_eq!(set_by.text, "ends at Mon 23 Nov 09:02; nothing goes after that");
    }

    #[test]
    fn every_problem_comes_back_at_once() {
        let problems = |document: &Value| -> Vec<(String, &'static str)> {
            let problems = explain(document).unwrap_err();
            problems.into_iter().map(|problem| (problem.path, problem.code)).collect()
        };
        let spoiled = json!({ "layers": [{ "policy": { "gap": 5 } }], "count": 1, "until": 5 });
        assert_eq!(
            problems(&spoiled),
            [
                ("now".to_owned(), "missing"),
                ("layers[0].policy.gap".to_owned(), "wrong_type"),
                ("until".to_owned(), "conflict"),
                ("message".to_owned(), "missing"),
            ]
        );
        let beyond =
            json!({ "layers": [], "count": 3, "now": "2026-11-23T09:00:00Z", "message": 3 });
        assert_eq!(problems(&beyond), [("message".to_owned(), "out_of_bounds")]);
        assert_eq!(problems(&json!(5)), [(String::new(), "wrong_type")]);
    }
}
