//! What may be asked about what people write back, and about who gets nothing.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::people::ContentAsked;
use super::{InstantAsked, Paged};
use crate::model::Channel;

/// A message that came in.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "id": "provider-7",
        "from": "+33612000000",
        "text": "STOP",
        "attachments": ["photo.jpg"],
        "at": "2026-11-24T09:00:00-05:00",
        "cost": 7500
    }"#))
)]
pub struct InboundAsked {
    /// The provider's own id of it. The same one is the same message.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    id: String,
    /// Who wrote it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320)))]
    from: String,
    /// What it says. What is longer than 10,000 characters is cut.
    text: String,
    /// The names of what was attached.
    #[cfg_attr(feature = "schema", schemars(length(max = 20), extend("x-null" = true)))]
    attachments: Option<Vec<String>>,
    /// When it was written.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    at: Option<InstantAsked>,
    /// What it cost, in millionths of the currency's unit.
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 0, max = 1_000_000_000_000_i64), extend("x-null" = true))
    )]
    cost: Option<i64>,
}

/// Which messages that came in a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct InboundFilter {
    /// Those that wait for somebody to look at them.
    review: OpenAsked,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// A review that is to be made.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum OpenAsked {
    /// Nobody has looked at it.
    Open,
}

/// What somebody says of a message that came in.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "as": "lift" }"#))
)]
pub struct InboundReviewAsked {
    /// What it is.
    r#as: InboundReviewWord,
}

/// What a message that came in is, once somebody has looked.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum InboundReviewWord {
    /// The refusal that it was taken for.
    Confirm,
    /// No refusal.
    Lift,
    /// STOP, in other words.
    Stop,
    /// Nothing that asks for anything.
    Done,
}

/// What a team answers. Null answers nothing, for providers that do it themselves.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "stop": "{{ sender }}: you get no more messages from us.",
        "help": "{{ sender }}: call +33 1 23 45 67 89."
    }"#))
)]
pub struct AnswersAsked {
    /// To STOP.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), extend("x-null" = true)))]
    stop: Option<String>,
    /// To HELP.
    #[cfg_attr(feature = "schema", schemars(length(min = 1), extend("x-null" = true)))]
    help: Option<String>,
}

/// Which opt-outs a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct OptOutFilter {
    /// Only those of this channel.
    channel: Option<Channel>,
    /// Only those whose address begins so; asks for `channel`, and for none of those below.
    address: Option<String>,
    /// Only those from there.
    source: Option<OptOutSource>,
    /// Only those made at or after it.
    from: Option<InstantAsked>,
    /// Only those made before it.
    to: Option<InstantAsked>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Where an opt-out came from.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum OptOutSource {
    /// A reply of one word.
    Reply,
    /// A reply in other words.
    Refusal,
    /// Somebody of the team.
    Manual,
    /// The link in a message.
    OneClick,
    /// A file.
    Import,
    /// The provider knew.
    Receipt,
    /// A message was called unwanted.
    Complaint,
}

/// Why an address is taken off the opt-outs.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct LiftFilter {
    /// Why; it is kept.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    reason: Option<String>,
}

/// What a file of opt-outs is.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct OptOutFile {
    /// The channel of its addresses.
    channel: Channel,
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    file_name: String,
    /// The column with the addresses; found by its name unless told.
    column: Option<String>,
    /// The country of numbers without `+`.
    region: Option<String>,
}

/// Which opt-outs are exported.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct OptOutExport {
    /// Only those of this channel.
    channel: Option<Channel>,
}

/// Which conversations a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ConversationFilter {
    /// Only those of this channel.
    channel: Option<Channel>,
    /// Only those that are so.
    state: Option<ConversationState>,
    /// Only those with something that nobody has looked at.
    unread: Option<bool>,
    /// Only those that last went through this sender.
    sender_id: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Whether there is something to do in a conversation.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum ConversationState {
    /// There is.
    Open,
    /// There is not, until something comes in.
    Closed,
}

/// What is to be different about a conversation.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "state": "closed" }"#))
)]
pub struct ConversationChange {
    /// Whether there is something to do in it.
    state: ConversationState,
}

/// Nothing is asked.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r"{}"))
)]
pub struct NothingAsked {}

/// Why the person of a conversation is to get no messages.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "reason": "asked on the phone" }"#))
)]
pub struct OptOutAsked {
    /// Why.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    reason: Option<String>,
}

/// A message in a conversation.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "sender_id": "snd_example",
        "content": { "text": "Until six." },
        "at": "2027-01-04T09:00:00-05:00"
    }"#))
)]
pub struct WrittenAsked {
    /// Who it is from; the sender that the conversation last went through unless told.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320), extend("x-null" = true)))]
    sender_id: Option<String>,
    /// What it says.
    content: ContentAsked,
    /// When it goes, at least five minutes ahead; now unless told.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    at: Option<InstantAsked>,
}

/// A message of a conversation that is passed on.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "sender_id": "snd_example",
        "message_id": "msg_example",
        "to": "+33612000009"
    }"#))
)]
pub struct ForwardAsked {
    /// Who it is from; the sender that the conversation last went through unless told.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320), extend("x-null" = true)))]
    sender_id: Option<String>,
    /// The message, of any direction.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320)))]
    message_id: String,
    /// To whom.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320)))]
    to: String,
}
