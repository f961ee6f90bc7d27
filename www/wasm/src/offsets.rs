//! The wall clock of a zone, for whoever draws or writes what the engine answers in instants.

use js_sys::Error;
use serde::Serialize;
use tidegate::time::Instant;
use tidegate::zone::Zone;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{document, object};

/// How many stretches an answer may have: at two changes a year, five centuries of them.
const MAX_STRETCHES: usize = 1_000;

#[derive(Serialize)]
struct Stretch {
    from: i64,
    offset_ms: i64,
}

/// The stretches of constant UTC offset of a zone that touch `[from, until)`, in order: from
/// which instant on, and how many milliseconds east of UTC. The first starts at `from`.
///
/// Throws when the engine does not know the zone.
#[wasm_bindgen(unchecked_return_type = "{ from: number; offset_ms: number }[]")]
pub fn offsets(
    time_zone: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] from: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] until: &JsValue,
) -> Result<JsValue, JsValue> {
    let zone = Zone::named(time_zone).ok_or_else(|| {
        JsValue::from(Error::new(&format!(
            "`{time_zone}` is no time zone; write an IANA name such as `Europe/Paris`"
        )))
    })?;
    object(&stretches(zone, instant(from, "from")?, instant(until, "until")?))
}

fn stretches(zone: Zone, from: Instant, until: Instant) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut at = from;
    while at < until && found.len() < MAX_STRETCHES {
        let offset = zone.offset_at(at);
        found.push(Stretch { from: at.millis(), offset_ms: offset.millis });
        if offset.until <= at {
            break;
        }
        at = offset.until;
    }
    found
}

fn instant(value: &JsValue, name: &str) -> Result<Instant, JsValue> {
    document(value)?
        .as_i64()
        .map(Instant::from_millis)
        .ok_or_else(|| Error::new(&format!("`{name}` is no whole number of milliseconds")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_in_paris_has_three_stretches() {
        let paris = Zone::named("Europe/Paris").unwrap();
        let year =
            |y: &str| tidegate::time::parse_rfc3339(&format!("{y}-01-01T00:00:00Z")).unwrap();
        let found = stretches(paris, year("2026"), year("2027"));
        let hours: Vec<_> = found.iter().map(|stretch| stretch.offset_ms / 3_600_000).collect();
        assert_eq!(hours, [1, 2, 1]);
        // 29 March 2026, 01:00 UTC (Directive 2000/84/EC).
        assert_eq!(found[1].from, 1_774_746_000_000);
        assert_eq!(found[0].from, year("2026").millis());
    }

    #[test]
    fn nothing_touches_an_empty_range() {
        let from = Instant::from_millis(1_774_746_000_000);
        assert!(stretches(Zone::UTC, from, from).is_empty());
        assert_eq!(stretches(Zone::UTC, from, from.plus(1)).len(), 1);
    }
}
