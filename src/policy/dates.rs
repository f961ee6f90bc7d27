//! Whole days: single dates, and dates that come every year.

use std::collections::BTreeSet;

use super::week::Reading;
use crate::time::civil::{self, YearMonthDay};

/// The 29th of February is missing from seven years in a row around 2100.
const YEARS_BETWEEN_LEAP_DAYS: i32 = 8;

/// A set of local dates.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Dates {
    /// Days since 1970-01-01.
    pub(super) single: BTreeSet<i32>,
    /// Months and days.
    pub(super) annual: BTreeSet<(i32, i32)>,
}

impl Dates {
    /// Whether the wall clock shows one of the dates at `wall`, and the reading at which to ask
    /// again: inside, the next midnight; outside, where the next one begins.
    pub(super) fn at(&self, wall: i64) -> Reading {
        let date = civil::date_of(wall);
        let YearMonthDay { month, day, .. } = civil::year_month_day(date);
        let tomorrow = date.saturating_add(1);
        if self.single.contains(&date) || self.annual.contains(&(month, day)) {
            return (true, Some(civil::midnight(tomorrow)));
        }
        let single = self.single.range(tomorrow..).next().copied();
        let next = [single, self.next_annual(date)].into_iter().flatten().min();
        (false, next.map(civil::midnight))
    }

    /// The first annual date after `date`.
    fn next_annual(&self, date: i32) -> Option<i32> {
        let YearMonthDay { year, month, day } = civil::year_month_day(date);
        let this_year = self.annual.range((month, day + 1)..).map(|next| (year, next));
        let later = (1..=YEARS_BETWEEN_LEAP_DAYS)
            .flat_map(|years| self.annual.iter().map(move |next| (year + years, next)));
        this_year
            .chain(later)
            .find_map(|(year, (month, day))| civil::day_number(year, *month, *day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        civil::parse_date(text).unwrap()
    }

    #[test]
    fn annual_dates_come_again() {
        let dates = Dates { annual: [(1, 1), (12, 25)].into(), ..Dates::default() };
        for (today, next) in [
            ("2026-01-02", "2026-12-25"),
            ("2026-12-24", "2026-12-25"),
            ("2026-12-26", "2027-01-01"),
        ] {
            assert_eq!(
                dates.at(civil::midnight(day(today))),
                (false, Some(civil::midnight(day(next))))
            );
        }
        let new_year = civil::midnight(day("2031-01-01"));
        assert_eq!(dates.at(new_year + 5), (true, Some(civil::midnight(day("2031-01-02")))));
    }

    #[test]
    fn the_29th_of_february_waits_for_a_leap_year() {
        let dates = Dates { annual: [(2, 29)].into(), ..Dates::default() };
        for (today, next) in [("2026-03-01", "2028-02-29"), ("2096-03-01", "2104-02-29")] {
            assert_eq!(dates.at(civil::midnight(day(today))).1, Some(civil::midnight(day(next))));
        }
        assert!(!dates.at(civil::midnight(day("2027-03-01"))).0);
    }

    #[test]
    fn after_the_last_single_date_nothing_changes() {
        let dates = Dates { single: [day("2026-12-25")].into(), ..Dates::default() };
        assert_eq!(dates.at(civil::midnight(day("2026-12-26"))), (false, None));
    }
}
