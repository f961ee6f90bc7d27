//! An answer that the engine gives as a result, and its bindings as a document.

use schemars::JsonSchema;

use crate::status::{CampaignStatus, CampaignTrigger, MessageStatus, MessageTrigger};

/// The new status, or why it stays as it is and which triggers are legal instead.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(super) enum Transition {
    Changed { status: Status },
    Refused { why: String, legal: Vec<Trigger> },
}

/// A status of either machine.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(crate) enum Status {
    Campaign(CampaignStatus),
    Message(MessageStatus),
}

/// A trigger of either machine.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(super) enum Trigger {
    Campaign(CampaignTrigger),
    Message(MessageTrigger),
}
