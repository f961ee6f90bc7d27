//! What holds for every request, whatever its answer.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

mod odd;
mod reshape;

use proptest::prelude::*;
use serde_json::{Value, json};
use tidegate::request::{parse_decide, parse_plan};
use tidegate::{Instant, Plan, Policy, plan_times};
use tidegate_oracle::{generator, read};

use odd::json_value;
use reshape::{each_layer, rest, without};

fn plan(request: &Value) -> Plan {
    tidegate::plan(
        &parse_plan(request).unwrap_or_else(|problems| panic!("{problems:?} in {request}")),
    )
}

fn times(request: &Value) -> Vec<i64> {
    sends(&plan(request)).into_iter().map(|(at, _)| at).collect()
}

/// Every send and its lane, sorted.
fn sends(plan: &Plan) -> Vec<(i64, usize)> {
    let mut sends = Vec::new();
    for planned in &plan.runs {
        for n in 0..i64::try_from(planned.run.count).unwrap() {
            sends.push((planned.run.start.millis() + n * planned.run.every, planned.lane));
        }
    }
    sends.sort_unstable();
    sends
}

fn decide(request: &Value, now: i64) -> Value {
    let mut request = json!({ "layers": request["layers"] });
    request["now"] = json!(now);
    let asked =
        parse_decide(&request).unwrap_or_else(|problems| panic!("{problems:?} in {request}"));
    serde_json::to_value(tidegate::decide(&asked.layers, asked.now)).unwrap()
}

fn of_lane(sends: &[(i64, usize)], index: usize) -> Vec<i64> {
    sends.iter().filter(|(_, lane)| *lane == index).map(|(at, _)| *at).collect()
}

/// A request that is printed as one would paste it.
#[derive(Clone)]
struct Asked(Value);

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

/// A request with `layers`, as most are.
fn single() -> impl Strategy<Value = Asked> {
    any::<u64>().no_shrink().prop_map(|seed| Asked(generator::request_of_one_lane(seed)))
}

/// Any request, with lanes too.
fn any_request() -> impl Strategy<Value = Asked> {
    any::<u64>().no_shrink().prop_map(|seed| Asked(generator::request(seed)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_message_is_refused_until_the_promised_instant_and_allowed_exactly_then(
        Asked(request) in single(), parts in proptest::collection::vec(0.0..1.0_f64, 20),
    ) {
        let now = request["now"].as_i64().unwrap();
        let answer = decide(&request, now);
        if answer["verdict"] == "wait" {
            let until = answer["until"].as_i64().unwrap();
            prop_assert!(until > now);
            prop_assert_eq!(&decide(&request, until)["verdict"], "send", "at {} of {}", until, request);
            let between = parts.iter().map(|part| between(now, until, *part));
            for t in between.chain([until - 1]) {
                let refused = decide(&request, t);
                prop_assert_eq!(&refused["verdict"], "wait", "at {} of {}", t, request);
                prop_assert_eq!(&refused["until"], until, "at {} of {}", t, request);
            }
        }
    }

    #[test]
    fn a_gate_opens_at_its_own_instant_and_not_a_millisecond_before(Asked(request) in single()) {
        let now = request["now"].as_i64().unwrap();
        let answer = decide(&request, now);
        // One reason stands for all blocked times, and names the first that holds at the time.
        let gate = |reason: &Value| {
            let path = reason["gate"].as_str().unwrap();
            let path = if path.starts_with("blocked") { "blocked" } else { path };
            (reason["layer"].clone(), path.to_owned())
        };
        let closed = |t: i64| -> Vec<_> {
            let answer = decide(&request, t);
            let reasons = answer["because"].as_array().into_iter().flatten();
            reasons.filter(|reason| reason["code"] != "no_opening").map(gate).collect()
        };
        let named = |reason: &Value| {
            let layers = request["layers"].as_array().unwrap();
            layers.iter().filter(|layer| layer["name"] == reason["layer"]).count()
        };
        for reason in answer["because"].as_array().into_iter().flatten() {
            // Layers of the same name may hold the same gate closed for longer.
            if let Some(until) = reason["until"].as_i64() && named(reason) == 1 {
                prop_assert!(until > now);
                let gate = gate(reason);
                prop_assert!(!closed(until).contains(&gate), "{gate:?} at {until} of {request}");
                prop_assert!(closed(until - 1).contains(&gate), "{gate:?} before {until} of {request}");
            }
        }
    }

    #[test]
    fn no_hard_limit_is_ever_exceeded(Asked(request) in any_request()) {
        let plan = plan(&request);
        let sends = sends(&plan);
        let lanes = request["lanes"].as_array().cloned().unwrap_or(vec![request.clone()]);
        let all = sends.iter().map(|(at, _)| *at).collect::<Vec<_>>();
        for layer in request["shared"].as_array().into_iter().flatten() {
            within_rolling_limits(layer, &all)?;
        }
        for (i, group) in request["groups"].as_array().into_iter().flatten().enumerate() {
            let is_its = |lane: usize| lanes[lane]["group"] == json!(i);
            let its: Vec<i64> =
                sends.iter().filter(|(_, lane)| is_its(*lane)).map(|(at, _)| *at).collect();
            for layer in group["layers"].as_array().unwrap() {
                within_rolling_limits(layer, &its)?;
            }
        }
        for (i, lane) in lanes.iter().enumerate() {
            let own: Vec<i64> = of_lane(&sends, i);
            for layer in lane["layers"].as_array().unwrap() {
                within_rolling_limits(layer, &own)?;
            }
        }
    }

    #[test]
    fn runs_and_single_sends_are_the_same_history(
        Asked(request) in single(), later in 0_i64..200_000_000,
    ) {
        let plan = plan(&request);
        if let Some(last) = plan.last.map(Instant::millis) {
            let as_runs = rest(&request, &plan, last);
            let mut one_by_one = request.clone();
            each_layer(&mut one_by_one, |layer| {
                let mut history = layer["history"].as_array().cloned().unwrap_or_default();
                history.extend(sends(&plan).iter().rev().map(|(at, _)| json!(at)));
                layer["history"] = json!(history);
            });
            for t in [last, last + later % 90_000, last + later] {
                prop_assert_eq!(decide(&as_runs, t), decide(&one_by_one, t), "at {} of {}", t, request);
            }
        }
    }

    #[test]
    fn a_plan_fed_back_as_history_changes_nothing_after_it(
        Asked(request) in single(), part in 0.0..1.0_f64,
    ) {
        let whole = times(&request);
        let mut head = request.clone();
        let count = between(0, request["count"].as_i64().unwrap(), part);
        head["count"] = json!(count);
        let head_plan = plan(&head);
        let mut parts = times(&head);
        if head_plan.unplanned == 0 {
            let now = request["now"].as_i64().unwrap();
            let mut tail = rest(&request, &head_plan, head_plan.last.map_or(now, Instant::millis));
            tail["count"] = json!(request["count"].as_i64().unwrap() - count);
            parts.extend(times(&tail));
        }
        prop_assert_eq!(parts, whole, "cut at {} of {}", count, request);
    }

    #[test]
    fn a_plan_made_tick_by_tick_equals_the_whole(
        Asked(request) in any_request(), mut ticks in proptest::collection::vec(0.0..1.1_f64, 1..5),
    ) {
        let whole_plan = plan(&request);
        let start = request["now"].as_i64().unwrap();
        let last = whole_plan.last.map_or(start, Instant::millis);
        ticks.sort_by(f64::total_cmp);
        let mut parts = Vec::new();
        let mut left = request.clone();
        for tick in ticks {
            let until = between(start, last, tick) + 1;
            left["until"] = json!(until);
            let tick = plan(&left);
            let sent = sends(&tick);
            prop_assert!(sent.iter().all(|(at, _)| *at < until));
            next_is_what_the_lane_alone_would_do(&left, &tick, until)?;
            parts.extend(sent);
            left = rest(&left, &tick, until);
        }
        left.as_object_mut().unwrap().remove("until");
        parts.extend(sends(&plan(&left)));
        prop_assert_eq!(parts, sends(&whole_plan), "of {}", request);
    }

    #[test]
    fn fewer_messages_are_the_first_of_more(
        Asked(request) in single(), fewer in any::<prop::sample::Index>(),
    ) {
        let whole = times(&request);
        let mut short = request.clone();
        let count = fewer.index(whole.len() + 1);
        short["count"] = json!(count);
        prop_assert_eq!(&times(&short)[..], &whole[..count], "of {}", request);
    }

    #[test]
    fn jitter_lengthens_each_gap_by_at_most_itself(
        seed in any::<u32>(), other in any::<u32>(), jitter in 1_i64..100_000,
    ) {
        let request = |seed: u32| {
            let policy = json!({ "gap": "30s", "jitter": format!("{jitter}ms") });
            let layers = json!([{ "name": "sender", "policy": policy }]);
            json!({ "layers": layers, "count": 40, "seed": seed, "now": 1_795_428_000_000_i64 })
        };
        let sent = times(&request(seed));
        let gaps: Vec<i64> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
        prop_assert!(gaps.iter().all(|gap| (30_000..=30_000 + jitter).contains(gap)), "{gaps:?}");
        prop_assert_eq!(&times(&request(seed)), &sent);
        // Of 39 draws from a thousand numbers some differ, but for one seed in 10^100.
        prop_assert!(jitter < 1_000 || seed == other || times(&request(other)) != sent);
    }

    #[test]
    fn looser_rules_never_make_the_first_send_later(Asked(request) in single()) {
        let first = times(&request).first().copied();
        for field in ["windows", "blocked", "limits", "gap", "breaks", "starts_at", "ends_at"] {
            let looser = times(&without(&request, field)).first().copied();
            prop_assert!(
                first.is_none() || looser.is_some_and(|looser| Some(looser) <= first),
                "without {field} {looser:?} instead of {first:?} of {request}"
            );
        }
        let mut wider = request.clone();
        each_layer(&mut wider, |layer| {
            let windows = layer["policy"].get_mut("windows").and_then(Value::as_array_mut);
            for window in windows.into_iter().flatten() {
                window.as_object_mut().unwrap().remove("days");
            }
        });
        let wider = times(&wider).first().copied();
        prop_assert!(first.is_none() || wider.is_some_and(|wider| Some(wider) <= first), "{request}");
    }

    #[test]
    fn the_parts_of_a_plan_add_up(Asked(request) in any_request()) {
        let plan = plan(&request);
        let sends = sends(&plan);
        let count = |field: &Value| field.as_u64().unwrap();
        let asked = request["lanes"].as_array().map_or_else(
            || count(&request["count"]),
            |lanes| lanes.iter().map(|lane| count(&lane["count"])).sum(),
        );
        prop_assert_eq!(plan.planned, u64::try_from(sends.len()).unwrap());
        prop_assert_eq!(plan.planned + plan.unplanned, asked);
        prop_assert_eq!(plan.first.map(Instant::millis), sends.first().map(|(at, _)| *at));
        prop_assert_eq!(plan.last.map(Instant::millis), sends.last().map(|(at, _)| *at));
        prop_assert_eq!(plan.lanes.iter().map(|lane| lane.planned).sum::<u64>(), plan.planned);
        prop_assert_eq!(plan.lanes.iter().map(|lane| lane.unplanned).sum::<u64>(), plan.unplanned);
        for (i, lane) in plan.lanes.iter().enumerate() {
            let own: Vec<i64> = of_lane(&sends, i);
            prop_assert_eq!(lane.planned, u64::try_from(own.len()).unwrap());
            prop_assert_eq!(lane.first.map(Instant::millis), own.first().copied());
            prop_assert_eq!(lane.last.map(Instant::millis), own.last().copied());
        }
        for (i, group) in plan.groups.iter().enumerate() {
            let of_group = |lane: usize| request["lanes"][lane]["group"] == json!(i);
            let its: Vec<i64> =
                sends.iter().filter(|(_, lane)| of_group(*lane)).map(|(at, _)| *at).collect();
            prop_assert_eq!(group.planned, u64::try_from(its.len()).unwrap());
            prop_assert_eq!(group.first.map(Instant::millis), its.first().copied());
            prop_assert_eq!(group.last.map(Instant::millis), its.last().copied());
            let lanes = plan.lanes.iter().enumerate().filter(|(lane, _)| of_group(*lane));
            prop_assert_eq!(group.unplanned, lanes.map(|(_, lane)| lane.unplanned).sum::<u64>());
        }
        prop_assert_eq!(plan.days.iter().map(|day| day.count).sum::<u64>(), plan.planned);
        prop_assert!(plan.days.windows(2).all(|days| days[0].date < days[1].date));
        let warnings = serde_json::to_value(&plan.warnings).unwrap();
        let left_out = warnings.as_array().unwrap().iter().map(|warning| &warning["left_out"]);
        let left_out: u64 = left_out.filter_map(Value::as_u64).sum();
        prop_assert_eq!(left_out, plan.unplanned, "of {}", request);
        for wait in &plan.waits {
            prop_assert!(wait.from < wait.to);
            let (from, to) = (wait.from.millis(), wait.to.millis());
            prop_assert!(sends.iter().all(|(at, _)| *at <= from || *at >= to));
            prop_assert!(sends.iter().any(|(at, _)| *at == to));
        }
        let told: Vec<String> = plan_times(&plan).iter().map(|at| format!("{at:.0}")).collect();
        prop_assert_eq!(told, sends.iter().map(|(at, _)| at.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn a_wait_names_a_gate_that_opens_when_it_ends(Asked(request) in single()) {
        // A decide draws its jitter as a first message does.
        let request = without(&request, "jitter");
        for wait in plan(&request).waits.iter().take(5) {
            let (from, to) = (wait.from.millis(), wait.to.millis());
            let mut head = request.clone();
            head["until"] = json!(to);
            let left = rest(&head, &plan(&head), from);
            let answer = decide(&left, to - 1);
            let gate = wait.gate.to_string();
            let gate = gate.as_str();
            let opens = |reason: &Value| reason["until"] == to && reason["gate"] == gate;
            prop_assert_eq!(&answer["until"], to, "wait from {} of {}", from, request);
            prop_assert!(
                answer["because"].as_array().unwrap().iter().any(opens),
                "{} at {to} of {request}: {answer}", wait.gate
            );
        }
    }

    #[test]
    fn the_order_of_history_does_not_matter(Asked(request) in any_request()) {
        let mut reversed = request.clone();
        each_layer(&mut reversed, |layer| {
            if let Some(history) = layer.get_mut("history").and_then(Value::as_array_mut) {
                history.reverse();
            }
        });
        prop_assert_eq!(plan(&request), plan(&reversed), "of {}", request);
    }

    #[test]
    fn in_utc_a_week_later_is_the_same_a_week_later(Asked(request) in single()) {
        const WEEK: i64 = 7 * 24 * 3_600_000;
        let mut request = request;
        each_layer(&mut request, |layer| {
            layer["policy"]["time_zone"] = json!("UTC");
            let policy = layer["policy"].as_object_mut().unwrap();
            for dated in ["starts_at", "ends_at", "blocked"] {
                policy.remove(dated);
            }
            for limit in policy.get_mut("limits").and_then(Value::as_array_mut).into_iter().flatten() {
                limit.as_object_mut().unwrap().remove("ramp");
                if limit["calendar"] == "month" {
                    limit["calendar"] = json!("week");
                }
            }
        });
        let mut later = request.clone();
        later["now"] = json!(request["now"].as_i64().unwrap() + WEEK);
        each_layer(&mut later, |layer| {
            for run in layer.get_mut("history").and_then(Value::as_array_mut).into_iter().flatten() {
                let start = if run.is_object() { &mut run["start"] } else { run };
                *start = json!(start.as_i64().unwrap() + WEEK);
            }
        });
        let moved: Vec<i64> = times(&request).iter().map(|at| at + WEEK).collect();
        prop_assert_eq!(times(&later), moved, "of {}", request);
    }

    #[test]
    fn arbitrary_json_is_answered_or_refused(document in json_value()) {
        let _ = Policy::parse(&document);
        let _ = parse_decide(&document);
        let _ = parse_plan(&document);
    }

    #[test]
    fn a_request_with_something_odd_in_it_is_answered_or_refused(
        Asked(request) in any_request(), place in any::<prop::sample::Index>(), value in json_value(),
    ) {
        let mut request = request;
        let places = odd::count(&request);
        odd::replace(&mut request, &mut place.index(places), &value);
        if let Ok(asked) = parse_decide(&request) {
            let _ = tidegate::decide(&asked.layers, asked.now);
        }
        if let Ok(mut asked) = parse_plan(&request) {
            for lane in &mut asked.lanes {
                lane.count = lane.count.min(1_000);
            }
            let _ = tidegate::plan(&asked);
        }
    }
}

/// Where planning stopped at `until`, each lane says when its next message could go.
fn next_is_what_the_lane_alone_would_do(
    request: &Value,
    plan: &Plan,
    until: i64,
) -> Result<(), TestCaseError> {
    for (i, lane) in plan.lanes.iter().enumerate() {
        if let Some(next) = lane.next.map(Instant::millis) {
            prop_assert!(next >= until && lane.unplanned > 0);
            let mut left = rest(request, plan, until);
            left.as_object_mut().unwrap().remove("until");
            for (other, lane) in left
                .get_mut("lanes")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
                .enumerate()
            {
                if other != i {
                    lane["count"] = json!(0);
                }
            }
            let first = times(&left).first().copied();
            prop_assert_eq!(first, Some(next), "lane {} until {} of {}", i, until, request);
        }
    }
    Ok(())
}

/// Checks every window that ends at a planned send: those are the only ones a plan can overfill.
fn within_rolling_limits(layer: &Value, sends: &[i64]) -> Result<(), TestCaseError> {
    let history = read::instants(&layer["history"]);
    for limit in layer["policy"]["limits"].as_array().into_iter().flatten() {
        let (Some(rolling), false) = (limit["rolling"].as_str(), limit["enforce"] == "goal") else {
            continue;
        };
        if limit.get("counts").is_some() {
            continue;
        }
        let d = read::duration(rolling);
        for t in sends {
            let inside = history.iter().chain(sends).filter(|s| t - d < **s && **s <= *t).count();
            let max = limit["max"].as_u64().unwrap();
            prop_assert!(
                u64::try_from(inside).unwrap() <= max,
                "{inside} in {rolling} before {t} in {layer}"
            );
        }
    }
    Ok(())
}

/// The number that lies so far between two.
fn between(low: i64, high: i64, part: f64) -> i64 {
    let thousandths: i64 = format!("{:.0}", part * 1_000_000.0).parse().unwrap();
    low + i64::try_from(i128::from(high - low) * i128::from(thousandths) / 1_000_000).unwrap()
}
