//! Goals: limits that are counted and reported, and never enforced.

use crate::gate::{Counts, Inside, Periods};
use crate::history::Run;
use crate::policy::{Limit, Per, Policy};

/// A goal, and what was counted towards it.
pub(crate) struct Goal<'a> {
    limit: &'a Limit,
    /// The path into the policy.
    pub(crate) index: usize,
    days: Periods,
    count: Count,
    worst: Option<Excess>,
}

/// A goal exceeded by sends of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Excess {
    /// The local date of the period's start, or of the send at which a rolling goal was exceeded
    /// most.
    pub(crate) date: i32,
    pub(crate) goal: u64,
    pub(crate) count: u64,
}

enum Count {
    Rolling(Inside),
    Calendar { periods: Periods, counts: Counts },
}

/// The goals of a policy.
pub(crate) fn goals_of(policy: &Policy) -> Vec<Goal<'_>> {
    let zone = policy.zone;
    let goals = policy.limits.iter().enumerate().filter(|(_, limit)| limit.is_goal);
    let goals = goals.map(|(index, limit)| {
        let count = match limit.per {
            Per::Rolling(span) => Count::Rolling(Inside::new(span)),
            per => Count::Calendar { periods: Periods::new(zone, per), counts: Counts::default() },
        };
        Goal { limit, index, days: Periods::new(zone, Per::Day), count, worst: None }
    });
    goals.collect()
}

impl Goal<'_> {
    pub(crate) const fn worst(&self) -> Option<Excess> {
        self.worst
    }

    /// The span that the goal is for, as one would say it.
    pub(crate) const fn per(&self) -> Per {
        self.limit.per
    }

    /// Counts sends of the history.
    pub(crate) fn remember(&mut self, sends: &Run) {
        if !self.limit.counts(sends.origin) {
            return;
        }
        match &mut self.count {
            Count::Rolling(inside) => {
                inside.expire(sends.start);
                inside.push(*sends);
            }
            Count::Calendar { periods, counts } => periods.cut(*sends, |first_date, piece| {
                counts.add(first_date, piece.count);
            }),
        }
    }

    /// Counts sends of the plan, and keeps the worst excess.
    pub(crate) fn charge(&mut self, sends: &Run) {
        if !self.limit.counts(sends.origin) {
            return;
        }
        let Self { limit, days, count, worst, .. } = self;
        // Day by day, because a warm-up changes the goal from one to the next.
        days.cut(*sends, |date, piece| {
            let goal = limit.max_on(date);
            let mut note = |date, count: u64| {
                let by = |excess: &Excess| excess.count.saturating_sub(excess.goal);
                let excess = Excess { date, goal, count };
                if by(&excess) > worst.as_ref().map_or(0, by) {
                    *worst = Some(excess);
                }
            };
            match count {
                Count::Calendar { periods, counts } => {
                    let (first_date, _) = periods.at(piece.start);
                    note(first_date, counts.add(first_date, piece.count));
                }
                Count::Rolling(inside) => {
                    charge_rolling(inside, piece, |count| note(date, count));
                }
            }
        });
    }
}

/// Counts sends piece by piece, and notes the count wherever it may be at a peak: until the oldest
/// run begins to leave the span the count grows, and while it leaves, the count either only grows
/// or only falls.
fn charge_rolling(inside: &mut Inside, sends: Run, mut note: impl FnMut(u64)) {
    let mut rest = Some(sends);
    while let Some(run) = rest {
        let (first, others) = run.split(1);
        let (piece, later) = match (others, inside.oldest()) {
            (Some(others), Some(oldest)) => {
                let begins = oldest.start.plus(inside.span());
                let ends = oldest.last().plus(inside.span());
                let change = if others.start < begins { begins } else { ends };
                others.split(others.count_until(change.minus(1)))
            }
            (others, _) => (others, None),
        };
        for piece in [first, piece].into_iter().flatten() {
            inside.push(piece);
            inside.expire(piece.last());
            note(inside.count());
        }
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Origin;
    use crate::time::Instant;
    use serde_json::json;

    fn worst(limit: &serde_json::Value, history: &[Run], plan: &[Run]) -> Option<Excess> {
        let policy = Policy::parse(&json!({ "limits": [limit] })).unwrap();
        let mut goals = goals_of(&policy);
        for run in history {
            goals[0].remember(run);
        }
        for run in plan {
            goals[0].charge(run);
        }
        goals[0].worst()
    }

    fn run(start: i64, count: u64, every: i64) -> Run {
        Run { start: Instant::from_millis(start), count, every, origin: Origin::Queued }
    }

    #[test]
    fn a_calendar_goal_reports_its_worst_period() {
        const DAY: i64 = 86_400_000;
        let goal = json!({ "max": 3, "calendar": "day", "enforce": "goal" });
        let history = [run(0, 2, 1)];
        assert_eq!(worst(&goal, &history, &[run(10, 1, 0)]), None);
        assert_eq!(
            worst(&goal, &history, &[run(10, 2, 1), run(DAY, 6, 1), run(2 * DAY, 5, 1)]),
            Some(Excess { date: 1, goal: 3, count: 6 })
        );
    }

    #[test]
    fn a_rolling_goal_reports_its_highest_count() {
        let goal = json!({ "max": 1, "rolling": "1s", "enforce": "goal" });
        // Fast, then slow: the peak is where the slow ones begin to replace the fast ones.
        let plan = [run(0, 10, 50), run(600, 10, 200)];
        let mut sends: Vec<i64> = (0..10).map(|n| n * 50).collect();
        sends.extend((0..10).map(|n| 600 + n * 200));
        let count = |end: &i64| sends.iter().filter(|s| end - 1_000 < **s && *s <= end).count();
        let peak = u64::try_from(sends.iter().map(count).max().unwrap()).unwrap();
        assert_eq!(worst(&goal, &[], &plan).map(|excess| excess.count), Some(peak));
    }
}
