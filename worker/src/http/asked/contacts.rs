//! What may be asked of contacts.

use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::Paged;
use crate::model::Channel;

/// Where somebody can be reached.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct AddressAsked {
    /// The channel.
    channel: Channel,
    /// The address, in any usual form.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 320)))]
    address: String,
}

/// A contact to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Ada Lovelace",
        "addresses": [{ "channel": "sms", "address": "06 12 34 56 99" },
                      { "channel": "email", "address": "ada@example.org" }],
        "region": "FR",
        "tags": ["vip"],
        "accounts": ["North store"],
        "time_zone": "Europe/Paris",
        "fields": { "city": "Paris" }
    }"#))
)]
pub struct NewContact {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(length(max = 200), extend("x-null" = true)))]
    name: Option<String>,
    /// The addresses, the preferred of a channel first.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20)))]
    addresses: Vec<AddressAsked>,
    /// The country of numbers without `+`, by ISO 3166.
    region: Option<String>,
    /// The tags.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    tags: Option<Vec<String>>,
    /// The accounts that it belongs to.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    accounts: Option<Vec<String>>,
    /// An IANA name; inferred from the phone numbers unless told.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    time_zone: Option<String>,
    /// What else is known, by the names that texts use.
    fields: Option<BTreeMap<String, Option<String>>>,
}

/// What is to be different about a contact. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Ada King",
        "tags": ["vip", "moved"],
        "time_zone": null,
        "fields": { "city": "London" }
    }"#))
)]
pub struct ContactChange {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(length(max = 200), extend("x-null" = true)))]
    name: Option<String>,
    /// All addresses that it is to have.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 20)))]
    addresses: Option<Vec<AddressAsked>>,
    /// The country of numbers without `+`, by ISO 3166.
    region: Option<String>,
    /// All tags that it is to have.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    tags: Option<Vec<String>>,
    /// All accounts that it is to belong to.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    accounts: Option<Vec<String>>,
    /// An IANA name; null to have it inferred.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    time_zone: Option<String>,
    /// Fields to be set, or taken away with null.
    fields: Option<BTreeMap<String, Option<String>>>,
    /// The version that was looked at.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// Which contact becomes part of this one.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "with": "con_example" }"#))
)]
pub struct MergeAsked {
    /// Its id.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    with: String,
}

/// Which contacts an export is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ContactsWanted {
    /// Only those with every one of these tags, parted by `;`.
    tags: Option<String>,
    /// Only those in every one of these accounts, parted by `;`.
    accounts: Option<String>,
    /// Only those with an address on this channel.
    channel: Option<Channel>,
    /// Only those with this zone among theirs; `unknown` for those without.
    time_zone: Option<String>,
    /// Only those who opted out anywhere, or nowhere.
    opted_out: Option<bool>,
    /// Only those whose name begins so, or an address where it looks like one.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    text: Option<String>,
}

/// Which contacts a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ContactFilter {
    /// Only those with every one of these tags, parted by `;`.
    tags: Option<String>,
    /// Only those in every one of these accounts, parted by `;`.
    accounts: Option<String>,
    /// Only those with an address on this channel.
    channel: Option<Channel>,
    /// Only those with this zone among theirs; `unknown` for those without.
    time_zone: Option<String>,
    /// Only those who opted out anywhere, or nowhere.
    opted_out: Option<bool>,
    /// Only those whose name begins so, or an address where it looks like one.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    text: Option<String>,
    /// How many items a page has, at most; 50 unless told.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 200)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which tags or accounts a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct LabelFilter {
    /// Only those that begin so.
    text: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// What a file of contacts is.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct ContactFile {
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    file_name: String,
    /// The country of numbers without `+`, by ISO 3166.
    region: Option<String>,
}

/// Whom a campaign is to write to.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "accounts": ["North store"],
        "tags": ["vip"],
        "match": "any",
        "addresses": "preferred"
    }"#))
)]
pub struct SelectionAsked {
    /// Everybody; and nobody else is named.
    all: Option<bool>,
    /// Those of these accounts.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    accounts: Option<Vec<String>>,
    /// Those with these tags.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    tags: Option<Vec<String>>,
    /// Whether one of the accounts and tags is enough: `any` unless told.
    r#match: Option<MatchAsked>,
    /// These too, by id.
    #[cfg_attr(feature = "schema", schemars(length(max = 10_000)))]
    contacts: Option<Vec<String>>,
    /// And these not, whatever else says so.
    #[cfg_attr(feature = "schema", schemars(length(max = 10_000)))]
    except: Option<Vec<String>>,
    /// Which of somebody's addresses on the channel: `preferred` unless told.
    addresses: Option<AddressesAsked>,
}

/// How many of several have to hold.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum MatchAsked {
    /// One.
    Any,
    /// All.
    All,
}

/// Which of several addresses.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum AddressesAsked {
    /// The first.
    Preferred,
    /// Each.
    Every,
}

/// Who is to be erased.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "addresses": [{ "channel": "sms", "address": "+33 6 12 00 00 01" }]
    }"#))
)]
pub struct ErasureAsked {
    /// A contact.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    contact_id: Option<String>,
    /// Addresses of somebody who is no contact.
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    addresses: Option<Vec<AddressAsked>>,
}
