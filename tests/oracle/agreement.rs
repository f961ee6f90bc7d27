//! Where the engine and the slow evaluator disagree about a request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate::request::{parse_decide, parse_plan};
use tidegate_oracle::{evaluator, shrink};

/// How long a request is made smaller.
const SHRINKING: Duration = Duration::from_secs(10);

/// Where the two answers to a plan request, or to the decide requests inside it, differ. A request
/// that the engine refuses is not the evaluator's business.
pub fn disagreement(request: &Value) -> Option<String> {
    let asked = parse_plan(request).ok()?;
    let planned = catch_unwind(|| tidegate::plan(&asked));
    let Ok(plan) = planned else {
        return Some("plan: the engine panicked".to_owned());
    };
    let mut got: Vec<(i64, usize)> = Vec::new();
    for planned in &plan.runs {
        let times = 0..i64::try_from(planned.run.count).unwrap();
        let start = planned.run.start.millis();
        got.extend(times.map(|n| (start + n * planned.run.every, planned.lane)));
    }
    got.sort_unstable();
    let mut expected = evaluator::plan(request);
    expected.sort_unstable();
    if got != expected {
        let at = got.iter().zip(&expected).take_while(|(got, expected)| got == expected).count();
        return Some(format!(
            "plan: send {at} of {} is {:?} instead of {:?} of {}",
            got.len(),
            got.get(at),
            expected.get(at),
            expected.len(),
        ));
    }
    let days = serde_json::to_value(&plan.days).unwrap();
    let expected = evaluator::days(request, &got);
    if days != expected {
        return Some(format!("days: {days}\n    instead of: {expected}"));
    }
    lanes(request).iter().find_map(|lane| {
        let request = decide_request(request, lane);
        let asked = parse_decide(&request).ok()?;
        let decided = catch_unwind(AssertUnwindSafe(|| tidegate::decide(&asked.layers, asked.now)));
        let Ok(decision) = decided else {
            return Some("decide: the engine panicked".to_owned());
        };
        let got = told(serde_json::to_value(decision).unwrap());
        let expected = told(evaluator::decide(&request));
        if got["verdict"] == "never" && expected["verdict"] == "never" {
            return never_differs(&got, &expected);
        }
        (got != expected).then(|| format!("decide: {got}\n    instead of: {expected}"))
    })
}

/// The smallest request found about which they still disagree, for a file in `tests/cases`, and
/// how they do.
pub fn smallest(request: &Value) -> String {
    let deadline = Instant::now() + SHRINKING;
    let fails = |smaller: &Value| Instant::now() < deadline && disagreement(smaller).is_some();
    let request = shrink::shrink(request, fails);
    let told = serde_json::to_string_pretty(&request).unwrap();
    format!("{told}\n{}", disagreement(&request).unwrap_or_default())
}

/// A decision without its texts.
fn told(mut decision: Value) -> Value {
    for reason in decision["because"].as_array_mut().into_iter().flatten() {
        reason.as_object_mut().unwrap().remove("text");
    }
    decision
}

/// A `never` begins with a code that is true, of which there may be two, and names each gate that
/// is closed now, that first one included if it is.
fn never_differs(got: &Value, expected: &Value) -> Option<String> {
    let reasons = |decision: &Value| decision["because"].as_array().unwrap().clone();
    let (named, true_codes) = (reasons(got), expected["codes"].as_array().unwrap());
    let closed: Vec<Value> =
        reasons(expected).into_iter().filter(|reason| reason.get("gate").is_some()).collect();
    let right = true_codes.contains(&named[0]["code"])
        && closed.iter().all(|reason| named.contains(reason))
        && named[1..].iter().all(|reason| closed.contains(reason));
    (!right).then(|| format!("decide: {got}\n    instead of: {expected}"))
}

/// The lanes of a request; its `layers` are one.
pub fn lanes(request: &Value) -> Vec<Value> {
    request["lanes"].as_array().cloned().unwrap_or(vec![request.clone()])
}

/// What a lane's next message asks.
pub fn decide_request(request: &Value, lane: &Value) -> Value {
    let lists = [&request["shared"], &lane["layers"]];
    let layers: Vec<&Value> = lists.iter().filter_map(|list| list.as_array()).flatten().collect();
    json!({ "layers": layers, "now": request["now"] })
}
