//! One policy and its sends: which gate is open at which instant.
//!
//! [`Layer::open`] is the contract's table, word for word.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::{Ms, QUARTER};

/// A weekly range of the wall clock, in seconds of the day.
pub(crate) struct Weekly {
    pub(crate) days: Vec<Weekday>,
    pub(crate) from: i32,
    pub(crate) to: i32,
}

pub(crate) enum Blocked {
    Weekly(Weekly),
    Date(Date),
    Annual { month: i8, day: i8 },
    Dated { from: Ms, to: Ms },
}

#[derive(PartialEq)]
pub(crate) enum Over {
    Rolling(Ms),
    Day,
    Week,
    Month,
}

pub(crate) struct Limit {
    pub(crate) max: usize,
    pub(crate) over: Over,
    pub(crate) goal: bool,
    pub(crate) counts: Option<String>,
    pub(crate) ramp: Option<(Date, Vec<usize>)>,
}

pub(crate) struct Break {
    pub(crate) after: usize,
    pub(crate) pause: Ms,
}

/// One send that counts, with its local date.
pub(crate) struct Sent {
    pub(crate) at: Ms,
    pub(crate) origin: String,
    pub(crate) date: Date,
}

/// What can hold a message back, as the contract's table lists it.
#[derive(Clone, Copy)]
pub(crate) enum Gate {
    Windows,
    Blocked,
    Limit(usize),
    Gap,
    Break(usize),
    StartsAt,
    EndsAt,
}

/// A policy and the sends counted against it, sorted by instant.
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) zone: TimeZone,
    pub(crate) windows: Vec<Weekly>,
    pub(crate) blocked: Vec<Blocked>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) gap: Option<Ms>,
    pub(crate) jitter: Ms,
    pub(crate) breaks: Vec<Break>,
    pub(crate) starts_at: Option<Ms>,
    pub(crate) ends_at: Option<Ms>,
    pub(crate) sent: Vec<Sent>,
    /// How far into a quarter of an hour the wall clock can enter or leave a range, in order and
    /// beginning with 0. These are the ticks: between two of them no clock shuts or opens a gate.
    pub(crate) edges: Vec<Ms>,
}

impl Layer {
    /// What a clock on the wall reads at `t`.
    fn wall(&self, t: Ms) -> DateTime {
        self.zone.to_datetime(Timestamp::from_millisecond(t).unwrap())
    }

    pub(crate) fn date(&self, t: Ms) -> Date {
        self.wall(t).date()
    }

    /// Counts one more send.
    pub(crate) fn charge(&mut self, at: Ms, origin: &str) {
        let sent = Sent { at, origin: origin.to_owned(), date: self.date(at) };
        let place = self.sent.partition_point(|other| other.at <= at);
        self.sent.insert(place, sent);
    }

    /// The first listed blocked time that `t` is inside.
    fn first_blocked(&self, t: Ms) -> Option<usize> {
        let wall = self.wall(t);
        self.blocked.iter().position(|blocked| match blocked {
            Blocked::Weekly(weekly) => weekly.holds(wall),
            Blocked::Date(date) => *date == wall.date(),
            Blocked::Annual { month, day } => (*month, *day) == (wall.month(), wall.day()),
            Blocked::Dated { from, to } => *from <= t && t < *to,
        })
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
            Ok(day) => steps.get(day).map_or(limit.max, |step| limit.max.min(*step)),
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
    pub(crate) fn gates(&self) -> Vec<Gate> {
        let mut gates = vec![Gate::Windows, Gate::Blocked];
        gates.extend((0..self.limits.len()).map(Gate::Limit));
        gates.push(Gate::Gap);
        gates.extend((0..self.breaks.len()).map(Gate::Break));
        gates.extend([Gate::StartsAt, Gate::EndsAt]);
        gates
    }

    /// Whether `gate` is open at `t`: the contract's table.
    pub(crate) fn open(&self, gate: Gate, t: Ms, draw: u64) -> bool {
        match gate {
            Gate::Windows => {
                let wall = self.wall(t);
                self.windows.is_empty() || self.windows.iter().any(|window| window.holds(wall))
            }
            Gate::Blocked => self.first_blocked(t).is_none(),
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
                let series = 1 + before.windows(2).rev().take_while(|pair| !broken(pair)).count();
                series < after || t >= last.at + pause
            }
            Gate::StartsAt => self.starts_at.is_none_or(|starts_at| t >= starts_at),
            Gate::EndsAt => self.ends_at.is_none_or(|ends_at| t < ends_at),
        }
    }

    /// The first tick after `t`.
    fn tick_after(&self, t: Ms) -> Ms {
        let quarter = t - t.rem_euclid(QUARTER);
        let edges = self.edges.iter().map(|edge| quarter + edge);
        edges.chain([quarter + QUARTER]).find(|tick| *tick > t).unwrap()
    }

    /// An instant after `t` before which `gate`, shut at `t`, certainly stays shut; none if it
    /// stays shut for ever.
    pub(crate) fn look_again(&self, gate: Gate, t: Ms, draw: u64) -> Option<Ms> {
        let tick = self.tick_after(t);
        let freed =
            |after: Ms| self.sent.iter().map(|sent| sent.at + after).filter(|free| *free > t).min();
        match gate {
            Gate::Windows => Some(tick),
            Gate::Blocked => {
                let ends = self.blocked.iter().filter_map(|blocked| match blocked {
                    Blocked::Dated { to, .. } if *to > t => Some(*to),
                    _ => None,
                });
                ends.chain([tick]).min()
            }
            Gate::Limit(i) => {
                let (today, mut tomorrow) = (self.date(t), tick);
                while self.date(tomorrow) == today {
                    tomorrow = self.tick_after(tomorrow);
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

    /// Where the gate stands in the policy, and why it is shut at `t`.
    pub(crate) fn path_and_code(&self, gate: Gate, t: Ms) -> (String, &'static str) {
        match gate {
            Gate::Windows => ("windows".to_owned(), "outside_window"),
            Gate::Blocked => {
                let first = self.first_blocked(t).unwrap();
                (format!("blocked[{first}]"), "blocked_time")
            }
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

/// The Monday of a date's week.
fn monday(date: Date) -> Date {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).unwrap()
}

/// The seconds since midnight that a clock shows.
pub(crate) fn second_of_day(time: Time) -> i32 {
    (i32::from(time.hour()) * 60 + i32::from(time.minute())) * 60 + i32::from(time.second())
}
