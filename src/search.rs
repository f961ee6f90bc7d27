//! The earliest instant at which something is open, and where a search for it ends.

use crate::time::Instant;
use crate::time::civil::DAY_MS;

/// How far a search looks: so many milliseconds from where it starts, exclusive.
pub const HORIZON_MS: i64 = 731 * DAY_MS;

/// How often a search asks before it gives up. Each question is a closing of some gate, so only
/// absurd rules need more: a history of a message each millisecond for a thousand seconds yet to
/// come, under a limit of one.
pub const MAX_QUESTIONS: u32 = 1_000_000;

/// The end of a search that starts at `start`, exclusive.
pub(crate) fn end_of_search(start: Instant) -> Instant {
    start.plus(HORIZON_MS).min(Instant::MAX)
}

/// The first instant from `start` on at which `closed_until` says that nothing is closed.
///
/// `closed_until` is asked at later and later instants. It gives the instant before which there
/// is no point in asking again, or the error that there is none.
pub(crate) fn earliest<E>(
    start: Instant,
    mut closed_until: impl FnMut(Instant) -> Result<Option<Instant>, E>,
) -> Result<Option<Instant>, E> {
    let end = end_of_search(start);
    let mut at = start;
    for _ in 0..MAX_QUESTIONS {
        match closed_until(at)? {
            None => return Ok(Some(at)),
            Some(until) if until < end => at = until,
            Some(_) => break,
        }
    }
    Ok(None)
}
