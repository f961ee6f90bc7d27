//! What the wall clock reads, and when a reading comes.

use super::Answer;
use crate::time::Instant;
use crate::zone::Zone;

/// A wall clock whose last offset is kept, because nearly always it still holds.
pub(super) struct Clock {
    zone: Zone,
    offset_ms: i64,
    until: Instant,
}

impl Clock {
    pub(super) const fn new(zone: Zone) -> Self {
        Self { zone, offset_ms: 0, until: Instant::from_millis(i64::MIN) }
    }

    pub(super) const fn zone(&self) -> Zone {
        self.zone
    }

    /// What the clock reads at `at`, which is not before the instant asked about last.
    pub(super) fn read(&mut self, at: Instant) -> i64 {
        if at >= self.until {
            let offset = self.zone.offset_at(at);
            self.offset_ms = offset.millis;
            self.until = offset.until;
        }
        at.plus(self.offset_ms).millis()
    }

    /// The instant at which the clock, after the last reading, comes to `wall`, or the next at
    /// which it is set: then whoever asks has to read it again.
    pub(super) fn comes_to(&self, wall: Option<i64>) -> Instant {
        wall.map_or(self.until, |wall| {
            Instant::from_millis(wall).minus(self.offset_ms).min(self.until)
        })
    }
}

/// An answer that nothing but time changes, kept while it stands.
#[derive(Default)]
pub(super) struct Kept(Option<Answer>);

impl Kept {
    /// The answer given before, if it stands at `at`.
    pub(super) fn at(&self, at: Instant) -> Option<Answer> {
        self.0.filter(|answer| match *answer {
            Answer::Open { until } | Answer::Closed { until: Some(until) } => at < until,
            Answer::Closed { until: None } => true,
        })
    }

    pub(super) fn keep(&mut self, answer: Answer) -> Answer {
        self.0 = Some(answer);
        answer
    }
}
