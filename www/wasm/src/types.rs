//! Holds the types for TypeScript to what the engine answers.

use serde_json::{Value, json};
use tidegate::lexicon::{Fact, SHIPPED, Tone, label_json, matching_json, words_json};
use tidegate::request::{parse_decide, parse_plan};
use tidegate::status::{self, Machine};

const TYPES: &str = include_str!("documents.d.ts");

/// Every name of a field in a document.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name.clone());
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_an_answer_is_in_the_types() {
    let policy = json!({
        "windows": [{ "from": "09:00", "to": "09:30" }],
        "limits": [{ "max": 1, "calendar": "day", "enforce": "goal" }],
        "gap": "10m",
        "ends_at": "2026-11-24T09:10",
    });
    let mut request = json!({
        "layers": [{ "name": "sender", "policy": policy }],
        "now": "2026-11-23T08:00:00Z",
        "count": 9,
    });
    let plan = tidegate::plan(&parse_plan(&request).unwrap());
    assert!(plan.warnings.len() == 2 && !plan.waits.is_empty() && !plan.days.is_empty());
    request["finish_by"] = json!("2026-11-24T09:30:00Z");
    let advice = tidegate::advise(&request).unwrap();
    assert!(!advice.advice.is_empty() && !advice.none.is_empty());
    request.as_object_mut().unwrap().remove("finish_by");
    request["message"] = json!(1);
    let explanation = tidegate::explain(&request).unwrap();
    assert!(explanation.set_by.is_some());
    request.as_object_mut().unwrap().remove("message");
    request["until"] = json!("2026-11-23T08:30:00Z");
    let tick = tidegate::plan(&parse_plan(&request).unwrap());
    request.as_object_mut().unwrap().retain(|name, _| name == "layers" || name == "now");
    let asked = parse_decide(&request).unwrap();
    let decision = tidegate::decide(&asked.layers, asked.now);
    let problems = parse_plan(&json!({})).unwrap_err();

    let (lexicon, machine) = (json!("delivery_tracking"), json!("campaign"));
    let label = label_json(&lexicon, &json!({ "status": "in_progress" })).unwrap();
    let words = words_json(&lexicon, &machine).unwrap();
    let matching = matching_json(&lexicon, &machine, &json!("Sending...")).unwrap();
    assert!(!matching.any.is_empty());

    let mut found = Vec::new();
    let answers = [json!(plan), json!(tick), json!(decision), json!(problems), json!(advice)];
    let more = [json!(explanation), json!(label), json!(words), json!(matching)];
    for answer in answers.into_iter().chain(more) {
        names(&answer, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    let missing: Vec<_> = found
        .iter()
        .filter(|name| {
            let fields = [format!("  {name}: "), format!("  {name}?: "), format!(" {name}: ")];
            !fields.iter().any(|field| TYPES.contains(field.as_str()))
        })
        .collect();
    assert!(found.len() > 40 && missing.is_empty(), "{missing:?} of {found:?}");
}

#[test]
fn every_name_of_the_status_tables_is_in_the_types() {
    let statuses = Machine::ALL.iter().flat_map(|machine| status::statuses(*machine));
    let triggers = status::CampaignTrigger::ALL.iter().map(|trigger| trigger.name());
    let more = status::MessageTrigger::ALL.iter().map(|trigger| trigger.name());
    for name in statuses.chain(triggers).chain(more) {
        assert!(TYPES.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn every_name_of_the_lexicons_is_in_the_types() {
    for id in SHIPPED.into_iter().chain(Tone::ALL.map(Tone::name)) {
        assert!(TYPES.contains(&format!("\"{id}\"")), "{id}");
    }
    for fact in Fact::ALL {
        let name = fact.name();
        assert!(TYPES.contains(&format!("  {name}: ")), "{name}");
        for value in Machine::ALL.iter().flat_map(|machine| fact.values(*machine)) {
            assert!(TYPES.contains(&format!("\"{value}\"")), "{name} {value}");
        }
    }
}
