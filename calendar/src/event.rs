//! A `VEVENT` (RFC 5545, section 3.6.1), as far as it says when.

use tidegate::time::civil::DAY_MS;

use crate::Problem;
use crate::line::Line;
use crate::moment::{self, Clock, Length, Moment};
use crate::rule::Rule;

/// How many characters of a summary are kept: as many as a policy's names may have.
const MAX_NAME: usize = 200;

const OTHER_KIND: &str = "it is of another kind than `DTSTART`; write both as days, or both as \
                          times with or without a zone";

/// An event.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Event {
    /// The line on which it begins.
    pub(crate) line: usize,
    pub(crate) name: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) start: Moment,
    pub(crate) length: Length,
    /// The same by the wall clock, in milliseconds, if start and end have one wall clock.
    pub(crate) wall_length: Option<i64>,
    pub(crate) rule: Option<Rule>,
    /// The line of the rule.
    pub(crate) rule_line: usize,
    pub(crate) excluded: Vec<Moment>,
    pub(crate) added: Vec<Moment>,
    /// The start of the occurrence of another event in whose place this one comes.
    pub(crate) replaces: Option<Moment>,
    /// Why it blocks nothing.
    pub(crate) idle: Option<&'static str>,
}

/// Reads the content lines between an event's `BEGIN` and `END`.
///
/// # Errors
///
/// Every problem of the event.
pub(crate) fn read(begin: usize, lines: &[Line]) -> Result<Event, Vec<Problem>> {
    let mut problems = Vec::new();
    for name in ["DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"] {
        if let Some(second) = all(lines, name).nth(1) {
            problems.push(second.problem(format!("`{name}` comes twice; leave one out")));
        }
    }
    if let Some(line) = all(lines, "EXRULE").next() {
        problems.push(line.problem("`EXRULE` is not supported; write an `EXDATE` for each day"));
    }
    let start = all(lines, "DTSTART").next();
    if start.is_none() {
        let message = "the event has no `DTSTART`; add it".to_owned();
        problems.push(Problem { line: begin, message });
    }
    let start = start.and_then(|line| keep(line, moment::read_one(line), &mut problems));
    let lengths = start.and_then(|start| lengths(start, lines, &mut problems));
    let rule_line = all(lines, "RRULE").next();
    let rule = rule_line.and_then(|line| keep(line, Rule::read(&line.value), &mut problems));
    let excluded = moments(lines, "EXDATE", &mut problems);
    let added = moments(lines, "RDATE", &mut problems);
    let replaced = moments(lines, "RECURRENCE-ID", &mut problems);
    if let Some(start) = start
        && let Some(line) = all(lines, "RDATE").next()
        && !added.iter().all(|added| added.clock.is_like(start.clock))
    {
        problems.push(line.problem(OTHER_KIND));
    }
    let range = all(lines, "RECURRENCE-ID").find(|line| line.parameter("RANGE").is_some());
    problems.extend(range.map(|line| {
        line.problem(
            "a change of all later occurrences is not supported; end the first event, and add one",
        )
    }));
    if !problems.is_empty() {
        return Err(problems);
    }
    let Some((start, (length, wall_length))) = start.zip(lengths) else { return Err(problems) };
    Ok(Event {
        line: begin,
        name: all(lines, "SUMMARY").next().and_then(|line| name(&line.value)),
        uid: all(lines, "UID").next().map(|line| line.value.clone()),
        start,
        length,
        wall_length,
        rule,
        rule_line: rule_line.map_or(begin, |line| line.number),
        excluded,
        added,
        replaces: replaced.first().copied(),
        idle: idle(start, length, lines),
    })
}

fn all<'l>(lines: &'l [Line], name: &str) -> impl Iterator<Item = &'l Line> {
    lines.iter().filter(move |line| line.name == name)
}

fn moments(lines: &[Line], name: &str, problems: &mut Vec<Problem>) -> Vec<Moment> {
    let found = all(lines, name).filter_map(|line| keep(line, moment::read_all(line), problems));
    found.flatten().collect()
}

fn keep<T>(line: &Line, read: Result<T, String>, problems: &mut Vec<Problem>) -> Option<T> {
    read.map_err(|message| problems.push(line.problem(message))).ok()
}

/// On one line, and not too long.
fn name(summary: &str) -> Option<String> {
    let words: Vec<_> = summary.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(MAX_NAME).collect();
    (!name.is_empty()).then_some(name)
}

fn idle(start: Moment, length: Length, lines: &[Line]) -> Option<&'static str> {
    let has = |name, value: &str| {
        all(lines, name).any(|line| line.value.trim().eq_ignore_ascii_case(value))
    };
    if has("STATUS", "CANCELLED") {
        Some("it is cancelled")
    } else if start.clock != Clock::Day && has("TRANSP", "TRANSPARENT") {
        Some("it is marked as free time")
    } else if length == (Length { days: 0, ms: 0 }) {
        Some("it lasts no time")
    } else {
        None
    }
}

/// How long the event lasts, and how long by the wall clock.
fn lengths(
    start: Moment,
    lines: &[Line],
    problems: &mut Vec<Problem>,
) -> Option<(Length, Option<i64>)> {
    let length = match (all(lines, "DTEND").next(), all(lines, "DURATION").next()) {
        (None, None) => (Length { days: i64::from(start.clock == Clock::Day), ms: 0 }, None),
        (Some(line), None) => {
            let end = keep(line, moment::read_one(line), problems)?;
            let between = keep(line, between(start, end), problems)?;
            let wall = (start.clock == end.clock).then(|| end.wall - start.wall);
            (between, wall)
        }
        (None, Some(line)) => {
            let length = keep(line, moment::read_length(&line.value), problems)?;
            let is_days = length.ms % DAY_MS == 0;
            if start.clock == Clock::Day && !is_days {
                let message = "a whole day lasts for days; write a duration such as `P1D`";
                problems.push(line.problem(message));
                return None;
            }
            let wall = length.days.saturating_mul(DAY_MS).saturating_add(length.ms);
            let whole_days = Length { days: wall / DAY_MS, ms: 0 };
            (if start.clock == Clock::Day { whole_days } else { length }, Some(wall))
        }
        (Some(_), Some(line)) => {
            problems.push(line.problem("`DTEND` is given as well; leave one of them out"));
            return None;
        }
    };
    match length {
        // Widespread, and meant so.
        (Length { days: 0, .. }, _) if start.clock == Clock::Day => {
            Some((Length { days: 1, ms: 0 }, Some(DAY_MS)))
        }
        length => Some(length),
    }
}

fn between(start: Moment, end: Moment) -> Result<Length, String> {
    let length = match (start.clock, end.clock) {
        (Clock::Day, Clock::Day) => Length { days: (end.wall - start.wall) / DAY_MS, ms: 0 },
        (Clock::Floating, Clock::Floating) => Length { days: 0, ms: end.wall - start.wall },
        (Clock::In(from), Clock::In(to)) => {
            Length { days: 0, ms: to.instant(end.wall).since(from.instant(start.wall)) }
        }
        _ => return Err(OTHER_KIND.to_owned()),
    };
    if length.days < 0 || length.ms < 0 {
        return Err("`DTEND` is before `DTSTART`; move one of them".to_owned());
    }
    Ok(length)
}
