//! What may be asked about what messages say, carry and cost.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::Paged;
use super::people::FieldsAsked;
use crate::model::WordKind;

/// What a file is called.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct FileName {
    /// Its name, as recipients see it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    file_name: String,
}

/// A word or a link that is not allowed without a review.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "kind": "word",
        "value": "casino",
        "note": "gambling"
    }"#))
)]
pub struct NewWord {
    /// What it is.
    kind: WordKind,
    /// The word or phrase, or a domain, with or without a path.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    value: String,
    /// Why.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 500), extend("x-null" = true)))]
    note: Option<String>,
}

/// A text that is tried against the list.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "text": "Come to our c4sino, {{ name }}" }"#))
)]
pub struct TextTested {
    /// What a message is to say, as a campaign's text is written.
    #[cfg_attr(feature = "schema", schemars(length(max = 10_000)))]
    text: String,
    /// What a mail is about.
    #[cfg_attr(feature = "schema", schemars(length(max = 250), extend("x-null" = true)))]
    subject: Option<String>,
}

/// Which words a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WordFilter {
    /// Only those of this kind.
    kind: Option<WordKind>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// What is said about a decision.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "note": "a theatre of that name" }"#))
)]
pub struct DecisionAsked {
    /// For whoever reads it later.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 500), extend("x-null" = true)))]
    note: Option<String>,
}

/// Whose message is to be shown: one of these, or the first person.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "ordinal": 1 }"#))
)]
pub struct RenderAsked {
    /// The campaign's person with this ordinal, from 0.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    ordinal: Option<i64>,
    /// The campaign's person with this address.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 250)))]
    to: Option<String>,
    /// Somebody with these fields.
    fields: Option<FieldsAsked>,
}

/// What a provider asks for its messages. What is left out costs nothing.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "currency": "EUR",
        "per_segment": "0.0079",
        "per_message": "0",
        "inbound": "0.0075"
    }"#))
)]
pub struct PriceAsked {
    /// Three capital letters of ISO 4217.
    currency: String,
    /// For each segment of a text message: a decimal number with up to six decimals.
    per_segment: Option<String>,
    /// For each message, likewise.
    per_message: Option<String>,
    /// For each message that comes in, likewise.
    inbound: Option<String>,
}
