//! What somebody says about a contact: the body of a request, or a row of a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, Contact, ZoneSource};

/// A change of a contact, or the whole of a new one. What is `None` is not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// Whether lists are added to what is there; otherwise they take its place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub adds: bool,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The addresses, in their normal form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<Address>>,
    /// The tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeSet<String>>,
    /// The accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<String>>,
    /// A zone that the engine knows, by its name there; empty to have it inferred again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Fields; `None` takes one away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Option<String>>,
}

impl Patch {
    /// Whether it changed `contact`.
    pub fn apply(&self, contact: &mut Contact) -> bool {
        let before = contact.clone();
        if let Some(name) = &self.name {
            contact.name.clone_from(name);
        }
        if let Some(addresses) = &self.addresses {
            if !self.adds {
                contact.addresses.clear();
            }
            for address in addresses {
                contact.add_address(address);
            }
        }
        labels(&mut contact.tags, self.tags.as_ref(), self.adds);
        labels(&mut contact.accounts, self.accounts.as_ref(), self.adds);
        match self.zone.as_deref() {
            None => {}
            Some("") => contact.zone_source = ZoneSource::Unknown,
            Some(zone) => {
                contact.zones = vec![zone.to_owned()];
                contact.zone_source = ZoneSource::Given;
            }
        }
        for (name, value) in &self.fields {
            match value {
                Some(value) => contact.fields.insert(name.clone(), value.clone()),
                None => contact.fields.remove(name),
            };
        }
        if contact.addresses != before.addresses || self.zone.is_some() {
            contact.infer_zones();
        }
        *contact != before
    }
}

fn labels(there: &mut BTreeSet<String>, said: Option<&BTreeSet<String>>, adds: bool) {
    if let Some(said) = said {
        if !adds {
            there.clear();
        }
        there.extend(said.iter().cloned());
    }
}
