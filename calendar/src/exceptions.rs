//! Occurrences that an event does not have.

use std::collections::BTreeSet;

use tidegate::Instant;
use tidegate::zone::Zone;

use crate::moment::{Clock, Moment};

/// The starts of occurrences that are left out. A day leaves out all that starts on it.
pub(crate) struct Exceptions {
    zone: Zone,
    /// Of days and times.
    dates: BTreeSet<i32>,
    days: BTreeSet<i32>,
    /// Of times with a zone.
    instants: BTreeSet<Instant>,
    /// Of times.
    walls: BTreeSet<i64>,
    /// Of times without a zone.
    floating: BTreeSet<i64>,
}

impl Exceptions {
    pub(crate) fn new(zone: Zone, moments: &(impl Iterator<Item = Moment> + Clone)) -> Self {
        let of = |clock: fn(Clock) -> bool| moments.clone().filter(move |it| clock(it.clock));
        Self {
            zone,
            dates: of(|_| true).map(Moment::date).collect(),
            days: of(|clock| clock == Clock::Day).map(Moment::date).collect(),
            instants: of(|clock| matches!(clock, Clock::In(_)))
                .map(|it| it.instant(zone))
                .collect(),
            walls: of(|clock| clock != Clock::Day).map(|it| it.wall).collect(),
            floating: of(|clock| clock == Clock::Floating).map(|it| it.wall).collect(),
        }
    }

    /// Whether there are some on a date or later.
    pub(crate) fn reach(&self, date: i32) -> bool {
        self.dates.range(date..).next().is_some()
    }

    /// Whether an occurrence is left out.
    pub(crate) fn has(&self, start: Moment) -> bool {
        match start.clock {
            Clock::Day => self.dates.contains(&start.date()),
            _ if self.days.contains(&start.date()) => true,
            Clock::Floating => self.walls.contains(&start.wall),
            Clock::In(_) => {
                self.instants.contains(&start.instant(self.zone))
                    || self.floating.contains(&start.wall)
            }
        }
    }
}
