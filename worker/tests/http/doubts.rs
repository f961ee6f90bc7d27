//! Messages about which nobody can tell, over HTTP; and whom a campaign did not reach.

use serde_json::{Value, json};
use tidegate_worker::model::Outcome;
use tidegate_worker::sql;

use crate::api::{Api, Draft, OPERATOR, VIEWER, pair};

/// A finished campaign of five of whose messages two are unknown.
pub fn in_doubt(api: &Api) -> Draft {
    let draft = api.draft(5);
    api.sql(sql!(
        "UPDATE senders SET provider = '{\"kind\": \"webhook\", \"url\": \"https://p.example/\"}'"
    ));
    *api.world.answer.borrow_mut() = Box::new(|post| {
        if post.to.ends_with('1') || post.to.ends_with('3') {
            Outcome::Unclear { detail: "no answer within 30 s".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:30:00Z");
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!((&shown["status"], &shown["progress"]["unknown"]), (&json!("completed"), &json!(2)));
    *api.world.answer.borrow_mut() = Box::new(|_| Outcome::Taken { reference: None });
    draft
}

fn ordinals(api: &Api, path: &str) -> Vec<i64> {
    let page = api.get(path).expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["ordinal"].as_i64().unwrap()).collect()
}

#[test]
fn an_unknown_message_has_two_orders() {
    let api = Api::new();
    let draft = in_doubt(&api);
    let at = format!("/campaigns/{}", draft.campaign);
    let order = |ordinal: &str, order: &str| {
        api.call(OPERATOR, "POST", &format!("{at}/messages/{ordinal}/{order}"), None)
    };
    for _ in 0..2 {
        let confirmed = order("1", "confirm-sent").expect(200);
        assert_eq!((&confirmed["ordinal"], &confirmed["status"]), (&json!(1), &json!("sent")));
        assert_eq!(confirmed["reason"], "confirmed");
    }
    for _ in 0..2 {
        let again = order("3", "send-again").expect(200);
        assert_eq!((&again["ordinal"], &again["status"]), (&json!(3), &json!("queued")));
    }
    let shown = api.get(&at).expect(200);
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["progress"]["queued"], 1, "{shown:#}");
    assert_eq!(shown["progress"]["skipped"], 0);
    assert_eq!(shown["progress"]["unknown"], 0);
    assert_eq!(ordinals(&api, &format!("{at}/messages?status=queued")), [3]);
    assert_eq!(ordinals(&api, &format!("{at}/left-out")), [0; 0]);
    api.world.run_until("2026-11-24T14:40:00Z");
    assert_eq!(api.world.posted(), 6);
    assert_eq!(api.get(&at).expect(200)["progress"]["sent"], 5);

    let refused = order("3", "send-again");
    let body = refused.expect(409);
    assert_eq!(body["type"], "/problems/illegal_transition");
    assert_eq!(body["legal"], json!([]));
    for nobody in ["5", "-1", "x", "99999999999999999999"] {
        order(nobody, "send-again").expect(404);
    }
    api.call(VIEWER, "POST", &format!("{at}/messages/1/confirm-sent"), None).expect(403);
    let reply = api.post(&format!("{at}/messages/1/confirm-sent"), &json!({ "force": true }));
    assert_eq!(reply.errors(), [pair("force", "unknown_field")]);
}

#[test]
fn all_unknown_messages_are_settled_at_once() {
    for (order, sent, posts) in [("confirm-sent", 5, 5), ("send-again", 3, 7)] {
        let api = Api::new();
        let draft = in_doubt(&api);
        let at = format!("/campaigns/{}", draft.campaign);
        let path = format!("{at}/unknown/{order}");
        api.call(VIEWER, "POST", &path, None).expect(403);
        let done = api.call(OPERATOR, "POST", &path, None).expect(200);
        assert_eq!((&done["changed"], &done["more"]), (&json!(2), &json!(false)));
        assert_eq!(
            (&done["progress"]["sent"], &done["progress"]["unknown"]),
            (&json!(sent), &json!(0))
        );
        let again = api.call(OPERATOR, "POST", &path, None).expect(200);
        assert_eq!(again["changed"], 0);
        api.world.run_until("2026-11-24T14:40:00Z");
        assert_eq!(api.world.posted(), posts);
        assert_eq!(api.get(&at).expect(200)["progress"]["sent"], 5);
    }
    Api::new().post("/campaigns/cmp_nobody/unknown/send-again", &json!({})).expect(404);
}

#[test]
fn nothing_of_a_stopped_campaign_is_sent_again_and_the_answer_says_what_is_legal() {
    let api = Api::new();
    let draft = in_doubt(&api);
    api.sql(sql!("UPDATE campaigns SET status = 'stopped'"));
    let at = format!("/campaigns/{}", draft.campaign);
    for path in [format!("{at}/messages/1/send-again"), format!("{at}/unknown/send-again")] {
        let body = api.post(&path, &json!({})).expect(409);
        assert_eq!(body["type"], "/problems/campaign_over");
        assert_eq!(body["legal"], json!(["confirm_sent"]));
    }
}

#[test]
fn an_ended_campaign_names_whom_it_left_out() {
    let api = Api::new();
    let draft = api.draft(30);
    let at = format!("/campaigns/{}", draft.campaign);
    assert_eq!(api.get(&at).expect(200)["left_out"], Value::Null);
    let end = json!({ "policy": { "ends_at": "2026-11-24T14:02:00" } });
    api.edit(&draft.campaign, end).expect(200);
    api.post(
        "/opt-outs",
        &json!({ "channel": "sms", "address": "+33612000002", "reason": "asked" }),
    )
    .expect(201);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T15:00:00Z");
    let shown = api.get(&at).expect(200);
    assert_eq!((&shown["status"], &shown["end_reason"]), (&json!("completed"), &json!("ended")));
    let sent = shown["progress"]["sent"].as_i64().unwrap();
    assert_eq!(shown["left_out"]["people"], 30 - sent);
    let path = shown["left_out"]["at"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
    let mut named = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("{path}?limit=7{cursor}")).expect(200);
        named.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(i64::try_from(named.len()), Ok(30 - sent));
    assert_eq!(named[0]["to"], "+33612000002");
    assert_eq!(named[0]["reason"], "opted_out");
    assert!(named[1..].iter().all(|message| message["reason"] == "ended"), "{named:#?}");
    api.get("/campaigns/cmp_nobody/left-out").expect(404);
    let odd = api.get(&format!("{path}?status=sent"));
    assert_eq!(odd.errors(), [pair("status", "unknown_field")]);
}

#[test]
fn whom_a_stop_left_out_is_named_too() {
    let api = Api::new();
    let draft = api.draft(20);
    let at = format!("/campaigns/{}", draft.campaign);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:01:05Z");
    let stopped = api.act(&draft.campaign, "stop", json!({})).expect(200);
    let left = 20 - stopped["progress"]["sent"].as_i64().unwrap();
    assert_eq!(stopped["left_out"]["people"], left);
    assert_eq!(i64::try_from(ordinals(&api, &format!("{at}/left-out")).len()), Ok(left));
}

#[test]
fn lateness_is_a_setting_with_a_default() {
    let api = Api::new();
    let draft = api.draft(3);
    let at = format!("/campaigns/{}", draft.campaign);
    assert_eq!(api.get(&at).expect(200)["lateness"], json!({ "then": "roll_over" }));
    let late = json!({ "lateness": { "then": "expire", "after": "2h" } });
    assert_eq!(api.edit(&draft.campaign, late.clone()).expect(200)["lateness"], late["lateness"]);
    for (lateness, error) in [
        (json!("expire"), pair("lateness", "type")),
        (json!({}), pair("lateness.then", "missing")),
        (json!({ "then": "burst" }), pair("lateness.then", "unknown_value")),
        (json!({ "then": "expire" }), pair("lateness.after", "missing")),
        (json!({ "then": "expire", "after": "59s" }), pair("lateness.after", "bad_duration")),
        (json!({ "then": "expire", "after": "367d" }), pair("lateness.after", "bad_duration")),
        (json!({ "then": "expire", "after": "2 h" }), pair("lateness.after", "bad_duration")),
        (json!({ "then": "expire", "after": 7200 }), pair("lateness.after", "bad_duration")),
        (json!({ "then": "roll_over", "after": "2h" }), pair("lateness.after", "unknown_field")),
    ] {
        let reply = api.edit(&draft.campaign, json!({ "lateness": lateness }));
        assert_eq!(reply.errors(), [error], "{lateness}");
    }
    let sender = api.get("/senders").expect(200)["items"][0]["id"].clone();
    let wanted = json!({
        "name": "x", "sender_id": sender, "content": { "text": "Hi" }, "lateness": late["lateness"],
    });
    assert_eq!(api.post("/campaigns", &wanted).expect(201)["lateness"], late["lateness"]);
}

#[test]
fn a_lateness_that_is_set_on_a_scheduled_campaign_holds_for_its_promise() {
    let api = Api::new();
    let draft = api.draft(30);
    let at = format!("/campaigns/{}", draft.campaign);
    api.act(&draft.campaign, "schedule", json!({ "at": "2026-11-24T14:10:00Z" })).expect(200);
    api.edit(&draft.campaign, json!({ "lateness": { "then": "expire", "after": "1m" } }))
        .expect(200);
    api.world.miss_cron_until("2026-11-24T14:13:00Z");
    api.world.run_until("2026-11-24T15:00:00Z");
    let shown = api.get(&at).expect(200);
    assert_eq!(shown["status"], "completed");
    assert!(shown["progress"]["skipped"].as_i64().unwrap() > 5, "{shown:#}");
    assert_eq!(shown["left_out"]["people"], shown["progress"]["skipped"]);
    let reasons = api.get(&format!("{at}/left-out")).expect(200);
    assert!(reasons["items"].as_array().unwrap().iter().all(|item| item["reason"] == "expired"));
}

#[test]
fn a_webhook_can_say_where_it_is_asked_about_messages() {
    let api = Api::new();
    let provider = |lookup: Value| json!({ "provider": { "kind": "webhook", "url": "https://p.example/", "lookup_url": lookup } });
    api.draft(0);
    let sender = api.get("/senders").expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let at = format!("/senders/{sender}");
    let template = "https://p.example/messages/{key}";
    let changed = api.patch(&at, &provider(json!(template))).expect(200);
    assert_eq!(changed["provider"]["lookup_url"], template);
    let none = api.patch(&at, &provider(Value::Null)).expect(200);
    assert_eq!(none["provider"].get("lookup_url"), None);
    for (lookup, code) in [
        (json!("https://p.example/messages/"), "bad_template"),
        (json!("https://{key}.example/"), "bad_template"),
        (json!("http://p.example/{key}"), "not_https"),
        (json!("https://192.168.0.1/{key}"), "private_address"),
        (json!("http://127.0.0.1:9/{key}"), "not_https"),
        (json!(7), "type"),
    ] {
        let reply = api.patch(&at, &provider(lookup.clone()));
        assert_eq!(reply.errors(), [pair("provider.lookup_url", code)], "{lookup}");
    }
    let sandbox = json!({ "provider": { "kind": "sandbox", "lookup_url": template } });
    let reply = api.patch(&at, &sandbox);
    assert_eq!(reply.errors(), [pair("provider.lookup_url", "unknown_field")]);
}
