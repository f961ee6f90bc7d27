//! The HTTP API over SQLite with the real migrations, in this process.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what cannot be here means that the test is wrong"
)]

mod api;
mod basics;
mod calendars;
mod campaigns;
mod contract;
mod dead_letters;
mod document;
mod doubts;
mod examples;
mod idempotency;
mod marks;
mod messages;
mod opt_outs;
mod pace;
mod reasons;
mod receipts;
mod recipients;
mod recordings;
mod reports;
mod senders;
mod singles;
