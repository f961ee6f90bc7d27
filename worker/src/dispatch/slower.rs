//! A sender's own pace: where its provider, or the runtime, takes fewer messages than was set, it
//! goes slower until none fall behind, and then faster again step by step.
//!
//! Messages that fall behind their instants by more than the grace come back and are planned anew,
//! so that limits hold. A pace that cannot be kept would therefore send a few seconds' worth of each
//! minute and bring back the rest.

use super::hand_over::GROUP_MESSAGES;
use super::slices::BLOCK_EVERY_MS;

/// The slowest pace that a sender is brought to, in ms between two messages.
const SLOWEST_MS: i64 = 1_000;
/// Answers that take longer than this are not waited for by more slices, ms.
const BLOCK_EVERY_MOST_MS: i64 = 10_000;
/// It goes slower when more messages than two groups fell behind: one alone may be a hiccup.
const BEHIND_MOST: i64 = 2 * GROUP_MESSAGES;
/// So many ticks after a change of pace its messages have had their time: the next but one minute
/// is what a tick commits.
const SETTLED_TICKS: i64 = 2;

/// How a sender goes at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnPace {
    /// The time between two messages, ms; 0 when it goes as it was set.
    pub slow_ms: i64,
    /// The first tick that committed messages at this pace.
    pub since_tick: i64,
    /// How many messages at this pace came back because they fell behind, since the last tick.
    pub behind: i64,
}

impl OwnPace {
    /// The time between two messages, ms, where the provider is set to `set_ms`.
    #[must_use]
    pub const fn of(&self, set_ms: i64) -> i64 {
        if self.slow_ms > set_ms { self.slow_ms } else { set_ms }
    }

    /// From the beginning of a slice's block to that of its next, ms: half as fast takes answers that
    /// are twice as slow, from as many slices under way at once.
    #[must_use]
    pub fn block_every_ms(&self, set_ms: i64) -> i64 {
        (BLOCK_EVERY_MS * self.of(set_ms) / set_ms.max(1)).min(BLOCK_EVERY_MOST_MS)
    }

    /// The pace that tick `tick_no` commits messages at: half as fast where messages fell behind, a
    /// quarter faster where none did.
    #[must_use]
    pub fn next(self, set_ms: i64, tick_no: i64) -> Self {
        let pace_ms = self.of(set_ms);
        let fell_behind = self.behind > BEHIND_MOST;
        let next_ms = if fell_behind {
            (pace_ms * 2).min(SLOWEST_MS.max(set_ms))
        } else if self.behind == 0 && tick_no >= self.since_tick + SETTLED_TICKS {
            pace_ms - (pace_ms / 4).max(1)
        } else {
            pace_ms
        };
        let slow_ms = if next_ms > set_ms { next_ms } else { 0 };
        let since_tick = if slow_ms == self.slow_ms { self.since_tick } else { tick_no };
        Self { slow_ms, since_tick, behind: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_keeps_up_goes_as_it_was_set() {
        let pace = OwnPace::default();
        assert_eq!(pace.next(20, 7), pace);
        assert_eq!(pace.of(20), 20);
    }

    #[test]
    fn few_that_fall_behind_change_nothing() {
        let pace = OwnPace { behind: 12, ..OwnPace::default() };
        assert_eq!(pace.next(1, 7).slow_ms, 0);
        let pace = OwnPace { behind: 13, ..OwnPace::default() };
        assert_eq!(pace.next(1, 7), OwnPace { slow_ms: 2, since_tick: 7, behind: 0 });
    }

    #[test]
    fn a_pace_that_cannot_be_kept_is_halved_until_it_can() {
        let mut pace = OwnPace::default();
        for tick_no in 1..20 {
            pace = OwnPace { behind: 50_000, ..pace.next(20, tick_no) };
        }
        assert_eq!(pace.of(20), SLOWEST_MS);
        assert_eq!(OwnPace { behind: 9, ..OwnPace::default() }.next(2_000, 1).of(2_000), 2_000);
    }

    #[test]
    fn it_goes_faster_once_messages_of_its_pace_had_their_time() {
        let slow = OwnPace { slow_ms: 80, since_tick: 5, behind: 0 };
        assert_eq!(slow.next(20, 6), slow);
        let mut pace = slow.next(20, 7);
        assert_eq!(pace, OwnPace { slow_ms: 60, since_tick: 7, behind: 0 });
        for tick_no in 8..60 {
            pace = pace.next(20, tick_no);
        }
        assert_eq!(pace.of(20), 20);
        assert_eq!(pace.slow_ms, 0);
    }
}
