//! Clock ranges of a week, laid over one another.

use super::clock_range::ClockRange;
use crate::time::civil::{self, DAY_MS};

const WEEK_MS: i64 = 7 * DAY_MS;

/// Whether a rule holds at a reading of the wall clock, and the reading at which that changes:
/// none when it never does.
pub(crate) type Reading = (bool, Option<i64>);

/// The union of some clock ranges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Week {
    /// From and to, in milliseconds since Monday's midnight; sorted, and neither touching nor
    /// overlapping, but for the last and the first across Sunday's midnight.
    spans: Vec<(i64, i64)>,
}

impl Week {
    pub(super) fn of(ranges: &[ClockRange]) -> Self {
        let mut pieces = Vec::new();
        for range in ranges {
            let days = (0..).zip(range.days).filter(|(_, starts)| *starts);
            for (day, _) in days {
                let midnight = day * DAY_MS;
                let (from, to) = (midnight + range.from, midnight + range.to);
                pieces.push((from, to.min(WEEK_MS)));
                if to > WEEK_MS {
                    pieces.push((0, to - WEEK_MS));
                }
            }
        }
        pieces.sort_unstable();
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for (from, to) in pieces {
            match spans.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => spans.push((from, to)),
            }
        }
        Self { spans }
    }

    /// Whether the wall clock is inside at `wall`, and the reading at which that changes.
    pub(crate) fn at(&self, wall: i64) -> Reading {
        let monday = civil::midnight(civil::week_start(civil::date_of(wall)));
        let into_week = wall - monday;
        let next = self.spans.partition_point(|(_, to)| *to <= into_week);
        match self.spans.get(next).or(self.spans.first()) {
            Some((0, WEEK_MS)) => (true, None),
            // The first of next week carries on where the last of this one ends.
            Some((from, WEEK_MS)) if *from <= into_week => match self.spans.first() {
                Some((0, to)) => (true, Some(monday + WEEK_MS + to)),
                _ => (true, Some(monday + WEEK_MS)),
            },
            Some((from, to)) if next < self.spans.len() => {
                let inside = *from <= into_week;
                (inside, Some(monday + if inside { *to } else { *from }))
            }
            Some((from, _)) => (false, Some(monday + WEEK_MS + from)),
            None => (false, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::civil::HOUR_MS;

    /// 1970-01-05, a Monday.
    const MONDAY: i64 = 4 * DAY_MS;

    fn range(days: &[usize], from: i64, to: i64) -> ClockRange {
        let mut on = [false; 7];
        for day in days {
            on[*day] = true;
        }
        ClockRange { days: on, from: from * HOUR_MS, to: to * HOUR_MS }
    }

    #[test]
    fn touching_ranges_are_one() {
        let week = Week::of(&[range(&[0], 9, 12), range(&[0], 12, 17), range(&[0], 10, 11)]);
        assert_eq!(week.spans, [(9 * HOUR_MS, 17 * HOUR_MS)]);
    }

    #[test]
    fn a_reading_says_when_it_changes() {
        let week = Week::of(&[range(&[0, 4], 9, 17)]);
        let friday = MONDAY + 4 * DAY_MS;
        for (wall, reading) in [
            (MONDAY, (false, Some(MONDAY + 9 * HOUR_MS))),
            (MONDAY + 9 * HOUR_MS, (true, Some(MONDAY + 17 * HOUR_MS))),
            (MONDAY + 17 * HOUR_MS, (false, Some(friday + 9 * HOUR_MS))),
            (friday + 17 * HOUR_MS, (false, Some(MONDAY + WEEK_MS + 9 * HOUR_MS))),
        ] {
            assert_eq!(week.at(wall), reading, "{wall}");
        }
    }

    #[test]
    fn sunday_night_runs_on_into_monday() {
        let week = Week::of(&[range(&[6], 22, 26)]);
        let sunday = MONDAY + 6 * DAY_MS;
        assert_eq!(week.at(sunday + 23 * HOUR_MS), (true, Some(sunday + 26 * HOUR_MS)));
        assert_eq!(week.at(sunday + 25 * HOUR_MS), (true, Some(sunday + 26 * HOUR_MS)));
        assert_eq!(week.at(MONDAY + 2 * HOUR_MS), (false, Some(sunday + 22 * HOUR_MS)));
    }

    #[test]
    fn a_whole_week_never_changes() {
        let week = Week::of(&[range(&[0, 1, 2, 3, 4, 5, 6], 0, 24)]);
        assert_eq!(week.at(MONDAY + 12_345), (true, None));
    }

    #[test]
    fn the_union_holds_where_one_of_its_ranges_does() {
        let ranges = [
            range(&[0, 2, 6], 22, 30),
            range(&[1, 3], 6, 9),
            range(&[5], 0, 24),
            range(&[2], 23, 47),
        ];
        let week = Week::of(&ranges);
        for wall in (MONDAY..MONDAY + 2 * WEEK_MS).step_by(1_800_000) {
            let (inside, change) = week.at(wall);
            assert_eq!(inside, ranges.iter().any(|range| range.holds(wall)), "{wall}");
            let change = change.unwrap();
            assert!(change > wall && week.at(change).0 != inside);
            assert_eq!(week.at(change - 1).0, inside);
        }
    }
}
