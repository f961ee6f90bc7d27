//! What may be asked of a campaign that is sent again.

use super::InstantAsked;
#[cfg(feature = "schema")]
use super::json as example;
use super::people::ContentAsked;
use crate::store::resends::Whom;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// A campaign that is to send another one again.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "to": "failed",
        "reasons": ["unreachable"],
        "name": "Term dates, once more",
        "at": "2026-11-30T09:00:00-05:00"
    }"#))
)]
pub struct NewResend {
    /// Whom of the other.
    to: Whom,
    /// Of those who failed or were left out only these, by the codes of `/reasons`. Unless told, all
    /// of them, save those who failed because of their address or because they want nothing.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 40)))]
    reasons: Option<Vec<String>>,
    /// Through which sender, of another channel too; the same unless told. Only to `someone_else`:
    /// whom the other went to has an address of its channel.
    sender_id: Option<String>,
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: Option<String>,
    /// What it says; the same as the other unless told.
    content: Option<ContentAsked>,
    /// When it starts by itself, at least five minutes ahead; unless told it waits to be scheduled.
    at: Option<InstantAsked>,
}

/// Whom a campaign would be sent again to.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "to": "failed", "reasons": ["unreachable"] }"#))
)]
pub struct ResendCounted {
    /// Whom of it.
    to: Whom,
    /// Of those who failed or were left out only these.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 40)))]
    reasons: Option<Vec<String>>,
}
