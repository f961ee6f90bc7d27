//! Random requests with the native engine's answers, one JSON document a line: the request, its
//! plan, a decide request and its decision. `cargo run --example answers -- FIRST_SEED COUNT`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "part of a test: whatever cannot be answered has to fail it"
)]

use std::io::Write;

use serde_json::{Value, json};
use tidegate::request::{parse_decide, parse_plan};
use tidegate_oracle::generator;

fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let mut out = std::io::stdout().lock();
    for seed in arguments[0]..arguments[0] + arguments[1] {
        let request = generator::request(seed);
        let plan = tidegate::plan(&parse_plan(&request).unwrap());
        let asked = decide_request(&request);
        let decide = parse_decide(&asked).unwrap();
        let decision = tidegate::decide(&decide.layers, decide.now);
        writeln!(out, "{request}\n{}", serde_json::to_string(&plan).unwrap()).unwrap();
        writeln!(out, "{asked}\n{}", serde_json::to_string(&decision).unwrap()).unwrap();
    }
}

/// What the first lane's next message asks.
fn decide_request(plan: &Value) -> Value {
    let lane = plan.get("lanes").map_or(plan, |lanes| &lanes[0]);
    let layers = [&plan["shared"], &lane["layers"]];
    let layers: Vec<&Value> = layers.iter().filter_map(|list| list.as_array()).flatten().collect();
    json!({ "layers": layers, "now": plan["now"] })
}
