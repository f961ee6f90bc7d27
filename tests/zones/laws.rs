//! What holds for every zone at every instant.

use proptest::prelude::*;
use proptest::sample::select;
use tidegate::time::civil::{self, DAY_MS, HOUR_MS};
use tidegate::time::{Instant, parse_rfc3339};
use tidegate::zone::{self, EXACT_FROM, Span, Zone};

/// Any zone, and as often one of those whose clocks do something unusual.
fn zones() -> impl Strategy<Value = Zone> {
    let all: Vec<&'static str> = zone::names().collect();
    let unusual = vec![
        "Africa/Cairo",
        "Africa/Casablanca",
        "America/Havana",
        "America/Nuuk",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Antarctica/Casey",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Gaza",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
        "Pacific/Chatham",
    ];
    prop_oneof![select(all), select(unusual)].prop_map(|name| Zone::named(name).unwrap())
}

/// An instant of the covered years, half of the time within 30 hours of a change of offset.
fn instant_in(zone: Zone) -> impl Strategy<Value = Instant> {
    let covered = EXACT_FROM.millis() + 2 * DAY_MS..Instant::MAX.millis() - 2 * DAY_MS;
    (covered, prop::option::of(-30 * HOUR_MS..30 * HOUR_MS)).prop_map(move |(ms, near)| {
        let t = Instant::from_millis(ms);
        let until = zone.offset_at(t).until;
        near.filter(|_| until < Instant::MAX).map_or(t, |near| until.plus(near))
    })
}

fn zone_and_instant() -> impl Strategy<Value = (Zone, Instant)> {
    zones().prop_flat_map(|zone| (Just(zone), instant_in(zone)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_offset_holds_in_its_span_and_nowhere_next_to_it((zone, t) in zone_and_instant()) {
        let offset = zone.offset_at(t);
        prop_assert!(offset.from <= t && t < offset.until);
        prop_assert!(offset.millis.abs() < 16 * HOUR_MS);
        prop_assert_eq!(zone.offset_at(offset.from), offset);
        prop_assert_eq!(zone.offset_at(offset.until.minus(1)), offset);
        if offset.until < Instant::MAX {
            let next = zone.offset_at(offset.until);
            prop_assert_eq!(next.from, offset.until);
            prop_assert_ne!(next.millis, offset.millis);
            // Zone::day_end counts on it.
            prop_assert!(next.until.since(next.from) > 6 * DAY_MS);
        }
        if offset.from > EXACT_FROM {
            prop_assert_eq!(zone.offset_at(offset.from.minus(1)).until, offset.from);
        }
    }

    #[test]
    fn the_instant_of_what_a_clock_reads_is_the_first_that_reads_it((zone, t) in zone_and_instant()) {
        let wall = zone.wall(t);
        let first = zone.instant(wall);
        prop_assert_eq!(zone.wall(first), wall);
        prop_assert!(first <= t);
        // An earlier one could only be under the offset before.
        let offset = zone.offset_at(first);
        if offset.from > EXACT_FROM {
            let before = zone.offset_at(offset.from.minus(1));
            let candidate = Instant::from_millis(wall - before.millis);
            prop_assert!(candidate >= before.until, "{candidate:?} reads it too");
        }
    }

    #[test]
    fn a_reading_that_never_comes_is_taken_by_the_clock_before((zone, t) in zone_and_instant()) {
        let wall = t.millis();
        let instant = zone.instant(wall);
        if zone.wall(instant) != wall {
            let after = zone.offset_at(instant);
            let before = zone.offset_at(after.from.minus(1));
            prop_assert_eq!(instant.plus(before.millis).millis(), wall);
            prop_assert!(instant >= before.until);
            prop_assert!(wall < after.from.plus(after.millis).millis());
        }
    }

    #[test]
    fn a_date_stays_until_it_changes((zone, t) in zone_and_instant(), permille in 0..1_000i64) {
        let date = zone.date(t);
        let change = zone.next_date_change(t);
        prop_assert!(change > t);
        prop_assert_ne!(zone.date(change), date);
        prop_assert_eq!(zone.date(change.minus(1)), date);
        prop_assert_eq!(zone.date(between(t, change, permille)), date);
    }

    #[test]
    fn a_day_ends_where_the_first_later_date_begins((zone, t) in zone_and_instant(), permille in 0..1_000i64) {
        let date = zone.date(t);
        let end = zone.day_end(t);
        prop_assert!(end > t);
        prop_assert!(zone.date(end) > date);
        prop_assert_eq!(zone.date(end.minus(1)), date);
        prop_assert!(zone.date(between(t, end, permille)) <= date);
    }

    #[test]
    fn the_spans_of_days_hold_the_instants_of_those_dates_and_no_others(
        (zone, t) in zone_and_instant(),
        first in -40..40i32,
        days in 0..40i32,
    ) {
        let first = zone.date(t) + first;
        let spans: Vec<Span> = zone.spans_of_days(first, first + days).collect();
        let inside = |t: Instant| spans.iter().any(|span| span.contains(t));
        prop_assert_eq!(inside(t), (first..first + days).contains(&zone.date(t)));
        prop_assert!(spans.iter().all(|span| span.from < span.until));
        prop_assert!(spans.windows(2).all(|pair| pair[0].until < pair[1].from));
        for span in &spans {
            for (edge, is_inside) in [(span.from, true), (span.from.minus(1), false), (span.until.minus(1), true), (span.until, false)] {
                prop_assert_eq!((first..first + days).contains(&zone.date(edge)), is_inside);
            }
        }
    }

    #[test]
    fn an_rfc_3339_text_is_read_as_chrono_reads_it((zone, t) in zone_and_instant()) {
        let offset_s = i32::try_from(zone.offset_at(t).millis / 1_000).unwrap();
        let offset = chrono::FixedOffset::east_opt(offset_s).unwrap();
        let text = t.to_utc().with_timezone(&offset).to_rfc3339();
        prop_assert_eq!(parse_rfc3339(&text), Some(t), "{}", text);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,30}|[-0-9T:.+Z]{0,30}") {
        let _ = (civil::parse_date(&text), civil::parse_clock(&text), civil::parse_month_day(&text));
        let _ = (civil::parse_date_time(&text), parse_rfc3339(&text), Zone::named(&text));
    }
}

fn between(from: Instant, until: Instant, permille: i64) -> Instant {
    from.plus(until.since(from) * permille / 1_000)
}
