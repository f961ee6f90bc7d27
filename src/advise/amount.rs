//! What a knob is set to, and how a policy writes it.

use serde_json::{Value, json};

use crate::time::Instant;
use crate::time::civil::{
    self, DAY_MS, FIRST_YEAR, HOUR_MS, LAST_YEAR, MINUTE_MS, SECOND_MS, YearMonthDay,
};
use crate::zone::Zone;

/// A setting of a knob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Amount {
    Count(u64),
    /// In milliseconds.
    Duration(i64),
    /// In milliseconds since midnight, up to and with the midnight that follows.
    Clock(i64),
    Single(Instant, Writing),
}

/// How a policy writes a single time: by the wall clock of its zone, or with the offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Writing {
    pub(super) zone: Zone,
    pub(super) with_offset: bool,
}

impl Amount {
    /// As a policy writes it. Clock times and single times have whole minutes.
    pub(super) fn written(self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Duration(ms) => json!(duration(ms)),
            Self::Clock(clock) => json!(clock_time(clock)),
            Self::Single(instant, writing) => json!(writing.of(instant)),
        }
    }
}

impl Writing {
    /// A wall clock that reads the same twice is written with its offset, so that it is the one
    /// meant. So is one that still reads 1969, or 2200 already, which no policy takes without.
    fn of(self, instant: Instant) -> String {
        let wall = self.zone.wall(instant);
        let YearMonthDay { year, month, day } = civil::year_month_day(civil::date_of(wall));
        let clock = clock_time(civil::clock_of(wall));
        let text = format!("{year:04}-{month:02}-{day:02}T{clock}");
        let is_plain =
            (FIRST_YEAR..=LAST_YEAR).contains(&year) && self.zone.instant(wall) == instant;
        if is_plain && !self.with_offset {
            return text;
        }
        let offset = self.zone.offset_at(instant).millis;
        let sign = if offset < 0 { '-' } else { '+' };
        format!("{text}:00{sign}{}", clock_time(offset.abs()))
    }
}

/// In the largest unit that divides it, but a day as `24h`.
fn duration(ms: i64) -> String {
    let units = [(DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "m"), (SECOND_MS, "s"), (1, "ms")];
    let fits = |unit: i64| ms % unit == 0 && (unit < DAY_MS || ms > DAY_MS);
    let (unit, name) = units.into_iter().find(|(unit, _)| fits(*unit)).unwrap_or((1, "ms"));
    format!("{}{name}", ms / unit)
}

/// `HH:MM`.
pub(super) fn clock_time(clock: i64) -> String {
    format!("{:02}:{:02}", clock / HOUR_MS, clock % HOUR_MS / MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::time::parse_rfc3339;

    #[test]
    fn durations_are_written_in_the_largest_unit() {
        for (ms, text) in [
            (1, "1ms"),
            (999, "999ms"),
            (1_500, "1500ms"),
            (90_000, "90s"),
            (120_000, "2m"),
            (5_400_000, "90m"),
            (DAY_MS, "24h"),
            (DAY_MS + HOUR_MS, "25h"),
            (2 * DAY_MS, "2d"),
        ] {
            assert_eq!(Amount::Duration(ms).written(), text);
        }
    }

    #[test]
    fn a_single_time_is_read_back_as_the_same_instant() {
        for (zone, with_offset, instant, text) in [
            ("America/Toronto", false, "2026-11-24T14:00:00Z", "2026-11-24T09:00"),
            ("America/Toronto", true, "2026-11-24T14:00:00Z", "2026-11-24T09:00:00-05:00"),
            ("Asia/Kathmandu", true, "2026-11-24T14:00:00Z", "2026-11-24T19:45:00+05:45"),
            // The hour happens twice, and the wall clock alone means the first.
            ("Europe/Paris", false, "2026-10-25T00:30:00Z", "2026-10-25T02:30"),
            ("Europe/Paris", false, "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),
            // The first and the last day of all, where the clock shows the day before or after.
            ("America/Toronto", false, "1970-01-01T00:01:00Z", "1969-12-31T19:01:00-05:00"),
            ("Pacific/Apia", false, "2199-12-31T23:59:00Z", "2200-01-01T12:59:00+13:00"),
        ] {
            let instant = parse_rfc3339(instant).unwrap();
            let writing = Writing { zone: Zone::named(zone).unwrap(), with_offset };
            let written = Amount::Single(instant, writing).written();
            assert_eq!(written, text);
            let policy = Policy::parse(&json!({ "time_zone": zone, "ends_at": written }));
            assert_eq!(policy.unwrap().ends_at, Some(instant));
        }
    }
}
