//! Local dates where clocks are set around midnight, and where a date is left out.

use tidegate::time::civil::{self, DAY_MS, HOUR_MS, MINUTE_MS};
use tidegate::zone::{Span, Zone};

use crate::texts::{date, utc, zone};

/// The spans of one local date.
fn day(zone: Zone, text: &str) -> Vec<Span> {
    zone.spans_of_days(date(text), date(text) + 1).collect()
}

#[test]
fn a_day_that_the_zone_skipped_has_no_instant() {
    let apia = zone("Pacific/Apia");
    assert_eq!(day(apia, "2011-12-30"), []);
    let skip = utc("2011-12-30T10:00:00Z");
    assert_eq!(day(apia, "2011-12-29"), [Span { from: skip.minus(DAY_MS), until: skip }]);
    assert_eq!(day(apia, "2011-12-31"), [Span { from: skip, until: skip.plus(DAY_MS) }]);
    assert_eq!(apia.day_end(skip.minus(1)), skip);
    assert_eq!(apia.date(skip), date("2011-12-31"));
}

#[test]
fn a_day_is_as_long_as_the_clock_makes_it() {
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
        let [span] = spans.as_slice() else { panic!("{name} {text}: {spans:?}") };
        assert_eq!(span.until.since(span.from), hours * HOUR_MS, "{name} {text}");
        assert_eq!(zone(name).day_end(span.from), span.until, "{name} {text}");
        assert_eq!(zone(name).day_end(span.until.minus(1)), span.until, "{name} {text}");
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
            Span { from: midnight.minus(DAY_MS), until: midnight },
            Span { from: set_back, until: again },
        ]
    );
    assert_eq!(
        day(st_johns, "2010-11-07"),
        [Span { from: midnight, until: set_back }, Span { from: again, until: again.plus(DAY_MS) },]
    );
    // Both days together are one span.
    let weekend = st_johns.spans_of_days(date("2010-11-06"), date("2010-11-08"));
    let whole = Span { from: midnight.minus(DAY_MS), until: again.plus(DAY_MS) };
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
    let [week] = week.as_slice() else { panic!("{week:?}") };
    assert_eq!(week.from, utc("2026-10-26T00:00:00-04:00"));
    assert_eq!(week.until, utc("2026-11-02T00:00:00-05:00"));

    let november = date("2026-11-01");
    let month: Vec<Span> =
        toronto.spans_of_days(november, civil::next_month_start(november)).collect();
    let [month] = month.as_slice() else { panic!("{month:?}") };
    assert_eq!(month.from, utc("2026-11-01T00:00:00-04:00"));
    assert_eq!(month.until, utc("2026-12-01T00:00:00-05:00"));
}

#[test]
fn no_days_have_no_span() {
    let day = date("2026-11-01");
    assert_eq!(zone("America/Toronto").spans_of_days(day, day).count(), 0);
    assert_eq!(zone("America/Toronto").spans_of_days(day, day - 3).count(), 0);
    assert_eq!(Zone::UTC.spans_of_days(day, day).count(), 0);
}
