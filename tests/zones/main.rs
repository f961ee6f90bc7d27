//! The zone data and its functions: against Python's `zoneinfo`, against known dates, and as laws.

mod agreement;
mod known;
mod laws;
mod transcript;
