//! How many sends each local day, week or month has.

/// Counts by the first dates of their periods.
///
/// Time moves forward, so it is the last period that is counted in, or a new one after it; only
/// where a clock is set back across midnight, or a history lies ahead, it is another.
#[derive(Default)]
pub(crate) struct Counts {
    /// In the order of the dates.
    periods: Vec<(i32, u64)>,
}

impl Counts {
    /// Counts so many more in the period that starts on that date, and gives its count.
    pub(crate) fn add(&mut self, first_date: i32, count: u64) -> u64 {
        let later = self.periods.iter().rev().take_while(|(date, _)| *date > first_date).count();
        let place = self.periods.len() - later;
        let here = place.checked_sub(1).and_then(|place| self.periods.get_mut(place));
        if let Some((_, counted)) = here.filter(|(date, _)| *date == first_date) {
            *counted = counted.saturating_add(count);
            return *counted;
        }
        self.periods.insert(place, (first_date, count));
        count
    }

    /// The count of the period that starts on that date.
    pub(crate) fn of(&self, first_date: i32) -> u64 {
        let mut latest_first = self.periods.iter().rev();
        let found = latest_first.find(|(date, _)| *date <= first_date);
        found.filter(|(date, _)| *date == first_date).map_or(0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_period_has_its_count_in_whatever_order_they_come() {
        let mut counts = Counts::default();
        let added = [(5, 2), (7, 1), (5, 3), (6, 4), (1, 1), (7, 1)]
            .map(|(date, count)| counts.add(date, count));
        assert_eq!(added, [2, 1, 5, 4, 1, 2]);
        assert_eq!([0, 1, 4, 5, 6, 7, 8].map(|date| counts.of(date)), [0, 1, 0, 5, 4, 2, 0]);
    }
}
