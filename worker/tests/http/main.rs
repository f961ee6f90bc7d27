//! The HTTP API over SQLite with the real migrations, in this process.

mod api;
mod basics;
mod campaigns;
mod messages;
mod opt_outs;
mod receipts;
mod recipients;
mod senders;
#[expect(dead_code, reason = "the tests of the dispatch use more of it")]
#[path = "../world/mod.rs"]
mod world;
