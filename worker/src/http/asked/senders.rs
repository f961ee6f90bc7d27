//! What may be asked of senders.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::InstantAsked;
pub use super::engine::Policy;
use super::people::{ContentAsked, FieldsAsked};
use crate::model::Channel;

/// A sender to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Front desk",
        "channel": "sms",
        "provider": { "kind": "sandbox", "per_second": 20 },
        "policy": { "time_zone": "America/Toronto", "windows": [{ "from": "09:00", "to": "17:30" }] },
        "order": "fair",
        "region": "CA"
    }"#))
)]
pub struct NewSender {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: String,
    /// How its messages travel.
    channel: Channel,
    /// Where they are handed over.
    provider: ProviderAsked,
    /// The rules for everything on it.
    policy: Policy,
    /// Who goes first of several campaigns: `in_turn` unless told.
    order: Option<Order>,
    /// The country of numbers without `+`, by ISO 3166.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Z]{2}$"), extend("x-null" = true)))]
    region: Option<String>,
}

/// What is to be different about a sender. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Front desk, evenings",
        "policy": { "gap": "1m" },
        "order": "in_turn",
        "region": null,
        "version": 1
    }"#))
)]
pub struct SenderChange {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: Option<String>,
    /// Where messages are handed over.
    provider: Option<ProviderAsked>,
    /// The rules for everything on it.
    policy: Option<Policy>,
    /// Who goes first of several campaigns.
    order: Option<Order>,
    /// The country of numbers without `+`, by ISO 3166; null takes it away.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Z]{2}$"), extend("x-null" = true)))]
    region: Option<String>,
    /// The version that was looked at.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// Who goes first of several campaigns on a sender.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Order {
    /// The one that was scheduled first.
    InTurn,
    /// The one that has had the fewest.
    Fair,
}

/// Where a sender's messages are handed over.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(tag = "kind", rename_all = "snake_case", deny_unknown_fields)
)]
pub enum ProviderAsked {
    /// The inbox of this deployment.
    Sandbox {
        /// Messages a second, at most; 50 unless told.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1000)))]
        per_second: Option<i64>,
    },
    /// A POST of JSON to an address.
    Webhook {
        /// The address.
        url: String,
        /// Whether the other end takes a second POST with the same `Idempotency-Key` for the first.
        deduplicates: Option<bool>,
        /// Where it tells what became of a message, with `{key}` for the message's id.
        #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
        lookup_url: Option<String>,
        /// Messages a second, at most; 50 unless told.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1000)))]
        per_second: Option<i64>,
    },
}

/// A message to one person.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "to": "+33612000009",
        "content": { "text": "Hello {{ name }}" },
        "fields": { "name": "Ada" }
    }"#))
)]
pub struct NewSingle {
    /// The address.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 10_000)))]
    to: String,
    /// What it says.
    content: ContentAsked,
    /// What the text asks for.
    fields: Option<FieldsAsked>,
    /// The person's time zone: an IANA name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    time_zone: Option<String>,
}

/// Sends by hand elsewhere.
pub struct SendsToRecord;

#[cfg(feature = "schema")]
impl JsonSchema for SendsToRecord {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SendsToRecord".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Sends by hand elsewhere.",
            "type": "array",
            "items": generator.subschema_for::<SendsAsked>(),
            "minItems": 1,
            "maxItems": 1000,
            "examples": [example(r#"[
                { "at": "2026-11-24T13:00:00Z", "count": 3, "every_ms": 1000 },
                { "at": 1795525200000 }
            ]"#)],
        })
    }
}

/// Evenly spaced sends, all of them past.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct SendsAsked {
    /// The first.
    at: InstantAsked,
    /// How many; one unless told.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000)))]
    count: Option<i64>,
    /// Their distance, ms; none unless told.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 86_400_000)))]
    every_ms: Option<i64>,
}
