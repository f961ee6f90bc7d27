//! The HTTP API over SQLite with the real migrations, in this process.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what cannot be here means that the test is wrong"
)]

mod api;
mod attachments;
mod audiences;
mod basics;
mod calendars;
mod campaigns;
mod contact_imports;
mod contacts;
mod contract;
mod conversations;
mod dead_letters;
mod document;
mod doubts;
mod erasures;
mod examples;
mod goals;
mod idempotency;
mod inbound;
mod lists;
mod marks;
mod members;
mod messages;
mod opt_outs;
mod pace;
mod people_limits;
mod period_reports;
mod person_hours;
mod previews;
mod reasons;
mod receipts;
mod recipients;
mod recordings;
mod reports;
mod resends;
mod routes;
mod senders;
mod singles;
mod spellings;
mod teams;
mod tracking;
mod words;
mod zones;
