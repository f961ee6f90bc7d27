//! Open inside the windows.

use super::clock::{Clock, Kept};
use super::{Answer, Gate, GatePath};
use crate::policy::Week;
use crate::reason::Code;
use crate::time::{Instant, clock_text};

pub(crate) struct Window<'a> {
    week: &'a Week,
    clock: Clock,
    kept: Kept,
}

impl<'a> Window<'a> {
    pub(super) fn new(week: &'a Week, clock: Clock) -> Self {
        Self { week, clock, kept: Kept::default() }
    }
}

impl Gate for Window<'_> {
    fn answer(&mut self, at: Instant, _: u64) -> Answer {
        if let Some(answer) = self.kept.at(at) {
            return answer;
        }
        let (inside, change) = self.week.at(self.clock.read(at));
        let until = self.clock.comes_to(change);
        self.kept.keep(if inside { Answer::Open { until } } else { Answer::Closed { until } })
    }

    fn path(&self, _: Instant) -> GatePath {
        GatePath::field("windows")
    }

    fn code(&self) -> Code {
        Code::OutsideWindow
    }

    fn text(&self, at: Instant, until: Option<Instant>) -> String {
        match until {
            Some(until) => {
                let opens = clock_text(self.clock.zone(), until, at);
                format!("outside sending hours; opens at {opens}")
            }
            None => "outside sending hours; no window opens".to_owned(),
        }
    }
}
