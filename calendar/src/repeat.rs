//! The days that a rule gives.

use std::ops::RangeInclusive;

use tidegate::time::civil::{self, YearMonthDay};

use crate::rule::{Period, Rule, Weekday};

/// How many days the rules of a file are asked about and how many exceptions they have, all
/// together.
pub(crate) const MAX_QUESTIONS: usize = 2_000_000;

/// Days that a rule gives.
pub(crate) struct Days {
    /// In order.
    pub(crate) days: Vec<i32>,
    /// Whether `COUNT` says that there are no more.
    pub(crate) is_last: bool,
}

/// What is left of [`MAX_QUESTIONS`].
pub(crate) struct Budget(pub(crate) usize);

impl Budget {
    /// # Errors
    ///
    /// When there is not as much left.
    pub(crate) fn spend(&mut self, questions: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(questions).ok_or(Exhausted)?;
        Ok(())
    }
}

/// The rules are too many, or begin too long ago.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl Rule {
    /// The days among `wanted` that the rule gives for an event that starts on `start`; `UNTIL` is
    /// left to the caller.
    ///
    /// # Errors
    ///
    /// When too many days would have to be asked about.
    pub(crate) fn days(
        &self,
        start: i32,
        wanted: RangeInclusive<i32>,
        budget: &mut Budget,
    ) -> Result<Days, Exhausted> {
        let mut found = Vec::new();
        let mut left = self.count.unwrap_or(u64::MAX);
        let mut period = self.period_of(start);
        if self.count.is_none() {
            // Nothing before has to be counted.
            let between = self.period_of(*wanted.start()) - period;
            period += between.max(0) / self.interval * self.interval;
        }
        while let Some((first, end)) = self.span(period).filter(|(first, _)| first <= wanted.end())
        {
            budget.spend(usize::try_from(end.abs_diff(first)).unwrap_or(usize::MAX))?;
            for day in self.days_of(first, end, start) {
                if day >= start && left > 0 {
                    left -= 1;
                    found.extend(Some(day).filter(|day| wanted.contains(day)));
                }
            }
            if left == 0 {
                break;
            }
            period += self.interval;
        }
        Ok(Days { days: found, is_last: left == 0 })
    }

    /// The days of a period, before `DTSTART` and `COUNT` are looked at.
    fn days_of(&self, first: i32, end: i32, start: i32) -> Vec<i32> {
        let days: Vec<_> = (first..end).filter(|day| self.allows(*day, start)).collect();
        if self.positions.is_empty() {
            return days;
        }
        let picked = days.iter().enumerate().filter(|(index, _)| {
            let (from_start, from_end) = (index + 1, days.len() - index);
            self.positions.iter().any(|position| {
                let wanted = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
                wanted == if *position > 0 { from_start } else { from_end }
            })
        });
        picked.map(|(_, day)| *day).collect()
    }

    /// Whether the rule's lists allow a day. What they leave open is as on the day of the start.
    fn allows(&self, day: i32, start: i32) -> bool {
        let (date, start_date) = (civil::year_month_day(day), civil::year_month_day(start));
        let has_days = !(self.month_days.is_empty() && self.weekdays.is_empty());
        let month = match self.every {
            _ if !self.months.is_empty() => self.months.contains(&date.month),
            Period::Year if !has_days => date.month == start_date.month,
            _ => true,
        };
        let own_day = match self.every {
            _ if has_days => true,
            Period::Day => true,
            Period::Week => civil::weekday(day) == civil::weekday(start),
            Period::Month | Period::Year => date.day == start_date.day,
        };
        let length = civil::next_month_start(day) - civil::month_start(day);
        let month_day = self.month_days.is_empty()
            || self.month_days.contains(&date.day)
            || self.month_days.contains(&(date.day - length - 1));
        let weekday = self.weekdays.is_empty()
            || self.weekdays.iter().any(|weekday| self.is_weekday(day, *weekday));
        month && own_day && month_day && weekday
    }

    /// Whether a day is that weekday, or the nth of the month; of the year where the rule goes by
    /// years and names no months.
    fn is_weekday(&self, day: i32, weekday: Weekday) -> bool {
        if civil::weekday(day) != weekday.day {
            return false;
        }
        let Some(nth) = weekday.nth else { return true };
        let (first, end) = if self.every == Period::Year && self.months.is_empty() {
            let year = civil::year_month_day(day).year;
            year_span(year).unwrap_or((day, day))
        } else {
            (civil::month_start(day), civil::next_month_start(day))
        };
        nth == (day - first) / 7 + 1 || nth == -((end - 1 - day) / 7 + 1)
    }

    /// The number of the period that a day is in.
    fn period_of(&self, day: i32) -> i64 {
        let YearMonthDay { year, month, .. } = civil::year_month_day(day);
        match self.every {
            Period::Day => day.into(),
            // 1970-01-01 was a Thursday.
            Period::Week => (i64::from(day) + 3 - i64::from(self.week_start)).div_euclid(7),
            Period::Month => i64::from(year) * 12 + i64::from(month) - 1,
            Period::Year => year.into(),
        }
    }

    /// The first day of a period, and the first after it; none beyond the calendar.
    fn span(&self, period: i64) -> Option<(i32, i32)> {
        match self.every {
            Period::Day => {
                let day = i32::try_from(period).ok()?;
                Some((day, day.checked_add(1)?))
            }
            Period::Week => {
                let day = i32::try_from(period * 7 - 3 + i64::from(self.week_start)).ok()?;
                Some((day, day.checked_add(7)?))
            }
            Period::Month => {
                let year = i32::try_from(period.div_euclid(12)).ok()?;
                let month = i32::try_from(period.rem_euclid(12)).ok()? + 1;
                let day = civil::day_number(year, month, 1)?;
                Some((day, civil::next_month_start(day)))
            }
            Period::Year => year_span(i32::try_from(period).ok()?),
        }
    }
}

fn year_span(year: i32) -> Option<(i32, i32)> {
    Some((civil::day_number(year, 1, 1)?, civil::day_number(year, 12, 31)? + 1))
}
