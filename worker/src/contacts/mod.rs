//! The people that a team writes to: what is known of one, and what may be said of one.
//!
//! A contact has addresses, several on a channel if need be, and an address belongs to one contact.
//! Everything here is plain: no database, no clock.

pub mod book;
pub mod csv;
pub mod file;
mod patch;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::import::phone_zones;
use crate::model::Channel;

pub use patch::Patch;

/// Addresses of one contact, on all channels.
pub const ADDRESSES_MOST: usize = 20;
/// Tags of one contact; as many accounts.
pub const LABELS_MOST: usize = 50;
/// Characters of a tag or of an account's name.
pub const LABEL_MOST: usize = 100;
/// Fields that the contacts of one team have in all: with the others they are the columns of an
/// export, and an import takes a hundred.
pub const FIELDS_MOST: usize = 80;
/// Characters of a field.
pub const FIELD_MOST: usize = 1_000;

/// Where somebody can be reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The channel.
    pub channel: Channel,
    /// The address, in its normal form.
    pub address: String,
}

/// How the zones of a contact are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ZoneSource {
    /// Somebody said so.
    Given,
    /// The phone numbers' prefixes say so.
    Inferred,
    /// Nothing does.
    #[default]
    Unknown,
}

/// A contact, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// Climbs with every change; 0: it is not kept yet.
    pub version: i64,
    /// Its name; may be empty.
    pub name: String,
    /// The preferred of a channel first.
    pub addresses: Vec<Address>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// The accounts that it belongs to.
    pub accounts: BTreeSet<String>,
    /// Zones by name, in the order of their names. Several: only hours that suit all count.
    pub zones: Vec<String>,
    /// How they are known.
    pub zone_source: ZoneSource,
    /// What else is known, by the name that texts use.
    pub fields: BTreeMap<String, String>,
    /// When it was made, ms.
    pub created_ms: i64,
    /// When it was last changed, ms.
    pub updated_ms: i64,
}

impl Contact {
    /// The first address of a channel.
    #[must_use]
    pub fn preferred(&self, channel: Channel) -> Option<&str> {
        self.on(channel).next()
    }

    /// The addresses of a channel.
    pub fn on(&self, channel: Channel) -> impl Iterator<Item = &str> {
        let there = self.addresses.iter().filter(move |place| place.channel == channel);
        there.map(|place| place.address.as_str())
    }

    /// Takes another contact of the same person in: what this one says wins, what it does not say
    /// is taken over, and addresses, tags and accounts are united.
    pub fn unite(&mut self, other: &Self) {
        if self.name.is_empty() {
            self.name.clone_from(&other.name);
        }
        for address in &other.addresses {
            self.add_address(address);
        }
        self.tags.extend(other.tags.iter().cloned());
        self.accounts.extend(other.accounts.iter().cloned());
        for (name, value) in &other.fields {
            self.fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if self.zone_source != ZoneSource::Given && other.zone_source == ZoneSource::Given {
            self.zones.clone_from(&other.zones);
            self.zone_source = ZoneSource::Given;
        }
        self.created_ms = self.created_ms.min(other.created_ms);
        self.infer_zones();
    }

    fn add_address(&mut self, address: &Address) {
        if !self.addresses.contains(address) {
            self.addresses.push(address.clone());
        }
    }

    /// Asks the phone numbers for the zones, unless they were given. Of several numbers all count.
    pub fn infer_zones(&mut self) {
        if self.zone_source == ZoneSource::Given {
            return;
        }
        let numbers = self.on(Channel::Sms).chain(self.on(Channel::Whatsapp));
        let found: BTreeSet<&str> = numbers.flat_map(phone_zones::of_number).collect();
        self.zones = found.into_iter().map(str::to_owned).collect();
        self.zone_source =
            if self.zones.is_empty() { ZoneSource::Unknown } else { ZoneSource::Inferred };
    }

    /// The document that the store takes.
    #[must_use]
    pub fn to_store(&self) -> Value {
        let mut document = json!(self);
        if let Some(object) = document.as_object_mut() {
            object.insert("name_key".into(), name_key(&self.name).into());
        }
        document
    }

    /// What somebody broke by making it too large: a field's name, how many it has, how many it may.
    #[must_use]
    pub fn excess(&self) -> Option<(&'static str, usize, usize)> {
        [
            ("addresses", self.addresses.len(), ADDRESSES_MOST),
            ("tags", self.tags.len(), LABELS_MOST),
            ("accounts", self.accounts.len(), LABELS_MOST),
        ]
        .into_iter()
        .find(|(_, has, most)| has > most)
    }
}

/// A name as it is searched and compared: letters and digits in lower case, one blank between
/// words.
#[must_use]
pub fn name_key(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' });
    let lower: String = plain.flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A new contact's id: the time, its place among those that are made together, and chance from
/// `token`, so that ids are in the order in which contacts came.
#[must_use]
pub fn new_id(now_ms: i64, place: usize, token: &str) -> String {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    format!("con_{}{}{}", base32(now_ms, 9), base32(place, 4), token.get(..13).unwrap_or(token))
}

/// The last `digits` digits of a number, in the alphabet whose order is that of ASCII (RFC 4648,
/// section 7).
fn base32(number: i64, digits: u32) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digit = |place: u32| {
        let five = usize::try_from((number >> (5 * place)) & 31).unwrap_or_default();
        char::from(ALPHABET.get(five).copied().unwrap_or(b'0'))
    };
    (0..digits).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_time_and_place() {
        let token = "abcdefghijklmnopqrstuvwxyz";
        let ids = [
            new_id(1_795_528_800_000, 0, token),
            new_id(1_795_528_800_000, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaa"),
            new_id(1_795_528_800_000, 1_000_000, token),
            new_id(1_795_528_800_001, 0, token),
            new_id(4_102_444_800_000, 0, token),
        ];
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 30));
    }

    #[test]
    fn names_are_compared_without_case_blanks_and_points() {
        assert_eq!(name_key("  Ada   King-Noël, Jr. "), "ada king noël jr");
        assert_eq!(name_key("O'Neil"), "o neil");
        assert_eq!(name_key("…"), "");
    }

    #[test]
    fn of_two_contacts_the_first_wins_and_both_are_reached() {
        let address = |channel, address: &str| Address { channel, address: address.into() };
        let mut ada = Contact {
            name: "Ada".into(),
            addresses: vec![address(Channel::Sms, "+14169671111")],
            tags: ["vip".to_owned()].into(),
            fields: [("city".to_owned(), "Paris".to_owned())].into(),
            created_ms: 7,
            ..Contact::default()
        };
        let other = Contact {
            name: "A. Lovelace".into(),
            addresses: vec![
                address(Channel::Sms, "+33612345678"),
                address(Channel::Sms, "+14169671111"),
            ],
            tags: ["new".to_owned()].into(),
            fields: [("city".to_owned(), "Rome".to_owned()), ("size".to_owned(), "7".to_owned())]
                .into(),
            created_ms: 3,
            ..Contact::default()
        };
        ada.unite(&other);
        assert_eq!(ada.name, "Ada");
        assert_eq!(ada.on(Channel::Sms).collect::<Vec<_>>(), ["+14169671111", "+33612345678"]);
        assert_eq!(ada.tags, ["new".to_owned(), "vip".to_owned()].into());
        assert_eq!(ada.fields["city"], "Paris");
        assert_eq!(ada.fields["size"], "7");
        assert_eq!(ada.created_ms, 3);
        // Hours have to suit both numbers.
        assert_eq!(ada.zones, ["America/Toronto", "Europe/Paris"]);
        assert_eq!(ada.zone_source, ZoneSource::Inferred);
    }
}
