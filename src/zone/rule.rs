//! The yearly rule by which a zone goes on changing after its recorded changes.
//!
//! Such as "an hour ahead from the second Sunday in March, 02:00, to the first Sunday in
//! November, 02:00": the footer of a TZif file (RFC 9636, section 3.3). It is computed, so
//! that the last covered year costs as little as the next.

use super::Offset;
use crate::time::{Instant, civil};

/// Two offsets that take turns every year.
pub struct Rule {
    /// When the rule takes over, in seconds since 1970-01-01T00:00Z.
    pub since_s: u32,
    /// The offset around the new year, in seconds east.
    pub new_year_s: i32,
    /// The offset in the middle of the year, in seconds east.
    pub midyear_s: i32,
    /// The earlier switch of a year, by the new year's clock.
    pub first: Switch,
    /// The later switch of a year, by the midyear's clock.
    pub second: Switch,
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

impl Rule {
    /// The offset that the rule gives `t`, from one switch to the next.
    pub fn season_at(&self, t: Instant) -> Offset {
        let year = nearest_year(t);
        let (first, second) = (self.first_of(year), self.second_of(year));
        let (offset_s, from, until) = if t < first {
            (self.new_year_s, self.second_of(year - 1), first)
        } else if t < second {
            (self.midyear_s, first, second)
        } else {
            (self.new_year_s, second, self.first_of(year + 1))
        };
        Offset { millis: i64::from(offset_s) * 1_000, from, until }
    }

    fn first_of(&self, year: i32) -> Instant {
        from_seconds(self.first.wall_s(year) - i64::from(self.new_year_s))
    }

    fn second_of(&self, year: i32) -> Instant {
        from_seconds(self.second.wall_s(year) - i64::from(self.midyear_s))
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
