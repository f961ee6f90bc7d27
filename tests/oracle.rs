//! The engine beside the slow evaluator, on random requests.
//!
//! Each run draws new ones. `TIDEGATE_CASES` is how many, `TIDEGATE_SEED` where they start; a
//! failure prints both, and the request made small enough for a file in `tests/cases`.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

#[path = "oracle/agreement.rs"]
mod agreement;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tidegate::request::parse_plan;
use tidegate_oracle::{evaluator, generator};

use agreement::{decide_request, disagreement, lanes, smallest};

/// A few seconds' worth in a debug build.
const CASES: u64 = 10_000;

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
                    if disagreement(&generator::piece(seed)).is_some() {
                        *failed.lock().unwrap() = Some(seed);
                    }
                }
            });
        }
    });
    if let Some(seed) = failed.into_inner().unwrap() {
        let request = smallest(&generator::piece(seed));
        panic!("they disagree; again with TIDEGATE_SEED={seed} TIDEGATE_CASES=1\n{request}");
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
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
        let request = generator::piece(seed);
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
