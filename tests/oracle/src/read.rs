//! Reads requests. They have to be valid: nothing is checked.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::evaluator::Lane;
use crate::layer::{Blocked, Break, Layer, Limit, Over, Weekly, second_of_day};
use crate::{DAY, Ms, QUARTER, SECOND};

pub(crate) fn lane(lane: &Value) -> Lane {
    Lane {
        layers: layers(&lane["layers"]),
        count: count(&lane["count"]),
        seed: lane["seed"].as_u64().unwrap_or(0),
        planned: 0,
        first_ordinal: count(&lane["first_ordinal"]),
        sent_before: count(&lane["sent_before"]),
        group: lane.get("group").map(count),
        shut_until: Ms::MIN,
    }
}

pub(crate) fn count(number: &Value) -> usize {
    usize::try_from(number.as_u64().unwrap_or(0)).unwrap()
}

pub(crate) fn layers(layers: &Value) -> Vec<Layer> {
    list(layers).iter().map(layer).collect()
}

pub(crate) fn layer(layer: &Value) -> Layer {
    let policy = &layer["policy"];
    let zone =
        TimeZoneDatabase::bundled().get(policy["time_zone"].as_str().unwrap_or("UTC")).unwrap();
    let wall = |text: &Value| text.as_str().map(|text| single(text, &zone));
    let mut read = Layer {
        name: layer["name"].as_str().unwrap_or_default().to_owned(),
        windows: list(&policy["windows"]).iter().map(weekly).collect(),
        blocked: list(&policy["blocked"])
            .iter()
            .map(|blocked| self::blocked(blocked, &zone))
            .collect(),
        limits: list(&policy["limits"]).iter().map(limit).collect(),
        gap: policy["gap"].as_str().map(duration),
        jitter: policy["jitter"].as_str().map_or(0, duration),
        breaks: list(&policy["breaks"]).iter().map(pause).collect(),
        starts_at: wall(&policy["starts_at"]),
        ends_at: wall(&policy["ends_at"]),
        sent: Vec::new(),
        edges: edges(policy),
        zone,
    };
    for (at, origin) in history(&layer["history"]) {
        read.charge(at, origin);
    }
    read
}

/// Every send of a history, and its origin.
fn history(runs: &Value) -> Vec<(Ms, &str)> {
    let mut sends = Vec::new();
    for run in list(runs) {
        let start = instant(run.get("start").unwrap_or(run));
        let origin = run["origin"].as_str().unwrap_or("queued");
        for n in 0..run["count"].as_i64().unwrap_or(1) {
            sends.push((start + n * run["every"].as_i64().unwrap_or(0), origin));
        }
    }
    sends
}

/// Every instant of a history, in its own order.
#[must_use]
pub fn instants(runs: &Value) -> Vec<Ms> {
    history(runs).into_iter().map(|(at, _)| at).collect()
}

fn weekly(range: &Value) -> Weekly {
    let days = list(&range["days"]).iter().map(|day| match day.as_str().unwrap() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        day => panic!("`{day}` is no day"),
    });
    Weekly { days: days.collect(), from: clock(&range["from"]), to: clock(&range["to"]) }
}

fn blocked(blocked: &Value, zone: &TimeZone) -> Blocked {
    if let Some(date) = blocked["date"].as_str() {
        return Blocked::Date(date.parse().unwrap());
    }
    if let Some(annual) = blocked["annual"].as_str() {
        let (month, day) = annual.split_once('-').unwrap();
        return Blocked::Annual { month: month.parse().unwrap(), day: day.parse().unwrap() };
    }
    match (blocked["from"].as_str().unwrap(), blocked["to"].as_str().unwrap()) {
        (from, to) if from.contains('T') => {
            Blocked::Dated { from: single(from, zone), to: single(to, zone) }
        }
        _ => Blocked::Weekly(weekly(blocked)),
    }
}

fn limit(limit: &Value) -> Limit {
    let over = match limit["calendar"].as_str() {
        Some("day") => Over::Day,
        Some("week") => Over::Week,
        Some("month") => Over::Month,
        _ => Over::Rolling(duration(limit["rolling"].as_str().unwrap())),
    };
    let count = |max: &Value| usize::try_from(max.as_u64().unwrap()).unwrap();
    let ramp = limit.get("ramp").map(|ramp| {
        (
            ramp["from"].as_str().unwrap().parse().unwrap(),
            list(&ramp["steps"]).iter().map(count).collect(),
        )
    });
    Limit {
        max: count(&limit["max"]),
        over,
        goal: limit["enforce"] == "goal",
        counts: limit["counts"].as_str().map(str::to_owned),
        ramp,
    }
}

fn pause(pause: &Value) -> Break {
    Break {
        after: usize::try_from(pause["after"].as_u64().unwrap()).unwrap(),
        pause: duration(pause["pause"].as_str().unwrap()),
    }
}

/// A single wall-clock time as an instant: forward out of a gap, the first of a fold. A text with
/// an offset is that instant.
///
/// It is found from the instants' own wall clocks. `jiff` 0.2.43 asked directly sees a fold in
/// Nuuk on 28 October 2023, when the offset stayed what it was.
fn single(text: &str, zone: &TimeZone) -> Ms {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return instant.as_millisecond();
    }
    let wall = match text.strip_suffix("T24:00") {
        Some(date) => date.parse::<Date>().unwrap().to_datetime(Time::midnight()) + 1.day(),
        None => text.parse::<DateTime>().unwrap(),
    };
    let utc = TimeZone::UTC.to_timestamp(wall).unwrap();
    let at = |t: Ms| Timestamp::from_millisecond(t).unwrap();
    // Offsets reach from -12 to +14 hours, and no zone changes its own twice within two days.
    let [before, after] = [-DAY, DAY].map(|days| {
        let offset = zone.to_offset(at(utc.as_millisecond() + days));
        utc.as_millisecond() - Ms::from(offset.seconds()) * SECOND
    });
    let reads_so = |t: &Ms| zone.to_datetime(at(*t)) == wall;
    [before, after].into_iter().filter(reads_so).min().unwrap_or(before)
}

/// An instant: milliseconds, or an RFC 3339 text.
///
/// # Panics
///
/// On anything else.
#[must_use]
pub fn instant(instant: &Value) -> Ms {
    match instant.as_str() {
        Some(text) => text.parse::<Timestamp>().unwrap().as_millisecond(),
        None => instant.as_i64().unwrap(),
    }
}

/// A duration such as `30s` in milliseconds.
///
/// # Panics
///
/// On anything else.
#[must_use]
pub fn duration(text: &str) -> Ms {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 60 * 60 * SECOND,
        "d" => DAY,
        unit => panic!("`{unit}` is no unit"),
    };
    digits.parse::<Ms>().unwrap() * unit
}

/// A clock time in seconds of the day; `24:00` is the end of it.
fn clock(text: &Value) -> i32 {
    match text.as_str().unwrap() {
        "24:00" | "24:00:00" => 24 * 60 * 60,
        text => second_of_day(text.parse().unwrap()),
    }
}

/// How far into a quarter of an hour the wall clock can enter or leave a range: at its beginning,
/// where offsets change too, and at each clock time of the policy. In order.
fn edges(policy: &Value) -> Vec<Ms> {
    let ranges = list(&policy["windows"]).iter().chain(list(&policy["blocked"]));
    let times = ranges.flat_map(|range| [&range["from"], &range["to"]]);
    let times = times.filter(|time| time.as_str().is_some_and(|text| !text.contains('T')));
    let edges = times.map(|time| Ms::from(clock(time)) * SECOND % QUARTER);
    Vec::from_iter(edges.chain([0]).collect::<BTreeSet<Ms>>())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
