//! What may be asked of campaigns.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use tidegate::status::{CampaignStatus, MessageStatus};

pub use super::engine::{Policy, RecipientPolicy};
use super::people::ContentAsked;
use super::{InstantAsked, Paged};
use crate::model::Kind;

/// A draft to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Term dates",
        "sender_id": "snd_example",
        "content": { "text": "Hello {{ name | default('there') }}" },
        "policy": { "limits": [{ "max": 1000, "calendar": "day" }] },
        "recipient_policy": { "windows": [{ "from": "09:00", "to": "18:00" }] },
        "lateness": { "then": "expire", "after": "2h" }
    }"#))
)]
pub struct NewCampaign {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: String,
    /// Who it comes from.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    sender_id: String,
    /// What it says.
    content: ContentAsked,
    /// Rules of its own beside the sender's.
    policy: Option<Policy>,
    /// The hours in which its people may be reached, each on their own clock.
    recipient_policy: Option<RecipientPolicy>,
    /// What becomes of a message that cannot go in time.
    lateness: Option<LatenessAsked>,
}

/// What is to be different about a campaign. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Term dates, corrected",
        "content": { "text": "Hello {{ name }}, term begins on Monday" },
        "policy": { "gap": "20s" },
        "lateness": { "then": "roll_over" }
    }"#))
)]
pub struct CampaignChange {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: Option<String>,
    /// What it says.
    content: Option<ContentAsked>,
    /// Rules of its own beside the sender's.
    policy: Option<Policy>,
    /// The hours in which its people may be reached, each on their own clock.
    recipient_policy: Option<RecipientPolicy>,
    /// What becomes of a message that cannot go in time.
    lateness: Option<LatenessAsked>,
    /// The version that was looked at.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// What becomes of a message that cannot go in time.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(tag = "then", rename_all = "snake_case", deny_unknown_fields)
)]
pub enum LatenessAsked {
    /// It goes at the next time at which the rules allow it.
    RollOver,
    /// It is left out once it is later than this after the instant that was promised.
    Expire {
        /// From `1m` to `366d`.
        #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[0-9]+(ms|s|m|h|d)$")))]
        after: String,
    },
}

/// When it is to start.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "at": "2026-11-24T15:00:00Z" }"#))
)]
pub struct StartAsked {
    /// The start; now unless told, and otherwise at least five minutes ahead.
    at: Option<InstantAsked>,
}

/// When it is to start, and which version was looked at.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "at": "2026-11-24T15:00:00Z" }"#))
)]
pub struct ScheduleAsked {
    /// The start; now unless told, and otherwise at least five minutes ahead.
    at: Option<InstantAsked>,
    /// The version that was looked at.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// Which campaigns a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct CampaignFilter {
    /// Only those in this status.
    status: Option<CampaignStatus>,
    /// Only those of this sender.
    sender_id: Option<String>,
    /// Only those of this kind: broadcasts unless told.
    kind: Option<Kind>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Which messages a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct MessageFilter {
    /// Only those in this status.
    status: Option<MessageStatus>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// What a file of people is.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct PeopleFile {
    /// Its name, for the list.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    file_name: String,
    /// The column with the addresses, where that is not clear.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    column: Option<String>,
    /// The column with the time zones, where that is not clear; empty where none has them.
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    time_zone_column: Option<String>,
    /// The country of numbers without `+`, by ISO 3166; the sender's unless told.
    region: Option<String>,
    /// Whether people without a zone have those of their phone numbers; unless told, where the campaign
    /// or its team has hours for each person.
    infer_zones: Option<bool>,
}
