//! In which time zones the owner of a phone number may live.
//!
//! Google's map of prefixes (see build.rs), read as libphonenumber reads it: a number that belongs
//! to a place has the zones of its longest known prefix, one that does not (most mobile numbers
//! outside North America) those of its whole country. A prefix tells where a number was given out,
//! not where its owner is.

use std::collections::BTreeSet;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use tidegate::zone::Zone;

use map::{PREFIXES, ZONES};

#[expect(clippy::unreadable_literal, reason = "written by build.rs, and read by nobody")]
mod map {
    include!(concat!(env!("OUT_DIR"), "/phone_zones.rs"));
}

/// The zones of a number in E.164, by name. None: nobody knows.
#[must_use]
pub fn of_number(e164: &str) -> BTreeSet<&'static str> {
    let Ok(number) = PHONE_NUMBER_UTIL.parse(e164, None) else {
        return BTreeSet::new();
    };
    let found = if number.is_geographical() {
        longest_prefix(e164.trim_start_matches('+'))
    } else {
        zones_of(u32::try_from(number.country_code).unwrap_or_default())
    };
    let names = found.into_iter().flat_map(|zones| zones.split('&'));
    names.filter_map(Zone::named).map(Zone::name).collect()
}

fn longest_prefix(digits: &str) -> Option<&'static str> {
    (1..=digits.len().min(9)).rev().find_map(|length| zones_of(digits.get(..length)?.parse().ok()?))
}

fn zones_of(prefix: u32) -> Option<&'static str> {
    let place = PREFIXES.binary_search_by_key(&prefix, |(prefix, _)| *prefix).ok()?;
    let (_, set) = PREFIXES.get(place)?;
    ZONES.get(usize::from(*set)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(number: &str) -> Vec<&'static str> {
        of_number(number).into_iter().collect()
    }

    #[test]
    fn a_number_has_the_zones_of_its_place_or_of_its_country() {
        let table: [(&str, &[&str]); 9] = [
            ("+14169671111", &["America/Toronto"]),
            ("+12125550123", &["America/New_York"]),
            ("+12085550123", &["America/Boise", "America/Los_Angeles"]),
            ("+33612345678", &["Europe/Paris"]),
            ("+442079460018", &["Europe/London"]),
            ("+61291234567", &["Australia/Sydney"]),
            ("+5511961234567", &["America/Sao_Paulo"]),
            ("+4915123456789", &["Europe/Berlin"]),
            ("no number", &[]),
        ];
        for (number, expected) in table {
            assert_eq!(zones(number), expected, "{number}");
        }
        // A mobile number of a country with several zones may be from any of them.
        let australia = zones("+61412345678");
        assert!(australia.contains(&"Australia/Perth"), "{australia:?}");
        assert!(australia.contains(&"Australia/Sydney"), "{australia:?}");
    }

    #[test]
    fn every_zone_of_the_map_is_one_that_the_engine_knows() {
        for zone in ZONES.iter().flat_map(|zones| zones.split('&')) {
            assert!(Zone::named(zone).is_some(), "{zone}");
        }
        assert!(PREFIXES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
