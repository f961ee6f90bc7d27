//! Dates and clocks as policies write them.

use super::{SECOND_MS, day_number, midnight, year_month_day};

/// The first year that a date in a text may have.
pub const FIRST_YEAR: i32 = 1970;
/// The last year that a date in a text may have.
pub const LAST_YEAR: i32 = 2199;

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

/// Reads `YYYY-MM-DD` as a day number.
///
/// # Errors
///
/// When the text has another form, the calendar no such date, or the year is out of bounds.
pub fn parse_date(text: &str) -> Result<i32, Unreadable> {
    let date = parse_any_date(text)?;
    let year = year_month_day(date).year;
    if (FIRST_YEAR..=LAST_YEAR).contains(&year) { Ok(date) } else { Err(Unreadable::OutsideYears) }
}

/// As [`parse_date`], for every year that has four digits.
pub(in crate::time) fn parse_any_date(text: &str) -> Result<i32, Unreadable> {
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

/// Reads `HH:MM` or `HH:MM:SS` as milliseconds since midnight; `24:00` is [`DAY_MS`](super::DAY_MS).
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
pub(in crate::time) fn number(digits: &[u8]) -> Option<i32> {
    debug_assert!(digits.len() <= 9);
    digits.iter().try_fold(0, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::time::civil::{DAY_MS, HOUR_MS, MINUTE_MS};

    #[test]
    fn the_years_are_those_of_the_instants() {
        let start = |year| Instant::from_millis(midnight(day_number(year, 1, 1).unwrap()));
        assert_eq!((start(FIRST_YEAR), start(LAST_YEAR + 1)), (Instant::MIN, Instant::MAX));
    }

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(parse_date("2010-01-01").map(midnight), Ok(1_262_304_000_000));
        assert_eq!(parse_date("2199-12-31").map(midnight), Ok(7_258_118_400_000 - DAY_MS));
        for text in
            ["2026-02-29", "2100-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "2026-01-00"]
        {
            assert_eq!(parse_date(text), Err(Unreadable::NoSuchDate), "{text}");
        }
        for text in ["1969-12-31", "2200-01-01", "0000-01-01", "9999-12-31"] {
            assert_eq!(parse_date(text), Err(Unreadable::OutsideYears), "{text}");
        }
        for text in
            ["", "2026-1-01", "26-01-01", "2026/01/01", "2026-01-01 ", "+026-01-01", "２026-01-1"]
        {
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
        for text in
            ["", "9:00", "09:0", "0900", "09:00:", "09:00:0", "09:00:00:00", "-9:00", "09:00Z"]
        {
            assert_eq!(parse_clock(text), Err(Unreadable::Malformed), "{text}");
        }
    }

    #[test]
    fn a_date_time_is_a_date_and_a_clock() {
        let midnight = midnight(parse_date("2026-11-24").unwrap());
        assert_eq!(parse_date_time("2026-11-24T00:00:01"), Ok(midnight + SECOND_MS));
        assert_eq!(parse_date_time("2026-11-23T24:00"), Ok(midnight));
        for text in ["2026-11-24", "2026-11-24T", "2026-11-24 00:00", "2026-11-24T00:00Z", "T"] {
            assert_eq!(parse_date_time(text), Err(Unreadable::Malformed), "{text}");
        }
    }
}
