//! The yearly rule by which a zone goes on changing after its recorded changes.
//!
//! Such as "an hour ahead from the second Sunday in March, 02:00, to the first Sunday in
//! November, 02:00": the footer of a TZif file (RFC 9636, section 3.3). It is computed, so
//! that the last covered year costs as little as the next.

use crate::time::{Instant, civil};

/// A standard offset and a summer one, which take turns every year.
pub struct Rule {
    /// When the rule takes over, in seconds since 1970-01-01T00:00Z.
    pub since_s: u32,
    /// The offset outside summer, in seconds east.
    pub standard_s: i32,
    /// The offset in summer, in seconds east; lower than `standard_s` where winter is the
    /// exception.
    pub summer_s: i32,
    /// When summer starts, by the standard clock.
    pub starts: Switch,
    /// When summer ends, by the summer clock.
    pub ends: Switch,
}

/// A wall-clock time on such a day as the last Sunday in October, which is the first Sunday on
/// or after 25 October. Always from March to November, which build.rs sees to: a switch is in the
/// same year everywhere, and no leap day comes between.
pub struct Switch {
    /// The first day that it can fall on, in days after 1 March.
    pub earliest: i32,
    /// 0 for Monday to 6 for Sunday.
    pub weekday: i32,
    /// Seconds after that day's midnight; may be negative, or longer than a day.
    pub at_s: i32,
}

/// From one switch to the next.
pub struct Season {
    /// The offset throughout, in seconds east.
    pub offset_s: i32,
    /// The switch with which it begins.
    pub from: Instant,
    /// The switch with which the next one begins.
    pub until: Instant,
}

impl Rule {
    /// The season of `t`.
    pub fn season_at(&self, t: Instant) -> Season {
        let year = nearest_year(t);
        let (start, end) = (self.start(year), self.end(year));
        let starts_first = start < end;
        let (early, late) = if starts_first {
            (start, end)
        } else {
            (end, start)
        };
        let (from, until, is_summer) = if t < early {
            let before = if starts_first {
                self.end(year - 1)
            } else {
                self.start(year - 1)
            };
            (before, early, !starts_first)
        } else if t < late {
            (early, late, starts_first)
        } else {
            let after = if starts_first {
                self.start(year + 1)
            } else {
                self.end(year + 1)
            };
            (late, after, !starts_first)
        };
        let offset_s = if is_summer {
            self.summer_s
        } else {
            self.standard_s
        };
        Season {
            offset_s,
            from,
            until,
        }
    }

    fn start(&self, year: i32) -> Instant {
        from_seconds(self.starts.wall_s(year) - i64::from(self.standard_s))
    }

    fn end(&self, year: i32) -> Instant {
        from_seconds(self.ends.wall_s(year) - i64::from(self.summer_s))
    }
}

impl Switch {
    /// What the wall clock reads at the switch, in seconds since 1970-01-01T00:00.
    fn wall_s(&self, year: i32) -> i64 {
        let earliest = civil::first_of_month(year, 3) + self.earliest;
        let day = earliest + (self.weekday - civil::weekday(earliest)).rem_euclid(7);
        i64::from(day) * (civil::DAY_MS / 1_000) + i64::from(self.at_s)
    }
}

/// The UTC year of `t`, or around a new year the other one of the two: no switch is near.
fn nearest_year(t: Instant) -> i32 {
    const MEAN_YEAR_MS: i64 = 31_556_952_000;
    1970 + i32::try_from(t.millis().div_euclid(MEAN_YEAR_MS)).unwrap_or(0)
}

/// The instant `seconds` after 1970-01-01T00:00Z.
pub const fn from_seconds(seconds: i64) -> Instant {
    Instant::from_millis(seconds * 1_000)
}
