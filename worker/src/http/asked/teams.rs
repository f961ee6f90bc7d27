//! What may be asked of teams, users, keys and goals.

#[cfg(feature = "schema")]
use super::json as example;
#[cfg(feature = "schema")]
use schemars::JsonSchema;

use super::campaigns::LatenessAsked;
use super::engine::{Policy, RecipientPolicy};
use super::people::TrackingAsked;
use super::{InstantAsked, Paged};
use crate::dispatch::person::Over;
use crate::store::keys::Role;

/// A team to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "name": "North" }"#))
)]
pub struct NewTeam {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: String,
}

/// What is to be different about a team. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Main street",
        "policy": { "windows": [{ "from": "08:00", "to": "20:00" }] },
        "person_policy": {
            "limits": [{ "max": 3, "rolling": "24h" }],
            "hours": { "windows": [{ "from": "08:00", "to": "20:00" }] },
            "over": "wait"
        },
        "queue": "on",
        "lexicon": null,
        "campaigns_for": "operator",
        "defaults": { "region": "FR", "policy": { "gap": "7s" }, "lateness": { "then": "roll_over" } }
    }"#))
)]
pub struct TeamChange {
    /// What people call it.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: Option<String>,
    /// Hours for all that it sends. What counts or spaces sends is refused: it belongs to the senders.
    policy: Option<Policy>,
    /// What holds for each person that it writes to.
    person_policy: Option<PersonPolicy>,
    /// Whether anything is sent to lists of people.
    queue: Option<Switch>,
    /// The id of a shipped lexicon; null takes it away.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    lexicon: Option<String>,
    /// What new things begin with.
    defaults: Option<DefaultsAsked>,
    /// The least role that acts on its campaigns.
    campaigns_for: Option<CampaignsFor>,
    /// The version that was looked at.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    version: Option<i64>,
}

/// Whom a team leaves its campaigns to.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum CampaignsFor {
    /// Everybody who writes to people.
    Operator,
    /// Administrators alone.
    Administrator,
}

/// What holds for each person that a team writes to, over all its senders and campaigns.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct PersonPolicy {
    /// How often they are written to.
    #[cfg_attr(feature = "schema", schemars(length(max = 8)))]
    limits: Option<Vec<PersonLimit>>,
    /// When, on their own clock.
    hours: Option<RecipientPolicy>,
    /// What becomes of a message that is over a limit; it waits unless told.
    over: Option<Over>,
}

/// So many messages to one person over a moving span, or a day, week or month of theirs: one of the two.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(
        deny_unknown_fields,
        extend("oneOf" = [{ "required": ["rolling"] }, { "required": ["calendar"] }])
    )
)]
pub struct PersonLimit {
    /// How many.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    max: i64,
    /// Over which span: a duration of at most 31 days, such as `24h`.
    rolling: Option<String>,
    /// Or in which stretch of the person's own calendar; a week begins on Monday.
    calendar: Option<CalendarSpan>,
    /// `queued`: only messages of lists count and wait; left out: all.
    counts: Option<CountsQueued>,
}

/// A stretch of the calendar.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum CalendarSpan {
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// From the first to the last.
    Month,
}

/// Messages of lists.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum CountsQueued {
    /// Those that a campaign sends.
    Queued,
}

/// On or off.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// What new senders and campaigns have where they say nothing.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct DefaultsAsked {
    /// The country of numbers without `+`, by ISO 3166.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Z]{2}$"), extend("x-null" = true)))]
    region: Option<String>,
    /// The rules of a campaign.
    policy: Option<Policy>,
    /// What becomes of a campaign's message that cannot go in time.
    lateness: Option<LatenessAsked>,
    /// What of a campaign's messages is to be tracked.
    tracking: Option<TrackingAsked>,
}

/// What a user is to be in a team.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{ "role": "operator" }"#))
)]
pub struct MemberAsked {
    /// What the user may do there.
    role: Role,
}

/// A user to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Ada",
        "email": "ada@example.org",
        "time_zone": "America/Toronto",
        "is_owner": false
    }"#))
)]
pub struct NewUser {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: String,
    /// A mail address.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    email: Option<String>,
    /// Whose midnight begins the user's day: an IANA name; `UTC` unless told.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    time_zone: Option<String>,
    /// Whether the user owns the deployment.
    is_owner: Option<bool>,
}

/// What is to be different about a user. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "Ada L",
        "email": null,
        "time_zone": "Europe/London",
        "is_owner": false,
        "disabled": false
    }"#))
)]
pub struct UserChange {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: Option<String>,
    /// A mail address; null takes it away.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    email: Option<String>,
    /// Whose midnight begins the user's day: an IANA name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    time_zone: Option<String>,
    /// Whether the user owns the deployment.
    is_owner: Option<bool>,
    /// Whether none of the user's keys opens anything.
    disabled: Option<bool>,
}

/// A key to be made.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "name": "reports",
        "user_id": "usr_tg_viewer",
        "role": "viewer",
        "team_id": "team_main",
        "expires_at": "2027-01-01T00:00:00Z"
    }"#))
)]
pub struct NewKey {
    /// What it is for.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    name: String,
    /// Whose it is; one's own unless told.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    user_id: Option<String>,
    /// No more than this.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    role: Option<Role>,
    /// Nowhere but there.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200), extend("x-null" = true)))]
    team_id: Option<String>,
    /// When it ends.
    #[cfg_attr(feature = "schema", schemars(extend("x-null" = true)))]
    expires_at: Option<InstantAsked>,
}

/// Which keys a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct KeyFilter {
    /// Only this user's.
    user_id: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// Which entries of the audit log a list is about.
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct AuditFilter {
    /// Only what this user did.
    user_id: Option<String>,
    /// Only this, such as `campaign.pause`, or all that begins so: `campaign`.
    what: Option<String>,
    /// Only what was done to this thing.
    subject: Option<String>,
    /// From then on: milliseconds since 1970, or an RFC 3339 text.
    from: Option<String>,
    /// Before then.
    to: Option<String>,
    #[cfg_attr(feature = "schema", schemars(flatten))]
    page: Paged,
}

/// A user's zone and goals. What is left out stays as it is.
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, example = example(r#"{
        "time_zone": "America/Toronto",
        "goals": { "sms": 150, "email": null }
    }"#))
)]
pub struct GoalsAsked {
    /// Whose midnight begins the user's day: an IANA name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 200)))]
    time_zone: Option<String>,
    /// How many messages a day, by channel.
    goals: Option<GoalOfEach>,
}

/// How many messages a day, by channel; null takes a goal away.
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct GoalOfEach {
    /// Text messages.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000_000), extend("x-null" = true)))]
    sms: Option<i64>,
    /// `WhatsApp` messages.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000_000), extend("x-null" = true)))]
    whatsapp: Option<i64>,
    /// Mail.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000_000), extend("x-null" = true)))]
    email: Option<i64>,
    /// Direct messages.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000_000), extend("x-null" = true)))]
    direct: Option<i64>,
}
