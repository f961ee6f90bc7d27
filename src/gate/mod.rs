//! Everything that can hold a message back is a gate.
//!
//! A gate knows its rule and the sends it has been told of. It is asked at one instant after the
//! other, never at an earlier one, and says whether it is open and until when that stands. For a
//! row of evenly spaced sends it gives two numbers more: how many of them it *permits*, and for
//! how many of them it *holds* back anything earlier. Where every gate permits a row and one gate
//! holds it, the row is what sending each message as early as possible gives; so a plan needs no
//! knowledge of any particular gate.
//!
//! A new rule is a file here, a kind in [`AnyGate`] and a line in [`gates_of`].

mod blocked;
mod breaks;
mod calendar;
mod clock;
mod counts;
mod gap;
mod inside;
mod path;
mod period;
mod rolling;
mod span;
mod window;

pub(crate) use counts::Counts;
pub(crate) use inside::Inside;
pub use path::GatePath;
pub(crate) use period::Periods;

use std::ops::Range;

use clock::Clock;

use crate::history::{Run, count_between};
use crate::policy::{Per, Policy};
use crate::reason::Code;
use crate::time::Instant;

/// What a gate says at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// Open, and so until then while nothing is sent. Later than the instant asked about.
    Open { until: Instant },
    /// Closed, and certainly not open before then; [`Instant::NEVER`] if it never opens again. Later
    /// than the instant asked about, and without further sends in between it is open there, or
    /// asked again.
    Closed { until: Instant },
}

/// A rule, and what it has to know of the sends before.
pub(crate) trait Gate {
    /// Whether a message may go at `at`, which is at or after everything charged and everything
    /// asked before. `draw` is the message's own, for jitter.
    fn answer(&mut self, at: Instant, draw: u64) -> Answer;

    /// The spacing in milliseconds at which it lets one send follow the other, when that alone
    /// counts; none where that is another from send to send.
    fn pace(&self) -> Option<i64> {
        Some(0)
    }

    /// Being open at `at`: how many sends at `at`, `at + every`, ... it lets through, each of them
    /// counted before the next, if they all lie where its answer stands. At least 1; it may be
    /// fewer than there could be, and more than `most` are not needed.
    fn permits(&mut self, at: Instant, every: i64, most: u64) -> u64 {
        let _ = (at, every, most);
        u64::MAX
    }

    /// Being open at `at`: a number of sends at `at`, `at + every`, ... between which it is
    /// closed throughout, from each up to and without the next, if they all lie where its answer
    /// stands. At least 1; it may be less than the most. `every` is positive.
    fn holds(&mut self, at: Instant, every: i64) -> u64 {
        let _ = (at, every);
        1
    }

    /// Counts sends that are at or after everything charged before.
    fn charge(&mut self, sends: &Run) {
        let _ = sends;
    }

    /// Counts sends of the history whose time has come, in the same order.
    fn remember(&mut self, sends: &Run) {
        self.charge(sends);
    }

    /// The path into the policy of what is closed at `at`.
    fn path(&self, at: Instant) -> GatePath;

    /// The kind of reason for which it closes.
    fn code(&self) -> Code;

    /// Why it is closed at `at`, for people; `until` is when it opens alone.
    fn text(&self, at: Instant, until: Option<Instant>) -> String;
}

/// Declares a gate that is one of some kinds. A plan asks gates so often that going through a
/// table of pointers to functions, or even through a call, would cost it a third of its time.
macro_rules! one_of {
    ($(#[$about:meta])* pub(crate) enum $any:ident { $($kind:ident($gate:ty),)+ }) => {
        $(#[$about])*
        #[repr(u8)]
        pub(crate) enum $any<'a> { $($kind($gate),)+ }

        impl Gate for $any<'_> {
            #[inline(always)]
            fn answer(&mut self, at: Instant, draw: u64) -> Answer {
                match self { $(Self::$kind(gate) => gate.answer(at, draw),)+ }
            }

            #[inline(always)]
            fn pace(&self) -> Option<i64> {
                match self { $(Self::$kind(gate) => gate.pace(),)+ }
            }

            #[inline(always)]
            fn permits(&mut self, at: Instant, every: i64, most: u64) -> u64 {
                match self { $(Self::$kind(gate) => gate.permits(at, every, most),)+ }
            }

            #[inline(always)]
            fn holds(&mut self, at: Instant, every: i64) -> u64 {
                match self { $(Self::$kind(gate) => gate.holds(at, every),)+ }
            }

            #[inline(always)]
            fn charge(&mut self, sends: &Run) {
                match self { $(Self::$kind(gate) => gate.charge(sends),)+ }
            }

            fn remember(&mut self, sends: &Run) {
                match self { $(Self::$kind(gate) => gate.remember(sends),)+ }
            }

            fn path(&self, at: Instant) -> GatePath {
                match self { $(Self::$kind(gate) => gate.path(at),)+ }
            }

            fn code(&self) -> Code {
                match self { $(Self::$kind(gate) => gate.code(),)+ }
            }

            fn text(&self, at: Instant, until: Option<Instant>) -> String {
                match self { $(Self::$kind(gate) => gate.text(at, until),)+ }
            }
        }
    };
}

one_of! {
    /// A gate of any kind.
    pub(crate) enum AnyGate {
        Window(window::Window<'a>),
        BlockedTime(blocked::BlockedTime<'a>),
        Rolling(rolling::Rolling<'a>),
        Calendar(calendar::Calendar<'a>),
        Gap(gap::Gap),
        Break(breaks::Break),
        StartsAt(span::StartsAt),
        EndsAt(span::EndsAt),
    }
}

/// The gates of a policy, in the order of the contract's table.
pub(crate) struct Gates<'a> {
    pub(crate) all: Vec<AnyGate<'a>>,
    /// The indices of those that sends change. The others go by time alone.
    pub(crate) counting: Range<usize>,
}

/// How many gates a policy has at the most beside its limits and breaks.
const MOST_SINGLE_GATES: usize = 5;

/// The gates of a policy. `history` is in time order; nothing before `now` is asked about.
pub(crate) fn gates_of<'a>(policy: &'a Policy, history: &[Run], now: Instant) -> Gates<'a> {
    let zone = policy.zone;
    // Read once for all gates that go by it.
    let clock = Clock::read_at(zone, now);
    let mut gates =
        Vec::with_capacity(policy.limits.len() + policy.breaks.len() + MOST_SINGLE_GATES);
    if let Some(week) = &policy.windows {
        gates.push(AnyGate::Window(window::Window::new(week, clock)));
    }
    if let Some(blocked) = &policy.blocked {
        gates.push(AnyGate::BlockedTime(blocked::BlockedTime::new(blocked, clock)));
    }
    let first_counting = gates.len();
    for (index, limit) in policy.limits.iter().enumerate().filter(|(_, limit)| !limit.is_goal) {
        gates.push(match limit.per {
            Per::Rolling(span) => {
                AnyGate::Rolling(rolling::Rolling::new(limit, span, index, clock))
            }
            _ => AnyGate::Calendar(calendar::Calendar::new(limit, index, clock, history, now)),
        });
    }
    if let Some(gap) = policy.gap {
        gates.push(AnyGate::Gap(gap::Gap::new(gap, policy.jitter, zone)));
    }
    for (index, rule) in policy.breaks.iter().enumerate() {
        gates.push(AnyGate::Break(breaks::Break::new(*rule, index, zone)));
    }
    let counting = first_counting..gates.len();
    if let Some(starts_at) = policy.starts_at {
        gates.push(AnyGate::StartsAt(span::StartsAt::new(starts_at, zone)));
    }
    if let Some(ends_at) = policy.ends_at {
        gates.push(AnyGate::EndsAt(span::EndsAt::new(ends_at, zone)));
    }
    Gates { all: gates, counting }
}

/// How many of `at`, `at + every`, ... are before `until`.
pub(crate) fn fits(at: Instant, every: i64, until: Instant) -> u64 {
    count_between(at, every, until.minus(1))
}
