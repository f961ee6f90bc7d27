//! Where somebody may be: one zone where it is known, several where nobody can say which of them, and
//! none where nobody knows anything. Only hours that suit all zones of somebody are surely allowed.

use tidegate::Instant;
use tidegate::zone::Zone;

/// What stands between the names of several zones.
const BETWEEN: char = '|';

/// The zones that somebody may be in, each clock once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zones(Vec<Zone>);

impl From<Option<Zone>> for Zones {
    fn from(zone: Option<Zone>) -> Self {
        Self(zone.into_iter().collect())
    }
}

impl Zones {
    /// These, in the order of their names, one for each clock.
    #[must_use]
    pub fn of(zones: impl IntoIterator<Item = Zone>) -> Self {
        let mut sorted: Vec<Zone> = zones.into_iter().collect();
        sorted.sort_by_key(|zone| zone.name());
        let mut clocks: Vec<Zone> = Vec::with_capacity(sorted.len());
        for zone in sorted {
            if !clocks.iter().any(|clock| clock.reads_as(zone)) {
                clocks.push(zone);
            }
        }
        Self(clocks)
    }

    /// Those of a name: IANA names with `|` between them, or nothing. None where one is no zone.
    ///
    /// ```
    /// use tidegate_worker::zones::Zones;
    ///
    /// let zones = Zones::named("America/Los_Angeles|America/Boise").unwrap();
    /// assert_eq!(zones.name(), "America/Boise|America/Los_Angeles");
    /// assert!(Zones::named("").unwrap().is_empty() && Zones::named("Nowhere").is_none());
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::default());
        }
        let zones: Option<Vec<Zone>> =
            name.split(BETWEEN).map(|name| Zone::named(name.trim())).collect();
        zones.map(Self::of)
    }

    /// Their names, as [`Self::named`] takes them.
    #[must_use]
    pub fn name(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|zone| zone.name()).collect();
        names.join("|")
    }

    /// Their names, as people are told; none where nobody knows anything.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.name())
    }

    /// Whether nobody knows anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, or `default` where there is none.
    pub fn or(&self, default: Zone) -> impl Iterator<Item = Zone> {
        let none = self.0.is_empty().then_some(default);
        self.0.iter().copied().chain(none)
    }

    /// Whether they are the same clocks.
    #[must_use]
    pub fn read_as(&self, other: &Self) -> bool {
        let has = |zone: &Zone| other.0.iter().any(|other| other.reads_as(*zone));
        self.0.len() == other.0.len() && self.0.iter().all(has)
    }

    /// How far east the first of them to end its day is at `at`, in ms, with `default` where there is
    /// none.
    #[must_use]
    pub fn east_at(&self, at: Instant, default: Zone) -> i64 {
        self.or(default).map(|zone| zone.offset_at(at).millis).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(name: &str) -> Zones {
        Zones::named(name).unwrap()
    }

    #[test]
    fn each_clock_is_there_once_whatever_its_name() {
        let both = zones("Europe/Stockholm|Europe/Berlin|europe/london");
        assert_eq!(both.name(), "Europe/Berlin|Europe/London");
        assert!(both.read_as(&zones("Europe/London|Europe/Stockholm")));
        assert!(!both.read_as(&zones("Europe/London")));
        assert!(zones("").read_as(&Zones::from(None)));
    }

    #[test]
    fn the_easternmost_says_when_the_day_ends() {
        let at = Instant::from_millis(1_795_521_600_000);
        let east = |name: &str| zones(name).east_at(at, Zone::UTC) / 3_600_000;
        assert_eq!((east("America/New_York|Asia/Tokyo"), east("Asia/Tokyo"), east("")), (9, 9, 0));
    }
}
