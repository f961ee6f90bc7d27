//! What an import finds out about the fields of a list as they come in: who has nothing in them, and
//! what stands in them that the team does not allow. Looked at here, a campaign of a million people
//! can be scheduled without looking at them again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::content::words::Words;
use crate::store::StoreError;

/// Words and links that are told of one list, at most, each once for each field.
const FOUND_MOST: usize = 100;

/// What is known so far.
#[derive(Debug)]
pub struct FieldFacts {
    words: Words,
    /// How many people have something in a field.
    filled: Vec<(String, i64)>,
    /// The entry and the field, then how many people have it and what stands around it.
    found: BTreeMap<(String, String), (i64, Value)>,
}

impl FieldFacts {
    /// With the team's list as it is kept.
    pub fn new(list: Option<&str>) -> Result<Self, StoreError> {
        let words = Words::parse(list).map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self { words, filled: Vec::new(), found: BTreeMap::new() })
    }

    /// Goes on with what [`FieldFacts::document`] kept.
    pub fn resume(list: Option<&str>, kept: &Value) -> Result<Self, StoreError> {
        let mut facts = Self::new(list)?;
        if let Some(kept) = kept.as_object() {
            let part = |name: &str| kept.get(name).cloned().unwrap_or_else(|| json!([]));
            let broken = |error: serde_json::Error| StoreError::Failed(error.to_string());
            facts.filled = serde_json::from_value(part("filled")).map_err(broken)?;
            let found: Vec<(String, String, i64, Value)> =
                serde_json::from_value(part("found")).map_err(broken)?;
            let found =
                found.into_iter().map(|(id, name, people, told)| ((id, name), (people, told)));
            facts.found = found.collect();
        }
        Ok(facts)
    }

    /// All that is known so far, to be gone on with.
    pub fn document(&self) -> Value {
        let found = self.found.iter();
        let found = found.map(|((id, name), (people, told))| json!([id, name, people, told]));
        json!({ "filled": self.filled, "found": found.collect::<Vec<_>>() })
    }

    /// Takes a person who is in: the fields that are not empty.
    pub fn take(&mut self, fields: &[(&str, &str)]) {
        for &(name, value) in fields {
            match self.filled.iter_mut().find(|(known, _)| known == name) {
                Some((_, people)) => *people += 1,
                None => self.filled.push((name.to_owned(), 1)),
            }
            for hit in self.words.find(value) {
                let key = (hit.entry.id.clone(), name.to_owned());
                if let Some((people, _)) = self.found.get_mut(&key) {
                    *people += 1;
                } else if self.found.len() < FOUND_MOST {
                    let told = json!({
                        "id": hit.entry.id,
                        "kind": hit.entry.kind,
                        "value": hit.entry.value,
                        "where": format!("fields.{name}"),
                        "excerpt": hit.excerpt,
                    });
                    self.found.insert(key, (1, told));
                }
            }
        }
    }

    /// How many of `people` have nothing in each of the `fields`.
    pub fn empty<'a>(
        &self,
        fields: impl Iterator<Item = &'a str>,
        people: i64,
    ) -> BTreeMap<String, i64> {
        let filled = |name: &str| {
            let known = self.filled.iter().find(|(known, _)| known == name);
            known.map_or(0, |(_, people)| *people)
        };
        fields.map(|name| (name.to_owned(), people - filled(name))).collect()
    }

    /// What is not allowed, and in which field of how many people.
    pub fn found(&self) -> Vec<Value> {
        let told = self.found.values().map(|(people, told)| {
            let mut told = told.clone();
            if let Some(fields) = told.as_object_mut() {
                fields.insert("people".into(), (*people).into());
            }
            told
        });
        told.collect()
    }
}
