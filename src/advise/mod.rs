//! What would have to change so that everyone is reached in time?
//!
//! ```
//! use serde_json::json;
//!
//! let advice = tidegate::advise(&json!({
//!     "layers": [{ "name": "sender", "policy": {
//!         "windows": [{ "from": "09:00", "to": "17:00" }],
//!         "limits": [{ "max": 200, "calendar": "day" }],
//!         "gap": "1m",
//!     }}],
//!     "now": "2026-11-23T09:00:00Z",
//!     "count": 1_000,
//!     "finish_by": "2026-11-26T17:00:00Z",
//! })).unwrap();
//!
//! // A fifth day would be needed. A longer day or a shorter gap alone do not help.
//! assert!(!advice.enough);
//! assert_eq!(advice.advice.len(), 1);
//! let change = &advice.advice[0];
//! assert_eq!((change.paths[0].as_str(), &change.to), ("layers[0].policy.limits[0].max", &json!(250)));
//! assert_eq!(change.text, "250 a day instead of 200 would finish at Thu 26 Nov 13:09");
//! ```
//!
//! One knob is turned at a time, away from its value by one step after the other: a limit's `max`
//! and a break's `after` up by one, to the number of all sends; `gap`, `jitter` and a break's
//! `pause` down by whole minutes to an hour, by whole seconds to one second, and then by
//! milliseconds; `ends_at` and the closing of windows later, `starts_at` and the opening of
//! windows earlier by whole minutes. The windows of a layer that open at the same time of day move
//! together, and so do those that close together; one that does not cross midnight is not made
//! to. `starts_at` moves down to `now`. Goals hold nothing, so they are no knobs, and neither are
//! blocked times.
//!
//! Each change is planned with before it is suggested, and so is the change one step less, which
//! is not enough. For one lane without breaks a looser rule never finishes later, so that the
//! change is the smallest there is. A break can turn that round, and so can another lane on the
//! same sender. There the first [`ONE_BY_ONE`] steps are still tried one by one, but a larger
//! change may have a smaller one beside it that was not tried.

mod amount;
mod knob;
mod request;
mod search;
mod steps;
mod text;
mod trial;

use serde::Serialize;
use serde_json::Value;

use crate::problem::Problem;
use crate::time::Instant;
use knob::Knob;
use request::AdviseRequest;
#[cfg(feature = "schema")]
pub(crate) use request::AdviseSpan;
use trial::{Exhausted, Trial};

/// How many knobs are tried, in the order of the request.
pub const MAX_KNOBS: usize = 64;
/// How many steps of a knob are tried one by one. From there on the distance is doubled, and then
/// halved.
pub const ONE_BY_ONE: u64 = 8;

/// What would be enough, and what would not.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Advice {
    /// When the last message goes as things are; none when some are left out.
    pub finishes: Option<Instant>,
    /// Whether all go by `finish_by` as things are. Then nothing is advised.
    pub enough: bool,
    /// The changes each of which is enough by itself, the smallest first: that which changes its
    /// knob by the smallest share of what it was. For a window that is its length, for a start or
    /// an end the time from `now` to it.
    pub advice: Vec<Change>,
    /// The knobs that cannot do it alone.
    pub none: Vec<NoChange>,
    /// How many knobs were not tried: because there are too many ([`MAX_KNOBS`]), or because the
    /// plans became too long.
    pub untried: usize,
}

/// A change that is enough by itself.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// The path into the layer's policy, such as `limits[0].max`; the first of several.
    pub knob: String,
    /// The layer's name.
    pub layer: String,
    /// Where `to` has to be written in the request, such as `shared[0].policy.limits[0].max`.
    /// Several for windows that open or close together.
    pub paths: Vec<String>,
    /// What is written there now, in the first of them.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::kind::Setting"))]
    pub from: Value,
    /// What to write instead.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::kind::Setting"))]
    pub to: Value,
    /// The change and what it does, for people.
    pub text: String,
    /// When the last message goes with it.
    pub finishes: Instant,
}

/// A knob that cannot do it alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoChange {
    /// The path into the layer's policy, such as `limits[0].max`; the first of several.
    pub knob: String,
    /// The layer's name.
    pub layer: String,
    /// Where it is written in the request. Several for windows that open or close together.
    pub paths: Vec<String>,
    /// Why not, for people.
    pub why: String,
}

/// Finds for each knob of a plan request the smallest change that makes the last message go at
/// `finish_by` or before: `{ ...plan request, "finish_by" }`, without `until`.
///
/// For a knob at most 65 plans are made, and each ends at `finish_by`.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn advise(document: &Value) -> Result<Advice, Vec<Problem>> {
    Ok(advise_within(request::parse(document)?, trial::MAX_COST))
}

/// The advice as far as the plans cost no more than that.
fn advise_within(asked: AdviseRequest, budget: usize) -> Advice {
    let mut trial = Trial::new(asked, budget);
    let as_it_is = trial.as_it_is();
    let enough = as_it_is.left == 0 && as_it_is.last.is_none_or(|last| last <= trial.finish_by());
    let finishes = as_it_is.last.filter(|_| as_it_is.left == 0);
    let mut advice = Advice { finishes, enough, advice: Vec::new(), none: Vec::new(), untried: 0 };
    if enough {
        return advice;
    }
    let knobs = trial.knobs();
    advice.untried = knobs.len().saturating_sub(MAX_KNOBS);
    let mut changes = Vec::new();
    for knob in knobs.iter().take(MAX_KNOBS) {
        match turn(&mut trial, knob) {
            Ok(Turned::Enough(change, share)) => changes.push((share, change)),
            Ok(Turned::NotEnough(knob)) => advice.none.push(knob),
            Err(Exhausted) => advice.untried += 1,
        }
    }
    changes.sort_by_key(|(share, _)| *share);
    advice.advice = changes.into_iter().map(|(_, change)| change).collect();
    advice
}

/// What turning one knob can do.
enum Turned {
    /// The change, and the share of the knob that it is.
    Enough(Change, u64),
    NotEnough(NoChange),
}

fn turn(trial: &mut Trial, knob: &Knob) -> Result<Turned, Exhausted> {
    let mut left = 0;
    let mut finishes = None;
    let is_orderly = trial.is_orderly() && knob.is_orderly();
    let step = search::smallest(knob.steps.count(), is_orderly, |step| {
        let tried = trial.with(knob, &knob.steps.amount(step).written())?;
        left = tried.left;
        if left == 0 {
            finishes = tried.last;
        }
        Ok(left == 0)
    })?;
    let layer = trial.layer(knob.place).map(|layer| layer.name.clone()).unwrap_or_default();
    let (name, paths) = (knob.name(), trial.paths(knob));
    let Some((step, finishes)) = step.zip(finishes) else {
        let why = text::no_change(trial, knob, left);
        return Ok(Turned::NotEnough(NoChange { knob: name, layer, paths, why }));
    };
    let text = text::change(trial, knob, step, finishes);
    let (from, to) = (knob.from.clone(), knob.steps.amount(step).written());
    let change = Change { knob: name, layer, paths, from, to, text, finishes };
    Ok(Turned::Enough(change, knob.steps.share(step)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn knobs_that_cost_too_much_are_left_untried() {
        let document = json!({
            "layers": [{ "policy": { "gap": "10s", "limits": [{ "max": 50, "rolling": "1h" }] } }],
            "now": "2026-11-23T09:00:00Z", "count": 100, "finish_by": "2026-11-23T09:20:00Z",
        });
        let advise = |budget| {
            let Ok(asked) = request::parse(&document) else { panic!() };
            let advice = advise_within(asked, budget);
            (advice.advice.len(), advice.none.len(), advice.untried)
        };
        assert_eq!(advise(trial::MAX_COST), (1, 1, 0));
        assert_eq!(advise(1), (0, 0, 2));
        let counts: Vec<_> = (0..200).map(advise).collect();
        assert!(counts.is_sorted_by_key(|(_, _, untried)| std::cmp::Reverse(*untried)));
        assert!(counts.contains(&(1, 0, 1)));
    }

    #[test]
    fn plans_in_which_nothing_goes_cost_what_they_ask() {
        let now = 1_795_424_400_000_i64;
        // Each layer closes 20,000 times, and to loosen one of them leaves the other closed.
        let layer = json!({
            "policy": { "limits": [{ "max": 1, "rolling": "1ms" }] },
            "history": [{ "start": now, "count": 20_000, "every": 1 }],
        });
        let document = json!({
            "layers": [layer, layer], "now": now, "count": 1, "finish_by": now + 10_000,
        });
        let advise = |budget| {
            let Ok(asked) = request::parse(&document) else { panic!() };
            let advice = advise_within(asked, budget);
            (advice.advice.len(), advice.none.len(), advice.untried)
        };
        assert_eq!(advise(trial::MAX_COST), (0, 2, 0));
        // A plan asks two gates and looks at a lane 20,000 times: the first knob has one plan.
        assert_eq!(advise(2_500), (0, 1, 1));
        assert_eq!(advise(1_000), (0, 0, 2));
    }
}
