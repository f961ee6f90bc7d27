//! The answer to a plan request. Its size follows the number of runs, not of messages.

use std::sync::Arc;

use serde::Serialize;

use super::Warning;
use crate::gate::GatePath;
use crate::history::Run;
use crate::reason::Code;
use crate::time::Instant;

/// When each message goes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// How many messages have their instant.
    pub planned: u64,
    /// How many do not.
    pub unplanned: u64,
    /// When the first goes.
    pub first: Option<Instant>,
    /// When the last goes.
    pub last: Option<Instant>,
    /// The same for each lane, in the order of the request.
    pub lanes: Vec<LanePlan>,
    /// The same for each group, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub groups: Vec<GroupPlan>,
    /// The sends, by start and then by lane. Runs of different lanes may interleave.
    pub runs: Vec<PlannedRun>,
    /// Each local day with sends, in the zone of the request's first layer.
    pub days: Vec<DayCount>,
    /// The pauses, in order.
    pub waits: Vec<Wait>,
    /// What the reader should know before launch.
    pub warnings: Vec<Warning>,
    /// How many runs and pauses there are in all, if the request asked for the detail of a stretch
    /// alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_all: Option<Extent>,
}

/// How long a plan is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extent {
    /// How many runs it has.
    pub runs: usize,
    /// How many pauses it has, 100,000 at the most.
    pub waits: usize,
}

/// What one lane gets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LanePlan {
    /// The lane's name.
    pub name: String,
    /// How many of its messages have their instant.
    pub planned: u64,
    /// How many do not.
    pub unplanned: u64,
    /// When its first goes.
    pub first: Option<Instant>,
    /// When its last goes.
    pub last: Option<Instant>,
    /// When planning stopped at the request's `until`: the earliest instant at which the lane's
    /// next message could go, if no other lane went before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Instant"))]
    pub next: Option<Instant>,
}

/// What the lanes of a group get together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupPlan {
    /// The group's name.
    pub name: String,
    /// How many of its messages have their instant.
    pub planned: u64,
    /// How many do not.
    pub unplanned: u64,
    /// When its first goes.
    pub first: Option<Instant>,
    /// When its last goes.
    pub last: Option<Instant>,
}

/// A run and the lane whose messages it sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedRun {
    /// The lane's index in the request.
    pub lane: usize,
    /// The sends.
    #[serde(flatten)]
    pub run: Run,
}

/// What goes on one local day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DayCount {
    /// The local date, `YYYY-MM-DD`.
    pub date: String,
    /// How many messages.
    pub count: u64,
    /// When the day's first goes.
    pub first: Instant,
    /// When the day's last goes.
    pub last: Instant,
}

/// A pause between two sends, or before the first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wait {
    /// The send before, or the request's `now`.
    pub from: Instant,
    /// The send after.
    pub to: Instant,
    /// The index of the lane that sends after the pause.
    pub lane: usize,
    /// The layer of the gate that was the last to open.
    pub layer: Arc<str>,
    /// That gate.
    pub gate: GatePath,
    /// Why it was closed.
    pub code: Code,
}
