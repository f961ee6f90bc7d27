//! What a tick commits.

use serde::{Deserialize, Serialize};
use tidegate::status::CampaignStatus;

use super::late::LeftOut;
use super::ledger::Part;
use super::slower::OwnPace;
use super::supply::Backlog;

/// What a tick commits for one sender, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The sender.
    pub sender_seq: i64,
    /// The tick that it follows: the fence.
    pub after_tick_no: i64,
    /// The version of the rules it was planned by.
    pub rules_version: i64,
    /// Every run before it is committed with this.
    pub planned_until_ms: i64,
    /// When there may be something to do again; none when nothing is left.
    pub due_ms: Option<i64>,
    /// What that was when the sender was read.
    pub due_had_ms: Option<i64>,
    /// The pace it was planned at.
    pub own_pace: OwnPace,
    /// How many that fell behind it was found by; none where all that did are past with it.
    pub behind_had: Option<i64>,
    /// The parts of the ledger that changed, whole.
    pub ledger: Vec<Part>,
    /// The outbox.
    pub slices: Vec<Slice>,
    /// Campaigns whose cursor moved.
    pub cursors: Vec<Cursor>,
    /// Zones of campaigns in which it did.
    pub zone_cursors: Vec<ZoneCursor>,
    /// What changes in campaigns' backlogs.
    pub backlogs: Vec<BacklogOf>,
    /// Campaigns that ended.
    pub endings: Vec<Ending>,
    /// Messages that are too late to go, or in doubt for good.
    pub left_out: Vec<LeftOut>,
    /// Whether the provider is asked about those in doubt.
    pub looks_up: bool,
}

/// Up to [`SLICE_MESSAGES`](super::slices::SLICE_MESSAGES) messages of one campaign, in sending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// The campaign.
    pub campaign_seq: i64,
    /// The edition of it that this was planned for.
    pub edition: i64,
    /// Its messages.
    pub items: Vec<Item>,
    /// How many they are.
    pub count: i64,
    /// The first instant, ms.
    pub start_ms: i64,
    /// The rules forbid sending at or after it, ms.
    pub open_until_ms: Option<i64>,
    /// The first of its messages is too late then, ms.
    pub expires_ms: Option<i64>,
}

impl Slice {
    /// Adds messages that come after all others; those that go on at one pace are one item.
    pub(super) fn add(&mut self, item: Item) {
        if self.count == 0 {
            self.start_ms = item.start;
        }
        self.count += item.count;
        if let Some(last) = self.items.last_mut() {
            let step = item.start - (last.start + (last.count - 1) * last.every);
            let own = last.count == 1 || last.every == step;
            let other = item.count == 1 || item.every == step;
            let next = last.first + last.count == item.first && last.doubts == item.doubts;
            if next && own && other {
                last.every = step;
                last.count += item.count;
                return;
            }
        }
        self.items.push(item);
    }
}

/// Messages one after the other at one pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The first ordinal.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// The first instant, ms.
    pub start: i64,
    /// Their distance, ms.
    pub every: i64,
    /// How many POSTs of them may have been taken already; mostly none, and then it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub doubts: i64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A campaign's new cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cursor {
    /// The campaign.
    pub campaign_seq: i64,
    /// How many of its messages were ever released. Where nobody has a zone, that is the first
    /// ordinal that was not.
    pub cursor: i64,
    /// What the campaigns beside it had when it joined them.
    pub joined_at: i64,
}

/// A new cursor of a campaign's people in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneCursor {
    /// The campaign.
    pub campaign_seq: i64,
    /// Their zones; empty for people without one.
    pub time_zone: String,
    /// How many of them were ever released.
    pub cursor: i64,
}

/// What changes in a campaign's backlog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacklogOf {
    /// The campaign.
    pub campaign_seq: i64,
    /// The entries it has no more, by their first ordinal.
    pub had: Vec<i64>,
    /// The entries it did not have, or otherwise.
    pub has: Vec<Backlog>,
    /// Nothing of it is ever released again, and more of it is in doubt than one tick leaves out: it
    /// does not end before the rest is.
    pub goes_on: bool,
}

impl BacklogOf {
    /// Whether there is a change.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        !self.had.is_empty() || !self.has.is_empty()
    }
}

/// A campaign that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// The campaign.
    pub campaign_seq: i64,
    /// What it was.
    pub from: CampaignStatus,
    /// What it is.
    pub to: CampaignStatus,
    /// Why: `exhausted` or `ended`.
    pub reason: &'static str,
}
