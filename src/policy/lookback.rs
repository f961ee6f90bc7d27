//! How far back a policy looks, so that a store need not keep or load more.

use super::{Per, Policy};
use crate::time::civil::DAY_MS;

/// No rule looks back further: the longest duration there is, in milliseconds.
const LONGEST_MS: i64 = 366 * DAY_MS;

impl Policy {
    /// A span in milliseconds: sends that lie further back than that change no answer, now or
    /// later. A day of slack is in it for periods whose clocks change.
    #[must_use]
    pub fn lookback_ms(&self) -> i64 {
        let limits = self.limits.iter().map(|limit| match limit.per {
            Per::Rolling(span) => span,
            Per::Day => DAY_MS,
            Per::Week => 7 * DAY_MS,
            Per::Month => 31 * DAY_MS,
        });
        // A series of `after` sends may take nearly `after` pauses.
        let breaks = self.breaks.iter().map(|rule| {
            let after = i64::try_from(rule.after).unwrap_or(i64::MAX);
            rule.pause.saturating_mul(after)
        });
        let gap = self.gap.map(|gap| gap.saturating_add(self.jitter));
        let furthest = limits.chain(breaks).chain(gap).max();
        furthest.map_or(0, |furthest| furthest.min(LONGEST_MS) + DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_furthest_rule_counts() {
        let lookback = |document| Policy::parse(&document).unwrap().lookback_ms() / DAY_MS;
        assert_eq!(lookback(json!({})), 0);
        assert_eq!(lookback(json!({ "limits": [{ "max": 1, "rolling": "24h" }] })), 2);
        assert_eq!(lookback(json!({ "limits": [{ "max": 1, "calendar": "month" }] })), 32);
        assert_eq!(lookback(json!({ "breaks": [{ "after": 96, "pause": "15m" }] })), 2);
        assert_eq!(lookback(json!({ "breaks": [{ "after": 1_000_000, "pause": "1d" }] })), 367);
    }
}
