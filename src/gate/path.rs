//! Where in a policy a gate is written.

use std::fmt;

use serde::{Serialize, Serializer};

/// The path of a gate into its policy, such as `limits[0]`. That is how it is displayed, and how
/// it serialises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatePath {
    field: &'static str,
    /// No list of a policy is longer.
    index: Option<u16>,
}

impl GatePath {
    pub(super) const fn field(field: &'static str) -> Self {
        Self { field, index: None }
    }

    pub(super) fn item(field: &'static str, index: usize) -> Self {
        Self { field, index: u16::try_from(index).ok() }
    }
}

impl fmt::Display for GatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}[{index}]", self.field),
            None => f.write_str(self.field),
        }
    }
}

impl Serialize for GatePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
