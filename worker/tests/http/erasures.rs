//! After an erasure no column of any table knows the person any more.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::callback::{Message, Signer};
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::store::{Statement, people};
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, Draft, NOW_MS, OPERATOR, pair, text};
use crate::contacts::{assert_sound, contact, import, names};
use crate::inbound::{address, bring, sent};

const ADA: &str = "+33612000001";
const MAIL: &str = "ada@example.org";
/// How it is looked for: no other text has any of it.
const TRACES: [&str; 3] = ["612000001", "ada@example", "Lovelace"];

/// A number for a text.
fn number_of(text: &str) -> u64 {
    text.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

/// Where any of the traces stands: `table.column`.
fn traces(api: &Api) -> Vec<String> {
    let mut found = Vec::new();
    let tables = api.sql(sql!(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ));
    for table in tables {
        let table = text(&table["name"]);
        let query = format!("SELECT * FROM \"{table}\"");
        let sql: &'static str = Box::leak(query.into_boxed_str());
        for row in api.sql(Statement { sql, params: Vec::new() }) {
            for (column, value) in row.as_object().unwrap() {
                if TRACES.iter().any(|trace| value.to_string().contains(trace)) {
                    found.push(format!("{table}.{column}"));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Sends with a key of its own, so that the answer is kept.
fn kept(api: &Api, path: &str, body: &Value) -> Value {
    let request = Request::post(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {ADMINISTRATOR}"))
        .header("content-type", "application/json")
        .header("idempotency-key", format!("key {:x}", number_of(&format!("{path} {body}"))));
    let reply = api.send(request.body(Body::from(body.to_string())).unwrap());
    assert!(reply.status.is_success(), "{path}: {:#}", reply.body);
    reply.body
}

/// A contact of whom every part of the product knows something.
fn scene(api: &Api) -> Value {
    let draft = api.draft(3);
    let contact = json!({
        "name": "Ada Lovelace",
        "addresses": [
            { "channel": "sms", "address": ADA }, { "channel": "email", "address": MAIL },
        ],
        "fields": { "note": "Analytical" },
    });
    let contact = kept(api, "/contacts", &contact);
    // A list with her name, and a review that quotes it.
    api.import(&draft.campaign, "more.csv", b"phone,name\n+33612000001,Ada Lovelace\n".to_vec())
        .expect(200);
    kept(api, "/words", &json!({ "kind": "word", "value": "vermouth" }));
    let other = api.post(
        "/campaigns",
        &json!({
            "name": "Held", "sender_id": draft.sender, "content": { "text": "Hi {{ name }}" },
        }),
    );
    let other = text(&other.expect(201)["id"]);
    api.import(&other, "held.csv", b"phone,name\n+33612000001,Ada Lovelace of vermouth\n".to_vec())
        .expect(200);
    let held = api.act(&other, "schedule", json!({})).expect(200);
    assert_eq!(held["held_for_review"], true, "{held:#}");
    let words = api.get("/words").expect(200);
    let word = text(&words["items"][0]["id"]);
    api.call(ADMINISTRATOR, "DELETE", &format!("/words/{word}"), None).expect(204);
    // Alone, in a conversation, timed, and passed on.
    let single = json!({ "to": ADA, "content": { "text": "Dear Ada Lovelace" } });
    let single = kept(api, &format!("/senders/{}/messages", draft.sender), &single);
    api.sandbox_message(&text(&single["id"]), ADA);
    let reply = |said: &str| {
        let path = format!("/sandbox/messages/{}/replies", text(&single["id"]));
        api.post(&path, &json!({ "text": said })).expect(200)
    };
    reply("This is Ada Lovelace, about the Analytical engine");
    let talk = format!("/conversations/sms/{ADA}");
    kept(api, &format!("{talk}/messages"), &json!({ "content": { "text": "Yes, Mrs Lovelace" } }));
    let later =
        json!({ "content": { "text": "Analytical, once more" }, "at": "2026-11-24T19:00:00Z" });
    let timed = kept(api, &format!("{talk}/messages"), &later);
    let timed = text(&timed["campaign_id"]);
    let content = json!({ "name": "For Ada Lovelace", "content": { "text": "Dear Lovelace" } });
    api.patch(&format!("/campaigns/{timed}"), &content).expect(200);
    // Sent again to somebody else, and a receipt that quotes the address.
    let again = json!({ "to": "someone_else" });
    let first = text(&single["campaign_id"]);
    kept(api, &format!("/campaigns/{first}/resends"), &again);
    kept(api, &format!("/campaigns/{timed}/resends"), &again);
    let signer = ready(Signer::load(api.world.database(), &*api.world, "")).unwrap();
    let receipt = signer.token(Message { campaign_seq: 1, ordinal: 1 });
    let receipt = format!("/api/v1/receipts/{receipt}");
    let failed = json!({ "status": "failed", "reason": "550 <33612000001> is not known" });
    let said = api.get(&format!("{talk}/messages")).expect(200);
    let came = said["items"].as_array().unwrap().iter().find(|item| item["direction"] == "in");
    let came = came.unwrap_or_else(|| panic!("{said:#}"));
    let on = json!({ "message_id": came["id"], "to": "+33612000002" });
    kept(api, &format!("{talk}/forward"), &on);
    // Opted out, taken back, opted out by hand.
    reply("STOP");
    reply("START");
    let opt_out =
        json!({ "channel": "sms", "address": ADA, "reason": "Mrs Lovelace called: no more" });
    kept(api, "/opt-outs", &opt_out);
    api.world.run_until("2026-11-24T14:05:00Z");
    bring(api, &receipt, &failed).expect(204);
    contact
}

#[test]
fn no_column_of_any_table_knows_who_was_erased() {
    let api = Api::new();
    let contact = scene(&api);
    let before = traces(&api);
    for column in [
        "campaign_versions.name",
        "campaigns.content",
        "campaigns.name",
        "contacts.name",
        "conversations.address",
        "idempotency.answer",
        "inbound.text",
        "lifted_opt_outs.address",
        "opt_outs.reason",
        "people.people",
        "reviews.found",
        "sandbox_messages.address",
        "singles.address",
    ] {
        assert!(before.iter().any(|known| known == column), "{column} not in {before:?}");
    }
    let erased = api.post("/erasures", &json!({ "contact_id": contact["id"] })).expect(200);
    assert_eq!(erased["status"], "done");
    assert_eq!(traces(&api), Vec::<String>::new());
    // Nobody gets what was timed, and a report still counts that somebody wrote.
    api.world.run_until("2026-11-24T20:00:00Z");
    let report = api.get("/reports?from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z").expect(200);
    assert_eq!(report["rows"][0]["contacts"], 3);
    assert_eq!(traces(&api), Vec::<String>::new());
    let talk = api.get(&format!("/conversations/sms/{ADA}")).expect(200);
    assert_eq!((&talk["last_at"], &talk["last_text"]), (&json!(null), &json!(null)));
    assert_eq!(api.get("/inbound?review=open").expect(200)["items"], json!([]));
}

#[test]
fn an_erasure_leaves_another_team_what_it_knows() {
    let api = Api::new();
    let contact = scene(&api);
    api.post("/teams", &json!({ "name": "North" })).expect(201);
    api.sql(sql!(
        "INSERT INTO conversations (team_id, channel, address, sender_seq, last_ms, last_from,
           last_text)
         SELECT id, 'sms', ?1, 1, 1, 'them', 'Lovelace' FROM teams WHERE name = 'North'",
        ADA,
    ));
    api.post("/erasures", &json!({ "contact_id": contact["id"] })).expect(200);
    assert_eq!(traces(&api), ["conversations.address", "conversations.last_text"]);
}

/// Adds 1,500 messages to Ada alone, each a page of its own, to one to her and two others: all of them in one step of the search.
fn many_to_ada(api: &Api) {
    api.draft(3);
    api.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         INSERT INTO campaigns (seq, id, team_id, sender_seq, kind, name, content, status, total,
           created_ms)
         SELECT 1000 + i, 'sgl_' || i, 'team_main', 1, 'single', 'To Ada', '{\"text\":\"Hi\"}',
           'completed', 1, 1 FROM n"
    ));
    api.sql(sql!(
        "INSERT INTO people (campaign_seq, first, count, people)
         SELECT seq, 0, 1, json_array(json_object('to', ?1)) FROM campaigns WHERE seq > 1000",
        ADA,
    ));
}

#[test]
fn who_is_on_many_pages_is_erased_by_one_invocation() {
    let api = Api::new();
    many_to_ada(&api);
    let asked = &api.world.database().asked;
    asked.set(Some(0));
    let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    let erased = api.post("/erasures", &whom).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1_501)));
    assert!(asked.get().is_some_and(|asked| asked < 100), "{asked:?}");
    assert_eq!(traces(&api), Vec::<String>::new());
}

#[test]
fn an_erasure_that_one_invocation_cannot_end_is_ended_by_the_next() {
    let mut interrupted = 0;
    for begun in (800..880).step_by(4) {
        let api = Api::new();
        many_to_ada(&api);
        let asked = &api.world.database().asked;
        asked.set(Some(begun));
        let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
        let erased = api.post("/erasures", &whom).body;
        interrupted += i32::from(erased["status"] != "done");
        assert!(asked.get().is_some_and(|asked| asked <= 1_000), "{asked:?}");
        asked.set(None);
        api.world.run_until("2026-11-24T14:05:00Z");
        let path = format!("/erasures/{}", text(&erased["id"]));
        let ended = api.get(&path).expect(200);
        assert_eq!(
            (&ended["status"], &ended["messages"]),
            (&json!("done"), &json!(1_501)),
            "{begun}"
        );
        assert_eq!(traces(&api), Vec::<String>::new());
    }
    assert!((1..20).contains(&interrupted), "{interrupted} of 20");
}

#[test]
fn who_is_erased_is_nowhere_any_more_and_stays_opted_out() {
    let api = Api::new();
    let draft = api.draft(3);
    let ada = contact(&api, "Ada", "+33612000001");
    let opt_out = json!({ "channel": "sms", "address": "+33612000001", "reason": "asked" });
    api.post("/opt-outs", &opt_out).expect(201);
    let wanted = json!({ "contact_id": ada["id"] });
    api.call(OPERATOR, "POST", "/erasures", Some(&wanted)).expect(403);
    let erased = api.call(ADMINISTRATOR, "POST", "/erasures", Some(&wanted)).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1)));
    let id = text(&erased["id"]);
    assert_eq!(api.get(&format!("/erasures/{id}")).expect(200), erased);
    api.get(&format!("/contacts/{}", text(&ada["id"]))).expect(404);
    let tables = api.sql(sql!(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ));
    for table in tables {
        let query = format!("SELECT * FROM \"{}\"", text(&table["name"]));
        let rows =
            api.sql(Statement { sql: Box::leak(query.into_boxed_str()), params: Vec::new() });
        let rows = Value::from(rows).to_string();
        assert!(!rows.contains("612000001"), "{table}: {rows}");
    }
    let messages = api.get(&format!("/campaigns/{}/messages", draft.campaign)).expect(200);
    let to: Vec<&str> =
        messages["items"].as_array().unwrap().iter().map(|m| m["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["+33612000000", "", "+33612000002"]);
    // The address comes back with a file, and is known to have opted out.
    import(&api, "sms,name\n+33612000001,Ada\n+33612000009,Eve\n");
    assert_eq!(names(&api, "&opted_out=true"), ["Ada"]);
    let opt_outs = api.get("/opt-outs").expect(200);
    assert_eq!(opt_outs["items"][0]["reason"], "erased");
}

/// Whether a message to Ada is taken.
fn may_write_to_ada(api: &Api, draft: &Draft) -> bool {
    let message = json!({ "to": ADA, "content": { "text": "Hello" } });
    let reply = api.post(&format!("/senders/{}/messages", draft.sender), &message);
    if reply.status == 202 {
        return true;
    }
    assert_eq!(reply.errors(), [pair("to", "opted_out")]);
    false
}

fn erase_ada(api: &Api) {
    let wanted = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    api.call(ADMINISTRATOR, "POST", "/erasures", Some(&wanted)).expect(200);
}

#[test]
fn start_lifts_a_stop_that_outlived_an_erasure() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    let say = |id: &str, text: &str| {
        bring(&api, &url, &json!({ "id": id, "from": ADA, "text": text })).expect(200)
    };
    say("p-1", "STOP");
    erase_ada(&api);
    assert!(!may_write_to_ada(&api, &draft));
    say("p-2", "START");
    assert!(may_write_to_ada(&api, &draft));
    let lifted = &api.get("/opt-outs/lifted").expect(200)["items"][0];
    assert_eq!(
        (&lifted["entry"]["source"], &lifted["why"]),
        (&json!("reply"), &json!("replied `START`"))
    );
    // It does not come back with the address.
    import(&api, &format!("sms,name\n{ADA},Ada\n"));
    assert!(may_write_to_ada(&api, &draft));
}

#[test]
fn start_leaves_what_others_had_put_there_before_an_erasure() {
    let api = Api::new();
    let draft = sent(&api);
    let url = address(&api, &draft);
    let wanted = json!({ "channel": "sms", "address": ADA, "reason": "court order" });
    api.post("/opt-outs", &wanted).expect(201);
    erase_ada(&api);
    bring(&api, &url, &json!({ "id": "p-1", "from": ADA, "text": "START" })).expect(200);
    assert!(!may_write_to_ada(&api, &draft));
}

#[test]
fn an_administrator_finds_and_lifts_what_an_erasure_left() {
    let api = Api::new();
    let draft = sent(&api);
    let path = format!("/opt-outs/sms/{ADA}");
    let wanted = json!({ "channel": "sms", "address": ADA, "reason": "asked" });
    api.post("/opt-outs", &wanted).expect(201);
    erase_ada(&api);
    let entry = api.get(&path).expect(200);
    assert_eq!((&entry["source"], &entry["reason"]), (&json!("manual"), &json!("erased")));
    let talk = api.get(&format!("/conversations/sms/{ADA}")).expect(200);
    assert_eq!(talk["opt_out"]["source"], "manual");
    api.call(ADMINISTRATOR, "DELETE", &path, None).expect(204);
    api.get(&path).expect(404);
    api.call(ADMINISTRATOR, "DELETE", &path, None).expect(404);
    let noted = "SELECT count(*) AS n FROM audit WHERE what = 'opt_out.delete'";
    assert_eq!(api.world.number(noted), 1);
    assert!(may_write_to_ada(&api, &draft));
}

#[test]
fn what_an_erasure_holds_back_for_a_while_is_no_opt_out_and_is_not_lifted() {
    let api = Api::new();
    let draft = sent(&api);
    erase_ada(&api);
    let path = format!("/opt-outs/sms/{ADA}");
    api.get(&path).expect(404);
    api.call(ADMINISTRATOR, "DELETE", &path, None).expect(404);
    let url = address(&api, &draft);
    bring(&api, &url, &json!({ "id": "p-1", "from": ADA, "text": "START" })).expect(200);
    assert!(!may_write_to_ada(&api, &draft));
}

#[test]
fn an_erasure_says_of_whom() {
    let api = Api::new();
    assert_eq!(api.post("/erasures", &json!({})).errors(), [pair("", "nobody")]);
    let unknown = api.post("/erasures", &json!({ "contact_id": "con_x" })).errors();
    assert_eq!(unknown, [pair("contact_id", "unknown_contact")]);
    let bad = json!({ "addresses": [{ "channel": "sms", "address": "x" }] });
    assert_eq!(api.post("/erasures", &bad).errors()[0].0, "addresses[0].address");
    // By address alone, and the contact who has it goes with all that it has.
    let ada = json!({ "name": "Ada", "addresses": [
        { "channel": "sms", "address": "+33612000001" },
        { "channel": "email", "address": "ada@example.org" } ] });
    api.post("/contacts", &ada).expect(201);
    let by = json!({ "addresses": [{ "channel": "email", "address": "ada@example.org" }] });
    api.post("/erasures", &by).expect(200);
    assert_eq!(names(&api, ""), Vec::<String>::new());
    assert_sound(&api);
    api.get("/erasures/ers_x").expect(404);
}

#[test]
fn what_was_to_go_to_somebody_else_about_who_is_erased_does_not_go_empty() {
    let api = Api::new();
    let draft = api.draft(3);
    let ada = contact(&api, "Ada Lovelace", ADA);
    let about = json!({
        "content": { "text": "Your visit with Ada Lovelace is at nine" },
        "at": "2026-11-24T19:00:00Z", "sender_id": draft.sender,
    });
    let timed = kept(&api, "/conversations/sms/+33612000002/messages", &about);
    api.post("/erasures", &json!({ "contact_id": ada["id"] })).expect(200);
    api.world.run_until("2026-11-24T20:00:00Z");
    assert_eq!(api.world.posted(), 0);
    let path = format!("/campaigns/{}/messages", text(&timed["campaign_id"]));
    let message = api.get(&path).expect(200)["items"][0].take();
    assert_eq!((&message["status"], &message["reason"]), (&json!("skipped"), &json!("erased")));
}

#[test]
fn an_erasure_waits_for_a_campaign_that_people_are_being_put_in() {
    let api = Api::new();
    api.draft(3);
    let until = NOW_MS + 90_000;
    api.sql(sql!("UPDATE campaigns SET import_token = 'x', import_until_ms = ?1", until));
    let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    let erased = api.post("/erasures", &whom).expect(202);
    // What was read before comes in.
    api.sql(sql!(
        "INSERT INTO people (campaign_seq, first, count, people)
         SELECT seq, 3, 1, json_array(json_object('to', ?1)) FROM campaigns",
        ADA,
    ));
    api.sql(sql!("UPDATE campaigns SET total = 4, import_token = NULL"));
    api.world.run_until("2026-11-24T14:05:00Z");
    let ended = api.get(&format!("/erasures/{}", text(&erased["id"]))).expect(200);
    assert_eq!((&ended["status"], &ended["messages"]), (&json!("done"), &json!(2)));
    assert_eq!(traces(&api), Vec::<String>::new());
}

/// It may hold the person, and would put them in behind the search.
#[test]
fn an_import_whose_time_ran_out_before_an_erasure_puts_nobody_in_any_more() {
    let api = Api::new();
    let draft = api.draft(3);
    let lapsed = NOW_MS - 1;
    api.sql(sql!("UPDATE campaigns SET import_token = 'x', import_until_ms = ?1", lapsed));
    erase_ada(&api);
    let pages = json!([[3, 1, [{ "to": ADA }]]]).to_string();
    let seq = api.sql(sql!("SELECT seq FROM campaigns WHERE id = ?1", &draft.campaign));
    api.sql(people::write(seq[0]["seq"].as_i64().unwrap(), "x", pages));
    assert_eq!(traces(&api), Vec::<String>::new());
}

#[test]
fn nobody_is_written_to_however_long_their_erasure_waits() {
    let api = Api::new();
    let draft = api.draft(3);
    let other = api.draft(2);
    let until = NOW_MS + 30 * 60_000;
    api.sql(sql!(
        "UPDATE campaigns SET import_token = 'x', import_until_ms = ?1 WHERE id = ?2",
        until,
        &other.campaign,
    ));
    let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    let erased = api.post("/erasures", &whom).expect(202);
    api.act(&draft.campaign, "schedule", json!({ "at": "2026-11-24T14:20:00Z" })).expect(200);
    api.world.run_until("2026-11-24T14:25:00Z");
    assert_eq!(api.world.posted(), 2);
    assert!(api.world.posts.borrow().iter().all(|post| post.to != ADA));
    api.world.run_until("2026-11-24T14:35:00Z");
    let ended = api.get(&format!("/erasures/{}", text(&erased["id"]))).expect(200);
    assert_eq!(ended["status"], "done");
}

/// Where no cron came for long, and the sweep of the first one that does comes late.
#[test]
fn nobody_is_written_to_however_long_nobody_goes_on_with_their_erasure() {
    let api = Api::new();
    let draft = api.draft(3);
    let until = NOW_MS + 30_000;
    api.sql(sql!("UPDATE campaigns SET import_token = 'x', import_until_ms = ?1", until));
    let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    let erased = api.post("/erasures", &whom).expect(202);
    api.sql(sql!("UPDATE campaigns SET import_token = NULL"));
    api.act(&draft.campaign, "schedule", json!({ "at": "2026-11-24T14:20:00Z" })).expect(200);
    api.world.miss_cron_until("2026-11-24T14:19:30Z");
    *api.world.database().takes.borrow_mut() = Some(Box::new(|statements| {
        let is_sweep = statements.iter().any(|s| s.sql.contains("FROM erasures WHERE done_ms"));
        if is_sweep { 50_000 } else { 0 }
    }));
    api.world.run_until("2026-11-24T14:35:00Z");
    assert_eq!(api.world.posted(), 2);
    assert!(api.world.posts.borrow().iter().all(|post| post.to != ADA));
    let ended = api.get(&format!("/erasures/{}", text(&erased["id"]))).expect(200);
    assert_eq!(ended["status"], "done");
}

#[test]
fn who_has_fields_full_of_quotes_is_erased_and_who_is_on_the_page_stays_as_they_are() {
    let api = Api::new();
    api.draft(3);
    // As long as a page gets with everything in it written twice.
    let quotes: Value = (0..40).map(|n| (format!("f{n}"), json!("\"".repeat(10_000)))).collect();
    let other = json!({ "note": "\u{1}\n\\ \"quoted\" \u{e9}\u{1f469} \u{7f}/" });
    let mut people = json!([
        { "to": "+33612000000", "fields": other },
        { "to": ADA, "fields": quotes },
        { "to": "+33612000002", "zone": "Europe/Paris", "fields": { "n": 1.50, "m": null } },
    ]);
    api.sql(sql!("UPDATE people SET people = ?1", &people));
    let whom = json!({ "addresses": [{ "channel": "sms", "address": ADA }] });
    let erased = api.post("/erasures", &whom).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1)));
    people[1] = json!({ "to": "" });
    let kept = text(&api.sql(sql!("SELECT people FROM people"))[0]["people"]);
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), people);
}
