//! Rows of a file, taken in one after the other by the contacts that they are about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, Contact, Patch, new_id};
use crate::import::Rejection;

/// A row of a file, and what it says of somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct Said {
    /// The line on which it begins.
    pub line: u64,
    /// What it says.
    pub patch: Patch,
}

/// What became of a row.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It made a contact.
    Created,
    /// It changed one.
    Updated,
    /// It said nothing new.
    Unchanged,
    /// It cannot be taken.
    Rejected(Rejection),
}

/// The contacts that rows are about.
#[derive(Debug)]
pub struct Book {
    contacts: Vec<Contact>,
    changed: BTreeSet<usize>,
    /// Who has an address.
    owners: BTreeMap<Address, usize>,
    /// What the changed ones take as JSON, about.
    bytes: usize,
    token: String,
    now_ms: i64,
}

impl Book {
    /// With the contacts that have any of the rows' addresses. New ones get their ids from `token`.
    #[must_use]
    pub fn of(contacts: Vec<Contact>, token: String, now_ms: i64) -> Self {
        let mut owners = BTreeMap::new();
        for (place, contact) in contacts.iter().enumerate() {
            owners.extend(contact.addresses.iter().map(|address| (address.clone(), place)));
        }
        Self { contacts, changed: BTreeSet::new(), owners, bytes: 0, token, now_ms }
    }

    /// Takes a row in.
    pub fn take(&mut self, row: &Said) -> Taken {
        let addresses = row.patch.addresses.as_deref().unwrap_or_default();
        let owners: BTreeSet<usize> =
            addresses.iter().filter_map(|address| self.owners.get(address).copied()).collect();
        let mut owners = owners.into_iter();
        let (first, second) = (owners.next(), owners.next());
        if let (Some(first), Some(second)) = (first, second) {
            return Taken::Rejected(self.two_contacts(row, first, second));
        }
        let place = first.unwrap_or(self.contacts.len());
        let mut contact = match self.contacts.get(place) {
            Some(contact) => contact.clone(),
            None => Contact {
                id: new_id(self.now_ms, place, &self.token),
                created_ms: self.now_ms,
                ..Contact::default()
            },
        };
        if !row.patch.apply(&mut contact) {
            return Taken::Unchanged;
        }
        if let Some((column, has, most)) = contact.excess() {
            return Taken::Rejected(Rejection {
                line: row.line,
                column: column.into(),
                code: "too_many",
                message: format!(
                    "with this row the contact `{}` would have {has}, and {most} is the most; take \
                     some out",
                    contact.id
                ),
            });
        }
        contact.updated_ms = self.now_ms;
        self.owners.extend(contact.addresses.iter().map(|address| (address.clone(), place)));
        self.changed.insert(place);
        self.bytes += contact.to_store().to_string().len();
        match self.contacts.get_mut(place) {
            Some(there) => *there = contact,
            None => self.contacts.push(contact),
        }
        if first.is_some() { Taken::Updated } else { Taken::Created }
    }

    fn two_contacts(&self, row: &Said, first: usize, second: usize) -> Rejection {
        let id = |place: usize| self.contacts.get(place).map_or("", |contact| contact.id.as_str());
        Rejection {
            line: row.line,
            column: "addresses".into(),
            code: "two_contacts",
            message: format!(
                "its addresses belong to two contacts, `{}` and `{}`; merge them with POST \
                 /contacts/{}/merge, and import the row again",
                id(first),
                id(second),
                id(first)
            ),
        }
    }

    /// What the changed ones take as JSON, in bytes, about.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The contacts that are not as they were.
    #[must_use]
    pub fn changed(&self) -> Vec<&Contact> {
        self.changed.iter().filter_map(|place| self.contacts.get(*place)).collect()
    }
}
