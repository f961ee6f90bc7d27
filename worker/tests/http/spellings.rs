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

/// A sender of text messages in a country, and where what is said to it is brought.
fn texts(api: &Api, region: Option<&str>) -> (String, String) {
    api.world.keep_signing_key();
    let mut sender = json!({ "name": "Shop", "channel": "sms", "provider": { "kind": "sandbox" },
                             "policy": {} });
    if let Some(region) = region {
        sender["region"] = json!(region);
    }
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let path = format!("/senders/{sender}/inbound");
    let url = api.call(ADMINISTRATOR, "GET", &path, None).expect(200);
    (sender, text(&url["url"]))
}

fn say(api: &Api, url: &str, id: &str, from: &str, text: &str) {
    bring(api, url, &json!({ "id": id, "from": from, "text": text })).expect(200);
}

#[test]
fn stop_from_a_number_without_plus_holds_for_the_number() {
    for (region, from, number) in [
        (None, "33612345678", "+33612345678"),
        (Some("FR"), "4915123456789", "+4915123456789"),
        (Some("FR"), "0612345678", "+33612345678"),
    ] {
        let api = Api::new();
        let (sender, url) = texts(&api, region);
        say(&api, &url, "p-1", from, "STOP");
        let message = json!({ "to": number, "content": { "text": "Hello" } });
        let refused = api.post(&format!("/senders/{sender}/messages"), &message);
        assert_eq!(refused.errors(), [crate::api::pair("to", "opted_out")], "{from}");
        let talk = api.get(&format!("/conversations/sms/{number}")).expect(200);
        assert_eq!((&talk["unread"], &talk["opt_out"]["source"]), (&json!(1), &json!("reply")));
    }
}

#[test]
fn stop_from_digits_that_are_two_numbers_holds_for_both() {
    let api = Api::new();
    let (_, url) = texts(&api, Some("US"));
    let (home, abroad) = ("/opt-outs/sms/+14792345678", "/opt-outs/sms/+4792345678");
    say(&api, &url, "p-1", "4792345678", "please take me off your list");
    api.get(home).expect(200);
    api.get(abroad).expect(404);
    say(&api, &url, "p-2", "4792345678", "STOP");
    say(&api, &url, "p-2", "4792345678", "STOP");
    assert_eq!(api.get(abroad).expect(200)["source"], "reply");
    assert_eq!(api.get("/conversations").expect(200)["items"].as_array().unwrap().len(), 1);
    say(&api, &url, "p-3", "4792345678", "START");
    api.get(home).expect(404);
    api.get(abroad).expect(404);
    // What is said from the other number by its own name is its own.
    say(&api, &url, "p-4", "+4792345678", "STOP");
    say(&api, &url, "p-5", "4792345678", "START");
    api.get(abroad).expect(200);
}

/// The people of a sender of that country, all written to; and where what they answer is brought.
fn written_to(api: &Api, region: &str, file: &str) -> (Draft, String) {
    let (sender, url) = texts(api, Some(region));
    let campaign = campaign(api, &sender);
    api.import(&campaign, "a.csv", file.as_bytes().to_vec()).expect(200);
    api.act(&campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    (Draft { sender, campaign }, url)
}

#[test]
fn a_reply_from_digits_alone_is_of_whoever_was_written_to() {
    let (home, abroad) = ("+4933612345678", "+33612345678");
    for (said, number, other) in [
        ("please don't text me again", abroad, home),
        ("please don't text me again", home, abroad),
        ("STOP", abroad, home),
        ("STOP", home, abroad),
    ] {
        let api = Api::new();
        let (draft, url) = written_to(&api, "DE", &format!("phone\n{number}\n"));
        let before = api.world.posted();
        say(&api, &url, "p-1", "33612345678", said);
        api.get(&format!("/opt-outs/sms/{number}")).expect(200);
        let is_clear = said == "STOP";
        api.get(&format!("/opt-outs/sms/{other}")).expect(if is_clear { 200 } else { 404 });
        let line = api.get(&format!("/conversations/sms/{number}/messages")).expect(200);
        let came = line["items"].as_array().unwrap().iter().find(|item| item["direction"] == "in");
        assert_eq!(came.unwrap()["reply_to"], format!("{}-0", draft.campaign), "{line:#}");
        assert_eq!(api.get(&format!("/conversations/sms/{other}")).expect(200)["unread"], 0);
        let replies = api.get(&format!("/campaigns/{}/replies", draft.campaign)).expect(200);
        assert_eq!(replies, json!({ "replies": 1, "people": 1, "stops": 1 }));
        api.world.run_until("2026-11-24T14:10:00Z");
        let posts = api.world.posts.borrow();
        let told: Vec<&str> = posts[before..].iter().map(|post| post.to.as_str()).collect();
        assert!(!told.is_empty() && told.iter().all(|to| *to == number), "{told:?}");
    }
}

#[test]
fn start_long_after_the_last_message_undoes_a_stop_from_the_same_digits() {
    let api = Api::new();
    let (home, abroad) = ("/opt-outs/sms/+4933612345678", "/opt-outs/sms/+33612345678");
    let (_, url) = written_to(&api, "DE", "phone\n+4933612345678\n");
    say(&api, &url, "p-1", "33612345678", "STOP");
    api.get(home).expect(200);
    api.get(abroad).expect(200);
    // By now nobody has written to either number lately.
    api.world.run_until("2026-12-26T14:00:00Z");
    say(&api, &url, "p-2", "33612345678", "START");
    api.get(home).expect(404);
    api.get(abroad).expect(404);
}

#[test]
fn an_opt_out_holds_for_every_spelling_of_a_domain() {
    let api = Api::new();
    let draft = letters(&api);
    let file = "email\nada@exämple.org\nADA@xn--exmple-cua.org\n".as_bytes().to_vec();
    let imported = api.import(&draft.campaign, "a.csv", file).expect(200);
    assert_eq!((&imported["accepted"], &imported["duplicates"]), (&json!(1), &json!(1)));
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    say(&api, &address(&api, &draft), "p-1", "Ada <ada@xn--exmple-cua.org>", "STOP");
    let message = json!({ "to": "Ada@Exämple.org", "content": { "text": "Hello" } });
    let refused = api.post(&format!("/senders/{}/messages", draft.sender), &message);
    assert_eq!(refused.errors(), [crate::api::pair("to", "opted_out")]);
}

/// Opt-outs as older versions have stored them.
fn older_opt_outs(api: &Api) {
    api.sql(sql!(
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
         SELECT 'team_main', 'email', value, 'replied `STOP`', 'reply', 1
         FROM json_each('[\"josÉ@example.org\", \"ada@exämple.org\"]')"
    ));
}

#[test]
fn an_opt_out_under_an_older_spelling_holds_and_can_be_lifted() {
    let api = Api::new();
    let draft = letters(&api);
    older_opt_outs(&api);
    let file = "email\njosé@example.org\nada@xn--exmple-cua.org\nbob@example.org\n";
    api.import(&draft.campaign, "a.csv", file.as_bytes().to_vec()).expect(200);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(
        people(&api, &draft.campaign),
        [
            pair("josé@example.org", "skipped"),
            pair("ada@xn--exmple-cua.org", "skipped"),
            pair("bob@example.org", "sent"),
        ]
    );
    let jose = "/opt-outs/email/jos%C3%A9@example.org";
    api.get(jose).expect(200);
    api.call(ADMINISTRATOR, "DELETE", jose, None).expect(204);
    api.get(jose).expect(404);
    let ada = "/opt-outs/email/ada@ex%C3%A4mple.org";
    api.get(ada).expect(200);
    say(&api, &address(&api, &draft), "p-1", "ada@xn--exmple-cua.org", "START");
    api.get(ada).expect(404);
    assert_eq!(api.world.number("SELECT count(*) AS n FROM opt_outs"), 0);
}

#[test]
fn letters_other_than_a_to_z_of_an_older_list_are_in_lower_case_too() {
    let api = Api::new();
    let draft = letters(&api);
    let file = b"email\njose@example.org\nbob@example.org\n".to_vec();
    api.import(&draft.campaign, "a.csv", file).expect(200);
    api.sql(sql!("UPDATE people SET people = replace(people, 'jose@example', 'JOSÉ@EXÄMPLE')"));
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    let url = api.world.unsubscribe_url(1, 0);
    let click = Request::post(url.strip_prefix("https://tidegate.example").unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("List-Unsubscribe=One-Click"));
    assert_eq!(api.send(click.unwrap()).status, 200);
    let entry = &api.get("/opt-outs?channel=email").expect(200)["items"][0];
    assert_eq!(entry["address"], "josé@xn--exmple-cua.org");

    let wanted = json!({ "addresses": [{ "channel": "email", "address": "josé@exämple.org" }] });
    let erased = api.call(ADMINISTRATOR, "POST", "/erasures", Some(&wanted)).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1)));
    let to: Vec<String> = people(&api, &draft.campaign).into_iter().map(|(to, _)| to).collect();
    assert_eq!(to, ["", "bob@example.org"]);
}
