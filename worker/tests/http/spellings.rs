//! One person is one address, however it is spelled.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tidegate_worker::ports::Callbacks;
use tidegate_worker::sql;

use crate::api::{ADMINISTRATOR, Api, Draft, text};
use crate::inbound::{address, bring};

/// A draft of a sender of mails.
fn letters(api: &Api) -> Draft {
    api.world.keep_signing_key();
    let sender = json!({ "name": "Shop", "channel": "email", "provider": { "kind": "sandbox" },
                         "policy": {} });
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let campaign = campaign(api, &sender);
    Draft { sender, campaign }
}

fn campaign(api: &Api, sender: &str) -> String {
    let wanted = json!({ "name": "News", "sender_id": sender, "content": { "text": "Sale" } });
    text(&api.post("/campaigns", &wanted).expect(201)["id"])
}

/// The people of a campaign, with what has become of each.
fn people(api: &Api, campaign: &str) -> Vec<(String, String)> {
    let messages = api.get(&format!("/campaigns/{campaign}/messages")).expect(200);
    let messages = messages["items"].as_array().unwrap().iter();
    messages.map(|message| (text(&message["to"]), text(&message["status"]))).collect()
}

fn pair(to: &str, status: &str) -> (String, String) {
    (to.into(), status.into())
}

#[test]
fn stop_from_one_spelling_of_a_mail_address_holds_for_every_other() {
    let api = Api::new();
    let draft = letters(&api);
    let file = b"email\nAda@Example.org\nada@example.org\nbob@example.org\n".to_vec();
    let imported = api.import(&draft.campaign, "a.csv", file).expect(200);
    assert_eq!((&imported["accepted"], &imported["duplicates"]), (&json!(2), &json!(1)));
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    let url = address(&api, &draft);
    let stop = json!({ "id": "p-1", "from": "ADA@example.org", "text": "STOP" });
    bring(&api, &url, &stop).expect(200);
    let said = api.get("/conversations/email/Ada@example.org/messages").expect(200);
    let came = said["items"].as_array().unwrap().iter().find(|item| item["direction"] == "in");
    assert_eq!(came.unwrap()["reply_to"], format!("{}-0", draft.campaign), "{said:#}");

    let next = campaign(&api, &draft.sender);
    api.import(&next, "a.csv", b"email\nAda@Example.org\nbob@example.org\n".to_vec()).expect(200);
    api.act(&next, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(
        people(&api, &next),
        [pair("ada@example.org", "skipped"), pair("bob@example.org", "sent")]
    );
    let begins = api.get("/opt-outs?channel=email&address=ADA").expect(200);
    assert_eq!(begins["items"][0]["address"], "ada@example.org");
}

#[test]
fn an_opt_out_put_in_capitals_bars_the_person() {
    let api = Api::new();
    let draft = letters(&api);
    let wanted = json!({ "channel": "email", "address": "ADA@EXAMPLE.ORG" });
    api.post("/opt-outs", &wanted).expect(201);
    let message = json!({ "to": "ada@example.org", "content": { "text": "Hello" } });
    let refused = api.post(&format!("/senders/{}/messages", draft.sender), &message);
    assert_eq!(refused.errors(), [crate::api::pair("to", "opted_out")]);
}

/// A list that was taken before mail addresses were in lower case.
fn older_list(api: &Api) -> Draft {
    let draft = letters(api);
    let file = b"email\nada@example.org\nbob@example.org\n".to_vec();
    api.import(&draft.campaign, "a.csv", file).expect(200);
    api.sql(sql!("UPDATE people SET people = replace(people, 'ada@', 'Ada@')"));
    draft
}

#[test]
fn an_older_list_with_capitals_is_held_to_the_opt_outs() {
    let api = Api::new();
    let draft = older_list(&api);
    let wanted = json!({ "channel": "email", "address": "ada@example.org" });
    api.post("/opt-outs", &wanted).expect(201);
    let again = api.import(&draft.campaign, "b.csv", b"email\nada@example.org\n".to_vec());
    assert_eq!(again.expect(200)["duplicates"], 1);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(
        people(&api, &draft.campaign),
        [pair("Ada@example.org", "skipped"), pair("bob@example.org", "sent")]
    );
}

#[test]
fn a_click_in_a_mail_of_an_older_list_is_an_opt_out_of_the_person() {
    let api = Api::new();
    let draft = older_list(&api);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    let url = api.world.unsubscribe_url(1, 0);
    let click = Request::post(url.strip_prefix("https://tidegate.example").unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("List-Unsubscribe=One-Click"));
    assert_eq!(api.send(click.unwrap()).status, 200);
    let entry = api.get("/opt-outs/email/ada@example.org").expect(200);
    assert_eq!(entry["source"], "one_click");
}

#[test]
fn an_erasure_of_one_spelling_leaves_no_other() {
    let api = Api::new();
    let draft = older_list(&api);
    let wanted = json!({ "addresses": [{ "channel": "email", "address": "ADA@example.org" }] });
    let erased = api.call(ADMINISTRATOR, "POST", "/erasures", Some(&wanted)).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1)));
    let to: Vec<String> = people(&api, &draft.campaign).into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, ["", "bob@example.org"]);
}
