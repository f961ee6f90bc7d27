//! The shapes of answers that are documents already: made by the jobs, or kept as they were sent.

#![expect(dead_code, reason = "a shape and nothing else")]

use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use tidegate::{Instant, Plan};

use super::asked::engine::{PlannedLanes, Policy};
use super::attachments::Attachment;
use crate::content::segments::Segments;
use crate::jobs::reviews::{Found, Wish};
use crate::model::Channel;

/// A sender's rules.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SenderPolicy {
    /// The rules.
    policy: Policy,
    /// The sender's version that they are of.
    version: i64,
}

/// A plan request with everything that a sender still has to send.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Outlook {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    lanes: PlannedLanes,
    /// From when on it is to be planned.
    now: Instant,
    /// When a campaign starts that is scheduled right now.
    starts_at: Instant,
}

/// The plan of everything on a campaign's sender.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Preview {
    #[cfg_attr(feature = "schema", schemars(flatten))]
    plan: Plan,
    /// When the campaign starts.
    starts_at: Instant,
    /// The name of the campaign's lane.
    lane: String,
    /// Which of the lanes that is.
    lane_index: usize,
    /// Whose lanes the campaign's are, where its people have zones.
    zones: Vec<ZoneOfLane>,
    /// Runs that are counted, and not listed.
    runs_left_out: usize,
    /// Pauses that are counted, and not listed.
    waits_left_out: usize,
}

/// A lane of people who share a zone.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ZoneOfLane {
    /// The lane's index.
    lane: usize,
    /// Their zone; null for people without one.
    time_zone: Option<String>,
}

/// What a campaign waits for.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Waiting {
    /// Until when; null where the rules will never let it go.
    until: Option<Instant>,
    /// What holds it back.
    because: Vec<WaitingReason>,
}

/// One thing that holds a message back.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct WaitingReason {
    /// The name of the layer: `sender`, `campaign`, `provider`, ...
    layer: String,
    /// The path into the layer's policy, such as `limits[0]`.
    gate: String,
    /// As in `ReasonCode`; or `provider_hold`: the provider asked to be left alone, `person_limit`: its
    /// people had as many as one may get, `queue_off`: the team's queue is off.
    code: String,
    /// When this alone opens; none when it does not.
    until: Option<Instant>,
    /// The reason, for people.
    text: String,
}

/// Whose a campaign is.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct TeamOfCampaign {
    /// The team's id.
    id: String,
    /// Its name.
    name: String,
}

/// Who had a campaign go, and when.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Triggered {
    /// The name of a key.
    by: String,
    /// When.
    at: Instant,
}

/// The last review of a campaign.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct CampaignReview {
    /// Its id.
    id: String,
    /// `pending`, `cleared`, `refused`, or `replaced` by a later one.
    state: String,
    /// What was found, and where.
    found: Vec<Found>,
    /// What is done once it is cleared.
    wish: Wish,
    /// Since when.
    asked_at: Instant,
    /// Whose wish it is.
    asked_by: String,
    /// When it was decided.
    decided_at: Option<Instant>,
    /// Who decided.
    decided_by: Option<String>,
    /// What whoever decided said.
    note: Option<String>,
}

/// What one person would get.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Rendered {
    /// Which of the campaign's people; none where fields were given.
    ordinal: Option<i64>,
    /// Their address.
    to: Option<String>,
    /// How it goes.
    channel: Channel,
    /// What it says, as it goes out: links that are tracked are the message's own.
    text: String,
    /// What it is about.
    subject: Option<String>,
    /// What it takes as a text message.
    segments: Option<Segments>,
    /// The links in it, as they were written.
    links: Vec<String>,
    /// What it carries.
    attachments: Vec<Attachment>,
    /// What of it the team does not allow.
    not_allowed: Vec<Found>,
}

/// Somebody who cannot be written what a campaign says.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct PersonAtFault {
    /// Which of the campaign's people.
    ordinal: i64,
    /// Their address.
    to: String,
    /// The fields that they lack, of those that the text asks for; none where nothing is left of the text.
    fields: Vec<String>,
    /// Why there is no message for them.
    message: String,
}

/// People who had as many messages as one person may get.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct AtTheirLimit {
    /// How many, of those that were looked at.
    people: i64,
    /// How many were looked at.
    looked_at: i64,
}

/// What a campaign will take.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Estimate {
    /// People on its lists.
    recipients: i64,
    /// People whose own messages were counted.
    looked_at: i64,
    /// Whether that is all of them.
    exact: bool,
    /// People, of those that were looked at, who cannot be written to.
    cannot_be_written: i64,
    /// People who may get no message right now; none where the team limits nothing.
    at_their_limit: Option<AtTheirLimit>,
    /// Segments of text messages; none on other channels.
    segments: Option<EstimatedSegments>,
    /// Money; none where the sender has no price.
    cost: Option<EstimatedCost>,
    /// What the database writes for it.
    rows: EstimatedRows,
}

/// The segments of all messages: bounds that hold in 95 of 100 cases where they are of a sample.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct EstimatedSegments {
    /// At least.
    least: i64,
    /// Most likely.
    likely: i64,
    /// At most.
    most: i64,
    /// How many messages, of those looked at, take so many segments.
    messages_by_segments: BTreeMap<String, i64>,
    /// How many of them are not in the GSM alphabet.
    messages_in_ucs2: i64,
}

/// Money, as decimal numbers in texts.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct EstimatedCost {
    /// By ISO 4217.
    currency: String,
    /// At least.
    least: Option<String>,
    /// Most likely.
    likely: Option<String>,
    /// At most.
    most: Option<String>,
}

/// Rows that are written, and what Cloudflare asks for them.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct EstimatedRows {
    /// How many.
    written: i64,
    /// `USD`.
    currency: String,
    /// A decimal number in a text.
    cost: String,
}

/// What a sender's provider asks.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SenderPrice {
    /// The price; none where nobody said.
    price: Option<Price>,
}

/// A price, as decimal numbers in texts.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Price {
    /// By ISO 4217.
    currency: String,
    /// For each segment of a text message.
    per_segment: String,
    /// For each message.
    per_message: String,
    /// For each message that comes in.
    inbound: String,
}
