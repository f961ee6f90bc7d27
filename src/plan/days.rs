//! What goes on each local day.

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
    /// By date.
    days: Vec<Day>,
}

struct Day {
    date: i32,
    count: u64,
    first: Instant,
    last: Instant,
}

impl Days {
    pub(super) fn new(zone: Zone) -> Self {
        Self { periods: Periods::new(zone, Per::Day), days: Vec::new() }
    }

    /// Adds sends that are not before those added last.
    pub(super) fn add(&mut self, sends: &Run) {
        let days = &mut self.days;
        self.periods.cut(*sends, |date, piece| {
            // The last day or a new one, but where a clock is set back across midnight.
            let place = days.iter().rposition(|day| day.date <= date);
            let here = place.and_then(|place| days.get_mut(place));
            if let Some(day) = here.filter(|day| day.date == date) {
                day.count = day.count.saturating_add(piece.count);
                day.last = piece.last();
            } else {
                let (count, first, last) = (piece.count, piece.start, piece.last());
                let after = place.map_or(0, |place| place + 1);
                days.insert(after, Day { date, count, first, last });
            }
        });
    }

    pub(super) fn answer(&self) -> Vec<DayCount> {
        let days = self.days.iter().map(|day| DayCount {
            date: date_text(day.date),
            count: day.count,
            first: day.first,
            last: day.last,
        });
        days.collect()
    }
}

/// `YYYY-MM-DD`. Digit by digit, because a long plan has thousands of days.
pub(super) fn date_text(date: i32) -> String {
    let YearMonthDay { year, month, day } = civil::year_month_day(date);
    let mut text = String::with_capacity("YYYY-MM-DD".len());
    for (number, places) in
        [(year, [1_000, 100, 10, 1].as_slice()), (month, &[10, 1]), (day, &[10, 1])]
    {
        if !text.is_empty() {
            text.push('-');
        }
        let digits = places.iter().map(|place| number / place % 10);
        text.extend(digits.filter_map(|digit| char::from_digit(digit.unsigned_abs(), 10)));
    }
    text
}
