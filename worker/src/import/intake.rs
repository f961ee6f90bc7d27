//! What of a file has come in so far: people who are not there yet, and rows that cannot be taken.

use super::fields::FieldFacts;
use super::pages::Pages;
use super::ready::Ready;
use super::seen::Seen;
use super::{REJECTIONS_LISTED, Rejection, Row};

/// What has come in so far.
pub(super) struct Intake {
    pub(super) seen: Seen,
    pub(super) fields: FieldFacts,
    /// Where people have to be looked at one by one.
    pub(super) ready: Option<Ready>,
    pub(super) pages: Pages,
    pub(super) accepted: i64,
    pub(super) duplicates: i64,
    pub(super) rejected: Vec<Rejection>,
    pub(super) rejected_total: i64,
}

impl Intake {
    pub(super) fn take(&mut self, row: Row<'_>) {
        match row {
            Row::Person { address, zones, json, fields } if self.seen.insert(address) => {
                self.pages.push(&zones, json);
                self.fields.take(fields);
                if let Some(ready) = &mut self.ready {
                    ready.take(fields);
                }
                self.accepted += 1;
            }
            Row::Person { .. } => self.duplicates += 1,
            Row::Rejected(rejection) => {
                if self.rejected.len() < REJECTIONS_LISTED {
                    self.rejected.push(rejection);
                }
                self.rejected_total += 1;
            }
        }
    }

    /// The rows below the header.
    pub(super) const fn rows(&self) -> i64 {
        self.accepted + self.duplicates + self.rejected_total
    }
}
