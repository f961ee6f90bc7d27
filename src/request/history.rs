//! What was sent before, as a document: runs, or bare instants.

use serde_json::Value;

use super::{MAX_COUNT, MAX_CUT_RUNS, MAX_HISTORY, MAX_PIECES, required_instant};
use crate::document::{choice, instant, list, number, object};
use crate::history::{Cuts, Origin, Run, in_order};
use crate::problem::{Path, Problems};
use crate::shape::document;

/// Longer than all covered instants together.
const MAX_EVERY: u64 = 10_000_000_000_000;

document! {
    /// `count` sends from `start` on, `every` milliseconds apart, which may overlap others.
    pub(crate) struct HistoryRun {
        /// The first send.
        start: InstantInput,
        /// 1 if left out.
        count?: Whole<1, MAX_COUNT>,
        /// Milliseconds from one send to the next; may be left out in a run of one.
        every?: Whole<0, MAX_EVERY>,
        /// `queued` if left out.
        origin?: Origin,
        /// Allowed so that a plan's runs can be given back, and ignored.
        lane?: Whole<0, { u64::MAX }>,
    }
}

/// Reads a layer's history. `cuts` is what the histories of a request have between them.
pub(super) fn runs(
    value: &Value,
    at: &Path<'_>,
    cuts: &mut Cuts,
    problems: &mut Problems,
) -> Vec<Run> {
    let items = list(value, at, MAX_HISTORY, problems).unwrap_or_default().iter().enumerate();
    let runs: Vec<_> =
        items.filter_map(|(index, item)| run(item, &at.item(index), problems)).collect();
    in_order(&runs, cuts).unwrap_or_else(|| {
        let message = format!(
            "up to here the overlapping runs of the histories fall into more than {MAX_PIECES} \
             pieces, or are cut into more than {MAX_CUT_RUNS} runs besides; leave out those that \
             no limit reaches back to"
        );
        problems.report(at, "too_many", message);
        Vec::new()
    })
}

/// Reads a run, or a bare instant. The `lane` of a planned run is allowed, and means nothing here.
fn run(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Run> {
    if !value.is_object() {
        return instant(value, at, problems).map(|start| Run::one(start, Origin::Queued));
    }
    let fields = object(value, at, HistoryRun::FIELDS, problems)?;
    let start = required_instant(fields, "start", at, problems);
    let count = match fields.get("count") {
        Some(value) => number(value, &at.field("count"), (1, MAX_COUNT), problems),
        None => Some(1),
    };
    let every = match fields.get("every") {
        Some(value) => number(value, &at.field("every"), (0, MAX_EVERY), problems),
        None if count.is_some_and(|count| count > 1) => {
            let message = "`every` is missing; add the milliseconds between two sends".to_owned();
            problems.report(&at.field("every"), "missing", message);
            None
        }
        None => Some(0),
    };
    let origin = match fields.get("origin") {
        Some(value) => choice(value, &at.field("origin"), &Origin::NAMES, problems),
        None => Some(Origin::Queued),
    };
    let every = i64::try_from(every?).ok()?;
    let run = Run { start: start?, count: count?, every, origin: origin? };
    if !run.last().is_covered() {
        let message = "the run lasts beyond 2199; write a smaller `count` or `every`".to_owned();
        problems.report(at, "out_of_bounds", message);
        return None;
    }
    Some(run)
}
