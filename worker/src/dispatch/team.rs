//! What a team asks of all its senders: hours in which they send, and hours in which people are
//! written to, each on their own clock.

use serde_json::Value;
use tidegate::Policy;

use super::part::Hours;

/// The name of the layer that holds a team's hours.
pub const TEAM_LAYER: &str = "team";

/// The name of the layer that holds the hours in which a team writes to people.
pub const PERSON_LAYER: &str = "person";

/// A team, as the dispatcher sees it.
#[derive(Clone, Debug, Default)]
pub struct Team {
    /// The hours of all its senders; none where it has none of its own.
    pub rules: Option<Rules>,
    /// The hours of each person; none where they are the campaign's affair.
    pub hours: Option<Hours>,
    /// Whether it limits how often a person is written to.
    pub has_limits: bool,
}

/// A policy and the document it was parsed from.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The policy.
    pub policy: Policy,
    /// The document.
    pub document: Value,
}
