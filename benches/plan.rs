//! How long a plan of a million messages takes, how many runs it has, and how long a decision takes.
//!
//! `cargo bench --bench plan`, or `cargo bench --bench plan -- "office hours"` for some by name. Each
//! figure is the median of some rounds.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the documents below are valid")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate::request::{DecideRequest, parse_decide, parse_plan};
use tidegate::{PlanRequest, decide, plan, plan_times};

const ROUNDS: usize = 21;
/// How many decisions a round makes: one alone is shorter than the clock can tell.
const DECISIONS: u32 = 1_000;

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
        measure(&format!("four zones {order}"), &parse_plan(&document).unwrap());
    }

    let pace = json!({ "limits": [{ "max": 500, "rolling": "24h" }], "gap": "30s" });
    let sent = json!([{ "start": "2026-01-04T09:00:00+01:00", "count": 400, "every": 60_000 }]);
    measure_decide("open now", &asked(&office, &json!([]), "2026-01-05T10:00:00+01:00"));
    measure_decide("next opening", &asked(&office, &json!([]), "2026-01-10T10:00:00+01:00"));
    measure_decide("rolling and gap", &asked(&pace, &sent, "2026-01-05T10:00:00+01:00"));
}

fn asked(policy: &Value, history: &Value, now: &str) -> DecideRequest {
    let layers = json!([{ "name": "sender", "policy": policy, "history": history }]);
    parse_decide(&json!({ "layers": layers, "now": now })).unwrap()
}

fn one(policy: &Value, count: u64) -> PlanRequest {
    let document = json!({ "layers": [{ "policy": policy }], "count": count,
                           "now": "2026-01-05T08:00:00+01:00" });
    parse_plan(&document).unwrap()
}

fn measure(name: &str, request: &PlanRequest) {
    if !is_wanted(name) {
        return;
    }
    let planned = plan(request);
    let (runs, messages) = (planned.runs.len(), planned.planned);
    let planning = median(|| plan(request));
    let expanding = median(|| plan_times(&planned));
    println!(
        "{name:20} {messages:8} messages {runs:6} runs  {planning:10.2?}  times {expanding:8.2?}"
    );
}

fn measure_decide(name: &str, request: &DecideRequest) {
    if !is_wanted(name) {
        return;
    }
    let deciding = median(|| {
        for _ in 0..DECISIONS {
            black_box(decide(black_box(&request.layers), request.now));
        }
    });
    println!("{name:20} {:10.0?} a decision", deciding / DECISIONS);
}

/// Whether the command names it, or nothing at all.
fn is_wanted(name: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|name| !name.starts_with("--")).peekable();
    names.peek().is_none() || names.any(|wanted| wanted == name)
}

fn median<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut rounds = [Duration::ZERO; ROUNDS];
    for round in &mut rounds {
        let start = Instant::now();
        black_box(work());
        *round = start.elapsed();
    }
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}
