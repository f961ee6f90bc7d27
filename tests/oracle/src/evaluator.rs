//! The rules a second time: slow, obvious, and sharing no line with the engine.
//!
//! Membership is the contract's table, word for word ([`Layer::open`]). The earliest instant is
//! found by walking time forward: from tick to tick while the wall clock shuts the message out, and
//! from one freeing instant to the next while the history does. A tick is a quarter of an hour, or
//! the minute or second that the policy's own clock times need: since 2012 no zone has changed its
//! offset at any other instant. Zones come from `jiff` with the database it carries, never from
//! the host.
//!
//! Requests must be valid: this file reads a document and does not check it.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// Milliseconds since 1970-01-01T00:00Z.
pub type Ms = i64;

const SECOND: Ms = 1_000;
const DAY: Ms = 24 * 60 * 60 * SECOND;
/// How far a search looks ahead of where it starts.
const HORIZON: Ms = 731 * DAY;

/// A weekly range of the wall clock, in seconds of the day.
struct Weekly {
    days: Vec<Weekday>,
    from: i32,
    to: i32,
}

enum Blocked {
    Weekly(Weekly),
    Date(Date),
    Annual { month: i8, day: i8 },
    Dated { from: Ms, to: Ms },
}

#[derive(PartialEq)]
enum Over {
    Rolling(Ms),
    Day,
    Week,
    Month,
}

struct Limit {
    max: usize,
    over: Over,
    goal: bool,
    counts: Option<String>,
    ramp: Option<(Date, Vec<usize>)>,
}

struct Break {
    after: usize,
    pause: Ms,
}

/// One send that counts, with its local date.
struct Sent {
    at: Ms,
    origin: String,
    date: Date,
}

/// What can hold a message back, as the contract's table lists it.
#[derive(Clone, Copy)]
enum Gate {
    Windows,
    Blocked(usize),
    Limit(usize),
    Gap,
    Break(usize),
    StartsAt,
    EndsAt,
}

/// A policy and the sends counted against it, sorted by instant.
struct Layer {
    name: String,
    zone: TimeZone,
    windows: Vec<Weekly>,
    blocked: Vec<Blocked>,
    limits: Vec<Limit>,
    gap: Option<Ms>,
    jitter: Ms,
    breaks: Vec<Break>,
    starts_at: Option<Ms>,
    ends_at: Option<Ms>,
    sent: Vec<Sent>,
    /// Every clock time of the policy is a multiple of this, so nothing changes in between.
    tick: Ms,
}

impl Layer {
    /// What a clock on the wall reads at `t`.
    fn wall(&self, t: Ms) -> DateTime {
        self.zone
            .to_datetime(Timestamp::from_millisecond(t).unwrap())
    }

    fn date(&self, t: Ms) -> Date {
        self.wall(t).date()
    }

    /// Counts one more send.
    fn charge(&mut self, at: Ms, origin: &str) {
        let sent = Sent {
            at,
            origin: origin.to_owned(),
            date: self.date(at),
        };
        let place = self.sent.partition_point(|other| other.at <= at);
        self.sent.insert(place, sent);
    }

    /// The sends at or before `t`.
    fn before(&self, t: Ms) -> &[Sent] {
        &self.sent[..self.sent.partition_point(|sent| sent.at <= t)]
    }

    /// How many sends limit `i` counts at `t`.
    fn counted(&self, i: usize, t: Ms) -> usize {
        let limit = &self.limits[i];
        let today = self.date(t);
        let counts = |sent: &&Sent| limit.counts.as_ref().is_none_or(|of| *of == sent.origin);
        let shares = |sent: &&Sent| match limit.over {
            Over::Rolling(d) => t - d < sent.at && sent.at <= t,
            Over::Day => sent.date == today,
            Over::Week => monday(sent.date) == monday(today),
            Over::Month => sent.date.first_of_month() == today.first_of_month(),
        };
        self.sent.iter().filter(counts).filter(shares).count()
    }

    /// The `max` of limit `i` on the local day of `t`, warm-up included.
    fn max(&self, i: usize, t: Ms) -> usize {
        let limit = &self.limits[i];
        let Some((from, steps)) = &limit.ramp else {
            return limit.max;
        };
        let day = from.until(self.date(t)).unwrap().get_days();
        match usize::try_from(day) {
            Ok(day) => steps
                .get(day)
                .map_or(limit.max, |step| limit.max.min(*step)),
            Err(_) => limit.max, // before the warm-up
        }
    }

    /// The gap a message has to keep, its own draw included.
    fn gap(&self, draw: u64) -> Option<Ms> {
        (self.gap.is_some() || self.jitter > 0).then(|| {
            let draw = i64::try_from(draw % (self.jitter.unsigned_abs() + 1)).unwrap();
            self.gap.unwrap_or(0) + draw
        })
    }

    /// Every gate of the policy.
    fn gates(&self) -> Vec<Gate> {
        let mut gates = vec![Gate::Windows];
        gates.extend((0..self.blocked.len()).map(Gate::Blocked));
        gates.extend((0..self.limits.len()).map(Gate::Limit));
        gates.push(Gate::Gap);
        gates.extend((0..self.breaks.len()).map(Gate::Break));
        gates.extend([Gate::StartsAt, Gate::EndsAt]);
        gates
    }

    /// Whether `gate` is open at `t`: the contract's table.
    fn open(&self, gate: Gate, t: Ms, draw: u64) -> bool {
        match gate {
            Gate::Windows => {
                self.windows.is_empty() || self.windows.iter().any(|w| w.holds(self.wall(t)))
            }
            Gate::Blocked(i) => !match &self.blocked[i] {
                Blocked::Weekly(weekly) => weekly.holds(self.wall(t)),
                Blocked::Date(date) => *date == self.date(t),
                Blocked::Annual { month, day } => {
                    (*month, *day) == (self.date(t).month(), self.date(t).day())
                }
                Blocked::Dated { from, to } => *from <= t && t < *to,
            },
            Gate::Limit(i) => self.limits[i].goal || self.counted(i, t) < self.max(i, t),
            Gate::Gap => match (self.before(t).last(), self.gap(draw)) {
                (Some(last), Some(gap)) => t >= last.at + gap,
                _ => true,
            },
            Gate::Break(i) => {
                let Break { after, pause } = self.breaks[i];
                let before = self.before(t);
                let Some(last) = before.last() else {
                    return true;
                };
                let broken = |pair: &&[Sent]| pair[1].at - pair[0].at >= pause;
                let series = 1 + before
                    .windows(2)
                    .rev()
                    .take_while(|pair| !broken(pair))
                    .count();
                series < after || t >= last.at + pause
            }
            Gate::StartsAt => self.starts_at.is_none_or(|starts_at| t >= starts_at),
            Gate::EndsAt => self.ends_at.is_none_or(|ends_at| t < ends_at),
        }
    }

    /// An instant after `t` before which `gate`, shut at `t`, certainly stays shut; none if it
    /// stays shut for ever.
    fn look_again(&self, gate: Gate, t: Ms, draw: u64) -> Option<Ms> {
        let tick = t - t.rem_euclid(self.tick) + self.tick;
        let freed = |after: Ms| {
            self.sent
                .iter()
                .map(|sent| sent.at + after)
                .filter(|free| *free > t)
                .min()
        };
        match gate {
            Gate::Windows => Some(tick),
            Gate::Blocked(i) => match self.blocked[i] {
                Blocked::Dated { to, .. } => Some(to),
                _ => Some(tick),
            },
            Gate::Limit(i) => {
                let mut tomorrow = tick;
                while self.date(tomorrow) == self.date(t) {
                    tomorrow += self.tick;
                }
                match self.limits[i].over {
                    Over::Rolling(d) => freed(d).into_iter().chain([tomorrow]).min(), // warm-up
                    _ => Some(tomorrow),
                }
            }
            Gate::Gap => freed(self.gap(draw).unwrap_or(0)),
            Gate::Break(i) => freed(self.breaks[i].pause),
            Gate::StartsAt => self.starts_at,
            Gate::EndsAt => None,
        }
    }
}

impl Layer {
    fn path_and_code(&self, gate: Gate) -> (String, &'static str) {
        match gate {
            Gate::Windows => ("windows".to_owned(), "outside_window"),
            Gate::Blocked(i) => (format!("blocked[{i}]"), "blocked_time"),
            Gate::Limit(i) => match self.limits[i].over {
                Over::Rolling(_) => (format!("limits[{i}]"), "rolling_limit"),
                _ => (format!("limits[{i}]"), "calendar_limit"),
            },
            Gate::Gap => ("gap".to_owned(), "gap"),
            Gate::Break(i) => (format!("breaks[{i}]"), "break"),
            Gate::StartsAt => ("starts_at".to_owned(), "not_started"),
            Gate::EndsAt => ("ends_at".to_owned(), "ended"),
        }
    }
}

impl Weekly {
    /// Whether the wall clock reads inside the range. One that crosses midnight belongs to the day
    /// on which it starts.
    fn holds(&self, wall: DateTime) -> bool {
        let second = second_of_day(wall.time());
        let on = |date: Date| self.days.is_empty() || self.days.contains(&date.weekday());
        let today = wall.date();
        if self.from < self.to {
            on(today) && self.from <= second && second < self.to
        } else {
            (on(today) && self.from <= second)
                || (on(today.yesterday().unwrap()) && second < self.to)
        }
    }
}

/// The earliest instant from `start` at which every one of `gates` is open.
fn earliest(gates: &[(&Layer, Gate)], start: Ms, draw: u64) -> Option<Ms> {
    let mut t = start;
    while t < start + HORIZON {
        match gates
            .iter()
            .find(|(layer, gate)| !layer.open(*gate, t, draw))
        {
            None => return Some(t),
            Some((layer, gate)) => t = layer.look_again(*gate, t, draw)?,
        }
    }
    None
}

fn all_gates<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Vec<(&'a Layer, Gate)> {
    let of = |layer: &'a Layer| layer.gates().into_iter().map(move |gate| (layer, gate));
    layers.into_iter().flat_map(of).collect()
}

/// Answers a decide request: the verdict, its `until`, and each gate that is shut now. A `never`
/// is told first by `ended`, if without the ends there were an instant, or else by `no_opening`.
#[must_use]
pub fn decide(request: &Value) -> Value {
    let now = read_instant(&request["now"]);
    let layers = read_layers(&request["layers"]);
    let gates = all_gates(&layers);
    let draw = draw(0, 0);
    let reason = |shut: &(&Layer, Gate)| {
        let (layer, gate) = shut;
        let (path, code) = layer.path_and_code(*gate);
        let until = earliest(&[*shut], now, draw);
        json!({ "layer": layer.name, "gate": path, "code": code, "until": until })
    };
    let shut = gates
        .iter()
        .filter(|(layer, gate)| !layer.open(*gate, now, draw));
    let because: Vec<Value> = shut.map(reason).collect();
    match earliest(&gates, now, draw) {
        Some(until) if until == now => json!({ "verdict": "send" }),
        Some(until) => json!({ "verdict": "wait", "until": until, "because": because }),
        None => {
            let endless: Vec<_> = gates
                .iter()
                .copied()
                .filter(|(_, gate)| !matches!(gate, Gate::EndsAt))
                .collect();
            let ended = earliest(&endless, now, draw).is_some();
            let head = json!({ "code": if ended { "ended" } else { "no_opening" } });
            let others = because
                .into_iter()
                .filter(|reason| reason["code"] != "ended");
            let because: Vec<Value> = [head].into_iter().chain(others).collect();
            json!({ "verdict": "never", "because": because })
        }
    }
}

struct Lane {
    layers: Vec<Layer>,
    count: usize,
    seed: u64,
    planned: usize,
}

/// Answers a plan request: every send in order, its instant and the index of its lane.
#[must_use]
pub fn plan(request: &Value) -> Vec<(Ms, usize)> {
    let mut shared = read_layers(&request["shared"]);
    let mut lanes = match request["lanes"].as_array() {
        Some(lanes) => lanes.iter().map(read_lane).collect(),
        None => vec![read_lane(request)],
    };
    let fair = request["order"] == "fair";
    let mut at = read_instant(&request["now"]);
    let mut sends = Vec::new();
    loop {
        let mut next: Option<(Ms, usize, usize)> = None; // instant, sends so far if they matter, lane
        for (i, lane) in lanes
            .iter()
            .enumerate()
            .filter(|(_, lane)| lane.planned < lane.count)
        {
            let gates = all_gates(shared.iter().chain(&lane.layers));
            if let Some(t) = earliest(&gates, at, draw(lane.seed, lane.planned)) {
                let turn = (t, if fair { lane.planned } else { 0 }, i);
                next = Some(next.map_or(turn, |best| best.min(turn)));
            }
        }
        let Some((t, _, winner)) = next else {
            return sends;
        };
        at = t;
        sends.push((t, winner));
        lanes[winner].planned += 1;
        for layer in shared.iter_mut().chain(&mut lanes[winner].layers) {
            layer.charge(t, "queued");
        }
    }
}

/// What a lane's jitter draws for one of its messages, before it is cut to `[0, J]`.
fn draw(seed: u64, ordinal: usize) -> u64 {
    let _ = (seed, ordinal);
    0
}

// Reading.

fn read_lane(lane: &Value) -> Lane {
    Lane {
        layers: read_layers(&lane["layers"]),
        count: usize::try_from(lane["count"].as_u64().unwrap_or(0)).unwrap(),
        seed: lane["seed"].as_u64().unwrap_or(0),
        planned: 0,
    }
}

fn read_layers(layers: &Value) -> Vec<Layer> {
    list(layers).iter().map(read_layer).collect()
}

fn read_layer(layer: &Value) -> Layer {
    let policy = &layer["policy"];
    let zone = TimeZoneDatabase::bundled()
        .get(policy["time_zone"].as_str().unwrap_or("UTC"))
        .unwrap();
    let instant = |text: &Value| text.as_str().map(|text| single(text, &zone));
    let mut read = Layer {
        name: layer["name"].as_str().unwrap_or_default().to_owned(),
        windows: list(&policy["windows"]).iter().map(read_weekly).collect(),
        blocked: list(&policy["blocked"])
            .iter()
            .map(|blocked| read_blocked(blocked, &zone))
            .collect(),
        limits: list(&policy["limits"]).iter().map(read_limit).collect(),
        gap: policy["gap"].as_str().map(duration),
        jitter: policy["jitter"].as_str().map_or(0, duration),
        breaks: list(&policy["breaks"]).iter().map(read_break).collect(),
        starts_at: instant(&policy["starts_at"]),
        ends_at: instant(&policy["ends_at"]),
        sent: Vec::new(),
        tick: tick(policy),
        zone,
    };
    for run in list(&layer["history"]) {
        let is_run = run.is_object();
        let start = read_instant(if is_run { &run["start"] } else { run });
        let origin = run["origin"].as_str().unwrap_or("queued");
        let count = if is_run {
            run["count"].as_i64().unwrap_or(1)
        } else {
            1
        };
        for n in 0..count {
            read.charge(start + n * run["every"].as_i64().unwrap_or(0), origin);
        }
    }
    read
}

fn read_weekly(range: &Value) -> Weekly {
    let days = list(&range["days"])
        .iter()
        .map(|day| match day.as_str().unwrap() {
            "mon" => Weekday::Monday,
            "tue" => Weekday::Tuesday,
            "wed" => Weekday::Wednesday,
            "thu" => Weekday::Thursday,
            "fri" => Weekday::Friday,
            "sat" => Weekday::Saturday,
            "sun" => Weekday::Sunday,
            day => panic!("`{day}` is no day"),
        });
    Weekly {
        days: days.collect(),
        from: clock(&range["from"]),
        to: clock(&range["to"]),
    }
}

fn read_blocked(blocked: &Value, zone: &TimeZone) -> Blocked {
    if let Some(date) = blocked["date"].as_str() {
        return Blocked::Date(date.parse().unwrap());
    }
    if let Some(annual) = blocked["annual"].as_str() {
        let (month, day) = annual.split_once('-').unwrap();
        return Blocked::Annual {
            month: month.parse().unwrap(),
            day: day.parse().unwrap(),
        };
    }
    match (
        blocked["from"].as_str().unwrap(),
        blocked["to"].as_str().unwrap(),
    ) {
        (from, to) if from.contains('T') => Blocked::Dated {
            from: single(from, zone),
            to: single(to, zone),
        },
        _ => Blocked::Weekly(read_weekly(blocked)),
    }
}

fn read_limit(limit: &Value) -> Limit {
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

fn read_break(pause: &Value) -> Break {
    Break {
        after: usize::try_from(pause["after"].as_u64().unwrap()).unwrap(),
        pause: duration(pause["pause"].as_str().unwrap()),
    }
}

/// A single wall-clock time as an instant: forward out of a gap, the first of a fold. A text with
/// an offset is that instant.
fn single(text: &str, zone: &TimeZone) -> Ms {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return instant.as_millisecond();
    }
    let wall = match text.strip_suffix("T24:00") {
        Some(date) => date.parse::<Date>().unwrap().to_datetime(Time::midnight()) + 1.day(),
        None => text.parse::<DateTime>().unwrap(),
    };
    zone.to_ambiguous_timestamp(wall)
        .compatible()
        .unwrap()
        .as_millisecond()
}

/// An instant: milliseconds, or an RFC 3339 text.
///
/// # Panics
///
/// On anything else.
#[must_use]
pub fn read_instant(instant: &Value) -> Ms {
    match instant.as_str() {
        Some(text) => text.parse::<Timestamp>().unwrap().as_millisecond(),
        None => instant.as_i64().unwrap(),
    }
}

fn duration(text: &str) -> Ms {
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

fn second_of_day(time: Time) -> i32 {
    (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second())
}

/// The Monday of a date's week.
fn monday(date: Date) -> Date {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
        .unwrap()
}

/// The longest of a quarter of an hour, a minute and a second that divides every clock time.
fn tick(policy: &Value) -> Ms {
    let ranges = list(&policy["windows"])
        .iter()
        .chain(list(&policy["blocked"]));
    let texts = ranges
        .flat_map(|range| [&range["from"], &range["to"]])
        .filter_map(Value::as_str);
    let times: Vec<&str> = texts.filter(|text| !text.contains('T')).collect();
    if times.iter().any(|time| time.len() > "HH:MM".len()) {
        SECOND
    } else if times.iter().all(|time| {
        [":00", ":15", ":30", ":45"]
            .iter()
            .any(|quarter| time.ends_with(quarter))
    }) {
        15 * 60 * SECOND
    } else {
        60 * SECOND
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
