//! `/opt-outs`.

use serde_json::{Value, json};

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, VIEWER, pair, text};

#[test]
fn an_address_is_put_there_once_in_its_normal_form() {
    let api = Api::new();
    let wanted = json!({ "channel": "sms", "address": "+33 6 12 34 56 78", "reason": "asked" });
    api.call(VIEWER, "POST", "/opt-outs", Some(&wanted)).expect(403);
    let entry = api.call(OPERATOR, "POST", "/opt-outs", Some(&wanted)).expect(201);
    assert_eq!(
        entry,
        json!({
            "channel": "sms",
            "address": "+33612345678",
            "reason": "asked",
            "source": "manual",
            "created_at": NOW_MS,
        })
    );
    let again = json!({ "channel": "sms", "address": "+33612345678", "reason": "again" });
    assert_eq!(api.post("/opt-outs", &again).expect(200), entry);
}

#[test]
fn only_an_administrator_takes_an_address_off() {
    let api = Api::new();
    let wanted = json!({ "channel": "email", "address": "ada+news@EXAMPLE.org" });
    api.post("/opt-outs", &wanted).expect(201);
    let path = "/opt-outs/email/ada%2Bnews%40example.org";
    api.call(OPERATOR, "DELETE", path, None).expect(403);
    api.call(ADMINISTRATOR, "DELETE", path, None).expect(204);
    api.call(ADMINISTRATOR, "DELETE", path, None).expect(404);
    for nowhere in ["/opt-outs/fax/x", "/opt-outs/sms/%ff", "/opt-outs/sms/'%20OR%201=1--"] {
        api.call(ADMINISTRATOR, "DELETE", nowhere, None).expect(404);
    }
}

#[test]
fn the_list_is_walked_by_channel_and_address() {
    let api = Api::new();
    for (channel, address) in [
        ("sms", "+33612345678"),
        ("email", "b@example.org"),
        ("email", "a@example.org"),
        ("direct", "Ünïcode 漢字 🙂"),
    ] {
        let wanted = json!({ "channel": channel, "address": address });
        api.post("/opt-outs", &wanted).expect(201);
    }
    let mut seen = Vec::new();
    let mut path = "/opt-outs?limit=1".to_owned();
    for _ in 0..5 {
        let page = api.get(&path).expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["address"])));
        match &page["next_cursor"] {
            Value::String(next) => path = format!("/opt-outs?limit=1&cursor={next}"),
            _ => break,
        }
    }
    assert_eq!(seen, ["Ünïcode 漢字 🙂", "a@example.org", "b@example.org", "+33612345678"]);
    let mail = api.get("/opt-outs?channel=email&limit=1").expect(200);
    assert_eq!(mail["items"][0]["address"], "a@example.org");
    let next = text(&mail["next_cursor"]);
    let rest = api.get(&format!("/opt-outs?channel=email&cursor={next}")).expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(api.get("/opt-outs?cursor=*").errors(), [pair("cursor", "bad_cursor")]);
}

#[test]
fn what_is_no_address_is_refused() {
    let api = Api::new();
    for (channel, address) in [("sms", "12"), ("email", "ada"), ("whatsapp", "me"), ("sms", " ")] {
        let wanted = json!({ "channel": channel, "address": address });
        let reply = api.post("/opt-outs", &wanted);
        assert_eq!(reply.errors()[0].0, "address", "{channel} {address}");
    }
    let errors = api.post("/opt-outs", &json!({ "channel": 1, "why": "" })).errors();
    let expected =
        [pair("channel", "type"), pair("address", "missing"), pair("why", "unknown_field")];
    assert_eq!(errors, expected);
}
