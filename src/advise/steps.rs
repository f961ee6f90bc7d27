//! The settings that a knob can take, one step after the other.

use super::amount::{Amount, Writing};
use crate::time::Instant;
use crate::time::civil::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

const MINUTES_A_DAY: i64 = DAY_MS / MINUTE_MS;

/// Durations become shorter by whole minutes down to an hour, by whole seconds down to one, and
/// then by milliseconds. The unit, and the shortest that is written in it.
const GRIDS: [(i64, i64); 3] = [(MINUTE_MS, HOUR_MS), (SECOND_MS, SECOND_MS), (1, 1)];

/// Settings that are looser and looser: step 0 is what the knob is set to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Steps {
    /// One more each, up to as many as could ever count.
    More { from: u64, most: u64 },
    /// In milliseconds: by [`GRIDS`].
    Shorter { from: i64 },
    /// So many whole minutes.
    Minutes {
        /// In milliseconds.
        from: i64,
        later: bool,
        count: i64,
        /// How much it was, in milliseconds.
        whole: i64,
        of: Reading,
    },
}

/// What milliseconds are read as.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Reading {
    /// Milliseconds since midnight.
    Clock,
    /// Milliseconds since 1970.
    Single(Writing),
}

impl Steps {
    /// For an end: up to the first whole minute after `finish_by`, or to the last there is.
    pub(super) fn end_later(end: Instant, now: Instant, finish_by: Instant, how: Writing) -> Self {
        let from = end.millis();
        let after = finish_by.plus(MINUTE_MS).min(Instant::MAX);
        let count = whole_minutes(after.millis()) - whole_minutes(from);
        let whole = end.since(now);
        Self::Minutes { from, later: true, count, whole, of: Reading::Single(how) }
    }

    /// For a start: down to the minute of `now`.
    pub(super) fn start_sooner(start: Instant, now: Instant, how: Writing) -> Self {
        let from = start.millis();
        let count = begun_minutes(from) - whole_minutes(now.millis());
        let whole = start.since(now);
        Self::Minutes { from, later: false, count, whole, of: Reading::Single(how) }
    }

    /// For windows that open together; when they close. In milliseconds since midnight.
    ///
    /// None is opened before midnight, or before it closes where it crosses midnight.
    pub(super) fn open_sooner(from: i64, closings: &[i64]) -> Self {
        let room = closings.iter().map(|&closing| {
            let first = if from < closing { 0 } else { whole_minutes(closing) + 1 };
            begun_minutes(from) - first
        });
        let lengths = closings.iter().map(|closing| length(from, *closing));
        let (count, whole) = (room.min().unwrap_or(0), lengths.min().unwrap_or(0));
        Self::Minutes { from, later: false, count, whole, of: Reading::Clock }
    }

    /// For windows that close together; when they open. In milliseconds since midnight.
    ///
    /// None is closed after midnight, or after it opens where it crosses midnight.
    pub(super) fn close_later(from: i64, openings: &[i64]) -> Self {
        let room = openings.iter().map(|&opening| {
            let last = if opening < from { MINUTES_A_DAY } else { begun_minutes(opening) - 1 };
            last - whole_minutes(from)
        });
        let lengths = openings.iter().map(|opening| length(*opening, from));
        let (count, whole) = (room.min().unwrap_or(0), lengths.min().unwrap_or(0));
        Self::Minutes { from, later: true, count, whole, of: Reading::Clock }
    }

    /// How many steps there are; fewer than 2^30.
    pub(super) fn count(&self) -> u64 {
        match *self {
            Self::More { from, most } => most.saturating_sub(from),
            Self::Shorter { from } => {
                positive(shorter(from, i64::MAX).unwrap_or_else(|count| count))
            }
            Self::Minutes { count, .. } => positive(count),
        }
    }

    /// The setting of a step.
    pub(super) fn amount(&self, step: u64) -> Amount {
        match self {
            Self::More { from, .. } => Amount::Count(from.saturating_add(step)),
            Self::Shorter { .. } => Amount::Duration(self.ms(step)),
            Self::Minutes { of: Reading::Clock, .. } => Amount::Clock(self.ms(step)),
            Self::Minutes { of: Reading::Single(how), .. } => {
                Amount::Single(Instant::from_millis(self.ms(step)), *how)
            }
        }
    }

    /// By how large a share of what it was a step changes the knob, in millionths.
    pub(super) fn share(&self, step: u64) -> u64 {
        let (moved, whole) = match *self {
            Self::More { from, .. } => (step, from),
            Self::Shorter { from } => (from.abs_diff(self.ms(step)), positive(from)),
            Self::Minutes { from, whole, .. } => (from.abs_diff(self.ms(step)), positive(whole)),
        };
        moved.saturating_mul(1_000_000) / whole.max(1)
    }

    /// The setting of a step in milliseconds.
    fn ms(&self, step: u64) -> i64 {
        let steps = i64::try_from(step).unwrap_or(i64::MAX);
        match *self {
            Self::More { .. } => 0,
            Self::Shorter { from } | Self::Minutes { from, .. } if steps == 0 => from,
            Self::Shorter { from } => shorter(from, steps).unwrap_or(1),
            Self::Minutes { from, later: true, .. } => (whole_minutes(from) + steps) * MINUTE_MS,
            Self::Minutes { from, later: false, .. } => (begun_minutes(from) - steps) * MINUTE_MS,
        }
    }
}

/// The duration so many steps below one, or else how many there are.
fn shorter(from: i64, step: i64) -> Result<i64, i64> {
    let mut passed = 0;
    let mut above = from;
    for (unit, shortest) in GRIDS {
        let longest = (above - 1) / unit;
        let count = (longest - shortest / unit + 1).max(0);
        if step - passed <= count {
            return Ok((longest + 1 - (step - passed)) * unit);
        }
        passed += count;
        above = above.min(shortest);
    }
    Err(passed)
}

const fn whole_minutes(ms: i64) -> i64 {
    ms / MINUTE_MS
}

const fn begun_minutes(ms: i64) -> i64 {
    (ms + MINUTE_MS - 1) / MINUTE_MS
}

/// From one clock time to the next time that it is another.
const fn length(from: i64, to: i64) -> i64 {
    if from < to { to - from } else { to + DAY_MS - from }
}

/// 0 for a negative number.
fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::MAX_SENDS;
    use crate::zone::Zone;

    const WRITING: Writing = Writing { zone: Zone::UTC, with_offset: false };

    fn written(steps: &Steps) -> Vec<String> {
        let text = |step| match steps.amount(step).written() {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        (1..=steps.count()).map(text).collect()
    }

    #[test]
    fn durations_go_down_by_whole_units() {
        let steps = written(&Steps::Shorter { from: HOUR_MS + MINUTE_MS + 5_000 });
        assert_eq!(steps[..4], ["61m", "1h", "3599s", "3598s"]);
        assert_eq!(steps.len(), 2 + 3_599 + 999);
        let steps = written(&Steps::Shorter { from: 2_500 });
        assert_eq!(
            (steps.len(), &steps[..4], steps[1_000].as_str()),
            (2 + 999, ["2s", "1s", "999ms", "998ms"].map(str::to_owned).as_slice(), "1ms",)
        );
        assert_eq!(written(&Steps::Shorter { from: 3 }), ["2ms", "1ms"]);
        assert_eq!(written(&Steps::Shorter { from: 2_000 })[..2], ["1s", "999ms"]);
        assert_eq!(Steps::Shorter { from: 1 }.count(), 0);
        // No jitter at all.
        assert_eq!(Steps::Shorter { from: 0 }.count(), 0);
    }

    #[test]
    fn counts_go_up_to_the_highest_that_could_matter() {
        assert_eq!(written(&Steps::More { from: 3, most: 5 }), ["4", "5"]);
        assert_eq!(Steps::More { from: 5, most: 5 }.count(), 0);
        assert_eq!(Steps::More { from: 9, most: 5 }.count(), 0);
        assert!(Steps::More { from: 1, most: MAX_SENDS }.count() < 1 << 30);
    }

    #[test]
    fn a_day_opens_no_earlier_than_midnight_and_closes_no_later() {
        let opening = written(&Steps::open_sooner(9 * HOUR_MS, &[17 * HOUR_MS, DAY_MS]));
        assert_eq!(
            (opening.len(), opening[0].as_str(), opening[539].as_str()),
            (540, "08:59", "00:00")
        );
        let closing = written(&Steps::close_later(23 * HOUR_MS + 30_000, &[0]));
        assert_eq!(
            (closing.len(), closing[0].as_str(), closing[59].as_str()),
            (60, "23:01", "24:00")
        );
        assert_eq!(written(&Steps::open_sooner(2 * MINUTE_MS, &[0])), ["00:01"]);
        assert_eq!(Steps::close_later(DAY_MS, &[0]).count(), 0);
        assert_eq!(Steps::open_sooner(0, &[DAY_MS]).count(), 0);
        assert_eq!(written(&Steps::open_sooner(30_000, &[DAY_MS])), ["00:00"]);
    }

    #[test]
    fn a_night_never_becomes_a_whole_day() {
        let (evening, morning) = (22 * HOUR_MS, 6 * HOUR_MS);
        let opening = written(&Steps::open_sooner(evening, &[morning]));
        assert_eq!(opening.last().map(String::as_str), Some("06:01"));
        let closing = written(&Steps::close_later(morning, &[evening]));
        assert_eq!(closing.last().map(String::as_str), Some("21:59"));
        // The one with the least room decides for all that move together.
        assert_eq!(
            Steps::open_sooner(evening, &[morning, 21 * HOUR_MS + 58 * MINUTE_MS]).count(),
            1
        );
    }

    #[test]
    fn ends_and_starts_move_by_whole_minutes() {
        let minute = |minutes: i64| Instant::from_millis(1_795_528_800_000 + minutes * MINUTE_MS);
        let end = Steps::end_later(minute(0).plus(5_000), minute(-9), minute(2), WRITING);
        let texts = ["2026-11-24T14:01", "2026-11-24T14:02", "2026-11-24T14:03"];
        assert_eq!(written(&end), texts);
        // What goes at 14:02 exactly goes before 14:03.
        assert_eq!(Steps::end_later(minute(3), minute(0), minute(2), WRITING).count(), 0);
        let last =
            Steps::end_later(Instant::MAX.minus(MINUTE_MS), minute(0), Instant::MAX, WRITING);
        assert_eq!(written(&last), ["2200-01-01T00:00:00+00:00"]);
        let start = Steps::start_sooner(minute(3).plus(-5_000), minute(0).plus(9), WRITING);
        assert_eq!(written(&start), ["2026-11-24T14:02", "2026-11-24T14:01", "2026-11-24T14:00"]);
        assert_eq!(Steps::start_sooner(minute(0), minute(0), WRITING).count(), 0);
    }

    #[test]
    fn a_share_is_that_of_what_it_was() {
        assert_eq!(Steps::More { from: 200, most: 300 }.share(50), 250_000);
        assert_eq!(Steps::Shorter { from: 60_000 }.share(15), 250_000);
        assert_eq!(Steps::open_sooner(9 * HOUR_MS, &[17 * HOUR_MS]).share(120), 250_000);
        let minute = Instant::from_millis(1_795_528_800_000);
        let end = Steps::end_later(minute.plus(8 * HOUR_MS), minute, minute.plus(DAY_MS), WRITING);
        assert_eq!(end.share(120), 250_000);
    }
}
