//! The documents in which questions come: JSON in, typed requests or every problem out.

use serde_json::Value;

use crate::decide::Layer;
use crate::plan::PlanRequest;
use crate::problem::Problem;
use crate::time::Instant;

/// What to decide.
#[derive(Clone, Debug)]
pub struct DecideRequest {
    /// The layers, each of which must allow the message.
    pub layers: Vec<Layer>,
    /// The instant asked about.
    pub now: Instant,
}

/// Reads a `{ layers, now }` document.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn parse_decide(document: &Value) -> Result<DecideRequest, Vec<Problem>> {
    let _ = document;
    Err(Vec::new())
}

/// Reads a `{ layers, now, count }` or `{ shared, lanes, order, now }` document.
///
/// # Errors
///
/// Every problem of the document at once.
pub fn parse_plan(document: &Value) -> Result<PlanRequest, Vec<Problem>> {
    let _ = document;
    Err(Vec::new())
}
