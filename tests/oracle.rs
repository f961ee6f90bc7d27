//! The engine beside the slow evaluator, on random requests.
//!
//! Each run draws new ones. `TIDEGATE_CASES` is how many, `TIDEGATE_SEED` where they start; a
//! failure prints both, and the request made small enough for a file in `tests/cases`.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tidegate::request::{parse_decide, parse_plan};
use tidegate_oracle::{evaluator, generator, shrink};

/// A few seconds' worth in a debug build.
const CASES: u64 = 10_000;
/// How long a failing request is made smaller.
const SHRINKING: Duration = Duration::from_secs(10);

#[test]
fn the_engine_and_the_evaluator_agree_on_random_requests() {
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let first = setting("TIDEGATE_SEED").unwrap_or(fresh * 1_000_000);
    let end = first + setting("TIDEGATE_CASES").unwrap_or(CASES);
    let next = AtomicU64::new(first);
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while failed.lock().unwrap().is_none() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    if disagreement(&generator::request(seed)).is_some() {
                        *failed.lock().unwrap() = Some(seed);
                    }
                }
            });
        }
    });
    if let Some(seed) = failed.into_inner().unwrap() {
        let deadline = Instant::now() + SHRINKING;
        let fails = |smaller: &Value| Instant::now() < deadline && disagreement(smaller).is_some();
        let request = shrink::shrink(&generator::request(seed), fails);
        panic!(
            "they disagree; again with TIDEGATE_SEED={seed} TIDEGATE_CASES=1\n{}\n{}",
            serde_json::to_string_pretty(&request).unwrap(),
            disagreement(&request).unwrap(),
        );
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Where the two answers to a plan request, or to the decide requests inside it, differ. A request
/// that the engine refuses is not the evaluator's business.
fn disagreement(request: &Value) -> Option<String> {
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

/// The scenario that planning is measured with, as far as the evaluator walks in a moment.
#[test]
fn they_agree_on_three_weeks_of_a_large_campaign() {
    let policy = json!({
        "time_zone": "Europe/Paris",
        "windows": [
            { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "12:00" },
            { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "13:00", "to": "17:30" },
        ],
        "blocked": [{ "date": "2026-01-09" }, { "annual": "01-16" }],
        "limits": [{ "max": 500, "rolling": "24h" }, { "max": 400, "calendar": "day" }],
        "gap": "30s",
        "breaks": [{ "after": 50, "pause": "10m" }],
    });
    let layers = json!([{ "name": "sender", "policy": policy }]);
    let request = json!({ "layers": layers, "now": "2026-01-05T08:00:00+01:00", "count": 5_000 });
    assert_eq!(disagreement(&request), None);
}

/// Every gate shuts some of the random requests out, and most of them get somewhere.
#[test]
fn random_requests_are_valid_and_varied() {
    let (mut sends, mut waits, mut codes) = (0, 0, BTreeSet::new());
    for seed in 0..300 {
        let request = generator::request(seed);
        assert!(parse_plan(&request).is_ok(), "{:?} in {request}", parse_plan(&request));
        let plan = evaluator::plan(&request);
        sends += plan.len();
        waits += plan.windows(2).filter(|pair| pair[1].0 > pair[0].0).count();
        for lane in lanes(&request) {
            let answer = evaluator::decide(&decide_request(&request, &lane));
            let because = answer["because"].as_array().into_iter().flatten();
            codes.extend(because.map(|reason| reason["code"].as_str().unwrap().to_owned()));
        }
    }
    let all = [
        "blocked_time",
        "break",
        "calendar_limit",
        "ended",
        "gap",
        "no_opening",
        "not_started",
        "outside_window",
        "rolling_limit",
    ];
    assert_eq!(codes, BTreeSet::from(all.map(str::to_owned)));
    assert!(sends > 3_000 && waits > 1_500, "{sends} sends, {waits} waits");
}

/// The lanes of a request; its `layers` are one.
fn lanes(request: &Value) -> Vec<Value> {
    request["lanes"].as_array().cloned().unwrap_or(vec![request.clone()])
}

/// What a lane's next message asks.
fn decide_request(request: &Value, lane: &Value) -> Value {
    let lists = [&request["shared"], &lane["layers"]];
    let layers: Vec<&Value> = lists.iter().filter_map(|list| list.as_array()).flatten().collect();
    json!({ "layers": layers, "now": request["now"] })
}
