//! Why a message cannot go yet: a fact, a number and the next instant.

use serde::Serialize;

use crate::time::Instant;

/// One gate that holds a message back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    /// The name of the gate's layer; empty for `no_opening`, which no layer is to blame for alone.
    pub layer: String,
    /// The path into the layer's policy, such as `limits[0]`; empty for `no_opening`.
    pub gate: String,
    /// The kind of reason, for programs.
    pub code: Code,
    /// When this gate alone opens; none when it does not.
    pub until: Option<Instant>,
    /// The reason, for people.
    pub text: String,
}

/// The kind of a [`Reason`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReasonCode"))]
pub enum Code {
    /// Outside every window.
    OutsideWindow,
    /// Inside a blocked time.
    BlockedTime,
    /// A limit over a span that ends now is used up.
    RollingLimit,
    /// The limit of a local day, week or month is used up.
    CalendarLimit,
    /// Too soon after the send before.
    Gap,
    /// A series is complete, and its break has not passed.
    Break,
    /// Before `starts_at`.
    NotStarted,
    /// At or after `ends_at`.
    Ended,
    /// No instant within the horizon at which every gate is open.
    NoOpening,
}
