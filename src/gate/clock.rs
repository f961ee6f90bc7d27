//! What the wall clock reads, and when a reading comes.

use super::Answer;
use crate::time::Instant;
use crate::zone::{Offset, Zone};

/// A wall clock whose last offset is kept, because nearly always it still holds.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    zone: Zone,
    offset: Offset,
}

impl Clock {
    pub(super) const fn new(zone: Zone) -> Self {
        let never = Instant::from_millis(i64::MIN);
        Self { zone, offset: Offset { millis: 0, from: never, until: never } }
    }

    /// A clock read at `at`.
    pub(super) fn read_at(zone: Zone, at: Instant) -> Self {
        Self { zone, offset: zone.offset_at(at) }
    }

    pub(super) const fn zone(&self) -> Zone {
        self.zone
    }

    /// What the clock reads at `at`.
    pub(super) fn read(&mut self, at: Instant) -> i64 {
        if at < self.offset.from || at >= self.offset.until {
            self.offset = self.zone.offset_at(at);
        }
        at.plus(self.offset.millis).millis()
    }

    /// The instant at which the clock, after the last reading, comes to `wall`, or the next at
    /// which it is set: then whoever asks has to read it again.
    pub(super) fn comes_to(&self, wall: Option<i64>) -> Instant {
        wall.map_or(self.offset.until, |wall| {
            Instant::from_millis(wall).minus(self.offset.millis).min(self.offset.until)
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
            Answer::Open { until } | Answer::Closed { until } => at < until,
        })
    }

    pub(super) fn keep(&mut self, answer: Answer) -> Answer {
        self.0 = Some(answer);
        answer
    }
}
