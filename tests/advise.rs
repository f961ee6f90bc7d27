//! Advice: what would have to change so that everyone is reached in time.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

use proptest::prelude::*;
use serde_json::{Value, json};
use tidegate::request::parse_plan;
use tidegate::time::{civil, parse_rfc3339};
use tidegate::zone::Zone;
use tidegate::{Advice, Instant, MAX_KNOBS, ONE_BY_ONE, Plan, advise};
use tidegate_oracle::generator;
use tidegate_oracle::read::instant;

fn advice(request: &Value) -> Advice {
    advise(request).unwrap_or_else(|problems| panic!("{problems:?} in {request}"))
}

/// The plan of an advice request, however late.
fn plan(request: &Value) -> Plan {
    let mut request = request.clone();
    request.as_object_mut().unwrap().remove("finish_by");
    let asked = parse_plan(&request);
    tidegate::plan(&asked.unwrap_or_else(|problems| panic!("{problems:?} in {request}")))
}

/// A path such as `layers[0].policy.gap` in the way that JSON Pointer writes it.
fn pointer(path: &str) -> String {
    format!("/{}", path.replace('[', "/").replace(']', "").replace('.', "/"))
}

fn at<'v>(request: &'v Value, path: &str) -> &'v Value {
    request.pointer(&pointer(path)).unwrap()
}

/// The request with a value written to each path.
fn with(request: &Value, paths: &[String], value: &Value) -> Value {
    let mut request = request.clone();
    for path in paths {
        *request.pointer_mut(&pointer(path)).unwrap() = value.clone();
    }
    request
}

fn is_enough(request: &Value) -> bool {
    let by = instant(&request["finish_by"]);
    let plan = plan(request);
    plan.unplanned == 0 && plan.last.is_none_or(|last| last.millis() <= by)
}

fn one_layer(policy: &Value, count: u64, finish_by: &str) -> Value {
    json!({
        "layers": [{ "name": "sender", "policy": policy }],
        "now": "2026-11-23T09:00:00Z", "count": count, "finish_by": finish_by,
    })
}

/// Knob, value and text of each change.
fn changes(request: &Value) -> Vec<(String, Value, String)> {
    let changes = advice(request).advice.into_iter();
    changes.map(|change| (change.knob, change.to, change.text)).collect()
}

/// Knob and reason of each that cannot do it.
fn refusals(request: &Value) -> Vec<(String, String)> {
    advice(request).none.into_iter().map(|knob| (knob.knob, knob.why)).collect()
}

fn change(knob: &str, to: impl Into<Value>, text: &str) -> (String, Value, String) {
    (knob.to_owned(), to.into(), text.to_owned())
}

fn refusal(knob: &str, why: &str) -> (String, String) {
    (knob.to_owned(), why.to_owned())
}

#[test]
fn what_is_in_time_needs_no_advice() {
    // One a minute from 09:00: the last of 61 at 10:00.
    let request = |finish_by: &str| one_layer(&json!({ "gap": "1m" }), 61, finish_by);
    let answer = advice(&request("2026-11-23T10:00:00Z"));
    let ten = Instant::from_millis(1_795_428_000_000);
    assert_eq!((answer.enough, answer.finishes), (true, Some(ten)));
    assert!(answer.advice.is_empty() && answer.none.is_empty());
    assert!(!advice(&request("2026-11-23T09:59:59.999Z")).enough);
}

#[test]
fn nobody_to_reach_is_in_time() {
    let answer =
        advice(&one_layer(&json!({ "starts_at": "2027-01-01T00:00" }), 0, "2026-11-23T09:00:00Z"));
    assert_eq!((answer.enough, answer.finishes), (true, None));
}

#[test]
fn a_daily_limit_is_raised_by_as_little_as_will_do() {
    let policy = json!({
        "windows": [{ "from": "09:00", "to": "17:00" }],
        "limits": [{ "max": 200, "calendar": "day" }],
    });
    let request = one_layer(&policy, 1_001, "2026-11-26T17:00:00Z");
    assert_eq!(
        changes(&request),
        [change("limits[0].max", 251, "251 a day instead of 200 would finish at Thu 26 Nov 09:00"),]
    );
    let left = "are left at Thu 26 Nov 17:00";
    assert_eq!(
        refusals(&request),
        [
            refusal(
                "windows[0].from",
                &format!("even with windows from 00:00, 201 of 1001 {left}")
            ),
            refusal("windows[0].to", &format!("even with windows to 24:00, 201 of 1001 {left}")),
        ]
    );
}

#[test]
fn a_gap_is_shortened_to_a_whole_second() {
    // 99 gaps in 50 minutes: 30.3 seconds each.
    let request = one_layer(&json!({ "gap": "1m" }), 100, "2026-11-23T09:50:00Z");
    assert_eq!(
        changes(&request),
        [change(
            "gap",
            "30s",
            "a gap of 30 s instead of 1 min would finish at Mon 23 Nov 09:49:30"
        ),]
    );
}

#[test]
fn below_a_second_a_gap_is_shortened_by_milliseconds() {
    let request = one_layer(&json!({ "gap": "1s" }), 4, "2026-11-23T09:00:02.999Z");
    assert_eq!(changes(&request)[0].1, "999ms");
    let request = one_layer(&json!({ "gap": "1s" }), 4, "2026-11-23T09:00:00.002Z");
    assert_eq!(
        refusals(&request),
        [refusal("gap", "even with a gap of 1 ms, 1 of 4 are left at Mon 23 Nov 09:00:00.002"),]
    );
}

#[test]
fn an_end_that_leaves_people_out_is_moved_to_the_minute_after_the_last() {
    let policy = json!({
        "time_zone": "America/Toronto", "gap": "1m", "ends_at": "2026-11-23T05:00",
    });
    // From 04:00 local to 05:39.
    let request = one_layer(&policy, 100, "2026-11-23T12:00:00Z");
    let answer = advice(&request);
    assert_eq!((answer.enough, answer.finishes), (false, None));
    assert_eq!(
        changes(&request)[1],
        change(
            "ends_at",
            "2026-11-23T05:40",
            "an end at Mon 23 Nov 05:40 instead of Mon 23 Nov 05:00 would finish at Mon 23 Nov 05:39",
        )
    );
    // As it happens, the gap has to change by less: 60 minutes hold 100 messages 36 seconds apart.
    assert_eq!(changes(&request)[0].1, "36s");
}

#[test]
fn an_end_with_an_offset_stays_one() {
    let policy =
        json!({ "time_zone": "Asia/Kolkata", "gap": "1m", "ends_at": "2026-11-23T09:01:00Z" });
    let request = one_layer(&policy, 3, "2026-11-23T12:00:00Z");
    let end = changes(&request).into_iter().find(|(knob, ..)| knob == "ends_at").unwrap();
    assert_eq!(end.1, "2026-11-23T14:33:00+05:30");
}

#[test]
fn a_start_is_moved_no_further_than_now() {
    let policy = json!({ "gap": "1m", "starts_at": "2026-11-23T12:00" });
    let request = |finish_by| one_layer(&policy, 61, finish_by);
    // Half an hour of three is a smaller change than half a minute of one.
    let start = changes(&request("2026-11-23T12:30:00Z")).into_iter().next().unwrap();
    assert_eq!((start.0.as_str(), start.1), ("starts_at", json!("2026-11-23T11:30")));
    let why = "even with a start at Mon 23 Nov 09:00, 1 of 61 are left at Mon 23 Nov 09:59";
    assert!(refusals(&request("2026-11-23T09:59:00Z")).contains(&refusal("starts_at", why)));
}

#[test]
fn windows_that_share_an_edge_move_together() {
    let policy = json!({
        "windows": [
            { "days": ["mon", "tue"], "from": "10:00", "to": "11:00" },
            { "days": ["wed"], "from": "10:00", "to": "10:30" },
        ],
        "gap": "1m",
    });
    // 60, 60 and 30 as it is, each of them once more for each minute that is added.
    let request = one_layer(&policy, 156, "2026-11-25T12:00:00Z");
    let answer = advice(&request);
    let opening = answer.advice.iter().find(|change| change.knob == "windows[0].from").unwrap();
    assert_eq!(
        opening.paths,
        ["layers[0].policy.windows[0].from", "layers[0].policy.windows[1].from"]
    );
    assert_eq!((opening.from.as_str(), opening.to.as_str()), (Some("10:00"), Some("09:58")));
    assert_eq!(
        opening.text,
        "windows from 09:58 instead of 10:00 would finish at Wed 25 Nov 10:29"
    );
    let closing = |knob: &str| answer.advice.iter().find(|change| change.knob == knob).unwrap();
    assert_eq!(closing("windows[0].to").to, "11:03");
    assert_eq!(closing("windows[1].to").to, "10:36");
}

#[test]
fn breaks_have_two_knobs() {
    let policy = json!({ "gap": "1m", "breaks": [{ "after": 10, "pause": "20m" }] });
    // Ten in nine minutes, then 20 minutes of pause: the 31st at 09:09 and three times 29 later.
    let request = one_layer(&policy, 31, "2026-11-23T10:00:00Z");
    let changes = changes(&request);
    let find = |knob: &str| changes.iter().find(|change| change.0 == knob).unwrap();
    assert_eq!(find("breaks[0].pause").1, "11m");
    // One break less: 30 minutes and one pause in place of one of them.
    assert_eq!(
        find("breaks[0].after").2,
        "a break of 20 min after 16 instead of 10 would finish at Mon 23 Nov 09:49"
    );
    assert!(changes.iter().all(|(knob, ..)| knob != "gap"));
}

/// Two before each break are quicker here than three: the fourth waits for the window anyway.
#[test]
fn the_smallest_change_is_found_where_a_looser_break_is_slower() {
    let policy = |after: u64| {
        json!({
            "windows": [{ "from": "09:00", "to": "09:13" }, { "from": "09:24", "to": "17:00" }],
            "gap": "10m",
            "breaks": [{ "after": after, "pause": "15m" }],
        })
    };
    let last = |after, count| plan(&one_layer(&policy(after), count, "2026-11-23T12:00:00Z")).last;
    assert!(last(2, 4).unwrap() < last(3, 4).unwrap());
    let request = one_layer(&policy(1), 4, "2026-11-23T09:38:00Z");
    let after = changes(&request).into_iter().find(|(knob, ..)| knob == "breaks[0].after");
    assert_eq!(after.unwrap().1, json!(2));
}

#[test]
fn a_goal_and_a_blocked_time_are_no_knobs() {
    let policy = json!({
        "limits": [{ "max": 1, "calendar": "day", "enforce": "goal" }],
        "blocked": [{ "from": "09:00", "to": "12:00" }],
    });
    let answer = advice(&one_layer(&policy, 1, "2026-11-23T11:00:00Z"));
    assert!(!answer.enough && answer.advice.is_empty() && answer.none.is_empty());
}

#[test]
fn every_lane_has_to_finish() {
    let request = json!({
        "shared": [{ "name": "sender", "policy": { "gap": "1m" } }],
        "lanes": [
            { "name": "one", "count": 30 },
            { "name": "two", "count": 30, "layers": [
                { "name": "campaign", "policy": { "limits": [{ "max": 15, "rolling": "1h" }] } },
            ] },
        ],
        "now": "2026-11-23T09:00:00Z", "finish_by": "2026-11-23T09:59:00Z",
    });
    let answer = advice(&request);
    let texts: Vec<_> = answer.advice.iter().map(|change| change.text.as_str()).collect();
    assert_eq!(texts, ["30 in 1 h instead of 15 would finish at Mon 23 Nov 09:59"]);
    assert_eq!(answer.advice[0].paths, ["lanes[1].layers[0].policy.limits[0].max"]);
    assert_eq!(answer.none[0].paths, ["shared[0].policy.gap"]);
    assert_eq!(
        answer.none[0].why,
        "even with a gap of 1 ms, 15 of 60 are left at Mon 23 Nov 09:59"
    );
}

#[test]
fn the_knobs_have_a_bound() {
    let limits = vec![json!({ "max": 1, "rolling": "24h" }); 13];
    let layers = |count| vec![json!({ "policy": { "limits": limits } }); count];
    let request = |count| {
        json!({
            "layers": layers(count), "count": 3,
            "now": "2026-11-23T09:00:00Z", "finish_by": "2026-11-23T10:00:00Z",
        })
    };
    let answer = advice(&request(4));
    assert_eq!((answer.none.len(), answer.untried), (52, 0));
    let answer = advice(&request(5));
    assert_eq!((answer.none.len(), answer.untried), (MAX_KNOBS, 1));
}

#[test]
fn an_answer_is_plain_json() {
    let request = one_layer(
        &json!({ "gap": "1m", "ends_at": "2027-01-01T00:00" }),
        100,
        "2026-11-23T09:50:00Z",
    );
    assert_eq!(
        serde_json::to_value(advice(&request)).unwrap(),
        json!({
            "finishes": 1_795_430_340_000_i64,
            "enough": false,
            "advice": [{
                "knob": "gap", "layer": "sender", "paths": ["layers[0].policy.gap"],
                "from": "1m", "to": "30s",
                "text": "a gap of 30 s instead of 1 min would finish at Mon 23 Nov 09:49:30",
                "finishes": 1_795_427_370_000_i64,
            }],
            "none": [{
                "knob": "ends_at", "layer": "sender", "paths": ["layers[0].policy.ends_at"],
                "why": "it is after Mon 23 Nov 09:50 already",
            }],
            "untried": 0,
        })
    );
}

/// A random request and an instant before that at which it finishes, or at which it stops.
fn late() -> impl Strategy<Value = Value> {
    (any::<u64>().no_shrink(), 0_i64..100).prop_map(|(seed, percent)| {
        let mut request = generator::request(seed);
        let now = instant(&request["now"]);
        let last = plan(&request).last.map_or(now, Instant::millis);
        request["finish_by"] = json!(now + (last - now) / 100 * percent + percent % 2);
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_is_enough_and_what_is_less_is_not(request in late()) {
        let answer = advice(&request);
        prop_assert_eq!(answer.enough, is_enough(&request));
        let tried = answer.advice.len() + answer.none.len();
        prop_assert!(answer.untried == 0 || tried == MAX_KNOBS, "{} of {}", answer.untried, tried);
        for change in &answer.advice {
            let changed = with(&request, &change.paths, &change.to);
            prop_assert!(is_enough(&changed), "{:?} in {}", change, request);
            prop_assert_eq!(plan(&changed).last, Some(change.finishes));

            let knob = Turning::of(&request, &change.knob, &change.paths);
            let steps = knob.looser();
            let to = knob.read(&change.to);
            let step = steps.iter().position(|step| *step == to);
            let step = step.unwrap_or_else(|| panic!("{change:?} in {request}"));
            prop_assert!(!knob.is_enough_at(&steps[..step]), "{:?} in {}", change, request);
        }
        for none in &answer.none {
            let knob = Turning::of(&request, &none.knob, &none.paths);
            prop_assert!(!knob.is_enough_at(&knob.looser()), "{:?} in {}", none, request);
        }
    }
}

/// A knob as it is documented: a reading of what is written, and looser and looser numbers.
struct Turning<'a> {
    request: &'a Value,
    paths: &'a [String],
    zone: Zone,
    /// The last part of the path.
    field: &'a str,
}

impl<'a> Turning<'a> {
    fn of(request: &'a Value, knob: &'a str, paths: &'a [String]) -> Self {
        let policy = paths[0].strip_suffix(knob).unwrap().trim_end_matches('.');
        let zone = at(request, policy)["time_zone"].as_str().unwrap_or("UTC");
        let field = knob.rsplit('.').next().unwrap();
        Self { request, paths, zone: Zone::named(zone).unwrap(), field }
    }

    /// A count, milliseconds, or minutes since midnight.
    fn read(&self, value: &Value) -> i64 {
        match self.field {
            "max" | "after" => value.as_i64().unwrap(),
            "from" | "to" => civil::parse_clock(value.as_str().unwrap()).unwrap() / 60_000,
            "starts_at" | "ends_at" => {
                let text = value.as_str().unwrap();
                let wall = || self.zone.instant(civil::parse_date_time(text).unwrap());
                parse_rfc3339(text).unwrap_or_else(wall).millis()
            }
            _ => {
                let text = value.as_str().unwrap();
                let (number, unit) =
                    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap());
                let units =
                    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
                let unit = units.iter().find(|(name, _)| *name == unit).unwrap();
                number.parse::<i64>().unwrap() * unit.1
            }
        }
    }

    fn write(&self, number: i64) -> Value {
        match self.field {
            "max" | "after" => json!(number),
            "from" | "to" => json!(format!("{:02}:{:02}", number / 60, number % 60)),
            "starts_at" | "ends_at" => json!(Instant::from_millis(number).to_utc().to_rfc3339()),
            _ => json!(format!("{number}ms")),
        }
    }

    /// Far enough for what the generator writes.
    fn looser(&self) -> Vec<i64> {
        const MINUTE: i64 = 60_000;
        let from = self.read(at(self.request, &self.paths[0]));
        let others = |name: &str| -> Vec<i64> {
            let other = |path: &String| {
                let (window, _) = path.rsplit_once('.').unwrap();
                self.read(at(self.request, &format!("{window}.{name}")))
            };
            self.paths.iter().map(other).collect()
        };
        match self.field {
            "max" | "after" => (from + 1..from + 1_000).collect(),
            "from" => {
                let first = |to: i64| if from < to { 0 } else { to + 1 };
                let first = others("to").into_iter().map(first).max().unwrap();
                (first..from).rev().collect()
            }
            "to" => {
                let from = if from == 0 { 24 * 60 } else { from };
                let last = |opens: i64| if opens < from { 24 * 60 } else { opens - 1 };
                let last = others("from").into_iter().map(last).min().unwrap();
                (from + 1..=last).collect()
            }
            "ends_at" => {
                let last = instant(&self.request["finish_by"]) + MINUTE;
                let minutes = from / MINUTE + 1..=last / MINUTE;
                minutes.map(|minute| minute * MINUTE).collect()
            }
            "starts_at" => {
                let first = instant(&self.request["now"]) / MINUTE;
                let minutes = first..(from + MINUTE - 1) / MINUTE;
                minutes.rev().map(|minute| minute * MINUTE).collect()
            }
            _ => {
                // Longest first: whole minutes from an hour on, whole seconds, milliseconds.
                let minutes = (60..=24 * 60).map(|minutes| minutes * MINUTE);
                let seconds = (1..3_600).map(|seconds| seconds * 1_000);
                (1..1_000).chain(seconds).chain(minutes).rev().filter(|ms| *ms < from).collect()
            }
        }
    }

    /// Tries settings none of which should be enough: the last, and the first ones. Where a looser
    /// rule is never slower, these speak for all; elsewhere no more is promised.
    fn is_enough_at(&self, settings: &[i64]) -> bool {
        let first = settings.iter().take(ONE_BY_ONE.try_into().unwrap());
        let orderly = self.request.get("lanes").is_none()
            && !self.request.to_string().contains("\"breaks\":[{")
            && self.field != "jitter";
        let some = settings.iter().step_by(settings.len() / 10 + 1).filter(|_| orderly);
        first
            .chain(some)
            .chain(settings.last())
            .any(|setting| is_enough(&with(self.request, self.paths, &self.write(*setting))))
    }
}
