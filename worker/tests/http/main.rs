//! The HTTP API over SQLite with the real migrations, in this process.

mod api;
mod basics;
mod senders;
