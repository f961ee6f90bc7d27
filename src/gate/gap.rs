//! Closed for a while after each send.

use super::{Answer, Gate, GatePath};
use crate::history::Run;
use crate::policy::duration_text;
use crate::reason::Code;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

pub(crate) struct Gap {
    /// In milliseconds.
    least: i64,
    /// The most that a draw adds to it, in milliseconds.
    jitter: i64,
    zone: Zone,
    last: Option<Instant>,
}

impl Gap {
    pub(super) const fn new(gap: i64, jitter: i64, zone: Zone) -> Self {
        Self { least: gap, jitter, zone, last: None }
    }

    /// The gap that a message with that draw keeps, in milliseconds.
    fn drawn(&self, draw: u64) -> i64 {
        if self.jitter == 0 {
            return self.least;
        }
        let drawn = draw % (self.jitter.unsigned_abs() + 1);
        self.least.saturating_add_unsigned(drawn)
    }
}

impl Gate for Gap {
    fn answer(&mut self, at: Instant, draw: u64) -> Answer {
        match self.last.map(|last| last.plus(self.drawn(draw))) {
            Some(until) if at < until => Answer::Closed { until },
            _ => Answer::Open { until: Instant::MAX },
        }
    }

    fn pace(&self) -> Option<i64> {
        (self.jitter == 0).then_some(self.least)
    }

    fn permits(&mut self, _: Instant, every: i64, _: u64) -> u64 {
        // With jitter each message has a gap of its own.
        if self.jitter == 0 && every >= self.least { u64::MAX } else { 1 }
    }

    fn holds(&mut self, _: Instant, every: i64) -> u64 {
        if every <= self.least { u64::MAX } else { 1 }
    }

    fn charge(&mut self, sends: &Run) {
        self.last = Some(sends.last());
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::field("gap")
    }

    fn code(&self) -> Code {
        Code::Gap
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        let (Some(last), Some(until)) = (self.last, until) else {
            return "too soon after the send before".to_owned();
        };
        format!(
            "the last went at {}; the gap of {} ends at {}",
            clock_text(self.zone, last, at),
            duration_text(until.since(last)),
            clock_text(self.zone, until, at)
        )
    }
}
