//! The addresses that a campaign has already, in 17 to 39 bytes each.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip128::{Hasher128, SipHasher13};

/// Tables that grow one after another: a single one would need its old and its new memory at
/// once, all of it, each time that it doubles.
const TABLES: usize = 256;

/// A set of texts, kept as keyed 128-bit hashes: two of ten million texts share one with a
/// probability below 10^-24, and nobody who does not know the key can make it happen.
#[derive(Debug)]
pub struct Seen {
    hasher: SipHasher13,
    tables: Vec<HashTable<u128>>,
}

impl Seen {
    /// An empty set. `secret` keys the hashes; anything random of at least 16 bytes.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let mut key = [0; 16];
        for (place, byte) in secret.bytes().enumerate() {
            if let Some(part) = key.get_mut(place % 16) {
                // Rotated, so that the fold of a base-32 text reaches every bit.
                *part = u8::rotate_left(*part, 3) ^ byte;
            }
        }
        Self {
            hasher: SipHasher13::new_with_key(&key),
            tables: (0..TABLES).map(|_| HashTable::new()).collect(),
        }
    }

    /// Adds a text. `false`: it was there.
    pub fn insert(&mut self, text: &str) -> bool {
        let mut hasher = self.hasher;
        hasher.write(text.as_bytes());
        let hash = hasher.finish128();
        let entry = u128::from(hash.h1) << 64 | u128::from(hash.h2);
        // The two halves are independent: one picks the table, the other the place in it.
        let table = usize::from(hash.h1.to_le_bytes()[0]) % TABLES;
        let Some(table) = self.tables.get_mut(table) else {
            return false;
        };
        let known = |other: &u128| *other == entry;
        match table.entry(hash.h2, known, |other| low_half(*other)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(entry);
                true
            }
        }
    }
}

fn low_half(entry: u128) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    let half = entry as u64;
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_new_once() {
        let mut seen = Seen::new("abcdefghijklmnopqrstuvwxyz");
        for round in 0..2 {
            for number in 0..100_000 {
                assert_eq!(seen.insert(&format!("+336{number:08}")), round == 0);
            }
        }
        assert!(seen.insert(""));
        assert!(!seen.insert(""));
    }
}
