//! Documents that nobody would write.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// How many values a document has, itself included.
pub(crate) fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(entries) => entries.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Puts `odd` in place of the value that stands at `place`, counted from the root.
pub(crate) fn replace(value: &mut Value, place: &mut usize, odd: &Value) -> bool {
    if *place == 0 {
        *value = odd.clone();
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(entries) => entries.iter_mut().any(|entry| replace(entry, place, odd)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, place, odd)),
        _ => false,
    }
}

/// Any JSON, with a liking for the words and numbers of a request.
pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "",
        "UTC",
        "Europe/Paris",
        "mon",
        "09:00",
        "24:00",
        "00:00",
        "24:00:00",
        "30s",
        "366d",
        "99999999999999999999d",
        "9223372036854775807ms",
        "2026-02-29",
        "2028-02-29",
        "02-29",
        "2199-12-31T23:59",
        "2010-01-01T00:00",
        "2026-11-23T09:00:00-05:00",
        "9999-12-31T23:59:59.999+23:59",
        "day",
        "month",
        "goal",
        "queued",
        "fair",
        "é\u{0}",
    ]);
    let numbers = prop::sample::select(vec![
        0,
        1,
        -1,
        2,
        1_000_000_000,
        1_000_000_001,
        1_795_428_000_000,
        1_262_304_000_000,
        7_258_118_400_000,
        i64::MAX,
        i64::MIN,
    ]);
    let keys = prop::sample::select(vec![
        "layers",
        "lanes",
        "shared",
        "order",
        "now",
        "count",
        "seed",
        "name",
        "policy",
        "history",
        "time_zone",
        "windows",
        "blocked",
        "limits",
        "gap",
        "jitter",
        "breaks",
        "starts_at",
        "ends_at",
        "days",
        "from",
        "to",
        "date",
        "annual",
        "max",
        "rolling",
        "calendar",
        "enforce",
        "counts",
        "ramp",
        "steps",
        "after",
        "pause",
        "start",
        "every",
        "origin",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers.prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        let keys = prop_oneof![8 => keys.clone().prop_map(str::to_owned), 1 => "[a-z_]{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..6)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}
