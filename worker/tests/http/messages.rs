//! `/campaigns/{id}/messages`.

use serde_json::{Value, json};
use tidegate_worker::model::Outcome;
use tidegate_worker::sql;

use crate::api::{Api, Draft, NOW_MS, pair, text};

fn items(api: &Api, draft: &Draft, query: &str) -> Vec<Value> {
    let list = api.get(&format!("/campaigns/{}/messages{query}", draft.campaign)).expect(200);
    list["items"].as_array().unwrap().clone()
}

fn ordinals(items: &[Value]) -> Vec<i64> {
    items.iter().map(|item| item["ordinal"].as_i64().unwrap()).collect()
}

/// All messages, page by page.
fn walk(api: &Api, draft: &Draft, query: &str) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let path = format!("/campaigns/{}/messages?{query}{cursor}", draft.campaign);
        let page = api.get(&path).expect(200);
        seen.extend(ordinals(page["items"].as_array().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
    panic!("the list does not end");
}

#[test]
fn everyone_is_listed_before_anything_has_become_of_them() {
    let api = Api::new();
    let draft = api.draft(250);
    let first = items(&api, &draft, "?limit=1").remove(0);
    assert_eq!(
        first,
        json!({
            "id": format!("{}-0", draft.campaign),
            "ordinal": 0,
            "to": "+33612000000",
            "status": "queued",
            "reason": null,
            "detail": null,
            "planned_at": null,
            "sent_at": null,
            "delivered_at": null,
            "reference": null,
            "opened_at": null,
            "clicked_at": null,
        })
    );
    assert_eq!(walk(&api, &draft, "limit=37"), (0..250).collect::<Vec<_>>());
    assert_eq!(walk(&api, &draft, "limit=200&status=queued"), (0..250).collect::<Vec<_>>());
    assert_eq!(walk(&api, &draft, "status=sent"), [0; 0]);
    assert_eq!(items(&api, &draft, "?cursor=9223372036854775807"), [json!(null); 0]);
    api.get("/campaigns/cmp_nobody/messages").expect(404);
    let reply = api.get(&format!("/campaigns/{}/messages?status=lost", draft.campaign));
    assert_eq!(reply.errors(), [pair("status", "unknown_value")]);
}

#[test]
fn each_message_tells_what_became_of_it() {
    let api = Api::new();
    let draft = api.draft(12);
    *api.world.answer.borrow_mut() = Box::new(|post| {
        if post.to.ends_with('3') {
            Outcome::Refused { reason: "refused", detail: "no such number".into() }
        } else {
            Outcome::Taken { reference: Some(format!("ref {}", post.to)) }
        }
    });
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:01:05Z");
    let all = items(&api, &draft, "");
    let posted = api.world.posted();
    assert!((3..12).contains(&posted));
    let done = |item: &&Value| item["status"] == "sent" || item["status"] == "failed";
    assert_eq!(all.iter().filter(done).count(), posted);
    assert_eq!(all[0]["reference"], "ref +33612000000");
    assert_eq!(all[0]["planned_at"], api.world.posts.borrow()[0].at);
    assert_eq!(all[0]["sent_at"], all[0]["planned_at"]);
    assert_eq!(all[3]["status"], "failed");
    assert_eq!(all[3]["detail"], "no such number");
    // Committed by the last tick and not yet sent: the instant is known.
    assert_eq!(all[posted]["status"], "queued");
    assert_eq!(
        all[posted]["planned_at"].as_i64().unwrap()
            - all[posted - 1]["planned_at"].as_i64().unwrap(),
        10_000
    );
    assert_eq!(walk(&api, &draft, "limit=1&status=failed"), [3]);
    assert_eq!(walk(&api, &draft, "limit=2&status=sent").len(), posted - 1);
    assert_eq!(walk(&api, &draft, "status=queued").len(), 12 - posted);

    api.act(&draft.campaign, "stop", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    let cancelled = items(&api, &draft, "?status=cancelled");
    assert_eq!(cancelled.len(), 12 - api.world.posted());
    assert_eq!(cancelled[0]["reason"], "stopped");
    assert_eq!(walk(&api, &draft, "status=queued"), [0; 0]);
}

#[test]
fn a_message_that_is_being_handed_over_is_sending() {
    let api = Api::new();
    let draft = api.draft(5);
    // Of four messages two are settled: the first was sent, the second came back.
    api.sql(sql!(
        "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items,
           count, start_ms, claimed, settled)
         VALUES (1, 9, 0, 1, 1, ?1, 4, ?2, 3, 2)",
        &json!([{ "first": 0, "count": 4, "start": NOW_MS, "every": 500 }]),
        NOW_MS,
    ));
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms) VALUES (1, 0, 'sent', 7)"
    ));
    let sending = items(&api, &draft, "?status=sending");
    assert_eq!(ordinals(&sending), [2]);
    assert_eq!(sending[0]["planned_at"], NOW_MS + 1000);
    let queued = items(&api, &draft, "?status=queued");
    assert_eq!(ordinals(&queued), [1, 3, 4]);
    let planned: Vec<_> = queued.iter().map(|item| item["planned_at"].clone()).collect();
    assert_eq!(planned, [Value::Null, json!(NOW_MS + 1500), Value::Null]);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(shown["progress"]["sending"], 1);
}

#[test]
fn many_short_lists_are_walked_like_one_long_one() {
    let api = Api::new();
    let draft = api.draft(0);
    for first in 0..90 {
        api.sql(sql!(
            "INSERT INTO people (campaign_seq, first, count, people) VALUES (1, ?1, 1, ?2)",
            first,
            &json!([{ "to": "+33612345678" }]),
        ));
    }
    api.sql(sql!("UPDATE campaigns SET total = 90"));
    let everyone: Vec<_> = (0..90).collect();
    for query in ["limit=200", "limit=7", "limit=200&status=queued"] {
        assert_eq!(walk(&api, &draft, query), everyone, "{query}");
    }
}

#[test]
fn whoever_was_not_reached_by_the_end_is_skipped_because_it_ended() {
    let api = Api::new();
    let draft = api.draft(6);
    api.sql(sql!("UPDATE campaigns SET status = 'completed', skipped = 1, sent = 1"));
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, reason)
         VALUES (1, 1, 'skipped', 7, 'opted_out'), (1, 2, 'sent', 7, NULL)"
    ));
    let skipped = items(&api, &draft, "?status=skipped");
    assert_eq!(ordinals(&skipped), [0, 1, 3, 4, 5]);
    let reasons: Vec<_> = skipped.iter().map(|item| text(&item["reason"])).collect();
    assert_eq!(reasons, ["ended", "opted_out", "ended", "ended", "ended"]);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(shown["progress"]["skipped"], 5);
}

#[test]
fn a_search_looks_at_a_bounded_number_of_messages_and_still_finds_the_last() {
    let api = Api::new();
    let draft = api.draft(0);
    let total = 1_000_200;
    // A page that nobody is found on is not opened: only the last has to be more than a stand-in.
    api.sql(sql!(
        "WITH RECURSIVE page(first) AS (SELECT 0 UNION ALL SELECT first + 100 FROM page
           WHERE first + 100 < ?1)
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, first, 100, CASE WHEN first + 100 < ?1 THEN '' ELSE ?2 END FROM page",
        total,
        &Value::from(vec![json!({ "to": "+33612345678" }); 100]),
    ));
    api.sql(sql!("UPDATE campaigns SET total = ?1", total));
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
         VALUES (1, ?1, 'failed', 7)",
        total - 1,
    ));
    let path = format!("/campaigns/{}/messages?status=failed", draft.campaign);
    let page = api.get(&path).expect(200);
    assert_eq!(page, json!({ "items": [], "next_cursor": "1000000" }));
    assert_eq!(walk(&api, &draft, "status=failed"), [total - 1]);
}
