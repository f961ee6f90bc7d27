//! Durations: `500ms`, `30s`, `15m`, `24h`, `7d`.

use serde_json::{Map, Value};

use crate::document::text;
use crate::problem::{Path, Problems};
use crate::time::civil::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// The longest duration, in milliseconds.
pub(crate) const MAX_DURATION_MS: i64 = 366 * DAY_MS;

/// A duration field that may be left out, in milliseconds; zero is the same as left out.
pub(super) fn field(
    fields: &Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<i64> {
    let found = read_from(0, fields.get(name)?, &at.field(name), problems)?;
    (found > 0).then_some(found)
}

/// A duration from 1 ms to 366 days, in milliseconds.
pub(super) fn read(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<i64> {
    read_from(1, value, at, problems)
}

/// The milliseconds of a duration from 1 ms to 366 days, as policies write it; none for any other
/// text.
///
/// ```
/// assert_eq!(tidegate::duration_ms("2h"), Some(7_200_000));
/// assert_eq!(tidegate::duration_ms("2 hours"), None);
/// ```
#[must_use]
pub fn duration_ms(text: &str) -> Option<i64> {
    parse(text).filter(|ms| (1..=MAX_DURATION_MS).contains(ms))
}

fn read_from(least: i64, value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<i64> {
    let written = text(value, at, problems)?;
    let Some(found) = parse(written) else {
        let message = format!(
            "`{written}` is no duration; write a whole number and ms, s, m, h or d, such as `30s`"
        );
        problems.report(at, "malformed", message);
        return None;
    };
    if !(least..=MAX_DURATION_MS).contains(&found) {
        let message = format!("`{written}` is out of bounds; write `{least}ms` to `366d`");
        problems.report(at, "out_of_bounds", message);
        return None;
    }
    Some(found)
}

/// Saturates far beyond [`MAX_DURATION_MS`].
fn parse(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit {
        "ms" => 1,
        "s" => SECOND_MS,
        "m" => MINUTE_MS,
        "h" => HOUR_MS,
        "d" => DAY_MS,
        _ => return None,
    };
    if number.is_empty() {
        return None;
    }
    let number = number.parse::<i64>().unwrap_or(i64::MAX);
    Some(number.saturating_mul(unit))
}

/// How reasons write a duration: in the largest unit that divides it, but a day as `24 h`.
pub(crate) fn duration_text(ms: i64) -> String {
    if ms == DAY_MS {
        return "24 h".to_owned();
    }
    let units = [(DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (SECOND_MS, "s")];
    match units.iter().find(|(unit, _)| ms % unit == 0) {
        Some((unit, name)) => format!("{} {name}", ms / unit),
        None => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("15m", 900_000),
            ("24h", DAY_MS),
            ("7d", 7 * DAY_MS),
            ("366d", MAX_DURATION_MS),
        ] {
            let mut problems = Problems::default();
            assert_eq!(read(&json!(text), &Path::Root, &mut problems), Some(ms), "{text}");
        }
        for text in ["", "s", "30", "30 s", "30S", "1.5h", "-30s", "+30s", "1h30m", "30sec"] {
            assert_eq!(parse(text), None, "{text}");
        }
        for text in ["0s", "367d", "99999999999999999999d"] {
            let mut problems = Problems::default();
            assert_eq!(read(&json!(text), &Path::Root, &mut problems), None);
            assert_eq!(problems.unless_any(Some(())).unwrap_err()[0].code, "out_of_bounds");
        }
    }

    #[test]
    fn people_read_the_largest_unit_that_fits() {
        for (ms, text) in [
            (1, "1 ms"),
            (1_500, "1500 ms"),
            (90_000, "90 s"),
            (900_000, "15 min"),
            (2 * HOUR_MS, "2 h"),
            (DAY_MS, "24 h"),
            (7 * DAY_MS, "7 d"),
        ] {
            assert_eq!(duration_text(ms), text);
        }
    }
}
