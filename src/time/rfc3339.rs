//! Instants in texts, as RFC 3339 writes them.

use super::Instant;
use super::civil::{self, DAY_MS, HOUR_MS, MINUTE_MS};

/// Reads an RFC 3339 date and time with its offset, such as `2026-11-24T09:00:00-05:00`.
///
/// Strict: seconds and an offset are required, and `T` and `Z` may be lower case (section 5.6)
/// but nothing else may stand in for them. Digits finer than a millisecond are cut off, towards
/// the past. A leap second (`:60`) is refused, because an [`Instant`] cannot be inside one, and
/// so is an instant outside [`Instant::MIN`] to [`Instant::MAX`].
///
/// ```
/// use tidegate::time::parse_rfc3339;
///
/// let nine = parse_rfc3339("2026-11-24T09:00:00-05:00");
/// assert_eq!(nine, parse_rfc3339("2026-11-24T14:00:00.000Z"));
/// assert_eq!(parse_rfc3339("2026-11-24T09:00:00"), None); // which nine o'clock?
/// ```
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Instant> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let (fraction_ms, offset) = split_fraction(rest)?;
    let clock = civil::parse_clock(clock).ok().filter(|clock| *clock < DAY_MS)?;
    let wall = civil::midnight(civil::parse_any_date(date).ok()?) + clock + fraction_ms;
    let instant = Instant::from_millis(wall - offset_ms(offset)?);
    instant.is_covered().then_some(instant)
}

/// Cuts `.25-05:00` into 250 and `-05:00`; without a fraction it is 0.
fn split_fraction(text: &str) -> Option<(i64, &str)> {
    let Some(text) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let (digits, offset) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let mut digits = digits.bytes().map(|digit| i64::from(digit - b'0'));
    let tenths = digits.next()?;
    let ms = tenths * 100 + digits.next().unwrap_or(0) * 10 + digits.next().unwrap_or(0);
    Some((ms, offset))
}

/// Reads `Z`, `+05:30` or `-05:00` as milliseconds east of UTC.
fn offset_ms(text: &str) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *text.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let hours = civil::number(&[h1, h2]).filter(|hours| *hours < 24)?;
    let minutes = civil::number(&[m1, m2]).filter(|minutes| *minutes < 60)?;
    Some(sign * (i64::from(hours) * HOUR_MS + i64::from(minutes) * MINUTE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_taken_off() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1969-12-31T19:00:00-05:00", 0),
            ("1970-01-01T05:45:00+05:45", 0),
            ("1970-01-01T00:00:00-00:00", 0),
            ("2026-11-24T09:00:00-05:00", 1_795_528_800_000),
            ("2026-11-24T09:00:00.5-05:00", 1_795_528_800_500),
            ("2026-11-24T09:00:00.12-05:00", 1_795_528_800_120),
            ("2026-11-24T09:00:00.123999999-05:00", 1_795_528_800_123),
            ("2200-01-01T00:00:00Z", Instant::MAX.millis()),
        ] {
            assert_eq!(parse_rfc3339(text), Some(Instant::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-11-24",
            "2026-11-24T09:00:00",
            "2026-11-24T09:00Z",
            "2026-11-24 09:00:00Z",
            "2026-11-24T09:00:00 Z",
            "2026-11-24T09:00:00.Z",
            "2026-11-24T09:00:00,5Z",
            "2026-11-24T09:00:00.5",
            "2026-11-24T09:00:00+0500",
            "2026-11-24T09:00:00+05",
            "2026-11-24T09:00:00+24:00",
            "2026-11-24T09:00:00+05:60",
            "2026-11-24T09:00:60Z",
            "2026-11-24T24:00:00Z",
            "2026-02-30T09:00:00Z",
            "2026-11-24T09:00:00Z ",
            "2026-11-2４T09:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "2200-01-01T00:00:00.001Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
