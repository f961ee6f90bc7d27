//! How the reasons of a decision write a time.

use super::Instant;
use super::civil::{self, HOUR_MS, MINUTE_MS, SECOND_MS, YearMonthDay};
use crate::zone::Zone;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The wall clock of `zone` at `t`, for a person to read at `now`.
///
/// The year is written when it is not the local year of `now`; seconds and milliseconds when
/// they are not zero. Where the clock is set back, the two times that read the same are not
/// told apart.
///
/// ```
/// use tidegate::time::{clock_text, parse_rfc3339};
/// use tidegate::zone::Zone;
///
/// let toronto = Zone::named("America/Toronto").unwrap();
/// let now = parse_rfc3339("2026-11-21T18:00:00Z").unwrap();
/// let at = |text| clock_text(toronto, parse_rfc3339(text).unwrap(), now);
/// assert_eq!(at("2026-11-24T14:00:00Z"), "Tue 24 Nov 09:00");
/// assert_eq!(at("2026-11-24T14:00:30Z"), "Tue 24 Nov 09:00:30");
/// assert_eq!(at("2027-01-04T14:00:00Z"), "Mon 4 Jan 2027 09:00");
/// ```
#[must_use]
pub fn clock_text(zone: Zone, t: Instant, now: Instant) -> String {
    let wall = zone.wall(t);
    let date = civil::date_of(wall);
    let weekday = nth(&WEEKDAYS, civil::weekday(date));
    let YearMonthDay { year, month, day } = civil::year_month_day(date);
    let this_year = civil::year_month_day(zone.date(now)).year;
    let year = if year == this_year { String::new() } else { format!(" {year}") };
    let month = nth(&MONTHS, month - 1);

    let clock = civil::clock_of(wall);
    let (hour, minute) = (clock / HOUR_MS, clock % HOUR_MS / MINUTE_MS);
    let fine = match (clock % MINUTE_MS / SECOND_MS, clock % SECOND_MS) {
        (0, 0) => String::new(),
        (second, 0) => format!(":{second:02}"),
        (second, ms) => format!(":{second:02}.{ms:03}"),
    };
    format!("{weekday} {day} {month}{year} {hour:02}:{minute:02}{fine}")
}

fn nth(names: &[&'static str], index: i32) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::civil::DAY_MS;

    fn utc(ms: i64) -> String {
        clock_text(Zone::UTC, Instant::from_millis(ms), Instant::from_millis(0))
    }

    #[test]
    fn only_what_is_not_zero_follows_the_minute() {
        assert_eq!(utc(0), "Thu 1 Jan 00:00");
        assert_eq!(utc(9 * HOUR_MS + 5 * MINUTE_MS), "Thu 1 Jan 09:05");
        assert_eq!(utc(HOUR_MS + SECOND_MS), "Thu 1 Jan 01:00:01");
        assert_eq!(utc(HOUR_MS + 7), "Thu 1 Jan 01:00:00.007");
    }

    #[test]
    fn the_year_follows_the_month_when_it_is_another() {
        assert_eq!(utc(364 * DAY_MS), "Thu 31 Dec 00:00");
        assert_eq!(utc(365 * DAY_MS), "Fri 1 Jan 1971 00:00");
    }

    #[test]
    fn every_weekday_and_month_has_its_name() {
        let days: Vec<String> = (0..7).map(|day| utc(day * DAY_MS)).collect();
        for (text, name) in days.iter().zip(["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]) {
            assert!(text.starts_with(name), "{text}");
        }
        for (month, name) in (1..).zip(MONTHS) {
            let first = civil::day_number(1970, month, 1).unwrap();
            assert!(utc(civil::midnight(first)).contains(&format!(" 1 {name} ")));
        }
    }
}
