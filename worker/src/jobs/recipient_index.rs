//! Builds the index by which a reply, or a page about one person, finds their messages in campaigns
//! of millions: after an import, a part at a time, from the people that are kept.
//!
//! The hashes are keyed with a secret of the deployment: whoever has the rows alone cannot try
//! addresses against them. An erased person's entry leads to nobody.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::Hasher as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher24;

use crate::callback::secret;
use crate::ports::{Entropy, World};
use crate::store::recipient_index::{
    self as store, BUCKET_PEOPLE, Fingerprint, PART_MOST, PendingRow,
};
use crate::store::{Database, StoreError, people};

/// The name of the hashes' key among the secrets.
const KEY_NAME: &str = "recipient_key";
/// How many parts one run builds, at most: a million people.
const PARTS_MOST: usize = 10;
/// How long a parameter gets, in bytes, about: D1 takes 2 MB.
const ROWS_BYTES: usize = 1_000_000;

/// Makes fingerprints.
#[derive(Clone, Copy)]
pub struct Hasher(SipHasher24);

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// With the deployment's key, which is made on first need.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(db: &impl Database, entropy: &impl Entropy) -> Result<Self, StoreError> {
        Ok(Self::new(&secret(db, entropy, KEY_NAME).await?))
    }

    /// With a key of any length.
    #[must_use]
    pub fn new(key: &str) -> Self {
        let hash = Sha256::digest(key.as_bytes());
        let mut key = [0; 16];
        key.iter_mut().zip(hash).for_each(|(part, byte)| *part = byte);
        Self(SipHasher24::new_with_key(&key))
    }

    /// The fingerprint of an address in its normal form.
    #[must_use]
    pub fn of(&self, address: &str) -> Fingerprint {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut hasher = self.0;
        hasher.write(address.as_bytes());
        let hash = hasher.finish();
        let mut entry = String::with_capacity(11);
        entry.push(';');
        // Letters and `-` before digits would run into the place behind: the last one is a letter.
        for place in 0..9 {
            let digit = usize::try_from((hash >> (6 * place)) & 63).unwrap_or(0);
            entry.extend(DIGITS.get(digit).map(|digit| char::from(*digit)));
        }
        let last = usize::try_from((hash >> 54) & 31).unwrap_or(0);
        entry.extend(DIGITS.get(last).map(|digit| char::from(*digit)));
        Fingerprint { high: u32::try_from(hash >> 32).unwrap_or(0), entry }
    }
}

/// Indexes what is not indexed yet, up to a million people. Returns how many.
///
/// # Errors
/// The database's; what was done stays, and the next run goes on.
pub async fn run(world: &impl World, pending: Option<PendingRow>) -> Result<i64, StoreError> {
    let db = world.database();
    let mut next = pending;
    let mut done = 0;
    let Some(hasher) = (match next {
        Some(_) => Some(Hasher::load(db, world).await?),
        None => None,
    }) else {
        return Ok(0);
    };
    for _ in 0..PARTS_MOST {
        let Some(row) = next.filter(|_| !db.is_spent()) else { break };
        let end = row.total.min(row.indexed + PART_MOST);
        part(db, &hasher, row.seq, (row.indexed, end)).await?;
        done += end - row.indexed;
        next = db.run(store::pending()).await?.first()?;
    }
    Ok(done)
}

async fn part(
    db: &impl Database,
    hasher: &Hasher,
    campaign_seq: i64,
    (first, end): (i64, i64),
) -> Result<(), StoreError> {
    let count = ((end - first) / BUCKET_PEOPLE).max(1);
    let mut buckets: BTreeMap<i64, String> = BTreeMap::new();
    let mut ordinal = first;
    while ordinal < end {
        let query = people::addresses(campaign_seq, ordinal, end);
        let (addresses, next) = people::addresses_of(db.run(query).await?)?;
        for (address, place) in addresses.iter().zip(ordinal - first..) {
            let fingerprint = hasher.of(address);
            let bucket = (i64::from(fingerprint.high) * count) >> 32;
            let entries = buckets.entry(bucket).or_default();
            // Writing into a text cannot fail.
            let _ = write!(entries, "{}{place}", fingerprint.entry);
        }
        let Some(next) = next else { break };
        ordinal = next;
    }
    // A part ends where a page of people does.
    let end = ordinal.max(end);
    let rows = parameters(buckets);
    db.batch(store::write(campaign_seq, (first, end), count, &rows)).await.map(|_| ())
}

/// Buckets as lists that are short enough for one parameter each.
fn parameters(buckets: BTreeMap<i64, String>) -> Vec<Value> {
    let mut lists: Vec<Vec<Value>> = Vec::new();
    let mut bytes = ROWS_BYTES;
    for (bucket, entries) in buckets {
        if bytes + entries.len() > ROWS_BYTES {
            lists.push(Vec::new());
            bytes = 0;
        }
        bytes += entries.len();
        if let Some(list) = lists.last_mut() {
            list.push(json!([bucket, entries]));
        }
    }
    lists.into_iter().map(Value::Array).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_addresss_and_the_keys() {
        let hasher = Hasher::new("key");
        let one = hasher.of("+33612345678");
        assert_eq!(one.entry.len(), 11);
        assert!(one.entry.starts_with(';') && one.entry.is_ascii());
        assert!(!one.entry.ends_with(|c: char| c.is_ascii_digit()), "{}", one.entry);
        assert_eq!(one, hasher.of("+33612345678"));
        assert_ne!(one, hasher.of("+33612345679"));
        assert_ne!(one, Hasher::new("other").of("+33612345678"));
    }

    #[test]
    fn no_parameter_is_longer_than_the_database_takes() {
        let entries = "x".repeat(300_000);
        let lists = parameters((0..10).map(|bucket| (bucket, entries.clone())).collect());
        assert_eq!(lists.iter().map(|list| list.as_array().unwrap().len()).sum::<usize>(), 10);
        assert!(lists.iter().all(|list| list.to_string().len() < 1_100_000));
    }
}
