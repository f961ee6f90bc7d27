//! May a message go now, and if not, why and when?

use serde::Serialize;

use crate::history::Run;
use crate::policy::Policy;
use crate::reason::Reason;
use crate::time::Instant;

/// A policy and the sends that it counts.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Named in reasons.
    pub name: String,
    /// The rules.
    pub policy: Policy,
    /// What was sent before, in any order.
    pub history: Vec<Run>,
}

/// The answer to "may a message go now?".
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// Every gate is open.
    Send,
    /// Not yet.
    Wait {
        /// The earliest instant at which all gates are open at once, with the history as it is.
        until: Instant,
        /// Each gate that is closed now.
        because: Vec<Reason>,
    },
    /// Not within the horizon of 731 days.
    Never {
        /// `ended` or `no_opening`, then each other gate that is closed now.
        because: Vec<Reason>,
    },
}

/// Decides whether a message may go at `now`.
#[must_use]
pub fn decide(layers: &[Layer], now: Instant) -> Decision {
    let _ = (layers, now);
    Decision::Send
}
