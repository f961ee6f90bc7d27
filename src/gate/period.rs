//! Local days, weeks and months as stretches of time.

use super::clock::Clock;
use crate::history::Run;
use crate::policy::Per;
use crate::time::Instant;
use crate::time::civil;
use crate::zone::Zone;

/// Tells which calendar period an instant is in, and until when.
///
/// Where a clock is set back across midnight a period may be left and entered again.
pub(crate) struct Periods {
    clock: Clock,
    per: Per,
    /// The last answer, and the instant it was given for.
    from: Instant,
    first_date: i32,
    until: Instant,
}

impl Periods {
    pub(crate) fn new(zone: Zone, per: Per) -> Self {
        Self::read_from(Clock::new(zone), per)
    }

    /// Periods that go on with a clock that was read before.
    pub(super) fn read_from(clock: Clock, per: Per) -> Self {
        let never = Instant::from_millis(i64::MIN);
        Self { clock, per, from: never, first_date: 0, until: never }
    }

    /// The first date of the period of `at`, and the end of its unbroken stretch there.
    pub(crate) fn at(&mut self, at: Instant) -> (i32, Instant) {
        if at < self.from || at >= self.until {
            self.read(at);
        }
        (self.first_date, self.until)
    }

    #[cold]
    fn read(&mut self, at: Instant) {
        self.from = at;
        let date = civil::date_of(self.clock.read(at));
        self.first_date = self.first_date(date);
        self.until = self.clock.comes_to(Some(civil::midnight(self.next_date(date))));
        // Where the clock is set it may still show the period, or show it again.
        while self.until < Instant::MAX && self.shows(self.until) {
            self.until = self.clock.zone().next_date_change(self.until);
        }
    }

    /// Cuts a run into what falls into each stretch of a period.
    pub(crate) fn cut(&mut self, run: Run, mut each: impl FnMut(i32, Run)) {
        let mut rest = Some(run);
        while let Some(run) = rest {
            let (first_date, until) = self.at(run.start);
            // After the end of time there are no periods.
            if run.last() < until || until >= Instant::MAX {
                return each(first_date, run);
            }
            let (here, later) = run.split(run.count_until(until.minus(1)).max(1));
            if let Some(here) = here {
                each(first_date, here);
            }
            rest = later;
        }
    }

    /// Whether the clock shows the period of the last answer at `at`.
    fn shows(&mut self, at: Instant) -> bool {
        let date = civil::date_of(self.clock.read(at));
        self.first_date(date) == self.first_date
    }

    /// The first date after the period of `date`.
    const fn next_date(&self, date: i32) -> i32 {
        match self.per {
            Per::Week => civil::week_start(date).saturating_add(7),
            Per::Month => civil::next_month_start(date),
            Per::Day | Per::Rolling(_) => date.saturating_add(1),
        }
    }

    fn first_date(&self, date: i32) -> i32 {
        match self.per {
            Per::Week => civil::week_start(date),
            Per::Month => civil::month_start(date),
            Per::Day | Per::Rolling(_) => date,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Origin;
    use crate::time::parse_rfc3339;

    fn at(text: &str) -> Instant {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_week_starts_on_monday_and_ends_with_sunday() {
        let paris = Zone::named("Europe/Paris").unwrap();
        let mut weeks = Periods::new(paris, Per::Week);
        let (monday, until) = weeks.at(at("2026-10-24T12:00:00+02:00"));
        assert_eq!(monday, civil::parse_date("2026-10-19").unwrap());
        assert_eq!(until, at("2026-10-26T00:00:00+01:00"));
    }

    #[test]
    fn a_run_is_cut_where_the_local_month_changes() {
        let mut months = Periods::new(Zone::UTC, Per::Month);
        let run = Run {
            start: at("2026-01-31T22:00:00Z"),
            count: 5,
            every: 3_600_000,
            origin: Origin::Queued,
        };
        let mut pieces = Vec::new();
        months.cut(run, |first_date, piece| pieces.push((first_date, piece.count)));
        let [january, february] =
            ["2026-01-01", "2026-02-01"].map(|date| civil::parse_date(date).unwrap());
        assert_eq!(pieces, [(january, 2), (february, 3)]);
    }

    #[test]
    fn a_midnight_that_comes_twice_leaves_a_day_and_enters_it_again() {
        // On 2010-11-07 the clock of St. John's went from 00:01 back to 23:01 of the day before.
        let mut days = Periods::new(Zone::named("America/St_Johns").unwrap(), Per::Day);
        let saturday = civil::parse_date("2010-11-06").unwrap();
        let evening = at("2010-11-06T23:30:00-02:30");
        let (date, midnight) = days.at(evening);
        assert_eq!((date, midnight), (saturday, at("2010-11-07T00:00:00-02:30")));
        let (date, back) = days.at(midnight);
        assert_eq!((date, back), (saturday + 1, at("2010-11-07T00:01:00-02:30")));
        let (date, midnight) = days.at(back);
        assert_eq!((date, midnight), (saturday, at("2010-11-07T00:00:00-03:30")));
    }

    #[test]
    fn sends_at_the_end_of_time_are_one_piece() {
        let mut days = Periods::new(Zone::UTC, Per::Day);
        let last =
            Run { start: Instant::MAX, count: 1_000_000_000, every: 0, origin: Origin::Queued };
        let mut pieces = Vec::new();
        days.cut(last, |_, piece| pieces.push(piece.count));
        assert_eq!(pieces, [1_000_000_000]);
    }
}
