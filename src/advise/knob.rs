//! What in a policy could be changed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::amount::Writing;
use super::steps::Steps;
use crate::policy::{MAX_SENDS, Per, Policy};
use crate::time::civil::{self, DAY_MS};
use crate::time::{Instant, parse_rfc3339};

/// A rule that can be made looser step by step.
pub(super) struct Knob {
    /// The index of the policy's place in the request.
    pub(super) place: usize,
    /// Where in the policy it is written: in one field, but for windows that move together.
    pub(super) fields: Vec<Field>,
    pub(super) kind: Kind,
    /// What is written there, in the first of the fields.
    pub(super) from: Value,
    pub(super) steps: Steps,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Max(Per),
    Gap,
    Jitter,
    /// The pause of a break.
    Pause,
    /// After how many sends a break of so many milliseconds is due.
    After {
        pause: i64,
    },
    Start,
    End,
    Opening,
    Closing,
}

/// A field of a policy.
#[derive(Clone)]
pub(super) enum Field {
    Top(&'static str),
    Item(&'static str, usize, &'static str),
}

impl Field {
    /// Such as `limits[0].max`.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Top(name) => (*name).to_owned(),
            Self::Item(list, index, name) => format!("{list}[{index}].{name}"),
        }
    }

    fn read<'v>(&self, policy: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Top(name) => policy.get(name),
            Self::Item(list, index, name) => policy.get(list)?.get(index)?.get(name),
        }
    }

    pub(super) fn write(&self, policy: &mut Value, value: &Value) {
        let found = match self {
            Self::Top(name) => policy.get_mut(name),
            Self::Item(list, index, name) => policy
                .get_mut(list)
                .and_then(|list| list.get_mut(index))
                .and_then(|item| item.get_mut(name)),
        };
        if let Some(found) = found {
            *found = value.clone();
        }
    }
}

impl Knob {
    /// The path into the policy, of the first field.
    pub(super) fn name(&self) -> String {
        self.fields.first().map(Field::path).unwrap_or_default()
    }

    /// Whether a looser one never makes a message go later where the rest of the request is so
    /// too. Less jitter can: each draw changes with its bound, and some become longer.
    pub(super) const fn is_orderly(&self) -> bool {
        !matches!(self.kind, Kind::Jitter)
    }
}

/// What there is to do, for a layer.
pub(super) struct Task {
    /// How many sends there are: those of the request, and of the layer's history.
    pub(super) sends: u64,
    pub(super) now: Instant,
    pub(super) finish_by: Instant,
}

/// The knobs of the policy in a place: limits, gap, breaks, end, windows, start.
pub(super) fn knobs_of(place: usize, policy: &Policy, document: &Value, task: &Task) -> Vec<Knob> {
    let Task { sends, now, finish_by } = *task;
    let most = sends.min(MAX_SENDS);
    let mut knobs = Vec::new();
    let mut add = |fields: Vec<Field>, kind, steps| {
        if let Some(from) = fields.first().and_then(|field| field.read(document)) {
            let from = from.clone();
            knobs.push(Knob { place, fields, kind, from, steps });
        }
    };
    for (index, limit) in policy.limits.iter().enumerate().filter(|(_, limit)| !limit.is_goal) {
        let field = Field::Item("limits", index, "max");
        add(vec![field], Kind::Max(limit.per), Steps::More { from: limit.max, most });
    }
    add(vec![Field::Top("gap")], Kind::Gap, Steps::Shorter { from: policy.gap.unwrap_or(0) });
    add(vec![Field::Top("jitter")], Kind::Jitter, Steps::Shorter { from: policy.jitter });
    for (index, rule) in policy.breaks.iter().enumerate() {
        let field = |name| vec![Field::Item("breaks", index, name)];
        add(field("pause"), Kind::Pause, Steps::Shorter { from: rule.pause });
        add(
            field("after"),
            Kind::After { pause: rule.pause },
            Steps::More { from: rule.after, most },
        );
    }
    let writing = |name: &str| {
        let text = document.get(name).and_then(Value::as_str).unwrap_or_default();
        Writing { zone: policy.zone, with_offset: parse_rfc3339(text).is_some() }
    };
    if let Some(end) = policy.ends_at {
        let steps = Steps::end_later(end, now, finish_by, writing("ends_at"));
        add(vec![Field::Top("ends_at")], Kind::End, steps);
    }
    for (kind, fields, steps) in window_knobs(document) {
        add(fields, kind, steps);
    }
    if let Some(start) = policy.starts_at {
        let steps = Steps::start_sooner(start, now, writing("starts_at"));
        add(vec![Field::Top("starts_at")], Kind::Start, steps);
    }
    knobs
}

/// One knob for all windows that open at the same time of day, and one for all that close at the
/// same.
fn window_knobs(document: &Value) -> Vec<(Kind, Vec<Field>, Steps)> {
    let windows = document.get("windows").and_then(Value::as_array);
    // By their edge: the windows and the other edges.
    let (mut openings, mut closings) = (Edges::new(), Edges::new());
    for (index, window) in windows.into_iter().flatten().enumerate() {
        let clock = |name| {
            let text = window.get(name).and_then(Value::as_str)?;
            civil::parse_clock(text).ok()
        };
        let Some((from, to)) = clock("from").zip(clock("to")) else { continue };
        // A window to `00:00` ends where one to `24:00` does. It cannot open at `00:00` though.
        let midnight = if to == 0 { DAY_MS } else { to };
        let (opening, closing) = (openings.entry(from), closings.entry(midnight));
        let (opening, closing) = (opening.or_default(), closing.or_default());
        opening.0.push(Field::Item("windows", index, "from"));
        opening.1.push(to);
        closing.0.push(Field::Item("windows", index, "to"));
        closing.1.push(from);
    }
    let openings = openings.into_iter().map(|(from, (fields, closings))| {
        (Kind::Opening, fields, Steps::open_sooner(from, &closings))
    });
    let closings = closings.into_iter().map(|(from, (fields, openings))| {
        (Kind::Closing, fields, Steps::close_later(from, &openings))
    });
    openings.chain(closings).collect()
}

type Edges = BTreeMap<i64, (Vec<Field>, Vec<i64>)>;
