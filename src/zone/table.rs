//! One zone's offsets: the recorded changes, then the rule that continues them.

use super::EXACT_FROM;
use super::Offset;
use super::rule::{Rule, from_seconds};
use crate::time::Instant;

/// The offsets of a zone from the first covered instant on.
pub struct Table {
    /// The offset at the first covered instant, in seconds east.
    pub first_s: i32,
    /// Each change of offset after it, in order.
    pub changes: &'static [Change],
    /// What happens after the recorded changes; without it the last offset stays.
    pub rule: Option<Rule>,
}

/// One change of offset.
pub struct Change {
    /// Seconds since 1970-01-01T00:00Z.
    pub at_s: u32,
    /// The offset from then on, in seconds east.
    pub offset_s: i32,
}

impl Table {
    /// The offset in force at `t`. Outside the tables it is that of the nearest instant inside.
    pub fn offset_at(&self, t: Instant) -> Offset {
        let t = t.clamp(EXACT_FROM, Instant::MAX.minus(1));
        let recorded = self.recorded_at(t);
        let (Some(rule), Instant::MAX) = (&self.rule, recorded.until) else {
            return recorded;
        };
        let since = from_seconds(i64::from(rule.since_s));
        let season = rule.season_at(t.max(since));
        let until = season.until.min(Instant::MAX);
        if season.from > since {
            Offset { until, ..season }
        } else {
            // The season in which the rule takes over began with the last recorded change.
            debug_assert_eq!(season.millis, recorded.millis);
            Offset { until, ..recorded }
        }
    }

    /// The offset at `t` as if the last recorded one lasted.
    fn recorded_at(&self, t: Instant) -> Offset {
        let (past, future) = self.changes_around(t);
        let (from, offset_s) = match past.last() {
            Some(change) => (change.at(), change.offset_s),
            None => (Instant::from_millis(i64::MIN), self.first_s),
        };
        Offset {
            millis: i64::from(offset_s) * 1_000,
            from,
            until: future.first().map_or(Instant::MAX, Change::at),
        }
    }

    /// The changes up to `t`, and those after it.
    fn changes_around(&self, t: Instant) -> (&[Change], &[Change]) {
        match self.changes.last() {
            Some(last) if t < last.at() => {
                let past = self.changes.partition_point(|change| change.at() <= t);
                self.changes.split_at_checked(past).unwrap_or((self.changes, &[]))
            }
            // Nearly always: most zones have not changed in years, or follow their rule.
            _ => (self.changes, &[]),
        }
    }
}

impl Change {
    fn at(&self) -> Instant {
        from_seconds(i64::from(self.at_s))
    }
}
