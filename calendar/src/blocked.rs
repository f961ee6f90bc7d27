//! An event as entries of a policy's `blocked`.

use serde_json::{Map, Value, json};
use tidegate::Instant;
use tidegate::time::civil::{self, DAY_MS, YearMonthDay};
use tidegate::zone::Zone;

use crate::HORIZON_DAYS;
use crate::event::Event;
use crate::exceptions::Exceptions;
use crate::moment::{Clock, Length, Moment, clock_text, date_text};
use crate::repeat::{Budget, Exhausted};
use crate::rule::{Period, Rule};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// For whom, and when.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    pub(crate) zone: Zone,
    pub(crate) now: Instant,
}

/// What an event becomes.
pub(crate) struct Entries {
    pub(crate) blocked: Vec<Value>,
    /// Whether there may be more after the horizon.
    pub(crate) goes_on: bool,
}

impl Here {
    pub(crate) fn today(self) -> i32 {
        self.zone.date(self.now)
    }

    /// The last date for which repetitions are written out.
    pub(crate) fn horizon(self) -> i32 {
        self.today().saturating_add(HORIZON_DAYS - 1)
    }

    /// The entries of an event that is not idle, where others come in place of the occurrences
    /// that are `changed`. None when all of it is over.
    ///
    /// # Errors
    ///
    /// When too much would have to be asked.
    pub(crate) fn entries(
        self,
        event: &Event,
        changed: &[Moment],
        budget: &mut Budget,
    ) -> Result<Entries, Exhausted> {
        budget.spend(event.excluded.len() + event.added.len() + changed.len())?;
        let exceptions = event.excluded.iter().chain(changed).copied();
        let exceptions = Exceptions::new(self.zone, &exceptions);
        let recurring = event.rule.as_ref().and_then(|rule| {
            let has_exceptions = exceptions.reach(self.today().saturating_sub(1));
            let is_clean = rule.is_plain() && event.added.is_empty() && !has_exceptions;
            let rule = Some(rule).filter(|_| is_clean)?;
            self.annual(event, rule).or_else(|| self.weekly(event, rule))
        });
        if let Some(entry) = recurring {
            return Ok(Entries { blocked: vec![entry], goes_on: false });
        }
        let (mut starts, goes_on) = self.starts(event, budget)?;
        starts.retain(|start| !exceptions.has(*start));
        let blocked = starts
            .into_iter()
            .filter_map(|start| self.single(event.name.as_deref(), start, event.length));
        Ok(Entries { blocked: blocked.collect(), goes_on })
    }

    fn annual(self, event: &Event, rule: &Rule) -> Option<Value> {
        let start = event.start.date();
        let YearMonthDay { year, month, day } = civil::year_month_day(start);
        let is_own_day = rule.weekdays.is_empty()
            && match (&*rule.months, &*rule.month_days) {
                ([], []) => true,
                ([only], []) => *only == month,
                ([only], [only_day]) => (*only, *only_day) == (month, day),
                _ => false,
            };
        let is_whole_day = event.start.clock == Clock::Day && event.length.days == 1;
        let today = self.today();
        let this_year = civil::year_month_day(today).year;
        // It would block on the same date before it starts.
        let is_too_early = (this_year..year.min(this_year + 2))
            .filter_map(|year| civil::day_number(year, month, day))
            .any(|date| (today..start).contains(&date));
        if rule.every != Period::Year || !is_own_day || !is_whole_day || is_too_early {
            return None;
        }
        let fields = [("annual", json!(format!("{month:02}-{day:02}")))];
        Some(entry(event.name.as_deref(), fields))
    }

    fn weekly(self, event: &Event, rule: &Rule) -> Option<Value> {
        let is_by_weekday = rule.months.is_empty() && rule.month_days.is_empty();
        let is_by_our_clock = match event.start.clock {
            Clock::Day | Clock::Floating => true,
            Clock::In(zone) => zone == self.zone,
        };
        let from = civil::clock_of(event.start.wall);
        let length = match event.start.clock {
            Clock::Day => event.length.days.saturating_mul(DAY_MS),
            _ => event.wall_length?,
        };
        let is_a_range = 0 < length && (length < DAY_MS || (length == DAY_MS && from == 0));
        if !is_by_weekday || !is_by_our_clock || !is_a_range {
            return None;
        }
        let is_on = |weekday: i32| match rule.every {
            Period::Day | Period::Week if !rule.weekdays.is_empty() => {
                rule.weekdays.iter().any(|on| on.day == weekday)
            }
            Period::Day => true,
            Period::Week => weekday == civil::weekday(event.start.date()),
            Period::Month | Period::Year => false,
        };
        let days: Vec<_> = (0..).zip(WEEKDAYS).filter(|(day, _)| is_on(*day)).collect();
        // It would block before it starts, or what is left of one that crossed midnight.
        let mut before = self.today().saturating_sub(1)..event.start.date();
        let is_too_early = before.any(|date| {
            let start = event.start.on(date);
            is_on(civil::weekday(date)) && self.single(None, start, event.length).is_some()
        });
        if days.is_empty() || is_too_early {
            return None;
        }
        let days: Vec<_> = days.into_iter().map(|(_, name)| name).collect();
        let to = match (from + length) % DAY_MS {
            0 => DAY_MS,
            to => to,
        };
        let clocks = [("from", json!(clock_text(from))), ("to", json!(clock_text(to)))];
        let days = (days.len() < WEEKDAYS.len()).then_some(("days", json!(days)));
        Some(entry(event.name.as_deref(), days.into_iter().chain(clocks)))
    }

    /// When the event starts: once, or each time that may not be over, up to the horizon. And
    /// whether it may go on after that.
    fn starts(self, event: &Event, budget: &mut Budget) -> Result<(Vec<Moment>, bool), Exhausted> {
        let (mut starts, mut goes_on) = (Vec::new(), false);
        if let Some(rule) = &event.rule {
            let lasts = event.length.days.saturating_add(event.length.ms / DAY_MS + 2);
            let lasts = i32::try_from(lasts).unwrap_or(i32::MAX);
            let wanted = self.today().saturating_sub(lasts)..=self.horizon();
            let days = rule.days(event.start.date(), wanted, budget)?;
            let is_within =
                |start: &Moment| rule.until.is_none_or(|until| !self.is_after(*start, until));
            let all = days.days.into_iter().map(|day| event.start.on(day));
            starts.extend(all.filter(is_within));
            goes_on = !days.is_last && rule.until.is_none_or(|until| until.date() > self.horizon());
        } else {
            starts.push(event.start);
        }
        starts.extend(&event.added);
        starts.sort_by_key(|start| start.instant(self.zone));
        starts.dedup_by_key(|start| start.instant(self.zone));
        Ok((starts, goes_on))
    }

    /// A blocked time of its own, unless it is over or, because clocks are set, lasts no time.
    fn single(self, name: Option<&str>, start: Moment, length: Length) -> Option<Value> {
        let end = start.plus(length);
        let (from, until) = (start.instant(self.zone), end.instant(self.zone));
        if until <= self.now || until <= from {
            return None;
        }
        if start.clock == Clock::Day && length.days == 1 {
            return Some(entry(name, [("date", json!(date_text(start.date())))]));
        }
        let times = [("from", json!(self.text(start))), ("to", json!(self.text(end)))];
        Some(entry(name, times))
    }

    /// A single time as a policy has it: by the wall clock of its zone, or with `Z` where that
    /// reads the same twice.
    fn text(self, moment: Moment) -> String {
        let wall = match moment.clock {
            Clock::Day | Clock::Floating => moment.wall,
            Clock::In(zone) => {
                let instant = zone.instant(moment.wall);
                let wall = self.zone.wall(instant);
                if self.zone.instant(wall) != instant {
                    return with_z(instant);
                }
                wall
            }
        };
        format!("{}T{}", date_text(civil::date_of(wall)), clock_text(civil::clock_of(wall)))
    }

    /// Whether an occurrence comes after the last instant or day that a rule allows.
    fn is_after(self, start: Moment, until: Moment) -> bool {
        match (start.clock, until.clock) {
            (Clock::Day, _) | (_, Clock::Day) => start.date() > until.date(),
            (Clock::In(_), Clock::In(_)) => start.instant(self.zone) > until.instant(self.zone),
            _ => start.wall > until.wall,
        }
    }
}

fn with_z(instant: Instant) -> String {
    let wall = instant.millis();
    let date = date_text(civil::date_of(wall));
    let clock = clock_text(civil::clock_of(wall));
    let seconds = if clock.len() == "HH:MM".len() { ":00" } else { "" };
    format!("{date}T{clock}{seconds}Z")
}

fn entry(name: Option<&str>, fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let name = name.map(|name| ("name", json!(name)));
    let fields = name.into_iter().chain(fields);
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
