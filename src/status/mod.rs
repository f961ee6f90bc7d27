//! Which status follows on which, for a campaign and for a message.
//!
//! ```
//! use tidegate::status::{CampaignFacts, CampaignStatus, CampaignTrigger, campaign};
//!
//! let facts = CampaignFacts { started: false, lead_ms: None };
//! let paused = campaign(CampaignStatus::Scheduled, CampaignTrigger::Pause, &facts);
//! assert_eq!(paused, Ok(CampaignStatus::Paused));
//!
//! let refusal = campaign(CampaignStatus::Completed, CampaignTrigger::Stop, &facts).unwrap_err();
//! assert_eq!(refusal.why, "a completed campaign is final");
//! assert_eq!(refusal.legal, []);
//! ```
//!
//! These two tables alone say whether a change is legal. They know neither who asks nor when, and
//! they store nothing.

mod campaign;
mod message;
mod named;
mod text;

use serde::Serialize;

pub use campaign::{CampaignFacts, CampaignStatus, CampaignTrigger, MIN_LEAD_MS, campaign};
pub use message::{MessageStatus, MessageTrigger, message};
pub use text::{Machine, statuses, transition};

/// Why a status stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refusal<T> {
    /// The reason, for people.
    pub why: String,
    /// The triggers that are legal instead.
    pub legal: Vec<T>,
}
