//! Planned against actual: what a campaign was promised to send and what it sent, by local day and
//! hour, and how late.

use std::collections::BTreeMap;

use serde::Serialize;
use tidegate::Instant;
use tidegate::time::civil;
use tidegate::zone::Zone;

use super::promise::{Instants, PIECE_MS};

/// A promise and from when on it held, ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it was made, ms.
    pub made_ms: i64,
    /// Its instants.
    pub instants: Instants,
}

/// What was sent: counts, and a part of the messages one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// `(piece of PIECE_MS, how many POSTs began in it)`.
    pub counts: Vec<(i64, i64)>,
    /// `(ordinal, when its POST began, ms)`.
    pub measured: Vec<(i64, i64)>,
}

/// How late messages were against their promised instants, ms. Negative is early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Late {
    /// Half of them were as late or less.
    pub median_ms: i64,
    /// Nineteen of twenty were as late or less.
    pub p95_ms: i64,
    /// The latest.
    pub largest_ms: i64,
    /// How many were compared.
    pub measured: usize,
}

/// Planned against actual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pace {
    /// What was promised, each promise until the next was made.
    pub planned: i64,
    /// POSTs that began.
    pub sent: i64,
    /// How late they were; none where nothing could be compared.
    pub late: Option<Late>,
    /// Each local day on which something was planned or sent.
    pub days: Vec<Day>,
}

/// A local day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PaceDay"))]
pub struct Day {
    /// The local date.
    pub date: String,
    /// As in [`Pace`].
    pub planned: i64,
    /// As in [`Pace`].
    pub sent: i64,
    /// As in [`Pace`].
    pub late: Option<Late>,
    /// Its hours in which something was planned or sent.
    pub hours: Vec<Hour>,
}

/// An hour of the local clock. One that happens twice is two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PaceHour"))]
pub struct Hour {
    /// When it begins.
    pub at: Instant,
    /// What the clock reads then, 0 to 23.
    pub hour: i64,
    /// As in [`Pace`].
    pub planned: i64,
    /// As in [`Pace`].
    pub sent: i64,
    /// As in [`Pace`].
    pub late: Option<Late>,
}

#[derive(Default)]
struct Tally {
    planned: i64,
    sent: i64,
    late: Vec<i64>,
}

/// Holds what was sent against what was promised. `promises` are in the order in which they were
/// made, and each holds until the next.
#[must_use]
pub fn pace(promises: &[Held], sent: &Sent, zone: Zone) -> Pace {
    let mut hours: BTreeMap<i64, Tally> = BTreeMap::new();
    for (held, until) in promises.iter().zip(ends(promises)) {
        for (piece, count) in held.instants.counts(held.made_ms, until) {
            hours.entry(hour_start(zone, piece)).or_default().planned += count;
        }
    }
    for &(piece, count) in &sent.counts {
        hours.entry(hour_start(zone, piece)).or_default().sent += count;
    }
    let lookups: Vec<_> =
        promises.iter().rev().map(|held| (held.made_ms, held.instants.lookup())).collect();
    for &(ordinal, at) in &sent.measured {
        let instant = lookups
            .iter()
            .filter(|(made_ms, _)| *made_ms <= at)
            .find_map(|(_, lookup)| lookup.instant(ordinal));
        if let Some(instant) = instant {
            hours.entry(hour_start(zone, at)).or_default().late.push(at - instant);
        }
    }
    summed(hours, zone)
}

/// Until when each promise held, ms.
fn ends(promises: &[Held]) -> impl Iterator<Item = i64> {
    promises.iter().skip(1).map(|next| next.made_ms).chain([i64::MAX])
}

/// The runs that were promised, each promise until the next, in order: `(start, count, every)`.
#[must_use]
pub fn promised(promises: &[Held], most: usize) -> Vec<(i64, i64, i64)> {
    let each = promises.iter().zip(ends(promises));
    each.flat_map(|(held, until)| held.instants.within(held.made_ms, until)).take(most).collect()
}

fn summed(hours: BTreeMap<i64, Tally>, zone: Zone) -> Pace {
    let mut pace = Pace::default();
    let mut days: BTreeMap<i32, (Tally, Vec<Hour>)> = BTreeMap::new();
    let mut all = Vec::new();
    for (start, tally) in hours {
        let at = Instant::from_millis(start);
        let (day, list) = days.entry(civil::date_of(zone.wall(at))).or_default();
        day.planned += tally.planned;
        day.sent += tally.sent;
        day.late.extend_from_slice(&tally.late);
        all.extend_from_slice(&tally.late);
        list.push(Hour {
            at,
            hour: civil::clock_of(zone.wall(at)) / civil::HOUR_MS,
            planned: tally.planned,
            sent: tally.sent,
            late: late(tally.late),
        });
    }
    for (date, (day, hours)) in days {
        pace.planned += day.planned;
        pace.sent += day.sent;
        pace.days.push(Day {
            date: date_text(date),
            planned: day.planned,
            sent: day.sent,
            late: late(day.late),
            hours,
        });
    }
    pace.late = late(all);
    pace
}

fn late(mut all: Vec<i64>) -> Option<Late> {
    all.sort_unstable();
    let share = |part: usize, of: usize| {
        // The smallest that so many are not above.
        let rank = (all.len() * part).div_ceil(of);
        all.get(rank.saturating_sub(1)).copied()
    };
    Some(Late {
        median_ms: share(1, 2)?,
        p95_ms: share(19, 20)?,
        largest_ms: all.last().copied()?,
        measured: all.len(),
    })
}

/// When the hour of the local clock began in which `at` lies, ms. It is made of whole pieces.
fn hour_start(zone: Zone, at: i64) -> i64 {
    let piece = at.div_euclid(PIECE_MS) * PIECE_MS;
    let offset = zone.offset_at(Instant::from_millis(piece));
    let into = civil::clock_of(zone.wall(Instant::from_millis(piece))) % civil::HOUR_MS;
    // The clocks may have been changed within the hour.
    (piece - into).max(offset.from.millis())
}

fn date_text(date: i32) -> String {
    let civil::YearMonthDay { year, month, day } = civil::year_month_day(date);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        tidegate::time::parse_rfc3339(text).unwrap().millis()
    }

    fn held(made: &str, spans: Vec<(i64, i64)>, runs: Vec<(i64, i64, i64)>) -> Held {
        Held { made_ms: ms(made), instants: Instants { spans, runs, ..Instants::default() } }
    }

    fn sent(measured: Vec<(i64, i64)>) -> Sent {
        let piece = |at: i64| at.div_euclid(PIECE_MS) * PIECE_MS;
        let counts = measured.iter().map(|(_, at)| (piece(*at), 1)).collect();
        Sent { counts, measured }
    }

    #[test]
    fn an_hour_that_happens_twice_is_two_hours() {
        let zone = Zone::named("Europe/Paris").unwrap();
        // From 01:50 on, every ten minutes, over the hour from 02:00 to 03:00 that comes twice.
        let start = ms("2026-10-25T01:50:00+02:00");
        let promise = held("2026-10-24T00:00:00Z", vec![(0, 14)], vec![(start, 14, 600_000)]);
        let pace = pace(&[promise], &Sent::default(), zone);
        let hours: Vec<_> =
            pace.days.iter().flat_map(|day| &day.hours).map(|h| (h.hour, h.planned)).collect();
        assert_eq!(hours, [(1, 1), (2, 6), (2, 6), (3, 1)]);
        assert_eq!((pace.days[0].date.as_str(), pace.planned), ("2026-10-25", 14));
    }

    #[test]
    fn hours_of_a_zone_that_is_off_by_a_quarter_begin_on_its_own_clock() {
        let zone = Zone::named("Asia/Kathmandu").unwrap();
        let promise = held(
            "2026-06-01T00:00:00Z",
            vec![(0, 3)],
            vec![(ms("2026-06-02T08:55:00+05:45"), 3, 300_000)],
        );
        let pace = pace(&[promise], &Sent::default(), zone);
        let hours: Vec<_> = pace.days[0].hours.iter().map(|h| (h.hour, h.planned)).collect();
        assert_eq!(hours, [(8, 1), (9, 2)]);
        assert_eq!(pace.days[0].hours[1].at.millis(), ms("2026-06-02T09:00:00+05:45"));
    }

    #[test]
    fn each_promise_holds_until_the_next() {
        let start = ms("2026-06-02T09:00:00Z");
        let first = held("2026-06-01T00:00:00Z", vec![(0, 10)], vec![(start, 10, 60_000)]);
        // Three went; the rest is promised anew for an hour later.
        let again = start + 3_600_000;
        let second = held("2026-06-02T09:02:30Z", vec![(3, 7)], vec![(again, 7, 60_000)]);
        let went: Vec<_> = (0..3)
            .map(|k| (k, start + k * 60_000 + k * 7))
            .chain((3..10).map(|k| (k, again + (k - 3) * 60_000 + 40)))
            .collect();
        let pace = pace(&[first.clone(), second.clone()], &sent(went), Zone::UTC);
        assert_eq!((pace.planned, pace.sent), (10, 10));
        let late = pace.late.unwrap();
        assert_eq!((late.median_ms, late.p95_ms, late.largest_ms), (40, 40, 40));
        assert_eq!(pace.days[0].hours[0].late.unwrap().largest_ms, 14);
        let runs = promised(&[first, second], 100);
        assert_eq!(runs, [(start, 3, 60_000), (again, 7, 60_000)]);
    }

    #[test]
    fn quantiles_are_of_those_that_were_measured() {
        assert_eq!(late(Vec::new()), None);
        let one = late(vec![5]).unwrap();
        assert_eq!((one.median_ms, one.p95_ms, one.largest_ms, one.measured), (5, 5, 5, 1));
        let many = late((1..=100).rev().collect()).unwrap();
        assert_eq!((many.median_ms, many.p95_ms, many.largest_ms), (50, 95, 100));
    }
}
