//! What may be asked about people and what is said to them.

use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::Paged;
use crate::model::Channel;

/// What a message says.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct ContentAsked {
    /// The text, with `{{ name }}` where a field goes.
    text: String,
    /// What a mail is about, likewise.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 250), extend("x-null" = true)))]
    subject: Option<String>,
    /// The ids of what is attached, in order.
    #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
    attachments: Option<Vec<String>>,
    /// What of it is to be tracked; as is usual on its channel unless told.
    tracking: Option<TrackingAsked>,
}

/// What of a message is to be tracked.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct TrackingAsked {
    /// Whether a mail carries an image by which it is seen to be opened.
    opens: Option<bool>,
    /// Whether its links lead through this deployment.
    clicks: Option<bool>,
}

/// Values for the fields of a text.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(transparent))]
pub struct FieldsAsked(BTreeMap<String, FieldAsked>);

/// A value for a field.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(transparent, inline))]
pub struct FieldAsked(#[cfg_attr(feature = "schema", schemars(length(max = 10_000)))] String);

/// An address that is to get no messages.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "channel": "sms",
        "address": "+33 6 12 34 56 78",
        "reason": "asked on the phone"
    }"#))
)]
pub struct NewOptOut {
    /// The channel.
    channel: Channel,
    /// The address, in any usual form.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320)))]
    address: String,
    /// Why.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    reason: Option<String>,
}

/// Which messages in the sandbox a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SandboxFilter {
    /// Only those to this address.
    address: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// What became of a message.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "status": "failed", "reason": "unreachable" }"#))
)]
pub struct ReceiptAsked {
    /// Whether the message arrived.
    status: ReceiptStatus,
    /// Why it did not.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    reason: Option<String>,
}

/// One receipt of many.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct ReceiptOfMany {
    /// The `callback_url` that came with the message.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 500)))]
    callback: String,
    /// Whether the message arrived.
    status: ReceiptStatus,
    /// Why it did not.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    reason: Option<String>,
}

/// What became of many messages.
pub struct ReceiptsAsked;

#[cfg(feature = "schema")]
impl JsonSchema for ReceiptsAsked {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReceiptsAsked".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What became of many messages.",
            "type": "array",
            "items": generator.subschema_for::<ReceiptOfMany>(),
            "maxItems": 1000,
            "examples": [example(r#"[
                { "callback": "https://tidegate.example/api/v1/receipts/token_example", "status": "delivered" }
            ]"#)],
        })
    }
}

/// Whether a message arrived.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum ReceiptStatus {
    /// It did.
    Delivered,
    /// It never will.
    Failed,
    /// It did, and its recipient called it unwanted.
    Complained,
}

/// What the person at the other end answers.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "text": "STOP" }"#))
)]
pub struct ReplyAsked {
    /// The text.
    #[cfg_attr(feature = "schema", schemars(length(max = 2000)))]
    text: String,
}
