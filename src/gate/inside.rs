//! The sends of a span that ends now.

use crate::history::Run;
use crate::time::Instant;

/// The sends within a span of time, which moves forward.
#[derive(Debug)]
pub(crate) struct Inside {
    /// How long the span is, in milliseconds.
    span: i64,
    /// Oldest first, after those that have left.
    runs: Vec<Run>,
    /// How many runs have left.
    gone: usize,
    /// Sends, in those that have not left.
    count: u64,
}

impl Inside {
    pub(crate) const fn new(span: i64) -> Self {
        Self { span, runs: Vec::new(), gone: 0, count: 0 }
    }

    pub(crate) const fn span(&self) -> i64 {
        self.span
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn oldest(&self) -> Option<&Run> {
        self.runs.get(self.gone)
    }

    /// Adds sends that are not before the last ones.
    pub(crate) fn push(&mut self, sends: Run) {
        self.count = self.count.saturating_add(sends.count);
        let rest = match self.runs.last_mut() {
            Some(last) => last.join(sends),
            None => Some(sends),
        };
        if let Some(rest) = rest {
            self.runs.push(rest);
        }
    }

    /// Forgets the sends that are no longer within the span when it ends at `at`.
    pub(crate) fn expire(&mut self, at: Instant) {
        let before = at.minus(self.span);
        if self.oldest().is_some_and(|oldest| oldest.start <= before) {
            self.forget_until(before);
        }
    }

    fn forget_until(&mut self, before: Instant) {
        while let Some(oldest) = self.runs.get_mut(self.gone) {
            if before < oldest.start {
                break;
            }
            let gone = oldest.count_until(before);
            self.count = self.count.saturating_sub(gone);
            if let (_, Some(rest)) = oldest.split(gone) {
                *oldest = rest;
                break;
            }
            self.gone += 1;
        }
        // The list is moved up when that moves each run once at the most.
        if self.gone * 2 >= self.runs.len() {
            self.runs.drain(..self.gone);
            self.gone = 0;
        }
    }

    /// When the send with that index, counted from the oldest, leaves the span.
    pub(crate) fn leaves(&self, mut index: u64) -> Instant {
        for run in self.runs.iter().skip(self.gone) {
            if index < run.count {
                return run.nth(index).plus(self.span);
            }
            index -= run.count;
        }
        Instant::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Origin;

    fn at(ms: i64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn a_send_leaves_the_span_exactly_when_it_is_as_old() {
        let mut inside = Inside::new(100);
        for (start, count) in [(0, 3), (50, 2)] {
            inside.push(Run { start: at(start), count, every: 10, origin: Origin::Queued });
        }
        for (t, count) in [(99, 5), (100, 4), (119, 3), (120, 2), (150, 1), (160, 0)] {
            inside.expire(at(t));
            assert_eq!(inside.count(), count, "{t}");
        }
    }

    #[test]
    fn it_tells_when_each_of_them_will_leave() {
        let mut inside = Inside::new(100);
        inside.push(Run { start: at(0), count: 2, every: 10, origin: Origin::Queued });
        inside.push(Run::one(at(70), Origin::Manual));
        let leaves = [0, 1, 2, 3].map(|index| inside.leaves(index));
        assert_eq!(leaves, [at(100), at(110), at(170), Instant::NEVER]);
    }
}
