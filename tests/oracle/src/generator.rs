//! Random requests, biased to trouble: days on which the clocks change, ranges that touch or cross
//! midnight, limits that bind at once, histories in no order and partly in the future.

use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::splitmix::SplitMix64;

/// Where choices come from.
enum Dice<'a> {
    /// A sequence without end.
    Rolled(SplitMix64),
    /// Bytes that somebody else chose. After the last, every choice is the first.
    Read(&'a [u8]),
}

impl Dice<'_> {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        match self {
            Self::Rolled(sequence) => sequence.next() % sides,
            Self::Read(bytes) => {
                // As few bytes as can tell so many sides apart.
                let (mut number, mut reach) = (0, 1);
                while reach < sides {
                    let (byte, rest) = bytes.split_first().unwrap_or((&0, &[]));
                    number = number * 256 + u64::from(*byte);
                    reach *= 256;
                    *bytes = rest;
                }
                number % sides
            }
        }
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        let sides = (high - low).unsigned_abs() + 1;
        low + i64::try_from(self.roll(sides)).unwrap()
    }

    fn percent(&mut self, chance: i64) -> bool {
        self.between(1, 100) > 100 - chance
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.between(0, i64::try_from(from.len()).unwrap() - 1)).unwrap()]
    }

    fn some<T>(&mut self, low: i64, high: i64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.between(low, high)).map(|_| make(self)).collect()
    }
}

const ZONES: [&str; 24] = [
    "UTC",
    "Europe/Paris",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Toronto",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Nuuk",
    "America/Vancouver",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];
/// The last may only end a range.
const TIMES: [&str; 16] = [
    "00:00", "00:30", "01:00", "01:30", "02:00", "02:15", "02:30", "03:00", "03:30", "09:00",
    "12:00", "17:30", "22:00", "23:00", "23:45", "24:00",
];
const ODD_TIMES: [&str; 7] =
    ["00:01", "02:59", "08:59", "23:59", "00:00:01", "02:29:59", "23:59:59"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Years of recorded changes, of those in force today, and of rules that reach into the future.
const YEARS: [(i64, i64); 4] = [
    (1_325_376_000_000, 1_735_689_600_000), // 2012 to 2024
    (1_735_689_600_000, 1_861_920_000_000), // 2025 to 2028
    (1_735_689_600_000, 1_861_920_000_000),
    (1_861_920_000_000, 4_102_444_800_000), // 2029 to 2099
];

/// A valid plan request, with `layers` or with lanes. The same seed gives the same request.
#[must_use]
pub fn request(seed: u64) -> Value {
    whole(&mut Dice::Rolled(SplitMix64::new(seed))).0
}

/// A valid plan request with `layers`; without its `count` it is a decide request.
#[must_use]
pub fn request_of_one_lane(seed: u64) -> Value {
    let mut dice = Dice::Rolled(SplitMix64::new(seed));
    let near = Near::random(&mut dice);
    one_lane(&mut dice, near)
}

/// A valid plan request, which may be a piece of a longer plan: one that stops somewhere, of lanes
/// that have begun.
#[must_use]
pub fn piece(seed: u64) -> Value {
    piece_by(&mut Dice::Rolled(SplitMix64::new(seed)))
}

/// The [`piece`] that `bytes` choose: each byte is a choice or a part of one.
#[must_use]
pub fn piece_of_bytes(bytes: &[u8]) -> Value {
    piece_by(&mut Dice::Read(bytes))
}

fn piece_by(dice: &mut Dice) -> Value {
    let (mut request, near) = whole(dice);
    if dice.percent(70) {
        return request;
    }
    if dice.percent(50) {
        request["until"] = json!(near.now + near.soon(dice, 0, 48));
    }
    match request.get_mut("lanes").and_then(Value::as_array_mut) {
        Some(lanes) => lanes.iter_mut().for_each(|lane| begun(dice, lane)),
        None => begun(dice, &mut request),
    }
    for group in request.get_mut("groups").and_then(Value::as_array_mut).into_iter().flatten() {
        group["sent_before"] = json!(dice.between(0, 9));
    }
    request
}

/// Lets a part of a lane have gone before.
fn begun(dice: &mut Dice, lane: &mut Value) {
    lane["seed"] = json!(dice.between(0, 9));
    lane["first_ordinal"] = json!(dice.between(0, 200));
    lane["sent_before"] = json!(dice.between(0, 9));
}

fn whole(dice: &mut Dice) -> (Value, Near) {
    let several = dice.percent(30);
    let near = Near::random(dice);
    (if several { several_lanes(dice, near) } else { one_lane(dice, near) }, near)
}

fn one_lane(dice: &mut Dice, near: Near) -> Value {
    let layers = dice.some(1, 3, |dice| layer(dice, near));
    let count = count(dice, near, &json!(layers));
    json!({ "now": near.now, "count": count, "layers": layers })
}

fn several_lanes(dice: &mut Dice, near: Near) -> Value {
    let shared = dice.some(0, 2, |dice| layer(dice, near));
    let lanes = dice.some(2, 3, |dice| {
        let layers = dice.some(0, 2, |dice| layer(dice, near));
        let count = count(dice, near, &json!([shared, layers])) / 2 + 1;
        let name = format!("lane {}", dice.between(1, 999));
        json!({ "name": name, "count": count, "seed": dice.between(0, 9), "layers": layers })
    });
    let order = *dice.pick(&["in_turn", "fair"]);
    let mut request = json!({ "now": near.now, "order": order, "shared": shared, "lanes": lanes });
    if dice.percent(50) {
        put_in_groups(dice, near, &mut request);
    }
    request
}

/// Puts most lanes into one or two groups, with more lanes to fill them.
fn put_in_groups(dice: &mut Dice, near: Near, request: &mut Value) {
    let groups = dice.some(1, 2, |dice| {
        let layers = dice.some(0, 2, |dice| layer(dice, near));
        json!({ "name": format!("group {}", dice.between(1, 9)), "layers": layers })
    });
    let lanes = request["lanes"].as_array_mut().unwrap();
    let more = dice.some(0, 2, |dice| {
        let layers = dice.some(0, 1, |dice| layer(dice, near));
        json!({ "count": dice.between(1, 8 * near.scale), "seed": dice.between(0, 9), "layers": layers })
    });
    lanes.extend(more);
    for lane in lanes {
        if dice.percent(80) {
            lane["group"] = json!(dice.between(0, i64::try_from(groups.len()).unwrap() - 1));
        }
    }
    request["groups"] = json!(groups);
}

/// Where and when a request plays.
#[derive(Clone, Copy)]
struct Near {
    zone: &'static str,
    now: i64,
    /// How large limits, series and histories are: most find their end within a few messages,
    /// some go on for hundreds, so that long runs meet everything too.
    scale: i64,
    /// When the zone next changes its offset, from a while before `now` on.
    change: Option<i64>,
}

impl Near {
    fn random(dice: &mut Dice) -> Self {
        let zone = *dice.pick(&ZONES);
        let (first, last) = *dice.pick(&YEARS);
        let mut moment = dice.between(first, last);
        let changes = TimeZoneDatabase::bundled().get(zone).unwrap();
        let change = changes.following(Timestamp::from_millisecond(moment).unwrap()).next();
        let change = change.map(|change| change.timestamp().as_millisecond());
        if let Some(change) = change.filter(|_| dice.percent(60)) {
            moment = change + dice.between(-36, 12) * HOUR;
        }
        let grain = *dice.pick(&[HOUR, HOUR, 15 * MINUTE, MINUTE, 1_000, 1]);
        let scale = if dice.percent(15) { 12 } else { 1 };
        Near { zone, now: moment - moment.rem_euclid(grain), scale, change }
    }

    /// A while after `now`, often close to the change of the offset.
    fn soon(self, dice: &mut Dice, from_hours: i64, to_hours: i64) -> i64 {
        match self.change.map(|change| change - self.now) {
            Some(change) if dice.percent(40) && change.abs() < 3 * DAY => {
                change + dice.between(-6, 6) * 15 * MINUTE
            }
            _ => dice.between(from_hours, to_hours) * HOUR,
        }
    }
}

/// Few enough messages that a walk by quarters of an hour stays quick.
fn count(dice: &mut Dice, near: Near, layers: &Value) -> i64 {
    let text = layers.to_string();
    let slow = ["week", "month", "annual", "ramp", "7d"].iter().any(|word| text.contains(word));
    dice.between(1, if slow { 6 } else { 24 } * near.scale)
}

fn layer(dice: &mut Dice, near: Near) -> Value {
    let zone = if dice.percent(70) { near.zone } else { dice.pick(&ZONES) };
    let near = Near { zone, ..near };
    let mut layer = json!({ "name": *dice.pick(&["account", "sender", "campaign", "recipient"]),
                            "policy": policy(dice, near) });
    if dice.percent(60) {
        layer["history"] = json!(dice.some(0, 5, |dice| run(dice, near)));
    }
    layer
}

fn policy(dice: &mut Dice, near: Near) -> Value {
    let mut policy = Map::new();
    if near.zone != "UTC" || dice.percent(50) {
        policy.insert("time_zone".into(), json!(near.zone));
    }
    if dice.percent(60) {
        policy.insert("windows".into(), json!(dice.some(1, 3, weekly)));
    }
    if dice.percent(40) {
        policy.insert("blocked".into(), json!(dice.some(1, 3, |dice| blocked(dice, near))));
    }
    if dice.percent(60) {
        policy.insert("limits".into(), json!(dice.some(1, 3, |dice| limit(dice, near))));
    }
    if dice.percent(45) {
        let gap = *dice.pick(&["1ms", "500ms", "1s", "30s", "1m", "7m", "1h"]);
        policy.insert("gap".into(), json!(gap));
        if dice.percent(25) {
            policy.insert("jitter".into(), json!(*dice.pick(&["1ms", "10s", "3m"])));
        }
    }
    if dice.percent(35) {
        policy.insert(
            "breaks".into(),
            json!(dice.some(1, 2, |dice| {
                let pause = *dice.pick(&["30s", "1m", "5m", "15m", "2h", "1d"]);
                json!({ "after": dice.between(1, 5 * near.scale), "pause": pause })
            })),
        );
    }
    let starts_in = near.soon(dice, -24, 48);
    if dice.percent(20) {
        policy.insert("starts_at".into(), instant(dice, near, starts_in));
    }
    if dice.percent(20) {
        let lasts = dice.between(4, 200) * HOUR;
        let ends_in = near.soon(dice, 4, 200).max(starts_in + 4 * HOUR);
        let ends_in = if dice.percent(50) { ends_in } else { starts_in + lasts };
        policy.insert("ends_at".into(), instant(dice, near, ends_in));
    }
    Value::Object(policy)
}

/// A weekly range, of a window or a blocked time.
fn weekly(dice: &mut Dice) -> Value {
    let odd = dice.percent(4);
    let from = *dice.pick(if odd { &ODD_TIMES } else { &TIMES[..TIMES.len() - 1] });
    let to = *dice.pick(&TIMES.into_iter().filter(|to| *to != from).collect::<Vec<_>>());
    let mut range = json!({ "from": from, "to": to });
    if dice.percent(50) {
        let first = usize::try_from(dice.between(0, 6)).unwrap();
        let days = usize::try_from(dice.between(1, 5)).unwrap();
        range["days"] = (0..days).map(|day| DAYS[(first + day * 3) % 7]).collect();
    }
    range
}

fn blocked(dice: &mut Dice, near: Near) -> Value {
    let date = wall(near, dice.between(-1, 4) * DAY);
    match dice.between(1, 4) {
        1 => weekly(dice),
        2 => json!({ "date": &date[..10] }),
        3 => json!({ "annual": &date[5..10] }),
        _ => {
            let edge = near.soon(dice, -30, 40);
            let lasts = dice.between(4, 50) * HOUR;
            let (from, to) =
                if dice.percent(50) { (edge, edge + lasts) } else { (edge - lasts, edge) };
            json!({ "from": wall(near, from), "to": wall(near, to) })
        }
    }
}

fn limit(dice: &mut Dice, near: Near) -> Value {
    let mut limit = json!({ "max": dice.between(1, 6 * near.scale) });
    if dice.percent(55) {
        limit["rolling"] =
            json!(*dice.pick(&["1500ms", "45s", "1m", "10m", "1h", "90m", "24h", "7d"]));
    } else {
        limit["calendar"] = json!(*dice.pick(&["day", "day", "day", "week", "month"]));
    }
    if dice.percent(15) {
        limit["enforce"] = json!(*dice.pick(&["goal", "hard"]));
    }
    if dice.percent(15) {
        limit["counts"] = json!("queued");
    }
    if dice.percent(10) {
        let from = wall(near, dice.between(-2, 1) * DAY);
        limit["ramp"] =
            json!({ "from": &from[..10], "steps": dice.some(1, 3, |dice| dice.between(1, 8)) });
    }
    limit
}

fn run(dice: &mut Dice, near: Near) -> Value {
    let back = *dice.pick(&[MINUTE, HOUR, DAY, 3 * DAY]);
    let away = dice.between(0, back);
    let start = if dice.percent(85) { near.now - away } else { near.now + away };
    let start = if dice.percent(50) { start - start.rem_euclid(MINUTE) } else { start };
    if dice.percent(30) {
        return json!(start);
    }
    let every = *dice.pick(&[0, 1, 1_000, 30_000, MINUTE, 7 * MINUTE, HOUR]);
    let mut run =
        json!({ "start": start, "count": dice.between(1, 5 * near.scale), "every": every });
    if dice.percent(50) {
        run["origin"] = json!(*dice.pick(&["queued", "single", "manual"]));
    }
    run
}

/// A wall-clock text, sometimes with an offset, `after` milliseconds from now.
fn instant(dice: &mut Dice, near: Near, after: i64) -> Value {
    if dice.percent(75) {
        return json!(wall(near, after));
    }
    let whole_minute = (near.now + after) - (near.now + after).rem_euclid(MINUTE);
    json!(Timestamp::from_millisecond(whole_minute).unwrap().to_string())
}

/// The local `YYYY-MM-DDTHH:MM` about `after` milliseconds from now, on a quarter of an hour; it
/// may not exist, or happen twice.
fn wall(near: Near, after: i64) -> String {
    let zone = TimeZoneDatabase::bundled().get(near.zone).unwrap();
    let wall = zone.to_datetime(Timestamp::from_millisecond(near.now).unwrap());
    let wall = wall.checked_add(SignedDuration::from_millis(after)).unwrap();
    let minute = wall.minute() - wall.minute() % 15;
    wall.with().minute(minute).build().unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}
