//! Times at which nothing goes: weekly, on a date, every year, or from one time to another.

use serde_json::{Map, Value};

use super::clock_range::{self, ClockRange};
use super::dates::Dates;
use super::single;
use super::week::{Reading, Week};
#[cfg(feature = "schema")]
use crate::document::MAX_NAME;
use crate::document::{name, object, required, text, unreadable};
use crate::problem::{Path, Problems};
use crate::shape::document;
use crate::time::Instant;
use crate::time::civil::{self, YearMonthDay};
use crate::zone::{Span, Zone};

document! {
    /// A time at which nothing goes: weekly, on a date, every year, or from one time to another.
    pub(crate) type BlockedTimeDocument = {
        /// Shown in reasons.
        name?: Text<MAX_NAME>,
    } & (
        | {
            /// The days on which it starts; every day if left out.
            days?: List<Weekday, 7>,
            /// Every week. One that ends before it starts crosses midnight.
            from: ClockTime,
            /// The last instant is outside.
            to: ClockTime,
        }
        | {
            /// `YYYY-MM-DD`
            date: Date,
        }
        | {
            /// `MM-DD`, every year.
            annual: MonthDay,
        }
        | {
            /// Once.
            from: SingleTime,
            /// The last instant is outside.
            to: SingleTime,
        }
    );
}

/// All blocked times of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    entries: Vec<Entry>,
    week: Week,
    dates: Dates,
    /// Sorted, and neither touching nor overlapping.
    spans: Vec<Span>,
}

/// One blocked time as the policy lists it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    name: Option<String>,
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    Weekly(ClockRange),
    Date(i32),
    Annual { month: i32, day: i32 },
    Dated(Span),
}

impl Blocked {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let (mut weekly, mut dates, mut ranges) = (Vec::new(), Dates::default(), Vec::new());
        for entry in &entries {
            match &entry.rule {
                Rule::Weekly(range) => weekly.push(*range),
                Rule::Date(date) => {
                    dates.single.insert(*date);
                }
                Rule::Annual { month, day } => {
                    dates.annual.insert((*month, *day));
                }
                Rule::Dated(span) => ranges.push(*span),
            }
        }
        ranges.sort_unstable_by_key(|span| (span.from, span.until));
        let mut spans: Vec<Span> = Vec::new();
        for span in ranges {
            match spans.last_mut() {
                Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
                _ => spans.push(span),
            }
        }
        Self { entries, week: Week::of(&weekly), dates, spans }
    }

    /// The recurring ones among them, at a reading of the wall clock: whether one of them holds,
    /// and the reading at which to ask again.
    pub(crate) fn recurring_at(&self, wall: i64) -> Reading {
        match (self.week.at(wall), self.dates.at(wall)) {
            ((true, one), (true, other)) => (true, one.max(other).filter(|_| one.is_some())),
            ((true, until), _) | (_, (true, until)) => (true, until),
            ((false, one), (false, other)) => (false, [one, other].into_iter().flatten().min()),
        }
    }

    /// The dated one that holds at `t`, or else the next after it.
    pub(crate) fn dated_at(&self, t: Instant) -> Option<Span> {
        self.spans.get(self.spans.partition_point(|span| span.until <= t)).copied()
    }

    /// The index and the name of the first listed one that holds at `t`, when the wall clock
    /// reads `wall`.
    pub(crate) fn first_at(&self, t: Instant, wall: i64) -> Option<(usize, Option<&str>)> {
        let mut entries = self.entries.iter().enumerate();
        let (index, entry) = entries.find(|(_, entry)| entry.rule.holds(t, wall))?;
        Some((index, entry.name.as_deref()))
    }

    /// Whether the listed one of that index holds at `t`.
    pub(crate) fn holds(&self, index: usize, t: Instant, wall: i64) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.rule.holds(t, wall))
    }
}

impl Rule {
    fn holds(&self, t: Instant, wall: i64) -> bool {
        let today = civil::date_of(wall);
        match self {
            Self::Weekly(range) => range.holds(wall),
            Self::Date(date) => *date == today,
            Self::Annual { month, day } => {
                let YearMonthDay { month: this_month, day: this_day, .. } =
                    civil::year_month_day(today);
                (*month, *day) == (this_month, this_day)
            }
            Self::Dated(span) => span.contains(t),
        }
    }
}

/// Reads one blocked time.
pub(super) fn read(
    value: &Value,
    zone: Zone,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Entry> {
    let fields = object(value, at, BlockedTimeDocument::FIELDS, problems)?;
    let named = fields.get("name").map(|value| name(value, &at.field("name"), problems));
    let rule = read_rule(fields, zone, at, problems);
    Some(Entry { name: named.flatten(), rule: rule? })
}

fn read_rule(
    fields: &Map<String, Value>,
    zone: Zone,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Rule> {
    let given: Vec<_> = ["date", "annual", "from", "to", "days"]
        .into_iter()
        .filter(|name| fields.contains_key(*name))
        .collect();
    match *given {
        ["date"] => read_date(required(fields, "date", at, problems)?, &at.field("date"), problems),
        ["annual"] => {
            read_annual(required(fields, "annual", at, problems)?, &at.field("annual"), problems)
        }
        ["from" | "to"] | ["from", "to"] if is_dated(fields) => {
            read_dated(fields, zone, at, problems)
        }
        ["from" | "to", ..] => clock_range::read_fields(fields, at, problems).map(Rule::Weekly),
        _ => {
            let message = "a blocked time has either `from` and `to`, or `date`, or `annual`; \
                           write one of these"
                .to_owned();
            problems.report(at, if given.is_empty() { "missing" } else { "conflict" }, message);
            None
        }
    }
}

/// Whether a range is written with dates rather than with clock times alone.
fn is_dated(fields: &Map<String, Value>) -> bool {
    let texts = ["from", "to"].map(|name| fields.get(name).and_then(Value::as_str));
    texts.into_iter().flatten().any(|text| text.len() > "HH:MM:SS".len())
}

fn read_date(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Rule> {
    let written = text(value, at, problems)?;
    match civil::parse_date(written) {
        Ok(date) => Some(Rule::Date(date)),
        Err(why) => {
            unreadable(why, written, "a date such as `2026-12-25`", at, problems);
            None
        }
    }
}

fn read_annual(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Rule> {
    let written = text(value, at, problems)?;
    match civil::parse_month_day(written) {
        Ok((month, day)) => Some(Rule::Annual { month, day }),
        Err(why) => {
            unreadable(why, written, "a month and a day such as `12-25`", at, problems);
            None
        }
    }
}

fn read_dated(
    fields: &Map<String, Value>,
    zone: Zone,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Rule> {
    let from = required(fields, "from", at, problems)
        .and_then(|value| single::read(value, zone, &at.field("from"), problems));
    let to = required(fields, "to", at, problems)
        .and_then(|value| single::read(value, zone, &at.field("to"), problems));
    let (from, until) = (from?, to?);
    if until <= from {
        let message = "the end is not after `from`; move one of them".to_owned();
        problems.report(&at.field("to"), "empty", message);
        return None;
    }
    Some(Rule::Dated(Span { from, until }))
}
