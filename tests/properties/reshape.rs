//! Requests made from other requests.

use serde_json::{Value, json};
use tidegate::Plan;

/// What is left of a request from `now` on, once a plan has gone: its runs are history in the shape
/// in which they came out, and each lane starts where it got to.
pub(crate) fn rest(request: &Value, plan: &Plan, now: i64) -> Value {
    let mut rest = request.clone();
    rest["now"] = json!(now);
    feed(&mut rest["shared"], plan, |_| true);
    let several = request.get("lanes").is_some();
    for (i, group) in
        rest.get_mut("groups").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
    {
        feed(&mut group["layers"], plan, |of| request["lanes"][of]["group"] == json!(i));
    }
    for (i, done) in plan.lanes.iter().enumerate() {
        let lane = if several { &mut rest["lanes"][i] } else { &mut rest };
        feed(&mut lane["layers"], plan, |of| of == i);
        let number = |field: &Value| field.as_u64().unwrap_or(0);
        lane["count"] = json!(number(&lane["count"]) - done.planned);
        lane["first_ordinal"] = json!(number(&lane["first_ordinal"]) + done.planned);
        lane["sent_before"] = json!(number(&lane["sent_before"]) + done.planned);
    }
    if !several {
        rest.as_object_mut().unwrap().remove("shared");
    }
    rest
}

/// Adds the runs of some lanes to the history of each layer.
fn feed(layers: &mut Value, plan: &Plan, of: impl Fn(usize) -> bool) {
    for layer in layers.as_array_mut().into_iter().flatten() {
        let mut history = layer["history"].as_array().cloned().unwrap_or_default();
        let runs = plan.runs.iter().filter(|planned| of(planned.lane));
        history.extend(runs.map(|planned| serde_json::to_value(planned.run).unwrap()));
        layer["history"] = json!(history);
    }
}

/// The request without one field of every policy.
pub(crate) fn without(request: &Value, field: &str) -> Value {
    let mut request = request.clone();
    each_layer(&mut request, |layer| {
        layer["policy"].as_object_mut().unwrap().remove(field);
    });
    request
}

pub(crate) fn each_layer(request: &mut Value, mut change: impl FnMut(&mut Value)) {
    let mut lists = Vec::new();
    let fields = request.as_object_mut().unwrap();
    for (name, value) in fields {
        match name.as_str() {
            "layers" | "shared" => lists.push(value),
            "lanes" | "groups" => lists
                .extend(value.as_array_mut().unwrap().iter_mut().map(|owner| &mut owner["layers"])),
            _ => {}
        }
    }
    for layer in lists.into_iter().flat_map(|list| list.as_array_mut().unwrap()) {
        change(layer);
    }
}
