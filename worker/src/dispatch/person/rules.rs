//! Limits for one person as the engine's policies, and how far back they count.

use serde_json::{Value, json};
use tidegate::zone::Zone;
use tidegate::{Policy, Problem};

/// Limits that hold together.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) document: Value,
    /// On each clock that the person may have. A moving span is the same on all.
    pub(super) clocks: Vec<Policy>,
    /// How far the longest of them looks back, ms; 0: there is none.
    pub(super) look_back_ms: i64,
}

impl Rules {
    pub(super) fn of(limits: &[&Value]) -> Result<Self, Vec<Problem>> {
        let document = json!({ "limits": limits });
        Ok(Self {
            clocks: vec![Policy::parse(&document)?],
            document,
            look_back_ms: limits.iter().map(|limit| look_back_ms(limit)).max().unwrap_or(0),
        })
    }

    pub(super) fn on(&self, zones: impl Iterator<Item = Zone>) -> Result<Self, Vec<Problem>> {
        let clock = |zone: Zone| {
            let mut document = self.document.clone();
            if let Some(fields) = document.as_object_mut() {
                fields.insert("time_zone".into(), zone.name().into());
            }
            Policy::parse(&document)
        };
        Ok(Self { clocks: zones.map(clock).collect::<Result<_, _>>()?, ..self.clone() })
    }
}

/// How far back a limit counts, ms. A day of the calendar can be longer than others.
fn look_back_ms(limit: &Value) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    let text = |name| limit.get(name).and_then(Value::as_str);
    let days = match text("calendar") {
        Some("day") => 1,
        Some("week") => 7,
        Some(_) => 31,
        None => return text("rolling").and_then(tidegate::duration_ms).unwrap_or(0),
    };
    (days + 1) * DAY_MS
}
