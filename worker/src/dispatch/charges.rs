//! What was charged to a sender: the runs that its limits count.

use serde::{Deserialize, Deserializer, Serialize};
use tidegate::{Instant, Origin, Run};

/// A day of UTC, in ms.
pub const DAY_MS: i64 = 86_400_000;

/// The campaign of charges that no campaign made: sends by hand elsewhere.
pub const NO_CAMPAIGN: i64 = 0;

/// A run and the campaign whose messages it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Charge {
    /// The first instant, ms.
    pub start: i64,
    /// How many.
    pub count: i64,
    /// Their distance, ms.
    pub every: i64,
    /// The campaign's number, or [`NO_CAMPAIGN`].
    pub campaign: i64,
    /// How they came to be sent. Most come from a plan, so that is left out where it is kept.
    #[serde(default, deserialize_with = "origin", skip_serializing_if = "is_queued")]
    pub origin: Origin,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_queued(origin: &Origin) -> bool {
    *origin == Origin::Queued
}

/// By its name, as the engine writes it.
fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<Origin, D::Error> {
    let name = String::deserialize(from)?;
    match name.as_str() {
        "queued" => Ok(Origin::Queued),
        "single" => Ok(Origin::Single),
        "manual" => Ok(Origin::Manual),
        _ => Err(serde::de::Error::custom(format!("`{name}` is no origin"))),
    }
}

impl Charge {
    /// The UTC day it starts on.
    #[must_use]
    pub const fn day(&self) -> i64 {
        self.start.div_euclid(DAY_MS)
    }

    /// As the engine's history.
    #[must_use]
    pub fn run(&self) -> Run {
        Run {
            start: Instant::from_millis(self.start),
            count: u64::try_from(self.count).unwrap_or(0),
            every: self.every,
            origin: self.origin,
        }
    }

    /// Its sends up to and with `now`, ms; none when all lie ahead.
    #[must_use]
    pub fn until(&self, now: i64) -> Option<Self> {
        let ahead = now - self.start;
        let past = if self.every > 0 { ahead / self.every + 1 } else { self.count };
        (ahead >= 0).then(|| Self { count: self.count.min(past), ..*self })
    }

    /// The last instant, ms.
    #[must_use]
    pub const fn last(&self) -> i64 {
        self.start + (self.count - 1) * self.every
    }

    /// Which of its sends is at `at`.
    fn position(&self, at: i64) -> Option<i64> {
        let ahead = at - self.start;
        if ahead == 0 {
            return Some(0);
        }
        let fits = self.every > 0 && ahead > 0 && ahead % self.every == 0;
        let position = if fits { ahead / self.every } else { -1 };
        (1..self.count).contains(&position).then_some(position)
    }

    /// Whether `next` goes on where this one stops, at the same pace.
    fn continues(&self, next: &Self) -> bool {
        let alike = self.campaign == next.campaign && self.origin == next.origin;
        if !alike || self.day() != next.day() {
            return false;
        }
        let step = next.start - self.last();
        let own = self.count == 1 || self.every == step;
        let other = next.count == 1 || next.every == step;
        step >= 0 && own && other
    }
}

/// Adds `new` to `charges`, which stay in order of time, joining runs that go on at one pace. Returns
/// the start of the run that it is in.
pub fn charge(charges: &mut Vec<Charge>, new: Charge) -> i64 {
    let last = charges.iter_mut().rev().find(|charge| charge.campaign == new.campaign);
    match last {
        Some(last) if last.continues(&new) => {
            last.every = new.start - last.last();
            last.count += new.count;
            last.start
        }
        _ => {
            let at = charges.partition_point(|charge| *charge < new);
            charges.insert(at, new);
            new.start
        }
    }
}

/// Takes back the sends of `gone`, which surely did not happen. `charges` stay in order of time.
/// Returns the starts of the runs that changed, as they were and as they are.
pub fn give_back(charges: &mut Vec<Charge>, gone: &Charge) -> Vec<i64> {
    let mut starts = Vec::new();
    for k in 0..gone.count {
        let at = gone.start + k * gone.every;
        // What comes back is among the last.
        let found = charges.iter().enumerate().rev().find_map(|(index, charge)| {
            let position = charge.position(at)?;
            (charge.campaign == gone.campaign).then_some((index, *charge, position))
        });
        let Some((index, charge, position)) = found else {
            continue;
        };
        let before = Charge { count: position, ..charge };
        let after = Charge {
            start: charge.start + (position + 1) * charge.every,
            count: charge.count - position - 1,
            ..charge
        };
        let rest = [before, after].into_iter().filter(|piece| piece.count > 0);
        starts.extend([charge.start, after.start]);
        charges.remove(index);
        for piece in rest {
            let at = charges.partition_point(|charge| *charge < piece);
            charges.insert(at, piece);
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: i64, count: i64, every: i64) -> Charge {
        Charge { start, count, every, campaign: 1, origin: Origin::Queued }
    }

    #[test]
    fn a_row_from_before_there_were_origins_is_queued() {
        let old = r#"{"start":5,"count":2,"every":1,"campaign":1}"#;
        let read: Charge = serde_json::from_str(old).unwrap();
        assert_eq!(read, run(5, 2, 1));
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
        let by_hand = Charge { origin: Origin::Manual, campaign: NO_CAMPAIGN, ..read };
        let text = serde_json::to_string(&by_hand).unwrap();
        assert_eq!(serde_json::from_str::<Charge>(&text).unwrap(), by_hand);
    }

    #[test]
    fn sends_of_different_origins_are_never_one_run() {
        let mut charges = vec![run(1_000, 3, 10)];
        charge(&mut charges, Charge { origin: Origin::Single, ..run(1_030, 1, 0) });
        assert_eq!(charges.len(), 2);
    }

    #[test]
    fn runs_that_go_on_at_one_pace_are_one_row() {
        let mut charges = vec![run(1_000, 3, 10)];
        charge(&mut charges, run(1_030, 2, 10));
        charge(&mut charges, run(1_050, 1, 0));
        assert_eq!(charges, [run(1_000, 6, 10)]);
        charge(&mut charges, run(1_100, 1, 0));
        assert_eq!(charges, [run(1_000, 6, 10), run(1_100, 1, 0)]);
    }

    #[test]
    fn sends_at_one_instant_are_one_run() {
        let mut charges = Vec::new();
        charge(&mut charges, run(500, 4, 0));
        charge(&mut charges, run(500, 2, 0));
        assert_eq!(charges, [run(500, 6, 0)]);
    }

    #[test]
    fn what_is_given_back_leaves_the_rest() {
        let mut charges = vec![run(1_000, 10, 10)];
        give_back(&mut charges, &run(1_040, 3, 10));
        assert_eq!(charges, [run(1_000, 4, 10), run(1_070, 3, 10)]);
        give_back(&mut charges, &run(1_040, 1, 0));
        assert_eq!(charges.len(), 2, "a place is given back once");
    }

    #[test]
    fn what_lies_ahead_is_left_out() {
        assert_eq!(run(1_000, 10, 10).until(1_025), Some(run(1_000, 3, 10)));
        assert_eq!(run(1_000, 10, 10).until(9_000), Some(run(1_000, 10, 10)));
        assert_eq!(run(1_000, 4, 0).until(1_000), Some(run(1_000, 4, 0)));
        assert_eq!(run(1_000, 4, 0).until(999), None);
    }

    #[test]
    fn another_campaigns_places_stay() {
        let mut charges = vec![Charge { campaign: 2, ..run(1_000, 1, 0) }];
        give_back(&mut charges, &run(1_000, 1, 0));
        assert_eq!(charges.len(), 1);
    }

    #[test]
    fn places_at_one_instant_are_given_back_one_by_one() {
        let mut charges = vec![run(1_000, 5, 0)];
        give_back(&mut charges, &run(1_000, 2, 0));
        assert_eq!(charges.iter().map(|c| c.count).sum::<i64>(), 3);
    }
}
