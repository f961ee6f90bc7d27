//! A second reading of the rules, to hold the engine against.
//!
//! [`evaluator`] answers the same JSON requests as the engine, minute by minute and without a
//! clever thought; [`generator`] makes random requests that are biased to trouble; [`shrink`]
//! makes a failing one small enough to read. Nothing here depends on the engine.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a document that cannot be read is a broken test"
)]

pub mod evaluator;
pub mod generator;
pub mod shrink;
