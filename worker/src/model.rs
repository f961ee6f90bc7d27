//! The plain facts that the parts of the Worker tell each other. No behaviour beyond parsing.

mod handed;

use serde::{Deserialize, Serialize};

pub use handed::{Attached, Fate, Found, Outcome, Outgoing};

/// The team that a deployment begins with.
pub const FIRST_TEAM: &str = "team_main";

/// Who does something, and in which team: a name for the records, ids for the counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The team whose things are meant.
    pub team_id: String,
    /// The user; none where nobody with a key does it.
    pub user_id: Option<String>,
    /// The key.
    pub key_id: Option<String>,
    /// The user's name.
    pub name: String,
    /// Whether the user owns the deployment, and sees what belongs to no team.
    pub is_owner: bool,
}

impl Caller {
    /// Somebody in the first team who has no key.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            team_id: FIRST_TEAM.to_owned(),
            user_id: None,
            key_id: None,
            name: name.to_owned(),
            is_owner: false,
        }
    }
}

impl Default for Caller {
    fn default() -> Self {
        Self::named("")
    }
}

/// How messages of a sender travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Channel {
    /// Text messages.
    Sms,
    /// `WhatsApp` messages.
    Whatsapp,
    /// Mail.
    Email,
    /// Direct messages on a social platform.
    Direct,
}

impl Channel {
    /// Its name in documents and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
            Self::Direct => "direct",
        }
    }
}

/// What a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Kind {
    /// A message to a list of people.
    #[default]
    Broadcast,
    /// One message to one person.
    Single,
}

impl Kind {
    /// Every kind by its name in documents and in the database.
    pub const NAMES: [(&str, Self); 2] = [("broadcast", Self::Broadcast), ("single", Self::Single)];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Single => "single",
        }
    }
}

/// What a single is beyond being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Our own answer to STOP or HELP: it goes to people who have opted out, and at any hour.
    Answer,
    /// A message that was passed on to somebody else.
    Forward,
    /// A message to one person for which somebody set a time: to the dispatcher it is a broadcast.
    Timed,
}

impl Purpose {
    /// Its name in documents and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Forward => "forward",
            Self::Timed => "timed",
        }
    }
}

/// What a provider asks, in millionths of the currency's unit: 7900 is 0.0079.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Three letters of ISO 4217.
    pub currency: String,
    /// For each segment of a text message.
    pub per_segment: i64,
    /// For each message.
    pub per_message: i64,
    /// For each message that comes in.
    pub inbound: i64,
}

impl Price {
    /// What a message of so many segments costs on a channel.
    #[must_use]
    pub const fn of(&self, channel: Channel, segments: i64) -> i64 {
        self.of_a_segment(channel).saturating_mul(segments).saturating_add(self.per_message)
    }

    /// What each segment costs on a channel: only text messages have any.
    #[must_use]
    pub const fn of_a_segment(&self, channel: Channel) -> i64 {
        if matches!(channel, Channel::Sms) { self.per_segment } else { 0 }
    }
}

/// Where a sender's messages are handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ProviderConfig {
    /// The inbox of this deployment: nothing leaves the machine.
    Sandbox {
        /// Messages a second, at most.
        #[serde(default = "default_per_second")]
        per_second: u32,
    },
    /// A POST of JSON to an address.
    Webhook {
        /// The address.
        url: String,
        /// Whether the other end takes a second POST with the same `Idempotency-Key` for the
        /// first. Only then is an unanswered POST repeated.
        #[serde(default)]
        deduplicates: bool,
        /// Where it tells what became of a message, with `{key}` for the message's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lookup_url: Option<String>,
        /// Messages a second, at most.
        #[serde(default = "default_per_second")]
        per_second: u32,
    },
}

const fn default_per_second() -> u32 {
    50
}

impl ProviderConfig {
    /// Whether repeating a POST with the same key can never double a message.
    #[must_use]
    pub const fn deduplicates(&self) -> bool {
        match self {
            // The inbox is keyed by the message's id.
            Self::Sandbox { .. } => true,
            Self::Webhook { deduplicates, .. } => *deduplicates,
        }
    }

    /// Whether it can be asked what became of a message.
    #[must_use]
    pub const fn looks_up(&self) -> bool {
        match self {
            Self::Sandbox { .. } => true,
            Self::Webhook { lookup_url, .. } => lookup_url.is_some(),
        }
    }

    /// The shortest time between two messages, in whole ms, so that the provider's pace is kept: above
    /// 500 a second it is 500 or 1,000.
    #[must_use]
    pub fn pace_ms(&self) -> i64 {
        let (Self::Sandbox { per_second } | Self::Webhook { per_second, .. }) = self;
        let per_second = i64::from((*per_second).clamp(1, 1000));
        (1000 + per_second - 1) / per_second
    }
}

/// What becomes of a message that cannot go in time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Lateness {
    /// It goes at the next time at which the rules allow it.
    #[default]
    RollOver,
    /// It is left out once it is later than this after the instant that was promised.
    Expire {
        /// A duration as policies write it.
        after: String,
    },
}

impl Lateness {
    /// How late a message may be, ms; none where it never gets too late.
    #[must_use]
    pub fn after_ms(&self) -> Option<i64> {
        match self {
            Self::RollOver => None,
            Self::Expire { after } => tidegate::duration_ms(after),
        }
    }
}

/// One person of a campaign, as kept in a page of `people`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The address.
    pub to: String,
    /// The time zone, if it is known: an IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The other columns of the row, by column name.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// A slice of the outbox: the body of a queue message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SliceKey {
    /// The sender's number.
    pub sender_seq: i64,
    /// The tick that committed it.
    pub tick_no: i64,
    /// Which of the tick's slices.
    pub slice: i64,
}

/// What a campaign says to its recipients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Content {
    /// The text, with `{{column}}` where a field goes.
    pub text: String,
    /// What a mail is about, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The ids of what is attached, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// What of it is to be tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<ToTrack>,
}

/// What of a message is to be tracked; what is left out is as is usual on its channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToTrack {
    /// Whether a mail carries an image by which it is seen to be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<bool>,
    /// Whether its links lead through this deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<bool>,
}

/// What is not allowed in a team's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WordKind {
    /// A word or a phrase.
    Word,
    /// A domain, or an address below which nothing is allowed.
    Link,
}

impl WordKind {
    /// Every kind by its name.
    pub const NAMES: [(&str, Self); 2] = [("word", Self::Word), ("link", Self::Link)];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Link => "link",
        }
    }
}
