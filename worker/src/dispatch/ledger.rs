//! A sender's ledger in parts, each a row of the database, so that none outgrows one.
//!
//! A part holds the charges that start at its beginning or later and before the next part's. The first
//! part of a UTC day begins with it; one that has become long is cut where it is full. Which part a
//! charge lies in follows from where the parts begin, so a tick need not know all of them: it has
//! those that a rule still counts, the one that `now` lies in, and all after it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tidegate::{Instant, duration_ms};

use super::charges::{Charge, DAY_MS};
use super::rules::{Campaign, Sender};

/// The most runs in a part, save those that start together: some 300 KB.
pub const PART_RUNS: usize = 5_000;
/// A part that has more runs, and whose last send lies [`SETTLED_MS`] back, is made coarse.
pub const FINE_RUNS: usize = 2_500;
/// What was charged so long ago comes back no more, in ms, or at least not in numbers.
pub const SETTLED_MS: i64 = 900_000;
/// In a coarse part, sends less than this apart count from the instant of the last of them, in ms.
pub const COARSE_MS: i64 = 10_000;
/// The most runs of a history that a page plans with. The engine reads 100,000, and has them once for
/// each layer that all campaigns share.
pub const PAGE_RUNS: usize = 50_000;
/// So far apart a page may be told of sends in one, in ms.
const COARSEST_MS: i64 = 640_000;

/// What was charged to a sender, as far as anything counts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// In order of time.
    pub charges: Vec<Charge>,
    /// Where the parts begin that are known, in order, ms.
    pub parts: Vec<i64>,
    /// Starts of charges that are not what the database has, ms: their parts are written.
    pub changed: BTreeSet<i64>,
}

/// A part as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Where it begins, ms.
    pub from: i64,
    /// Its last send, ms.
    pub until: i64,
    /// Its charges.
    pub runs: Vec<Charge>,
}

impl Ledger {
    /// Adds a part that was read. In a long one whose last send is long past, sends that are close to
    /// each other become one run of the first and one of all others at the instant of the last: that
    /// is at most [`COARSE_MS`] later than they were, so no limit lets more through.
    pub fn read(&mut self, from: i64, charges: Vec<Charge>, is_fine: bool, now: Instant) {
        self.parts.push(from);
        let last = charges.iter().map(Charge::last).max().unwrap_or(from);
        if is_fine || charges.len() <= FINE_RUNS || last >= now.millis() - SETTLED_MS {
            self.charges.extend(charges);
            return;
        }
        let before = charges.len();
        let coarse = coarse(charges, COARSE_MS);
        if coarse.len() * 2 <= before {
            // Not worth a row otherwise.
            self.changed.insert(from);
        }
        self.charges.extend(coarse);
    }

    /// The parts with changes, whole. Long ones are cut.
    #[must_use]
    pub fn changes(&self) -> Vec<Part> {
        let mut changed: BTreeMap<i64, Vec<Charge>> =
            self.changed.iter().map(|&start| (self.part_of(start), Vec::new())).collect();
        for &charge in &self.charges {
            if let Some(runs) = changed.get_mut(&self.part_of(charge.start)) {
                runs.push(charge);
            }
        }
        changed.into_iter().flat_map(|(from, runs)| cut(from, runs)).collect()
    }

    /// Where the part begins that charges from `start` on lie in.
    fn part_of(&self, start: i64) -> i64 {
        let day = start.div_euclid(DAY_MS) * DAY_MS;
        let after = self.parts.partition_point(|&from| from <= start);
        let last = after.checked_sub(1).and_then(|index| self.parts.get(index));
        last.map_or(day, |&from| from.max(day))
    }
}

/// A part, or several where it has too many runs. What starts together stays together: then a start
/// is enough to know its part.
fn cut(from: i64, mut runs: Vec<Charge>) -> Vec<Part> {
    runs.sort_unstable();
    let mut parts = vec![Part { from, until: from, runs: Vec::new() }];
    for charge in runs {
        let last = parts.last().and_then(|part| part.runs.last().map(|run| (part, run.start)));
        if let Some((part, start)) = last
            && part.runs.len() >= PART_RUNS
            && start < charge.start
        {
            // Right behind it, so that nothing new can come to lie in what is full.
            parts.push(Part { from: start + 1, until: start + 1, runs: Vec::new() });
        }
        if let Some(part) = parts.last_mut() {
            part.until = part.until.max(charge.last());
            part.runs.push(charge);
        }
    }
    parts
}

/// The charges as a page plans with them: where there are more than `most`, those that are long past
/// are put together over longer and longer stretches. Each is counted, and none earlier than it
/// was, so the page names no instant that is too early for them.
#[must_use]
pub fn for_page(
    sender: &Sender,
    campaigns: &[Campaign],
    mut charges: Vec<Charge>,
    most: usize,
    now: Instant,
) -> Vec<Charge> {
    let settled = now.millis() - SETTLED_MS;
    let mut stretch_ms = COARSE_MS;
    while charges.len() > most
        && stretch_ms <= COARSEST_MS
        && !breaks_within(sender, campaigns, stretch_ms)
    {
        let (past, mut fresh): (Vec<_>, Vec<_>) =
            charges.into_iter().partition(|charge| charge.last() < settled);
        fresh.extend(coarse(past, stretch_ms));
        fresh.sort_unstable();
        (charges, stretch_ms) = (fresh, stretch_ms * 2);
    }
    charges
}

/// Each campaign's sends that lie less than so many ms from the first of theirs, as two runs.
fn coarse(mut charges: Vec<Charge>, stretch_ms: i64) -> Vec<Charge> {
    charges.sort_unstable_by_key(|charge| (charge.campaign, charge.origin, charge.start));
    // No start becomes later than it: then each stays in its part.
    let latest = charges.iter().map(|charge| charge.start).max().unwrap_or(0);
    let mut coarse: Vec<Charge> = Vec::new();
    // The run that gathers all others after a first one.
    let mut gathers = false;
    for charge in charges {
        let alike = |one: &Charge| one.campaign == charge.campaign && one.origin == charge.origin;
        let first = coarse.len().checked_sub(1 + usize::from(gathers));
        let first = first.and_then(|index| coarse.get(index)).filter(|first| alike(first));
        let near = first.is_some_and(|first| {
            charge.last() - first.start < stretch_ms && charge.last() <= latest
        });
        match coarse.last_mut() {
            Some(last) if near && gathers => {
                last.start = charge.last().max(last.start);
                last.count += charge.count;
            }
            Some(_) if near => {
                coarse.push(Charge { start: charge.last(), every: 0, ..charge });
                gathers = true;
            }
            _ => {
                coarse.push(charge);
                gathers = false;
            }
        }
    }
    coarse.sort_unstable();
    coarse
}

/// Whether the sender's ledger has to stay as it is: a break that ends a series of sends could take
/// those that were put together for one.
#[must_use]
pub fn is_fine(sender: &Sender, campaigns: &[Campaign]) -> bool {
    breaks_within(sender, campaigns, COARSE_MS)
}

/// Whether so long a pause ends a series of sends.
fn breaks_within(sender: &Sender, campaigns: &[Campaign], pause_ms: i64) -> bool {
    let mut documents =
        campaigns.iter().map(|campaign| &campaign.document).chain([&sender.document]);
    documents.any(|document| {
        let breaks = document.get("breaks").and_then(|breaks| breaks.as_array());
        breaks.into_iter().flatten().any(|rule| {
            let pause = rule.get("pause").and_then(|pause| pause.as_str());
            pause.and_then(duration_ms).is_none_or(|pause| pause <= pause_ms)
        })
    })
}

#[cfg(test)]
mod tests {
    use tidegate::Origin;

    use super::*;

    const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;
    const MIDNIGHT: i64 = NOON - DAY_MS / 2;

    fn one(start: i64) -> Charge {
        Charge { start, count: 1, every: 0, campaign: 1, origin: Origin::Queued }
    }

    /// `count` sends from `start` on, each a run of its own.
    fn drawn(start: i64, count: i64) -> Vec<Charge> {
        (0..count).map(|k| one(start + k * 80 + k * k % 7)).collect()
    }

    fn with(parts: &[i64], charges: Vec<Charge>) -> Ledger {
        let changed = charges.iter().map(|charge| charge.start).collect();
        Ledger { charges, parts: parts.to_vec(), changed }
    }

    #[test]
    fn a_day_is_one_part_until_it_is_full() {
        let whole = with(&[], drawn(NOON, 5_000)).changes();
        assert_eq!(whole.len(), 1);
        assert_eq!((whole[0].from, whole[0].runs.len()), (MIDNIGHT, 5_000));
        let parts = with(&[MIDNIGHT], drawn(NOON, 12_000)).changes();
        assert_eq!(
            parts.iter().map(|part| part.runs.len()).collect::<Vec<_>>(),
            [5_000, 5_000, 2_000]
        );
        assert_eq!(parts[1].from, parts[0].runs[4_999].start + 1);
        assert_eq!(parts[1].until, parts[1].runs[4_999].start);
    }

    #[test]
    fn only_parts_with_changes_are_written() {
        let cuts = [MIDNIGHT - DAY_MS, MIDNIGHT, NOON + 1_000, NOON + 2_000];
        let mut ledger = with(&cuts, drawn(NOON, 100));
        ledger.changed = BTreeSet::from([NOON + 1_200]);
        let parts = ledger.changes();
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].from, NOON + 1_000);
        let within = |charge: &Charge| (NOON + 1_000..NOON + 2_000).contains(&charge.start);
        assert!(!parts[0].runs.is_empty() && parts[0].runs.iter().all(within));
    }

    #[test]
    fn the_first_send_of_a_day_begins_a_part_with_it() {
        let ledger = with(&[MIDNIGHT, NOON], vec![one(MIDNIGHT + DAY_MS + 5)]);
        assert_eq!(ledger.changes()[0].from, MIDNIGHT + DAY_MS);
    }

    #[test]
    fn what_starts_together_stays_together() {
        let mut charges = drawn(NOON, 4_999);
        charges.extend((1..=3).map(|campaign| Charge { campaign, ..one(NOON + 1_000_000) }));
        charges.push(one(NOON + 1_000_001));
        let parts = with(&[], charges).changes();
        assert_eq!(parts.iter().map(|part| part.runs.len()).collect::<Vec<_>>(), [5_002, 1]);
    }

    #[test]
    fn a_part_that_was_emptied_is_written_so() {
        let ledger = Ledger { changed: BTreeSet::from([NOON]), ..with(&[MIDNIGHT], Vec::new()) };
        assert_eq!(ledger.changes(), [Part { from: MIDNIGHT, until: MIDNIGHT, runs: Vec::new() }]);
    }

    #[test]
    fn a_coarse_part_counts_everybody_and_nobody_earlier_nor_much_later() {
        let mut charges = drawn(NOON, 5_000);
        charges.iter_mut().step_by(3).for_each(|charge| charge.campaign = 2);
        let mut ledger = Ledger::default();
        let now = Instant::from_millis(NOON + 5_000 * 80 + SETTLED_MS + 10_000);
        ledger.read(MIDNIGHT, charges.clone(), false, now);
        assert!(ledger.charges.len() < 400, "{} runs", ledger.charges.len());
        assert_eq!(ledger.changes().len(), 1);
        for campaign in [1, 2] {
            let instants = |all: &[Charge]| -> Vec<i64> {
                let own = all.iter().filter(|charge| charge.campaign == campaign);
                let mut at: Vec<i64> = own
                    .flat_map(|of| {
                        let of = *of;
                        (0..of.count).map(move |k| of.start + k * of.every)
                    })
                    .collect();
                at.sort_unstable();
                at
            };
            let (fine, coarse) = (instants(&charges), instants(&ledger.charges));
            assert_eq!(fine.len(), coarse.len());
            let shifts = fine.iter().zip(&coarse).map(|(fine, coarse)| coarse - fine);
            assert!(shifts.clone().all(|shift| (0..COARSE_MS).contains(&shift)));
            assert!(shifts.max().unwrap() > 0);
            let widest = |at: &[i64]| at.windows(2).map(|two| two[1] - two[0]).max().unwrap();
            assert!(widest(&coarse) <= COARSE_MS, "a longer pause would break a series");
        }
        // Read once more it is what it was.
        let mut again = Ledger::default();
        again.read(MIDNIGHT, ledger.charges.clone(), false, now);
        assert_eq!((again.charges, again.changed.len()), (ledger.charges, 0));
    }

    #[test]
    fn what_is_fresh_or_short_or_breaks_a_series_stays_fine() {
        let end = NOON + 5_000 * 80;
        for (count, is_fine, now) in
            [(5_000, false, end), (2_000, false, end + DAY_MS), (5_000, true, end + DAY_MS)]
        {
            let mut ledger = Ledger::default();
            ledger.read(MIDNIGHT, drawn(NOON, count), is_fine, Instant::from_millis(now));
            assert_eq!(i64::try_from(ledger.charges.len()), Ok(count));
            assert!(ledger.changed.is_empty());
        }
    }
}
