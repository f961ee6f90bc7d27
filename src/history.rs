//! What was sent before: runs of evenly spaced sends.

use serde::Serialize;

use crate::time::Instant;

/// How a message came to be sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Released by a plan.
    #[default]
    Queued,
    /// Sent one by one through us.
    Single,
    /// Sent by hand elsewhere, and recorded.
    Manual,
}

/// `count` sends from `start` on, `every` milliseconds apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Run {
    /// The first send.
    pub start: Instant,
    /// How many sends.
    pub count: u64,
    /// Milliseconds from one send to the next, not negative; 0 in a run of one.
    pub every: i64,
    /// How they came to be sent.
    pub origin: Origin,
}
