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
/// So much later than the tick that changed the pace, a tick has to plan for its messages to have had
/// their time: what is committed is the next but one minute.
const SETTLED_MS: i64 = 120_000;

/// How a sender goes at present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnPace {
    /// The time between two messages, ms; 0 when it goes as it was set.
    pub slow_ms: i64,
    /// The first tick that committed messages at this pace.
    pub since_tick: i64,
    /// The end of the minute that it planned, ms.
    pub since_until_ms: i64,
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

    /// The pace that tick `tick_no`, which plans the minute that ends at `until_ms`, commits messages
    /// at: half as fast where messages fell behind, a quarter faster where none did for as long as it
    /// takes to see that. Minutes count for that and not ticks, which follow on each other at once
    /// where commands do.
    #[must_use]
    pub fn next(self, set_ms: i64, tick_no: i64, until_ms: i64) -> Self {
        let pace_ms = self.of(set_ms);
        let fell_behind = self.behind > BEHIND_MOST;
        let next_ms = if fell_behind {
            (pace_ms * 2).min(SLOWEST_MS.max(set_ms))
        } else if self.behind == 0 && until_ms >= self.since_until_ms + SETTLED_MS {
            pace_ms - (pace_ms / 4).max(1)
        } else {
            pace_ms
        };
        let slow_ms = if next_ms > set_ms { next_ms } else { 0 };
        if slow_ms == self.slow_ms {
            return Self { behind: 0, ..self };
        }
        Self { slow_ms, since_tick: tick_no, since_until_ms: until_ms, behind: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    /// As of a tick a minute, numbered by them.
    fn next(pace: OwnPace, set_ms: i64, minute: i64) -> OwnPace {
        pace.next(set_ms, minute, minute * MINUTE_MS)
    }

    fn slowed(slow_ms: i64, minute: i64) -> OwnPace {
        OwnPace { slow_ms, since_tick: minute, since_until_ms: minute * MINUTE_MS, behind: 0 }
    }

    #[test]
    fn a_sender_that_keeps_up_goes_as_it_was_set() {
        let pace = OwnPace::default();
        assert_eq!(next(pace, 20, 7), pace);
        assert_eq!(pace.of(20), 20);
    }

    #[test]
    fn few_that_fall_behind_change_nothing() {
        let pace = OwnPace { behind: 12, ..OwnPace::default() };
        assert_eq!(next(pace, 1, 7).slow_ms, 0);
        let pace = OwnPace { behind: 13, ..OwnPace::default() };
        assert_eq!(next(pace, 1, 7), slowed(2, 7));
    }

    #[test]
    fn a_pace_that_cannot_be_kept_is_halved_until_it_can() {
        let mut pace = OwnPace::default();
        for minute in 1..20 {
            pace = OwnPace { behind: 50_000, ..next(pace, 20, minute) };
        }
        assert_eq!(pace.of(20), SLOWEST_MS);
        assert_eq!(next(OwnPace { behind: 9, ..OwnPace::default() }, 2_000, 1).of(2_000), 2_000);
    }

    #[test]
    fn it_goes_faster_once_messages_of_its_pace_had_their_time() {
        let slow = slowed(80, 5);
        assert_eq!(next(slow, 20, 6), slow);
        let mut pace = next(slow, 20, 7);
        assert_eq!(pace, slowed(60, 7));
        for minute in 8..60 {
            pace = next(pace, 20, minute);
        }
        assert_eq!(pace.of(20), 20);
        assert_eq!(pace.slow_ms, 0);
    }

    #[test]
    fn ticks_that_follow_on_each_other_make_it_no_faster() {
        let slow = slowed(80, 5);
        for tick_no in 6..40 {
            assert_eq!(slow.next(20, tick_no, 6 * MINUTE_MS), slow);
        }
    }
}
