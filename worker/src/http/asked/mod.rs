//! The shapes of what is asked, for the API's document. Bodies and queries are read by hand
//! (`fields.rs`), to tell every problem at once; a test holds the readers to these shapes.
//!
//! Each closed body has an example, which a test sends.

#![expect(dead_code, reason = "a shape and nothing else")]

pub mod campaigns;
pub mod contacts;
pub mod content;
pub mod conversations;
pub mod engine;
pub mod people;
pub mod resends;
pub mod senders;
pub mod teams;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// An instant: whole milliseconds since 1970, or an RFC 3339 text with an offset.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(untagged))]
pub enum InstantAsked {
    /// Milliseconds since 1970-01-01T00:00Z.
    Number(
        #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 7_258_118_400_000_i64)))] i64,
    ),
    /// Such as `2026-11-24T09:00:00-05:00`.
    Text(String),
}

/// Which part of a list is asked for.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct Paged {
    /// How many items a page has, at most; 50 unless told.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 200)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The version that was looked at. With one, the request is carried out only while nobody has
/// changed anything since.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = json(r#"{ "version": 1 }"#))
)]
pub struct LookedAt {
    /// `version`, as it was shown.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// There is nothing to say.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = json("{}"))
)]
pub struct Nothing {}

/// An example as it is sent.
#[cfg(feature = "schema")]
#[expect(clippy::expect_used, reason = "examples are constants, and a test reads each")]
pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("an example is JSON")
}
