//! What a rule of a lexicon can ask about: a few facts, each with a handful of values.
//!
//! Because there are only so many, whether rules cover everything, and which of them can never
//! decide, is reckoned exactly ([`super::condition`]).

use crate::reason::Code;
use crate::status::{Machine, statuses};

/// A fact that a rule can ask about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Fact {
    /// The canonical status.
    Status,
    /// Whether there are recipients.
    Total,
    /// Whether any was sent.
    Sent,
    /// Whether any was delivered.
    Delivered,
    /// Whether any failed.
    Failed,
    /// Whether any was skipped.
    Skipped,
    /// Whether of any it is not known if it went.
    Unknown,
    /// What holds it, as the code of a reason.
    Waiting,
    /// Whose rules those are.
    WaitingLayer,
    /// Whether its content waits for a review.
    HeldForReview,
    /// Whether a run of the campaign was ever committed.
    Started,
}

/// What `waiting` can be, in the order of its values; nothing comes before them.
const CODES: [(&str, Code); 9] = [
    ("outside_window", Code::OutsideWindow),
    ("blocked_time", Code::BlockedTime),
    ("rolling_limit", Code::RollingLimit),
    ("calendar_limit", Code::CalendarLimit),
    ("gap", Code::Gap),
    ("break", Code::Break),
    ("not_started", Code::NotStarted),
    ("ended", Code::Ended),
    ("no_opening", Code::NoOpening),
];

/// Layers that rules can tell apart, by the names that they carry in a request.
const LAYERS: [&str; 6] = ["account", "team", "sender", "campaign", "recipient", OTHER_LAYER];

/// Nothing is waited for.
pub(super) const NOTHING: &str = "nothing";
/// A layer of any other name, or of none.
pub(super) const OTHER_LAYER: &str = "other";

impl Fact {
    /// Every one, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Status,
        Self::Total,
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Skipped,
        Self::Unknown,
        Self::Waiting,
        Self::WaitingLayer,
        Self::HeldForReview,
        Self::Started,
    ];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Total => "total",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::WaitingLayer => "waiting_layer",
            Self::HeldForReview => "held_for_review",
            Self::Started => "started",
        }
    }

    /// The values that a rule can name, at most 16.
    #[must_use]
    pub fn values(self, machine: Machine) -> Vec<&'static str> {
        match self {
            Self::Status => statuses(machine),
            Self::Total
            | Self::Sent
            | Self::Delivered
            | Self::Failed
            | Self::Skipped
            | Self::Unknown => vec!["none", "some"],
            Self::Waiting => {
                let codes = CODES.iter().map(|(name, _)| *name);
                std::iter::once(NOTHING).chain(codes).collect()
            }
            Self::WaitingLayer => LAYERS.to_vec(),
            Self::HeldForReview | Self::Started => vec!["no", "yes"],
        }
    }
}

/// The code of that name.
pub(super) fn code_named(name: &str) -> Option<Code> {
    CODES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// The name of a code.
pub(super) fn code_name(code: Code) -> &'static str {
    CODES.iter().find(|(_, known)| *known == code).map_or(NOTHING, |(name, _)| name)
}

/// The layer of that name, as rules know it.
pub(super) fn layer_named(name: &str) -> &'static str {
    LAYERS.iter().find(|known| **known == name).copied().unwrap_or(OTHER_LAYER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_name_that_it_has_in_answers() {
        for (name, code) in CODES {
            assert_eq!(serde_json::to_value(code).unwrap(), name);
            assert_eq!((code_named(name), code_name(code)), (Some(code), name));
        }
        assert!(code_named(NOTHING).is_none());
    }

    #[test]
    fn values_fit_into_sixteen_bits_and_are_told_apart() {
        for machine in [Machine::Campaign, Machine::Message] {
            for fact in Fact::ALL {
                let mut values = fact.values(machine);
                assert!((2..=16).contains(&values.len()), "{fact:?}");
                values.sort_unstable();
                assert!(values.windows(2).all(|pair| pair[0] != pair[1]), "{fact:?}");
            }
        }
    }
}
