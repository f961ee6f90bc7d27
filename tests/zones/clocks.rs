//! Single wall-clock times where clocks are set, and what a clock shows on known dates.

use tidegate::time::Instant;
use tidegate::time::civil::HOUR_MS;

use crate::texts::{utc, wall, zone};

/// The wall clock, in the zone of that name, means the instant.
#[track_caller]
fn means(name: &str, clock: &str, instant: &str) {
    assert_eq!(zone(name).instant(wall(clock)), utc(instant), "{name} {clock}");
}

#[test]
fn a_single_time_in_a_gap_moves_forward_by_the_gap() {
    means("America/Toronto", "2026-03-08T02:30", "2026-03-08T03:30:00-04:00");
    means("Europe/Dublin", "2026-03-29T01:15", "2026-03-29T02:15:00+01:00");
    means("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-04T02:40:00+11:00");
    means("Antarctica/Troll", "2026-03-29T01:30", "2026-03-29T03:30:00+02:00");
    means("Africa/Cairo", "2026-04-24T00:30", "2026-04-24T01:30:00+03:00");
    means("Asia/Beirut", "2026-03-29T00:00", "2026-03-29T01:00:00+03:00");
    means("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T01:00:00-02:00");
    // A whole day was left out.
    means("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T12:00:00+14:00");
}

#[test]
fn a_single_time_in_a_fold_is_the_first_of_the_two() {
    means("America/Toronto", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00");
    means("Europe/Dublin", "2026-10-25T01:30", "2026-10-25T01:30:00+01:00");
    means("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45:00+11:00");
    means("Antarctica/Troll", "2026-10-25T01:00", "2026-10-25T01:00:00+02:00");
    means("Africa/Cairo", "2026-10-29T23:30", "2026-10-29T23:30:00+03:00");
    means("Asia/Beirut", "2026-10-24T23:30", "2026-10-24T23:30:00+03:00");
    means("America/Sao_Paulo", "2019-02-16T23:30", "2019-02-16T23:30:00-02:00");
}

#[test]
fn the_edges_of_a_gap_and_of_a_fold_are_exact() {
    means("America/Toronto", "2026-03-08T01:59:59", "2026-03-08T01:59:59-05:00");
    means("America/Toronto", "2026-03-08T02:00", "2026-03-08T03:00:00-04:00");
    means("America/Toronto", "2026-03-08T03:00", "2026-03-08T03:00:00-04:00");
    means("America/Toronto", "2026-11-01T00:59:59", "2026-11-01T00:59:59-04:00");
    means("America/Toronto", "2026-11-01T01:00", "2026-11-01T01:00:00-04:00");
    means("America/Toronto", "2026-11-01T01:59:59", "2026-11-01T01:59:59-04:00");
    means("America/Toronto", "2026-11-01T02:00", "2026-11-01T02:00:00-05:00");
}

#[test]
fn morocco_sets_its_clock_back_for_good_in_september_2026() {
    let casablanca = zone("Africa/Casablanca");
    // Ramadan 2026, by the old custom.
    means("Africa/Casablanca", "2026-03-01T12:00", "2026-03-01T12:00:00Z");
    means("Africa/Casablanca", "2026-06-01T12:00", "2026-06-01T12:00:00+01:00");
    let last = casablanca.offset_at(utc("2026-12-01T00:00:00Z"));
    assert_eq!((last.millis, last.from), (0, utc("2026-09-20T01:00:00Z")));
    assert_eq!(last.until, Instant::MAX);
}

#[test]
fn british_columbia_and_alberta_keep_summer_time() {
    means("America/Vancouver", "2026-12-01T09:00", "2026-12-01T09:00:00-07:00");
    means("America/Edmonton", "2026-12-01T09:00", "2026-12-01T09:00:00-06:00");
    means("America/Toronto", "2026-12-01T09:00", "2026-12-01T09:00:00-05:00");
}

#[test]
fn an_offset_lasts_through_a_rule_that_took_over_without_a_change() {
    // Norfolk Island stayed at +11 from October 2015, and took up summer time in October 2019.
    let norfolk = zone("Pacific/Norfolk").offset_at(utc("2019-07-01T00:00:00Z"));
    assert_eq!(norfolk.millis, 11 * HOUR_MS);
    assert_eq!(norfolk.from, utc("2015-10-03T14:30:00Z"));
    assert_eq!(norfolk.until, utc("2019-10-05T15:00:00Z"));
    assert_eq!(zone("Pacific/Norfolk").offset_at(utc("2019-06-30T12:59:59Z")), norfolk);
}
