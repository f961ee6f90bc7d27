//! A range of clock times on some days of the week.

use serde_json::{Map, Value};

use crate::document::{choice, list, object, required, text, unreadable};
use crate::problem::{Path, Problems};
use crate::shape::document;
use crate::time::civil::{self, DAY_MS};

pub(crate) const DAYS: [(&str, usize); 7] =
    [("mon", 0), ("tue", 1), ("wed", 2), ("thu", 3), ("fri", 4), ("sat", 5), ("sun", 6)];

document! {
    /// A range of the wall clock. One that ends before it starts crosses midnight, and belongs to
    /// the day on which it starts.
    pub(crate) struct WindowDocument {
        /// The days on which it starts; every day if left out.
        days?: List<Weekday, 7>,
        /// The first instant is inside.
        from: ClockTime,
        /// The last instant is outside.
        to: ClockTime,
    }
}

/// From one clock time to another. One that ends before it starts crosses midnight, and belongs
/// to the day on which it starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ClockRange {
    /// The days on which it starts, from Monday on.
    pub(super) days: [bool; 7],
    /// In milliseconds since midnight.
    pub(super) from: i64,
    /// In milliseconds since midnight; at most a day later than `from`.
    pub(super) to: i64,
}

impl ClockRange {
    /// Whether the range holds when the wall clock reads `wall`.
    pub(super) fn holds(&self, wall: i64) -> bool {
        let clock = civil::clock_of(wall);
        let starts_on = |date: i32| {
            let day = usize::try_from(civil::weekday(date)).ok();
            day.and_then(|day| self.days.get(day)).is_some_and(|starts| *starts)
        };
        let today = civil::date_of(wall);
        let from_today = self.from <= clock && clock < self.to && starts_on(today);
        from_today || (clock + DAY_MS < self.to && starts_on(today.saturating_sub(1)))
    }
}

/// Reads `{ days, from, to }`.
pub(super) fn read(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<ClockRange> {
    let fields = object(value, at, WindowDocument::FIELDS, problems)?;
    read_fields(fields, at, problems)
}

/// Reads the three fields of an object that may have others.
pub(super) fn read_fields(
    fields: &Map<String, Value>,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<ClockRange> {
    let days = match fields.get("days") {
        Some(value) => read_days(value, &at.field("days"), problems),
        None => Some([true; 7]),
    };
    let from = required(fields, "from", at, problems)
        .and_then(|value| read_clock(value, &at.field("from"), problems));
    let to = required(fields, "to", at, problems)
        .and_then(|value| read_clock(value, &at.field("to"), problems));
    if from == Some(DAY_MS) {
        let message = "`24:00` may only end a range; write `00:00` of the next day".to_owned();
        problems.report(&at.field("from"), "no_such_time", message);
        return None;
    }
    let (days, from, to) = (days?, from?, to?);
    if from == to {
        let [from, to] = ["from", "to"].map(|name| fields.get(name).and_then(Value::as_str));
        let message = format!(
            "`{}` to `{}` is empty; write `00:00` to `24:00` for the whole day",
            from.unwrap_or_default(),
            to.unwrap_or_default()
        );
        problems.report(&at.field("to"), "empty", message);
        return None;
    }
    let to = if from < to { to } else { to + DAY_MS };
    Some(ClockRange { days, from, to })
}

fn read_days(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    let items = list(value, at, days.len(), problems)?;
    for (index, item) in items.iter().enumerate() {
        let day = choice(item, &at.item(index), &DAYS, problems)?;
        if let Some(day) = days.get_mut(day) {
            *day = true;
        }
    }
    // An empty list is the same as none.
    Some(if items.is_empty() { [true; 7] } else { days })
}

fn read_clock(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<i64> {
    let written = text(value, at, problems)?;
    match civil::parse_clock(written) {
        Ok(clock) => Some(clock),
        Err(why) => {
            unreadable(why, written, "a clock time such as `09:00`", at, problems);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::civil::HOUR_MS;
    use serde_json::json;

    fn range(document: &Value) -> ClockRange {
        read(document, &Path::Root, &mut Problems::default()).unwrap()
    }

    #[test]
    fn a_range_over_midnight_belongs_to_the_day_it_starts_on() {
        let friday_night = range(&json!({ "days": ["fri"], "from": "22:00", "to": "02:00" }));
        // 1970-01-02 was a Friday.
        let friday = DAY_MS;
        for (wall, inside) in [
            (friday + HOUR_MS, false),
            (friday + 22 * HOUR_MS - 1, false),
            (friday + 22 * HOUR_MS, true),
            (friday + 26 * HOUR_MS - 1, true),
            (friday + 26 * HOUR_MS, false),
            (friday + 46 * HOUR_MS, false),
        ] {
            assert_eq!(friday_night.holds(wall), inside, "{wall}");
        }
    }

    #[test]
    fn only_the_end_may_be_24_00() {
        assert_eq!(range(&json!({ "from": "22:00", "to": "24:00" })).to, DAY_MS);
        let mut problems = Problems::default();
        let document = json!({ "from": "24:00", "to": "02:00" });
        assert_eq!(read(&document, &Path::Root, &mut problems), None);
        assert_eq!(problems.unless_any(Some(())).unwrap_err()[0].path, "from");
    }

    #[test]
    fn an_empty_range_says_how_to_write_a_whole_day() {
        let mut problems = Problems::default();
        let document = json!({ "from": "17:00", "to": "17:00" });
        assert_eq!(read(&document, &Path::Root.field("windows").item(2), &mut problems), None);
        assert_eq!(
            problems.unless_any(Some(())).unwrap_err()[0].to_string(),
            "`windows[2].to`: `17:00` to `17:00` is empty; write `00:00` to `24:00` for the whole day"
        );
    }
}
