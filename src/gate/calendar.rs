//! Closed when a local day, week or month has had its sends.

use std::collections::BTreeMap;

use super::clock::Clock;
use super::{Answer, Gate, GatePath, Periods};
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
    sends: Sends,
    /// The `max` in force.
    max: u64,
}

/// How many sends each period has, those of the history after now included.
struct Sends {
    /// The first date of the period last asked about or charged.
    current: i32,
    /// How many that period has.
    count: u64,
    /// How many the others have, by their first dates.
    others: BTreeMap<i32, u64>,
}

impl Sends {
    /// Comes to a period, from which it mostly takes many questions to the next.
    fn enter(&mut self, first_date: i32) {
        if first_date != self.current {
            self.others.insert(self.current, self.count);
            self.current = first_date;
            self.count = self.others.get(&first_date).copied().unwrap_or(0);
        }
    }

    fn add(&mut self, first_date: i32, count: u64) {
        self.enter(first_date);
        self.count = self.count.saturating_add(count);
    }
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
        let (current, _) = periods.at(now);
        let mut sends = Sends { current, count: 0, others: BTreeMap::new() };
        let earliest = now.minus(LONGEST_PERIOD_MS);
        let counted = history.iter().filter(|run| limit.counts(run.origin));
        for run in counted.filter(|run| run.last() >= earliest) {
            let (_, recent) = run.split(run.count_until(earliest));
            let Some(recent) = recent else { continue };
            periods.cut(recent, |first_date, piece| sends.add(first_date, piece.count));
        }
        let days = limit.ramp.is_some().then(|| Periods::read_from(clock, Per::Day));
        Self { limit, index, zone: clock.zone(), periods, days, sends, max: limit.max }
    }
}

impl Gate for Calendar<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        let (first_date, mut until) = self.periods.at(at);
        self.sends.enter(first_date);
        if let Some(days) = &mut self.days {
            let (date, day_until) = days.at(at);
            self.max = self.limit.max_on(date);
            until = until.min(day_until);
        }
        if self.sends.count < self.max {
            Answer::Open { until }
        } else {
            Answer::Closed { until: Some(until) }
        }
    }

    fn permits(&self, _: Instant, _: i64) -> u64 {
        if !self.limit.counts(Origin::Queued) {
            return u64::MAX;
        }
        self.max.saturating_sub(self.sends.count).max(1)
    }

    fn charge(&mut self, sends: &Run) {
        if !self.limit.counts(sends.origin) {
            return;
        }
        let counted = &mut self.sends;
        self.periods.cut(*sends, |first_date, piece| counted.add(first_date, piece.count));
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
        let (count, max) = (self.sends.count, self.max);
        match until {
            Some(until) => {
                let starts = clock_text(self.zone, until, at);
                format!("{count} of {max} sent {this}; {next} starts at {starts}")
            }
            None => format!("{count} of {max} sent {this}; no place frees within reach"),
        }
    }
}
