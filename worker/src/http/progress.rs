//! How far a campaign is: every one of its people in exactly one place.

use serde::Serialize;
use tidegate::status::{CampaignStatus, MessageStatus};

pub use crate::reasons::untouched;
use crate::store::campaigns::CampaignRow;

/// Counts of people. All but `delivered`, which is among `sent`, add up to `total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// People.
    pub total: i64,
    /// Waiting for their turn.
    pub queued: i64,
    /// Being handed over.
    pub sending: i64,
    /// Taken by the provider, delivered since or not.
    pub sent: i64,
    /// Delivered.
    pub delivered: i64,
    /// Refused, or reported as undeliverable.
    pub failed: i64,
    /// Left out, each for a reason.
    pub skipped: i64,
    /// Not reached, because the campaign was stopped.
    pub cancelled: i64,
    /// Handed over without a clear answer.
    pub unknown: i64,
}

impl Progress {
    /// From the counters of a campaign and of its open hand-overs.
    pub fn of(row: &CampaignRow, status: CampaignStatus) -> Self {
        let counted = row.sending + row.sent + row.failed + row.skipped + row.unknown;
        // While news and an open hand-over are both on their way to the counters, a message can
        // be in two of them for a moment.
        let rest = (row.total - counted).max(0);
        let mut progress = Self {
            total: row.total,
            sending: row.sending,
            sent: row.sent,
            delivered: row.delivered,
            failed: row.failed,
            skipped: row.skipped,
            unknown: row.unknown,
            ..Self::default()
        };
        match untouched(status).0 {
            // What is in doubt will be recorded as such with the next tick.
            MessageStatus::Cancelled => {
                let in_doubt = row.in_doubt.min(rest);
                progress.unknown += in_doubt;
                progress.cancelled = rest - in_doubt;
            }
            // Of a completed campaign only what is sent again is still to go.
            MessageStatus::Skipped => {
                progress.queued = (row.returned + row.released).min(rest);
                progress.skipped += rest - progress.queued;
            }
            _ => progress.queued = rest,
        }
        progress
    }
}
