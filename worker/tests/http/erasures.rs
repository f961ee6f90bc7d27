//! After an erasure no column of any table knows the person any more.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::Statement;

use crate::api::{ADMINISTRATOR, Api, text};

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
    kept(api, &format!("{talk}/messages"), &later);
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
