//! Which messages of a campaign go next: first those that came back, then those at the cursor.

use serde::{Deserialize, Serialize};

/// Messages that were released, surely not sent, and are to be released again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The first ordinal.
    pub first: i64,
    /// How many, one after the other.
    pub count: i64,
    /// Not to be released before, ms.
    pub due_ms: i64,
    /// Their places in the limits, while these are still charged.
    pub charged: Option<Pace>,
    /// How many POSTs of them may have been taken already.
    pub doubts: i64,
}

impl Backlog {
    /// The entry of messages that the provider may have: their places stay charged for good. The
    /// oftener nobody could tell, the longer they wait.
    #[must_use]
    pub fn in_doubt(self, now_ms: i64) -> Self {
        let rest_ms = super::settlement::doubt_rest_ms(self.doubts);
        Self { due_ms: self.due_ms.max(now_ms + rest_ms), ..self.uncharged() }
    }

    /// The entry without places to give back: they have been, or the provider may have taken the
    /// messages and they never are.
    #[must_use]
    pub fn uncharged(self) -> Self {
        Self { charged: None, ..self }
    }
}

/// Evenly spaced instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The first, ms.
    pub start: i64,
    /// The distance, ms.
    pub every: i64,
}

/// Ordinals one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: i64,
    /// How many.
    pub count: i64,
    /// How many POSTs of them may have been taken already.
    pub doubts: i64,
}

/// The messages of one campaign that may be released now, in order.
#[derive(Clone, Debug)]
pub struct Supply {
    /// The next one last.
    returned: Vec<Backlog>,
    later: Vec<Backlog>,
    /// `(first, count)` of those that were never released, the next ones last.
    fresh: Vec<(i64, i64)>,
    cursor: i64,
}

impl Supply {
    /// Of what came back and of those that were never released, `(first, count)` in order, as of
    /// `now_ms`. `cursor` is how many were ever released.
    #[must_use]
    pub fn new(
        backlog: &[Backlog],
        fresh: impl Iterator<Item = (i64, i64)>,
        cursor: i64,
        now_ms: i64,
    ) -> Self {
        let (mut returned, later): (Vec<_>, Vec<_>) =
            backlog.iter().cloned().partition(|entry| entry.due_ms <= now_ms);
        returned.sort_by_key(|entry| std::cmp::Reverse(entry.first));
        let mut fresh: Vec<_> = fresh.collect();
        fresh.reverse();
        Self { returned, later, fresh, cursor }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> i64 {
        let returned: i64 = self.returned.iter().map(|entry| entry.count).sum();
        returned + self.fresh.iter().map(|(_, count)| count).sum::<i64>()
    }

    /// When the next of those that have to wait may go.
    #[must_use]
    pub fn due_ms(&self) -> Option<i64> {
        self.later.iter().map(|entry| entry.due_ms).min()
    }

    /// How many were ever released.
    #[must_use]
    pub const fn cursor(&self) -> i64 {
        self.cursor
    }

    /// The next of them.
    #[must_use]
    pub fn next(&self) -> Option<i64> {
        let fresh = self.fresh.last().map(|(first, _)| *first);
        self.returned.last().map(|entry| entry.first).or(fresh)
    }

    /// Takes up to `wanted`, all one after the other.
    pub fn take(&mut self, wanted: i64) -> Option<Span> {
        if wanted <= 0 {
            return None;
        }
        if let Some(entry) = self.returned.last_mut() {
            let count = wanted.min(entry.count);
            let span = Span { first: entry.first, count, doubts: entry.doubts };
            entry.first += count;
            entry.count -= count;
            if entry.count == 0 {
                self.returned.pop();
            }
            return Some(span);
        }
        let (first, left) = self.fresh.last_mut()?;
        let span = Span { first: *first, count: wanted.min(*left), doubts: 0 };
        *first += span.count;
        *left -= span.count;
        if *left == 0 {
            self.fresh.pop();
        }
        self.cursor += span.count;
        Some(span)
    }

    /// What of the backlog is left, in order, without places to give back. Neighbours that wait for
    /// the same instant are one entry: a million people who were written to yesterday wait in few.
    #[must_use]
    pub fn rest(&self) -> Vec<Backlog> {
        let mut rest: Vec<Backlog> =
            self.returned.iter().chain(&self.later).cloned().map(Backlog::uncharged).collect();
        rest.sort_by_key(|entry| entry.first);
        rest.dedup_by(|next, entry| {
            let follows = entry.first + entry.count == next.first
                && (entry.due_ms, entry.doubts) == (next.due_ms, next.doubts);
            if follows {
                entry.count += next.count;
            }
            follows
        });
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(first: i64, count: i64, due_ms: i64) -> Backlog {
        Backlog { campaign_seq: 1, first, count, due_ms, charged: None, doubts: 0 }
    }

    #[test]
    fn those_that_came_back_go_first_and_in_order() {
        let backlog = [entry(40, 2, 0), entry(10, 3, 0), entry(20, 1, 900)];
        let mut supply = Supply::new(&backlog, [(50, 2)].into_iter(), 50, 500);
        assert_eq!(supply.count(), 7);
        assert_eq!(supply.due_ms(), Some(900));
        assert_eq!(supply.take(2), Some(Span { first: 10, count: 2, doubts: 0 }));
        assert_eq!(supply.take(9), Some(Span { first: 12, count: 1, doubts: 0 }));
        assert_eq!(supply.take(9), Some(Span { first: 40, count: 2, doubts: 0 }));
        assert_eq!(supply.take(9), Some(Span { first: 50, count: 2, doubts: 0 }));
        assert_eq!(supply.take(9), None);
        assert_eq!(supply.rest(), [entry(20, 1, 900)]);
    }

    #[test]
    fn neighbours_that_wait_for_the_same_instant_are_one_entry() {
        let charged = |entry: Backlog| Backlog {
            charged: Some(Pace { start: entry.first * 7, every: 0 }),
            ..entry
        };
        let mut backlog: Vec<_> = (0..1_000).rev().map(|k| charged(entry(k, 1, 600_000))).collect();
        backlog.push(entry(1_000, 1, 1_200_000));
        backlog.push(entry(1_002, 1, 1_200_000));
        backlog.push(Backlog { doubts: 1, ..entry(1_003, 1, 1_200_000) });
        let rest = Supply::new(&backlog, std::iter::empty(), 2_000, 0).rest();
        assert_eq!(rest.len(), 4);
        assert_eq!(rest[0], entry(0, 1_000, 600_000));
    }
}
