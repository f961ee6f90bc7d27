//! Dates on which clocks did something that a scheduler tends to get wrong.

use tidegate::time::civil::{self, DAY_MS, HOUR_MS, MINUTE_MS};
use tidegate::time::{Instant, parse_rfc3339};
use tidegate::zone::{self, Span, Zone};

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

fn utc(text: &str) -> Instant {
    parse_rfc3339(text).expect("an RFC 3339 text")
}

fn wall(text: &str) -> i64 {
    civil::parse_date_time(text).expect("a wall clock")
}

fn date(text: &str) -> i32 {
    civil::parse_date(text).expect("a date")
}

/// The spans of one local date, as RFC 3339 texts would have them.
fn day(zone: Zone, text: &str) -> Vec<Span> {
    zone.spans_of_days(date(text), date(text) + 1).collect()
}

/// In each zone the wall clock, written as a text, means the instant.
#[track_caller]
fn means(name: &str, clock: &str, instant: &str) {
    assert_eq!(
        zone(name).instant(wall(clock)),
        utc(instant),
        "{name} {clock}"
    );
}

#[test]
fn a_single_time_in_a_gap_moves_forward_by_the_gap() {
    means(
        "America/Toronto",
        "2026-03-08T02:30",
        "2026-03-08T03:30:00-04:00",
    );
    means(
        "Europe/Dublin",
        "2026-03-29T01:15",
        "2026-03-29T02:15:00+01:00",
    );
    means(
        "Australia/Lord_Howe",
        "2026-10-04T02:10",
        "2026-10-04T02:40:00+11:00",
    );
    means(
        "Antarctica/Troll",
        "2026-03-29T01:30",
        "2026-03-29T03:30:00+02:00",
    );
    means(
        "Africa/Cairo",
        "2026-04-24T00:30",
        "2026-04-24T01:30:00+03:00",
    );
    means(
        "Asia/Beirut",
        "2026-03-29T00:00",
        "2026-03-29T01:00:00+03:00",
    );
    means(
        "America/Sao_Paulo",
        "2018-11-04T00:00",
        "2018-11-04T01:00:00-02:00",
    );
    // A whole day was left out.
    means(
        "Pacific/Apia",
        "2011-12-30T12:00",
        "2011-12-31T12:00:00+14:00",
    );
}

#[test]
fn a_single_time_in_a_fold_is_the_first_of_the_two() {
    means(
        "America/Toronto",
        "2026-11-01T01:30",
        "2026-11-01T01:30:00-04:00",
    );
    means(
        "Europe/Dublin",
        "2026-10-25T01:30",
        "2026-10-25T01:30:00+01:00",
    );
    means(
        "Australia/Lord_Howe",
        "2026-04-05T01:45",
        "2026-04-05T01:45:00+11:00",
    );
    means(
        "Antarctica/Troll",
        "2026-10-25T01:00",
        "2026-10-25T01:00:00+02:00",
    );
    means(
        "Africa/Cairo",
        "2026-10-29T23:30",
        "2026-10-29T23:30:00+03:00",
    );
    means(
        "Asia/Beirut",
        "2026-10-24T23:30",
        "2026-10-24T23:30:00+03:00",
    );
    means(
        "America/Sao_Paulo",
        "2019-02-16T23:30",
        "2019-02-16T23:30:00-02:00",
    );
}

#[test]
fn the_edges_of_a_gap_and_of_a_fold_are_exact() {
    means(
        "America/Toronto",
        "2026-03-08T01:59:59",
        "2026-03-08T01:59:59-05:00",
    );
    means(
        "America/Toronto",
        "2026-03-08T02:00",
        "2026-03-08T03:00:00-04:00",
    );
    means(
        "America/Toronto",
        "2026-03-08T03:00",
        "2026-03-08T03:00:00-04:00",
    );
    means(
        "America/Toronto",
        "2026-11-01T00:59:59",
        "2026-11-01T00:59:59-04:00",
    );
    means(
        "America/Toronto",
        "2026-11-01T01:00",
        "2026-11-01T01:00:00-04:00",
    );
    means(
        "America/Toronto",
        "2026-11-01T01:59:59",
        "2026-11-01T01:59:59-04:00",
    );
    means(
        "America/Toronto",
        "2026-11-01T02:00",
        "2026-11-01T02:00:00-05:00",
    );
}

#[test]
fn morocco_sets_its_clock_back_for_good_in_september_2026() {
    let casablanca = zone("Africa/Casablanca");
    // Ramadan 2026, by the old custom.
    means(
        "Africa/Casablanca",
        "2026-03-01T12:00",
        "2026-03-01T12:00:00Z",
    );
    means(
        "Africa/Casablanca",
        "2026-06-01T12:00",
        "2026-06-01T12:00:00+01:00",
    );
    let last = casablanca.offset_at(utc("2026-12-01T00:00:00Z"));
    assert_eq!((last.millis, last.from), (0, utc("2026-09-20T01:00:00Z")));
    assert_eq!(last.until, Instant::MAX);
}

#[test]
fn british_columbia_and_alberta_keep_summer_time() {
    means(
        "America/Vancouver",
        "2026-12-01T09:00",
        "2026-12-01T09:00:00-07:00",
    );
    means(
        "America/Edmonton",
        "2026-12-01T09:00",
        "2026-12-01T09:00:00-06:00",
    );
    means(
        "America/Toronto",
        "2026-12-01T09:00",
        "2026-12-01T09:00:00-05:00",
    );
}

#[test]
fn a_day_that_the_zone_skipped_has_no_instant() {
    let apia = zone("Pacific/Apia");
    assert_eq!(day(apia, "2011-12-30"), []);
    let skip = utc("2011-12-30T10:00:00Z");
    assert_eq!(
        day(apia, "2011-12-29"),
        [Span {
            from: skip.minus(DAY_MS),
            until: skip
        }]
    );
    assert_eq!(
        day(apia, "2011-12-31"),
        [Span {
            from: skip,
            until: skip.plus(DAY_MS)
        }]
    );
    assert_eq!(apia.day_end(skip.minus(1)), skip);
    assert_eq!(apia.date(skip), date("2011-12-31"));
}

#[test]
fn a_day_has_23_to_26_hours_where_clocks_are_set() {
    for (name, text, hours) in [
        ("America/Toronto", "2026-03-08", 23),
        ("America/Toronto", "2026-03-09", 24),
        ("America/Toronto", "2026-11-01", 25),
        ("Antarctica/Troll", "2026-03-29", 22),
        ("Antarctica/Troll", "2026-10-25", 26),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Africa/Cairo", "2026-10-29", 25),
        ("Asia/Beirut", "2026-03-29", 23),
        ("Asia/Beirut", "2026-10-24", 25),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2019-02-16", 25),
    ] {
        let spans = day(zone(name), text);
        let [span] = spans.as_slice() else {
            panic!("{name} {text}: {spans:?}")
        };
        assert_eq!(
            span.until.since(span.from),
            hours * HOUR_MS,
            "{name} {text}"
        );
        assert_eq!(zone(name).day_end(span.from), span.until, "{name} {text}");
        assert_eq!(
            zone(name).day_end(span.until.minus(1)),
            span.until,
            "{name} {text}"
        );
    }
}

#[test]
fn a_midnight_that_comes_twice_cuts_both_days_in_two() {
    // At 00:01 on the 7th the clock went back to 23:01 on the 6th.
    let st_johns = zone("America/St_Johns");
    let set_back = utc("2010-11-07T00:01:00-02:30");
    let midnight = set_back.minus(MINUTE_MS);
    let again = set_back.plus(59 * MINUTE_MS);
    assert_eq!(
        day(st_johns, "2010-11-06"),
        [
            Span {
                from: midnight.minus(DAY_MS),
                until: midnight
            },
            Span {
                from: set_back,
                until: again
            },
        ]
    );
    assert_eq!(
        day(st_johns, "2010-11-07"),
        [
            Span {
                from: midnight,
                until: set_back
            },
            Span {
                from: again,
                until: again.plus(DAY_MS)
            },
        ]
    );
    // Both days together are one span.
    let weekend = st_johns.spans_of_days(date("2010-11-06"), date("2010-11-08"));
    let whole = Span {
        from: midnight.minus(DAY_MS),
        until: again.plus(DAY_MS),
    };
    assert_eq!(weekend.collect::<Vec<_>>(), [whole]);

    assert_eq!(st_johns.next_date_change(midnight), set_back);
    assert_eq!(st_johns.next_date_change(set_back), again);
    assert_eq!(st_johns.day_end(midnight), again.plus(DAY_MS));
    assert_eq!(st_johns.day_end(set_back), again);
}

#[test]
fn three_hours_back_over_midnight_are_in_the_day_before() {
    let casey = zone("Antarctica/Casey");
    let set_back = utc("2010-03-05T02:00:00+11:00");
    assert_eq!(day(casey, "2010-03-04").len(), 2);
    assert_eq!(casey.date(set_back), date("2010-03-04"));
    assert_eq!(casey.next_date_change(set_back.minus(HOUR_MS)), set_back);
}

#[test]
fn a_week_and_a_month_are_one_span_across_a_change() {
    let toronto = zone("America/Toronto");
    let monday = civil::week_start(date("2026-11-01"));
    let week: Vec<Span> = toronto.spans_of_days(monday, monday + 7).collect();
    let [week] = week.as_slice() else {
        panic!("{week:?}")
    };
    assert_eq!(week.from, utc("2026-10-26T00:00:00-04:00"));
    assert_eq!(week.until, utc("2026-11-02T00:00:00-05:00"));

    let november = date("2026-11-01");
    let month: Vec<Span> = toronto
        .spans_of_days(november, civil::next_month_start(november))
        .collect();
    let [month] = month.as_slice() else {
        panic!("{month:?}")
    };
    assert_eq!(month.from, utc("2026-11-01T00:00:00-04:00"));
    assert_eq!(month.until, utc("2026-12-01T00:00:00-05:00"));
}

#[test]
fn no_days_have_no_span() {
    let day = date("2026-11-01");
    assert_eq!(zone("America/Toronto").spans_of_days(day, day).count(), 0);
    assert_eq!(
        zone("America/Toronto").spans_of_days(day, day - 3).count(),
        0
    );
    assert_eq!(Zone::UTC.spans_of_days(day, day).count(), 0);
}

#[test]
fn an_offset_lasts_through_a_rule_that_took_over_without_a_change() {
    // Norfolk Island stayed at +11 from October 2015, and took up summer time in October 2019.
    let norfolk = zone("Pacific/Norfolk").offset_at(utc("2019-07-01T00:00:00Z"));
    assert_eq!(norfolk.millis, 11 * HOUR_MS);
    assert_eq!(norfolk.from, utc("2015-10-03T14:30:00Z"));
    assert_eq!(norfolk.until, utc("2019-10-05T15:00:00Z"));
    assert_eq!(
        zone("Pacific/Norfolk").offset_at(utc("2019-06-30T12:59:59Z")),
        norfolk
    );
}

#[test]
fn outside_the_covered_years_the_nearest_offset_stays() {
    let toronto = zone("America/Toronto");
    let first = toronto.offset_at(Instant::MIN);
    assert_eq!(first.from, Instant::from_millis(i64::MIN));
    for t in [
        Instant::from_millis(i64::MIN),
        Instant::from_millis(0),
        Instant::MIN.minus(1),
    ] {
        assert_eq!(toronto.offset_at(t), first);
    }
    let last = toronto.offset_at(Instant::MAX.minus(1));
    assert_eq!((last.millis, last.until), (-5 * HOUR_MS, Instant::MAX));
    assert_eq!(last.from, utc("2199-11-03T02:00:00-04:00"));
    for t in [
        Instant::MAX,
        Instant::MAX.plus(200 * DAY_MS),
        Instant::from_millis(i64::MAX),
    ] {
        assert_eq!(toronto.offset_at(t), last);
    }
}

#[test]
fn no_input_makes_a_zone_loop_or_panic() {
    for name in [
        "UTC",
        "America/Toronto",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ] {
        let zone = zone(name);
        for ms in [
            i64::MIN,
            i64::MIN + 1,
            -1,
            0,
            Instant::MAX.millis(),
            i64::MAX - 1,
            i64::MAX,
        ] {
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
    for name in [
        "",
        " ",
        "America",
        "America/Torontoo",
        "America/Toront",
        "EST5EDT4",
        "+05:00",
        "Ünited",
    ] {
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
