//! How long the clock and the calendar leave a message that is due.

use crate::gate::{self, Answer, Gate};
use crate::layer::Layer;
use crate::reason::Code;
use crate::time::Instant;

/// The first instant after `at` at which the passing of time alone forbids, or counts elsewhere,
/// what is allowed at `at`: a window ends, a blocked time begins, the end date or the next local
/// day, week or month of a limit comes. None when there is no such instant, `at` itself when the
/// clock forbids it already. Counts of sends play no part.
///
/// A dispatcher that is late asks this: until then a message that was planned for `at` may still
/// go.
#[must_use]
pub fn open_until<'a>(layers: impl IntoIterator<Item = &'a Layer>, at: Instant) -> Option<Instant> {
    let mut earliest = Instant::MAX;
    for layer in layers {
        for mut gate in gate::gates_of(&layer.policy, &[], at).all {
            let by_clock = matches!(
                gate.code(),
                Code::OutsideWindow | Code::BlockedTime | Code::CalendarLimit | Code::Ended
            );
            match gate.answer(at, 0) {
                Answer::Open { until } if by_clock => earliest = earliest.min(until),
                Answer::Closed { .. } if by_clock => return Some(at),
                Answer::Open { .. } | Answer::Closed { .. } => {}
            }
        }
    }
    (earliest < Instant::MAX).then_some(earliest)
}
