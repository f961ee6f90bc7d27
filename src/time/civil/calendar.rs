//! Arithmetic with dates of the Gregorian calendar.

use super::DAY_MS;

/// Days from 1 March of year 0 to 1970-01-01. Counted from a March on, a leap day is the last day
/// of its year, and the lengths of the months follow a formula.
const DAYS_BEFORE_1970: i32 = 719_468;

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct YearMonthDay {
    /// Astronomical year; 0 is 1 BC.
    pub year: i32,
    /// 1 for January to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
}

/// The date on which a wall clock reads `wall`; saturates about five million years away.
#[must_use]
pub fn date_of(wall: i64) -> i32 {
    let days = wall.div_euclid(DAY_MS);
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// What a wall clock reads as `date` begins.
#[must_use]
pub fn midnight(date: i32) -> i64 {
    i64::from(date) * DAY_MS
}

/// Milliseconds since midnight by the wall clock, below [`DAY_MS`].
#[must_use]
pub const fn clock_of(wall: i64) -> i64 {
    wall.rem_euclid(DAY_MS)
}

/// The day of the week: 0 for Monday to 6 for Sunday.
#[must_use]
pub const fn weekday(date: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    date.saturating_add(3).rem_euclid(7)
}

/// The Monday on or before `date`, where its ISO week begins.
#[must_use]
pub const fn week_start(date: i32) -> i32 {
    date.saturating_sub(weekday(date))
}

/// The first day of the month of `date`.
#[must_use]
pub const fn month_start(date: i32) -> i32 {
    date.saturating_sub(year_month_day(date).day - 1)
}

/// The first day of the month after that of `date`.
#[must_use]
pub const fn next_month_start(date: i32) -> i32 {
    let YearMonthDay { year, month, .. } = year_month_day(date);
    month_start(date).saturating_add(month_length(year, month))
}

/// The date `days` days after 1970-01-01.
#[must_use]
pub const fn year_month_day(date: i32) -> YearMonthDay {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let days = date as i64 + DAYS_BEFORE_1970 as i64;
    let era = days.div_euclid(DAYS_IN_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Five months from March on have 153 days, and so have the next five.
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let month = if months_from_march < 10 { months_from_march + 3 } else { months_from_march - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an i32 of days is under six million years"
    )]
    YearMonthDay { year: year as i32, month: month as i32, day: day as i32 }
}

/// The day number of a date, or `None` when the calendar has no such date.
///
/// Years are accepted from -9999 to 9999.
#[must_use]
pub const fn day_number(year: i32, month: i32, day: i32) -> Option<i32> {
    if year < -9_999 || year > 9_999 || month < 1 || month > 12 {
        return None;
    }
    if day < 1 || day > month_length(year, month) {
        return None;
    }
    Some(first_of_month(year, month) + day - 1)
}

/// The first day of a month; `month` is 1 to 12, and the year near enough to fit.
pub(crate) const fn first_of_month(year: i32, month: i32) -> i32 {
    let (year_from_march, months_from_march) =
        if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year_from_march.div_euclid(4) - year_from_march.div_euclid(100)
        + year_from_march.div_euclid(400);
    let day_of_year = (153 * months_from_march + 2) / 5;
    year_from_march * 365 + leap_days + day_of_year - DAYS_BEFORE_1970
}

/// Days in a month; `month` is 1 to 12.
const fn month_length(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn every_day_from_1600_to_2400_is_where_chrono_puts_it() {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        for date in epoch.with_year(1600).unwrap().iter_days().take(292_194) {
            let days = i32::try_from((date - epoch).num_days()).unwrap();
            let (year, month, day) = (
                date.year(),
                i32::try_from(date.month()).unwrap(),
                i32::try_from(date.day()).unwrap(),
            );
            assert_eq!(year_month_day(days), YearMonthDay { year, month, day });
            assert_eq!(day_number(year, month, day), Some(days));
            assert_eq!(
                weekday(days),
                i32::try_from(date.weekday().num_days_from_monday()).unwrap()
            );
            assert_eq!(month_start(days), days - day + 1);
            assert_eq!(year_month_day(next_month_start(days)).day, 1);
            assert!((1..=31).contains(&(next_month_start(days) - days)));
            assert!((0..7).contains(&(days - week_start(days))) && weekday(week_start(days)) == 0);
        }
    }

    #[test]
    fn the_ends_of_the_number_range_are_dates_too() {
        for days in [i32::MIN, i32::MAX] {
            let YearMonthDay { month, day, .. } = year_month_day(days);
            assert!((1..=12).contains(&month) && (1..=31).contains(&day));
            let _ = (week_start(days), month_start(days), next_month_start(days));
        }
        assert_eq!(date_of(i64::MAX), i32::MAX);
        assert_eq!(date_of(i64::MIN), i32::MIN);
        assert_eq!((date_of(-1), clock_of(-1)), (-1, DAY_MS - 1));
    }
}
