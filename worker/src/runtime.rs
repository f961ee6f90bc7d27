//! Time and randomness as the runtime gives them.

use std::time::Duration;

use tidegate::Instant;

use crate::ports::{Clock, Entropy};

/// The clock of the Workers runtime. It stands still while code runs and moves on with every
/// answer from outside, so it is read once an event and after each wait, not to measure.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let ms = worker::Date::now().as_millis();
        Instant::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, until: Instant) {
        if let Ok(ms @ 1..) = u64::try_from(until.since(self.now())) {
            worker::Delay::from(Duration::from_millis(ms)).await;
        }
    }
}

/// The runtime's random source (`crypto.getRandomValues`).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn token(&self) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut bytes = [0_u8; 26];
        // The source is there on every platform this builds for; without it there would be no
        // sessions, no signatures and no point in going on.
        if getrandom::fill(&mut bytes).is_err() {
            unreachable!("the platform has no source of randomness");
        }
        bytes
            .iter()
            .filter_map(|byte| DIGITS.get(usize::from(byte & 31)))
            .map(|digit| char::from(*digit))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_twenty_six_characters_of_base_32_and_never_the_same() {
        let tokens: std::collections::BTreeSet<String> =
            (0..1000).map(|_| SystemEntropy.token()).collect();
        assert_eq!(tokens.len(), 1000);
        for token in tokens {
            assert_eq!(token.len(), 26);
            let allowed = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
            assert!(token.chars().all(allowed), "{token}");
        }
    }
}
