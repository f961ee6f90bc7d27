//! The Worker's three entry points: HTTP requests, the minute cron, and the queue.
//!
//! Wiring only. Each entry point reads the clock once and hands it down as `now`.

pub mod batch;
pub mod callback;
pub mod contacts;
pub mod content;
pub mod dispatch;
pub mod http;
pub mod import;
pub mod inbound;
pub mod jobs;
pub mod model;
pub mod ports;
pub mod presets;
pub mod provider;
pub mod published;
pub mod reasons;
pub mod runtime;
pub mod store;
pub mod tracking;
pub mod zones;

#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod world;
