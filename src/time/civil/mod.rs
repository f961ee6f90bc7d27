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

mod calendar;
mod text;

pub(crate) use calendar::first_of_month;
pub use calendar::{
    YearMonthDay, clock_of, date_of, day_number, midnight, month_start, next_month_start,
    week_start, weekday, year_month_day,
};
pub use text::{
    FIRST_YEAR, LAST_YEAR, Unreadable, parse_clock, parse_date, parse_date_time, parse_month_day,
};
pub(super) use text::{number, parse_any_date};

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;
