//! Closed for a pause after a series of sends.
//!
//! A series is broken where two sends lie the pause or more apart.

use super::{Answer, Gate, GatePath};
use crate::history::Run;
use crate::policy::{self, duration_text};
use crate::reason::Code;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

pub(crate) struct Break {
    rule: policy::Break,
    index: usize,
    zone: Zone,
    /// The last send.
    last: Option<Instant>,
    /// How many sends the last unbroken series has.
    series: u64,
}

impl Break {
    pub(super) const fn new(rule: policy::Break, index: usize, zone: Zone) -> Self {
        Self { rule, index, zone, last: None, series: 0 }
    }

    /// How many sends the series has that a send at `at` would continue.
    fn series_at(&self, at: Instant) -> u64 {
        match self.last {
            Some(last) if at.since(last) < self.rule.pause => self.series,
            _ => 0,
        }
    }
}

impl Gate for Break {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        match self.last {
            Some(last) if self.series_at(at) >= self.rule.after => {
                Answer::Closed { until: last.plus(self.rule.pause) }
            }
            _ => Answer::Open { until: Instant::MAX },
        }
    }

    fn permits(&mut self, at: Instant, every: i64, _: u64) -> u64 {
        if every >= self.rule.pause {
            return u64::MAX;
        }
        self.rule.after.saturating_sub(self.series_at(at)).max(1)
    }

    fn holds(&mut self, _: Instant, every: i64) -> u64 {
        if self.rule.after == 1 && every <= self.rule.pause { u64::MAX } else { 1 }
    }

    fn charge(&mut self, sends: &Run) {
        self.series = if sends.count > 1 && sends.every >= self.rule.pause {
            1
        } else {
            self.series_at(sends.start).saturating_add(sends.count)
        };
        self.last = Some(sends.last());
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::item("breaks", self.index)
    }

    fn code(&self) -> Code {
        Code::Break
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        let (series, pause) = (self.series, duration_text(self.rule.pause));
        let ends = match until {
            Some(until) => clock_text(self.zone, until, at),
            None => "no instant within reach".to_owned(),
        };
        format!("{series} sent without a break of {pause}; the break ends at {ends}")
    }
}
