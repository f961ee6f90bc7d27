//! Messages as the API tells them, read page by page out of one campaign or several.
//!
//! A message has no row before something has become of it, so what it is follows from its campaign,
//! from the slices that are under way, and from what came back.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tidegate::status::{CampaignStatus, MessageStatus};

use super::campaigns::status_of;
use super::progress::untouched;
use crate::dispatch::commit::Item;
use crate::dispatch::hand_over::positions;
use crate::model::Person;
use crate::store::campaigns::CampaignRow;
use crate::store::messages::{
    self, Marked, MessageRow, OpenOfRow, OpenRow, PeopleRow, ReturnedOfRow, ReturnedRow, Wanted,
};
use crate::store::{Database, StoreError};
use crate::tracking::OPENED;

/// A message, as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    pub(super) id: String,
    pub(super) ordinal: i64,
    pub(super) to: String,
    pub(super) status: MessageStatus,
    pub(super) reason: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) planned_at: Option<i64>,
    pub(super) sent_at: Option<i64>,
    pub(super) delivered_at: Option<i64>,
    pub(super) reference: Option<String>,
    /// When it was first seen to be opened, by anybody but a machine.
    pub(super) opened_at: Option<i64>,
    /// When a link in it was first followed.
    pub(super) clicked_at: Option<i64>,
}

/// Which messages are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Those in one of these.
    pub statuses: Option<&'a [MessageStatus]>,
    /// Of them those that are so marked.
    pub marked: Option<Marked>,
}

impl<'a> Filter<'a> {
    /// Those in one of these statuses; none: all.
    #[must_use]
    pub const fn of(statuses: Option<&'a [MessageStatus]>) -> Self {
        Self { statuses, marked: None }
    }

    fn lets(&self, message: &Message) -> bool {
        let went = matches!(message.status, MessageStatus::Sent | MessageStatus::Delivered);
        let is_marked = match self.marked {
            None => true,
            Some(Marked::Opened) => message.opened_at.is_some(),
            Some(Marked::Clicked) => message.clicked_at.is_some(),
            Some(Marked::NotOpened) => went && message.opened_at.is_none(),
            Some(Marked::NotClicked) => went && message.clicked_at.is_none(),
        };
        is_marked && self.statuses.is_none_or(|statuses| statuses.contains(&message.status))
    }
}

/// When people first did what with one message.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    opened_ms: Option<i64>,
    clicked_ms: Option<i64>,
}

/// What was seen of the messages of a page, by ordinal.
fn seen(marks: &str) -> Result<BTreeMap<i64, Seen>, StoreError> {
    let mut seen = BTreeMap::<i64, Seen>::new();
    for (ordinal, link, first_ms) in parsed::<Vec<(i64, i64, i64)>>(marks)? {
        let message = seen.entry(ordinal).or_default();
        let first = |known: Option<i64>| Some(known.map_or(first_ms, |known| known.min(first_ms)));
        message.opened_ms = first(message.opened_ms);
        if link != OPENED {
            message.clicked_ms = first(message.clicked_ms);
        }
    }
    Ok(seen)
}

/// A stretch of a campaign's messages.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The campaign.
    pub campaign: &'a CampaignRow,
    /// From this ordinal on.
    pub from: i64,
    /// To before this one.
    pub until: i64,
}

/// Messages of stretches.
#[derive(Debug, Default)]
pub struct Part {
    /// Each with the place of its stretch.
    pub items: Vec<(usize, Message)>,
    /// The stretch and the ordinal at which to go on; none where all were looked at.
    pub next: Option<(usize, i64)>,
}

/// Up to `most` messages of these stretches, in their order, out of up to `pages` pages of people: those
/// that the filter lets through.
///
/// # Errors
/// The database's.
pub async fn read(
    db: &impl Database,
    stretches: &[Stretch<'_>],
    filter: Filter<'_>,
    most: i64,
    pages: i64,
) -> Result<Part, StoreError> {
    let seqs: Vec<i64> = stretches.iter().map(|stretch| stretch.campaign.seq).collect();
    let seqs = json!(seqs);
    let asked = vec![messages::open_of(&seqs), messages::returned_of(&seqs)];
    let mut answers = db.batch(asked).await?.into_iter();
    let open = answers.next().unwrap_or_default().all::<OpenOfRow>()?;
    let returned = answers.next().unwrap_or_default().all::<ReturnedOfRow>()?;
    let mut views = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        let campaign = stretch.campaign;
        let mut under_way = UnderWay::default();
        for row in open.iter().filter(|row| row.campaign_seq == campaign.seq) {
            under_way.add(&row.slice)?;
        }
        for row in returned.iter().filter(|row| row.campaign_seq == campaign.seq) {
            under_way.take_back(row.messages);
        }
        views.push(View { campaign, status: status_of(campaign)?, under_way });
    }
    let wanted = stretches.iter().zip(&views).map(|(stretch, view)| view.wanted(stretch, filter));
    let wanted: Vec<Wanted> = wanted.collect();
    // Cancelled ones have no row.
    let statuses: Vec<_> =
        filter.statuses.into_iter().flatten().map(|status| status.name()).collect();
    let asked = messages::pages(&wanted, &json!(statuses), filter.marked, pages);
    let rows = db.run(asked).await?.all::<PeopleRow>()?;
    part(stretches, &views, &rows, filter, most, pages)
}

fn part(
    stretches: &[Stretch<'_>],
    views: &[View<'_>],
    rows: &[PeopleRow],
    filter: Filter<'_>,
    most: i64,
    pages: i64,
) -> Result<Part, StoreError> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut part = Part::default();
    let mut at = (0, 0);
    for row in rows {
        let place = stretches.iter().position(|stretch| stretch.campaign.seq == row.campaign_seq);
        let Some((place, stretch, view)) =
            place.and_then(|at| Some((at, stretches.get(at)?, views.get(at)?)))
        else {
            continue;
        };
        let people: Vec<Person> = parsed(&row.people)?;
        let known: Vec<MessageRow> = parsed(&row.messages)?;
        let mut known: BTreeMap<_, _> = known.into_iter().map(|m| (m.ordinal, m)).collect();
        let mut seen = seen(&row.marks)?;
        for (ordinal, person) in (row.first..).zip(people) {
            if ordinal < stretch.from || ordinal >= stretch.until {
                continue;
            }
            if part.items.len() == most {
                part.next = Some((place, ordinal));
                return Ok(part);
            }
            let seen = seen.remove(&ordinal).unwrap_or_default();
            let message = view.message(ordinal, person.to, known.remove(&ordinal), seen);
            if filter.lets(&message) {
                part.items.push((place, message));
            }
        }
        at = (place, (row.first + row.count).max(stretch.from));
    }
    let is_cut = i64::try_from(rows.len()).is_ok_and(|read| read == pages);
    part.next = is_cut.then_some(at);
    Ok(part)
}

/// The messages that were committed and whose outcome is not recorded.
#[derive(Debug, Default)]
struct UnderWay {
    /// The instant of each.
    planned_ms: BTreeMap<i64, i64>,
    /// Those whose POST may have begun.
    sending: BTreeSet<i64>,
    /// Those that came back, to be released again.
    returned: BTreeSet<i64>,
    /// Of these, those that the provider may have.
    in_doubt: BTreeSet<i64>,
}

impl UnderWay {
    fn add(&mut self, slice: &OpenRow) -> Result<(), StoreError> {
        let items: Vec<Item> = parsed(&slice.items)?;
        for (place, position) in (0_i64..).zip(positions(&items)) {
            if place < slice.settled {
                continue;
            }
            self.planned_ms.insert(position.ordinal, position.at_ms);
            if place < slice.claimed {
                self.sending.insert(position.ordinal);
            }
        }
        Ok(())
    }

    fn take_back(&mut self, row: ReturnedRow) {
        let ordinals = row.first..row.first + row.count;
        self.returned.extend(ordinals.clone());
        if row.doubts > 0 {
            self.in_doubt.extend(ordinals);
        }
    }

    /// What a message is that has no row, and why.
    fn untouched(
        &self,
        campaign: CampaignStatus,
        ordinal: i64,
    ) -> (MessageStatus, Option<&'static str>) {
        let is_to_go = self.planned_ms.contains_key(&ordinal) || self.returned.contains(&ordinal);
        match untouched(campaign) {
            _ if self.sending.contains(&ordinal) => (MessageStatus::Sending, None),
            // Of a completed campaign only what is sent again is still to go.
            (MessageStatus::Skipped, _) if is_to_go => (MessageStatus::Queued, None),
            // It will be recorded as such with the next tick.
            (MessageStatus::Cancelled, _) if self.in_doubt.contains(&ordinal) => {
                (MessageStatus::Unknown, Some("no_answer"))
            }
            other => other,
        }
    }
}

struct View<'a> {
    campaign: &'a CampaignRow,
    status: CampaignStatus,
    under_way: UnderWay,
}

impl View<'_> {
    /// Which pages of people can hold anything that the filter lets through.
    fn wanted(&self, stretch: &Stretch<'_>, filter: Filter<'_>) -> Wanted {
        let wanted = Wanted {
            campaign_seq: self.campaign.seq,
            from: stretch.from,
            until: stretch.until,
            ..Wanted::default()
        };
        let Some(filter) = filter.statuses else {
            return Wanted { all: true, ..wanted };
        };
        let from = stretch.from;
        let is_to_go = untouched(self.status).0 == MessageStatus::Queued;
        let of = |status| match status {
            MessageStatus::Sending => Some(&self.under_way.sending),
            MessageStatus::Queued if !is_to_go => Some(&self.under_way.returned),
            MessageStatus::Unknown => Some(&self.under_way.in_doubt),
            _ => None,
        };
        let ordinals = filter.iter().filter_map(|status| of(*status));
        // Released again and not begun: of a completed campaign these are queued too.
        let released = self.under_way.planned_ms.range(from..).map(|(ordinal, _)| *ordinal);
        let released = released.filter(|_| !is_to_go && filter.contains(&MessageStatus::Queued));
        Wanted {
            without_row: filter.contains(&untouched(self.status).0),
            ordinals: ordinals.flat_map(|set| set.range(from..).copied()).chain(released).collect(),
            ..wanted
        }
    }

    fn message(&self, ordinal: i64, to: String, row: Option<MessageRow>, seen: Seen) -> Message {
        let planned_ms = self.under_way.planned_ms.get(&ordinal).copied();
        let (status, reason) = if let Some(row) = &row {
            (MessageStatus::named(&row.status), row.reason.clone())
        } else {
            let (status, reason) = self.under_way.untouched(self.status, ordinal);
            (Some(status), reason.map(str::to_owned))
        };
        Message {
            id: format!("{}-{ordinal}", self.campaign.id),
            ordinal,
            to,
            // The schema's CHECK lets no other word in; should one be there, nothing is claimed.
            status: status.unwrap_or(MessageStatus::Unknown),
            reason,
            detail: row.as_ref().and_then(|row| row.detail.clone()),
            planned_at: row.as_ref().map(|row| row.planned_ms).or(planned_ms),
            sent_at: row.as_ref().and_then(|row| row.sent_ms),
            delivered_at: row.as_ref().and_then(|row| row.delivered_ms),
            reference: row.and_then(|row| row.reference),
            opened_at: seen.opened_ms,
            clicked_at: seen.clicked_ms,
        }
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Failed(error.to_string()))
}
