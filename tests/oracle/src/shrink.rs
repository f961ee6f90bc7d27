//! Makes a failing request small: drops list entries and fields, and lowers counts, for as long as
//! it still fails.

use serde_json::{Value, json};

/// The smallest request found that still fails.
#[must_use]
pub fn shrink(request: &Value, fails: impl Fn(&Value) -> bool) -> Value {
    let mut best = request.clone();
    while let Some(smaller) = smaller(&best).into_iter().find(|smaller| fails(smaller)) {
        best = smaller;
    }
    best
}

/// Every request that is one step smaller.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) => {
            let dropped = fields.keys().map(|key| {
                let mut fields = fields.clone();
                fields.remove(key);
                Value::Object(fields)
            });
            let inside = fields.iter().flat_map(|(key, inner)| {
                smaller(inner).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), inner);
                    Value::Object(fields)
                })
            });
            dropped.chain(inside).collect()
        }
        Value::Array(entries) => {
            let dropped = (0..entries.len()).map(|i| {
                let mut entries = entries.clone();
                entries.remove(i);
                Value::Array(entries)
            });
            let inside = entries.iter().enumerate().flat_map(|(i, inner)| {
                smaller(inner).into_iter().map(move |inner| {
                    let mut entries = entries.clone();
                    entries[i] = inner;
                    Value::Array(entries)
                })
            });
            dropped.chain(inside).collect()
        }
        Value::Number(number) => match number.as_i64() {
            Some(n @ 2..1_000) => vec![json!(n / 2), json!(n - 1)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
