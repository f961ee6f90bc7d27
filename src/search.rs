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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_before_its_horizon() {
        let start = Instant::MIN;
        let opens_after = |ms: i64| {
            let opens = start.plus(ms);
            earliest(start, |at| Ok::<_, ()>((at < opens).then_some(opens)))
        };
        assert_eq!(opens_after(HORIZON_MS - 1), Ok(Some(start.plus(HORIZON_MS - 1))));
        assert_eq!(opens_after(HORIZON_MS), Ok(None));
    }

    #[test]
    fn a_search_gives_up_after_its_last_question() {
        let closed_for = |questions: u32| {
            let mut asked = 0;
            earliest(Instant::MIN, |at| {
                asked += 1;
                Ok::<_, ()>((asked <= questions).then_some(at.plus(1)))
            })
        };
        assert!(closed_for(MAX_QUESTIONS - 1).unwrap().is_some());
        assert_eq!(closed_for(MAX_QUESTIONS), Ok(None));
    }
}
