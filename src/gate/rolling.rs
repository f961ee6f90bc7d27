//! Closed when a span that ends now has had its sends.

use super::clock::Clock;
use super::{Answer, Gate, GatePath, Inside, Periods};
use crate::history::{Origin, Run};
use crate::policy::{Limit, Per, duration_text};
use crate::reason::Code;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

pub(crate) struct Rolling<'a> {
    limit: &'a Limit,
    index: usize,
    zone: Zone,
    /// Only where a warm-up changes `max` from day to day.
    days: Option<Periods>,
    /// The `max` in force.
    max: u64,
    inside: Inside,
}

impl<'a> Rolling<'a> {
    pub(super) fn new(limit: &'a Limit, span: i64, index: usize, clock: Clock) -> Self {
        let days = limit.ramp.is_some().then(|| Periods::read_from(clock, Per::Day));
        Self { limit, index, zone: clock.zone(), days, max: limit.max, inside: Inside::new(span) }
    }

    /// Takes on the `max` of the day of `at`, and says when the day ends.
    fn warm_up(&mut self, at: Instant) -> Instant {
        let Some(days) = &mut self.days else { return Instant::MAX };
        let (date, until) = days.at(at);
        self.max = self.limit.max_on(date);
        until
    }

    /// Whether a send of the plan takes a place.
    fn counts_row(&self) -> bool {
        self.limit.counts(Origin::Queued)
    }
}

impl Gate for Rolling<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        let until = if self.days.is_some() { self.warm_up(at) } else { Instant::MAX };
        if self.inside.count() >= self.max {
            self.inside.expire(at);
        }
        match self.inside.count().checked_sub(self.max) {
            None => Answer::Open { until },
            Some(over) => Answer::Closed { until: self.inside.leaves(over).min(until) },
        }
    }

    fn permits(&mut self, at: Instant, every: i64, most: u64) -> u64 {
        if !self.counts_row() {
            return u64::MAX;
        }
        // With those that have left since, which are only forgotten when it matters.
        if self.inside.count().saturating_add(most) <= self.max {
            return most;
        }
        self.inside.expire(at);
        let free = self.max.saturating_sub(self.inside.count()).max(1);
        if every <= 0 {
            return free;
        }
        // As many of the row itself are inside at once, when it is long enough.
        let own = self.inside.span().unsigned_abs().div_ceil(every.unsigned_abs()) - 1;
        if self.inside.count().saturating_add(own) < self.max {
            return u64::MAX;
        }
        // From the second send on, one of the oldest run has left before each.
        let leaving = self.inside.oldest().filter(|oldest| {
            oldest.every <= every && oldest.start.plus(self.inside.span()) <= at.plus(every)
        });
        free.saturating_add(leaving.map_or(0, |oldest| oldest.count))
    }

    fn holds(&mut self, at: Instant, every: i64) -> u64 {
        if !self.counts_row() {
            return 1;
        }
        if self.inside.count().saturating_add(1) >= self.max {
            self.inside.expire(at);
        }
        if self.inside.count().saturating_add(1) < self.max {
            return 1;
        }
        // With the first send the limit is used up. It stays so if before each send at most one
        // place frees, and not before the send's own instant.
        let held = match self.inside.oldest() {
            Some(oldest) if oldest.start.plus(self.inside.span()) < at.plus(every) => return 1,
            Some(oldest) if oldest.count > 1 && oldest.every < every => 1,
            Some(oldest) => oldest.count,
            None => 0,
        };
        // After that the row itself uses it up, if so many of it are inside at once.
        let own = self.inside.span().unsigned_abs() / every.unsigned_abs();
        if own >= self.max && held.saturating_add(1) >= self.max {
            return u64::MAX;
        }
        held.saturating_add(1)
    }

    fn charge(&mut self, sends: &Run) {
        if self.limit.counts(sends.origin) {
            self.inside.push(*sends);
        }
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::item("limits", self.index)
    }

    fn code(&self) -> Code {
        Code::RollingLimit
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        let count = self.inside.count();
        let span = duration_text(self.inside.span());
        let max = self.max;
        match until {
            Some(until) => {
                let frees = clock_text(self.zone, until, at);
                format!("{count} of {max} sent in the last {span}; the next place frees at {frees}")
            }
            None => {
                format!("{count} of {max} sent in the last {span}; no place frees within reach")
            }
        }
    }
}
