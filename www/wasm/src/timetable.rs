//! When all is open, asked often.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{document, request_error};
use tidegate::Instant;

/// When every gate of some layers is open, over a stretch of time and with the history as it is.
/// Made once, it answers in nanoseconds what `decide` answers with reasons.
#[wasm_bindgen]
pub struct Timetable(tidegate::Timetable);

#[wasm_bindgen]
impl Timetable {
    /// Throws a `RequestError` when the request has problems.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "TimetableRequest")] request: &JsValue,
    ) -> Result<Timetable, JsValue> {
        let made = tidegate::Timetable::parse(&document(request)?);
        made.map(Self).map_err(|problems| request_error(&problems))
    }

    /// Whether every gate is open at `at`, in milliseconds since 1970. Outside the stretch nothing
    /// is.
    #[wasm_bindgen(js_name = isOpen)]
    #[must_use]
    pub fn is_open(&self, at: f64) -> bool {
        self.0.is_open(instant(at))
    }

    /// The first instant, at `at` or after it, at which every gate is open; `undefined` when there
    /// is none before the stretch ends.
    #[wasm_bindgen(js_name = nextOpening)]
    #[must_use]
    pub fn next_opening(&self, at: f64) -> Option<f64> {
        self.0.next_opening(instant(at)).map(millis)
    }

    /// Each opening within the stretch, in order: its first instant, and the first one after it.
    #[must_use]
    pub fn openings(&self) -> Vec<f64> {
        let spans = self.0.openings().iter();
        spans.flat_map(|span| [millis(span.from), millis(span.until)]).collect()
    }
}

/// The whole millisecond of a number; that of 1970 if it is none.
fn instant(at: f64) -> Instant {
    #[expect(clippy::cast_possible_truncation, reason = "what is too large becomes the largest")]
    Instant::from_millis(at.floor() as i64)
}

fn millis(instant: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "covered instants are within 53 bits")]
    let millis = instant.millis() as f64;
    millis
}
