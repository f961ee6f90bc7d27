//! How a slice is handed over: which messages go next, when, and how they come back. What their outcomes
//! mean is in [`settlement`](super::settlement).
//!
//! A slice has positions `0..count`. Below `settled` the outcome of each is recorded; from
//! `settled` to `claimed` POSTs may have begun; from `claimed` on none has. A claim is recorded
//! before the first POST of its group, so that after a crash exactly one group is in doubt.

use std::collections::BTreeSet;

use tidegate::status::MessageTrigger;

use super::commit::Item;
use super::supply::{Backlog, Pace};

/// The most POSTs in flight for a slice: what Workers keeps open at once.
pub const GROUP_MESSAGES: i64 = 6;
/// How close together the messages of a group are, in ms.
pub const GROUP_SPAN_MS: i64 = 500;
/// A POST begins within this time after its instant, or the message comes back, in ms: what the
/// limits, counted by the promised instants, can be off by at the provider.
pub const GRACE_MS: i64 = 2_000;
/// How long a claim is good for, in ms: longer than a POST may take, waiting included.
pub const LEASE_MS: i64 = 60_000;
/// No POST begins when less than this is left of its lease, in ms.
pub const LEASE_MARGIN_MS: i64 = 35_000;
/// A message is claimed this long before its instant, in ms, so that the claim is recorded in time.
pub const CLAIM_LEAD_MS: i64 = 60;
/// Added to how often a message was sent without an answer, where that was to a provider that its
/// sender does not have any more: the present one cannot tell, and would take it a second time. The
/// statements have the number too.
pub const OTHER_PROVIDER: i64 = 1_000_000;
/// Added where somebody ordered all the same that it is sent again: it is handed to the present
/// provider, which is still not asked what became of it. The statements have this number too.
pub const ORDERED: i64 = 1_000;
/// A message of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its ordinal in the campaign.
    pub ordinal: i64,
    /// The instant it was released for, ms.
    pub at_ms: i64,
    /// How many POSTs of it may have been taken already.
    pub doubts: i64,
}

impl Position {
    /// How many POSTs of it to the present provider had no answer.
    #[must_use]
    pub const fn unanswered(&self) -> i64 {
        self.doubts % ORDERED
    }

    /// What the message goes through by `trigger`. Where the provider may have it from an earlier POST,
    /// nobody can tell what became of it: that this one is refused, or not made, says nothing about
    /// that one.
    pub(super) const fn unless_in_doubt(&self, trigger: MessageTrigger) -> MessageTrigger {
        if self.doubts > 0 { MessageTrigger::Unclear } else { trigger }
    }

    /// Why nobody can tell what became of it, whatever else is the matter, where another provider may
    /// have it: the present one is not asked.
    pub(super) const fn reason<'a>(&self, reason: &'a str) -> &'a str {
        if self.doubts >= ORDERED { "other_provider" } else { reason }
    }
}

/// The messages of a slice, in sending order.
#[must_use]
pub fn positions(items: &[Item]) -> Vec<Position> {
    let of = |item: &Item| {
        let item = *item;
        (0..item.count).map(move |k| Position {
            ordinal: item.first + k,
            at_ms: item.start + k * item.every,
            doubts: item.doubts,
        })
    };
    items.iter().flat_map(of).collect()
}

/// The spans of these ordinals, `(first, last)`.
#[must_use]
pub fn spans(ordinals: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for &ordinal in ordinals {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == ordinal => *last = ordinal,
            _ => spans.push((ordinal, ordinal)),
        }
    }
    spans
}

/// What to do next with a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before this instant, ms.
    WaitUntil(i64),
    /// Claim and send this many.
    Send(usize),
    /// Too late for the rest, or its window has closed: it comes back.
    Return,
    /// Nothing is left.
    Finish,
}

/// The next step, with `rest` the messages from `settled` on and `late_ms` how late the one before
/// them was. The distance between messages is kept: one that was late makes those after it late.
#[must_use]
pub fn next(rest: &[Position], late_ms: i64, open_until_ms: Option<i64>, now_ms: i64) -> Step {
    let Some(first) = rest.first() else {
        return Step::Finish;
    };
    let begin = first.at_ms + late_ms;
    if now_ms < begin - CLAIM_LEAD_MS {
        return Step::WaitUntil(begin - CLAIM_LEAD_MS);
    }
    let late_ms = lateness(first, late_ms, now_ms);
    let in_time = |position: &Position| in_time(position, open_until_ms, position.at_ms + late_ms);
    if !in_time(first) {
        return Step::Return;
    }
    let last = first.at_ms + GROUP_SPAN_MS;
    let group = rest
        .iter()
        .take(usize::try_from(GROUP_MESSAGES).unwrap_or(1))
        .take_while(|position| position.at_ms <= last && in_time(position));
    Step::Send(group.count().max(1))
}

/// Whether the POST of a message may begin at `at_ms`. Asked before the claim and again after it:
/// recording it takes time.
#[must_use]
pub fn in_time(position: &Position, expires_ms: Option<i64>, at_ms: i64) -> bool {
    at_ms - position.at_ms < GRACE_MS && expires_ms.is_none_or(|end| at_ms < end)
}

/// How late `first` and all after it are, when the one before was `late_ms` late and it is now
/// `now_ms`.
#[must_use]
pub const fn lateness(first: &Position, late_ms: i64, now_ms: i64) -> i64 {
    let behind = now_ms - first.at_ms;
    if behind > late_ms { behind } else { late_ms }
}

/// When the POST of `first` begins: at its instant, or as late as [`lateness`] says.
#[must_use]
pub const fn begins(first: &Position, late_ms: i64, now_ms: i64) -> i64 {
    first.at_ms + lateness(first, late_ms, now_ms)
}

/// Messages that come back, as backlog: neighbours at one pace in one entry.
#[must_use]
pub fn backlog(campaign_seq: i64, returned: &[Position], due_ms: i64) -> Vec<Backlog> {
    let mut entries: Vec<Backlog> = Vec::new();
    for position in returned {
        if let Some(entry) = entries.last_mut()
            && let Some(pace) = entry.charged.as_mut()
            && entry.first + entry.count == position.ordinal
            && entry.doubts == position.doubts
        {
            let last = pace.start + (entry.count - 1) * pace.every;
            let step = position.at_ms - last;
            if step >= 0 && (entry.count == 1 || step == pace.every) {
                pace.every = step;
                entry.count += 1;
                continue;
            }
        }
        entries.push(Backlog {
            campaign_seq,
            first: position.ordinal,
            count: 1,
            due_ms,
            charged: Some(Pace { start: position.at_ms, every: 0 }),
            doubts: position.doubts,
        });
    }
    entries
}

/// Messages that come back each at its own time, as backlog. The provider may have those in doubt,
/// so that they keep their places.
#[must_use]
pub fn put_off(campaign_seq: i64, put_off: &[(Position, i64)]) -> Vec<Backlog> {
    let together = put_off.chunk_by(|(_, one), (_, next)| one == next);
    let of = |chunk: &[(Position, i64)]| {
        let due_ms = chunk.first().map_or(0, |(_, due_ms)| *due_ms);
        let positions: Vec<Position> = chunk.iter().map(|(position, _)| *position).collect();
        let entries = backlog(campaign_seq, &positions, due_ms).into_iter();
        entries.map(|entry| if entry.doubts > 0 { entry.uncharged() } else { entry })
    };
    together.flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest() -> Vec<Position> {
        positions(&[
            Item { first: 10, count: 8, start: 100_000, every: 20, doubts: 0 },
            Item { first: 3, count: 1, start: 110_000, every: 0, doubts: 0 },
        ])
    }

    #[test]
    fn a_group_is_claimed_just_before_its_instant() {
        assert_eq!(next(&rest(), 0, None, 90_000), Step::WaitUntil(99_940));
        assert_eq!(next(&rest(), 0, None, 99_940), Step::Send(6));
    }

    #[test]
    fn a_group_ends_where_the_next_message_is_far() {
        assert_eq!(next(&rest()[6..], 0, None, 100_120), Step::Send(2));
    }

    #[test]
    fn what_is_late_comes_back() {
        assert_eq!(next(&rest(), 0, None, 101_999), Step::Send(6));
        assert_eq!(next(&rest(), 0, None, 102_000), Step::Return);
    }

    #[test]
    fn a_claim_that_took_too_long_to_record_is_for_nothing() {
        let first = rest()[0];
        assert!(in_time(&first, None, 101_999));
        assert!(!in_time(&first, None, 102_000));
        assert!(in_time(&first, Some(100_060), 100_059));
        assert!(!in_time(&first, Some(100_060), 100_060));
    }

    #[test]
    fn nothing_goes_at_or_after_the_end_of_the_window() {
        assert_eq!(next(&rest(), 0, Some(100_060), 99_950), Step::Send(3));
        assert_eq!(next(&rest()[3..], 0, Some(100_060), 100_060), Step::Return);
    }

    #[test]
    fn one_that_was_late_makes_those_after_it_late() {
        assert_eq!(next(&rest()[1..], 700, None, 100_020), Step::WaitUntil(100_660));
        assert_eq!(next(&rest(), 0, Some(100_060), 100_050), Step::Send(1));
    }

    #[test]
    fn neighbours_that_come_back_are_one_entry() {
        let entries = backlog(7, &rest(), 0);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].count, 8);
        assert_eq!(entries[0].charged, Some(Pace { start: 100_000, every: 20 }));
        assert_eq!(entries[1].first, 3);
    }
}
