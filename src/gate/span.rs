//! Closed before the start, and from the end on.

use super::{Answer, Gate, GatePath};
use crate::reason::Code;
use crate::time::{Instant, clock_text};
use crate::zone::Zone;

pub(crate) struct StartsAt {
    start: Instant,
    zone: Zone,
}

impl StartsAt {
    pub(super) const fn new(start: Instant, zone: Zone) -> Self {
        Self { start, zone }
    }
}

impl Gate for StartsAt {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        if at < self.start {
            Answer::Closed { until: self.start }
        } else {
            Answer::Open { until: Instant::MAX }
        }
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::field("starts_at")
    }

    fn code(&self) -> Code {
        Code::NotStarted
    }

    fn text(&self, at: Instant, _: Option<Instant>) -> String {
        format!("not started; starts at {}", clock_text(self.zone, self.start, at))
    }
}

pub(crate) struct EndsAt {
    end: Instant,
    zone: Zone,
}

impl EndsAt {
    pub(super) const fn new(end: Instant, zone: Zone) -> Self {
        Self { end, zone }
    }
}

impl Gate for EndsAt {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        if at < self.end {
            Answer::Open { until: self.end }
        } else {
            Answer::Closed { until: Instant::NEVER }
        }
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::field("ends_at")
    }

    fn code(&self) -> Code {
        Code::Ended
    }

    fn text(&self, at: Instant, _: Option<Instant>) -> String {
        let verb = if at < self.end { "ends" } else { "ended" };
        format!("{verb} at {}; nothing goes after that", clock_text(self.zone, self.end, at))
    }
}
