//! What may be asked of campaigns.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

pub use super::engine::{Policy, RecipientPolicy};
use super::people::ContentAsked;
use super::{InstantAsked, Paged};
use crate::model::{Channel, Kind};
use crate::store::messages::Marked;

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
    /// Only those in this status, or of which the team's lexicon says this word.
    status: Option<String>,
    /// The id of a shipped lexicon whose words are meant, instead of the team's.
    lexicon: Option<String>,
    /// `created` (the default), the newest first; or `start`, the latest first.
    sort: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    narrowed: CampaignsNarrowed,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// What lists of campaigns and of messages may be narrowed by.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct CampaignsNarrowed {
    /// Only this batch: what somebody let go at once.
    batch_id: Option<String>,
    /// Only those of this sender.
    sender_id: Option<String>,
    /// Only those on this channel.
    channel: Option<Channel>,
    /// Only those that this user let go.
    user_id: Option<String>,
    /// Only those of this kind.
    kind: Option<Kind>,
    /// Only those with this in their name, whatever the case of A to Z.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    text: Option<String>,
    /// Only those with this in the name of a file of people, likewise.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    file_name: Option<String>,
    /// Only those that start at this or later; without a start, that were made then.
    from: Option<InstantAsked>,
    /// Only those that start before this.
    to: Option<InstantAsked>,
}

/// Which messages of a campaign a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct MessageFilter {
    /// Only those that were opened or not, or of which a link was followed or none, machines left out.
    marks: Option<Marked>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    wanted: MessagesWanted,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Which messages are meant by where they stand.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct MessagesWanted {
    /// Only those in this status, or in one that the team's lexicon has this word for.
    status: Option<String>,
    /// The id of a shipped lexicon whose words are meant, instead of the team's.
    lexicon: Option<String>,
}

/// Which messages of a team a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct AnyMessageFilter {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    wanted: MessagesWanted,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    narrowed: CampaignsNarrowed,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Which messages of a team a file is to hold.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct AnyMessagesWanted {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    wanted: MessagesWanted,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    narrowed: CampaignsNarrowed,
    /// `Tidegate-Next-Cursor` of the file before.
    cursor: Option<String>,
}

/// Which messages of a campaign a file is to hold.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct MessagesOfCampaignWanted {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    wanted: MessagesWanted,
    /// `Tidegate-Next-Cursor` of the file before.
    cursor: Option<String>,
}

/// Which period a report is of.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ReportFilter {
    /// From this instant on.
    from: InstantAsked,
    /// To before this one.
    to: InstantAsked,
    /// What its rows are of: `nothing` (the default: one row), `channel`, `sender`, `campaign`, `user`.
    by: Option<String>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
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
