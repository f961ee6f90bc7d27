//! The zone data and its functions: against Python's `zoneinfo`, on known dates, and as laws.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read its own texts has to fail"
)]

mod agreement;
mod bounds;
mod clocks;
mod dates;
mod laws;
mod texts;
mod transcript;
