//! Closed when a local day, week or month has had its sends.

use std::cmp::Ordering;

use super::clock::Clock;
use super::{Answer, Counts, Gate, GatePath, Periods};
use crate::history::{Origin, Run};
use crate::policy::{Limit, Per};
use crate::reason::Code;
use crate::time::civil::DAY_MS;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

/// A month, and a day for its changes of clocks.
const LONGEST_PERIOD_MS: i64 = 32 * DAY_MS;

pub(crate) struct Calendar<'a> {
    limit: &'a Limit,
    index: usize,
    zone: Zone,
    periods: Periods,
    /// Only where a warm-up may change `max` within a period.
    days: Option<Periods>,
    /// Those of the history after now included.
    counts: Counts,
    /// The period last asked about or charged, by its first date, and its count.
    current: i32,
    count: u64,
    /// When the period last asked about ends.
    ends: Instant,
    /// The `max` in force.
    max: u64,
}

impl<'a> Calendar<'a> {
    pub(super) fn new(
        limit: &'a Limit,
        index: usize,
        clock: Clock,
        history: &[Run],
        now: Instant,
    ) -> Self {
        let mut periods = Periods::read_from(clock, limit.per);
        let mut counts = Counts::default();
        let earliest = now.minus(LONGEST_PERIOD_MS);
        let counted = history.iter().filter(|run| limit.counts(run.origin));
        for run in counted.filter(|run| run.last() >= earliest) {
            let (_, recent) = run.split(run.count_until(earliest));
            let Some(recent) = recent else { continue };
            periods.cut(recent, |first_date, piece| {
                counts.add(first_date, piece.count);
            });
        }
        let (current, ends) = periods.at(now);
        let count = counts.of(current);
        let days = limit.ramp.is_some().then(|| Periods::read_from(clock, Per::Day));
        let (zone, max) = (clock.zone(), limit.max);
        Self { limit, index, zone, periods, days, counts, current, count, ends, max }
    }
}

impl Calendar<'_> {
    /// Takes on the `max` of the day of `at`, and says when the day ends.
    fn warm_up(&mut self, at: Instant) -> Instant {
        let Some(days) = &mut self.days else { return Instant::MAX };
        let (date, until) = days.at(at);
        self.max = self.limit.max_on(date);
        until
    }
}

impl Gate for Calendar<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        let (first_date, mut until) = self.periods.at(at);
        self.ends = until;
        if first_date != self.current {
            self.current = first_date;
            self.count = self.counts.of(first_date);
        }
        if self.days.is_some() {
            until = until.min(self.warm_up(at));
        }
        if self.count < self.max { Answer::Open { until } } else { Answer::Closed { until } }
    }

    fn permits(&mut self, _: Instant, _: i64, _: u64) -> u64 {
        if !self.limit.counts(Origin::Queued) {
            return u64::MAX;
        }
        self.max.saturating_sub(self.count).max(1)
    }

    fn charge(&mut self, sends: &Run) {
        if !self.limit.counts(sends.origin) {
            return;
        }
        let Self { periods, counts, current, count, .. } = self;
        periods.cut(*sends, |first_date, piece| {
            *current = first_date;
            *count = counts.add(first_date, piece.count);
        });
    }

    /// The history was counted at the start, all of it.
    fn remember(&mut self, _: &Run) {}

    fn path(&self, _: Instant) -> GatePath {
        GatePath::item("limits", self.index)
    }

    fn code(&self) -> Code {
        Code::CalendarLimit
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        let (this, next) = match self.limit.per {
            Per::Week => ("this week", "the next week"),
            Per::Month => ("this month", "the next month"),
            Per::Day | Per::Rolling(_) => ("today", "the next day"),
        };
        let (count, max) = (self.count, self.max);
        match until {
            Some(until) => {
                let opens = clock_text(self.zone, until, at);
                let then = match until.cmp(&self.ends) {
                    Ordering::Less => "the warm-up allows more from".to_owned(),
                    Ordering::Equal => format!("{next} starts at"),
                    Ordering::Greater => "the next place frees at".to_owned(),
                };
                format!("{count} of {max} sent {this}; {then} {opens}")
            }
            None => format!("{count} of {max} sent {this}; no place frees within reach"),
        }
    }
}
