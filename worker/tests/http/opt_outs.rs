//! `/opt-outs`.

use serde_json::{Value, json};

use axum::body::Body;
use axum::http::Request;
use tidegate_worker::callback::{Message, Signer};
use tidegate_worker::ports::{Callbacks, World};
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, VIEWER, pair, text};
use crate::inbound::{address, bring, sent};

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
            "by": OPERATOR,
            "campaign_id": null,
            "inbound_id": null,
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
    let because = format!("{path}?reason=asked%20for%20it%20again");
    api.call(ADMINISTRATOR, "DELETE", &because, None).expect(204);
    let lifted = &api.get("/opt-outs/lifted").expect(200)["items"][0];
    assert_eq!(
        (&lifted["why"], &lifted["by"], &lifted["entry"]["source"]),
        (&json!("asked for it again"), &json!(ADMINISTRATOR), &json!("manual"))
    );
    api.call(ADMINISTRATOR, "DELETE", path, None).expect(404);
    for nowhere in ["/opt-outs/fax/x", "/opt-outs/sms/%ff", "/opt-outs/sms/'%20OR%201=1--"] {
        api.call(ADMINISTRATOR, "DELETE", nowhere, None).expect(404);
    }
}

#[test]
fn the_list_is_walked_newest_first() {
    let api = Api::new();
    for (channel, address) in [
        ("sms", "+33612345678"),
        ("email", "b@example.org"),
        ("email", "a@example.org"),
        ("direct", "Ünïcode 漢字 🙂"),
    ] {
        let wanted = json!({ "channel": channel, "address": address });
        api.post("/opt-outs", &wanted).expect(201);
        api.world.run_until_ms(api.world.time().now() + 1);
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
    let count = |query: &str| {
        api.get(&format!("/opt-outs?{query}")).expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(count(&format!("from={}&to={}", NOW_MS + 1, NOW_MS + 3)), 2);
    assert_eq!((count("source=manual"), count("source=reply")), (4, 0));
    assert_eq!((count("channel=email&address=a"), count("channel=sms&address=%2B336")), (1, 1));
    assert_eq!(api.get("/opt-outs?address=a").errors(), [pair("channel", "missing")]);
    let mixed = api.get("/opt-outs?address=a&channel=email&source=reply");
    assert_eq!(mixed.errors(), [pair("address", "not_together")]);
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

#[test]
fn a_file_is_taken_in_and_comes_out_as_it_was() {
    let api = Api::new();
    let file = "phone,reason\n+33612345678,asked by phone\n12,no number\n+33612345679,\n+33612345678,again\n";
    let path = "/opt-outs/import?channel=sms&file_name=old.csv";
    let answer = api.upload(path, "text/csv", file.into()).expect(200);
    assert_eq!((&answer["added"], &answer["known"]), (&json!(2), &json!(1)), "{answer}");
    let rejected = answer["rejected"].as_array().unwrap();
    assert_eq!((rejected.len(), &rejected[0]["line"]), (1, &json!(3)), "{answer}");
    let again = api.upload(path, "text/csv", file.into()).expect(200);
    assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(3)), "{again}");
    let entry = api.get("/opt-outs/sms/%2B33612345678").expect(200);
    assert_eq!((&entry["source"], &entry["reason"]), (&json!("import"), &json!("asked by phone")));
    let wanted = json!({ "channel": "email", "address": "a@example.org", "reason": "=1+1" });
    api.post("/opt-outs", &wanted).expect(201);

    let export = api.get("/opt-outs/export").expect(200);
    let lines: Vec<String> = text(&export).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "channel,address,reason,source,created_at,by,campaign_id");
    assert!(
        lines[1].starts_with("email,a@example.org,'=1+1,manual,2026-11-24T14:00:00"),
        "{}",
        lines[1]
    );
    assert!(lines[2].starts_with("sms,+33612345678,asked by phone,import,"), "{}", lines[2]);
    assert!(lines[3].starts_with("sms,+33612345679,in the file `old.csv`,import,"), "{}", lines[3]);
    let other = Api::new();
    let sms = text(&api.get("/opt-outs/export?channel=sms").expect(200));
    let taken = "/opt-outs/import?channel=sms&file_name=opt-outs.csv&column=address";
    let answer = other.upload(taken, "text/csv", sms.into_bytes()).expect(200);
    assert_eq!(answer["added"], 2, "{answer}");
    let refused = api.upload("/opt-outs/import?channel=fax", "text/csv", file.into());
    assert_eq!(refused.errors(), [pair("channel", "unknown_value"), pair("file_name", "missing")]);
}

#[test]
fn start_lifts_nothing_that_has_other_grounds_though_stop_came_first() {
    const ADA: &str = "/opt-outs/sms/%2B33612000001";
    let by_hand = |api: &Api| {
        let wanted =
            json!({ "channel": "sms", "address": "+33612000001", "reason": "court order" });
        assert_eq!(api.post("/opt-outs", &wanted).expect(201)["reason"], "court order");
        assert_eq!(api.post("/opt-outs", &wanted).expect(200)["reason"], "court order");
    };
    let by_a_click = |api: &Api| {
        let url = api.world.unsubscribe_url(1, 1);
        let path = url.strip_prefix("https://tidegate.example").unwrap();
        let form = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        api.send(form.body(Body::from("List-Unsubscribe=One-Click")).unwrap()).expect(200);
    };
    let by_a_complaint = |api: &Api| {
        let signer = ready(Signer::load(api.world.database(), &*api.world, "")).unwrap();
        let token = signer.token(Message { campaign_seq: 1, ordinal: 1 });
        let complaint = json!({ "status": "complained" });
        bring(api, &format!("/api/v1/receipts/{token}"), &complaint).expect(204);
    };
    let ways: [&dyn Fn(&Api); 3] = [&by_hand, &by_a_click, &by_a_complaint];
    for (source, put_there) in ["manual", "one_click", "complaint"].into_iter().zip(ways) {
        for first in ["STOP", "I do not want any more messages"] {
            let api = Api::new();
            let url = address(&api, &sent(&api));
            let say = |id: &str, words: &str| {
                let message = json!({ "id": id, "from": "+33612000001", "text": words });
                bring(&api, &url, &message).expect(200);
            };
            say("p-1", first);
            put_there(&api);
            assert_eq!(api.get(ADA).expect(200)["source"], source, "{first}");
            say("p-2", "yes");
            say("p-3", "STOP");
            assert_eq!(api.get(ADA).expect(200)["source"], source, "{first}");
        }
    }
}

#[test]
fn a_file_gives_way_to_nothing_and_replaces_no_stop() {
    let api = Api::new();
    let url = address(&api, &sent(&api));
    bring(&api, &url, &json!({ "id": "p-1", "from": "+33612000001", "text": "STOP" })).expect(200);
    let path = "/opt-outs/import?channel=sms&file_name=old.csv";
    let file = "phone\n+33612000001\n+33612000002\n";
    assert_eq!(api.upload(path, "text/csv", file.into()).expect(200)["added"], 1);
    assert_eq!(api.upload(path, "text/csv", file.into()).expect(200)["added"], 0);
    assert_eq!(api.get("/opt-outs/sms/%2B33612000001").expect(200)["source"], "reply");
    let wanted = json!({ "channel": "sms", "address": "+33612000002" });
    assert_eq!(api.post("/opt-outs", &wanted).expect(200)["source"], "import");
}

#[test]
fn no_other_column_of_a_file_keeps_somebody_off_the_list() {
    let api = Api::new();
    let mut file =
        b"phone,name,reason\n+33612345678,Jos\xe9,asked\n+33612345679,Ada,refus\xe9\n".to_vec();
    file.extend(format!("+33612345670,{},asked\n12,Ada,\n", "x".repeat(10_001)).bytes());
    let path = "/opt-outs/import?channel=sms&file_name=old.csv";
    let answer = api.upload(path, "text/csv", file).expect(200);
    assert_eq!((&answer["added"], &answer["rejected_total"]), (&json!(3), &json!(1)), "{answer}");
    let reason = |address: &str| {
        api.get(&format!("/opt-outs/sms/%2B{address}")).expect(200)["reason"].clone()
    };
    assert_eq!((reason("33612345678"), reason("33612345670")), (json!("asked"), json!("asked")));
    assert_eq!(reason("33612345679"), "in the file `old.csv`");
    let bad = b"phone,name\n+336123\xe9,Ada\n".to_vec();
    assert_eq!(api.upload(path, "text/csv", bad).expect(200)["rejected"][0]["code"], "not_utf8");
}

#[test]
fn a_file_is_taken_in_however_long_the_reasons_in_it_are() {
    let api = Api::new();
    let rows = |reason: &str| {
        let rows: Vec<String> = (0..12_000).map(|n| format!("+3361{n:07},{reason}\n")).collect();
        rows.concat()
    };
    let file = format!("phone,reason\n{}", rows(&"\u{416}".repeat(199)));
    let path = "/opt-outs/import?channel=sms&file_name=old.csv";
    let answer = api.upload(path, "text/csv", file.into()).expect(200);
    assert_eq!((&answer["added"], &answer["known"]), (&json!(12_000), &json!(0)), "{answer}");
    let written: i64 =
        api.world.number("SELECT sum(after ->> 'rows') FROM audit WHERE what = 'opt_out.import'");
    assert_eq!(written, 12_000);
    // The reason is the file's name where no column has any.
    let other = Api::new();
    let path = format!("/opt-outs/import?channel=sms&file_name={}", "%E6%BC%A2".repeat(200));
    let file = format!("phone,name\n{}", rows("Ada"));
    let answer = other.upload(&path, "text/csv", file.into()).expect(200);
    assert_eq!(answer["added"], 12_000, "{answer}");
}
