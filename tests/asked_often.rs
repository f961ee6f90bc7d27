//! What is made to be asked often says what a decision says.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

use serde_json::{Value, json};
use tidegate::request::{DecideRequest, parse_decide, parse_plan};
use tidegate::zone::Span;
use tidegate::{
    Decision, Instant, Layer, Limiter, NoTimetable, Policy, Timetable, decide, plan, plan_times,
};
use tidegate_oracle::generator;

const DAY_MS: i64 = 86_400_000;
/// Of odd length, so that days and pages of time come out of step.
const STRETCH_MS: i64 = 61 * DAY_MS + 12_345;

/// A random request's layers, and the instant that it asks about.
fn asked(seed: u64) -> DecideRequest {
    let request = generator::request_of_one_lane(seed);
    parse_decide(&json!({ "layers": request["layers"], "now": request["now"] })).unwrap()
}

fn layer(policy: &Value) -> Layer {
    Layer { name: "sender".to_owned(), policy: Policy::parse(policy).unwrap(), history: Vec::new() }
}

fn at(text: &str) -> Instant {
    tidegate::time::parse_rfc3339(text).unwrap()
}

#[test]
fn a_timetable_opens_when_a_decision_does() {
    let (mut open, mut shut) = (0, 0);
    for seed in 0..600 {
        let asked = asked(seed);
        let (from, until) = (asked.now, asked.now.plus(STRETCH_MS));
        let table = Timetable::new(&asked.layers, from, until).unwrap();
        let edges = table.openings().iter().flat_map(|span| [span.from, span.until]);
        let around = edges.take(40).flat_map(|edge| [edge.minus(1), edge, edge.plus(1)]);
        let between = (0..40).map(|step| from.plus(step * 131_071_003));
        for now in around.chain(between).filter(|now| from <= *now && *now < until) {
            let opens = match decide(&asked.layers, now) {
                Decision::Send => Some(now),
                Decision::Wait { until, .. } => Some(until),
                Decision::Never { .. } => None,
            };
            let opens = opens.filter(|opens| *opens < until);
            assert_eq!(table.next_opening(now), opens, "seed {seed} at {now:?}");
            assert_eq!(table.is_open(now), opens == Some(now), "seed {seed} at {now:?}");
            *if opens == Some(now) { &mut open } else { &mut shut } += 1;
        }
    }
    assert!(open > 5_000 && shut > 5_000, "{open} {shut}");
}

#[test]
fn openings_neither_touch_nor_overlap_and_stay_within_the_stretch() {
    for seed in 0..300 {
        let asked = asked(seed);
        let (from, until) = (asked.now, asked.now.plus(STRETCH_MS));
        let table = Timetable::new(&asked.layers, from, until).unwrap();
        let spans = table.openings();
        assert!(spans.iter().all(|span| from <= span.from && span.until <= until), "seed {seed}");
        assert!(spans.iter().all(|span| span.from < span.until), "seed {seed}");
        assert!(spans.windows(2).all(|pair| pair[0].until < pair[1].from), "seed {seed}");
    }
}

#[test]
fn outside_its_stretch_a_timetable_is_shut() {
    let (from, until) = (at("2026-11-23T00:00:00Z"), at("2026-11-24T00:00:00Z"));
    let table = Timetable::new(&[layer(&json!({}))], from, until).unwrap();
    assert_eq!(table.openings(), [Span { from, until }]);
    assert!(!table.is_open(from.minus(1)) && table.is_open(from));
    assert!(table.is_open(until.minus(1)) && !table.is_open(until));
    assert_eq!(table.next_opening(from.minus(1)), Some(from));
    assert_eq!(table.next_opening(until), None);
}

#[test]
fn a_timetable_needs_a_stretch_and_bounded_changes() {
    let (nine, open) = (at("2026-11-23T09:00:00Z"), [layer(&json!({}))]);
    let table = |until| Timetable::new(&open, nine, until).map(|table| table.openings().len());
    assert_eq!(table(nine), Err(NoTimetable::Stretch));
    assert_eq!(table(nine.plus(tidegate::HORIZON_MS)), Ok(1));
    assert_eq!(table(nine.plus(tidegate::HORIZON_MS + 1)), Err(NoTimetable::Stretch));

    // A million sends yet to come, each of which shuts and opens the gate.
    let history = json!([{ "start": nine.millis(), "count": 1_000_000, "every": 2 }]);
    let policy = json!({ "limits": [{ "max": 1, "rolling": "1ms" }] });
    let layers = json!([{ "policy": policy, "history": history }]);
    let busy = parse_decide(&json!({ "layers": layers, "now": nine.millis() })).unwrap();
    let table = Timetable::new(&busy.layers, nine, nine.plus(DAY_MS));
    assert_eq!(table.map(|_| ()), Err(NoTimetable::TooManyChanges));
}

/// Sends as early as a limiter lets it, `count` messages from `now` on.
fn limited(layers: &[Layer], now: Instant, count: usize, horizon: Instant) -> Vec<i64> {
    let mut limiter = Limiter::new(layers, now);
    let (mut sent, mut now) = (Vec::new(), now);
    while sent.len() < count && now < horizon {
        match limiter.check(now) {
            Ok(()) => {
                limiter.send(now);
                sent.push(now.millis());
            }
            Err(until) => {
                assert!(until > now, "{until:?} is not after {now:?}");
                // No use in asking earlier: the answer stays.
                assert_eq!(limiter.check(until.minus(1)), Err(until));
                now = until;
            }
        }
    }
    sent
}

#[test]
fn a_limiter_lets_through_what_a_plan_does() {
    let mut messages = 0;
    for seed in 0..1_200 {
        let mut request = generator::request_of_one_lane(seed);
        request["count"] = json!(request["count"].as_u64().unwrap().min(300));
        request.as_object_mut().unwrap().remove("seed");
        let parsed = parse_plan(&request).unwrap();
        let planned = plan(&parsed);
        let lane = &parsed.lanes[0];
        let horizon = planned.last.unwrap_or(parsed.now).plus(DAY_MS);
        let count = usize::try_from(planned.planned).unwrap();
        let layers: Vec<_> = parsed.shared.iter().chain(&lane.layers).cloned().collect();
        let sent = limited(&layers, parsed.now, count, horizon);
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        let times: Vec<_> = plan_times(&planned).into_iter().map(|at| at as i64).collect();
        assert_eq!(sent, times, "seed {seed}: {request}");
        messages += count;
    }
    assert!(messages > 10_000, "{messages}");
}

#[test]
fn a_limiters_time_never_goes_back() {
    let layers = [layer(&json!({ "gap": "1m" }))];
    let nine = at("2026-11-23T09:00:00Z");
    let mut limiter = Limiter::new(&layers, nine);
    limiter.send(nine.plus(30_000));
    assert_eq!(limiter.check(nine), Err(nine.plus(90_000)));
    limiter.send(nine);
    assert_eq!(limiter.check(nine.plus(60_000)), Err(nine.plus(90_000)));
    assert_eq!(limiter.check(nine.plus(90_000)), Ok(()));
}

#[test]
fn what_may_never_go_again_is_told_so() {
    let layers = [layer(&json!({ "ends_at": "2026-11-23T10:00" }))];
    let mut limiter = Limiter::new(&layers, at("2026-11-23T09:00:00Z"));
    assert_eq!(limiter.check(at("2026-11-23T09:59:59.999Z")), Ok(()));
    let Err(until) = limiter.check(at("2026-11-23T10:00:00Z")) else { panic!("it went") };
    assert!(until > Instant::MAX);
}
