//! When will each message go?

mod answer;

pub use answer::{DayCount, LanePlan, Plan, PlannedRun, Wait, Warning, plan_times};

use crate::decide::Layer;
use crate::time::Instant;

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
}

/// Which of the lanes that could go at the same instant goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// The first listed.
    #[default]
    InTurn,
    /// The one with the fewest sent in this plan, then the first listed.
    Fair,
}

/// What to plan.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// Layers that every send is charged to.
    pub shared: Vec<Layer>,
    /// The lanes, in order.
    pub lanes: Vec<Lane>,
    /// How ties between lanes are settled.
    pub order: Order,
    /// Nothing goes before this instant.
    pub now: Instant,
    /// Plan only what goes before this instant, if given.
    pub until: Option<Instant>,
}

/// Plans each message at the earliest instant at which it is allowed.
#[must_use]
pub fn plan(request: &PlanRequest) -> Plan {
    let _ = request;
    Plan::default()
}
