//! The ends of the covered years, inputs far outside them, and names.

use tidegate::time::Instant;
use tidegate::time::civil::{DAY_MS, HOUR_MS};
use tidegate::zone::{self, EXACT_FROM, Zone};

use crate::texts::{utc, zone};

#[test]
fn outside_the_covered_years_the_nearest_offset_stays() {
    let toronto = zone("America/Toronto");
    let first = toronto.offset_at(EXACT_FROM);
    assert_eq!(first.from, Instant::from_millis(i64::MIN));
    for t in [Instant::from_millis(i64::MIN), Instant::from_millis(0), EXACT_FROM.minus(1)] {
        assert_eq!(toronto.offset_at(t), first);
    }
    let last = toronto.offset_at(Instant::MAX.minus(1));
    assert_eq!((last.millis, last.until), (-5 * HOUR_MS, Instant::MAX));
    assert_eq!(last.from, utc("2199-11-03T02:00:00-04:00"));
    for t in [Instant::MAX, Instant::MAX.plus(200 * DAY_MS), Instant::from_millis(i64::MAX)] {
        assert_eq!(toronto.offset_at(t), last);
    }
}

#[test]
fn no_input_makes_a_zone_loop_or_panic() {
    for name in ["UTC", "America/Toronto", "Pacific/Apia", "Pacific/Kiritimati"] {
        let zone = zone(name);
        for ms in [i64::MIN, i64::MIN + 1, -1, 0, Instant::MAX.millis(), i64::MAX - 1, i64::MAX] {
            let t = Instant::from_millis(ms);
            assert!(zone.next_date_change(t) >= t && zone.day_end(t) >= t);
            let _ = (zone.wall(t), zone.instant(ms), zone.date(t));
        }
        for days in [i32::MIN, -1, 0, i32::MAX] {
            assert!(zone.spans_of_days(days, days.saturating_add(1)).count() <= 1);
        }
        assert!(zone.spans_of_days(i32::MIN, i32::MAX).count() <= 1);
    }
}

#[test]
fn names_are_found_in_any_case_and_keep_their_spelling() {
    assert_eq!(zone("america/NEW_york").name(), "America/New_York");
    assert_eq!(zone("utc"), Zone::UTC);
    assert_eq!(format!("{:?}", zone("etc/gmt+5")), "Zone(Etc/GMT+5)");
    // A link is a zone of its own name with the same clock.
    let (link, target) = (zone("US/Pacific"), zone("America/Los_Angeles"));
    assert_eq!(link.name(), "US/Pacific");
    assert_ne!(link, target);
    let now = utc("2026-11-24T00:00:00Z");
    assert_eq!(link.offset_at(now), target.offset_at(now));
    for name in
        ["", " ", "America", "America/Torontoo", "America/Toront", "EST5EDT4", "+05:00", "Ünited"]
    {
        assert_eq!(Zone::named(name), None, "{name}");
    }
}

#[test]
fn every_listed_name_is_found_as_itself() {
    assert!(zone::names().count() >= 598);
    for name in zone::names() {
        assert_eq!(zone(name).name(), name);
        assert_eq!(zone(&name.to_ascii_uppercase()), zone(name));
    }
}
