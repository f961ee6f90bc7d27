//! Any bytes as JSON, put to every reader of documents. What can be read is answered, and the
//! answer is held to what it promises.
//!
//! The document is a list of arguments, as a call of the module has them: a policy, a request, a
//! lexicon and facts, a machine and its status.
#![no_main]

#[path = "documents/answers.rs"]
mod answers;
#[path = "documents/mutate.rs"]
mod mutate;
#[path = "documents/problems.rs"]
mod problems;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use serde_json::Value;
use tidegate::lexicon::{self, Facts, Lexicon};
use tidegate::request::{parse_decide, parse_plan};
use tidegate::status::{self, Machine};
use tidegate::{Policy, Timetable, advise, explain};

use problems::checked;

/// Messages of a lane, at most, so that an execution stays quick: runs are bounded otherwise.
const COUNT: u64 = 20_000;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(mut document) = serde_json::from_slice::<Value>(bytes) else { return Corpus::Reject };
    let arguments = match &mut document {
        Value::Array(arguments) => arguments.as_mut_slice(),
        single => std::slice::from_mut(single),
    };
    let Some(first) = arguments.first_mut() else { return Corpus::Reject };
    lower_counts(first);
    requests(first);

    let [first, second, third, fourth] =
        [0, 1, 2, 3].map(|index| arguments.get(index).unwrap_or(&Value::Null));
    checked(first, Policy::parse(first));
    checked(first, Facts::parse(first));
    if let Some(lexicon) = checked(first, Lexicon::parse(first)) {
        for machine in Machine::ALL {
            assert!(!lexicon::words(&lexicon, *machine).is_empty());
        }
    }
    let both =
        serde_json::json!({ "lexicon": first, "facts": second, "machine": second, "word": third });
    checked(&both, lexicon::label_json(first, second));
    checked(&both, lexicon::words_json(first, second));
    checked(&both, lexicon::matching_json(first, second, third));
    let names = [first, second, third].map(|name| name.as_str().unwrap_or_default());
    if let Some(machine) = Machine::named(names[0]) {
        match status::transition(machine, names[1], names[2], fourth) {
            Ok(to) => assert!(status::statuses(machine).contains(&to)),
            Err(refusal) => assert!(!refusal.why.is_empty()),
        }
    }
    Corpus::Keep
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed)
});

fn requests(document: &Value) {
    if let Some(request) = checked(document, parse_decide(document)) {
        answers::decision(&request);
    }
    if let Some(request) = checked(document, parse_plan(document)) {
        answers::plan(&request);
    }
    if let Some(timetable) = checked(document, Timetable::parse(document)) {
        answers::timetable(&timetable, document);
    }
    if let Some(explanation) = checked(document, explain(document)) {
        assert!(explanation.at.is_none_or(|at| explanation.since <= at), "{explanation:?}");
    }
    if let Some(advice) = checked(document, advise(document)) {
        assert!(!advice.enough || advice.advice.is_empty(), "{advice:?}");
    }
}

fn lower_counts(document: &mut Value) {
    let lower = |fields: &mut Value| {
        if let Some(count) = fields.get_mut("count")
            && count.as_u64().is_some_and(|count| count > COUNT)
        {
            *count = COUNT.into();
        }
    };
    lower(document);
    document.get_mut("lanes").and_then(Value::as_array_mut).into_iter().flatten().for_each(lower);
}
