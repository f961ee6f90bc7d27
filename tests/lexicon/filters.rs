//! What a filter by a team's word lets through.

use serde_json::{Value, json};
use tidegate::lexicon::{SHIPPED, matching, matching_json, words};
use tidegate::status::Machine;

use crate::shipped;

fn filter(id: &str, machine: &str, word: &str) -> Value {
    let found = matching_json(&json!(id), &json!(machine), &json!(word)).unwrap();
    serde_json::to_value(found).unwrap()
}

#[test]
fn s3_2_a_filter_by_status_knows_statuses_and_counters() {
    assert_eq!(
        filter("sent_messages", "campaign", "Processing"),
        json!({
            "statuses": ["in_progress"],
            "any": [{ "status": ["in_progress"], "sent": ["none"], "held_for_review": ["no"] }],
        })
    );
    assert_eq!(
        filter("sent_messages", "campaign", "Error"),
        json!({
            "statuses": ["completed", "failed"],
            "any": [
                { "status": ["failed"] },
                { "status": ["completed"], "sent": ["none"], "failed": ["some"], "unknown": ["none"] },
            ],
        })
    );
}

#[test]
fn s3_4_a_filter_by_blocked_time_looks_among_the_scheduled() {
    let filter = filter("sent_messages", "campaign", "Blocked Time");
    assert_eq!(filter["statuses"], json!(["scheduled"]));
    assert_eq!(
        filter["any"],
        json!([{
            "status": ["scheduled"], "waiting": ["outside_window", "blocked_time"],
            "waiting_layer": ["account", "team", "sender", "other"], "held_for_review": ["no"],
        }])
    );
}

#[test]
fn s4_3_a_tab_lets_through_what_stands_in_it() {
    let tab = filter("proactive_campaigns", "campaign", "Stopped");
    assert_eq!(tab, json!({ "statuses": ["stopped"], "any": [{ "status": ["stopped"] }] }));
    assert_eq!(tab, filter("proactive_campaigns", "campaign", "Cancelled"));
}

#[test]
fn s5_5_a_filter_by_a_word_is_a_filter_by_status() {
    for (word, status) in [
        ("In Progress", "in_progress"),
        ("Canceled", "stopped"),
        ("Paused", "paused"),
        ("Pending", "scheduled"),
    ] {
        let wanted = json!({ "statuses": [status], "any": [{ "status": [status] }] });
        assert_eq!(filter("broadcast", "campaign", word), wanted);
    }
}

#[test]
fn a_filter_by_a_group_lets_through_each_of_its_words() {
    let lexicon = json!({
        "name": "Two in a group",
        "campaign": {
            "words": [
                { "word": "Open", "meaning": "Not over." },
                { "word": "Done", "group": "Over", "meaning": "It ran to its end." },
                { "word": "Called off", "group": "Over", "meaning": "It did not." },
            ],
            "rules": [
                { "when": { "status": "completed" }, "word": "Done" },
                { "when": { "status": ["stopped", "failed"] }, "word": "Called off" },
                { "word": "Open" },
            ],
        },
    });
    let found = matching_json(&lexicon, &json!("campaign"), &json!("Over")).unwrap();
    assert_eq!(found.statuses, ["completed", "stopped", "failed"]);
    let open = matching_json(&lexicon, &json!("campaign"), &json!("Open")).unwrap();
    assert_eq!(open.statuses, ["draft", "scheduled", "in_progress", "paused"]);
}

#[test]
fn a_filter_by_another_products_word_names_the_words_that_there_are() {
    let asked = matching_json(&json!("broadcast"), &json!("campaign"), &json!("Cancelled"));
    let problems = asked.unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "`word`: the lexicon has no such word; write \
        `Completed` or `In Progress` or `Canceled` or `Paused` or `Pending` or `Failed` or `Draft`"
    );
}

#[test]
fn no_shipped_filter_is_longer_than_a_store_can_take() {
    for id in SHIPPED {
        for machine in [Machine::Campaign, Machine::Message] {
            for label in words(shipped(id), machine) {
                let filter = matching(shipped(id), machine, &label.word).unwrap();
                assert!(filter.any.len() <= 4, "{id}: `{}`: {filter:#?}", label.word);
            }
        }
    }
}
