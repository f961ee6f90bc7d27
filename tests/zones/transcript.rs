//! A zone written down: every change of offset, and what wall clocks around it mean.
//!
//! check.py writes the same from Python's `zoneinfo`, line by line.

use std::fmt::Write;

use tidegate::time::Instant;
use tidegate::zone::{EXACT_FROM, Zone};

/// In seconds: `EXACT_FROM offset`, and for each change `at offset` and five lines `wall instant`: a
/// second before the gap or fold, its first, middle and last second, and the one after it.
pub fn transcript(zone: Zone) -> String {
    let mut text = String::new();
    let mut offset = zone.offset_at(EXACT_FROM);
    line(&mut text, EXACT_FROM.millis(), offset.millis);
    while offset.until < Instant::MAX {
        let at = offset.until;
        let next = zone.offset_at(at);
        line(&mut text, at.millis(), next.millis);
        let (one, other) = (at.plus(offset.millis).millis(), at.plus(next.millis).millis());
        let (low, high) = (one.min(other), one.max(other));
        let middle = (low + high).div_euclid(2_000) * 1_000;
        for wall in [low - 1_000, low, middle, high - 1_000, high] {
            line(&mut text, wall, zone.instant(wall).millis());
        }
        offset = next;
    }
    text
}

/// How many changes a transcript lists.
pub fn changes(transcript: &str) -> usize {
    transcript.lines().count() / 6
}

/// FNV-1a, 64 bits: short to write in any language.
pub fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn line(text: &mut String, one_ms: i64, other_ms: i64) {
    // A fraction of a second is none of Python's; it would be an error here.
    let fraction = if one_ms % 1_000 == 0 && other_ms % 1_000 == 0 { "" } else { " fraction" };
    let written = writeln!(text, "{} {}{fraction}", one_ms / 1_000, other_ms / 1_000);
    debug_assert!(written.is_ok());
}
