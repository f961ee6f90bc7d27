//! Local dates: where they change, and which instants belong to them.

use super::{Offset, Zone};
use crate::time::{Instant, civil};

/// More than any offset of the database lies from UTC, either way.
pub(super) const OFFSET_BOUND_MS: i64 = 16 * civil::HOUR_MS;

/// A later date is at most this many midnights and changes of offset away. No two changes of the
/// database are less than six days apart, so three do; only beyond the calendar's end, where dates
/// stand still, are they not enough.
const MOST_STEPS: usize = 4;

/// The instants from `from` up to, and without, `until`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The first instant inside.
    pub from: Instant,
    /// The first instant after.
    pub until: Instant,
}

impl Span {
    /// Whether `t` is inside.
    #[must_use]
    pub fn contains(self, t: Instant) -> bool {
        self.from <= t && t < self.until
    }
}

impl Zone {
    /// The local date at `t`, in days since 1970-01-01.
    #[must_use]
    pub fn date(self, t: Instant) -> i32 {
        civil::date_of(self.wall(t))
    }

    /// The first instant after `t` at which the local date is another than at `t`.
    ///
    /// Where a clock is set back across midnight that may be the date before.
    #[must_use]
    pub fn next_date_change(self, t: Instant) -> Instant {
        self.first_after(t, |date, then| date != then)
    }

    /// The first instant after `t` at which the local date is a later one than at `t`.
    #[must_use]
    pub fn day_end(self, t: Instant) -> Instant {
        self.first_after(t, |date, then| date < then)
    }

    /// The first instant after `t` for which `wanted` holds, given the local dates at both. It has
    /// to hold whenever the second is later.
    fn first_after(self, t: Instant, wanted: impl Fn(i32, i32) -> bool) -> Instant {
        let mut at = t;
        let mut offset = self.offset_at(t);
        let date = civil::date_of(t.plus(offset.millis).millis());
        for _ in 0..MOST_STEPS {
            // The date stays until the clock passes midnight or is set.
            let wall = at.plus(offset.millis).millis();
            let midnight = at.plus(civil::DAY_MS - civil::clock_of(wall));
            at = midnight;
            if offset.until <= midnight && offset.until < Instant::MAX {
                at = offset.until;
                offset = self.offset_at(at);
            }
            if wanted(date, civil::date_of(at.plus(offset.millis).millis())) {
                break;
            }
        }
        at
    }

    /// The instants whose local date is `first` or later and before `end`, in order: one span,
    /// or more where a clock is set back across a midnight at either edge. None for a date that
    /// the zone skipped.
    ///
    /// A day is `(date, date + 1)`, a week `(week_start(date), week_start(date) + 7)`.
    #[must_use]
    pub fn spans_of_days(self, first: i32, end: i32) -> DaySpans {
        let (wall_from, wall_until) = (civil::midnight(first), civil::midnight(end));
        let start = Instant::from_millis(wall_from).minus(OFFSET_BOUND_MS);
        DaySpans { zone: self, wall_from, wall_until, next: Some(self.offset_at(start)) }
    }
}

/// The spans of [`Zone::spans_of_days`], computed as they are asked for.
#[derive(Clone, Debug)]
pub struct DaySpans {
    zone: Zone,
    wall_from: i64,
    wall_until: i64,
    /// The next offset to look at; none when no later one can matter.
    next: Option<Offset>,
}

impl DaySpans {
    /// The part of the wanted days that falls under the next offset; may be empty.
    fn next_piece(&mut self) -> Option<Span> {
        let offset = self.next?;
        let last = Instant::from_millis(self.wall_until).plus(OFFSET_BOUND_MS);
        let more = offset.until < last && offset.until < Instant::MAX;
        self.next = more.then(|| self.zone.offset_at(offset.until));
        let from = Instant::from_millis(self.wall_from).minus(offset.millis);
        let until = Instant::from_millis(self.wall_until).minus(offset.millis);
        let until = if offset.until == Instant::MAX { until } else { until.min(offset.until) };
        Some(Span { from: from.max(offset.from), until })
    }
}

impl Iterator for DaySpans {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let mut found: Option<Span> = None;
        loop {
            let before = self.next;
            let Some(piece) = self.next_piece() else {
                return found;
            };
            if piece.from >= piece.until {
                continue;
            }
            match &mut found {
                None => found = Some(piece),
                Some(span) if span.until == piece.from => span.until = piece.until,
                Some(_) => {
                    self.next = before;
                    return found;
                }
            }
        }
    }
}
