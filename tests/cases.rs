//! Every scenario of `tests/cases`, put to the engine and to the slow evaluator.
//!
//! `tests/cases/README.md` documents the format.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Map, Value, json};
use tidegate::lexicon::label_json;
use tidegate::request::{parse_decide, parse_plan};
use tidegate::status::{Machine, transition};
use tidegate::{Policy, Problem};
use tidegate_oracle::{evaluator, read};

/// The fields of an answer, by question.
const DECIDED: [&str; 3] = ["verdict", "until", "because"];
const PLANNED: [&str; 8] =
    ["planned", "unplanned", "first", "last", "lanes", "days", "waits", "warnings"];
const ADVISED: [&str; 5] = ["enough", "finishes", "advice", "none", "untried"];
/// What a case may expect.
const EXPECTED: [&[&str]; 5] = [
    &DECIDED,
    &PLANNED,
    &ADVISED,
    &["open", "shut", "sends", "explanations"],
    &["steps", "labels", "problems"],
];

/// The sends of a plan: instants with the index of their lane, sorted.
type Sends = Vec<(i64, u64)>;

/// What can be asked of the engine and of the evaluator alike.
trait Judge {
    fn decide(&self, request: &Value) -> Value;
    fn plan(&self, request: &Value) -> (Value, Sends);
    fn explain(&self, request: &Value) -> Value;
    fn advise(&self, request: &Value) -> Value;
}

struct Engine;

impl Judge for Engine {
    fn decide(&self, request: &Value) -> Value {
        let asked = parse_decide(request).unwrap();
        serde_json::to_value(tidegate::decide(&asked.layers, asked.now)).unwrap()
    }

    fn plan(&self, request: &Value) -> (Value, Sends) {
        let plan = tidegate::plan(&parse_plan(request).unwrap());
        let answer = serde_json::to_value(&plan).unwrap();
        let sends = expand(&answer["runs"]);
        let times: Vec<i64> = tidegate::plan_times(&plan).iter().map(|time| whole(*time)).collect();
        assert_eq!(times, sends.iter().map(|send| send.0).collect::<Vec<_>>(), "plan_times");
        (answer, sends)
    }

    fn explain(&self, request: &Value) -> Value {
        serde_json::to_value(tidegate::explain(request).unwrap()).unwrap()
    }

    fn advise(&self, request: &Value) -> Value {
        serde_json::to_value(tidegate::advise(request).unwrap()).unwrap()
    }
}

struct Evaluator;

impl Judge for Evaluator {
    fn decide(&self, request: &Value) -> Value {
        evaluator::decide(request)
    }

    fn plan(&self, request: &Value) -> (Value, Sends) {
        let planned = evaluator::plan(request);
        let times = || planned.iter().map(|send| send.0);
        let lanes =
            request["lanes"].as_array().map_or(std::slice::from_ref(request), Vec::as_slice);
        let count: usize = lanes.iter().map(|lane| index(&lane["count"])).sum();
        let answer = json!({
            "planned": planned.len(),
            "unplanned": count - planned.len(),
            "first": times().min(),
            "last": times().max(),
            "days": evaluator::days(request, &planned),
        });
        let mut sends: Sends = planned.iter().map(|(at, lane)| (*at, *lane as u64)).collect();
        sends.sort_unstable();
        (answer, sends)
    }

    fn explain(&self, request: &Value) -> Value {
        let message = index(&request["message"]);
        let sends = evaluator::plan(request);
        let before = sends.iter().take(message).next_back().map(|send| send.0);
        let (at, lane) = sends.get(message).copied().unzip();
        let since = before.unwrap_or_else(|| read::instant(&request["now"]));
        json!({ "message": message, "lane": lane, "at": at, "since": since })
    }

    fn advise(&self, _: &Value) -> Value {
        unreachable!("the evaluator gives no advice")
    }
}

#[test]
fn the_engine_meets_every_case() {
    meets_every_case(&Engine, |case| case["expect"].clone());
}

/// The evaluator knows verdicts, sends and their sums, but neither refusals nor texts, and of an
/// explanation only the instants. It does not know `sent_before`.
#[test]
fn the_evaluator_meets_every_case() {
    meets_every_case(&Evaluator, |case| {
        let mut lanes = case["request"]["lanes"].as_array().into_iter().flatten();
        if lanes.any(|lane| lane.get("sent_before").is_some()) {
            return json!({});
        }
        let mut expect = case["expect"].clone();
        let sums = ["sends", "planned", "unplanned", "first", "last", "days", "explanations"];
        keep(&mut expect, &[["open", "shut"].as_slice(), &DECIDED, &sums].concat());
        for reason in entries_mut(&mut expect, "because") {
            let is_end = reason["code"] == "ended";
            keep(reason, if is_end { &["code"] } else { &["layer", "gate", "code", "until"] });
        }
        for explanation in entries_mut(&mut expect, "explanations") {
            let goes = explanation.get("at").is_some_and(|at| !at.is_null());
            keep(
                explanation,
                if goes {
                    &["message", "lane", "at", "since"]
                } else {
                    &["message", "at", "since"]
                },
            );
        }
        expect
    });
}

fn entries_mut<'v>(value: &'v mut Value, list: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

fn keep(value: &mut Value, fields: &[&str]) {
    value.as_object_mut().unwrap().retain(|field, _| fields.contains(&field.as_str()));
}

#[test]
fn every_file_is_named_for_its_case() {
    for (file, case) in cases() {
        let name = case["name"].as_str().unwrap();
        let plain: String = name.chars().filter(|c| !"'`,".contains(*c)).collect();
        assert_eq!(
            file,
            plain.replace([' ', ':'], "_"),
            "the name and the file name of a case differ"
        );
        let known = [
            ["name", "why", "policy", "history", "now", "count", "request", "finish_by"].as_slice(),
            &["question", "lexicon", "facts", "machine", "from", "expect"],
        ]
        .concat();
        for field in case.as_object().unwrap().keys() {
            assert!(known.contains(&field.as_str()), "{file}: `{field}` is no field of a case");
        }
        let expect = case["expect"].as_object().unwrap();
        assert!(!expect.is_empty(), "{file} expects nothing");
        for field in expect.keys() {
            assert!(
                EXPECTED.concat().contains(&field.as_str()),
                "{file}: nothing answers `{field}`"
            );
        }
    }
}

fn meets_every_case(judge: &dyn Judge, known: impl Fn(&Value) -> Value) {
    let mut failures = Vec::new();
    for (file, case) in cases() {
        let expect = known(&case);
        let checked = catch_unwind(AssertUnwindSafe(|| check(judge, &case, &expect)));
        if let Err(difference) = checked.unwrap_or_else(|_| Err("panicked, see above".to_owned())) {
            failures.push(format!("{file}\n    {difference}"));
        }
    }
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

fn cases() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path).unwrap();
            let case = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            cases.push((name, written_out(case)));
        }
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// The document with each `{ "repeat", "item" }` as the list that it stands for.
fn written_out(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("repeat") => {
            Value::Array(vec![written_out(fields["item"].clone()); index(&fields["repeat"])])
        }
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, written_out(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(written_out).collect(),
        other => other,
    }
}

/// Holds the judge's answers against what a case expects.
fn check(judge: &dyn Judge, case: &Value, expect: &Value) -> Result<(), String> {
    if let Some(problems) = expect.get("problems") {
        return same_problems(problems, &problems_of(case));
    }
    check_steps(case, expect)?;
    for label in expect["labels"].as_array().into_iter().flatten() {
        let got = label_json(&case["lexicon"], &label["facts"]).unwrap();
        matches(&label["label"], &serde_json::to_value(got).unwrap(), "label")?;
    }
    if case.get("policy").or(case.get("request")).is_none() {
        return Ok(());
    }
    let request = request(case);
    for (field, open) in [("open", true), ("shut", false)] {
        for at in expect[field].as_array().into_iter().flatten() {
            let answer = judge.decide(&with(&request, "now", at));
            if (answer["verdict"] == "send") != open {
                return Err(format!("{at} should be {field}, not {answer}"));
            }
        }
    }
    for explanation in expect["explanations"].as_array().into_iter().flatten() {
        let asked = with(&request, "message", &explanation["message"]);
        matches(explanation, &judge.explain(&asked), "explanation")?;
    }
    let decided = some_of(expect, &DECIDED);
    if !decided.is_empty() {
        matches(&Value::Object(decided), &judge.decide(&request), "decision")?;
    }
    let advised = some_of(expect, &ADVISED);
    if !advised.is_empty() {
        let asked = with(&request, "finish_by", &case["finish_by"]);
        matches(&Value::Object(advised), &judge.advise(&asked), "advice")?;
    }
    let planned = some_of(expect, &PLANNED);
    let expected = expect.get("sends").map(expand);
    if planned.is_empty() && expected.is_none() {
        return Ok(());
    }
    let (answer, sends) = judge.plan(&request);
    if let Some(expected) = expected
        && expected != sends
    {
        let (sends, expected) = (show(&sends), show(&expected));
        return Err(format!("sends: {sends}\n    instead of: {expected}"));
    }
    matches(&Value::Object(planned), &answer, "plan")
}

/// Each step goes on from where the one before led, or from its own `from`.
fn check_steps(case: &Value, expect: &Value) -> Result<(), String> {
    let machine = case["machine"].as_str().map(|name| Machine::named(name).unwrap());
    let mut from = case["from"].as_str();
    for step in expect["steps"].as_array().into_iter().flatten() {
        from = step["from"].as_str().or(from);
        let (before, trigger) = (from.unwrap(), step["trigger"].as_str().unwrap());
        let path = format!("{trigger} from {before}");
        match transition(machine.unwrap(), before, trigger, &step["facts"]) {
            Ok(to) => {
                if step["to"] != to {
                    return Err(format!("{path}: {to}\n    instead of: {step}"));
                }
                from = step["to"].as_str();
            }
            Err(refusal) => {
                let refusal = serde_json::to_value(refusal).unwrap();
                let expected = some_of(step, &["to", "why", "legal"]);
                matches(&Value::Object(expected), &refusal, &path)?;
            }
        }
    }
    Ok(())
}

fn some_of(value: &Value, names: &[&str]) -> Map<String, Value> {
    let mut value = value.clone();
    keep(&mut value, names);
    value.as_object().unwrap().clone()
}

fn with(request: &Value, field: &str, value: &Value) -> Value {
    let mut request = request.clone();
    request[field] = value.clone();
    request
}

/// The request document of a case: its own, or one layer named `policy`.
fn request(case: &Value) -> Value {
    if let Some(request) = case.get("request") {
        return request.clone();
    }
    let mut layer = json!({ "name": "policy", "policy": case["policy"] });
    if let Some(history) = case.get("history") {
        layer["history"] = history.clone();
    }
    let mut request = json!({ "layers": [layer] });
    for field in ["now", "count"] {
        if let Some(value) = case.get(field) {
            request[field] = value.clone();
        }
    }
    request
}

/// What a reader refused.
fn refused<T>(read: Result<T, Vec<Problem>>) -> Vec<Problem> {
    read.err().unwrap_or_default()
}

/// The engine's problems with a policy, or with the document of a question.
fn problems_of(case: &Value) -> Value {
    let request = &case["request"];
    let question = match case["question"].as_str() {
        Some(question) => question,
        None if case.get("policy").is_some() => "policy",
        None if request.get("lanes").is_some() => "plan",
        None => "decide",
    };
    let problems = match question {
        "policy" => refused(Policy::parse(&case["policy"])),
        "decide" => refused(parse_decide(request)),
        "plan" => refused(parse_plan(request)),
        "explain" => refused(tidegate::explain(request)),
        "advise" => refused(tidegate::advise(request)),
        "label" => refused(label_json(&case["lexicon"], &case["facts"])),
        other => panic!("`{other}` is no question"),
    };
    serde_json::to_value(problems).unwrap()
}

fn same_problems(expected: &Value, got: &Value) -> Result<(), String> {
    let sorted = |problems: &Value| {
        let mut problems = problems.as_array().unwrap().clone();
        problems.sort_by_key(|problem| problem["path"].as_str().unwrap().to_owned());
        Value::Array(problems)
    };
    matches(&sorted(expected), &sorted(got), "problems")
}

/// Whether `got` is what is expected: an object may have further fields, a list may not have
/// further entries, and an instant may be written in two ways.
fn matches(expected: &Value, got: &Value, path: &str) -> Result<(), String> {
    let differ = || Err(format!("{path}: {got}\n    instead of: {expected}"));
    match (expected, got) {
        (Value::Object(fields), Value::Object(_)) => {
            for (field, expected) in fields {
                matches(expected, &got[field], &format!("{path}.{field}"))?;
            }
            Ok(())
        }
        (Value::Array(entries), Value::Array(others)) if entries.len() == others.len() => {
            for (i, (expected, got)) in entries.iter().zip(others).enumerate() {
                matches(expected, got, &format!("{path}[{i}]"))?;
            }
            Ok(())
        }
        (Value::String(text), Value::Number(_)) if text.contains('T') => {
            if read::instant(expected) == read::instant(got) { Ok(()) } else { differ() }
        }
        _ if expected == got => Ok(()),
        _ => differ(),
    }
}

/// Runs, single sends and bare instants as sorted sends.
fn expand(runs: &Value) -> Sends {
    let mut sends = Vec::new();
    for run in runs.as_array().unwrap() {
        let lane = run["lane"].as_u64().unwrap_or(0);
        let start = ["start", "at"].iter().find_map(|field| run.get(field)).unwrap_or(run);
        let start = read::instant(start);
        for n in 0..run["count"].as_i64().unwrap_or(1) {
            sends.push((start + n * run["every"].as_i64().unwrap_or(0), lane));
        }
    }
    sends.sort_unstable();
    sends
}

fn show(sends: &Sends) -> String {
    let show = |(at, lane): &(i64, u64)| {
        format!("{}/{lane}", tidegate::Instant::from_millis(*at).to_utc().to_rfc3339())
    };
    sends.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn index(number: &Value) -> usize {
    usize::try_from(number.as_u64().unwrap()).unwrap()
}

fn whole(time: f64) -> i64 {
    assert!(time.fract() == 0.0);
    format!("{time:.0}").parse().unwrap()
}
