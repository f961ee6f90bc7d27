//! Closed when a local day, week or month has had its sends.

use std::collections::BTreeMap;

use super::{Answer, Gate, Periods};
use crate::history::{Origin, Run};
use crate::policy::{Limit, Per};
use crate::reason::Code;
use crate::time::civil::DAY_MS;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

/// A month, and a day for its changes of clocks.
const LONGEST_PERIOD_MS: i64 = 32 * DAY_MS;

pub(super) struct Calendar<'a> {
    limit: &'a Limit,
    index: usize,
    zone: Zone,
    periods: Periods,
    /// Only where a warm-up may change `max` within a period.
    days: Option<Periods>,
    /// How many sends each period has, those of the history after now included, by its first date.
    counts: BTreeMap<i32, u64>,
    /// The period last asked about or charged, and its count.
    current: i32,
    count: u64,
    /// The `max` in force.
    max: u64,
}

impl<'a> Calendar<'a> {
    pub(super) fn new(
        limit: &'a Limit,
        index: usize,
        zone: Zone,
        history: &[Run],
        now: Instant,
    ) -> Self {
        let mut periods = Periods::new(zone, limit.per);
        let mut counts = BTreeMap::new();
        let earliest = now.minus(LONGEST_PERIOD_MS);
        let counted = history.iter().filter(|run| limit.counts(run.origin));
        for run in counted.filter(|run| run.last() >= earliest) {
            let (_, recent) = run.split(run.count_until(earliest));
            let Some(recent) = recent else { continue };
            periods.cut(recent, |first_date, piece| {
                let count: &mut u64 = counts.entry(first_date).or_default();
                *count = count.saturating_add(piece.count);
            });
        }
        let days = limit.ramp.is_some().then(|| Periods::new(zone, Per::Day));
        let (current, _) = periods.at(now);
        let count = counts.get(&current).copied().unwrap_or(0);
        Self { limit, index, zone, periods, days, counts, current, count, max: limit.max }
    }
}

impl Gate for Calendar<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        let (first_date, mut until) = self.periods.at(at);
        if first_date != self.current {
            self.current = first_date;
            self.count = self.counts.get(&first_date).copied().unwrap_or(0);
        }
        if let Some(days) = &mut self.days {
            let (date, day_until) = days.at(at);
            self.max = self.limit.max_on(date);
            until = until.min(day_until);
        }
        if self.count < self.max {
            Answer::Open { until }
        } else {
            Answer::Closed { until: Some(until) }
        }
    }

    fn permits(&self, _: Instant, _: i64) -> u64 {
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
            let counted = counts.entry(first_date).or_default();
            *counted = counted.saturating_add(piece.count);
            (*current, *count) = (first_date, *counted);
        });
    }

    /// The history was counted at the start, all of it.
    fn remember(&mut self, _: &Run) {}

    fn path(&self, _: Instant) -> String {
        format!("limits[{}]", self.index)
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
                let starts = clock_text(self.zone, until, at);
                format!("{count} of {max} sent {this}; {next} starts at {starts}")
            }
            None => format!("{count} of {max} sent {this}; no place frees within reach"),
        }
    }
}
