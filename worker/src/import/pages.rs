//! People on their way to the database: pages of up to 100 of one zone, many pages a statement.
//!
//! A file names its people in any order. Those of a zone are put together as they come, a thousand
//! or so at a time, so that a zone's ordinals are few ranges however the file is mixed.

use std::collections::{BTreeMap, VecDeque};

use crate::store::people::PAGE_MAX;
use crate::zones::Zones;

/// Bytes from which a page takes no more people. A row of D1 holds 2 MB, and one person, whose
/// record is bounded, at most 600 KB of them once every control character is escaped.
const PAGE_FULL: usize = 256 * 1024;

/// Pages of a zone that are put together before they get their ordinals.
const TOGETHER: usize = 10;

/// Bytes of all zones' pages that wait for more of theirs. Past it the zone with the most has to go
/// without.
const WAITING_FULL: usize = 8 * 1024 * 1024;

/// Bytes from which a batch is complete: some 15,000 people with a name each. Half of what D1 takes
/// in one parameter, because the last page can be a large one.
const BATCH_FULL: usize = 1_000_000;

/// The people of a campaign who share a clock, or all those that they may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoneRanges {
    /// The zones of the first of them; none for people without one.
    pub zones: Zones,
    /// Their ordinals, `(first, count)`, in order.
    pub ranges: Vec<(i64, i64)>,
}

/// Collects people, and gives them their ordinals.
#[derive(Debug)]
pub struct Pages {
    /// The ordinal of the next page.
    next: i64,
    zones: Vec<Waiting>,
    /// Which of them a zone's people are put into.
    places: BTreeMap<String, usize>,
    /// Bytes that wait.
    waiting: usize,
    batch: String,
    /// Batches that are complete.
    full: VecDeque<String>,
}

/// People of one zone who have no ordinals yet.
#[derive(Debug)]
struct Waiting {
    of: ZoneRanges,
    /// Pages that take no more, and how many people are on each.
    pages: Vec<(usize, String)>,
    /// How many people are on the open page.
    people: usize,
    page: String,
    /// Bytes of all of them.
    bytes: usize,
}

impl Pages {
    /// Pages whose first person has the ordinal `first`, for a campaign whose people so far are in
    /// these `zones`.
    #[must_use]
    pub fn new(first: i64, zones: Vec<ZoneRanges>) -> Self {
        let zones = zones.into_iter().map(Waiting::of).collect();
        Self {
            next: first,
            zones,
            places: BTreeMap::new(),
            waiting: 0,
            batch: String::new(),
            full: VecDeque::new(),
        }
    }

    /// Adds a person, a JSON text.
    pub fn push(&mut self, zones: &Zones, json: &str) {
        let place = self.place(zones);
        let Some(waiting) = self.zones.get_mut(place) else { return };
        self.waiting += waiting.push(json);
        let closed = waiting.bytes - waiting.page.len();
        if waiting.pages.len() >= TOGETHER || closed >= PAGE_FULL {
            self.settle(place);
        } else if self.waiting > WAITING_FULL {
            let fullest = self.zones.iter().enumerate().max_by_key(|(_, zone)| zone.bytes);
            if let Some((fullest, _)) = fullest {
                if let Some(zone) = self.zones.get_mut(fullest) {
                    zone.close_page();
                }
                self.settle(fullest);
            }
        }
    }

    /// Whether enough is there for a statement.
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// A batch that is complete, or what there is when it is the `last` time, in the form that
    /// [`crate::store::people::write`] takes. `None`: there is none.
    pub fn take(&mut self, last: bool) -> Option<String> {
        if last {
            for place in 0..self.zones.len() {
                if let Some(zone) = self.zones.get_mut(place) {
                    zone.close_page();
                }
                self.settle(place);
            }
            self.close_batch();
        }
        self.full.pop_front()
    }

    /// Who is in which zone, once everything is taken; none where nobody has a zone.
    #[must_use]
    pub fn into_zones(self) -> Vec<ZoneRanges> {
        let zones: Vec<_> = self.zones.into_iter().map(|zone| zone.of).collect();
        let is_one_crowd = zones.iter().all(|zone| zone.zones.is_empty());
        if is_one_crowd { Vec::new() } else { zones }
    }

    /// Zones whose clocks read the same are one.
    fn place(&mut self, zones: &Zones) -> usize {
        let name = zones.name();
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let is_same = |waiting: &Waiting| waiting.of.zones.read_as(zones);
        let place = self.zones.iter().position(is_same).unwrap_or(self.zones.len());
        if place == self.zones.len() {
            self.zones.push(Waiting::of(ZoneRanges { zones: zones.clone(), ranges: Vec::new() }));
        }
        self.places.insert(name, place);
        place
    }

    /// Gives the complete pages of a zone their ordinals.
    fn settle(&mut self, place: usize) {
        let Some(zone) = self.zones.get_mut(place) else { return };
        for (people, page) in std::mem::take(&mut zone.pages) {
            zone.bytes = zone.bytes.saturating_sub(page.len());
            self.waiting = self.waiting.saturating_sub(page.len());
            let separator = if self.batch.is_empty() { "[" } else { "," };
            let (first, count) = (self.next.to_string(), people.to_string());
            for part in [separator, "[", &first, ",", &count, ",[", &page, "]]"] {
                self.batch.push_str(part);
            }
            let people = i64::try_from(people).unwrap_or_default();
            match zone.of.ranges.last_mut() {
                Some((first, count)) if *first + *count == self.next => *count += people,
                _ => zone.of.ranges.push((self.next, people)),
            }
            self.next += people;
            if self.batch.len() >= BATCH_FULL {
                self.batch.push(']');
                let next = String::with_capacity(BATCH_FULL);
                self.full.push_back(std::mem::replace(&mut self.batch, next));
            }
        }
    }

    fn close_batch(&mut self) {
        if !self.batch.is_empty() {
            self.batch.push(']');
            self.full.push_back(std::mem::take(&mut self.batch));
        }
    }
}

impl Waiting {
    const fn of(of: ZoneRanges) -> Self {
        Self { of, pages: Vec::new(), people: 0, page: String::new(), bytes: 0 }
    }

    /// Gives how many bytes it added.
    fn push(&mut self, json: &str) -> usize {
        if self.people == PAGE_MAX || self.page.len() + json.len() > PAGE_FULL {
            self.close_page();
        }
        let before = self.page.len();
        if self.people > 0 {
            self.page.push(',');
        }
        self.page.push_str(json);
        self.people += 1;
        let added = self.page.len() - before;
        self.bytes += added;
        added
    }

    fn close_page(&mut self) {
        if self.people > 0 {
            self.pages.push((self.people, std::mem::take(&mut self.page)));
            self.people = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use tidegate::zone::Zone;

    /// `(first, count)` of each page of a batch, whose people are counted.
    fn pages(batch: &str) -> Vec<(i64, usize)> {
        let pages: Vec<(i64, usize, Vec<Value>)> = serde_json::from_str(batch).unwrap();
        for (_, count, people) in &pages {
            assert_eq!(*count, people.len());
        }
        pages.iter().map(|page| (page.0, page.1)).collect()
    }

    fn all(waiting: &mut Pages) -> Vec<(i64, usize)> {
        std::iter::from_fn(|| waiting.take(true)).flat_map(|batch| pages(&batch)).collect()
    }

    #[test]
    fn a_page_has_up_to_a_hundred_people() {
        let mut waiting = Pages::new(150, Vec::new());
        assert_eq!(waiting.take(true), None);
        for _ in 0..250 {
            waiting.push(&Zones::default(), "{}");
        }
        assert_eq!(waiting.take(false), None);
        assert_eq!(all(&mut waiting), [(150, 100), (250, 100), (350, 50)]);
        assert_eq!(waiting.take(true), None);
        assert_eq!(waiting.into_zones(), []);
    }

    #[test]
    fn a_batch_of_people_with_much_to_say_stays_below_the_bound_of_a_parameter() {
        let longest = format!("\"{}\"", "x".repeat(600_000));
        let long = format!("\"{}\"", "x".repeat(100_000));
        let zones = ["Europe/Paris", "Asia/Tokyo", "America/New_York"]
            .map(|name| Zones::from(Zone::named(name)));
        let mut waiting = Pages::new(0, Vec::new());
        for person in [&long, &long, &long, &longest, &long].into_iter().cycle().take(100) {
            for zone in &zones {
                waiting.push(zone, person);
            }
        }
        let batches: Vec<_> = std::iter::from_fn(|| waiting.take(true)).collect();
        assert!(batches.len() > 30);
        assert!(batches.iter().all(|batch| batch.len() < 2_000_000 - 300_000));
        let mut waiting = Pages::new(0, Vec::new());
        for person in [&long, &long, &long, &longest, &long] {
            waiting.push(&Zones::default(), person);
        }
        assert_eq!(all(&mut waiting), [(0, 2), (2, 1), (3, 1), (4, 1)]);
    }

    #[test]
    fn people_of_a_zone_are_few_ranges_however_they_are_mixed() {
        let zones = ["Europe/Paris", "Asia/Tokyo", "America/New_York"]
            .map(|name| Zones::from(Zone::named(name)));
        let before = vec![ZoneRanges { zones: zones[1].clone(), ranges: vec![(0, 40)] }];
        let mut waiting = Pages::new(40, before);
        for k in 0..30_000 {
            waiting.push(&zones[k % 3], "{}");
        }
        waiting.push(&Zones::default(), "{}");
        let written = all(&mut waiting);
        assert_eq!(written.len(), 301);
        assert!(written.iter().rev().skip(1).all(|(_, count)| *count == 100));
        let told = waiting.into_zones();
        let people: Vec<i64> =
            told.iter().map(|zone| zone.ranges.iter().map(|(_, count)| count).sum()).collect();
        assert_eq!(people, [10_040, 10_000, 10_000, 1]);
        assert!(told.iter().all(|zone| zone.ranges.len() <= 11), "{told:?}");
        let mut ranges: Vec<_> = told.into_iter().flat_map(|zone| zone.ranges).collect();
        ranges.sort_unstable();
        let ends = ranges.iter().scan(0, |next, (first, count)| {
            let fits = *first == *next;
            *next += count;
            Some(fits)
        });
        assert!(ends.into_iter().all(|fits| fits), "every ordinal is in one zone: {ranges:?}");
    }

    #[test]
    fn zones_whose_clocks_read_the_same_are_one() {
        let mut waiting = Pages::new(0, Vec::new());
        for name in ["Europe/Berlin", "Europe/Stockholm", "Europe/Paris", "Europe/London"] {
            waiting.push(&Zones::from(Zone::named(name)), "{}");
        }
        all(&mut waiting);
        let zones = waiting.into_zones();
        assert_eq!(zones[0].zones.name(), "Europe/Berlin");
        let people: Vec<_> = zones.iter().map(|zone| zone.ranges.as_slice()).collect();
        assert_eq!(people, [[(0, 3)], [(3, 1)]]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let names: Vec<_> = tidegate::zone::names().collect();
        let person = format!("\"{}\"", "x".repeat(9_000));
        let mut waiting = Pages::new(0, Vec::new());
        for k in 0..4_000 {
            waiting.push(&Zones::from(Zone::named(names[k % names.len()])), &person);
            assert!(waiting.waiting <= WAITING_FULL + 10_000);
            while waiting.take(false).is_some() {}
        }
    }
}
