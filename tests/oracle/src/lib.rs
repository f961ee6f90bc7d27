//! A second reading of the rules, to hold the engine against.
//!
//! [`evaluator`] answers the same JSON requests as the engine, slowly and without a clever thought;
//! [`generator`] makes random requests that are biased to trouble; [`shrink`] makes a failing one
//! small enough to read. Nothing here depends on the engine, and zones come from `jiff` with the
//! database that it carries, never from the host.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a document that cannot be read is a broken test"
)]

pub mod evaluator;
pub mod generator;
mod layer;
pub mod read;
pub mod shrink;
mod splitmix;

/// Milliseconds since 1970-01-01T00:00Z, or between two instants.
pub type Ms = i64;

const SECOND: Ms = 1_000;
/// A quarter of an hour: no offset of a zone is finer, and no change of one.
const QUARTER: Ms = 15 * 60 * SECOND;
const DAY: Ms = 24 * 60 * 60 * SECOND;
