//! Blocked times out of an iCalendar file (RFC 5545), such as a country's holidays.
//!
//! ```
//! use serde_json::json;
//! use tidegate::Policy;
//! use tidegate::time::parse_rfc3339;
//! use tidegate::zone::Zone;
//! use tidegate_calendar::blocked_times;
//!
//! let file = "\
//! BEGIN:VCALENDAR
//! BEGIN:VEVENT
//! SUMMARY:Christmas
//! DTSTART;VALUE=DATE:20201225
//! RRULE:FREQ=YEARLY
//! END:VEVENT
//! BEGIN:VEVENT
//! SUMMARY:Inventory
//! DTSTART;TZID=America/Toronto:20261231T120000
//! DURATION:PT6H
//! END:VEVENT
//! END:VCALENDAR
//! ";
//! let now = parse_rfc3339("2026-11-23T09:00:00-05:00").unwrap();
//! let imported = blocked_times(file, Zone::named("America/Toronto").unwrap(), now);
//! assert_eq!(imported.blocked, [
//!     json!({ "name": "Christmas", "annual": "12-25" }),
//!     json!({ "name": "Inventory", "from": "2026-12-31T12:00", "to": "2026-12-31T18:00" }),
//! ]);
//! assert!(imported.problems.is_empty());
//! assert!(Policy::parse(&json!({ "blocked": imported.blocked })).is_ok());
//! ```
//!
//! # What an event becomes
//!
//! | event | blocked time |
//! |---|---|
//! | one whole day | `date` |
//! | several whole days, or from a time to a time | `from` and `to` |
//! | one whole day, `FREQ=YEARLY` without end or exception | `annual` |
//! | at most a day, `FREQ=WEEKLY` or `DAILY` without end or exception, by the policy's clock | weekly |
//! | any other repetition | each occurrence that ends after now, for [`HORIZON_DAYS`] days |
//!
//! Whole days, and times without a zone, are those of the policy's zone. A time that is the same
//! by the policy's clock is written so; others with `Z`.
//!
//! # Choices
//!
//! - What is over is left out, and so is what lasts no time, what is `CANCELLED`, and a timed
//!   event that is `TRANSPARENT`. A whole day blocks even when it is `TRANSPARENT`: most holiday
//!   files mark every day so, because nobody is busy on a holiday.
//! - A whole day that ends on the day on which it starts lasts that day.
//! - Occurrences are what the rule gives from `DTSTART` on. A `DTSTART` that does not follow its
//!   own rule, which RFC 5545 leaves undefined, is not among them.
//! - An event that changes one occurrence of another (`RECURRENCE-ID`) takes its place. One that
//!   changes all later ones is a problem.
//! - `TZID` has to be an IANA name, or to end in one as in `/example.org/Europe/Paris`. The rules
//!   of `VTIMEZONE` are not read, because the engine knows the zones itself.
//! - Rules by second, minute, hour, week number or day of the year, and `RDATE` periods, are
//!   problems. So is anything that would block for less or more than the file says: an event is
//!   imported as a whole or not at all.
//! - To-dos, journals and free-busy times are left out.

mod blocked;
mod event;
mod exceptions;
mod import;
mod line;
mod moment;
mod repeat;
mod rule;

use serde::Serialize;
use serde_json::Value;

pub use import::blocked_times;

/// How many bytes a file may have.
pub const MAX_BYTES: usize = 2_000_000;
/// How many blocked times come out of a file: as many as a policy may have.
pub const MAX_BLOCKED: usize = 1_000;
/// How many notes of a kind are listed. The others are counted.
pub const MAX_NOTES: usize = 1_000;
/// How many days from now on a repetition is written out where no other way is. Five years.
pub const HORIZON_DAYS: i32 = 1_827;

/// What came out of a file.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Imported {
    /// Entries for a policy's `blocked`, in the order of the file.
    pub blocked: Vec<Value>,
    /// The first local date for which repetitions are no longer written out, `YYYY-MM-DD`, if
    /// there is one that goes on: import the file again by then.
    pub complete_until: Option<String>,
    /// What was left out on purpose.
    pub skipped: Vec<Skipped>,
    /// What could not be imported.
    pub problems: Vec<Problem>,
    /// How many more were skipped, or are problems, than are listed.
    pub unlisted: usize,
}

/// Something that was left out on purpose.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The line on which it begins, from 1 on.
    pub line: usize,
    /// Its summary, or what it is.
    pub what: String,
    /// Why, for people.
    pub why: String,
}

/// Something that could not be imported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CalendarProblem"))]
pub struct Problem {
    /// The line, from 1 on; that on which it begins where a line is folded.
    pub line: usize,
    /// What is wrong and what to write instead, for people.
    pub message: String,
}
