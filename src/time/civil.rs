//! The calendar: dates as day numbers, and the texts in which policies write dates and clocks.
//!
//! ```
//! use tidegate::time::civil::{self, Unreadable};
//!
//! let day = civil::parse_date("2028-02-29").unwrap();
//! assert_eq!(civil::weekday(day), 1); // a Tuesday
//! assert_eq!(civil::parse_date("2027-02-29"), Err(Unreadable::NoSuchDate));
//! ```
//!
//! A date is the number of days since 1970-01-01, a wall clock the number of milliseconds since
//! 1970-01-01T00:00 in whatever zone it is read in. The Gregorian calendar holds throughout.
//! Nothing here knows a zone.

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Days from 1 March of year 0 to 1970-01-01. Counted from a March on, a leap day is the last day
/// of its year, and the lengths of the months follow a formula.
const DAYS_BEFORE_1970: i32 = 719_468;

/// The first year that a date in a text may have.
pub const FIRST_YEAR: i32 = 2010;
/// The last year that a date in a text may have.
pub const LAST_YEAR: i32 = 2199;

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

/// Why a text is not a date or a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unreadable {
    /// Not written in the expected form.
    Malformed,
    /// A date that is not in the calendar, such as 30 February.
    NoSuchDate,
    /// A time that no clock shows, such as `12:60`.
    NoSuchTime,
    /// A year before [`FIRST_YEAR`] or after [`LAST_YEAR`].
    OutsideYears,
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
    let month = if months_from_march < 10 {
        months_from_march + 3
    } else {
        months_from_march - 9
    };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an i32 of days is under six million years"
    )]
    YearMonthDay {
        year: year as i32,
        month: month as i32,
        day: day as i32,
    }
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
    let (year_from_march, months_from_march) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
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

/// Reads `YYYY-MM-DD` as a day number.
///
/// # Errors
///
/// When the text has another form, the calendar no such date, or the year is out of bounds.
pub fn parse_date(text: &str) -> Result<i32, Unreadable> {
    let date = parse_any_date(text)?;
    let year = year_month_day(date).year;
    if (FIRST_YEAR..=LAST_YEAR).contains(&year) {
        Ok(date)
    } else {
        Err(Unreadable::OutsideYears)
    }
}

/// As [`parse_date`], for every year that has four digits.
pub(super) fn parse_any_date(text: &str) -> Result<i32, Unreadable> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return Err(Unreadable::Malformed);
    };
    let year = number(&[y1, y2, y3, y4]).ok_or(Unreadable::Malformed)?;
    let month = number(&[m1, m2]).ok_or(Unreadable::Malformed)?;
    let day = number(&[d1, d2]).ok_or(Unreadable::Malformed)?;
    day_number(year, month, day).ok_or(Unreadable::NoSuchDate)
}

/// Reads `MM-DD` as a month and a day. `02-29` is accepted: it comes in leap years.
///
/// # Errors
///
/// When the text has another form, or no year has such a date.
pub fn parse_month_day(text: &str) -> Result<(i32, i32), Unreadable> {
    const A_LEAP_YEAR: i32 = 2000;
    let &[m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return Err(Unreadable::Malformed);
    };
    let month = number(&[m1, m2]).ok_or(Unreadable::Malformed)?;
    let day = number(&[d1, d2]).ok_or(Unreadable::Malformed)?;
    day_number(A_LEAP_YEAR, month, day).ok_or(Unreadable::NoSuchDate)?;
    Ok((month, day))
}

/// Reads `HH:MM` or `HH:MM:SS` as milliseconds since midnight; `24:00` is [`DAY_MS`].
///
/// # Errors
///
/// When the text has another form, or no clock shows such a time.
pub fn parse_clock(text: &str) -> Result<i64, Unreadable> {
    let (hour, minute, second) = match *text.as_bytes() {
        [h1, h2, b':', m1, m2] => ([h1, h2], [m1, m2], *b"00"),
        [h1, h2, b':', m1, m2, b':', s1, s2] => ([h1, h2], [m1, m2], [s1, s2]),
        _ => return Err(Unreadable::Malformed),
    };
    let hour = number(&hour).ok_or(Unreadable::Malformed)?;
    let minute = number(&minute).ok_or(Unreadable::Malformed)?;
    let second = number(&second).ok_or(Unreadable::Malformed)?;
    let end_of_day = (hour, minute, second) == (24, 0, 0);
    if minute > 59 || second > 59 || (hour > 23 && !end_of_day) {
        return Err(Unreadable::NoSuchTime);
    }
    Ok(i64::from(hour * 3_600 + minute * 60 + second) * SECOND_MS)
}

/// Reads `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS` as a wall clock. `T24:00` is the midnight
/// that ends the day.
///
/// # Errors
///
/// As [`parse_date`] and [`parse_clock`].
pub fn parse_date_time(text: &str) -> Result<i64, Unreadable> {
    let (date, clock) = text.split_once('T').ok_or(Unreadable::Malformed)?;
    Ok(midnight(parse_date(date)?) + parse_clock(clock)?)
}

/// The number that up to nine ASCII digits write.
pub(super) fn number(digits: &[u8]) -> Option<i32> {
    debug_assert!(digits.len() <= 9);
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i32::from(digit - b'0'))
    })
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

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(
            parse_date("2010-01-01").map(midnight),
            Ok(1_262_304_000_000)
        );
        assert_eq!(
            parse_date("2199-12-31").map(midnight),
            Ok(7_258_118_400_000 - DAY_MS)
        );
        for text in [
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
        ] {
            assert_eq!(parse_date(text), Err(Unreadable::NoSuchDate), "{text}");
        }
        for text in ["2009-12-31", "2200-01-01", "0000-01-01", "9999-12-31"] {
            assert_eq!(parse_date(text), Err(Unreadable::OutsideYears), "{text}");
        }
        for text in [
            "",
            "2026-1-01",
            "26-01-01",
            "2026/01/01",
            "2026-01-01 ",
            "+026-01-01",
            "２026-01-1",
        ] {
            assert_eq!(parse_date(text), Err(Unreadable::Malformed), "{text}");
        }
    }

    #[test]
    fn a_month_and_a_day_must_come_in_some_year() {
        assert_eq!(parse_month_day("02-29"), Ok((2, 29)));
        assert_eq!(parse_month_day("02-30"), Err(Unreadable::NoSuchDate));
        assert_eq!(parse_month_day("13-01"), Err(Unreadable::NoSuchDate));
        assert_eq!(parse_month_day("1-1"), Err(Unreadable::Malformed));
    }

    #[test]
    fn clocks_run_from_midnight_to_midnight() {
        assert_eq!(parse_clock("00:00"), Ok(0));
        assert_eq!(parse_clock("09:30"), Ok(9 * HOUR_MS + 30 * MINUTE_MS));
        assert_eq!(parse_clock("23:59:59"), Ok(DAY_MS - SECOND_MS));
        assert_eq!(parse_clock("24:00"), Ok(DAY_MS));
        assert_eq!(parse_clock("24:00:00"), Ok(DAY_MS));
        for text in ["24:01", "24:00:01", "25:00", "12:60", "12:00:60"] {
            assert_eq!(parse_clock(text), Err(Unreadable::NoSuchTime), "{text}");
        }
        for text in [
            "",
            "9:00",
            "09:0",
            "0900",
            "09:00:",
            "09:00:0",
            "09:00:00:00",
            "-9:00",
            "09:00Z",
        ] {
            assert_eq!(parse_clock(text), Err(Unreadable::Malformed), "{text}");
        }
    }

    #[test]
    fn a_date_time_is_a_date_and_a_clock() {
        let midnight = midnight(parse_date("2026-11-24").unwrap());
        assert_eq!(
            parse_date_time("2026-11-24T00:00:01"),
            Ok(midnight + SECOND_MS)
        );
        assert_eq!(parse_date_time("2026-11-23T24:00"), Ok(midnight));
        for text in [
            "2026-11-24",
            "2026-11-24T",
            "2026-11-24 00:00",
            "2026-11-24T00:00Z",
            "T",
        ] {
            assert_eq!(parse_date_time(text), Err(Unreadable::Malformed), "{text}");
        }
    }
}
