//! May this message go now? Asked of one message after the other, as they come.
//!
//! ```
//! use serde_json::json;
//! use tidegate::time::parse_rfc3339;
//! use tidegate::{Layer, Limiter, Policy};
//!
//! let policy = json!({ "limits": [{ "max": 2, "rolling": "1h" }], "gap": "30s" });
//! let policy = Policy::parse(&policy).unwrap();
//! let layers = [Layer { name: "sender".to_owned(), policy, history: Vec::new() }];
//! let nine = parse_rfc3339("2026-11-23T09:00:00Z").unwrap();
//!
//! let mut limiter = Limiter::new(&layers, nine);
//! assert_eq!(limiter.check(nine), Ok(()));
//! limiter.send(nine);
//! assert_eq!(limiter.check(nine.plus(1_000)), Err(nine.plus(30_000)));
//! limiter.send(nine.plus(30_000));
//! assert_eq!(limiter.check(nine.plus(60_000)), Err(nine.plus(3_600_000)));
//! ```
//!
//! It is exact: no span of the rolling hour has three, wherever it begins. It keeps the sends of
//! the longest span as runs, so that an even pace costs no memory.

use crate::history::{Origin, Run};
use crate::jitter::draw;
use crate::layer::{Layer, Watch, ask};
use crate::time::Instant;

/// Layers that are asked, and told, of one message after the other.
pub struct Limiter<'a> {
    watches: Vec<Watch<'a>>,
    /// The latest instant asked about or sent at.
    now: Instant,
    sent: u64,
    /// The last answer, while nothing was sent since: closed until then.
    closed_until: Instant,
    /// Or else open until then.
    open_until: Instant,
}

impl<'a> Limiter<'a> {
    /// A limiter that is not asked about anything before `now`.
    #[must_use]
    pub fn new(layers: &'a [Layer], now: Instant) -> Self {
        let watches = layers.iter().map(|layer| Watch::new(layer, now)).collect();
        Self { watches, now, sent: 0, closed_until: Instant::MIN, open_until: Instant::MIN }
    }

    /// Whether a message may go at `at`. Time only moves forward: an instant before one that was
    /// asked about, or sent at, counts as that one.
    ///
    /// Messages draw their jitter as those of a lane with the seed 0 do.
    ///
    /// # Errors
    ///
    /// When some gate is closed: the instant before which there is no use in asking again. When it
    /// has come another gate may be closed. It is after every instant when no message may ever go.
    pub fn check(&mut self, at: Instant) -> Result<(), Instant> {
        self.now = self.now.max(at);
        if self.now < self.closed_until {
            return Err(self.closed_until);
        }
        if self.now >= self.open_until {
            self.ask()?;
        }
        Ok(())
    }

    fn ask(&mut self) -> Result<(), Instant> {
        let standing = ask(self.watches.iter_mut(), self.now, draw(0, self.sent));
        let Some(hold) = standing.hold else {
            self.open_until = standing.open_until;
            return Ok(());
        };
        self.closed_until = hold.until;
        Err(hold.until)
    }

    /// Counts a message that goes at `at`, or at the latest instant asked about if that is later.
    /// Whether it may is not asked again.
    pub fn send(&mut self, at: Instant) {
        self.now = self.now.max(at);
        let send = Run::one(self.now, Origin::Queued);
        for watch in &mut self.watches {
            watch.advance(self.now);
            watch.charge(&send);
        }
        self.sent += 1;
        (self.closed_until, self.open_until) = (Instant::MIN, Instant::MIN);
    }
}
