//! How long a plan of a million messages takes, and how many runs it has.
//!
//! `cargo bench --bench plan`
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the documents below are valid")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate::{PlanRequest, plan, plan_times, request};

const ROUNDS: usize = 20;

fn main() {
    let weekdays = ["mon", "tue", "wed", "thu", "fri"];
    let office = json!({
        "time_zone": "Europe/Paris",
        "windows": [{ "days": weekdays, "from": "09:00", "to": "12:00" },
                    { "days": weekdays, "from": "13:00", "to": "17:30" }],
        "blocked": [{ "name": "Christmas", "annual": "12-25" },
                    { "name": "Summer", "from": "2026-08-01T00:00", "to": "2026-08-16T00:00" }],
        "limits": [{ "max": 500, "rolling": "24h" }, { "max": 400, "calendar": "day" }],
        "gap": "30s",
        "breaks": [{ "after": 50, "pause": "10m" }],
    });
    let sender = json!({
        "limits": [{ "max": 50_000, "rolling": "24h" }, { "max": 40_000, "calendar": "day" }],
        "gap": "200ms",
        "breaks": [{ "after": 1_000, "pause": "30s" }],
    });
    let mut jittery = office.clone();
    jittery["jitter"] = json!("10s");
    let lanes: Vec<_> = ["Europe/Paris", "America/New_York", "Asia/Tokyo", "UTC"]
        .into_iter()
        .map(|zone| {
            let hours =
                json!({ "time_zone": zone, "windows": [{ "from": "09:00", "to": "18:00" }] });
            json!({ "name": zone, "count": 250_000, "layers": [{ "policy": hours }] })
        })
        .collect();

    measure("office hours", &one(&office, 1_000_000));
    measure("a busy sender", &one(&sender, 1_000_000));
    measure("jitter", &one(&jittery, 100_000));
    for order in ["in_turn", "fair"] {
        let document = json!({ "shared": [{ "policy": sender }], "lanes": lanes, "order": order,
                               "now": "2026-01-05T08:00:00+01:00" });
        measure(&format!("four zones {order}"), &request::parse_plan(&document).unwrap());
    }
}

fn one(policy: &Value, count: u64) -> PlanRequest {
    let document = json!({ "layers": [{ "policy": policy }], "count": count,
                           "now": "2026-01-05T08:00:00+01:00" });
    request::parse_plan(&document).unwrap()
}

fn measure(name: &str, request: &PlanRequest) {
    let planned = plan(request);
    let (runs, messages) = (planned.runs.len(), planned.planned);
    let planning = fastest(|| plan(request));
    let expanding = fastest(|| plan_times(&planned));
    println!(
        "{name:20} {messages:8} messages {runs:6} runs  {planning:10.2?}  times {expanding:8.2?}"
    );
}

fn fastest<T>(mut work: impl FnMut() -> T) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    });
    rounds.min().unwrap_or_default()
}
