//! Plans as a whole. The rules themselves are tested by the cases and against the slow evaluator.

use serde_json::{Value, json};
use tidegate_oracle::generator;

use super::lanes::Planner;
use super::{Extent, MAX_WAITS, Plan, PlanRequest, Warning, plan};
use crate::reason::Code;
use crate::request::parse_plan;
use crate::time::Instant;

fn request(document: &Value) -> PlanRequest {
    parse_plan(document).unwrap_or_else(|problems| panic!("{problems:?} in {document}"))
}

fn one_by_one(request: &PlanRequest) -> Plan {
    let mut planner = Planner::new(request);
    planner.max_row = 1;
    planner.plan()
}

/// A random request for more messages than the slow evaluator could plan.
fn large(seed: u64) -> Value {
    let mut document = generator::request(seed);
    if let Some(groups) = document.get_mut("groups") {
        each(groups, |group| {
            group["count"] = json!(0); // It has none, and `enlarge` asks for it.
            enlarge(group, seed);
            group.as_object_mut().unwrap().remove("count");
        });
    }
    if let Some(lanes) = document.get_mut("lanes") {
        each(lanes, |lane| enlarge(lane, seed));
    } else {
        enlarge(&mut document, seed);
    }
    document
}

/// Limits that let more than a handful through make rows that can be long.
fn enlarge(lane: &mut Value, seed: u64) {
    let grow = |item: &mut Value, name: &str, by: u64| {
        item[name] = json!(item[name].as_u64().unwrap() * by);
    };
    grow(lane, "count", 12);
    let Some(layers) = lane.get_mut("layers") else { return };
    each(layers, |layer| {
        let Some(policy) = layer["policy"].as_object_mut() else { return };
        if let Some(limits) = policy.get_mut("limits") {
            each(limits, |limit| grow(limit, "max", 1 + seed % 9));
        }
        if let Some(breaks) = policy.get_mut("breaks") {
            each(breaks, |rule| grow(rule, "after", 1 + seed % 5));
        }
    });
}

fn each(list: &mut Value, mut change: impl FnMut(&mut Value)) {
    list.as_array_mut().unwrap().iter_mut().for_each(&mut change);
}

#[test]
fn rows_are_what_one_message_after_the_other_gives() {
    let mut rows = 0;
    for seed in 0..500 {
        let document = large(seed);
        let request = request(&document);
        let planned = plan(&request);
        assert_eq!(planned, one_by_one(&request), "seed {seed}: {document}");
        rows += planned.runs.iter().filter(|planned| planned.run.count > 3).count();
    }
    assert!(rows > 400, "only {rows} rows of some length");
}

#[test]
fn a_million_messages_are_a_few_runs_a_day() {
    let weekdays = ["mon", "tue", "wed", "thu", "fri"];
    let plan = plan(&request(&json!({
        "layers": [{ "name": "sender", "policy": {
            "time_zone": "Europe/Paris",
            "windows": [{ "days": weekdays, "from": "09:00", "to": "12:00" },
                        { "days": weekdays, "from": "13:00", "to": "17:30" }],
            "blocked": [{ "annual": "12-25" }, { "date": "2026-05-01" }],
            "limits": [{ "max": 500, "rolling": "24h" }, { "max": 400, "calendar": "day" }],
            "gap": "30s",
            "breaks": [{ "after": 50, "pause": "10m" }],
        } }],
        "now": "2026-01-05T08:00:00+01:00",
        "count": 1_000_000,
    })));
    assert_eq!((plan.planned, plan.days.len()), (1_000_000, 2_500));
    // 400 a day in series of 50, one of which is cut by lunch.
    assert_eq!(plan.runs.len(), 9 * 2_500);
}

#[test]
fn a_pause_names_the_gate_that_was_the_last_to_open() {
    let document = json!({
        "layers": [{ "name": "sender", "policy": {
            "windows": [{ "from": "09:00", "to": "12:00" }],
            "blocked": [{ "name": "Christmas", "date": "2026-12-25" }],
            "gap": "30s",
            "breaks": [{ "after": 2, "pause": "15m" }],
            "limits": [{ "max": 4, "calendar": "day" }],
        } }],
        "now": "2026-12-24T08:00:00Z",
        "count": 5,
    });
    let plan = plan(&request(&document));
    let minute = |t: Instant| (t.millis() - plan.waits[0].from.millis()) / 60_000;
    let waits: Vec<_> = plan
        .waits
        .iter()
        .map(|wait| (minute(wait.from), minute(wait.to), wait.gate.to_string(), wait.code))
        .collect();
    let two_days = 2 * 24 * 60;
    assert_eq!(
        waits,
        [
            (0, 60, "windows".to_owned(), Code::OutsideWindow),
            (60, 75, "breaks[0]".to_owned(), Code::Break),
            (76, two_days + 60, "windows".to_owned(), Code::OutsideWindow),
        ]
    );
}

#[test]
fn a_steady_pace_is_no_pause_whatever_sets_it() {
    let document = json!({
        "layers": [{ "policy": { "limits": [{ "max": 1, "rolling": "1h" }] } }],
        "now": "2026-12-24T08:00:00Z",
        "count": 100,
    });
    let plan = plan(&request(&document));
    assert_eq!((plan.runs.len(), plan.waits.len()), (1, 1));
    assert_eq!(plan.waits[0].code, Code::RollingLimit);
}

#[test]
fn a_plan_up_to_an_instant_says_when_each_lane_goes_next() {
    let document = json!({
        "shared": [{ "name": "sender", "policy": { "gap": "20s" } }],
        "lanes": [
            { "name": "now", "count": 10 },
            { "name": "later", "count": 10,
              "layers": [{ "policy": { "starts_at": "2026-12-24T09:00" } }] },
            { "name": "ended", "count": 10,
              "layers": [{ "policy": { "ends_at": "2026-12-24T08:00" } }] },
        ],
        "now": "2026-12-24T08:00:00Z",
        "until": "2026-12-24T08:01:00Z",
    });
    let plan = plan(&request(&document));
    let minute =
        |lane: usize| plan.lanes[lane].next.map(|next| next.to_utc().format("%H:%M").to_string());
    assert_eq!(plan.planned, 3);
    assert_eq!(
        [minute(0).as_deref(), minute(1).as_deref(), minute(2).as_deref()],
        [Some("08:01"), Some("09:00"), None]
    );
    // What is not reached because planning stopped is nothing to warn about.
    assert_eq!(plan.warnings.len(), 1);
    assert!(matches!(plan.warnings[0], Warning::EndsBeforeFinish { lane: 2, left_out: 10, .. }));
}

#[test]
fn piece_by_piece_is_the_same_as_at_once() {
    for seed in 0..300 {
        let mut whole = generator::request_of_one_lane(seed);
        whole["count"] = json!(60);
        let at_once = plan(&request(&whole));
        let Some(last) = at_once.last else { continue };
        let now = whole["now"].as_i64().unwrap();
        let middle = now + (last.millis() - now) / 2;
        let mut head = request(&whole);
        head.until = Some(Instant::from_millis(middle));
        let head = plan(&head);

        let mut tail = request(&whole);
        tail.now = Instant::from_millis(middle).max(tail.now);
        tail.lanes[0].count -= head.planned;
        tail.lanes[0].first_ordinal = head.planned;
        for layer in &mut tail.lanes[0].layers {
            layer.history.extend(head.runs.iter().map(|planned| planned.run));
        }
        let tail = plan(&tail);
        let mut times = super::plan_times(&head);
        times.extend(super::plan_times(&tail));
        assert_eq!(times, super::plan_times(&at_once), "seed {seed}: {whole}");
    }
}

#[test]
fn a_plan_with_too_many_runs_stops_and_says_so() {
    let document = json!({
        "layers": [{ "policy": { "gap": "1m", "jitter": "1m" } }],
        "now": "2026-12-24T08:00:00Z",
        "count": 100,
    });
    let request = request(&document);
    let mut planner = Planner::new(&request);
    planner.max_runs = 10;
    let plan = planner.plan();
    assert_eq!(plan.runs.len(), 10);
    let left_out = 100 - plan.planned;
    assert!(
        matches!(plan.warnings[0], Warning::TooLong { lane: 0, left_out: n, .. } if n == left_out)
    );
}

#[test]
fn many_lanes_that_take_turns_for_too_long_stop_and_say_so() {
    let document = json!({
        "shared": [{ "policy": { "gap": "1m" } }],
        "lanes": vec![json!({ "count": 100 }); 50],
        "order": "fair",
        "now": "2026-12-24T08:00:00Z",
    });
    let request = request(&document);
    let mut planner = Planner::new(&request);
    planner.max_looks = 10_000;
    let plan = planner.plan();
    // Two questions a message, fifty lanes each.
    assert!((50..=150).contains(&plan.planned), "{}", plan.planned);
    assert_eq!(plan.planned + plan.unplanned, 5_000);
    assert_eq!(plan.warnings.len(), 50);
    assert!(plan.warnings.iter().all(|warning| matches!(warning, Warning::TooLong { .. })));
}

#[test]
fn the_list_of_pauses_ends_at_its_bound() {
    let document = json!({
        "layers": [{ "policy": { "gap": "1s", "breaks": [{ "after": 2, "pause": "10s" }] } }],
        "now": "2026-12-24T08:00:00Z",
        "count": 2 * MAX_WAITS + 10,
    });
    let plan = plan(&request(&document));
    assert_eq!((plan.waits.len(), plan.unplanned), (MAX_WAITS, 0));
}

/// Puts something nasty in the place of one value of a document.
fn spoil(value: &mut Value, dice: &mut impl FnMut(usize) -> usize) {
    let numbers = json!([
        0,
        1,
        -1,
        7.5,
        1e300,
        1_000_000_000,
        i64::MAX,
        i64::MIN,
        u64::MAX,
        1_262_304_000_000_i64,
        7_258_118_400_000_i64,
        7_258_118_399_999_i64
    ]);
    let texts = json!([
        "",
        "24:00",
        "00:00",
        "23:59:59",
        "1ms",
        "366d",
        "02-29",
        "2199-12-31",
        "2010-01-01T00:00",
        "2199-12-31T24:00",
        "2199-12-31T23:59:59Z",
        "month",
        "goal",
        "manual",
        "\u{1F600}"
    ]);
    let others = json!([
        null, true, [], {}, [1_262_304_000_000_i64, 7_258_118_400_000_i64],
        { "start": 7_258_118_400_000_i64, "count": 1_000_000_000, "every": 0 },
        { "start": 1_262_304_000_000_i64, "count": 1_000_000_000, "every": 5_995 }
    ]);
    let nasty = match value {
        Value::Array(items) if !items.is_empty() => {
            let index = dice(items.len());
            return spoil(&mut items[index], dice);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let index = dice(fields.len());
            return spoil(fields.values_mut().nth(index).unwrap(), dice);
        }
        Value::Number(_) if dice(5) > 0 => numbers,
        Value::String(_) if dice(5) > 0 => texts,
        _ => others,
    };
    *value = nasty[dice(nasty.as_array().unwrap().len())].clone();
}

#[test]
fn no_document_is_too_nasty() {
    let mut read = 0;
    for seed in 0..2_000_u64 {
        let mut drawn = 0;
        let mut dice = |sides: usize| {
            drawn += 1;
            let draw = crate::draw(seed, drawn) % u64::try_from(sides).unwrap();
            usize::try_from(draw).unwrap()
        };
        let mut document = generator::request(seed);
        for _ in 0..=seed % 2 {
            spoil(&mut document, &mut dice);
        }
        let Ok(request) = parse_plan(&document) else { continue };
        read += 1;
        let mut planner = Planner::new(&request);
        planner.max_runs = 200;
        let plan = planner.plan();
        let asked: u64 = request.lanes.iter().map(|lane| lane.count).sum();
        assert_eq!(plan.planned + plan.unplanned, asked, "{document}");
        let layers: Vec<_> =
            request.shared.iter().chain(&request.lanes[0].layers).cloned().collect();
        let _ = crate::decide(&layers, request.now);
    }
    assert!(read > 250, "only {read} documents could be read");
}

#[test]
fn detail_is_listed_where_it_touches_the_stretch_and_counted_everywhere() {
    let nine_to_ten = json!({ "windows": [{ "from": "09:00", "to": "10:00" }], "gap": "10m" });
    let mut document = json!({
        "layers": [{ "policy": nine_to_ten }],
        "now": "2026-11-23T08:00:00Z",
        "count": 30,
    });
    let whole = plan(&request(&document));
    assert_eq!((whole.runs.len(), whole.waits.len(), whole.in_all), (5, 5, None));
    // From the last of Tuesday's sends to the middle of the night before Thursday.
    document["detail"] = json!({ "from": "2026-11-24T09:50:00Z", "until": "2026-11-26T01:00:00Z" });
    let part = plan(&request(&document));
    assert_eq!(part.in_all, Some(Extent { runs: 5, waits: 5 }));
    assert_eq!(part.runs, whole.runs[1..3]);
    assert_eq!(part.waits, whole.waits[2..4]);
    assert_eq!(
        Plan { runs: whole.runs, waits: whole.waits, in_all: None, ..part },
        plan(&{
            document.as_object_mut().unwrap().remove("detail");
            request(&document)
        })
    );
}
