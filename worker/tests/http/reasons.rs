//! `/reasons`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tidegate::status::CampaignStatus;
use tidegate_worker::reasons;

use crate::api::Api;

#[test]
fn every_reason_says_what_it_means_and_what_to_check() {
    let list = Api::new().get("/reasons").expect(200);
    let items = list["items"].as_array().unwrap();
    assert!(items.len() > 20);
    for item in items {
        for field in ["code", "means", "check"] {
            assert!(!item[field].as_str().unwrap().is_empty(), "{item}");
        }
        assert!(!item["statuses"].as_array().unwrap().is_empty(), "{item}");
    }
}

/// Where messages get their reasons, and how that is written there.
const RECORDED_IN: [&str; 4] = ["dispatch", "provider", "jobs/hand_over.rs", "jobs/hand_over"];
const RECORDED_BY: [&str; 8] = [
    "skip(\"",
    "refuse(\"",
    "refused(\"",
    "unclear(\"",
    "reason: \"",
    "reason = Some(\"",
    "trigger, \"",
    "position.reason(\"",
];

fn sources(place: &Path, found: &mut Vec<String>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
        return;
    }
    let source = fs::read_to_string(place).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap();
    // However it is broken into lines.
    found.push(code.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn every_reason_that_can_be_recorded_is_one_of_the_page() {
    let mut all = Vec::new();
    for place in RECORDED_IN {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(place), &mut all);
    }
    let mut recorded = BTreeSet::new();
    for (code, by) in all.iter().flat_map(|code| RECORDED_BY.map(|by| (code, by))) {
        let ends = code.split(by).skip(1).filter_map(|rest| rest.split('"').next());
        recorded.extend(ends);
    }
    for status in CampaignStatus::ALL {
        recorded.extend(reasons::untouched(*status).1);
    }
    // The ways in which it is written have not changed.
    for known in
        ["opted_out", "no_text", "interrupted", "no_answer", "expired", "redirected", "ended"]
    {
        assert!(recorded.contains(known), "nobody seems to record `{known}`: mend this test");
    }
    for reason in recorded {
        assert!(reasons::known(reason).is_some(), "`{reason}` is recorded, and not in reasons.rs");
    }
}
