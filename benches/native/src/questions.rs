//! What is asked, as `benches/questions.mjs` writes it: the same natively and in JavaScript.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::Value;

use crate::calendar::Calendar;

/// Where `npm run bench` puts the questions.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../build/bench/questions.json");

/// Everything that is asked.
#[derive(Deserialize)]
pub struct Questions {
    /// When planning begins, in milliseconds since 1970.
    pub start: i64,
    /// How many messages are planned.
    pub messages: usize,
    /// The windows and the holidays of all of them.
    pub calendar: Calendar,
    /// The plans.
    pub plans: Vec<PlanQuestion>,
    /// The stretch of a timetable.
    pub timetable: Stretch,
    /// When one may send, and when next.
    pub open: OpenQuestion,
    /// The windows alone, as the layers of a document.
    pub weekly: Layers,
    /// Whether one may send now.
    pub sends: Vec<SendQuestion>,
    /// What happens to a message, by name.
    pub triggers: Vec<String>,
}

/// A plan, as a document and as numbers.
#[derive(Deserialize)]
pub struct PlanQuestion {
    /// S1 or S2.
    pub name: String,
    /// The rules as numbers.
    pub pace: Pace,
    /// The engine's document.
    pub request: Value,
}

/// Limits and pauses as numbers; durations in milliseconds.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// How many in any 24 hours.
    pub in_a_day: usize,
    /// How many on one local day.
    pub on_a_day: usize,
    /// Between two sends.
    pub gap: i64,
    /// After how many a break is due.
    pub after: usize,
    /// How long the break is.
    pub pause: i64,
}

/// From when until when, in milliseconds since 1970.
#[derive(Clone, Copy, Deserialize)]
pub struct Stretch {
    /// The first instant.
    pub from: i64,
    /// The first instant after it.
    pub until: i64,
}

/// Instants at which the layers are asked.
#[derive(Deserialize)]
pub struct OpenQuestion {
    /// The engine's layers.
    pub layers: Value,
    /// In milliseconds since 1970.
    pub at: Rc<[i64]>,
}

/// Layers of a document.
#[derive(Deserialize)]
pub struct Layers {
    /// The engine's layers.
    pub layers: Value,
}

/// A rolling limit and a gap, and when one asks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendQuestion {
    /// What becomes of most who ask.
    pub row: String,
    /// How many in any 24 hours.
    pub in_a_day: usize,
    /// Between two sends, in milliseconds.
    pub gap: i64,
    /// The same as a policy.
    pub policy: Value,
    /// In milliseconds since 1970, in order.
    pub at: Rc<[i64]>,
}

impl Questions {
    /// Reads what the last `npm run bench` asked.
    ///
    /// # Panics
    ///
    /// When there was none.
    #[must_use]
    pub fn read() -> Self {
        let text = std::fs::read_to_string(FILE)
            .unwrap_or_else(|error| panic!("`{FILE}`: {error}; run `npm run bench -- native`"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("`{FILE}`: {error}"))
    }
}
