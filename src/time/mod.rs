//! Instants, wall clocks and how both are written.
//!
//! ```
//! use tidegate::time::{civil, parse_rfc3339};
//! use tidegate::zone::Zone;
//!
//! let toronto = Zone::named("America/Toronto").unwrap();
//! let start = toronto.instant(civil::parse_date_time("2026-11-24T09:00").unwrap());
//! assert_eq!(Some(start), parse_rfc3339("2026-11-24T09:00:00-05:00"));
//! ```
//!
//! An [`Instant`] is the same moment everywhere. A *wall clock* is what a clock on the wall of
//! some zone reads at that moment: the milliseconds from 1970-01-01T00:00 to that reading, as
//! if every day had 24 hours. Only a [`Zone`](crate::zone::Zone) turns one into the other.
//! Nothing here knows what time it is.

pub mod civil;
pub mod format;
pub mod instant;
mod rfc3339;

pub use format::clock_text;
pub use instant::Instant;
pub use rfc3339::parse_rfc3339;
