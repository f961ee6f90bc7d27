//! `/senders/{id}/messages`: one message to one person.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::api::{Api, NOW_MS, OPERATOR, Reply, VIEWER, pair, text};

fn post(api: &Api, path: &str, key: Option<&str>, body: &Value) -> Reply {
    let request = Request::post(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    api.send(request.body(Body::from(body.to_string())).unwrap())
}

fn message() -> Value {
    json!({ "to": "+33612000009", "content": { "text": "Hello {{ name }}" }, "fields": { "name": "Ada" } })
}

#[test]
fn a_single_is_taken_on_with_its_instant_and_goes_then() {
    let api = Api::new();
    let draft = api.draft(0);
    let path = format!("/senders/{}/messages", draft.sender);
    let accepted = post(&api, &path, None, &message()).expect(202);
    let at = accepted["at"].as_i64().unwrap();
    assert!((NOW_MS..NOW_MS + 30_000).contains(&at), "{accepted}");
    assert_eq!((&accepted["to"], &accepted["waiting"]), (&json!("+33612000009"), &Value::Null));
    let campaign = text(&accepted["campaign_id"]);
    assert_eq!(accepted["id"], format!("{campaign}-0"));
    let shown = api.get(&format!("/campaigns/{campaign}")).expect(200);
    assert_eq!((&shown["kind"], &shown["plan"]["first"]), (&json!("single"), &json!(at)));

    api.world.run_until("2026-11-24T14:01:00Z");
    let posts = api.world.posts.borrow();
    assert_eq!(
        (posts.len(), posts[0].at, posts[0].id.as_str()),
        (1, at, text(&accepted["id"]).as_str())
    );
    let shown = api.get(&format!("/campaigns/{campaign}")).expect(200);
    assert_eq!((&shown["status"], &shown["progress"]["sent"]), (&json!("completed"), &json!(1)));

    let ids = |query: &str| {
        let list = api.get(&format!("/campaigns{query}")).expect(200);
        list["items"].as_array().unwrap().iter().map(|c| text(&c["id"])).collect::<Vec<_>>()
    };
    assert_eq!(ids(""), [draft.campaign], "broadcasts alone, unless asked for");
    assert_eq!(ids("?kind=single"), [campaign]);
    assert_eq!(api.get("/campaigns?kind=all").errors(), [pair("kind", "unknown_value")]);
}

#[test]
fn a_repeated_request_is_the_same_message() {
    let api = Api::new();
    let path = format!("/senders/{}/messages", api.draft(0).sender);
    let once = post(&api, &path, Some("order 7"), &message()).expect(202);
    let twice = post(&api, &path, Some("order 7"), &message()).expect(202);
    assert_eq!((&once["id"], &once["at"]), (&twice["id"], &twice["at"]));
    let mut other = message();
    other["to"] = json!("+33612000008");
    let reused = post(&api, &path, Some("order 7"), &other);
    assert_eq!(reused.errors(), [pair("Idempotency-Key", "key_reused")]);
    let another = post(&api, &path, Some("order 8"), &message()).expect(202);
    assert_ne!(another["id"], once["id"]);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(api.world.posted(), 2);
    // It stays so when the person has enough since; nothing new goes to them.
    let opt_out = json!({ "address": "+33612000009", "channel": "sms", "reason": "stop" });
    api.post("/opt-outs", &opt_out).expect(201);
    let thrice = post(&api, &path, Some("order 7"), &message()).expect(202);
    assert_eq!((&once["id"], &once["at"]), (&thrice["id"], &thrice["at"]));
    let new = post(&api, &path, Some("order 9"), &message());
    assert_eq!(new.errors(), [pair("to", "opted_out")]);
    assert_eq!(api.world.posted(), 2);
}

#[test]
fn a_repeated_request_is_the_same_message_when_what_it_carried_is_gone() {
    let api = Api::new();
    let path = format!("/senders/{}/messages", api.draft(0).sender);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and the rest".to_vec();
    let file = api.upload("/attachments?file_name=a.png", "image/png", png).expect(201);
    let file = text(&file["id"]);
    let mut carries = message();
    carries["content"]["attachments"] = json!([file]);
    let once = post(&api, &path, Some("order 7"), &carries).expect(202);
    api.world.run_until("2026-11-24T14:05:00Z");
    api.call(OPERATOR, "DELETE", &format!("/attachments/{file}"), None).expect(204);
    let twice = post(&api, &path, Some("order 7"), &carries).expect(202);
    assert_eq!((&once["id"], &once["at"]), (&twice["id"], &twice["at"]));
    let new = post(&api, &path, Some("order 8"), &carries);
    assert_eq!(new.errors(), [pair("content.attachments[0]", "unknown_attachment")]);
}

#[test]
fn a_single_says_what_it_waits_for() {
    let api = Api::new();
    let draft = api.draft(0);
    let closed = json!({ "policy": { "windows": [{ "from": "18:00", "to": "19:00" }] } });
    api.patch(&format!("/senders/{}", draft.sender), &closed).expect(200);
    let path = format!("/senders/{}/messages", draft.sender);
    let accepted = post(&api, &path, None, &message()).expect(202);
    assert_eq!(accepted["at"], NOW_MS + 4 * 3_600_000);
    assert_eq!(accepted["waiting"]["until"], accepted["at"]);
    assert_eq!(accepted["waiting"]["because"][0]["code"], "outside_window");

    let ended = json!({ "policy": { "ends_at": "2026-11-24T13:00:00Z" } });
    api.patch(&format!("/senders/{}", draft.sender), &ended).expect(200);
    let refused = post(&api, &path, None, &message());
    assert_eq!(refused.errors(), [pair("", "never")]);
}

#[test]
fn the_fields_of_a_single_are_no_longer_than_a_row_of_a_file() {
    let api = Api::new();
    let path = format!("/senders/{}/messages", api.draft(0).sender);
    let mut long = message();
    for field in 0..10 {
        long["fields"][format!("f{field}")] = json!("x".repeat(9_990));
    }
    // 99,900 and 20 in the names, 7 for the first of all.
    post(&api, &path, None, &long).expect(202);
    long["fields"]["name"] = json!("x".repeat(77));
    assert_eq!(post(&api, &path, None, &long).errors(), [pair("fields", "too_long")]);
}

#[test]
fn every_fault_of_a_single_is_named_at_once() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let path = format!("/senders/{sender}/messages");
    let wrong =
        json!({ "to": "12", "content": { "text": "{{" }, "fields": { "name": 5 }, "at": 1 });
    let errors = post(&api, &path, Some(&"k".repeat(201)), &wrong).errors();
    for expected in ["Idempotency-Key", "to", "content.text", "fields.name", "at"] {
        assert!(errors.iter().any(|(at, _)| at == expected), "{expected} in {errors:?}");
    }
    let missing = json!({ "to": "+33612000009", "content": { "text": "{{ city }}" } });
    assert_eq!(post(&api, &path, None, &missing).errors(), [pair("content.text", "missing_field")]);
    let nobody = post(&api, "/senders/snd_nobody/messages", None, &message());
    nobody.expect(404);
    api.call(VIEWER, "POST", &path, Some(&message())).expect(403);

    let opt_out = json!({ "address": "+33612000009", "channel": "sms", "reason": "stop" });
    api.post("/opt-outs", &opt_out).expect(201);
    assert_eq!(post(&api, &path, None, &message()).errors(), [pair("to", "opted_out")]);
    assert_eq!(api.world.number("SELECT count(*) FROM campaigns WHERE kind = 'single'"), 0);
}
