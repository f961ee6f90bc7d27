//! `/conversations`.

use std::cell::Cell;

use serde_json::{Value, json};
use tidegate_worker::ports::{Callbacks, World};
use tidegate_worker::sql;

use crate::api::{Api, NOW_MS, OPERATOR, VIEWER, pair, text};
use crate::inbound::{address, bring, sent};

const ADA: &str = "/conversations/sms/%2B33612000001";

#[test]
fn a_conversation_has_everything_that_was_said_newest_first() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    assert_eq!(api.get("/conversations").expect(200)["items"], json!([]), "campaigns open none");
    let nothing = api.get(ADA).expect(200);
    assert_eq!((&nothing["state"], &nothing["unread"]), (&json!("closed"), &json!(0)));
    let kinds = |query: &str| {
        let page = api.get(&format!("{ADA}/messages{query}")).expect(200);
        let items = page["items"].as_array().unwrap().clone();
        let kinds: Vec<String> =
            items.iter().map(|item| text(item.get("kind").unwrap_or(&item["direction"]))).collect();
        (kinds, page["next_cursor"].clone())
    };
    assert_eq!(kinds("").0, ["broadcast"]);

    bring(&api, &url, &json!({ "id": "p-1", "from": "+33612000001", "text": "Is it open?" }));
    let list = api.get("/conversations?unread=true&state=open").expect(200);
    assert_eq!(
        (&list["items"][0]["address"], &list["items"][0]["last_text"], &list["items"][0]["unread"]),
        (&json!("+33612000001"), &json!("Is it open?"), &json!(1))
    );
    let reply = json!({ "content": { "text": "Until six." } });
    api.call(VIEWER, "POST", &format!("{ADA}/messages"), Some(&reply)).expect(403);
    let accepted = api.call(OPERATOR, "POST", &format!("{ADA}/messages"), Some(&reply)).expect(202);
    assert_eq!((&accepted["kind"], &accepted["to"]), (&json!("single"), &json!("+33612000001")));
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(kinds("").0, ["single", "in", "broadcast"]);
    let mut seen = Vec::new();
    let mut query = "?limit=1".to_owned();
    for _ in 0..4 {
        let (kinds, next) = kinds(&query);
        seen.extend(kinds);
        let Value::String(next) = next else { break };
        query = format!("?limit=1&cursor={next}");
    }
    assert_eq!(seen, ["single", "in", "broadcast"]);
    // A reply to the single is threaded to it, not to the campaign before.
    bring(&api, &url, &json!({ "id": "p-2", "from": "+33612000001", "text": "Thanks" }));
    let line = api.get(&format!("{ADA}/messages")).expect(200);
    assert_eq!(line["items"][0]["reply_to"], accepted["id"]);

    let read = api.call(OPERATOR, "POST", &format!("{ADA}/read"), None).expect(200);
    assert_eq!(read["unread"], 0);
    let closed = api.call(OPERATOR, "PATCH", ADA, Some(&json!({ "state": "closed" })));
    assert_eq!(closed.expect(200)["state"], "closed");
    assert_eq!(api.get("/conversations?state=open").expect(200)["items"], json!([]));
    bring(&api, &url, &json!({ "id": "p-3", "from": "+33612000001", "text": "One more thing" }));
    let list = api.get("/conversations?state=open").expect(200);
    assert_eq!(list["items"][0]["unread"], 1, "whoever writes opens it again");
    assert_eq!(
        api.get("/conversations?state=ajar&cursor=x").errors(),
        [pair("state", "unknown_value"), pair("cursor", "bad_cursor")]
    );
    assert_eq!(
        api.get(&format!("{ADA}/messages?cursor=1.2")).errors(),
        [pair("cursor", "bad_cursor")]
    );
}

#[test]
fn whoever_opts_out_in_a_conversation_gets_nothing_in_it() {
    let api = Api::new();
    let draft = sent(&api);
    let entry = api.call(OPERATOR, "POST", &format!("{ADA}/opt-out"), None).expect(201);
    assert_eq!((&entry["source"], &entry["by"]), (&json!("manual"), &json!(OPERATOR)));
    api.call(OPERATOR, "POST", &format!("{ADA}/opt-out"), None).expect(200);
    assert_eq!(api.get(ADA).expect(200)["opt_out"]["source"], "manual");
    let path = format!("{ADA}/messages");
    let reply = json!({ "sender_id": draft.sender, "content": { "text": "Hello?" } });
    assert_eq!(api.post(&path, &reply).errors(), [pair("to", "opted_out")]);
    let later = json!({ "sender_id": draft.sender, "content": { "text": "Hello?" },
                        "at": NOW_MS + 3_600_000 });
    assert_eq!(api.post(&path, &later).errors(), [pair("to", "opted_out")]);
}

#[test]
fn only_an_address_or_whoever_wrote_is_put_on_the_opt_outs() {
    let api = Api::new();
    let url = address(&api, &sent(&api));
    for address in ["33612000001", "0612000001", "SHOP"] {
        let path = format!("/conversations/sms/{address}/opt-out");
        let refused = api.call(OPERATOR, "POST", &path, None);
        assert_eq!(refused.errors()[0].0, "address", "{address}");
    }
    assert_eq!(api.get("/opt-outs").expect(200)["items"], json!([]));
    bring(&api, &url, &json!({ "id": "p-1", "from": "SHOP", "text": "Sale" })).expect(200);
    api.call(OPERATOR, "POST", "/conversations/sms/SHOP/opt-out", None).expect(201);
    let never_wrote = "/conversations/sms/+33612345678/opt-out";
    api.call(OPERATOR, "POST", never_wrote, None).expect(201);
}

#[test]
fn a_message_at_a_set_time_is_a_broadcast_of_one() {
    let api = Api::new();
    let draft = sent(&api);
    let path = format!("{ADA}/messages");
    let at = |ms: i64| json!({ "sender_id": draft.sender, "content": { "text": "See you at nine" }, "at": ms });
    let now = api.world.time().now();
    assert_eq!(api.post(&path, &at(now + 299_999)).errors(), [pair("at", "too_soon")]);
    let accepted = api.post(&path, &at(now + 3_600_000)).expect(202);
    assert_eq!(
        (&accepted["kind"], &accepted["at"]),
        (&json!("timed"), &json!(now + 3_600_000)),
        "{accepted}"
    );
    let id = text(&accepted["campaign_id"]);
    let list = api.get("/campaigns").expect(200);
    assert_eq!(
        (&list["items"][0]["id"], &list["items"][0]["status"], &list["items"][0]["name"]),
        (&json!(id), &json!("scheduled"), &json!("Message to +33612000001"))
    );
    let first = |api: &Api| api.get(&path).expect(200)["items"][0].clone();
    assert_eq!((&first(&api)["kind"], &first(&api)["status"]), (&json!("timed"), &json!("queued")));
    let moved = now + 7_200_000;
    api.act(&id, "schedule", json!({ "at": moved })).expect(200);
    assert_eq!(first(&api)["at"], moved);
    let posted = api.world.posted();
    api.world.run_until_ms(moved + 60_000);
    assert_eq!(api.world.posted(), posted + 1);
    assert_eq!(api.world.posts.borrow()[posted].at, moved);
    assert_eq!(first(&api)["status"], "sent");
    // Another is cancelled.
    let other = api.post(&path, &at(moved + 3_600_000)).expect(202);
    api.act(&text(&other["campaign_id"]), "stop", json!({})).expect(200);
    api.world.run_until_ms(moved + 7_200_000);
    assert_eq!(api.world.posted(), posted + 1);
    assert_eq!(first(&api)["status"], "cancelled");
}

#[test]
fn a_message_at_a_set_time_that_is_refused_leaves_nothing_behind() {
    let api = Api::new();
    let draft = sent(&api);
    let path = format!("{ADA}/messages");
    let later = json!({ "sender_id": draft.sender, "content": { "text": "Hi" },
                        "at": api.world.time().now() + 3_600_000 });
    let told = || ["/campaigns", ADA, &path].map(|path| api.get(path).expect(200));
    let rows = || {
        api.world.number(
            "SELECT (SELECT count(*) FROM campaigns) + (SELECT count(*) FROM people)
                    + (SELECT count(*) FROM singles) + (SELECT count(*) FROM audit)",
        )
    };
    let (before, kept) = (told(), rows());
    let refused = (403, "queue_off".to_owned());
    api.sql(sql!("UPDATE teams SET queue = 0"));
    assert_eq!(api.post(&path, &later).expect_failure(), refused);
    assert_eq!((told(), rows()), (before.clone(), kept));
    // Where it is switched off only once a draft is there.
    api.sql(sql!("UPDATE teams SET queue = 1"));
    let looked = Cell::new(false);
    *api.world.database().rewrite.borrow_mut() = Some(Box::new(move |statement| {
        if statement.sql.starts_with("SELECT queue FROM teams") && looked.replace(true) {
            return sql!("SELECT 0 AS queue");
        }
        statement
    }));
    assert_eq!(api.post(&path, &later).expect_failure(), refused);
    api.world.database().rewrite.take();
    assert_eq!((told(), rows()), (before, kept));
    let accepted = api.post(&path, &later).expect(202);
    assert_eq!(api.get(&path).expect(200)["items"][0]["id"], accepted["id"]);
    assert_eq!(api.get(ADA).expect(200)["last_text"], "Hi");
}

#[test]
fn a_message_is_passed_on_as_it_was() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    let words = json!({ "id": "p-1", "from": "+33612000001", "text": "{{ not a field }} 5 > 3" });
    let id = text(&bring(&api, &url, &words).expect(200)["id"]);
    let forward = |message: &str, to: &str| {
        api.post(&format!("{ADA}/forward"), &json!({ "message_id": message, "to": to }))
    };
    assert_eq!(forward(&id, "12").errors()[0].0, "to");
    forward("inb_nobody", "+33612000002").expect(404);
    forward(&format!("{}-2", draft.campaign), "+33612000002").expect(404);
    let accepted = forward(&id, "+33 6 12 00 00 02").expect(202);
    assert_eq!((&accepted["kind"], &accepted["to"]), (&json!("forward"), &json!("+33612000002")));
    forward(&format!("{}-1", draft.campaign), "+33612000002").expect(202);
    api.world.run_until("2026-11-24T14:10:00Z");
    let line = api.get("/conversations/sms/%2B33612000002/messages").expect(200);
    let kinds: Vec<&Value> =
        line["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["forward", "forward", "broadcast"]);
}

#[test]
fn the_way_out_of_one_person_is_shown_and_passed_on_to_nobody() {
    let api = Api::new();
    api.world.keep_signing_key();
    let draft = api.draft(0);
    let content = json!({ "text": "Hi. Enough? {{ unsubscribe_url }} Bye" });
    api.edit(&draft.campaign, json!({ "content": content })).expect(200);
    api.import(&draft.campaign, "a.csv", b"phone\n+33612000001\n".to_vec()).expect(200);
    let own = api.world.unsubscribe_url(1, 0);
    let shown = api.post(&format!("/campaigns/{}/render", draft.campaign), &json!({}));
    let shown = shown.expect(200);
    let as_sent = format!("Hi. Enough? {own} Bye");
    assert_eq!(shown["segments"]["units"], as_sent.chars().count());
    assert_eq!(text(&shown["text"]).chars().count(), as_sent.chars().count());
    let token = own.rsplit('/').next().unwrap();
    assert!(!shown.to_string().contains(token), "{shown}");
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(api.world.posts.borrow()[0].text, as_sent);

    let line = api.get(&format!("{ADA}/messages")).expect(200);
    assert_eq!(line["items"][0]["text"], "Hi. Enough? [...] Bye");
    let forward = json!({ "message_id": format!("{}-0", draft.campaign), "to": "+33612000002",
                          "sender_id": draft.sender });
    api.post(&format!("{ADA}/forward"), &forward).expect(202);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posts.borrow()[1].text, "Hi. Enough? [...] Bye");
}

#[test]
fn a_page_of_a_timeline_is_exact_over_many_campaigns() {
    let api = Api::new();
    let draft = sent(&api);
    // 1,000 campaigns of a person, of which some ran for long: each has written to them once.
    api.sql(sql!("UPDATE campaigns SET started_ms = 1, ended_ms = 2, indexed = total"));
    for _ in 0..1 {
        api.sql(sql!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
             INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, status, total,
                                    indexed, created_ms, started_ms, ended_ms)
             SELECT 1000 + n, 'cmp_' || n, team_id, sender_seq, 'C' || n, content, 'completed', 3, 3,
                    n, n * 1000, n * 1000 + (n % 7) * 40000
             FROM n, (SELECT * FROM campaigns WHERE seq = 1)"
        ));
    }
    api.sql(sql!(
        "INSERT INTO people SELECT c.seq, p.first, p.count, p.people
         FROM campaigns c, people p WHERE c.seq > 1000 AND p.campaign_seq = 1"
    ));
    for table in [
        "INSERT INTO recipient_parts SELECT c.seq, p.first, p.buckets
         FROM campaigns c, recipient_parts p WHERE c.seq > 1000 AND p.campaign_seq = 1",
        "INSERT INTO recipient_index SELECT c.seq, i.part, i.bucket, i.entries
         FROM campaigns c, recipient_index i WHERE c.seq > 1000 AND i.campaign_seq = 1",
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms)
         SELECT seq, 1, 'sent', started_ms, started_ms + (ended_ms - started_ms) / 2
         FROM campaigns WHERE seq > 1000",
    ] {
        api.sql(tidegate_worker::store::Statement { sql: table, params: Vec::new() });
    }
    let mut seen: Vec<i64> = Vec::new();
    let mut path = format!("{ADA}/messages?limit=97");
    for _ in 0..60 {
        let page = api.get(&path).expect(200);
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["at"].as_i64().unwrap()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("{ADA}/messages?limit=97&cursor={next}");
    }
    assert_eq!(seen.len(), 1001, "everyone once");
    assert!(seen.is_sorted_by(|a, b| a >= b), "newest first");
    assert!(!draft.campaign.is_empty());
}

#[test]
fn what_is_written_here_is_asked_as_it_is_everywhere() {
    let api = Api::new();
    sent(&api);
    let sender_id = api.get("/senders").expect(200)["items"][0]["id"].clone();
    let refused = |content: Value| {
        let body = json!({ "sender_id": sender_id, "content": content });
        api.post(&format!("{ADA}/messages"), &body).errors()
    };
    assert_eq!(
        refused(json!({ "text": "x", "attachments": ["att_nope"] })),
        [pair("content.attachments[0]", "unknown_attachment")]
    );
    assert_eq!(
        refused(json!({ "text": "x", "subject": "Dates" })),
        [pair("content.subject", "not_for_channel")]
    );
    assert_eq!(
        refused(json!({ "text": "Hi {{ name }}, see {{ date }}" })),
        [pair("content.text", "missing_field"), pair("content.text", "missing_field")]
    );
}

#[test]
fn what_is_held_for_a_review_is_in_its_conversation_and_goes_when_it_is_cleared() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    api.post("/words", &json!({ "kind": "word", "value": "casino" })).expect(201);
    let sender_id = api.get("/senders").expect(200)["items"][0]["id"].clone();
    let body = json!({ "sender_id": sender_id, "content": { "text": "The casino is open" } });
    let held = api.post(&format!("{ADA}/messages"), &body).expect(202);
    assert_eq!((&held["held_for_review"], &held["at"]), (&json!(true), &json!(null)));
    let first = || api.get(&format!("{ADA}/messages")).expect(200)["items"][0].clone();
    assert_eq!(first()["id"], held["id"]);
    let review = api.get("/reviews").expect(200)["items"][0]["id"].clone();
    api.world.run_until("2026-11-24T14:10:00Z");
    api.post(&format!("/reviews/{}/clear", text(&review)), &json!({})).expect(200);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(first()["status"], "sent");
    bring(&api, &url, &json!({ "id": "p-1", "from": "+33612000001", "text": "Until when?" }));
    assert_eq!(first()["reply_to"], held["id"]);
}
