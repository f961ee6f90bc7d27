//! Cuts a campaign's messages into slices that a provider of ordinary slowness can take in time.
//!
//! A consumer has few POSTs in flight at once, so a slice goes no faster than its provider answers.
//! A fast campaign therefore has several slices under way at once, which take blocks of messages in
//! turn: each has a rest between two of its blocks, in which the answers come.

use std::collections::VecDeque;

use super::commit::Slice;
use super::hand_over::{GROUP_MESSAGES, GROUP_SPAN_MS};

/// The most messages in a slice.
pub const SLICE_MESSAGES: i64 = 100;
/// The longest time from a slice's first message to its last, in ms.
pub const SLICE_SPAN_MS: i64 = 15_000;
/// From the beginning of a slice's block to that of its next, in ms: a provider that answers in
/// less than that, without the time that a block and its claim take, makes nobody late. Where one is
/// slower its sender finds that out (see [`slower`](super::slower)).
pub const BLOCK_EVERY_MS: i64 = 600;

/// The slices of a campaign in a tick, while they are made.
#[derive(Debug)]
pub struct Slices {
    /// From the beginning of a slice's block to that of its next, ms.
    block_every_ms: i64,
    current: Option<Open>,
    /// Those that go on later, the one that has rested longest first.
    resting: VecDeque<Open>,
    done: Vec<Slice>,
}

/// A slice that goes on.
#[derive(Debug)]
struct Open {
    slice: Slice,
    /// The first instant of its last block, ms.
    block_ms: i64,
    /// How many messages the slice has when its block is full.
    block_until: i64,
}

impl Slices {
    /// None yet, whose blocks are `block_every_ms` apart.
    #[must_use]
    pub fn every(block_every_ms: i64) -> Self {
        Self { block_every_ms, current: None, resting: VecDeque::new(), done: Vec::new() }
    }

    /// The slice that takes the next messages, at `every` from `start` on, and how many of them it
    /// takes: one at least. They come in order of time. `new` makes an empty slice.
    pub fn next(
        &mut self,
        start: i64,
        every: i64,
        new: impl FnOnce() -> Slice,
    ) -> (&mut Slice, i64) {
        let open = match self.current.take() {
            Some(open) if open.room(start, every) > 0 => open,
            other => {
                self.resting.extend(other);
                let slice = self.rested(start).unwrap_or_else(new);
                Open { block_until: slice.count + GROUP_MESSAGES, block_ms: start, slice }
            }
        };
        let open = self.current.insert(open);
        let room = open.room(start, every).max(1);
        (&mut open.slice, room)
    }

    /// A slice that has rested long enough and has room at `at`. Those without room are done.
    fn rested(&mut self, at: i64) -> Option<Slice> {
        while let Some(open) = self.resting.pop_front() {
            if room(&open.slice, at, 0) <= 0 {
                self.done.push(open.slice);
            } else if open.block_ms + self.block_every_ms <= at {
                return Some(open.slice);
            } else {
                self.resting.push_front(open);
                return None;
            }
        }
        None
    }

    /// All of them that hold anything.
    #[must_use]
    pub fn finish(self) -> Vec<Slice> {
        let open = self.current.into_iter().chain(self.resting).map(|open| open.slice);
        self.done.into_iter().chain(open).filter(|slice| slice.count > 0).collect()
    }
}

impl Open {
    /// How many messages at `every` from `start` on still fit into the block.
    fn room(&self, start: i64, every: i64) -> i64 {
        let in_block = (self.block_until - self.slice.count).min(fitting(
            self.block_ms + GROUP_SPAN_MS,
            start,
            every,
        ));
        room(&self.slice, start, every).min(in_block)
    }
}

/// How many messages at `every` from `start` on still fit into the slice. It ends where its window
/// does, and where the first of its messages is too late: whoever hands it over knows one end only.
fn room(slice: &Slice, start: i64, every: i64) -> i64 {
    let end = [slice.open_until_ms, slice.expires_ms].into_iter().flatten().min();
    let last = (slice.start_ms + SLICE_SPAN_MS).min(end.map_or(i64::MAX, |end| end - 1));
    (SLICE_MESSAGES - slice.count).min(fitting(last, start, every))
}

/// How many messages at `every` from `start` on go up to and with `last`.
const fn fitting(last: i64, start: i64, every: i64) -> i64 {
    if last < start {
        0
    } else if every > 0 {
        (last - start) / every + 1
    } else {
        i64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::super::commit::Item;
    use super::*;

    /// `count` messages at `every`, from 0 on, none in a window that ends.
    fn cut(count: i64, every: i64) -> Vec<Slice> {
        let mut slices = Slices::every(BLOCK_EVERY_MS);
        let mut first = 0;
        while first < count {
            let start = first * every;
            let (slice, room) = slices.next(start, every, || Slice {
                campaign_seq: 1,
                edition: 1,
                items: Vec::new(),
                count: 0,
                start_ms: start,
                open_until_ms: None,
                expires_ms: None,
            });
            let count = room.min(count - first);
            slice.add(Item { first, count, start, every, doubts: 0 });
            first += count;
        }
        slices.finish()
    }

    fn instants(slice: &Slice) -> Vec<i64> {
        let of = |item: &Item| {
            let item = *item;
            (0..item.count).map(move |k| item.start + k * item.every)
        };
        slice.items.iter().flat_map(of).collect()
    }

    #[test]
    fn every_message_is_in_one_slice_once() {
        for every in [0, 1, 3, 20, 90, 99, 100, 101, 550, 600, 20_000] {
            let slices = cut(1_000, every);
            let mut ordinals: Vec<i64> = slices
                .iter()
                .flat_map(|slice| &slice.items)
                .flat_map(|item| item.first..item.first + item.count)
                .collect();
            ordinals.sort_unstable();
            assert_eq!(ordinals, (0..1_000).collect::<Vec<_>>(), "{every}");
            for slice in &slices {
                let at = instants(slice);
                assert!(at.is_sorted(), "{every}");
                assert!(at.len() <= 100 && at[at.len() - 1] - at[0] <= SLICE_SPAN_MS, "{every}");
                assert_eq!(slice.count, i64::try_from(at.len()).unwrap());
            }
        }
    }

    #[test]
    fn a_slice_has_a_block_and_then_a_rest() {
        for every in [1, 3, 20, 90] {
            for slice in cut(60_000, every) {
                for two in instants(&slice).windows(7) {
                    assert!(two[6] - two[0] >= BLOCK_EVERY_MS, "{every}: {two:?}");
                }
            }
        }
    }

    #[test]
    fn as_many_are_under_way_as_the_pace_needs_and_they_are_filled() {
        // A minute at a thousand a second, at fifty, and at one in two seconds.
        let per_minute = |count, every| {
            let slices = cut(count, every);
            let under_way = |at: i64| {
                let holds =
                    |s: &&Slice| s.start_ms <= at && at <= instants(s)[instants(s).len() - 1];
                slices.iter().filter(holds).count()
            };
            (slices.len(), under_way(5_000))
        };
        for (count, every, most, at_once) in
            [(60_000, 1, 660, 100), (3_000, 20, 33, 5), (30, 2_000, 4, 1)]
        {
            let (slices, under_way) = per_minute(count, every);
            assert!(slices <= most, "{every}: {slices} slices");
            assert!((at_once..=at_once + 1).contains(&under_way), "{every}: {under_way} at once");
        }
    }
}
