//! What was promised of a campaign: the instant of each of its messages, as planned when it was
//! scheduled, changed or resumed.
//!
//! Kept as the planner gives it, by runs, and bounded: where there are very many of them, the last
//! are kept as counts by the quarter of an hour.

use serde::{Deserialize, Serialize};
use tidegate::{Instant, LanePlan, Run};

use super::hand_over::Position;
use super::rules::{Campaign, WHENEVER};

/// The most runs, and the most spans, that a promise is kept with: half a megabyte of text, where
/// D1 holds two a row.
pub const KEPT: usize = 20_000;
/// What is past them is counted by pieces of this length, in ms. Every zone's hours are made of
/// whole ones.
pub const PIECE_MS: i64 = 900_000;

/// A promise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// The first instant, ms.
    pub first_ms: Option<i64>,
    /// The last instant, ms.
    pub last_ms: Option<i64>,
    /// How many messages have one.
    pub planned: i64,
    /// How many do not.
    pub unplanned: i64,
    /// The instants.
    pub instants: Instants,
}

/// Whose message goes when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instants {
    /// The ordinals in the order in which they go: `[first, count]`.
    pub spans: Vec<(i64, i64)>,
    /// Their instants in the same order: `[start, count, every]`.
    pub runs: Vec<(i64, i64, i64)>,
    /// How many go in each piece of [`PIECE_MS`] past the last run: `[start, count]`.
    pub rest: Vec<(i64, i64)>,
    /// Whether there were more spans than are kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

impl Promise {
    /// From the lanes that the engine planned for the parts of the campaign, in their order, with
    /// the runs of all of them and whose they are, by their starts. `on_the_way` are messages that are
    /// released already, in sending order.
    #[must_use]
    pub fn of(
        campaign: &Campaign,
        on_the_way: &[Position],
        plans: &[LanePlan],
        runs: impl Iterator<Item = (usize, Run)>,
    ) -> Self {
        let mut instants = Instants::default();
        for position in on_the_way {
            instants.add_span(position.ordinal, 1);
            instants.add_run((position.at_ms, 1, 0));
        }
        // Taken as the tick will take them.
        let mut supplies: Vec<_> =
            campaign.parts.iter().map(|part| part.supply(WHENEVER)).collect();
        for (part, run) in runs {
            let count = i64::try_from(run.count).unwrap_or(i64::MAX);
            let mut left = count;
            while let Some(span) = supplies.get_mut(part).and_then(|supply| supply.take(left)) {
                instants.add_span(span.first, span.count);
                left -= span.count;
            }
            instants.add_run((run.start.millis(), count, run.every));
        }
        let released = i64::try_from(on_the_way.len()).unwrap_or(i64::MAX);
        let earliest = on_the_way.iter().map(|position| position.at_ms).min();
        let latest = on_the_way.iter().map(|position| position.at_ms).max();
        let firsts = plans.iter().filter_map(|plan| plan.first.map(Instant::millis));
        let lasts = plans.iter().filter_map(|plan| plan.last.map(Instant::millis));
        let sum = |of: fn(&LanePlan) -> u64| {
            plans.iter().map(|plan| i64::try_from(of(plan)).unwrap_or(0)).sum::<i64>()
        };
        Self {
            first_ms: earliest.into_iter().chain(firsts).min(),
            last_ms: latest.into_iter().chain(lasts).max(),
            planned: released + sum(|plan| plan.planned),
            unplanned: sum(|plan| plan.unplanned),
            instants,
        }
    }
}

impl Instants {
    fn add_span(&mut self, first: i64, count: i64) {
        if count == 0 || self.is_cut {
            return;
        }
        let has_room = self.spans.len() < KEPT;
        match self.spans.last_mut() {
            Some((start, length)) if *start + *length == first => *length += count,
            _ if has_room => self.spans.push((first, count)),
            // What comes after it would be at a place too early.
            _ => self.is_cut = true,
        }
    }

    fn add_run(&mut self, (start, count, every): (i64, i64, i64)) {
        if let Some(last) = self.runs.last_mut()
            && let Some(joined) = joined(*last, (start, count, every))
        {
            *last = joined;
            return;
        }
        if self.runs.len() < KEPT && self.rest.is_empty() {
            self.runs.push((start, count, every));
            return;
        }
        for (piece, count) in pieces((start, count, every)) {
            let has_room = self.rest.len() < KEPT;
            match self.rest.last_mut() {
                Some((last, sum)) if *last == piece => *sum += count,
                _ if has_room => self.rest.push((piece, count)),
                _ => {}
            }
        }
    }

    /// The runs within `from <= t < until`, as far as they are kept.
    pub fn within(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64, i64)> {
        self.runs.iter().filter_map(move |&run| {
            let (start, count, every) = run;
            let (low, high) = (sends_before(run, from), sends_before(run, until));
            (high > low).then(|| {
                let count = (high - low).min(count);
                (start + low * every, count, if count == 1 { 0 } else { every })
            })
        })
    }

    /// How many go in each piece within `from <= t < until`: `(piece, count)`.
    pub fn counts(&self, from: i64, until: i64) -> impl Iterator<Item = (i64, i64)> {
        let rest = self.rest.iter().copied();
        let rest = rest.filter(move |(piece, _)| (from..until).contains(piece));
        self.within(from, until).flat_map(pieces).chain(rest)
    }

    /// Ready to be asked for one ordinal after the other.
    #[must_use]
    pub fn lookup(&self) -> Lookup<'_> {
        let mut places = Vec::with_capacity(self.spans.len());
        let mut place = 0;
        for &(first, count) in &self.spans {
            places.push((first, count, place));
            place += count;
        }
        places.sort_unstable();
        let mut ends = Vec::with_capacity(self.runs.len());
        let mut end = 0;
        for &(_, count, _) in &self.runs {
            end += count;
            ends.push(end);
        }
        Lookup { places, ends, runs: &self.runs }
    }
}

/// A promise's instants by ordinal.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// `(first ordinal, count, place of the first)`, by ordinal.
    places: Vec<(i64, i64, i64)>,
    /// The place after the last of each run.
    ends: Vec<i64>,
    runs: &'a [(i64, i64, i64)],
}

impl Lookup<'_> {
    /// The instant that was promised for a message, ms.
    #[must_use]
    pub fn instant(&self, ordinal: i64) -> Option<i64> {
        let after = self.places.partition_point(|(first, _, _)| *first <= ordinal);
        let &(first, count, place) = self.places.get(after.checked_sub(1)?)?;
        let place = (ordinal < first + count).then_some(place + ordinal - first)?;
        let index = self.ends.partition_point(|end| *end <= place);
        let &(start, count, every) = self.runs.get(index)?;
        let begin = self.ends.get(index)? - count;
        Some(start + (place - begin) * every)
    }
}

/// Two runs as one, where the second goes on at the pace of the first.
fn joined(one: (i64, i64, i64), next: (i64, i64, i64)) -> Option<(i64, i64, i64)> {
    let (start, count, every) = one;
    let step = next.0 - (start + (count - 1) * every);
    let fits = step >= 0 && (count == 1 || every == step) && (next.1 == 1 || next.2 == step);
    fits.then_some((start, count + next.1, step))
}

/// How many sends of a run come before `at`.
fn sends_before((start, count, every): (i64, i64, i64), at: i64) -> i64 {
    if at <= start {
        return 0;
    }
    if every <= 0 {
        return count;
    }
    ((at - start - 1) / every + 1).min(count)
}

/// How many sends of a run lie in each piece.
fn pieces(run: (i64, i64, i64)) -> impl Iterator<Item = (i64, i64)> {
    let (start, count, every) = run;
    let mut done = 0;
    std::iter::from_fn(move || {
        if done >= count {
            return None;
        }
        let piece = (start + done * every).div_euclid(PIECE_MS) * PIECE_MS;
        let until = sends_before(run, piece + PIECE_MS);
        let here = until - done;
        done = until;
        Some((piece, here))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instants() -> Instants {
        let mut instants = Instants::default();
        instants.add_span(7, 2);
        instants.add_span(20, 5);
        instants.add_run((1_000, 3, 10));
        instants.add_run((5_000, 1, 0));
        instants.add_run((5_020, 3, 20));
        instants
    }

    #[test]
    fn every_ordinal_has_the_instant_of_its_place() {
        let instants = instants();
        assert_eq!(instants.runs, [(1_000, 3, 10), (5_000, 4, 20)]);
        let lookup = instants.lookup();
        let of = |ordinals: std::ops::Range<i64>| {
            ordinals.map(|ordinal| lookup.instant(ordinal)).collect::<Vec<_>>()
        };
        assert_eq!(of(6..10), [None, Some(1_000), Some(1_010), None]);
        assert_eq!(
            of(19..26),
            [None, Some(1_020), Some(5_000), Some(5_020), Some(5_040), Some(5_060), None]
        );
    }

    #[test]
    fn a_stretch_of_a_promise_is_its_sends_in_it() {
        let instants = instants();
        let within = |from, until| instants.within(from, until).collect::<Vec<_>>();
        assert_eq!(within(1_001, 5_021), [(1_010, 2, 10), (5_000, 2, 20)]);
        assert_eq!(within(1_010, 1_011), [(1_010, 1, 0)]);
        assert_eq!(within(1_021, 5_000), []);
    }

    #[test]
    fn sends_are_counted_by_the_quarter_of_an_hour() {
        let counts: Vec<_> = pieces((PIECE_MS - 10, 5, 5)).collect();
        assert_eq!(counts, [(0, 2), (PIECE_MS, 3)]);
        assert_eq!(pieces((PIECE_MS, 4, 0)).collect::<Vec<_>>(), [(PIECE_MS, 4)]);
    }

    #[test]
    fn what_is_past_the_bound_is_counted() {
        let mut instants = Instants::default();
        // Each two of them make a run: the third is further away.
        let most = 2 * i64::try_from(KEPT).unwrap();
        instants.add_span(0, most + 4);
        for k in 0..most + 4 {
            instants.add_run((k * (1_000 + k), 1, 0));
        }
        assert_eq!(instants.runs.len(), KEPT);
        let rest: i64 = instants.rest.iter().map(|(_, count)| count).sum();
        assert_eq!(rest, 4);
        let whole: i64 = instants.counts(0, i64::MAX).map(|(_, count)| count).sum();
        assert_eq!(whole, most + 4);
        assert_eq!(instants.lookup().instant(most), None);
    }
}
