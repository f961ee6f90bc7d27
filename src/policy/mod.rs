//! The rules of one layer, valid by construction.
//!
//! ```
//! use serde_json::json;
//! use tidegate::Policy;
//!
//! let policy = Policy::parse(&json!({
//!     "time_zone": "America/Toronto",
//!     "windows": [{ "days": ["mon", "tue"], "from": "09:00", "to": "17:30" }],
//!     "limits": [{ "max": 200, "rolling": "24h" }],
//!     "gap": "30s",
//! }));
//! assert!(policy.is_ok());
//!
//! let problems = Policy::parse(&json!({ "gap": "30", "windows": [{ "from": "09:00", "to": "09:00" }] }));
//! let paths: Vec<_> = problems.unwrap_err().into_iter().map(|problem| problem.path).collect();
//! assert_eq!(paths, ["windows[0].to", "gap"]);
//! ```
//!
//! Reading is all that happens here: what the rules mean at an instant is said by the gates.

mod blocked;
mod clock_range;
mod dates;
mod duration;
mod limit;
mod lookback;
mod single;
mod week;

use serde_json::{Map, Value};

pub(crate) use blocked::Blocked;
pub use duration::duration_ms;
pub(crate) use duration::duration_text;
pub(crate) use limit::{Limit, Per};
pub(crate) use week::Week;
#[cfg(feature = "schema")]
pub(crate) use {
    blocked::BlockedTimeDocument,
    clock_range::{DAYS, WindowDocument},
    limit::{ENFORCE, LimitDocument, PERIODS},
};

use crate::document::{list, number, object, required, text};
use crate::problem::{Path, Problem, Problems};
use crate::shape::document;
use crate::time::Instant;
use crate::zone::Zone;

/// How many windows a policy may have.
pub const MAX_WINDOWS: usize = 100;
/// How many blocked times a policy may have.
pub const MAX_BLOCKED: usize = 1_000;
/// How many limits a policy may have.
pub const MAX_LIMITS: usize = 16;
/// How many breaks a policy may have.
pub const MAX_BREAKS: usize = 8;
/// The highest `max` of a limit, and the highest `after` of a break.
pub const MAX_SENDS: u64 = 1_000_000_000;

document! {
    /// The rules of a layer. Every field may be left out; `{}` is always open.
    pub(crate) struct PolicyDocument {
        /// An IANA name; `UTC` if left out.
        time_zone?: ZoneName,
        /// Nothing goes outside them. Without any, every instant is inside.
        windows?: List<WindowDocument, MAX_WINDOWS>,
        /// Nothing goes inside them.
        blocked?: List<BlockedTimeDocument, MAX_BLOCKED>,
        /// How many may go in a span of time. All of them hold.
        limits?: List<LimitDocument, MAX_LIMITS>,
        /// The least time between two sends.
        gap?: Duration,
        /// Lengthens each gap by a draw from nothing to this.
        jitter?: Duration,
        /// Pauses that are due after a number of sends.
        breaks?: List<BreakDocument, MAX_BREAKS>,
        /// Nothing goes before.
        starts_at?: SingleTime,
        /// Nothing goes from then on.
        ends_at?: SingleTime,
    }
}

document! {
    /// A pause that is due after a number of sends.
    pub(crate) struct BreakDocument {
        /// How many sends make a series, unless a pause of that length comes by itself before.
        after: Whole<1, MAX_SENDS>,
        /// How long nothing goes after the series.
        pause: Duration,
    }
}

/// The rules of one layer. One that exists is valid.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) zone: Zone,
    /// None when no windows are given: then every instant is inside.
    pub(crate) windows: Option<Week>,
    pub(crate) blocked: Option<Blocked>,
    pub(crate) limits: Vec<Limit>,
    /// In milliseconds; 0 when there is jitter alone.
    pub(crate) gap: Option<i64>,
    /// In milliseconds; 0 when there is none.
    pub(crate) jitter: i64,
    pub(crate) breaks: Vec<Break>,
    pub(crate) starts_at: Option<Instant>,
    pub(crate) ends_at: Option<Instant>,
}

/// A pause that is due after a number of sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Break {
    pub(crate) after: u64,
    /// In milliseconds.
    pub(crate) pause: i64,
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// Every problem of the document at once.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let policy = Self::read(document, &Path::Root, &mut problems);
        problems.unless_any(policy)
    }

    /// The zone in which the policy's clocks and dates are read.
    #[must_use]
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// Reads a policy inside a larger document. What is returned is valid only if no problem was
    /// reported.
    pub(crate) fn read(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let fields = object(value, at, PolicyDocument::FIELDS, problems)?;
        let zone = read_zone(fields, at, problems);
        let windows = each(fields, "windows", MAX_WINDOWS, at, problems, clock_range::read);
        let blocked = each(fields, "blocked", MAX_BLOCKED, at, problems, |value, at, problems| {
            blocked::read(value, zone, at, problems)
        });
        let limits = each(fields, "limits", MAX_LIMITS, at, problems, limit::read);
        let gap = duration::field(fields, "gap", at, problems);
        let jitter = duration::field(fields, "jitter", at, problems);
        let breaks = each(fields, "breaks", MAX_BREAKS, at, problems, read_break);
        let starts_at = read_single(fields, "starts_at", zone, at, problems);
        let ends_at = read_single(fields, "ends_at", zone, at, problems);
        if starts_at.zip(ends_at).is_some_and(|(start, end)| start >= end) {
            let message = "the end is not after `starts_at`; move one of them".to_owned();
            problems.report(&at.field("ends_at"), "empty", message);
        }
        Some(Self {
            zone,
            windows: (!windows.is_empty()).then(|| Week::of(&windows)),
            blocked: (!blocked.is_empty()).then(|| Blocked::of(blocked)),
            limits,
            gap: gap.or(jitter.map(|_| 0)),
            jitter: jitter.unwrap_or(0),
            breaks,
            starts_at,
            ends_at,
        })
    }
}

/// The items of a list that may be left out.
fn each<T>(
    fields: &Map<String, Value>,
    name: &str,
    max: usize,
    at: &Path<'_>,
    problems: &mut Problems,
    mut read: impl FnMut(&Value, &Path<'_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let at = at.field(name);
    let items = fields.get(name).and_then(|value| list(value, &at, max, problems));
    let items = items.unwrap_or_default().iter().enumerate();
    items.filter_map(|(index, item)| read(item, &at.item(index), problems)).collect()
}

fn read_zone(fields: &Map<String, Value>, at: &Path<'_>, problems: &mut Problems) -> Zone {
    let at = at.field("time_zone");
    let Some(name) = fields.get("time_zone").and_then(|value| text(value, &at, problems)) else {
        return Zone::UTC;
    };
    Zone::named(name).unwrap_or_else(|| {
        let message =
            format!("`{name}` is no time zone; write an IANA name such as `Europe/Paris`");
        problems.report(&at, "unknown_zone", message);
        Zone::UTC
    })
}

fn read_break(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Break> {
    let fields = object(value, at, BreakDocument::FIELDS, problems)?;
    let after = required(fields, "after", at, problems)
        .and_then(|value| number(value, &at.field("after"), (1, MAX_SENDS), problems));
    let pause = required(fields, "pause", at, problems)
        .and_then(|value| duration::read(value, &at.field("pause"), problems));
    Some(Break { after: after?, pause: pause? })
}

fn read_single(
    fields: &Map<String, Value>,
    name: &str,
    zone: Zone,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Instant> {
    single::read(fields.get(name)?, zone, &at.field(name), problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(document: &Value) -> Vec<String> {
        let problems = Policy::parse(document).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_empty_policy_has_no_rules() {
        let policy = Policy::parse(&json!({})).unwrap();
        assert_eq!(policy.zone(), Zone::UTC);
        assert!(policy.windows.is_none() && policy.blocked.is_none() && policy.gap.is_none());
        let lists = json!({ "windows": [], "blocked": [], "limits": [], "breaks": [] });
        let policy = Policy::parse(&lists).unwrap();
        assert!(policy.windows.is_none() && policy.blocked.is_none());
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let found = problems(&json!({
            "time_zone": "Europe/Pariss",
            "windows": [{ "days": ["mon", "monday"], "from": "9:00", "to": "17:30" }, 5],
            "blocked": [{ "date": "2026-02-29" }, { "annual": "02-30" }, { "name": "Lunch" }],
            "limits": [{ "max": 0, "rolling": "24h" }, { "max": 1 }],
            "gap": "30",
            "jitter": "367d",
            "breaks": [{ "after": 20 }],
            "starts_at": "2026-12-01",
            "window": [],
        }));
        let paths: Vec<_> = found.iter().filter_map(|problem| problem.split('`').nth(1)).collect();
        assert_eq!(
            paths,
            [
                "window",
                "time_zone",
                "windows[0].days[1]",
                "windows[0].from",
                "windows[1]",
                "blocked[0].date",
                "blocked[1].annual",
                "blocked[2]",
                "limits[0].max",
                "limits[1]",
                "gap",
                "jitter",
                "breaks[0].pause",
                "starts_at",
            ]
        );
    }

    #[test]
    fn an_end_before_the_start_is_refused() {
        let document = json!({ "starts_at": "2026-12-01T00:00", "ends_at": "2026-12-01T00:00" });
        assert_eq!(
            problems(&document),
            ["`ends_at`: the end is not after `starts_at`; move one of them",]
        );
    }

    #[test]
    fn lists_are_bounded() {
        for (name, max, item) in [
            ("windows", MAX_WINDOWS, json!({ "from": "09:00", "to": "10:00" })),
            ("blocked", MAX_BLOCKED, json!({ "date": "2026-12-25" })),
            ("limits", MAX_LIMITS, json!({ "max": 1, "calendar": "day" })),
            ("breaks", MAX_BREAKS, json!({ "after": 1, "pause": "1m" })),
        ] {
            let document = |count| json!({ (name): vec![item.clone(); count] });
            assert!(Policy::parse(&document(max)).is_ok(), "{name}");
            assert_eq!(Policy::parse(&document(max + 1)).unwrap_err()[0].code, "too_many");
        }
    }
}
