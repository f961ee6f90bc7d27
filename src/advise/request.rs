//! Reads `{ ...plan request, "finish_by" }`.

use serde_json::{Map, Value};

use crate::document::{instant, required};
use crate::plan::PlanRequest;
use crate::problem::{Path, Problem, Problems};
use crate::request::read_plan;
use crate::shape::document;
use crate::time::Instant;

document! {
    /// By when a plan is to be done.
    pub(crate) part AdviseSpan {
        /// Nothing goes before.
        now: InstantInput,
        /// The last instant that is still in time.
        finish_by: InstantInput,
    }
}

/// What to advise on.
pub(super) struct AdviseRequest {
    /// Plans what goes at `finish_by` or before.
    pub(super) plan: PlanRequest,
    pub(super) finish_by: Instant,
    /// The layers' policies as they are written, those of the shared layers first.
    pub(super) places: Vec<Place>,
}

/// Where a policy is written.
pub(super) struct Place {
    /// The path of the policy in the request.
    pub(super) path: String,
    /// The policy's document.
    pub(super) document: Value,
    /// Whose layer it is.
    pub(super) of: Of,
    /// The index among their layers.
    pub(super) layer: usize,
}

/// Who has layers.
#[derive(Clone, Copy)]
pub(super) enum Of {
    All,
    Group(usize),
    Lane(usize),
}

pub(super) fn parse(document: &Value) -> Result<AdviseRequest, Vec<Problem>> {
    let (mut problems, root) = (Problems::default(), Path::Root);
    let plan = read_plan(document, AdviseSpan::NAMES, &mut problems);
    let at = root.field("finish_by");
    let finish_by = document
        .as_object()
        .and_then(|fields| required(fields, "finish_by", &root, &mut problems))
        .and_then(|value| instant(value, &at, &mut problems));
    let (plan, finish_by) = problems.unless_any(plan.zip(finish_by))?;
    if finish_by < plan.now {
        let message = "it is before `now`; write a later instant".to_owned();
        return Err(Problems::only(&at, "out_of_bounds", message));
    }
    let plan = PlanRequest { until: Some(finish_by.plus(1)), ..plan };
    Ok(AdviseRequest { plan, finish_by, places: places(document) })
}

/// Where the policies of a valid request are.
fn places(document: &Value) -> Vec<Place> {
    let mut places = Vec::new();
    if document.get("lanes").is_none() {
        add_places(document, "layers", "", Of::Lane(0), &mut places);
        return places;
    }
    add_places(document, "shared", "", Of::All, &mut places);
    let mut add_each = |list: &str, of: fn(usize) -> Of| {
        let owners = document.get(list).and_then(Value::as_array);
        for (index, fields) in owners.into_iter().flatten().enumerate() {
            add_places(fields, "layers", &format!("{list}[{index}]."), of(index), &mut places);
        }
    };
    add_each("groups", Of::Group);
    add_each("lanes", Of::Lane);
    places
}

fn add_places(parent: &Value, list: &str, before: &str, of: Of, places: &mut Vec<Place>) {
    let layers = parent.get(list).and_then(Value::as_array);
    for (layer, fields) in layers.into_iter().flatten().enumerate() {
        places.push(Place {
            path: format!("{before}{list}[{layer}].policy"),
            document: fields.get("policy").cloned().unwrap_or_else(|| Value::Object(Map::new())),
            of,
            layer,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(document: &Value) -> Vec<(String, &'static str)> {
        let problems = parse(document).map(|_| ()).unwrap_err();
        problems.into_iter().map(|problem| (problem.path, problem.code)).collect()
    }

    #[test]
    fn every_problem_comes_back_at_once() {
        assert_eq!(
            problems(&json!({ "layers": [{ "policy": { "gap": 5 } }], "until": 5, "size": 1 })),
            [
                ("size".to_owned(), "unknown_field"),
                ("now".to_owned(), "missing"),
                ("layers[0].policy.gap".to_owned(), "wrong_type"),
                ("count".to_owned(), "missing"),
                ("until".to_owned(), "conflict"),
                ("finish_by".to_owned(), "missing"),
            ]
        );
        assert_eq!(problems(&json!([])), [(String::new(), "wrong_type")]);
    }

    #[test]
    fn the_past_cannot_be_met() {
        let request = |finish_by: &str| json!({ "now": "2026-11-23T09:00:00Z", "count": 1, "finish_by": finish_by });
        assert!(parse(&request("2026-11-23T09:00:00Z")).is_ok());
        let past = problems(&request("2026-11-23T08:59:59Z"));
        assert_eq!(past, [("finish_by".to_owned(), "out_of_bounds")]);
    }

    #[test]
    fn shared_layers_come_before_those_of_the_lanes() {
        let layer = json!({ "policy": {} });
        let request = json!({
            "lanes": [{ "count": 1, "layers": [layer] }, { "count": 1, "layers": [layer, layer] }],
            "shared": [layer], "now": 1_800_000_000_000_i64, "finish_by": 1_800_000_000_000_i64,
        });
        let places = parse(&request).unwrap_or_else(|problems| panic!("{problems:?}")).places;
        let paths: Vec<_> = places.iter().map(|place| place.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "shared[0].policy",
                "lanes[0].layers[0].policy",
                "lanes[1].layers[0].policy",
                "lanes[1].layers[1].policy",
            ]
        );
    }
}
