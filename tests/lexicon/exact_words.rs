//! The words of each page, to the letter, and when each of them holds.

use serde_json::{Value, json};
use tidegate::lexicon::{Lexicon, Tone, words};
use tidegate::status::Machine;

use crate::{shipped, word};

/// Holds a lexicon to a table: one row a status, one column for each of `columns`, which are
/// facts to go with it. Words in a row are separated by ` | `.
fn assert_table(id: &str, machine: &str, columns: &[Value], table: &str) {
    let lexicon = shipped(id);
    let rows: Vec<_> = table.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    let statuses = match machine {
        "campaign" => tidegate::status::statuses(Machine::Campaign),
        _ => tidegate::status::statuses(Machine::Message),
    };
    assert_eq!(rows.len(), statuses.len(), "{id}: one row a status");
    for (row, status) in rows.iter().zip(statuses) {
        let (named, wanted) = row.split_once(": ").unwrap();
        assert_eq!(named, status, "{id}: in the order of the statuses");
        let wanted: Vec<_> = wanted.split(" | ").collect();
        assert_eq!(wanted.len(), columns.len(), "{id}: {row}");
        for (facts, wanted) in columns.iter().zip(wanted) {
            let mut facts = facts.clone();
            facts["machine"] = json!(machine);
            facts["status"] = json!(status);
            assert_eq!(word(lexicon, &facts), wanted, "{id}: {facts}");
        }
    }
}

fn shown(lexicon: &Lexicon, machine: Machine) -> Vec<&str> {
    words(lexicon, machine).iter().map(|label| label.word.as_str()).collect()
}

/// Nothing sent; some sent; some delivered; all of it failed; no answer to any of it.
fn progress() -> [Value; 5] {
    [
        json!({ "total": 9 }),
        json!({ "total": 9, "sent": 1 }),
        json!({ "total": 9, "sent": 2, "delivered": 1, "failed": 1 }),
        json!({ "total": 9, "failed": 9 }),
        json!({ "total": 9, "failed": 8, "unknown": 1 }),
    ]
}

#[test]
fn s1_4_a_queue_says_which_of_its_settings_it_waits_for() {
    let waiting = |code| json!({ "sent": 3, "waiting": code, "waiting_layer": "sender" });
    let codes = ["gap", "break", "outside_window", "blocked_time", "not_started"].map(waiting);
    assert_table(
        "outbound_count",
        "campaign",
        &codes,
        "
        draft: Draft | Draft | Draft | Draft | Draft
        scheduled: Queued | Queued | Queued | Queued | Queued
        in_progress: Running | On a Break | Outside Working Hours | Outside Working Hours | Running
        paused: Paused | Paused | Paused | Paused | Paused
        completed: Completed | Completed | Completed | Completed | Completed
        stopped: Stopped | Stopped | Stopped | Stopped | Stopped
        failed: Failed | Failed | Failed | Failed | Failed
    ",
    );
}

#[test]
fn s1_5_a_queue_at_its_maximum_says_so_and_is_not_stopped() {
    for code in ["rolling_limit", "calendar_limit"] {
        let facts = json!({ "status": "in_progress", "sent": 200, "waiting": code });
        assert_eq!(word(shipped("outbound_count"), &facts), "Maximum Reached");
    }
    let facts = json!({ "status": "in_progress", "sent": 200 });
    assert_eq!(word(shipped("outbound_count"), &facts), "Running");
}

#[test]
fn s2_1_a_send_out_is_sending_then_sent_then_delivered() {
    assert_table(
        "delivery_tracking",
        "campaign",
        &progress(),
        "
        draft: Draft | Sent | Delivered | Draft | Draft
        scheduled: Sending... | Sent | Delivered | Sending... | Sending...
        in_progress: Sending... | Sent | Delivered | Sending... | Sending...
        paused: Paused | Sent | Delivered | Paused | Paused
        completed: Not Sent | Sent | Delivered | Not Sent | Unknown
        stopped: Stopped | Sent | Delivered | Stopped | Unknown
        failed: Failed | Sent | Delivered | Failed | Unknown
    ",
    );
    let shown = shown(shipped("delivery_tracking"), Machine::Campaign);
    assert_eq!(shown[..3], ["Sending...", "Sent", "Delivered"]);
}

#[test]
fn s2_1_the_first_recipient_is_enough() {
    let facts = |sent, delivered| json!({ "status": "in_progress", "total": 4000, "sent": sent, "delivered": delivered });
    let lexicon = shipped("delivery_tracking");
    let words = [(0, 0), (1, 0), (3999, 0), (3999, 1), (4000, 4000)];
    let words = words.map(|(sent, delivered)| word(lexicon, &facts(sent, delivered)));
    assert_eq!(words, ["Sending...", "Sent", "Sent", "Delivered", "Delivered"]);
}

#[test]
fn s2_9_every_message_has_its_own_status() {
    assert_table(
        "delivery_tracking",
        "message",
        &[json!({})],
        "
        queued: Sending...
        sending: Sending...
        sent: Sent
        delivered: Delivered
        failed: Failed
        skipped: Skipped
        cancelled: Cancelled
        unknown: Unknown
    ",
    );
}

#[test]
fn s3_3_a_batch_has_the_seven_words_of_the_page() {
    assert_table(
        "sent_messages",
        "campaign",
        &progress(),
        "
        draft: Draft | Draft | Draft | Draft | Draft
        scheduled: Programmed | Programmed | Programmed | Programmed | Programmed
        in_progress: Processing | Sending | Sending | Processing | Processing
        paused: Paused | Paused | Paused | Paused | Paused
        completed: Not Sent | Sent | Sent | Error | Unknown
        stopped: Cancelled | Cancelled | Cancelled | Cancelled | Cancelled
        failed: Error | Error | Error | Error | Error
    ",
    );
    let shown = shown(shipped("sent_messages"), Machine::Campaign);
    let page =
        ["Programmed", "Processing", "Sending", "Cancelled", "Error", "Sent", "Blocked Time"];
    assert_eq!(shown[..7], page);
}

#[test]
fn s3_3_a_message_has_the_seven_words_of_the_page() {
    let columns = [json!({}), json!({ "started": true, "sent": 1 })];
    assert_table(
        "sent_messages",
        "message",
        &columns,
        "
        queued: Programmed | Processing
        sending: Sending | Sending
        sent: Sent | Sent
        delivered: Sent | Sent
        failed: Error | Error
        skipped: Skipped | Skipped
        cancelled: Cancelled | Cancelled
        unknown: Unknown | Unknown
    ",
    );
}

#[test]
fn s3_4_a_time_that_the_subaccount_forbids_is_blocked_time() {
    let lexicon = shipped("sent_messages");
    for (machine, status) in [("campaign", "scheduled"), ("message", "queued")] {
        let word = |code: &str, layer: Option<&str>| {
            let facts = json!({ "machine": machine, "status": status,
                                "waiting": code, "waiting_layer": layer });
            word(lexicon, &facts)
        };
        for code in ["blocked_time", "outside_window"] {
            for layer in [None, Some("team"), Some("account"), Some("sender"), Some("north")] {
                assert_eq!(word(code, layer), "Blocked Time", "{code} of {layer:?}");
            }
            // Its own hours are not its subaccount's: it starts when they open.
            assert_eq!(word(code, Some("campaign")), "Programmed");
            assert_eq!(word(code, Some("recipient")), "Programmed");
        }
        for code in ["rolling_limit", "calendar_limit", "gap", "break", "not_started"] {
            assert_eq!(word(code, Some("team")), "Programmed", "{code}");
        }
    }
}

#[test]
fn s3_4_one_that_has_begun_waits_for_tomorrow_without_being_blocked() {
    let facts = json!({ "status": "in_progress", "sent": 5, "waiting": "outside_window",
                        "waiting_layer": "team" });
    assert_eq!(word(shipped("sent_messages"), &facts), "Sending");
}

#[test]
fn s3_6_what_is_held_for_a_review_says_so_until_it_is_cleared() {
    let lexicon = shipped("sent_messages");
    for status in ["draft", "scheduled", "in_progress", "paused"] {
        let facts = json!({ "status": status, "held_for_review": true,
                            "waiting": "blocked_time", "waiting_layer": "team" });
        assert_eq!(word(lexicon, &facts), "In Review");
    }
    for (status, wanted) in [("stopped", "Cancelled"), ("failed", "Error")] {
        assert_eq!(word(lexicon, &json!({ "status": status, "held_for_review": true })), wanted);
    }
    let message = json!({ "machine": "message", "status": "queued", "held_for_review": true });
    assert_eq!(word(lexicon, &message), "In Review");
}

#[test]
fn s4_3_a_list_is_in_one_of_the_four_tabs() {
    assert_table(
        "proactive_campaigns",
        "campaign",
        &progress(),
        "
        draft: Draft | Draft | Draft | Draft | Draft
        scheduled: Scheduled | Scheduled | Scheduled | Scheduled | Scheduled
        in_progress: In Progress | In Progress | In Progress | In Progress | In Progress
        paused: Paused | Paused | Paused | Paused | Paused
        completed: Completed | Completed | Completed | Completed | Completed
        stopped: Cancelled | Cancelled | Cancelled | Cancelled | Cancelled
        failed: Failed | Failed | Failed | Failed | Failed
    ",
    );
}

#[test]
fn s4_3_the_tab_says_stopped_where_the_column_says_cancelled() {
    let labels = words(shipped("proactive_campaigns"), Machine::Campaign);
    let column: Vec<_> = labels.iter().map(|label| label.word.as_str()).collect();
    let tabs: Vec<_> = labels.iter().map(|label| label.group.as_str()).collect();
    assert_eq!(column[..4], ["Scheduled", "In Progress", "Completed", "Cancelled"]);
    assert_eq!(tabs[..4], ["Scheduled", "In Progress", "Completed", "Stopped"]);
}

#[test]
fn s5_5_a_broadcast_has_the_five_words_of_the_page() {
    assert_table(
        "broadcast",
        "campaign",
        &progress(),
        "
        draft: Draft | Draft | Draft | Draft | Draft
        scheduled: Pending | Pending | Pending | Pending | Pending
        in_progress: In Progress | In Progress | In Progress | In Progress | In Progress
        paused: Paused | Paused | Paused | Paused | Paused
        completed: Completed | Completed | Completed | Failed | Completed
        stopped: Canceled | Canceled | Canceled | Canceled | Canceled
        failed: Failed | Failed | Failed | Failed | Failed
    ",
    );
    let shown = shown(shipped("broadcast"), Machine::Campaign);
    assert_eq!(shown[..5], ["Completed", "In Progress", "Canceled", "Paused", "Pending"]);
}

#[test]
fn s5_6_a_task_that_reached_nobody_is_failed() {
    let facts = |sent, failed| json!({ "status": "completed", "sent": sent, "failed": failed });
    let lexicon = shipped("broadcast");
    assert_eq!(word(lexicon, &facts(0, 5)), "Failed");
    assert_eq!(word(lexicon, &facts(1, 4)), "Completed");
    assert_eq!(word(lexicon, &facts(0, 0)), "Completed");
}

#[test]
fn the_canonical_lexicon_has_one_word_a_status() {
    assert_table(
        "canonical",
        "campaign",
        &progress()[..2],
        "
        draft: Draft | Draft
        scheduled: Scheduled | Scheduled
        in_progress: In progress | In progress
        paused: Paused | Paused
        completed: Completed | Completed
        stopped: Stopped | Stopped
        failed: Failed | Failed
    ",
    );
    let wanted = "
        queued: Queued
        sending: Sending
        sent: Sent
        delivered: Delivered
        failed: Failed
        skipped: Skipped
        cancelled: Cancelled
        unknown: Unknown
    ";
    // Pages that have no words for single messages leave them the canonical ones.
    for id in ["canonical", "outbound_count", "proactive_campaigns", "broadcast"] {
        assert_table(id, "message", &[json!({})], wanted);
    }
}

#[test]
fn only_what_needs_a_person_is_coral() {
    let tone = |facts: Value| {
        let facts = tidegate::lexicon::Facts::parse(&facts).unwrap();
        tidegate::lexicon::label(shipped("sent_messages"), &facts).tone
    };
    assert_eq!(tone(json!({ "status": "failed" })), Some(Tone::Failed));
    assert_eq!(tone(json!({ "status": "scheduled" })), Some(Tone::Planned));
    let blocked = json!({ "status": "scheduled", "waiting": "blocked_time" });
    assert_eq!(tone(blocked), Some(Tone::Waiting));
    assert_eq!(tone(json!({ "status": "stopped" })), None);
}
