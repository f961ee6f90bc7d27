//! The zone data itself, which build.rs writes.

use super::EXACT_FROM;
use super::rule::{Rule, Switch};
use super::table::{Change, Table};

/// A name of the database and its offsets; names that mean the same share a table.
pub struct Entry {
    pub name: &'static str,
    pub table: &'static Table,
}

include!(concat!(env!("OUT_DIR"), "/zones.rs"));

const _: () = assert!(COVERED_FROM_S * 1_000 == EXACT_FROM.millis());
