//! Zones, instants, clocks and dates from the texts that the tests write.

use tidegate::time::{Instant, civil, parse_rfc3339};
use tidegate::zone::Zone;

pub fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

pub fn utc(text: &str) -> Instant {
    parse_rfc3339(text).expect("an RFC 3339 text")
}

pub fn wall(text: &str) -> i64 {
    civil::parse_date_time(text).expect("a wall clock")
}

pub fn date(text: &str) -> i32 {
    civil::parse_date(text).expect("a date")
}
