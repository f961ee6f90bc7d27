//! How many messages may go in a span of time.

use serde_json::{Map, Value};

use super::{MAX_SENDS, duration};
use crate::document::{choice, list, number, object, required, text, unreadable};
use crate::history::Origin;
use crate::problem::{Path, Problems};
use crate::shape::document;
use crate::time::civil;

/// How many steps a warm-up may have.
pub(crate) const MAX_STEPS: usize = 366;

pub(crate) const ENFORCE: [(&str, bool); 2] = [("hard", false), ("goal", true)];
pub(crate) const PERIODS: [(&str, Per); 3] =
    [("day", Per::Day), ("week", Per::Week), ("month", Per::Month)];

document! {
    /// How many messages may go over a rolling duration, or in a local day, week or month.
    pub(crate) type LimitDocument = LimitBase & (
        | {
            /// How far back sends count.
            rolling: Duration,
        }
        | {
            /// A day of the local calendar, a week from Monday on, or a month.
            calendar: Period,
        }
    );
}

document! {
    /// What all limits have.
    pub(crate) part LimitBase {
        /// How many messages may go; 1 to 1,000,000,000.
        max: Whole<1, MAX_SENDS>,
        /// A goal is counted and reported, and never closes; `hard` if left out.
        enforce?: Enforce,
        /// Only sends of this origin count; all if left out.
        counts?: Origin,
        /// A warm-up.
        ramp?: RampDocument,
    }
}

document! {
    /// Day by day another cap on a limit's `max`. Before its first day, and after its last, `max`
    /// alone holds.
    pub(crate) struct RampDocument {
        /// The local date of the first step, `YYYY-MM-DD`.
        from: Date,
        /// A cap for each day.
        steps: List<Whole<1, MAX_SENDS>, MAX_STEPS>,
    }
}

/// What a limit's `max` is counted over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Per {
    /// So many milliseconds up to now.
    Rolling(i64),
    /// The local day.
    Day,
    /// The local week, from Monday.
    Week,
    /// The local month.
    Month,
}

/// At most `max` sends over a span.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    pub(crate) max: u64,
    pub(crate) per: Per,
    /// Counted and reported, never enforced.
    pub(crate) is_goal: bool,
    /// Only sends of this origin count, if given.
    pub(crate) counts: Option<Origin>,
    pub(crate) ramp: Option<Ramp>,
}

/// A warm-up: day by day another cap on a limit's `max`. Before its first day, and after its last,
/// `max` alone holds.
#[derive(Clone, Debug)]
pub(crate) struct Ramp {
    /// The local date of the first step.
    from: i32,
    steps: Vec<u64>,
}

impl Limit {
    /// Whether a send of that origin is counted.
    pub(crate) fn counts(&self, origin: Origin) -> bool {
        self.counts.is_none_or(|counted| counted == origin)
    }

    /// The `max` in force on a local date.
    pub(crate) fn max_on(&self, date: i32) -> u64 {
        let Some(ramp) = &self.ramp else { return self.max };
        let day = usize::try_from(i64::from(date) - i64::from(ramp.from)).ok();
        let step = day.and_then(|day| ramp.steps.get(day));
        step.map_or(self.max, |step| self.max.min(*step))
    }
}

/// Reads one limit.
pub(super) fn read(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Limit> {
    let fields = object(value, at, LimitDocument::FIELDS, problems)?;
    let max = required(fields, "max", at, problems)
        .and_then(|value| number(value, &at.field("max"), (1, MAX_SENDS), problems));
    let per = read_per(fields, at, problems);
    let enforce = fields.get("enforce");
    let is_goal = enforce.map(|value| choice(value, &at.field("enforce"), &ENFORCE, problems));
    let counts = fields.get("counts");
    let counts = counts.map(|value| choice(value, &at.field("counts"), &Origin::NAMES, problems));
    let ramp = fields.get("ramp").map(|value| read_ramp(value, &at.field("ramp"), problems));
    Some(Limit {
        max: max?,
        per: per?,
        is_goal: is_goal.flatten().unwrap_or(false),
        counts: counts.flatten(),
        ramp: ramp.flatten(),
    })
}

fn read_per(fields: &Map<String, Value>, at: &Path<'_>, problems: &mut Problems) -> Option<Per> {
    match (fields.get("rolling"), fields.get("calendar")) {
        (Some(rolling), None) => {
            duration::read(rolling, &at.field("rolling"), problems).map(Per::Rolling)
        }
        (None, Some(calendar)) => choice(calendar, &at.field("calendar"), &PERIODS, problems),
        (rolling, _) => {
            let message = "a limit is over a `rolling` duration such as `24h`, or over a \
                           `calendar` day, week or month; write one of the two"
                .to_owned();
            problems.report(at, if rolling.is_some() { "conflict" } else { "missing" }, message);
            None
        }
    }
}

fn read_ramp(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Ramp> {
    let fields = object(value, at, RampDocument::FIELDS, problems)?;
    let from = required(fields, "from", at, problems).and_then(|value| {
        let at = at.field("from");
        let written = text(value, &at, problems)?;
        let date = civil::parse_date(written);
        date.map_err(|why| {
            unreadable(why, written, "a date such as `2026-11-23`", &at, problems);
        })
        .ok()
    });
    let at_steps = at.field("steps");
    let steps = required(fields, "steps", at, problems)
        .and_then(|value| list(value, &at_steps, MAX_STEPS, problems))?;
    let steps = steps
        .iter()
        .enumerate()
        .map(|(index, step)| number(step, &at_steps.item(index), (1, MAX_SENDS), problems));
    let steps: Vec<_> = steps.collect();
    Some(Ramp { from: from?, steps: steps.into_iter().collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn limit(document: &Value) -> Limit {
        read(document, &Path::Root, &mut Problems::default()).unwrap()
    }

    #[test]
    fn a_ramp_caps_one_local_day_after_the_other() {
        let limit = limit(&json!({
            "max": 50, "calendar": "day", "ramp": { "from": "2026-11-23", "steps": [20, 40, 80] },
        }));
        let first = civil::parse_date("2026-11-23").unwrap();
        let caps: Vec<_> = (first - 1..first + 4).map(|date| limit.max_on(date)).collect();
        assert_eq!(caps, [50, 20, 40, 50, 50]);
    }

    #[test]
    fn a_limit_is_either_rolling_or_of_the_calendar() {
        for document in [
            json!({ "max": 1 }),
            json!({ "max": 1, "rolling": "1h", "calendar": "day" }),
            json!({ "max": 1, "calendar": "year" }),
            json!({ "max": 1_000_000_001, "calendar": "day" }),
            json!({ "max": 1, "calendar": "day", "ramp": { "from": "2026-11-23", "steps": [0] } }),
        ] {
            let mut problems = Problems::default();
            let _ = read(&document, &Path::Root, &mut problems);
            assert_eq!(problems.unless_any(Some(())).unwrap_err().len(), 1, "{document}");
        }
    }

    #[test]
    fn only_the_counted_origin_counts() {
        let limit = limit(&json!({ "max": 1, "rolling": "24h", "counts": "queued" }));
        assert!(limit.counts(Origin::Queued) && !limit.counts(Origin::Manual));
    }
}
