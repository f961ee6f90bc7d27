//! The people of a campaign by zone: those whose hours are read on the same clocks are a part of it,
//! with a lane of their own. A campaign whose people have no zones is one part.

use std::cmp::Reverse;

use serde_json::Value;
use tidegate::zone::Zone;
use tidegate::{Instant, Policy, Problem};

use super::supply::{Backlog, Supply};
use crate::zones::Zones;

/// People who share a clock, or all those that they may have.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Where they are; of several zones, nobody knows which.
    pub zones: Zones,
    /// Their ordinals, `(first, count)`, in the order in which they go.
    pub ranges: Vec<(i64, i64)>,
    /// How many of them were ever released.
    pub cursor: i64,
    /// What came back.
    pub backlog: Vec<Backlog>,
}

impl Part {
    /// All people of a campaign in which nobody has a zone.
    #[must_use]
    pub fn whole(total: i64, cursor: i64) -> Self {
        let ranges = if total > 0 { vec![(0, total)] } else { Vec::new() };
        Self { zones: Zones::default(), ranges, cursor, backlog: Vec::new() }
    }

    /// How many people it has.
    #[must_use]
    pub fn people(&self) -> i64 {
        self.ranges.iter().map(|(_, count)| count).sum()
    }

    /// How many messages were released and did not come back: the place in its lane of the next.
    /// Not the cursor, which stays where it is while those that came back are released again.
    #[must_use]
    pub fn released(&self) -> i64 {
        let returned: i64 = self.backlog.iter().map(|entry| entry.count).sum();
        (self.cursor - returned).max(0)
    }

    /// Whether the person with that ordinal is one of them.
    #[must_use]
    pub fn has(&self, ordinal: i64) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= ordinal);
        let range = after.checked_sub(1).and_then(|index| self.ranges.get(index));
        range.is_some_and(|(first, count)| ordinal < first + count)
    }

    /// The ordinals that were never released, `(first, count)`.
    pub fn fresh(&self) -> impl Iterator<Item = (i64, i64)> {
        let mut released = self.cursor;
        self.ranges.iter().filter_map(move |&(first, count)| {
            let gone = released.min(count);
            released -= gone;
            (gone < count).then_some((first + gone, count - gone))
        })
    }

    /// Nobody is released for the first time any more.
    pub fn close(&mut self) {
        let mut left = self.cursor;
        self.ranges.retain_mut(|(_, count)| {
            *count = left.min(*count);
            left -= *count;
            *count > 0
        });
    }

    /// Its messages that may be released as of `now`.
    #[must_use]
    pub fn supply(&self, now: Instant) -> Supply {
        Supply::new(&self.backlog, self.fresh(), self.cursor, now.millis())
    }
}

/// Puts the parts into the order in which they take their turn where several could: from east to
/// west at `start`, so that those whose day ends first go first. People without a zone have
/// `default`.
pub fn put_in_order(parts: &mut [Part], default: Zone, start: Instant) {
    let place = |part: &Part| {
        let zones = &part.zones;
        (Reverse(zones.east_at(start, default)), zones.is_empty(), zones.name())
    };
    if parts.len() > 1 {
        parts.sort_by_cached_key(place);
    }
}

/// The hours in which a campaign may reach its people, read on the clock of each. The zone in them
/// is that of people without one; where it is left out, the sender's is.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The document: windows and blocked times.
    pub document: Value,
}

impl Hours {
    /// Whether they hold nobody back.
    #[must_use]
    pub fn are_open(&self) -> bool {
        let is_empty =
            |name| self.document.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
        is_empty("windows") && is_empty("blocked")
    }

    /// The zone of people without one.
    #[must_use]
    pub fn default_zone(&self, sender: Zone) -> Zone {
        let named = self.document.get("time_zone").and_then(Value::as_str);
        named.and_then(Zone::named).unwrap_or(sender)
    }

    /// The document for people of a zone, which is a policy like any other.
    ///
    /// # Errors
    /// When it is none: it was checked as it was taken.
    pub fn of(&self, zone: Zone) -> Result<Value, Vec<Problem>> {
        let mut document = self.document.clone();
        if let Some(fields) = document.as_object_mut() {
            fields.insert("time_zone".into(), zone.name().into());
        }
        // A blocked time on a date can lie in the hour that this zone skips, and in no other:
        // there it blocks nothing.
        while let Err(problems) = Policy::parse(&document) {
            let blocked = document.get_mut("blocked").and_then(Value::as_array_mut);
            let skipped = problems.iter().rev().find_map(skipped);
            match blocked.zip(skipped) {
                Some((blocked, index)) if index < blocked.len() => drop(blocked.remove(index)),
                _ => return Err(problems),
            }
        }
        Ok(document)
    }
}

/// The index of a blocked time that is empty.
fn skipped(problem: &Problem) -> Option<usize> {
    let (index, _) = problem.path.strip_prefix("blocked[")?.split_once(']')?;
    index.parse().ok().filter(|_| problem.code == "empty")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn zone(name: &str) -> Option<Zone> {
        Zone::named(name)
    }

    fn part(name: &str, ranges: Vec<(i64, i64)>, cursor: i64) -> Part {
        Part { zones: zone(name).into(), ranges, cursor, backlog: Vec::new() }
    }

    #[test]
    fn a_part_goes_through_its_ranges_in_order() {
        let part = part("Europe/Paris", vec![(0, 10), (30, 5), (90, 1)], 12);
        assert_eq!(part.people(), 16);
        assert_eq!(part.fresh().collect::<Vec<_>>(), [(32, 3), (90, 1)]);
        let has = [0, 9, 10, 29, 30, 34, 35, 90, 91].map(|ordinal| part.has(ordinal));
        assert_eq!(has, [true, true, false, false, true, true, false, true, false]);
        let mut supply = part.supply(Instant::MAX);
        assert_eq!(supply.count(), 4);
        let taken: Vec<_> =
            std::iter::from_fn(|| supply.take(9)).map(|s| (s.first, s.count)).collect();
        assert_eq!((taken, supply.cursor()), (vec![(32, 3), (90, 1)], 16));
    }

    #[test]
    fn nobody_new_is_in_a_part_that_is_closed() {
        let mut part = part("Europe/Paris", vec![(0, 10), (30, 5), (90, 1)], 12);
        part.close();
        assert_eq!(
            (part.ranges.as_slice(), part.fresh().count()),
            ([(0, 10), (30, 2)].as_slice(), 0)
        );
    }

    #[test]
    fn those_whose_day_ends_first_go_first() {
        let names =
            ["America/Los_Angeles", "Asia/Tokyo", "UTC", "Europe/Paris", "Pacific/Auckland"];
        let mut parts: Vec<_> = names.iter().map(|name| part(name, vec![(0, 1)], 0)).collect();
        parts.push(Part::whole(1, 0));
        put_in_order(&mut parts, Zone::UTC, Instant::from_millis(1_795_521_600_000));
        let order: Vec<_> = parts.iter().map(|part| part.zones.name()).collect();
        assert_eq!(
            order,
            ["Pacific/Auckland", "Asia/Tokyo", "Europe/Paris", "UTC", "", "America/Los_Angeles"]
        );
    }

    #[test]
    fn what_is_blocked_in_an_hour_that_a_zone_skips_blocks_nothing_there() {
        let hours = Hours {
            document: json!({
                "time_zone": "UTC",
                "windows": [{ "from": "01:00", "to": "05:00" }],
                "blocked": [{ "date": "2027-01-01" },
                            { "from": "2027-03-28T02:30", "to": "2027-03-28T03:30" },
                        { "from": "2027-03-28T02:30", "to": "2027-03-28T03:10" }],
            }),
        };
        let blocked =
            |name| hours.of(zone(name).unwrap()).unwrap()["blocked"].as_array().unwrap().len();
        assert_eq!((blocked("Europe/Paris"), blocked("America/New_York")), (1, 3));
        assert_eq!(hours.of(zone("Asia/Tokyo").unwrap()).unwrap()["time_zone"], "Asia/Tokyo");
    }
}
