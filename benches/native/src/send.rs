//! May one send now, under so many in any 24 hours and a gap? Whoever may, sends.
//!
//! An answer is the instant asked about when one may, or else the instant to come back at.

use std::cell::Cell;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use governor::clock::{Clock as _, FakeRelativeClock};
use governor::{Quota, RateLimiter};
use ratelimit::{Builder, Clock, Ratelimiter, TryWaitError};
use serde_json::json;
use tidegate::time::Instant;
use tidegate::{Decision, Layer, Limiter, Origin, Run, decide};

use crate::Kind::{Bound, Ours, Peer};
use crate::Subject;
use crate::open::layers_of;
use crate::questions::{Questions, SendQuestion};

const DAY_MS: i64 = 86_400_000;

/// Ours and a ring by hand, which are exact, and two token buckets, which are not.
#[must_use]
pub fn subjects(questions: &Questions) -> Vec<Subject> {
    let each =
        |asked| [limiter(asked), decision(asked), governor(asked), ratelimit(asked), ring(asked)];
    questions.sends.iter().flat_map(each).collect()
}

/// How many went in the fullest 24 hours.
#[must_use]
pub fn most_in_a_day(asked: &SendQuestion, answers: &[i64]) -> usize {
    let sent = asked.at.iter().zip(answers).filter(|(t, answer)| t == answer);
    let sent: Vec<_> = sent.map(|(&t, _)| t).collect();
    let within = |(index, last): (usize, &i64)| {
        index + 1 - sent.partition_point(|first| first + DAY_MS <= *last)
    };
    sent.iter().enumerate().map(within).max().unwrap_or(0)
}

fn limiter(asked: &SendQuestion) -> Subject {
    // Subjects live as long as the program.
    let layers: &'static [Layer] = Vec::leak(layers_of(&json!([{ "policy": asked.policy }])));
    let first = Instant::from_millis(asked.at.first().copied().unwrap_or(0));
    let start = move || Limiter::new(layers, first);
    Subject::stream(&asked.row, (Ours, "tidegate Limiter"), &asked.at, start, |limiter, t| {
        let now = Instant::from_millis(t);
        match limiter.check(now) {
            Ok(()) => {
                limiter.send(now);
                t
            }
            Err(until) => until.millis(),
        }
    })
}

fn decision(asked: &SendQuestion) -> Subject {
    let fresh = layers_of(&json!([{ "policy": asked.policy }]));
    let step = |layers: &mut Vec<Layer>, t| {
        let now = Instant::from_millis(t);
        match decide(layers, now) {
            Decision::Send => {
                for layer in layers {
                    layer.history.retain(|run| run.start > now.minus(DAY_MS));
                    layer.history.push(Run::one(now, Origin::Queued));
                }
                t
            }
            Decision::Wait { until, .. } => until.millis(),
            Decision::Never { .. } => i64::MAX,
        }
    };
    Subject::stream(&asked.row, (Ours, "tidegate decide"), &asked.at, move || fresh.clone(), step)
}

fn governor(asked: &SendQuestion) -> Subject {
    let burst = NonZeroU32::try_from(u32::try_from(asked.in_a_day).expect("a small limit"));
    let burst = burst.expect("a limit above nothing");
    let each = Quota::with_period(milliseconds(DAY_MS) / burst.get()).expect("a period");
    let gap = Quota::with_period(milliseconds(asked.gap)).expect("a period");
    let start = move || {
        let clock = FakeRelativeClock::default();
        let limiter = |quota| RateLimiter::direct_with_clock(quota, clock.clone());
        (limiter(gap), limiter(each.allow_burst(burst)), clock, None)
    };
    Subject::stream(
        &asked.row,
        (Peer, "governor"),
        &asked.at,
        start,
        |(gap, each, clock, before), t| {
            clock.advance(milliseconds(t - before.replace(t).unwrap_or(t)));
            let answer = gap.check().and_then(|()| each.check());
            answer.map_or_else(|not_yet| t + whole(not_yet.wait_time_from(clock.now())), |()| t)
        },
    )
}

/// A clock that is set by hand, in milliseconds.
#[derive(Clone, Default)]
struct SetClock(Rc<Cell<i64>>);

impl Clock for SetClock {
    fn elapsed(&self) -> Duration {
        milliseconds(self.0.get())
    }
}

fn ratelimit(asked: &SendQuestion) -> Subject {
    let (in_a_day, gap) = (u64::try_from(asked.in_a_day).expect("a small limit"), asked.gap);
    let first = asked.at.first().copied().expect("instants to ask about");
    let start = move || {
        let clock = SetClock::default();
        let bucket = |tokens, period| -> Ratelimiter<SetClock> {
            let builder = Builder::with_clock(tokens, clock.clone()).period(milliseconds(period));
            builder.max_tokens(tokens).initial_available(tokens).build().expect("a bucket")
        };
        (bucket(1, gap), bucket(in_a_day, DAY_MS), clock)
    };
    Subject::stream(
        &asked.row,
        (Peer, "ratelimit"),
        &asked.at,
        start,
        move |(gap, each, clock), t| {
            clock.0.set(t - first);
            match gap.try_wait().and_then(|()| each.try_wait()) {
                Ok(()) => t,
                Err(TryWaitError::Insufficient(wait)) => t + whole(wait),
                Err(_) => i64::MAX,
            }
        },
    )
}

/// The last sends, the oldest first.
fn ring(asked: &SendQuestion) -> Subject {
    let (in_a_day, gap) = (asked.in_a_day, asked.gap);
    let start = move || VecDeque::with_capacity(in_a_day);
    Subject::stream(&asked.row, (Bound, "ring by hand"), &asked.at, start, move |sent, t| {
        let after_gap = sent.back().map_or(t, |last| last + gap);
        let oldest = if sent.len() == in_a_day { sent.front() } else { None };
        let at = oldest.map_or(t, |oldest: &i64| oldest + DAY_MS).max(after_gap).max(t);
        if at == t {
            if sent.len() == in_a_day {
                sent.pop_front();
            }
            sent.push_back(t);
        }
        at
    })
}

fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).expect("a clock that does not run backwards"))
}

/// Rounded up: nobody may come back too soon.
fn whole(wait: Duration) -> i64 {
    i64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}
