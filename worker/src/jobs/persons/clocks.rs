//! The limits of each person on their own clock: where one counts days of the calendar, it matters whose.

use std::collections::BTreeMap;

use tidegate::Problem;
use tidegate::zone::Zone;

use crate::dispatch::person::Limits;
use crate::import;
use crate::model::Person;
use crate::store::StoreError;
use crate::zones::Zones;

/// A team's limits, and the same on each clock that was met.
pub(super) struct Clocks {
    limits: Limits,
    /// Where those are of whom nobody knows it.
    default: Zone,
    /// By the names of the clocks. None where no limit goes by them.
    met: BTreeMap<String, Limits>,
}

impl Clocks {
    /// Those of a team; `clock` is that of people of whom nobody knows where they are.
    pub(super) fn of(limits: Limits, clock: Option<&str>) -> Self {
        let default = clock.and_then(Zone::named).unwrap_or(Zone::UTC);
        Self { limits, default, met: BTreeMap::new() }
    }

    /// The name of a person's clocks: what the file, the contact or the single says, or else the number.
    pub(super) fn of_person(&mut self, person: &Person) -> Result<String, StoreError> {
        if !self.limits.go_by_the_clock() {
            return Ok(String::new());
        }
        let said = person.zone.as_deref().and_then(Zones::named).filter(|zones| !zones.is_empty());
        let zones = said.unwrap_or_else(|| import::of_number(&person.to));
        let name = zones.name();
        if !self.met.contains_key(&name) {
            let own = self.limits.on(&zones, self.default).map_err(|problems| broken(&problems))?;
            self.met.insert(name.clone(), own);
        }
        Ok(name)
    }

    /// The limits on clocks of that name.
    pub(super) fn limits(&self, clocks: &str) -> &Limits {
        self.met.get(clocks).unwrap_or(&self.limits)
    }
}

/// What was stored was checked as it was taken.
pub(super) fn broken(problems: &[Problem]) -> StoreError {
    let first = problems.first().map_or("", |problem| problem.message.as_str());
    StoreError::Failed(format!("a stored limit for people is not valid: {first}"))
}
