//! What is wrong with a document, and where.

use serde::Serialize;

/// One thing that is wrong with a document that came from outside.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// Where in the document, such as `layers[0].policy.windows[2].to`; empty for all of it.
    pub path: String,
    /// What kind of problem, for programs: `missing`, `unknown_field`, `out_of_bounds`, ...
    pub code: &'static str,
    /// What is wrong and what to write instead, for people.
    pub message: String,
}
