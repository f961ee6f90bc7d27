//! The rules of one layer, valid by construction.

use serde_json::Value;

use crate::problem::Problem;
use crate::zone::Zone;

/// The rules of one layer. One that exists is valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    zone: Zone,
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// Every problem of the document at once.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let _ = document;
        Ok(Self { zone: Zone::UTC })
    }

    /// The zone in which the policy's clocks and dates are read.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }
}
