//! `/inbound`, `/answers`, `/unsubscribes`.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::ports::{Callbacks, World};
use tidegate_worker::store::recipient_index;

use crate::api::{ADMINISTRATOR, Api, Draft, OPERATOR, Reply, VIEWER, pair, text};
use tidegate_world::ready;

/// A campaign of three that is done.
pub fn sent(api: &Api) -> Draft {
    api.world.keep_signing_key();
    let draft = api.draft(3);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    draft
}

/// Brings a message as a provider does: without a key.
pub fn bring(api: &Api, path: &str, message: &Value) -> Reply {
    let request = Request::post(path.strip_prefix("https://tidegate.example").unwrap_or(path))
        .header("content-type", "application/json")
        .body(Body::from(message.to_string()));
    api.send(request.unwrap())
}

pub fn address(api: &Api, draft: &Draft) -> String {
    let path = format!("/senders/{}/inbound", draft.sender);
    api.call(OPERATOR, "GET", &path, None).expect(403);
    text(&api.call(ADMINISTRATOR, "GET", &path, None).expect(200)["url"])
}

/// Gives the draft's sender this policy.
fn has_rules(api: &Api, draft: &Draft, policy: &Value) {
    let path = format!("/senders/{}", draft.sender);
    api.call(ADMINISTRATOR, "PATCH", &path, Some(&json!({ "policy": policy }))).expect(200);
}

fn message(id: &str, words: &str) -> Value {
    json!({ "id": id, "from": "+33612000001", "text": words })
}

fn count(api: &Api, sql: &'static str) -> i64 {
    api.world.number(sql)
}

#[test]
fn a_message_that_is_brought_twice_is_one() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let message = json!({
        "id": "p-1", "from": "+33 6 12 00 00 01", "text": " Who is this?\u{0}\n", "cost": 7_500,
        "attachments": ["photo.jpg"], "at": "2026-11-24T14:04:00Z",
    });
    let answer = bring(&api, &address, &message).expect(200);
    assert_eq!(answer["meaning"], "other");
    assert_eq!(bring(&api, &address, &message).expect(200), answer);
    assert_eq!(count(&api, "SELECT count(*) AS n FROM inbound"), 1);
    let line = api.get("/conversations/sms/%2B33612000001/messages").expect(200);
    let entry = &line["items"][0];
    assert_eq!(
        (&entry["direction"], &entry["text"], &entry["attachments"], &entry["cost"]),
        (&json!("in"), &json!("Who is this?"), &json!(["photo.jpg"]), &json!(7_500))
    );
    assert_eq!(entry["reply_to"], format!("{}-1", draft.campaign));
    let replies = api.get(&format!("/campaigns/{}/replies", draft.campaign)).expect(200);
    assert_eq!(replies, json!({ "replies": 1, "people": 1, "stops": 0 }));
    bring(&api, &address, &json!({ "id": "p-2", "from": "+33612000001", "text": "Hello?" }));
    let replies = api.get(&format!("/campaigns/{}/replies", draft.campaign)).expect(200);
    assert_eq!(replies, json!({ "replies": 2, "people": 1, "stops": 0 }));
}

#[test]
fn what_was_not_signed_here_is_not_taken() {
    let api = Api::new();
    let draft = sent(&api);
    let good = address(&api, &draft);
    for forged in [format!("{good}A"), good.replace("/inbound/", "/inbound/A"), {
        // A token of another kind.
        good.replace(good.rsplit('/').next().unwrap(), &receipt_token(&api))
    }] {
        let reply = bring(&api, &forged, &message("p-1", "STOP"));
        assert_eq!(reply.expect_failure(), (401, "unauthenticated".into()), "{forged}");
    }
    assert_eq!(count(&api, "SELECT count(*) AS n FROM inbound"), 0);
    assert_eq!(count(&api, "SELECT count(*) AS n FROM opt_outs"), 0);
}

fn receipt_token(api: &Api) -> String {
    api.world.unsubscribe_url(1, 1).rsplit('/').next().unwrap().to_owned()
}

#[test]
fn garbage_is_named_and_nothing_of_it_is_kept() {
    let api = Api::new();
    let address = address(&api, &sent(&api));
    let reply = bring(&api, &address, &json!({ "from": 1, "text": [], "cost": -1, "x": 1 }));
    assert_eq!(
        reply.errors(),
        [
            pair("id", "missing"),
            pair("from", "type"),
            pair("text", "type"),
            pair("cost", "out_of_bounds"),
            pair("x", "unknown_field")
        ]
    );
    let many = vec!["x"; 21];
    let reply = bring(
        &api,
        &address,
        &json!({ "id": "1", "from": "+33612000001", "text": "", "attachments": many }),
    );
    assert_eq!(reply.errors(), [pair("attachments", "type")]);
    assert_eq!(count(&api, "SELECT count(*) AS n FROM inbound"), 0);
    // Too long is cut, and who is no number is kept as they are.
    let long = "word ".repeat(100_000);
    let reply = bring(&api, &address, &json!({ "id": "1", "from": "SHOP", "text": long }));
    assert_eq!(reply.expect(200)["meaning"], "other");
    assert_eq!(count(&api, "SELECT length(text) AS n FROM inbound WHERE address = 'SHOP'"), 10_000);
}

#[test]
fn stop_is_confirmed_once_and_start_undoes_it() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let before = api.world.posted();
    assert_eq!(bring(&api, &address, &message("p-1", "STOP")).expect(200)["meaning"], "stop");
    bring(&api, &address, &message("p-1", "STOP")).expect(200);
    bring(&api, &address, &message("p-2", "stop it now")).expect(200);
    let entry = api.get("/opt-outs/sms/%2B33612000001").expect(200);
    assert_eq!(
        (&entry["source"], &entry["campaign_id"], &entry["reason"]),
        (&json!("reply"), &json!(draft.campaign), &json!("replied `STOP`"))
    );
    api.world.run_until("2026-11-24T14:10:00Z");
    let answers: Vec<(String, String)> = api.world.posts.borrow()[before..]
        .iter()
        .map(|post| (post.to.clone(), post.text.clone()))
        .collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, "+33612000001");
    let replies = api.get(&format!("/campaigns/{}/replies", draft.campaign)).expect(200);
    assert_eq!(replies, json!({ "replies": 2, "people": 1, "stops": 1 }));

    assert_eq!(bring(&api, &address, &message("p-3", "Start")).expect(200)["meaning"], "start");
    api.get("/opt-outs/sms/%2B33612000001").expect(404);
    let lifted = &api.get("/opt-outs/lifted").expect(200)["items"][0];
    assert_eq!((&lifted["why"], &lifted["by"]), (&json!("replied `Start`"), &Value::Null));
    // The first STOP once more: it is past.
    bring(&api, &address, &message("p-1", "STOP")).expect(200);
    api.get("/opt-outs/sms/%2B33612000001").expect(404);
    // Within a day STOP is honoured and not confirmed again.
    bring(&api, &address, &message("p-4", "STOP")).expect(200);
    api.get("/opt-outs/sms/%2B33612000001").expect(200);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(api.world.posted(), before + 1);
}

#[test]
fn a_stop_at_night_is_confirmed_at_night_and_nothing_else_goes() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let hours = json!({ "gap": "10s", "windows": [{ "from": "09:00", "to": "17:00" }] });
    has_rules(&api, &draft, &hours);
    api.world.run_until("2026-11-24T23:00:00Z");
    let other = json!({ "to": "+33612000009", "content": { "text": "In the morning" } });
    api.post(&format!("/senders/{}/messages", draft.sender), &other).expect(202);
    let before = api.world.posted();
    bring(&api, &address, &message("p-1", "STOP")).expect(200);
    api.world.run_until("2026-11-24T23:05:00Z");
    {
        let posts = api.world.posts.borrow();
        assert_eq!(posts.len(), before + 1);
        assert_eq!(posts[before].to, "+33612000001");
    }
    let line = api.get("/conversations/sms/%2B33612000001/messages").expect(200);
    assert_eq!(
        (&line["items"][0]["kind"], &line["items"][0]["status"]),
        (&json!("answer"), &json!("sent"))
    );
    api.world.run_until("2026-11-25T09:01:00Z");
    assert_eq!(api.world.posts.borrow()[before + 1].to, "+33612000009");
}

#[test]
fn an_answer_that_has_to_wait_is_not_ended_by_the_end_that_it_is_exempt_from() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let ended = json!({
        "gap": "10s",
        "ends_at": "2026-11-24T14:00:00Z",
        "limits": [{ "max": 1, "rolling": "1h" }],
    });
    has_rules(&api, &draft, &ended);
    let before = api.world.posted();
    bring(&api, &address, &message("p-1", "STOP")).expect(200);
    api.world.run_until("2026-11-24T14:30:00Z");
    assert_eq!(api.world.posted(), before, "the limit holds for it");
    api.world.run_until("2026-11-24T15:30:00Z");
    assert_eq!(api.world.posted(), before + 1);
}

/// The limit would let it go the next day: by then it may have been taken back.
#[test]
fn an_answer_that_could_only_go_hours_later_is_none() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let full = json!({ "gap": "10s", "limits": [{ "max": 3, "rolling": "6h" }] });
    has_rules(&api, &draft, &full);
    let before = api.world.posted();
    let stop = bring(&api, &address, &message("p-1", "STOP")).expect(200);
    assert_eq!(stop["meaning"], "stop");
    api.get("/opt-outs/sms/%2B33612000001").expect(200);
    assert_eq!(count(&api, "SELECT count(*) FROM campaigns WHERE purpose = 'answer'"), 0);
    bring(&api, &address, &message("p-2", "START")).expect(200);
    api.world.run_until("2026-11-25T20:00:00Z");
    assert_eq!(api.world.posted(), before);
}

/// What it waits for its place counts as late.
#[test]
fn an_answer_is_none_an_hour_after_what_it_answers() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let full = json!({ "gap": "10s", "limits": [{ "max": 3, "rolling": "40m" }] });
    has_rules(&api, &draft, &full);
    let before = api.world.posted();
    bring(&api, &address, &message("p-1", "STOP")).expect(200);
    assert_eq!(count(&api, "SELECT count(*) FROM campaigns WHERE purpose = 'answer'"), 1);
    // It could have gone after half an hour, and nothing ran for an hour.
    api.world.miss_cron_until("2026-11-24T15:10:00Z");
    api.world.run_until("2026-11-24T20:00:00Z");
    assert_eq!(api.world.posted(), before);
}

#[test]
fn start_does_not_undo_what_was_put_there_by_hand() {
    let api = Api::new();
    let address = address(&api, &sent(&api));
    let wanted = json!({ "channel": "sms", "address": "+33612000001", "reason": "court order" });
    api.post("/opt-outs", &wanted).expect(201);
    bring(&api, &address, &message("p-1", "START")).expect(200);
    assert_eq!(api.get("/opt-outs/sms/%2B33612000001").expect(200)["reason"], "court order");
    // STOP after it is confirmed by nothing: they get nothing already.
    let before = api.world.posted();
    bring(&api, &address, &message("p-2", "STOP")).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posted(), before);
}

#[test]
fn help_is_answered_once_a_day_in_the_teams_words() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let standard = api.get("/answers").expect(200);
    assert!(text(&standard["help"]).contains("STOP"), "{standard}");
    let put = |body: Value| api.call(ADMINISTRATOR, "PUT", "/answers", Some(&body));
    assert_eq!(put(json!({ "help": "{{ name }}" })).errors(), [pair("help", "missing_field")]);
    assert_eq!(put(json!({ "help": "", "stop": 1 })).errors().len(), 2);
    let own = put(json!({ "help": "Call 1234.", "stop": null })).expect(200);
    assert_eq!(own, json!({ "help": "Call 1234.", "stop": null }));
    assert_eq!(api.get("/answers").expect(200), own);
    let before = api.world.posted();
    for (id, words) in [("p-1", "HELP"), ("p-2", "info"), ("p-3", "STOP")] {
        bring(&api, &address, &message(id, words)).expect(200);
    }
    api.world.run_until("2026-11-24T14:10:00Z");
    let texts = |from: usize| {
        api.world.posts.borrow()[from..].iter().map(|p| p.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(texts(before), ["Call 1234."]);
    // The next day, to somebody who has opted out, too.
    api.world.run_until("2026-11-25T14:06:00Z");
    bring(&api, &address, &message("p-4", "HELP")).expect(200);
    api.world.run_until("2026-11-25T14:10:00Z");
    assert_eq!(texts(before), ["Call 1234.", "Call 1234."]);
}

#[test]
fn a_refusal_is_honoured_at_once_and_a_person_has_the_last_word() {
    let api = Api::new();
    let draft = sent(&api);
    let address = address(&api, &draft);
    let words = "Please don't text me again, I moved";
    let id = text(&bring(&api, &address, &message("p-1", words)).expect(200)["id"]);
    assert_eq!(api.get("/opt-outs/sms/%2B33612000001").expect(200)["source"], "refusal");
    let open = api.get("/inbound?review=open").expect(200);
    assert_eq!((&open["items"][0]["id"], &open["items"][0]["text"]), (&json!(id), &json!(words)));
    let review = |id: &str, what: &str| {
        api.call(OPERATOR, "POST", &format!("/inbound/{id}/review"), Some(&json!({ "as": what })))
    };
    assert_eq!(review(&id, "stop").expect_failure(), (409, "is_a_refusal".into()));
    let lifted = review(&id, "lift").expect(200);
    assert_eq!((&lifted["review"], &lifted["reviewed_by"]), (&json!("lifted"), &json!(OPERATOR)));
    review(&id, "lift").expect(200);
    assert_eq!(review(&id, "confirm").expect_failure(), (409, "settled".into()));
    api.get("/opt-outs/sms/%2B33612000001").expect(404);
    assert_eq!(api.get("/inbound?review=open").expect(200)["items"], json!([]));

    // A wrong word, put there by hand.
    let id = text(&bring(&api, &address, &message("p-2", "Stpo")).expect(200)["id"]);
    assert_eq!(review(&id, "confirm").expect_failure(), (409, "is_no_refusal".into()));
    review(&id, "done").expect(200);
    review(&id, "stop").expect(200);
    let entry = api.get("/opt-outs/sms/%2B33612000001").expect(200);
    assert_eq!(
        (&entry["source"], &entry["by"], &entry["inbound_id"], &entry["campaign_id"]),
        (&json!("reply"), &json!(OPERATOR), &json!(id), &json!(draft.campaign))
    );
    let id = text(&bring(&api, &address, &message("p-3", "STOP")).expect(200)["id"]);
    assert_eq!(review(&id, "lift").expect_failure(), (409, "is_a_stop".into()));
    review("inb_x", "done").expect(404);
    api.call(VIEWER, "POST", "/inbound/inb_x/review", Some(&json!({ "as": "done" }))).expect(403);
}

#[test]
fn a_provider_that_knows_an_opt_out_is_believed() {
    use tidegate_worker::callback::{Message, Signer};
    let one_by_one = |api: &Api, told: Vec<(String, Value)>| {
        for (token, receipt) in told {
            bring(api, &format!("/api/v1/receipts/{token}"), &receipt).expect(204);
        }
    };
    let together = |api: &Api, told: Vec<(String, Value)>| {
        let with_callback = |(token, mut receipt): (String, Value)| {
            receipt["callback"] =
                json!(format!("https://tidegate.example/api/v1/receipts/{token}"));
            receipt
        };
        let all: Value = told.into_iter().map(with_callback).collect();
        bring(api, "/api/v1/receipts", &all).expect(204);
    };
    for report in [&one_by_one as &dyn Fn(&Api, Vec<(String, Value)>), &together] {
        let api = Api::new();
        sent(&api);
        let db = api.world.database();
        let signer = ready(Signer::load(db, &*api.world, "")).unwrap();
        let token = |ordinal| signer.token(Message { campaign_seq: 1, ordinal });
        report(
            &api,
            vec![
                (token(0), json!({ "status": "failed", "reason": "21610" })),
                (token(1), json!({ "status": "complained" })),
                (token(2), json!({ "status": "failed", "reason": "no such number" })),
                (token(1), json!({ "status": "complained" })),
            ],
        );
        let source = |n: i64| api.get(&format!("/opt-outs/sms/%2B3361200000{n}"));
        assert_eq!(source(0).expect(200)["source"], "receipt");
        assert_eq!(source(1).expect(200)["source"], "complaint");
        source(2).expect(404);
        assert_eq!(count(&api, "SELECT stops AS n FROM campaigns"), 2);
        assert_eq!(count(&api, "SELECT count(stopped_ms) AS n FROM messages"), 2);
    }
}

/// What they wrote before was only taken for a refusal: that it was none says nothing of the rest.
#[test]
fn a_stop_stays_when_what_was_written_before_it_was_no_refusal() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    let refusal = |id: &str| bring(&api, &url, &message(id, "I do not want any more messages"));
    refusal("p-1");
    bring(&api, &url, &message("p-2", "STOP"));
    let at = "/opt-outs/sms/%2B33612000001";
    assert_eq!(api.get(at).expect(200)["source"], "reply");
    let open = api.get("/inbound?review=open").expect(200)["items"][0]["id"].clone();
    let lift = |id: &Value| {
        let path = format!("/inbound/{}/review", text(id));
        api.call(OPERATOR, "POST", &path, Some(&json!({ "as": "lift" })))
    };
    lift(&open).expect(200);
    assert_eq!(api.get(at).expect(200)["source"], "reply");

    // Of two refusals the other one holds.
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    let brought = |id: &str| {
        bring(&api, &url, &message(id, "I do not want any more messages"));
        api.get("/inbound?review=open").expect(200)["items"][0]["id"].clone()
    };
    let (first, second) = (brought("p-1"), brought("p-2"));
    let lift = |id: &Value| {
        let path = format!("/inbound/{}/review", text(id));
        api.call(OPERATOR, "POST", &path, Some(&json!({ "as": "lift" }))).expect(200)
    };
    lift(&first);
    assert_eq!(api.get(at).expect(200)["source"], "refusal");
    lift(&second);
    api.get(at).expect(404);
}

#[test]
fn one_click_takes_a_post_and_nothing_less() {
    let api = Api::new();
    let draft = sent(&api);
    let url = api.world.unsubscribe_url(1, 1);
    let path = url.strip_prefix("https://tidegate.example").unwrap();
    let send = |method: &str, path: &str, kind: &str, body: &str| {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        api.send(request.body(Body::from(body.to_owned())).unwrap())
    };
    let form = "application/x-www-form-urlencoded";
    let page = send("GET", path, form, "");
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
    let html = text(&page.body);
    assert!(html.contains("<form method=\"post\">") && !html.contains("<script"));
    assert_eq!(count(&api, "SELECT count(*) AS n FROM opt_outs"), 0, "a GET changes nothing");
    send("POST", path, form, "x=1").expect(400);
    send("POST", path, "application/json", "{}").expect(415);
    assert_eq!(count(&api, "SELECT count(*) AS n FROM opt_outs"), 0);
    for forged in [format!("{path}A"), "/api/v1/unsubscribes/AAAA".into()] {
        send("GET", &forged, form, "").expect(404);
        send("POST", &forged, form, "List-Unsubscribe=One-Click").expect(404);
    }
    assert_eq!(send("POST", path, form, "List-Unsubscribe=One-Click").status, 200);
    assert_eq!(send("POST", path, form, "List-Unsubscribe=One-Click").status, 200);
    let entry = api.get("/opt-outs/sms/%2B33612000001").expect(200);
    assert_eq!(
        (&entry["source"], &entry["campaign_id"]),
        (&json!("one_click"), &json!(draft.campaign))
    );
    let replies = api.get(&format!("/campaigns/{}/replies", draft.campaign)).expect(200);
    assert_eq!(replies["stops"], 1);
}

#[test]
fn an_opt_out_by_mail_is_in_its_header() {
    let api = Api::new();
    let sender = json!({ "name": "Shop", "channel": "email", "provider": { "kind": "sandbox" },
                         "policy": {} });
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let content = json!({ "text": "Hello. No more? {{ unsubscribe_url }}" });
    let message = json!({ "to": "ada@example.org", "content": content });
    api.post(&format!("/senders/{sender}/messages"), &message).expect(202);
    api.world.run_until("2026-11-24T14:01:00Z");
    let headers = &api.world.headers.borrow()[0];
    let url = api.world.unsubscribe_url(1, 0);
    assert_eq!(headers["List-Unsubscribe"], format!("<{url}>"));
    assert_eq!(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
}

#[test]
fn the_index_is_built_after_an_import_and_once() {
    let api = Api::new();
    let draft = sent(&api);
    assert_eq!(count(&api, "SELECT indexed AS n FROM campaigns"), 3);
    assert_eq!(count(&api, "SELECT count(*) AS n FROM recipient_index"), 1);
    assert!(api.sql(recipient_index::pending()).is_empty());
    assert_eq!(
        api.get(&format!("/campaigns/{}", draft.campaign)).expect(200)["progress"]["sent"],
        3
    );
}
