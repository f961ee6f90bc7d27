//! When will each message go?
//!
//! ```
//! use serde_json::json;
//! use tidegate::{plan, request};
//!
//! let request = request::parse_plan(&json!({
//!     "layers": [{ "name": "sender", "policy": {
//!         "time_zone": "Europe/Paris",
//!         "windows": [{ "from": "09:00", "to": "09:01" }],
//!         "gap": "20s",
//!     }}],
//!     "now": "2026-11-23T08:00:00+01:00",
//!     "count": 5,
//! }));
//! let plan = plan(&request.unwrap());
//! // Three on Monday from 09:00, two on Tuesday.
//! let runs: Vec<_> = plan.runs.iter().map(|planned| (planned.run.count, planned.run.every)).collect();
//! assert_eq!(runs, [(3, 20_000), (2, 20_000)]);
//! assert_eq!(plan.days[1].date, "2026-11-24");
//! ```
//!
//! Each message goes at the earliest instant, at or after the one before, at which every gate is
//! open, and counts from then on. Messages are planned by rows rather than one by one: see
//! [`gate`](crate::gate) for why that is the same.

mod answer;
mod days;
mod lanes;
mod nth;
mod step;
mod tally;
#[cfg(test)]
mod tests;
mod times;
mod warning;

pub use answer::{DayCount, Extent, GroupPlan, LanePlan, Plan, PlannedRun, Wait};
pub use lanes::plan;
pub(crate) use lanes::plan_within;
#[cfg(test)]
pub(crate) use nth::first_runs;
pub(crate) use nth::{Nth, nth};
pub use tally::MAX_WAITS;
pub use times::plan_times;
pub use warning::Warning;

use crate::layer::Layer;
use crate::time::Instant;
use crate::zone::Span;

/// How many runs a plan may have. What does not fit is left unplanned, with a warning.
pub const MAX_RUNS: usize = 1_000_000;

/// How many lanes a plan may look at to find those whose turn it is, each time counted. What does
/// not fit is left unplanned, with a warning. Lanes that take turns message by message look at all
/// of them at each question: so many are a million messages in 25 lanes, or 25,000 in 1,000. Where
/// a lane has 64 gates to ask, each 64 of them count as one lane more.
pub const MAX_LOOKS: usize = 50_000_000;

/// A number of messages with rules of their own, beside the shared ones.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Named in the answer.
    pub name: String,
    /// The lane's own layers.
    pub layers: Vec<Layer>,
    /// How many messages are to go.
    pub count: u64,
    /// What jitter is drawn from, together with a message's ordinal.
    pub seed: u64,
    /// The ordinal of the lane's first message in this plan: how many of the lane's messages
    /// were planned before. 0 for a plan of the whole lane.
    pub first_ordinal: u64,
    /// How many messages [`Order::Fair`] holds against the lane from the start, so that a plan
    /// that is made piece by piece shares as one made whole. 0 for a plan of the whole lane.
    pub sent_before: u64,
    /// The index of the lane's group, if it is in one.
    pub group: Option<usize>,
}

/// Lanes with layers in common, beside the shared ones: a campaign's people in several zones.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Named in the answer.
    pub name: String,
    /// Layers that every send of the group's lanes is charged to.
    pub layers: Vec<Layer>,
    /// How many messages [`Order::Fair`] holds against the group from the start, beside those that
    /// it holds against its lanes.
    pub sent_before: u64,
}

/// Which of the lanes that could go at the same instant goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// The first listed.
    #[default]
    InTurn,
    /// The one with the fewest sent so far, `sent_before` included, then the first listed. The
    /// lanes of a group count as one.
    Fair,
}

/// What to plan.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// Layers that every send is charged to.
    pub shared: Vec<Layer>,
    /// Layers that some of the lanes have in common.
    pub groups: Vec<Group>,
    /// The lanes, in order.
    pub lanes: Vec<Lane>,
    /// How ties between lanes are settled.
    pub order: Order,
    /// Nothing goes before this instant.
    pub now: Instant,
    /// Plan only what goes before this instant, if given.
    pub until: Option<Instant>,
    /// List runs and pauses only where they touch this span, if given.
    pub detail: Option<Span>,
}

impl PlanRequest {
    /// Every layer, in the order of the request: shared, of the groups, of the lanes.
    pub(crate) fn all_layers(&self) -> impl Iterator<Item = &Layer> {
        let groups = self.groups.iter().flat_map(|group| &group.layers);
        self.shared.iter().chain(groups).chain(self.lanes.iter().flat_map(|lane| &lane.layers))
    }
}
