//! The engine's only notion of a moment: whole milliseconds since 1970.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00Z. Leap seconds do not exist, as in POSIX time.
///
/// Any `i64` can be held, so that arithmetic never fails; what comes from outside is accepted
/// only from [`Instant::MIN`] to [`Instant::MAX`], which [`Instant::is_covered`] tells.
///
/// Serialises as an integer number of milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// 1970-01-01T00:00Z, the first instant that is accepted. Before
    /// [`zone::EXACT_FROM`](crate::zone::EXACT_FROM) the clocks of zones are approximate.
    pub const MIN: Self = Self(0);

    /// 2200-01-01T00:00Z. An offset that lasts until here is taken to last for ever.
    pub const MAX: Self = Self(7_258_118_400_000);

    /// Later than every instant: when something comes that never does.
    pub(crate) const NEVER: Self = Self(i64::MAX);

    /// The instant `ms` milliseconds after 1970-01-01T00:00Z.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `ms` milliseconds later, or the last an `i64` can hold.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The instant `ms` milliseconds earlier, or the first an `i64` can hold.
    #[must_use]
    pub const fn minus(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether the engine takes this instant: `MIN <= self <= MAX`.
    #[must_use]
    pub const fn is_covered(self) -> bool {
        Self::MIN.0 <= self.0 && self.0 <= Self::MAX.0
    }

    /// The same moment as a `chrono` time, or the nearest that `chrono` can hold.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        let nearest = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_millis(self.0).unwrap_or(nearest)
    }
}

impl From<DateTime<Utc>> for Instant {
    /// Digits finer than a millisecond are cut off, towards the past.
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_the_years_they_say() {
        assert_eq!(Instant::MIN.to_utc().to_rfc3339(), "1970-01-01T00:00:00+00:00");
        assert_eq!(Instant::MAX.to_utc().to_rfc3339(), "2200-01-01T00:00:00+00:00");
        assert!(Instant::MIN.is_covered() && Instant::MAX.is_covered());
        assert!(!Instant::MIN.minus(1).is_covered() && !Instant::MAX.plus(1).is_covered());
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_an_i64() {
        let last = Instant::from_millis(i64::MAX);
        let first = Instant::from_millis(i64::MIN);
        assert_eq!(last.plus(1), last);
        assert_eq!(first.minus(1), first);
        assert_eq!(last.since(first), i64::MAX);
        assert_eq!(first.since(last), i64::MIN);
        assert_eq!(last.to_utc(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(first.to_utc(), DateTime::<Utc>::MIN_UTC);
    }

    #[test]
    fn chrono_and_back_is_the_same_instant() {
        for ms in [0, 1, 999, -1, 1_795_000_000_123] {
            let instant = Instant::from_millis(ms);
            assert_eq!(Instant::from(instant.to_utc()), instant);
        }
    }

    #[test]
    fn it_is_an_integer_in_json() {
        let instant = Instant::from_millis(1_795_000_000_123);
        assert_eq!(serde_json::to_string(&instant).unwrap(), "1795000000123");
        assert_eq!(serde_json::from_str::<Instant>("1795000000123").unwrap(), instant);
        assert!(serde_json::from_str::<Instant>("\"1795000000123\"").is_err());
    }
}
