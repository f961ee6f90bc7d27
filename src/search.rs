//! The earliest instant at which something is open, and where a search for it ends.

use crate::time::Instant;
use crate::time::civil::DAY_MS;

/// How far a search looks: so many milliseconds from where it starts, exclusive.
pub const HORIZON_MS: i64 = 731 * DAY_MS;

/// How often a search asks before it gives up. Each question is a closing of some gate, so only
/// absurd rules need more: a history of a message each millisecond for a thousand seconds yet to
/// come, under a limit of one.
pub const MAX_QUESTIONS: u32 = 1_000_000;

/// How many answers of gates one search takes before it gives up. A question takes one of each, so
/// up to 64 gates do not lower [`MAX_QUESTIONS`].
pub const MAX_ANSWERS: u32 = 64_000_000;

/// How often so many gates are asked together.
pub(crate) fn most_questions(gates: usize) -> u32 {
    let gates = u32::try_from(gates).unwrap_or(u32::MAX).max(1);
    MAX_QUESTIONS.min(MAX_ANSWERS / gates)
}

/// The end of a search that starts at `start`, exclusive.
pub(crate) fn end_of_search(start: Instant) -> Instant {
    start.plus(HORIZON_MS).min(Instant::MAX)
}

/// The first instant from `start` on at which `closed_until` says that nothing is closed.
///
/// `closed_until` is asked at later and later instants, and no more often than there are
/// `questions` left, which several searches may share. It gives the instant before which there is
/// no point in asking again, or the error that there is none.
pub(crate) fn earliest<E>(
    start: Instant,
    questions: &mut u32,
    mut closed_until: impl FnMut(Instant) -> Result<Option<Instant>, E>,
) -> Result<Option<Instant>, E> {
    let end = end_of_search(start);
    let mut at = start;
    while let Some(left) = questions.checked_sub(1) {
        *questions = left;
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
            earliest(start, &mut { MAX_QUESTIONS }, |at| Ok::<_, ()>((at < opens).then_some(opens)))
        };
        assert_eq!(opens_after(HORIZON_MS - 1), Ok(Some(start.plus(HORIZON_MS - 1))));
        assert_eq!(opens_after(HORIZON_MS), Ok(None));
    }

    #[test]
    fn a_search_gives_up_after_its_last_question() {
        let mut left = 10;
        let mut closed_for = |questions: u32| {
            let mut asked = 0;
            let found = earliest(Instant::MIN, &mut left, |at| {
                asked += 1;
                Ok::<_, ()>((asked <= questions).then_some(at.plus(1)))
            });
            (found.unwrap().is_some(), left)
        };
        assert_eq!(closed_for(3), (true, 6));
        assert_eq!(closed_for(5), (true, 0));
        assert_eq!(closed_for(0), (false, 0));
        left = 5;
        assert!(earliest(Instant::MIN, &mut left, |at| Ok::<_, ()>(Some(at.plus(1)))).is_ok());
        assert_eq!(left, 0);
    }

    #[test]
    fn many_gates_are_asked_less_often() {
        assert_eq!([0, 1, 64].map(most_questions), [MAX_QUESTIONS; 3]);
        assert_eq!(most_questions(1_024), 62_500);
    }
}
