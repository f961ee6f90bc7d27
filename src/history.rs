//! What was sent before: runs of evenly spaced sends.
//!
//! A plan is written in the same shape, so that it can be read back as history.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use crate::time::Instant;

/// How a message came to be sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Released by a plan.
    #[default]
    Queued,
    /// Sent one by one through us.
    Single,
    /// Sent by hand elsewhere, and recorded.
    Manual,
}

impl Origin {
    pub(crate) const NAMES: [(&str, Self); 3] =
        [("queued", Self::Queued), ("single", Self::Single), ("manual", Self::Manual)];
}

/// `count` sends from `start` on, `every` milliseconds apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// The first send.
    pub start: Instant,
    /// How many sends.
    pub count: u64,
    /// Milliseconds from one send to the next, not negative; 0 in a run of one.
    pub every: i64,
    /// How they came to be sent.
    pub origin: Origin,
}

impl Run {
    /// A single send.
    #[must_use]
    pub const fn one(start: Instant, origin: Origin) -> Self {
        Self { start, count: 1, every: 0, origin }
    }

    /// The last send.
    #[must_use]
    pub fn last(&self) -> Instant {
        self.nth(self.count.saturating_sub(1))
    }

    /// The send with that index, counted from 0.
    pub(crate) fn nth(&self, index: u64) -> Instant {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.start.plus(self.every.saturating_mul(index))
    }

    /// How many of the sends are at or before `t`.
    pub(crate) fn count_until(&self, t: Instant) -> u64 {
        count_between(self.start, self.every, t).min(self.count)
    }

    /// Parts the first `count` sends from the rest.
    pub(crate) fn split(self, count: u64) -> (Option<Self>, Option<Self>) {
        let part = |start, count| {
            let every = if count == 1 { 0 } else { self.every };
            (count > 0).then_some(Self { start, count, every, ..self })
        };
        let count = count.min(self.count);
        (part(self.start, count), part(self.nth(count), self.count - count))
    }

    /// Takes as much of `next` as continues this run, and gives back the rest.
    ///
    /// A run of one takes on the spacing of whatever follows it. So how sends are cut into runs
    /// depends on their instants and origins alone, not on the pieces they arrive in.
    pub(crate) fn join(&mut self, next: Self) -> Option<Self> {
        let spacing = next.start.since(self.last());
        let continues = self.origin == next.origin
            && spacing >= 0
            && (self.count == 1 || spacing == self.every);
        if !continues {
            return Some(next);
        }
        self.every = spacing;
        if next.count == 1 || next.every == spacing {
            self.count = self.count.saturating_add(next.count);
            return None;
        }
        self.count = self.count.saturating_add(1);
        next.split(1).1
    }
}

/// How many of the instants `start`, `start + every`, ... are at or before `t`; no bound where they
/// all are the same.
pub(crate) fn count_between(start: Instant, every: i64, t: Instant) -> u64 {
    match u64::try_from(t.since(start)) {
        Err(_) => 0,
        Ok(_) if every <= 0 => u64::MAX,
        Ok(ms) => ms / every.unsigned_abs() + 1,
    }
}

/// Appends a run that is not before the last one.
pub(crate) fn append(runs: &mut Vec<Run>, next: Run) {
    let rest = match runs.last_mut() {
        Some(last) => last.join(next),
        None => Some(next),
    };
    if let Some(rest) = rest {
        runs.push(rest);
    }
}

/// How far overlapping runs may still be cut, over all the histories that share it.
pub(crate) struct Cuts {
    /// Pieces that are put in order, each of which takes time.
    pub(crate) pieces: usize,
    /// Runs beyond those that were given, each of which is kept.
    pub(crate) runs: usize,
}

impl Cuts {
    /// As far as it takes.
    pub(crate) const UNBOUNDED: Self = Self { pieces: usize::MAX, runs: usize::MAX };
}

/// The same sends in time order, in runs that do not overlap.
///
/// None when runs interleave so much that `cuts` does not suffice. What was cut is taken off it.
pub(crate) fn in_order(runs: &[Run], cuts: &mut Cuts) -> Option<Vec<Run>> {
    let mut sorted: Vec<_> = runs.iter().copied().filter(|run| run.count > 0).collect();
    sorted.sort_unstable();
    let mut ordered = Vec::with_capacity(sorted.len());
    let mut rest = sorted.as_slice();
    while let Some((first, others)) = rest.split_first() {
        let mut end = first.last();
        let mut overlapping = 0;
        for other in others {
            if other.start >= end {
                break;
            }
            overlapping += 1;
            end = end.max(other.last());
        }
        let (together, later) = rest.split_at_checked(overlapping + 1)?;
        if overlapping == 0 {
            append(&mut ordered, *first);
        } else {
            interleave(together, &mut ordered, cuts)?;
        }
        rest = later;
    }
    Some(ordered)
}

/// Merges overlapping runs, piece by piece: the earliest goes on until another one is due.
fn interleave(runs: &[Run], ordered: &mut Vec<Run>, cuts: &mut Cuts) -> Option<()> {
    let as_given = ordered.len().saturating_add(runs.len());
    let mut heap: BinaryHeap<_> = runs.iter().copied().map(Reverse).collect();
    while let Some(Reverse(run)) = heap.pop() {
        let alone = heap.peek().map_or(run.count, |Reverse(next)| run.count_until(next.start));
        let (piece, rest) = run.split(alone.max(1));
        if let Some(piece) = piece {
            append(ordered, piece);
        }
        heap.extend(rest.map(Reverse));
        cuts.pieces = cuts.pieces.checked_sub(1)?;
        if ordered.len().saturating_sub(as_given) > cuts.runs {
            return None;
        }
    }
    cuts.runs -= ordered.len().saturating_sub(as_given);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: i64, count: u64, every: i64) -> Run {
        Run { start: Instant::from_millis(start), count, every, origin: Origin::Queued }
    }

    fn pieces(pieces: usize) -> Cuts {
        Cuts { pieces, ..Cuts::UNBOUNDED }
    }

    fn sends(runs: &[Run]) -> Vec<i64> {
        let each = runs.iter().flat_map(|run| (0..run.count).map(|index| run.nth(index).millis()));
        each.collect()
    }

    #[test]
    fn a_run_counts_up_to_an_instant() {
        let ten = run(100, 10, 7);
        for (t, count) in [(99, 0), (100, 1), (106, 1), (107, 2), (163, 10), (1_000, 10)] {
            assert_eq!(ten.count_until(Instant::from_millis(t)), count, "{t}");
        }
        assert_eq!(run(100, 10, 0).count_until(Instant::from_millis(100)), 10);
    }

    #[test]
    fn how_sends_are_cut_into_runs_does_not_depend_on_their_pieces() {
        let instants = [0, 30, 60, 90, 200, 210, 220, 220, 220, 300];
        let mut one_by_one = Vec::new();
        for t in instants {
            append(&mut one_by_one, run(t, 1, 0));
        }
        let mut in_pieces = Vec::new();
        for piece in
            [run(0, 2, 30), run(60, 2, 30), run(200, 3, 10), run(220, 2, 0), run(300, 1, 0)]
        {
            append(&mut in_pieces, piece);
        }
        assert_eq!(one_by_one, in_pieces);
        assert_eq!(sends(&one_by_one), instants);
        assert_eq!(one_by_one, [run(0, 4, 30), run(200, 3, 10), run(220, 2, 0), run(300, 1, 0)]);
    }

    #[test]
    fn overlapping_runs_are_put_in_order() {
        let runs = [run(50, 4, 20), run(0, 11, 10), run(55, 2, 0), run(500, 2, 1), run(300, 1, 0)];
        let ordered = in_order(&runs, &mut pieces(100)).unwrap();
        let mut expected = sends(&runs);
        expected.sort_unstable();
        assert_eq!(sends(&ordered), expected);
        assert!(ordered.windows(2).all(|pair| pair[0].last() <= pair[1].start));
    }

    #[test]
    fn interleaving_is_bounded() {
        let runs = [run(0, 1_000, 10), run(5, 1_000, 10)];
        assert_eq!(in_order(&runs, &mut pieces(1_999)), None);
        assert!(in_order(&runs, &mut pieces(2_000)).is_some());
        // Runs that overlap elsewhere are cut as well.
        let [third, fourth] = [run(1_000_000, 1_000, 10), run(1_000_005, 1_000, 10)];
        let twice = [runs[0], runs[1], third, fourth];
        assert_eq!(in_order(&twice, &mut pieces(2_000)), None);
        assert!(in_order(&twice, &mut pieces(4_000)).is_some());
        // One after the other they need no merging, however long they are.
        let apart = [run(0, 1_000_000, 10), run(10_000_000, 1_000_000, 10)];
        assert!(in_order(&apart, &mut pieces(0)).is_some());
    }

    #[test]
    fn what_cannot_be_one_run_again_is_bounded_by_itself() {
        let by_hand = Run { origin: Origin::Manual, ..run(5, 1_000, 10) };
        let runs = [run(0, 1_000, 10), by_hand];
        let cuts = |runs| Cuts { pieces: 10_000, runs };
        // Two were given, and 2,000 come of them.
        assert_eq!(in_order(&runs, &mut cuts(1_997)), None);
        let mut enough = cuts(1_998);
        assert_eq!(in_order(&runs, &mut enough).unwrap().len(), 2_000);
        assert_eq!((enough.pieces, enough.runs), (8_000, 0));
        // Two that are one run between them take no room.
        assert!(in_order(&[run(0, 1_000, 10), run(5, 1_000, 10)], &mut cuts(0)).is_some());
    }
}
