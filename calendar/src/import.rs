//! The events of a file, one after the other.

use std::collections::BTreeMap;

use serde_json::json;
use tidegate::zone::Zone;
use tidegate::{Instant, Policy};

use crate::blocked::Here;
use crate::event::{self, Event};
use crate::line::{Line, lines};
use crate::moment::{Moment, date_text};
use crate::repeat::{Budget, MAX_QUESTIONS};
use crate::{Imported, MAX_BLOCKED, MAX_BYTES, MAX_NOTES, Problem, Skipped};

/// How deep components may lie in one another. A calendar, an event and an alarm are three.
const MAX_DEPTH: usize = 8;

/// The blocked times of an iCalendar file, for a policy in `zone`.
///
/// `now` is the instant of the import: what ended by then is left out, and repetitions are written
/// out from then on.
#[must_use]
pub fn blocked_times(file: &str, zone: Zone, now: Instant) -> Imported {
    let mut imported = Imported::default();
    if file.len() > MAX_BYTES {
        let message = format!("{} bytes are too many; import at most {MAX_BYTES}", file.len());
        imported.problem(Problem { line: 1, message });
        return imported;
    }
    let events = events(file, &mut imported);
    let replaced = replaced(&events);
    let here = Here { zone, now };
    let mut budget = Budget(MAX_QUESTIONS);
    for event in &events {
        let by_uid = event.uid.as_ref().filter(|_| event.replaces.is_none());
        let changed = by_uid.and_then(|uid| replaced.get(uid)).map_or(&[][..], Vec::as_slice);
        imported.add(event, changed, here, &mut budget);
    }
    imported.skipped.sort_by_key(|skipped| skipped.line);
    imported.problems.sort_by_key(|problem| problem.line);
    imported
}

/// Which occurrences of an event have another in their place, by the event's `UID`.
fn replaced(events: &[Event]) -> BTreeMap<String, Vec<Moment>> {
    let mut found = BTreeMap::<String, Vec<Moment>>::new();
    for event in events {
        if let (Some(uid), Some(replaced)) = (&event.uid, event.replaces) {
            found.entry(uid.clone()).or_default().push(replaced);
        }
    }
    found
}

/// Every event that can be read.
fn events(file: &str, imported: &mut Imported) -> Vec<Event> {
    let mut events = Vec::new();
    // Name and line of each component that is open.
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut content: Vec<Line> = Vec::new();
    let (mut has_calendar, mut last) = (false, 1);
    for line in lines(file) {
        let line = match line {
            Ok(line) => line,
            Err(problem) => {
                last = problem.line;
                imported.problem(problem);
                continue;
            }
        };
        last = line.number;
        let component = line.value.trim().to_ascii_uppercase();
        match line.name.as_str() {
            "BEGIN" if open.len() == MAX_DEPTH => {
                imported.problem(
                    line.problem("components lie too deep in one another; export the file again"),
                );
                return events;
            }
            "BEGIN" => {
                has_calendar |= component == "VCALENDAR";
                if component == "VEVENT" {
                    content.clear();
                } else if ["VTODO", "VJOURNAL", "VFREEBUSY"].contains(&component.as_str()) {
                    imported.skip(line.number, component.clone(), "only events block");
                }
                open.push((component, line.number));
            }
            "END" => match open.pop_if(|(name, _)| *name == component) {
                Some((name, begin)) if name == "VEVENT" => match event::read(begin, &content) {
                    Ok(event) => events.push(event),
                    Err(problems) => {
                        for problem in problems {
                            imported.problem(problem);
                        }
                    }
                },
                Some(_) => {}
                None => {
                    let message = match open.last() {
                        Some((name, begin)) => format!(
                            "`END:{component}` stands inside `{name}` of line {begin}; export the file again"
                        ),
                        None => format!("`END:{component}` ends nothing; export the file again"),
                    };
                    imported.problem(line.problem(message));
                    // What is inside has no end then.
                    if let Some(outer) = open.iter().rposition(|(name, _)| *name == component) {
                        open.truncate(outer);
                    }
                }
            },
            _ if open.last().is_some_and(|(name, _)| name == "VEVENT") => content.push(line),
            _ => {}
        }
    }
    if !has_calendar {
        let message = "there is no `BEGIN:VCALENDAR`; choose an iCalendar file".to_owned();
        imported.problem(Problem { line: 1, message });
    }
    for (name, begin) in open {
        let message = format!("`{name}` of line {begin} has no end; export the file again");
        imported.problem(Problem { line: last, message });
    }
    events
}

impl Imported {
    fn add(&mut self, event: &Event, changed: &[Moment], here: Here, budget: &mut Budget) {
        let what = || event.name.clone().unwrap_or_else(|| "VEVENT".to_owned());
        if let Some(why) = event.idle {
            return self.skip(event.line, what(), why);
        }
        let Ok(entries) = here.entries(event, changed, budget) else {
            let message = "the file's rules repeat too often; write a later `DTSTART`".to_owned();
            return self.problem(Problem { line: event.rule_line, message });
        };
        if entries.goes_on {
            self.complete_until = Some(date_text(here.horizon().saturating_add(1)));
        }
        if entries.blocked.is_empty() {
            let why =
                if entries.goes_on { "it does not come within five years" } else { "it is over" };
            return self.skip(event.line, what(), why);
        }
        if self.blocked.len() + entries.blocked.len() > MAX_BLOCKED {
            let message =
                format!("with it there are more than {MAX_BLOCKED} blocked times; leave some out");
            return self.problem(Problem { line: event.line, message });
        }
        // The engine has the last word: it knows no date after 2199, for one.
        let policy = json!({ "time_zone": here.zone.name(), "blocked": entries.blocked });
        if let Err(problems) = Policy::parse(&policy) {
            let message = problems.into_iter().next().map(|problem| problem.message);
            return self
                .problem(Problem { line: event.line, message: message.unwrap_or_default() });
        }
        self.blocked.extend(entries.blocked);
    }

    fn skip(&mut self, line: usize, what: String, why: &str) {
        if self.skipped.len() < MAX_NOTES {
            self.skipped.push(Skipped { line, what, why: why.to_owned() });
        } else {
            self.unlisted += 1;
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MAX_NOTES {
            self.problems.push(problem);
        } else {
            self.unlisted += 1;
        }
    }
}
