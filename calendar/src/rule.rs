//! Recurrence rules (RFC 5545, section 3.3.10), as far as they go by days.

use crate::moment::{self, Moment};

/// A rule that gives days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rule {
    pub(crate) every: Period,
    /// Every so many periods; at least 1.
    pub(crate) interval: i64,
    pub(crate) count: Option<u64>,
    pub(crate) until: Option<Moment>,
    /// 1 for January to 12.
    pub(crate) months: Vec<i32>,
    /// 1 to 31, or from the month's end -1 to -31.
    pub(crate) month_days: Vec<i32>,
    pub(crate) weekdays: Vec<Weekday>,
    /// Which of a period's days, from 1 on, or from the end -1 and on.
    pub(crate) positions: Vec<i32>,
    /// The day on which a week starts: 0 for Monday.
    pub(crate) week_start: i32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Period {
    Day,
    Week,
    Month,
    Year,
}

/// A day of the week, or one of those in a month or year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Weekday {
    /// 0 for Monday to 6.
    pub(crate) day: i32,
    /// From 1 on, or from the end -1 and on; none for each of them.
    pub(crate) nth: Option<i32>,
}

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Rule {
    /// Reads the value of an `RRULE`.
    ///
    /// # Errors
    ///
    /// What is wrong or not supported, with the remedy.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut every = None;
        let mut rule = Self {
            every: Period::Day,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            week_start: 0,
        };
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let wrong = || format!("`{part}` is not as a rule has it; correct it");
            let value = value.to_ascii_uppercase();
            match name.to_ascii_uppercase().as_str() {
                "FREQ" => every = Some(period(&value)?),
                "INTERVAL" => {
                    rule.interval = number(&value, 1, 100_000).ok_or_else(wrong)?.into();
                }
                "COUNT" => {
                    rule.count = Some(value.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?);
                }
                "UNTIL" => rule.until = Some(moment::read(&value, None)?),
                "BYMONTH" => rule.months = numbers(&value, 1, 12).ok_or_else(wrong)?,
                "BYMONTHDAY" => rule.month_days = numbers(&value, -31, 31).ok_or_else(wrong)?,
                "BYDAY" => {
                    let days: Option<_> = value.split(',').map(weekday).collect();
                    rule.weekdays = days.ok_or_else(wrong)?;
                }
                "BYSETPOS" => rule.positions = numbers(&value, -366, 366).ok_or_else(wrong)?,
                "WKST" => rule.week_start = weekday_of(&value).ok_or_else(wrong)?,
                _ => {
                    return Err(format!(
                        "`{part}` is not supported in a rule; write the days one by one"
                    ));
                }
            }
        }
        rule.every = every.ok_or("the rule has no `FREQ`; add it")?;
        rule.check()?;
        Ok(rule)
    }

    /// What RFC 5545 forbids.
    fn check(&self) -> Result<(), String> {
        let by_month = matches!(self.every, Period::Month | Period::Year);
        let has_nth = self.weekdays.iter().any(|weekday| weekday.nth.is_some());
        let is_bare =
            self.months.is_empty() && self.month_days.is_empty() && self.weekdays.is_empty();
        let wrong = if self.count.is_some() && self.until.is_some() {
            "a rule ends by `COUNT` or by `UNTIL`; leave one of them out"
        } else if has_nth && !by_month {
            "only a month or a year has an nth weekday; leave the number out"
        } else if self.every == Period::Week && !self.month_days.is_empty() {
            "`BYMONTHDAY` does not go with `WEEKLY`; leave it out"
        } else if !self.positions.is_empty() && is_bare {
            "`BYSETPOS` needs days to pick from; add `BYDAY`, or leave it out"
        } else {
            return Ok(());
        };
        Err(wrong.to_owned())
    }

    /// Whether it gives every period's own day, for ever.
    pub(crate) fn is_plain(&self) -> bool {
        self.interval == 1
            && self.count.is_none()
            && self.until.is_none()
            && self.positions.is_empty()
    }
}

fn period(word: &str) -> Result<Period, String> {
    match word {
        "DAILY" => Ok(Period::Day),
        "WEEKLY" => Ok(Period::Week),
        "MONTHLY" => Ok(Period::Month),
        "YEARLY" => Ok(Period::Year),
        _ => Err(format!(
            "`FREQ={word}` is not supported; write `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`"
        )),
    }
}

/// `TU`, `1MO` or `-1SU`.
fn weekday(text: &str) -> Option<Weekday> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { None } else { Some(number(nth, -53, 53)?) };
    Some(Weekday { day: weekday_of(day)?, nth })
}

fn weekday_of(text: &str) -> Option<i32> {
    (0..).zip(WEEKDAYS).find(|(_, name)| *name == text).map(|(day, _)| day)
}

fn numbers(text: &str, low: i32, high: i32) -> Option<Vec<i32>> {
    text.split(',').map(|text| number(text, low, high)).collect()
}

/// A number within bounds that is not 0.
fn number(text: &str, low: i32, high: i32) -> Option<i32> {
    text.parse().ok().filter(|number| (low..=high).contains(number) && *number != 0)
}
