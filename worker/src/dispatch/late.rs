//! Lateness: what has become too late to go, where a campaign lets its messages expire.
//!
//! A message's promise is the instant that the kept plan named for it. One that could not go within
//! the campaign's time of its promise is left out and never sent late. Messages that the provider
//! may have already are not: whether those went is not known, and repeating them settles it.

use std::collections::BTreeMap;

use serde::Serialize;
use tidegate::status::{self, MessageStatus, MessageTrigger};

use super::hand_over::ORDERED;
use super::part::Part;
use super::promise::{Instants, PIECE_MS};
use super::rules::Campaign;
use super::supply::Backlog;

/// The most messages that one tick leaves out of a sender's campaigns because they are late, or gives
/// up; the next tick goes on. A campaign of which more are late sends none until then.
pub const LATE_MOST: usize = 10_000;

/// Promised instants by the ordinal of the first: `(start, count, every)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises(BTreeMap<i64, (i64, i64, i64)>);

/// A message that is left out, or about which nobody will ever know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its campaign.
    pub campaign_seq: i64,
    /// Its ordinal.
    pub ordinal: i64,
    /// What it is now.
    pub status: MessageStatus,
    /// The instant it was promised or released for, ms.
    pub planned_ms: i64,
    /// Why.
    pub reason: &'static str,
}

impl Promises {
    /// From a promise as it is kept. Where that has counts by the piece of time alone, a message is
    /// promised for the end of its piece: nobody is left out too early.
    #[must_use]
    pub fn of_kept(instants: &Instants) -> Self {
        let rest = instants.rest.iter().map(|&(piece, count)| (piece + PIECE_MS, count, 0));
        let mut runs = instants.runs.iter().copied().chain(rest);
        let mut promises = BTreeMap::new();
        let mut run: Option<(i64, i64, i64)> = None;
        for &(first, count) in &instants.spans {
            let (mut ordinal, mut left) = (first, count);
            while left > 0 {
                let Some((start, length, every)) = run.take().or_else(|| runs.next()) else {
                    return Self(promises);
                };
                let here = length.min(left);
                promises.insert(ordinal, (start, here, every));
                if here < length {
                    run = Some((start + here * every, length - here, every));
                }
                ordinal += here;
                left -= here;
            }
        }
        Self(promises)
    }

    /// The instant that was promised for a message, ms.
    #[must_use]
    pub fn of(&self, ordinal: i64) -> Option<i64> {
        let (&first, &(start, count, every)) = self.0.range(..=ordinal).next_back()?;
        (ordinal < first + count).then(|| start + (ordinal - first) * every)
    }
}

/// From when on a message does not go any more, ms; none where it never gets too late.
#[must_use]
pub fn deadline(campaign: &Campaign, ordinal: i64) -> Option<i64> {
    let after_ms = campaign.expires_after_ms?;
    campaign.promises.of(ordinal).map(|promised| promised + after_ms)
}

/// A message that has become too late.
#[must_use]
pub fn expired(campaign: &Campaign, ordinal: i64) -> LeftOut {
    let before = MessageStatus::Queued;
    LeftOut {
        campaign_seq: campaign.seq,
        ordinal,
        status: status::message(before, MessageTrigger::Skip).unwrap_or(before),
        planned_ms: campaign.promises.of(ordinal).unwrap_or(0),
        reason: "expired",
    }
}

/// Takes out of campaigns what nothing sent from `from_ms` on can reach in time, up to [`LATE_MOST`]
/// messages. Campaigns with few of them come first, so that one with very many holds only itself.
pub fn expire(campaigns: &mut [Campaign], from_ms: i64) -> Vec<LeftOut> {
    let late = |campaign: &Campaign| count_late(campaign, from_ms, LATE_MOST + 1);
    let counted = campaigns.iter_mut().map(|campaign| (late(campaign), campaign));
    let mut counted: Vec<_> = counted.filter(|(count, _)| *count > 0).collect();
    counted.sort_by_key(|(count, _)| *count);
    let mut left_out = Vec::new();
    for (count, campaign) in counted {
        let room = LATE_MOST - left_out.len();
        campaign.is_behind = count > room;
        let mut late = Vec::new();
        let mut parts = std::mem::take(&mut campaign.parts);
        for part in &mut parts {
            expire_part(campaign, part, from_ms, &mut late, room);
        }
        campaign.parts = parts;
        left_out.append(&mut late);
    }
    left_out
}

/// How many messages of a campaign nothing sent from `from_ms` on can reach in time, counted up to
/// `most`.
fn count_late(campaign: &Campaign, from_ms: i64, most: usize) -> usize {
    if campaign.expires_after_ms.is_none() {
        return 0;
    }
    let is_late = |ordinal: &i64| deadline(campaign, *ordinal).is_some_and(|at| at <= from_ms);
    let of = |part: &Part| {
        let entries = part.backlog.iter().filter(|entry| entry.doubts == 0);
        let returned = entries.flat_map(|entry| entry.first..entry.first + entry.count);
        let fresh = part.fresh().flat_map(|(first, count)| first..first + count);
        let fresh = fresh.take_while(is_late).take(most).count();
        returned.filter(is_late).take(most).count() + fresh
    };
    campaign.parts.iter().map(of).sum::<usize>().min(most)
}

fn expire_part(
    campaign: &Campaign,
    part: &mut Part,
    from_ms: i64,
    left_out: &mut Vec<LeftOut>,
    most: usize,
) {
    let is_late = |ordinal| deadline(campaign, ordinal).is_some_and(|at| at <= from_ms);
    let mut backlog: Vec<Backlog> = Vec::new();
    for entry in std::mem::take(&mut part.backlog) {
        if entry.doubts > 0 {
            backlog.push(entry);
            continue;
        }
        for ordinal in entry.first..entry.first + entry.count {
            if left_out.len() < most && is_late(ordinal) {
                left_out.push(expired(campaign, ordinal));
                continue;
            }
            match backlog.last_mut() {
                Some(last)
                    if last.first + last.count == ordinal
                        && (last.due_ms, last.doubts) == (entry.due_ms, 0) =>
                {
                    last.count += 1;
                }
                // Its place has been given back with the rest of its entry.
                _ => backlog.push(Backlog {
                    first: ordinal,
                    count: 1,
                    charged: None,
                    ..entry.clone()
                }),
            }
        }
    }
    part.backlog = backlog;
    let fresh = part.fresh().flat_map(|(first, count)| first..first + count);
    let room = most - left_out.len();
    let late: Vec<i64> = fresh.take_while(|ordinal| is_late(*ordinal)).take(room).collect();
    part.cursor += i64::try_from(late.len()).unwrap_or(0);
    left_out.extend(late.into_iter().map(|ordinal| expired(campaign, ordinal)));
}

/// The messages in doubt of a campaign of which nothing is ever released again, up to `most`: nobody
/// can tell any more whether they went. The entries of the others are the rest.
#[must_use]
pub fn in_doubt(campaign: &Campaign, now_ms: i64, most: usize) -> (Vec<LeftOut>, Vec<Backlog>) {
    let before = MessageStatus::Sending;
    let status = status::message(before, MessageTrigger::Unclear).unwrap_or(before);
    let mut room = i64::try_from(most).unwrap_or(i64::MAX);
    let (mut given_up, mut rest) = (Vec::new(), Vec::new());
    for entry in campaign.backlog().filter(|entry| entry.doubts > 0) {
        let count = entry.count.min(room);
        room -= count;
        let planned_ms = entry.charged.map_or(now_ms, |pace| pace.start);
        let reason = if entry.doubts < ORDERED { "no_answer" } else { "other_provider" };
        given_up.extend((entry.first..entry.first + count).map(|ordinal| LeftOut {
            campaign_seq: campaign.seq,
            ordinal,
            status,
            planned_ms,
            reason,
        }));
        if count < entry.count {
            let (first, count) = (entry.first + count, entry.count - count);
            rest.push(Backlog { first, count, ..entry.clone() }.uncharged());
        }
    }
    (given_up, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_found_by_its_ordinal() {
        let promises = Promises::of_kept(&Instants {
            spans: vec![(7, 2), (20, 5)],
            runs: vec![(1_000, 3, 10), (5_000, 1, 0)],
            rest: vec![(PIECE_MS, 2)],
            is_cut: false,
        });
        let found = [6, 7, 8, 9, 19, 20, 21, 22, 23, 24, 25].map(|ordinal| promises.of(ordinal));
        let late = Some(2 * PIECE_MS);
        assert_eq!(
            found,
            [
                None,
                Some(1_000),
                Some(1_010),
                None,
                None,
                Some(1_020),
                Some(5_000),
                late,
                late,
                None,
                None
            ]
        );
    }
}
