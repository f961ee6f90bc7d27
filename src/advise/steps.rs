//! The values that a knob can take, one step after the other.

use serde_json::{Value, json};

use crate::policy::MAX_SENDS;
use crate::time::civil::{self, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, YearMonthDay};
use crate::time::Instant;
use crate::zone::Zone;

/// Values that are looser and looser, from step 1 on.
#[derive(Clone, Copy)]
pub(super) enum Steps {
    /// A count, one more each.
    Up { from: u64 },
    /// A duration in milliseconds: the whole seconds below it, then the milliseconds below one.
    Shorter { from: i64 },
    /// An instant: the whole minutes after it, up to `last`.
    Later { from: Instant, last: Instant, now: Instant, writing: Writing },
    /// An instant: the whole minutes before it, down to that of `first`.
    Earlier { from: Instant, first: Instant, writing: Writing },
    /// A clock time: a whole minute, and so many earlier ones.
    ClockEarlier { minute: i64, count: u64, length: i64 },
    /// A clock time: a whole minute, and so many later ones.
    ClockLater { minute: i64, count: u64, length: i64 },
}

/// How a single time is written.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    pub(super) zone: Zone,
    pub(super) with_offset: bool,
}

/// What a value is, apart from how it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Amount {
    Count(u64),
    /// In milliseconds.
    Duration(i64),
    Instant(Instant),
    /// In milliseconds since midnight.
    Clock(i64),
}

impl Steps {
    /// Windows that open together at `from` and close at `to`, in milliseconds since midnight.
    /// None is opened before midnight, or before it closes where it crosses midnight.
    pub(super) fn open_earlier(from: i64, to: Vec<i64>) -> Self {
        let minute = ceil_minutes(from);
        let room = to.iter().map(|&to| {
            if from < to { minute } else { minute - (to / MINUTE_MS + 1) }
        });
        let length = to.iter().map(|to| (to - from).rem_euclid(DAY_MS)).min().unwrap_or(0);
        Self::ClockEarlier { minute, count: positive(room.min().unwrap_or(0)), length }
    }

    /// Windows that close together at `to` and open at `from`, in milliseconds since midnight.
    /// None is closed after midnight, or after it opens where it crosses midnight.
    pub(super) fn close_later(to: i64, from: Vec<i64>) -> Self {
        let minute = to / MINUTE_MS;
        let room = from.iter().map(|&from| {
            let end = if from < to { DAY_MS / MINUTE_MS } else { ceil_minutes(from) - 1 };
            end - minute
        });
        let length = from.iter().map(|from| (to - from).rem_euclid(DAY_MS)).min().unwrap_or(0);
        Self::ClockLater { minute, count: positive(room.min().unwrap_or(0)), length }
    }

    /// How many steps there are.
    pub(super) fn count(&self) -> u64 {
        match *self {
            Self::Up { from } => MAX_SENDS.saturating_sub(from),
            Self::Shorter { from } => positive(whole_seconds_below(from) + from.min(SECOND_MS) - 1),
            Self::Later { from, last, .. } => positive(minutes(last) - minutes(from)),
            Self::Earlier { from, first, .. } => {
                positive(ceil_minutes(from.millis()) - minutes(first))
            }
            Self::ClockEarlier { count, .. } | Self::ClockLater { count, .. } => count,
        }
    }

    /// The value as it stands.
    pub(super) fn now(&self) -> Option<Amount> {
        None
    }

    /// The value of a step.
    pub(super) fn amount(&self, step: u64) -> Amount {
        let steps = i64::try_from(step).unwrap_or(i64::MAX);
        let instant = |minute: i64| Amount::Instant(Instant::from_millis(minute * MINUTE_MS));
        match *self {
            Self::Up { from } => Amount::Count(from + step),
            Self::Shorter { from } => {
                let seconds = whole_seconds_below(from);
                let below = if steps <= seconds {
                    (seconds + 1 - steps) * SECOND_MS
                } else {
                    from.min(SECOND_MS) - (steps - seconds)
                };
                Amount::Duration(below)
            }
            Self::Later { from, .. } => instant(minutes(from) + steps),
            Self::Earlier { from, .. } => instant(ceil_minutes(from.millis()) - steps),
            Self::ClockEarlier { minute, .. } => Amount::Clock((minute - steps) * MINUTE_MS),
            Self::ClockLater { minute, .. } => Amount::Clock((minute + steps) * MINUTE_MS),
        }
    }

    /// The value of a step, as a policy writes it.
    pub(super) fn value(&self, step: u64) -> Value {
        match self.amount(step) {
            Amount::Count(count) => json!(count),
            Amount::Duration(ms) => json!(duration(ms)),
            Amount::Clock(clock) => json!(clock_time(clock)),
            Amount::Instant(instant) => {
                let writing = match self {
                    Self::Later { writing, .. } | Self::Earlier { writing, .. } => *writing,
                    _ => Writing { zone: Zone::UTC, with_offset: true },
                };
                json!(writing.text(instant))
            }
        }
    }
}
