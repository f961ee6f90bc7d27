//! A single time: a wall clock in the policy's zone, or an RFC 3339 text with its own offset.

use serde_json::Value;

use crate::document::{text, unreadable};
use crate::problem::{Path, Problems};
use crate::time::civil;
use crate::time::{Instant, parse_rfc3339};
use crate::zone::Zone;

const REMEDY: &str = "a date and a time such as `2026-11-23T09:00`";

/// Reads a single time, turned into an instant once and for all.
pub(super) fn read(
    value: &Value,
    zone: Zone,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Instant> {
    let written = text(value, at, problems)?;
    if let Some(instant) = parse_rfc3339(written) {
        return Some(instant);
    }
    match civil::parse_date_time(written) {
        Ok(wall) => Some(zone.instant(wall)),
        Err(why) => {
            unreadable(why, written, REMEDY, at, problems);
            None
        }
    }
}
