//! The engine as an ES module. Bindings only: no rule lives here.
//!
//! Plain objects come in and go out, the JSON documents of the engine. Documents of any size cross
//! as text, by the host's own `JSON`: that is several times faster than building large objects
//! field by field, and means for `undefined` or a `Date` what JavaScript means. Problems and
//! transitions are small, and are built as they are. A document with problems becomes an `Error`
//! that carries them as `problems`.
#![expect(clippy::missing_errors_doc, reason = "these docs are for TypeScript, which throws")]

mod lexicon;
mod offsets;
mod timetable;

use js_sys::{Error, JSON, Reflect};
use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use tidegate::request::{parse_decide, parse_plan};
use tidegate::status::{self, Machine};
use tidegate::{PlannedRun, Policy, Problem};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const DOCUMENTS: &str = include_str!("documents.d.ts");

#[wasm_bindgen(typescript_custom_section)]
const REFUSAL: &str = "
/** What is thrown when a request has problems. */
export interface RequestError extends Error {
  problems: Problem[];
}";

/// How many instants are listed one by one: the module's memory holds no more than five times as
/// many.
const MAX_TIMES: u64 = 100_000_000;

/// Every problem of a policy; an empty list when it is valid.
#[wasm_bindgen(js_name = checkPolicy, unchecked_return_type = "Problem[]")]
pub fn check_policy(
    #[wasm_bindgen(unchecked_param_type = "Policy")] policy: &JsValue,
) -> Result<JsValue, JsValue> {
    small(&Policy::parse(&document(policy)?).err().unwrap_or_default())
}

/// Whether a message may go at `now`, and if not, why and until when.
///
/// Throws a `RequestError` when the request has problems.
#[wasm_bindgen(unchecked_return_type = "Decision")]
pub fn decide(
    #[wasm_bindgen(unchecked_param_type = "DecideRequest")] request: &JsValue,
) -> Result<JsValue, JsValue> {
    let request = parse_decide(&document(request)?).map_err(|problems| request_error(&problems))?;
    object(&tidegate::decide(&request.layers, request.now))
}

/// When each message goes, as runs of evenly spaced sends.
///
/// Throws a `RequestError` when the request has problems.
#[wasm_bindgen(unchecked_return_type = "Plan")]
pub fn plan(
    #[wasm_bindgen(unchecked_param_type = "PlanRequest")] request: &JsValue,
) -> Result<JsValue, JsValue> {
    let request = parse_plan(&document(request)?).map_err(|problems| request_error(&problems))?;
    object(&tidegate::plan(&request))
}

/// When each message goes, one by one: milliseconds since 1970, in sending order.
///
/// Throws a `RequestError` when the request has problems, or asks for more than 100,000,000
/// messages, which take 800 MB.
#[wasm_bindgen(js_name = planTimes)]
pub fn plan_times(
    #[wasm_bindgen(unchecked_param_type = "PlanRequest")] request: &JsValue,
) -> Result<Vec<f64>, JsValue> {
    let request = parse_plan(&document(request)?).map_err(|problems| request_error(&problems))?;
    let plan = tidegate::plan(&request);
    if plan.planned > MAX_TIMES {
        let message = format!(
            "{} instants are too many to list; ask for {MAX_TIMES} at most, or for runs",
            plan.planned
        );
        let problem = Problem { path: "count".to_owned(), code: "out_of_bounds", message };
        return Err(request_error(&[problem]));
    }
    Ok(tidegate::plan_times(&plan))
}

/// When each message goes, as `plan` has it, in numbers alone: of each run its lane, its first
/// instant, how many messages it has and how many milliseconds they are apart. Where a plan has
/// thousands of runs this takes a tenth of the time.
///
/// Throws a `RequestError` when the request has problems.
#[wasm_bindgen(js_name = planRuns)]
pub fn plan_runs(
    #[wasm_bindgen(unchecked_param_type = "PlanRequest")] request: &JsValue,
) -> Result<Vec<f64>, JsValue> {
    let request = parse_plan(&document(request)?).map_err(|problems| request_error(&problems))?;
    let runs = tidegate::plan(&request).runs;
    #[expect(clippy::cast_precision_loss, reason = "all of them are within 53 bits")]
    let numbers = runs.iter().flat_map(|PlannedRun { lane, run }| {
        [*lane as f64, run.start.millis() as f64, run.count as f64, run.every as f64]
    });
    Ok(numbers.collect())
}

/// What would have to change so that the last message goes by `finish_by`: the smallest change of
/// one rule at a time, or that none is enough by itself.
///
/// Throws a `RequestError` when the request has problems.
#[wasm_bindgen(unchecked_return_type = "Advice")]
pub fn advise(
    #[wasm_bindgen(unchecked_param_type = "AdviseRequest")] request: &JsValue,
) -> Result<JsValue, JsValue> {
    answer(&tidegate::advise(&document(request)?))
}

/// Why one message of a plan goes when it goes: the instant, and the gate that sets it.
///
/// Throws a `RequestError` when the request has problems.
#[wasm_bindgen(unchecked_return_type = "Explanation")]
pub fn explain(
    #[wasm_bindgen(unchecked_param_type = "ExplainRequest")] request: &JsValue,
) -> Result<JsValue, JsValue> {
    answer(&tidegate::explain(&document(request)?))
}

/// The status of a campaign or a message after a trigger, or why it stays as it is.
#[wasm_bindgen(unchecked_return_type = "Transition")]
pub fn transition(
    #[wasm_bindgen(unchecked_param_type = "Machine")] machine: &str,
    from: &str,
    trigger: &str,
    #[wasm_bindgen(unchecked_optional_param_type = "TransitionFacts")] facts: &JsValue,
) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Status {
        status: &'static str,
    }
    match status::transition(machine_named(machine)?, from, trigger, &document(facts)?) {
        Ok(status) => small(&Status { status }),
        Err(refusal) => small(&refusal),
    }
}

/// Every status of a campaign or of a message, in the order of its table.
#[wasm_bindgen]
pub fn statuses(
    #[wasm_bindgen(unchecked_param_type = "Machine")] machine: &str,
) -> Result<Vec<String>, JsValue> {
    Ok(status::statuses(machine_named(machine)?).into_iter().map(str::to_owned).collect())
}

/// The IANA release of the zone data inside, such as `2026e`.
#[wasm_bindgen(js_name = zoneRelease)]
#[must_use]
pub fn zone_release() -> String {
    tidegate::zone::release().to_owned()
}

/// The engine's version, as its package states it.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn document(value: &JsValue) -> Result<Value, JsValue> {
    // What JSON cannot say, such as `undefined`, is no text.
    match JSON::stringify(value)?.as_string() {
        Some(text) => serde_json::from_str(&text).map_err(|failure| error(&failure)),
        None => Ok(Value::Null),
    }
}

/// A plain object.
fn object(answer: &impl Serialize) -> Result<JsValue, JsValue> {
    JSON::parse(&serde_json::to_string(answer).map_err(|failure| error(&failure))?)
}

/// A plain object of a few fields.
fn small(answer: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(answer.serialize(&Serializer::json_compatible())?)
}

/// A plain object, or the problems of what was asked.
fn answer(answered: &Result<impl Serialize, Vec<Problem>>) -> Result<JsValue, JsValue> {
    match answered {
        Ok(answer) => object(answer),
        Err(problems) => Err(request_error(problems)),
    }
}

fn error(failure: &serde_json::Error) -> JsValue {
    Error::new(&failure.to_string()).into()
}

fn machine_named(name: &str) -> Result<Machine, JsValue> {
    Machine::named(name).ok_or_else(|| {
        let known: Vec<_> = Machine::ALL.iter().map(|machine| machine.name()).collect();
        Error::new(&format!("`{name}` has no statuses; write {}", known.join(" or "))).into()
    })
}

/// The first problem as the message, and all of them as `problems`.
fn request_error(problems: &[Problem]) -> JsValue {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    let message = match problems.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more)", count - 1),
    };
    let error = Error::new(&message);
    match small(&problems).and_then(|problems| Reflect::set(&error, &"problems".into(), &problems))
    {
        Ok(_) => error.into(),
        Err(failure) => failure,
    }
}
