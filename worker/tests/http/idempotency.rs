//! `Idempotency-Key`: what a repeated request meets, and what a crash leaves. That every write keeps
//! to it is in `examples`.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::Database;
use tidegate_worker::store::idempotency::{self, Attempt, Owner};
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, OPERATOR, Reply, VIEWER, pair, text};

fn send(api: &Api, caller: &str, path: &str, key: &str, body: &Value) -> Reply {
    let request = Request::post(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {caller}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    api.send(request.body(Body::from(body.to_string())).unwrap())
}

fn campaign(sender: &str, name: &str) -> Value {
    json!({ "name": name, "sender_id": sender, "content": { "text": "Hello" } })
}

fn campaigns(api: &Api) -> i64 {
    api.world.number("SELECT count(*) FROM campaigns")
}

fn keys(api: &Api) -> i64 {
    api.world.number("SELECT count(*) FROM idempotency")
}

/// As if the attempt had died before its answer was kept.
fn lose_the_answer(api: &Api) {
    let lost = "UPDATE idempotency SET answer = NULL, lease_until_ms = 0, attempt = 'dead'";
    api.sql(sql!(lost));
}

#[test]
fn a_key_stands_for_one_request_of_one_caller() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let one = campaign(&sender, "One");
    let first = send(&api, OPERATOR, "/campaigns", "k", &one).expect(201);
    let reused = send(&api, OPERATOR, "/campaigns", "k", &campaign(&sender, "Two"));
    assert_eq!(reused.errors(), [pair("Idempotency-Key", "key_reused")]);
    let path = format!("/campaigns/{}/stop", text(&first["id"]));
    let elsewhere = send(&api, OPERATOR, &path, "k", &one);
    assert_eq!(elsewhere.errors(), [pair("Idempotency-Key", "key_reused")]);
    let others = send(&api, ADMINISTRATOR, "/campaigns", "k", &one).expect(201);
    assert_ne!(others["id"], first["id"], "the key of another caller is another key");
    assert_eq!(campaigns(&api), 3);
}

/// Whoever lost a key together with an answer repeats the request with a new one.
#[test]
fn another_key_of_the_same_user_finds_the_answer() {
    let api = Api::new();
    let one = campaign(&api.draft(0).sender, "One");
    let first = send(&api, OPERATOR, "/campaigns", "k", &one).expect(201);
    api.key("second", &format!("usr_{OPERATOR}"));
    let again = send(&api, "second", "/campaigns", "k", &one);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), first);
    let reused = send(&api, "second", "/campaigns", "k", &campaign("snd_other", "Two"));
    assert_eq!(reused.errors(), [pair("Idempotency-Key", "key_reused")]);
    assert_eq!((campaigns(&api), keys(&api)), (2, 1));
}

#[test]
fn a_refused_request_gives_its_key_back() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let mut wanted = campaign(&sender, "One");
    wanted["name"] = json!(7);
    send(&api, OPERATOR, "/campaigns", "k", &wanted).expect(422);
    send(&api, VIEWER, "/campaigns", "k", &campaign(&sender, "One")).expect(403);
    assert_eq!(keys(&api), 0);
    send(&api, OPERATOR, "/campaigns", "k", &campaign(&sender, "One")).expect(201);
}

#[test]
fn a_key_is_free_after_a_refusal_that_had_looked_for_something_to_change() {
    let api = Api::new();
    let draft = api.draft(0);
    let file = "phone\n+33612345678\n";
    let importing = "UPDATE campaigns SET import_token = 'x', import_until_ms = 9007199254740991";
    api.sql(sql!(importing));
    assert_eq!(upload(&api, &draft.campaign, file).expect_failure(), (409, "busy".to_owned()));
    assert_eq!(keys(&api), 0);
    api.sql(sql!("UPDATE campaigns SET import_token = NULL"));
    // A file that begins and is refused then.
    upload(&api, &draft.campaign, "name\n+33612345678\n").expect(422);
    assert_eq!(upload(&api, &draft.campaign, file).expect(200)["accepted"], 1);

    api.sql(sql!("DELETE FROM memberships WHERE user_id = 'usr_tg_revoked'"));
    let path = format!("/teams/team_main/members/usr_{ADMINISTRATOR}");
    let leave = || {
        let request = Request::delete(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {ADMINISTRATOR}"))
            .header("idempotency-key", "leave");
        api.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(leave().expect_failure(), (409, "last_administrator".to_owned()));
    let another = format!("/teams/team_main/members/usr_{OPERATOR}");
    let role = json!({ "role": "administrator" });
    api.call(ADMINISTRATOR, "PUT", &another, Some(&role)).expect(200);
    leave().expect(204);
}

/// A refusal of the second attempt says nothing of what the first one has made.
#[test]
fn what_was_made_before_a_crash_is_found_after_a_refusal_too() {
    let api = Api::new();
    let one = campaign(&api.draft(0).sender, "One");
    let first = send(&api, OPERATOR, "/campaigns", "k", &one).expect(201);
    lose_the_answer(&api);
    api.sql(sql!("UPDATE memberships SET role = 'viewer' WHERE user_id = ?1", user(OPERATOR)));
    send(&api, OPERATOR, "/campaigns", "k", &one).expect(403);
    api.sql(sql!("UPDATE memberships SET role = 'operator' WHERE user_id = ?1", user(OPERATOR)));
    assert_eq!(send(&api, OPERATOR, "/campaigns", "k", &one).expect(201), first);
    assert_eq!(campaigns(&api), 2);
}

fn user(key: &str) -> String {
    format!("usr_{key}")
}

/// Puts a file into a campaign, with the key `k`.
fn upload(api: &Api, campaign: &str, file: &str) -> Reply {
    let path = format!("/api/v1/campaigns/{campaign}/recipients?file_name=a.csv");
    let request = Request::post(path)
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", "text/csv")
        .header("content-length", file.len())
        .header("idempotency-key", "k");
    api.send(request.body(Body::from(file.to_owned())).unwrap())
}

#[test]
fn nothing_is_noted_without_a_key_for_it_or_for_nobody() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    api.post("/campaigns", &campaign(&sender, "One")).expect(201);
    send(&api, "tg_nobody", "/campaigns", "k", &campaign(&sender, "One")).expect(401);
    let layer = json!({ "layers": [{ "policy": {} }] });
    send(&api, VIEWER, "/decisions", "k", &layer).expect(200);
    assert_eq!(keys(&api), 0);
    for bad in ["", " ", "\"\"", &"k".repeat(201)] {
        let reply = send(&api, OPERATOR, "/campaigns", bad, &campaign(&sender, "One"));
        assert_eq!(reply.errors(), [pair("Idempotency-Key", "bad_key")], "{bad}");
    }
    send(&api, OPERATOR, "/campaigns", &"k".repeat(200), &campaign(&sender, "One")).expect(201);
}

#[test]
fn a_request_that_is_under_way_is_not_begun_again() {
    let api = Api::new();
    let one = campaign(&api.draft(0).sender, "One");
    send(&api, OPERATOR, "/campaigns", "k", &one).expect(201);
    api.sql(sql!("UPDATE idempotency SET answer = NULL"));
    let busy = send(&api, OPERATOR, "/campaigns", "k", &one);
    assert_eq!(busy.headers["retry-after"], "2");
    assert_eq!(busy.expect(409)["type"], "/problems/in_progress");
    assert_eq!(campaigns(&api), 2);
    // It is believed to be alive for a minute.
    api.world.run_until("2026-11-24T14:01:00Z");
    send(&api, OPERATOR, "/campaigns", "k", &one).expect(201);
    assert_eq!(campaigns(&api), 2, "it found what it had made");
}

#[test]
fn what_was_made_before_a_crash_is_found_and_answered() {
    let api = Api::new();
    let draft = api.draft(0);
    let one = campaign(&draft.sender, "One");
    let sender = json!({
        "name": "Another", "channel": "email", "provider": { "kind": "sandbox" }, "policy": {},
    });
    let opt_out = json!({ "channel": "sms", "address": "+33612000000" });
    for (path, body) in [("/campaigns", one), ("/senders", sender), ("/opt-outs", opt_out)] {
        let made = send(&api, ADMINISTRATOR, path, path, &body).expect(201);
        lose_the_answer(&api);
        let found = send(&api, ADMINISTRATOR, path, path, &body);
        assert!(found.status.is_success(), "{path}: {:#}", found.body);
        assert_eq!(found.body, made, "{path}");
        let again = send(&api, ADMINISTRATOR, path, path, &body);
        assert_eq!(again.headers["idempotency-replayed"], "true", "{path}");
    }
    assert_eq!(campaigns(&api), 2);
    assert_eq!(api.world.number("SELECT count(*) FROM senders"), 2);
}

#[test]
fn what_was_done_before_a_crash_is_not_done_again() {
    let api = Api::new();
    let draft = api.draft(3);
    let at = json!({ "at": "2026-11-24T18:00:00Z" });
    let path = format!("/campaigns/{}/schedule", draft.campaign);
    send(&api, OPERATOR, &path, "k", &at).expect(200);
    lose_the_answer(&api);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    for _ in 0..2 {
        let lost = send(&api, OPERATOR, &path, "k", &at).expect(409);
        assert_eq!(lost["type"], "/problems/answer_lost");
    }
    assert_eq!(api.get(&format!("/campaigns/{}", draft.campaign)).expect(200), shown);
}

#[test]
fn what_a_crash_kept_from_being_done_is_done() {
    let api = Api::new();
    let draft = api.draft(3);
    let at = json!({ "at": "2026-11-24T18:00:00Z" });
    let path = format!("/campaigns/{}/schedule", draft.campaign);
    // A refusal that was not forgotten, either: nothing was changed.
    send(&api, OPERATOR, &path, "k", &at).expect(200);
    let stopped = format!("/campaigns/{}/stop", draft.campaign);
    send(&api, OPERATOR, &stopped, "l", &json!({})).expect(200);
    let other = api.draft(3);
    let path = format!("/campaigns/{}/schedule", other.campaign);
    send(&api, OPERATOR, &path, "m", &at).expect(200);
    let undo = "UPDATE campaigns SET status = 'draft' WHERE id = ?1";
    api.sql(sql!(undo, &other.campaign));
    api.sql(sql!(
        "UPDATE idempotency SET answer = NULL, lease_until_ms = 0, changed = 0 WHERE key = 'm'"
    ));
    let scheduled = send(&api, OPERATOR, &path, "m", &at).expect(200);
    assert_eq!(scheduled["status"], "scheduled");
}

#[test]
fn an_attempt_that_was_taken_over_commits_nothing_any_more() {
    let api = Api::new();
    send(&api, OPERATOR, "/campaigns", "k", &campaign(&api.draft(0).sender, "One")).expect(201);
    let owner = Owner {
        team_id: "team_main".into(),
        caller_id: format!("usr_{OPERATOR}"),
        key: "k".into(),
    };
    let day = api.world.number("SELECT day FROM idempotency");
    let name = text(&api.sql(sql!("SELECT attempt FROM idempotency"))[0]["attempt"]);
    let commit = |name: &str| {
        let attempt = Attempt { owner: owner.clone(), day, name: name.into() };
        let change = sql!("UPDATE campaigns SET name = ?1 WHERE name <> 'Term dates'", name);
        let db = tidegate_worker::ports::World::database(&*api.world);
        ready(db.batch(vec![change, idempotency::mark(&attempt)])).is_ok()
    };
    assert!(commit(&name));
    assert!(!commit("an older attempt"));
    let rows = api.sql(sql!("SELECT name FROM campaigns WHERE name <> 'Term dates'"));
    assert_eq!(rows, [json!({ "name": name })]);
}

#[test]
fn a_key_is_kept_for_a_day() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let wanted = |name: &str| campaign(&sender, name);
    send(&api, OPERATOR, "/campaigns", "k", &wanted("One")).expect(201);
    api.world.run_until("2026-11-25T13:59:59Z");
    let reused = send(&api, OPERATOR, "/campaigns", "k", &wanted("Two"));
    assert_eq!(reused.errors(), [pair("Idempotency-Key", "key_reused")]);
    let again = send(&api, OPERATOR, "/campaigns", "k", &wanted("One"));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    api.world.run_until("2026-11-25T14:00:00Z");
    send(&api, OPERATOR, "/campaigns", "k", &wanted("Two")).expect(201);
    assert_eq!(keys(&api), 2);
    api.world.run_until("2026-11-26T01:00:00Z");
    assert_eq!(keys(&api), 1, "the sweep forgets the day before yesterday");
    api.world.run_until("2026-11-27T01:00:00Z");
    assert_eq!(keys(&api), 0);
}

#[test]
fn what_was_answered_is_answered_whatever_has_become_of_it() {
    let api = Api::new();
    let made = send(&api, OPERATOR, "/campaigns", "k", &campaign(&api.draft(0).sender, "One"));
    let made = made.expect(201);
    api.edit(&text(&made["id"]), json!({ "name": "Another" })).expect(200);
    let again =
        send(&api, OPERATOR, "/campaigns", "k", &campaign(&text(&made["sender_id"]), "One"));
    assert_eq!(again.expect(201), made);
}

#[test]
fn a_file_is_known_by_its_address_and_its_length() {
    let api = Api::new();
    let draft = api.draft(0);
    let upload = |file: &str| upload(&api, &draft.campaign, file);
    let file = "phone\n+33612345678\n";
    let once = upload(file).expect(200);
    assert_eq!(once["accepted"], 1);
    let again = upload(file);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(200), once);
    let longer = upload("phone\n+33612345678\n+33612345679\n");
    assert_eq!(longer.errors(), [pair("Idempotency-Key", "key_reused")]);
    // After a crash it is read again, and doubles nobody.
    lose_the_answer(&api);
    let found = upload(file).expect(200);
    assert_eq!((&found["accepted"], &found["duplicates"]), (&json!(0), &json!(1)));
    assert_eq!(
        api.get(&format!("/campaigns/{}", draft.campaign)).expect(200)["progress"]["total"],
        1
    );
}
