//! An answer that the engine gives as a result, and its bindings as a document.

use schemars::JsonSchema;

use crate::status::{CampaignStatus, CampaignTrigger, MessageStatus, MessageTrigger};

/// The new status, or why it stays as it is and which triggers are legal instead.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(super) enum Transition {
    Changed {
        status: Status,
    },
    Refused {
        /// The reason, for people.
        why: String,
        /// The triggers that are legal instead.
        legal: Vec<Trigger>,
    },
}

// What is written out where it stands has the comment of that place.

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(crate) enum Status {
    Campaign(CampaignStatus),
    Message(MessageStatus),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "a shape and nothing else")]
pub(super) enum Trigger {
    Campaign(CampaignTrigger),
    Message(MessageTrigger),
}
