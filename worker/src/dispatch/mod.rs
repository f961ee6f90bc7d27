//! What to do next, as plain functions of state and event.
//!
//! No database, no HTTP, no clock and no randomness in here: `now` is an argument, and the drivers
//! in [`crate::jobs`] load the state and carry out the answer. [`rules`] makes the plan request
//! that the preview and the tick share, [`ledger`] keeps what was charged, [`ahead`] puts singles before
//! it, [`tick`] makes a [`commit`] of runs, [`part`] is the people of a campaign who share a zone,
//! [`team`] what a team asks of all its senders, [`person`] how often one person is written to,
//! [`slices`] cuts runs up, [`hand_over`] walks a slice of them, [`slower`] finds the pace of a sender
//! that falls behind its own, [`late`] says what is too late to go, [`look_up`] when a
//! provider is asked about a message, [`receipt`] says what news make of one; [`promise`] keeps what
//! was planned, and [`pace`] holds what was sent against it.

pub mod ahead;
pub mod charges;
pub mod commit;
mod cursors;
mod endings;
pub mod hand_over;
pub mod lanes;
pub mod late;
pub mod ledger;
pub mod look_up;
pub mod pace;
pub mod part;
pub mod person;
pub mod promise;
pub mod receipt;
mod release;
pub mod rules;
pub mod settlement;
pub mod slices;
pub mod slower;
pub mod supply;
pub mod team;
pub mod tick;
