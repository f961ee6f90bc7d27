//! The shapes of answers that are documents already: made by the jobs, or kept as they were sent.

#![expect(dead_code, reason = "a shape and nothing else")]

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use tidegate::{Instant, Plan};

use super::asked::engine::{PlannedLanes, Policy};

/// A sender's rules.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SenderPolicy {
    /// The rules.
    policy: Policy,
    /// The sender's version that they are of.
    version: i64,
}

/// A plan request with everything that a sender still has to send.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Outlook {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    lanes: PlannedLanes,
    /// From when on it is to be planned.
    now: Instant,
    /// When a campaign starts that is scheduled right now.
    starts_at: Instant,
}

/// The plan of everything on a campaign's sender.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Preview {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    plan: Plan,
    /// When the campaign starts.
    starts_at: Instant,
    /// The name of the campaign's lane.
    lane: String,
    /// Which of the lanes that is.
    lane_index: usize,
    /// Whose lanes the campaign's are, where its people have zones.
    zones: Vec<ZoneOfLane>,
    /// Runs that are counted, and not listed.
    runs_left_out: usize,
    /// Pauses that are counted, and not listed.
    waits_left_out: usize,
}

/// A lane of people who share a zone.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ZoneOfLane {
    /// The lane's index.
    lane: usize,
    /// Their zone; null for people without one.
    time_zone: Option<String>,
}

/// What a campaign waits for.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Waiting {
    /// Until when; null where the rules will never let it go.
    until: Option<Instant>,
    /// What holds it back.
    because: Vec<WaitingReason>,
}

/// One thing that holds a message back.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WaitingReason {
    /// The name of the layer: `sender`, `campaign`, `provider`, ...
    layer: String,
    /// The path into the layer's policy, such as `limits[0]`.
    gate: String,
    /// As in `ReasonCode`, or `provider_hold`: the provider asked to be left alone.
    code: String,
    /// When this alone opens; none when it does not.
    until: Option<Instant>,
    /// The reason, for people.
    text: String,
}

/// What a message says.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Content {
    /// The text, with `{{ name }}` where a field goes.
    text: String,
}
