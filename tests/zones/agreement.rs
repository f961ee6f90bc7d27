//! Every change of every zone from 2010 to 2200 is where Python's `zoneinfo` has it.
//!
//! check.py asks zoneinfo and keeps its answers as digests; these tests need no Python.

use std::collections::BTreeMap;

use tidegate::zone::{self, Zone};

use crate::transcript::{changes, digest, transcript};

const DIGESTS: &str = include_str!("digests.txt");

#[test]
fn the_digests_are_of_the_release_that_is_compiled_in() {
    let header = DIGESTS.lines().next().unwrap();
    let release = format!("IANA {}.", zone::release());
    assert!(header.contains(&release), "stale digests: run python3 tests/zones/check.py --write");
}

#[test]
fn every_zone_is_as_zoneinfo_has_it() {
    let expected: BTreeMap<&str, &str> =
        DIGESTS.lines().skip(1).map(|line| line.split_once(' ').unwrap()).collect();
    let mut differing = Vec::new();
    for name in zone::names() {
        let transcript = transcript(Zone::named(name).unwrap());
        let digest = format!("{} {:016x}", changes(&transcript), digest(&transcript));
        if expected.get(name) != Some(&digest.as_str()) {
            differing.push(name);
        }
    }
    assert_eq!(differing, [""; 0], "run python3 tests/zones/check.py to see where");
    assert_eq!(expected.len(), zone::names().count());
}
