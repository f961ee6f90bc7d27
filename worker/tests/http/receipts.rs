//! `/receipts/{token}` and `/sandbox/messages`.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::callback::{Message, Signer};
use tidegate_worker::ports::World;
use tidegate_worker::sql;

use crate::api::{Api, Draft, NOW_MS, OPERATOR, Reply, VIEWER, pair};
use tidegate_world::ready;

/// A campaign that is done, each of its three messages in the sandbox's inbox.
pub fn sent(api: &Api) -> Draft {
    let draft = api.draft(3);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    for ordinal in 0..3 {
        api.sql(sql!(
            "INSERT INTO sandbox_messages
               (id, sender_name, channel, address, text, callback_url, received_ms)
             VALUES (?1, 'Front desk', 'sms', ?2, 'Hello', ?3, ?4)",
            format!("{}-{ordinal}", draft.campaign),
            format!("+3361200000{ordinal}"),
            format!("https://tidegate.example/api/v1/receipts/{}", token(api, ordinal)),
            NOW_MS + ordinal,
        ));
    }
    draft
}

pub fn token(api: &Api, ordinal: i64) -> String {
    let signer = ready(Signer::load(api.world.database(), &*api.world, "")).unwrap();
    signer.token(Message { campaign_seq: 1, ordinal })
}

/// A receipt as a provider sends it: without a key.
fn report(api: &Api, token: &str, receipt: &Value) -> Reply {
    let request = Request::post(format!("/api/v1/receipts/{token}"))
        .header("content-type", "application/json")
        .body(Body::from(receipt.to_string()));
    api.send(request.unwrap())
}

fn statuses(api: &Api, draft: &Draft) -> Vec<Value> {
    let list = api.get(&format!("/campaigns/{}/messages", draft.campaign)).expect(200);
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["status"].clone()).collect()
}

#[test]
fn a_receipt_moves_a_message_and_a_second_changes_nothing() {
    let api = Api::new();
    let draft = sent(&api);
    assert_eq!(statuses(&api, &draft), ["sent", "sent", "sent"]);
    for _ in 0..2 {
        report(&api, &token(&api, 0), &json!({ "status": "delivered" })).expect(204);
        let failed = json!({ "status": "failed", "reason": "absent" });
        report(&api, &token(&api, 2), &failed).expect(204);
    }
    // Late and out of order: a status only climbs.
    report(&api, &token(&api, 0), &json!({ "status": "failed" })).expect(204);
    assert_eq!(statuses(&api, &draft), ["delivered", "sent", "failed"]);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    let progress = &shown["progress"];
    assert_eq!(
        (&progress["sent"], &progress["delivered"], &progress["failed"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let list = api.get(&format!("/campaigns/{}/messages?status=failed", draft.campaign));
    assert_eq!(list.expect(200)["items"][0]["reason"], "absent");
}

#[test]
fn many_receipts_come_in_one_call_and_all_of_them_or_none_are_taken() {
    let api = Api::new();
    let draft = sent(&api);
    let report_all = |receipts: Value| {
        let request = Request::post("/api/v1/receipts").header("content-type", "application/json");
        api.send(request.body(Body::from(receipts.to_string())).unwrap())
    };
    let address =
        |ordinal| format!("https://tidegate.example/api/v1/receipts/{}", token(&api, ordinal));
    let faulty = report_all(json!([
        { "callback": address(0), "status": "delivered" },
        { "callback": "https://tidegate.example/api/v1/receipts/x", "status": "delivered" },
        { "callback": address(1), "status": "read" },
        { "status": "delivered" },
        7,
    ]));
    assert_eq!(
        faulty.errors(),
        [
            pair("[1].callback", "unknown"),
            pair("[2].status", "unknown_value"),
            pair("[3].callback", "missing"),
            pair("[4]", "type"),
        ]
    );
    assert_eq!(report_all(json!({})).errors(), [pair("", "type")]);
    let many: Vec<Value> =
        (0..1_001).map(|_| json!({ "callback": address(0), "status": "failed" })).collect();
    assert_eq!(report_all(json!(many)).errors(), [pair("", "too_many")]);
    assert_eq!(statuses(&api, &draft), ["sent", "sent", "sent"]);
    for _ in 0..2 {
        report_all(json!([
            { "callback": address(2), "status": "delivered" },
            { "callback": token(&api, 0), "status": "failed", "reason": "absent" },
            { "callback": address(2), "status": "delivered" },
        ]))
        .expect(204);
    }
    report_all(json!([])).expect(204);
    assert_eq!(statuses(&api, &draft), ["failed", "sent", "delivered"]);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    let progress = &shown["progress"];
    assert_eq!(
        (&progress["sent"], &progress["delivered"], &progress["failed"]),
        (&json!(2), &json!(1), &json!(1))
    );
}

#[test]
fn an_address_that_was_not_given_out_is_not_there() {
    let api = Api::new();
    let draft = sent(&api);
    let genuine = token(&api, 0);
    let forged = Signer::new("guess", "").token(Message { campaign_seq: 1, ordinal: 0 });
    for token in ["x", &genuine[1..], &forged, "%00", "é%20"] {
        let reply = report(&api, token, &json!({ "status": "delivered" }));
        assert_eq!(reply.expect(404)["type"], "/problems/not_found", "{token}");
    }
    let garbage = report(&api, &genuine, &json!({ "status": "read", "at": 1 }));
    assert_eq!(garbage.errors(), [pair("status", "unknown_value"), pair("at", "unknown_field")]);
    assert_eq!(statuses(&api, &draft), ["sent", "sent", "sent"]);
}

#[test]
fn the_inbox_is_newest_first_and_by_address() {
    let api = Api::new();
    let draft = sent(&api);
    let list = api.get("/sandbox/messages?limit=2").expect(200);
    assert_eq!(
        list["items"][0],
        json!({
            "id": format!("{}-2", draft.campaign),
            "sender_name": "Front desk",
            "channel": "sms",
            "to": "+33612000002",
            "text": "Hello",
            "subject": null,
            "attachments": [],
            "open_url": null,
            "received_at": NOW_MS + 2,
            "receipt": null,
        })
    );
    let next = format!("/sandbox/messages?cursor={}", list["next_cursor"].as_str().unwrap());
    let rest = api.get(&next).expect(200);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    let one = api.get("/sandbox/messages?address=%2B33612000001").expect(200);
    assert_eq!(one["items"][0]["to"], "+33612000001");
    assert_eq!(one["items"].as_array().unwrap().len(), 1);
    let nobody = api.get("/sandbox/messages?address=nobody").expect(200);
    assert_eq!(nobody["items"], json!([]));
}

#[test]
fn a_receipt_made_by_hand_takes_the_way_of_a_real_one() {
    let api = Api::new();
    let draft = sent(&api);
    let path = format!("/sandbox/messages/{}-1/receipts", draft.campaign);
    let delivered = json!({ "status": "delivered" });
    api.call(VIEWER, "POST", &path, Some(&delivered)).expect(403);
    let message = api.call(OPERATOR, "POST", &path, Some(&delivered)).expect(200);
    assert_eq!(message["receipt"], "delivered");
    assert_eq!(statuses(&api, &draft), ["sent", "delivered", "sent"]);
    api.post("/sandbox/messages/nobody/receipts", &delivered).expect(404);
}

#[test]
fn a_reply_that_says_stop_ends_it_and_another_does_not() {
    let api = Api::new();
    let draft = sent(&api);
    let reply = |text: &str| {
        let path = format!("/sandbox/messages/{}-1/replies", draft.campaign);
        api.call(OPERATOR, "POST", &path, Some(&json!({ "text": text })))
    };
    assert_eq!(reply("Thanks! 🙂").expect(200)["opted_out"], json!(false));
    assert_eq!(reply("").expect(200)["opted_out"], json!(false));
    assert_eq!(api.get("/opt-outs").expect(200)["items"], json!([]));
    assert_eq!(reply("Stop.").expect(200)["opted_out"], json!(true));
    let entry = &api.get("/opt-outs").expect(200)["items"][0];
    assert_eq!(entry["address"], "+33612000001");
    assert_eq!((&entry["source"], &entry["reason"]), (&json!("reply"), &json!("replied `Stop.`")));
    assert_eq!(reply(&"x".repeat(2001)).errors(), [pair("text", "too_long")]);
}
