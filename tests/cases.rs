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
use tidegate::Policy;
use tidegate::request::{parse_decide, parse_plan};
use tidegate_oracle::{evaluator, read};

/// The sends of a plan: instants with the index of their lane, sorted.
type Sends = Vec<(i64, u64)>;

/// What can be asked of the engine and of the evaluator alike.
trait Judge {
    fn decide(&self, request: &Value) -> Value;
    fn plan(&self, request: &Value) -> (Value, Sends);
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
}

struct Evaluator;

impl Judge for Evaluator {
    fn decide(&self, request: &Value) -> Value {
        evaluator::decide(request)
    }

    fn plan(&self, request: &Value) -> (Value, Sends) {
        let sends = evaluator::plan(request).into_iter().map(|(at, lane)| (at, lane as u64));
        (json!({}), sends.collect())
    }
}

#[test]
fn the_engine_meets_every_case() {
    meets_every_case(&Engine, Value::clone);
}

/// The evaluator knows verdicts and sends, and neither refusals nor the texts and sums of an answer.
#[test]
fn the_evaluator_meets_every_case() {
    meets_every_case(&Evaluator, |expect| {
        let mut expect = expect.clone();
        let known = ["open", "shut", "verdict", "until", "because", "sends"];
        expect.as_object_mut().unwrap().retain(|field, _| known.contains(&field.as_str()));
        for reason in expect.get_mut("because").and_then(Value::as_array_mut).into_iter().flatten()
        {
            let fields = reason.as_object_mut().unwrap();
            fields.remove("text");
            if fields["code"] == "ended" {
                fields.remove("gate");
                fields.remove("until");
            }
        }
        expect
    });
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
        let known = ["name", "why", "policy", "history", "now", "count", "request", "expect"];
        for field in case.as_object().unwrap().keys() {
            assert!(known.contains(&field.as_str()), "{file}: `{field}` is no field of a case");
        }
        assert!(!case["expect"].as_object().unwrap().is_empty(), "{file} expects nothing");
    }
}

fn meets_every_case(judge: &dyn Judge, known: impl Fn(&Value) -> Value) {
    let mut failures = Vec::new();
    for (file, case) in cases() {
        let expect = known(&case["expect"]);
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
            cases.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), case));
        }
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// Holds the judge's answers against what a case expects.
fn check(judge: &dyn Judge, case: &Value, expect: &Value) -> Result<(), String> {
    if let Some(problems) = expect.get("problems") {
        return same_problems(problems, &problems_of(case));
    }
    let request = request(case);
    for (field, open) in [("open", true), ("shut", false)] {
        for at in expect[field].as_array().into_iter().flatten() {
            let mut request = request.clone();
            request["now"] = at.clone();
            let answer = judge.decide(&request);
            if (answer["verdict"] == "send") != open {
                return Err(format!("{at} should be {field}, not {answer}"));
            }
        }
    }
    let (decided, mut planned): (Map<String, Value>, Map<String, Value>) = fields(expect)
        .filter(|(field, _)| !["open", "shut"].contains(&field.as_str()))
        .partition(|(field, _)| ["verdict", "until", "because"].contains(&field.as_str()));
    if !decided.is_empty() {
        matches(&Value::Object(decided), &judge.decide(&request), "")?;
    }
    if planned.is_empty() {
        return Ok(());
    }
    let (answer, sends) = judge.plan(&request);
    if let Some(expected) = planned.remove("sends").map(|runs| expand(&runs))
        && expected != sends
    {
        let (sends, expected) = (show(&sends), show(&expected));
        return Err(format!("sends: {sends}\n    instead of: {expected}"));
    }
    matches(&Value::Object(planned), &answer, "")
}

fn fields(value: &Value) -> impl Iterator<Item = (String, Value)> {
    value.as_object().unwrap().clone().into_iter()
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

/// The engine's problems with a policy, or with a request document.
fn problems_of(case: &Value) -> Value {
    let problems = match case.get("request") {
        None => Policy::parse(&case["policy"]).err(),
        Some(request) if request.get("lanes").is_some() => parse_plan(request).err(),
        Some(request) => parse_decide(request).err(),
    };
    serde_json::to_value(problems.unwrap_or_default()).unwrap()
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

fn whole(time: f64) -> i64 {
    assert!(time.fract() == 0.0);
    format!("{time:.0}").parse().unwrap()
}
