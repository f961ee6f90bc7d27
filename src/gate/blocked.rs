//! Closed inside blocked times.

use super::clock::{Clock, Kept};
use super::{Answer, Gate, GatePath};
use crate::policy::Blocked;
use crate::reason::Code;
use crate::time::{Instant, clock_text};

pub(crate) struct BlockedTime<'a> {
    blocked: &'a Blocked,
    clock: Clock,
    kept: Kept,
}

impl<'a> BlockedTime<'a> {
    pub(super) fn new(blocked: &'a Blocked, clock: Clock) -> Self {
        Self { blocked, clock, kept: Kept::default() }
    }

    /// Whether what holds at `at` goes on until `until` by itself.
    fn lasts(&self, index: usize, until: Instant) -> bool {
        let last = until.minus(1);
        self.blocked.holds(index, last, self.clock.zone().wall(last))
    }
}

impl Gate for BlockedTime<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        if let Some(answer) = self.kept.at(at) {
            return answer;
        }
        let (holds, change) = self.blocked.recurring_at(self.clock.read(at));
        let recurring_until = self.clock.comes_to(change);
        let dated = self.blocked.dated_at(at);
        self.kept.keep(match dated {
            Some(span) if span.contains(at) => Answer::Closed { until: span.until },
            _ if holds => Answer::Closed { until: recurring_until },
            Some(span) => Answer::Open { until: recurring_until.min(span.from) },
            None => Answer::Open { until: recurring_until },
        })
    }

    fn path(&self, at: Instant) -> GatePath {
        match self.blocked.first_at(at, self.clock.zone().wall(at)) {
            Some((index, _)) => GatePath::item("blocked", index),
            None => GatePath::field("blocked"),
        }
    }

    fn code(&self) -> Code {
        Code::BlockedTime
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        let first = self.blocked.first_at(at, self.clock.zone().wall(at));
        let mut text = match first {
            Some((_, Some(name))) => format!("blocked by {name}"),
            _ => "in a blocked time".to_owned(),
        };
        match (until, first) {
            (Some(until), first) => {
                if first.is_some_and(|(index, _)| !self.lasts(index, until)) {
                    text += " and what follows it";
                }
                text + "; ends at " + &clock_text(self.clock.zone(), until, at)
            }
            (None, _) => text + "; no end within reach",
        }
    }
}
