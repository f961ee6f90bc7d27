//! What goes on each local day.

use std::collections::BTreeMap;

use super::answer::DayCount;
use crate::gate::Periods;
use crate::history::Run;
use crate::policy::Per;
use crate::time::Instant;
use crate::time::civil::{self, YearMonthDay};
use crate::zone::Zone;

/// Sends by local date.
pub(super) struct Days {
    periods: Periods,
    /// Count, first and last.
    counts: BTreeMap<i32, (u64, Instant, Instant)>,
}

impl Days {
    pub(super) fn new(zone: Zone) -> Self {
        Self { periods: Periods::new(zone, Per::Day), counts: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, sends: &Run) {
        let counts = &mut self.counts;
        self.periods.cut(*sends, |date, piece| {
            let (count, _, last) = counts.entry(date).or_insert((0, piece.start, piece.start));
            *count = count.saturating_add(piece.count);
            *last = piece.last();
        });
    }

    pub(super) fn answer(&self) -> Vec<DayCount> {
        let counts = self.counts.iter();
        let days = counts.map(|(&date, &(count, first, last))| DayCount {
            date: date_text(date),
            count,
            first,
            last,
        });
        days.collect()
    }
}

/// `YYYY-MM-DD`.
pub(super) fn date_text(date: i32) -> String {
    let YearMonthDay { year, month, day } = civil::year_month_day(date);
    format!("{year:04}-{month:02}-{day:02}")
}
