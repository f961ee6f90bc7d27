//! The UTC offset of any zone at any instant, with chrono-tz or without.
#![expect(unsafe_code, reason = "a module exports by name")]

use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};

/// Seconds east of UTC in the zone with that number in the crate's list, found by its name.
#[cfg(feature = "zones")]
#[unsafe(no_mangle)]
pub extern "C" fn offset_s(zone: usize, s: i64) -> i32 {
    let named = chrono_tz::TZ_VARIANTS.get(zone).map(|zone| zone.name());
    let zone: Option<chrono_tz::Tz> = named.and_then(|name| name.parse().ok());
    zone.map_or(0, |zone| east_s(&zone, utc(s)))
}

/// Nothing, in the one zone that there is without the feature.
#[cfg(not(feature = "zones"))]
#[unsafe(no_mangle)]
pub extern "C" fn offset_s(_zone: usize, s: i64) -> i32 {
    east_s(&Utc, utc(s))
}

fn utc(s: i64) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp(s, 0).unwrap_or_default().naive_utc()
}

fn east_s(zone: &impl TimeZone, at: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc()
}
