//! People of one campaign on their way into another, a step at a time. They were found fit once, so
//! nothing of them is looked at again but what a list has to know of its fields.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fields::FieldFacts;
use super::pages::{Pages, ZoneRanges};
use crate::model::Person;
use crate::store::StoreError;
use crate::zones::Zones;

/// People of a zone: its name, their ordinals as `(first, count)`, and how many they are.
type InZone = (String, Vec<(i64, i64)>, i64);

/// What is known of the people of all steps so far, as it is kept between them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SoFar {
    /// Who is in which zone: `[[time_zone, ranges, people]]`; nobody where nobody has one.
    #[serde(default)]
    pub zones: Vec<InZone>,
    /// Who has something in which field, and what of it is not allowed.
    #[serde(default)]
    pub facts: Value,
}

/// The people of one step.
#[derive(Debug)]
pub struct Copied {
    pages: Pages,
    facts: FieldFacts,
    people: i64,
}

impl Copied {
    /// Goes on after the first `people`; `words` is the team's list of what it does not allow.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when what is kept cannot be read.
    pub fn after(people: i64, so_far: &SoFar, words: Option<&str>) -> Result<Self, StoreError> {
        let of = |(name, ranges, _): &InZone| ZoneRanges {
            zones: Zones::named(name).unwrap_or_default(),
            ranges: ranges.clone(),
        };
        let mut zones: Vec<ZoneRanges> = so_far.zones.iter().map(of).collect();
        if zones.is_empty() && people > 0 {
            zones.push(ZoneRanges { zones: Zones::default(), ranges: vec![(0, people)] });
        }
        let facts = FieldFacts::resume(words, &so_far.facts)?;
        Ok(Self { pages: Pages::new(people, zones), facts, people })
    }

    /// Takes one more.
    pub fn take(&mut self, person: &Person) {
        let zones = person.zone.as_deref().and_then(Zones::named).unwrap_or_default();
        self.pages.push(&zones, &json!(person).to_string());
        let filled = person.fields.iter().filter_map(|(name, value)| {
            let value = value.as_str()?;
            (!value.trim().is_empty()).then_some((name.as_str(), value))
        });
        self.facts.take(&filled.collect::<Vec<_>>());
        self.people += 1;
    }

    /// How many there are by now, what [`crate::store::people::write`] takes of this step, and what
    /// is known of all.
    #[must_use]
    pub fn finish(mut self) -> (i64, Vec<String>, SoFar) {
        let batches = std::iter::from_fn(|| self.pages.take(true)).collect();
        let facts = self.facts.document();
        let zones = self.pages.into_zones();
        let zones = zones.iter().map(|zone| {
            let people = zone.ranges.iter().map(|(_, count)| count).sum();
            (zone.zones.name(), zone.ranges.clone(), people)
        });
        (self.people, batches, SoFar { zones: zones.collect(), facts })
    }
}

impl SoFar {
    /// What a list keeps of its fields: how many of `people` have nothing in each of the `columns`,
    /// and what is not allowed.
    ///
    /// # Errors
    /// As [`Copied::after`].
    pub fn of_list(
        &self,
        columns: &[String],
        people: i64,
    ) -> Result<(Value, Vec<Value>), StoreError> {
        let facts = FieldFacts::resume(None, &self.facts)?;
        let empty = facts.empty(columns.iter().map(String::as_str), people);
        Ok((json!(empty), facts.found()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: i64, zone: Option<&str>, name: &str) -> Person {
        serde_json::from_value(json!({
            "to": format!("+3361200{number:04}"), "zone": zone, "fields": { "name": name },
        }))
        .unwrap()
    }

    #[test]
    fn steps_come_to_what_one_step_comes_to() {
        let zones = [None, Some("Europe/Paris"), Some("Asia/Tokyo")].into_iter().cycle();
        let people: Vec<Person> = (0..90)
            .zip(zones)
            .map(|(n, zone)| {
                let zone = zone.filter(|_| n >= 30);
                person(n, zone, if n % 10 == 0 { "" } else { "Ada" })
            })
            .collect();
        let mut so_far = SoFar::default();
        let mut first = 0;
        let mut written: Vec<Value> = Vec::new();
        for step in people.chunks(20) {
            let mut copied = Copied::after(first, &so_far, None).unwrap();
            for person in step {
                copied.take(person);
            }
            let (next, batches, after) = copied.finish();
            assert_eq!(next - first, i64::try_from(step.len()).unwrap());
            for batch in batches {
                written.extend(serde_json::from_str::<Vec<Value>>(&batch).unwrap());
            }
            // As it is kept in between.
            so_far = serde_json::from_str(&json!(after).to_string()).unwrap();
            first = next;
        }
        assert_eq!(first, 90);
        let counts: i64 = written.iter().map(|page| page[1].as_i64().unwrap()).sum();
        assert_eq!(counts, 90);
        let in_zones: Vec<(&str, i64)> =
            so_far.zones.iter().map(|(name, _, people)| (name.as_str(), *people)).collect();
        assert_eq!(in_zones, [("", 50), ("Europe/Paris", 20), ("Asia/Tokyo", 20)]);
        let mut ordinals: Vec<(i64, i64)> =
            so_far.zones.iter().flat_map(|(_, ranges, _)| ranges.clone()).collect();
        ordinals.sort_unstable();
        let end = ordinals.iter().fold(0, |next, (first, count)| {
            assert_eq!(*first, next, "every ordinal is in one zone: {ordinals:?}");
            next + count
        });
        assert_eq!(end, 90);
        let (empty, found) = so_far.of_list(&["name".into(), "city".into()], 90).unwrap();
        assert_eq!((empty, found), (json!({ "name": 9, "city": 90 }), vec![]));
    }
}
