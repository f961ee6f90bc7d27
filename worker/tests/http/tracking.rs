//! What is tracked of messages: in the messages that go out, in what is shown of them before, and in
//! the answers about them.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::model::Outcome;
use tidegate_worker::sql;

use crate::api::{Api, NOW_MS, Reply, pair, text};

const READER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const LINKS: &str = "Hi {{ name }}: https://a.example/?who={{ name }} or https://b.example. \
                     Enough? {{ unsubscribe_url }}";

/// A draft on a channel, for three people.
fn draft(api: &Api, channel: &str, content: &Value) -> String {
    let sender = json!({
        "name": format!("By {channel}"), "channel": channel, "policy": {},
        "provider": { "kind": "webhook", "url": "https://example.org/send", "deduplicates": true },
    });
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let campaign = json!({ "name": "News", "sender_id": sender, "content": content });
    let id = text(&api.post("/campaigns", &campaign).expect(201)["id"]);
    let row = |n: i64| match channel {
        "email" => format!("p{n}@shop.example,Ada\n"),
        _ => format!("+3361200000{n},Ada\n"),
    };
    let file = format!("{channel},name\n{}", (0..3).map(row).collect::<String>());
    let file = file.replace("sms,", "phone,");
    api.import(&id, "people.csv", file.into()).expect(200);
    id
}

fn send(api: &Api, id: &str) {
    api.act(id, "schedule", json!({})).expect(200);
    api.world.run_until_ms(api.world.time().now() + 180_000);
}

/// The texts that went out of a campaign, by ordinal, each time that they did.
fn went_out(api: &Api, id: &str) -> Vec<(String, Option<String>)> {
    let mut given: Vec<_> = api.world.texts_given.borrow().clone();
    given.retain(|(message, _, _)| message.starts_with(id));
    given.sort();
    given.into_iter().map(|(_, text, open_url)| (text, open_url)).collect()
}

fn visit(api: &Api, url: &str) -> Reply {
    let path = url.strip_prefix("https://tidegate.example").unwrap();
    let request = Request::get(path).header("user-agent", READER);
    api.send(request.body(Body::empty()).unwrap())
}

/// The links of a text that lead through the deployment.
fn own(text: &str) -> Vec<&str> {
    text.split([' ', '\n'])
        .filter(|word| word.contains("/l/"))
        .map(|w| w.trim_end_matches('.'))
        .collect()
}

/// Signs as the world of the tests does, so that what goes out can be followed.
fn signed_alike(api: &Api) {
    api.sql(sql!(
        "INSERT INTO secrets (name, value) VALUES ('callback_key', ?1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        tidegate_world::SIGNING_KEY
    ));
}

/// A click on what was no address at all, or on one with a mark behind, led nowhere.
#[test]
fn what_stands_behind_a_link_is_no_part_of_it() {
    let api = Api::new();
    signed_alike(&api);
    let words = "Soldes\u{a0}: https://a.example/soldes\u{a0}! Ou «\u{a0}https://b.example\u{a0}».\n\
                 {{ unsubscribe_url }}。 {{ unsubscribe_url }}\u{a0}! {{ unsubscribe_url }}";
    let id = draft(&api, "email", &json!({ "text": words, "subject": "News" }));
    send(&api, &id);
    let (first, _) = &went_out(&api, &id)[0];
    let way_out = first.rsplit(' ').next().unwrap();
    assert!(way_out.starts_with("https://tidegate.example/api/v1/unsubscribes/"), "{first}");
    let last_line = format!("\n{way_out}。 {way_out}\u{a0}! {way_out}");
    let links = first.strip_suffix(last_line.as_str()).unwrap();
    let links: Vec<&str> = links.split([' ', '\u{a0}']).filter(|w| w.contains("/l/")).collect();
    assert_eq!(visit(&api, links[0]).headers["location"], "https://a.example/soldes");
    assert_eq!(visit(&api, links[1]).headers["location"], "https://b.example/");
    assert!(first.contains(&format!("{}\u{a0}! Ou «\u{a0}{}\u{a0}».", links[0], links[1])));
}

#[test]
fn a_mail_goes_out_with_links_of_its_own_that_lead_where_its_text_does() {
    let api = Api::new();
    signed_alike(&api);
    let id = draft(&api, "email", &json!({ "text": LINKS, "subject": "News" }));
    send(&api, &id);
    let sent = went_out(&api, &id);
    assert_eq!(sent.len(), 3);
    let (first, open_url) = &sent[0];
    let links = own(first);
    assert_eq!(links.len(), 2);
    assert!(!first.contains("a.example/?who") && !first.contains("b.example"), "{first}");
    assert!(first.contains("Enough? https://tidegate.example/api/v1/unsubscribes/"), "{first}");
    assert!(own(&sent[1].0) != links, "each message has its own");
    assert_eq!(visit(&api, links[0]).headers["location"], "https://a.example/?who=Ada");
    assert_eq!(visit(&api, links[1]).headers["location"], "https://b.example/");
    assert_eq!(visit(&api, open_url.as_ref().unwrap()).status, 200);
    visit(&api, sent[2].1.as_ref().unwrap());

    let campaign = api.get(&format!("/campaigns/{id}")).expect(200);
    let tracked = json!({ "opens": true, "clicks": true, "problem": null });
    assert_eq!(campaign["tracking"], tracked);
    let marks = json!({
        "opened": { "people": 2, "times": 2, "rate": 0.6667 },
        "clicked": { "people": 1, "times": 2, "rate": 0.3333 },
    });
    assert_eq!(campaign["marks"], marks);
    let listed = api.get("/campaigns").expect(200);
    assert_eq!(listed["items"][0]["marks"], marks);
    let listing = |query: &str| {
        let list = api.get(&format!("/campaigns/{id}/messages?{query}")).expect(200);
        let of = |item: &Value| {
            let at = |name: &str| item[name].as_i64().is_some();
            (item["ordinal"].as_i64().unwrap(), at("opened_at"), at("clicked_at"))
        };
        list["items"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(listing(""), [(0, true, true), (1, false, false), (2, true, false)]);
    assert_eq!(listing("marks=opened"), [(0, true, true), (2, true, false)]);
    assert_eq!(listing("marks=clicked"), [(0, true, true)]);
    assert_eq!(listing("marks=not_opened"), [(1, false, false)]);
    assert_eq!(listing("marks=not_clicked"), [(1, false, false), (2, true, false)]);
    assert_eq!(listing("marks=not_opened&status=delivered"), []);
    let refused = api.get(&format!("/campaigns/{id}/messages?marks=seen"));
    assert_eq!(refused.errors(), [pair("marks", "unknown_value")]);
    // A resend to those who did not open it has one.
    let path = format!("/campaigns/{id}/resends");
    assert_eq!(api.post(&path, &json!({ "to": "not_opened" })).expect(201)["people"], 1);
}

#[test]
fn what_a_provider_gets_a_second_time_says_what_it_said_the_first() {
    let api = Api::new();
    let mut silent = BTreeSet::new();
    *api.world.answer.borrow_mut() = Box::new(move |post| {
        if silent.insert(post.id.clone()) {
            Outcome::Unclear { detail: "reset".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
    let id = draft(&api, "email", &json!({ "text": LINKS }));
    send(&api, &id);
    let sent = went_out(&api, &id);
    assert_eq!(sent.len(), 6, "{sent:#?}");
    for pair in sent.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
}

#[test]
fn other_channels_are_tracked_by_their_links_and_only_when_told() {
    let api = Api::new();
    let plain = draft(&api, "sms", &json!({ "text": "See https://a.example" }));
    send(&api, &plain);
    assert_eq!(went_out(&api, &plain)[0], ("See https://a.example".into(), None));
    let untracked = json!({ "opens": false, "clicks": false, "problem": null });
    let campaign = api.get(&format!("/campaigns/{plain}")).expect(200);
    assert_eq!(campaign["tracking"], untracked);
    assert_eq!(campaign["marks"]["clicked"]["rate"], json!(null));

    let tracking = json!({ "clicks": true });
    let told =
        draft(&api, "sms", &json!({ "text": "See https://a.example", "tracking": tracking }));
    send(&api, &told);
    let (text, open_url) = went_out(&api, &told).remove(0);
    assert_eq!((own(&text).len(), open_url), (1, None));
    let campaign = api.get(&format!("/campaigns/{told}")).expect(200);
    assert_eq!(
        (&campaign["tracking"]["clicks"], &campaign["tracking"]["opens"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(campaign["marks"]["clicked"]["rate"], json!(0.0));

    let off = json!({ "opens": false, "clicks": false });
    let mail = draft(&api, "email", &json!({ "text": "See https://a.example", "tracking": off }));
    send(&api, &mail);
    assert_eq!(went_out(&api, &mail)[0], ("See https://a.example".into(), None));
}

#[test]
fn a_team_says_what_its_new_campaigns_track() {
    let api = Api::new();
    let defaults = json!({ "defaults": { "tracking": { "opens": false, "clicks": true } } });
    api.patch("/teams/team_main", &defaults).expect(200);
    let of = |channel: &str, content: Value| {
        let id = draft(&api, channel, &content);
        let campaign = api.get(&format!("/campaigns/{id}")).expect(200);
        (campaign["tracking"]["opens"] == true, campaign["tracking"]["clicks"] == true)
    };
    assert_eq!(of("sms", json!({ "text": "Hi" })), (false, true));
    let own = json!({ "text": "Hi", "tracking": { "clicks": false } });
    assert_eq!(of("email", own), (true, false));
    // What a campaign has by them is no fault when it comes back, although a text message has no opens.
    let defaults = json!({ "defaults": { "tracking": { "opens": true } } });
    api.patch("/teams/team_main", &defaults).expect(200);
    let id = draft(&api, "sms", &json!({ "text": "Hi" }));
    let campaign = api.get(&format!("/campaigns/{id}")).expect(200);
    let path = format!("/campaigns/{id}");
    api.patch(&path, &json!({ "content": campaign["content"] })).expect(200);
    let asked =
        json!({ "content": { "text": "Hi", "tracking": { "opens": true, "clicks": true } } });
    let refused = api.patch(&path, &asked).errors();
    assert_eq!(refused, [pair("content.tracking.opens", "not_for_channel")]);
    let wrong = json!({ "defaults": { "tracking": { "clicks": 1, "all": true } } });
    let wrong = api.patch("/teams/team_main", &wrong).errors();
    assert_eq!(
        wrong,
        [pair("defaults.tracking.clicks", "type"), pair("defaults.tracking.all", "unknown_field")]
    );
}

#[test]
fn links_take_the_room_that_they_will_take() {
    let api = Api::new();
    // 135 characters as it is written; the link that goes out has 46 instead of 19.
    let written = format!("{}{{{{ name }}}} https://a.example/x", "x".repeat(112));
    let tracking = json!({ "clicks": true });
    let id = draft(&api, "sms", &json!({ "text": written, "tracking": tracking }));
    let shown = api.post(&format!("/campaigns/{id}/render"), &json!({})).expect(200);
    assert_eq!(own(&text(&shown["text"])).len(), 1);
    assert_eq!(shown["segments"]["segments"], 2);
    assert_eq!(shown["links"], json!(["https://a.example/x"]));
    let estimate = api.get(&format!("/campaigns/{id}/estimate")).expect(200);
    assert_eq!(estimate["segments"]["likely"], 6);
    // Without fields all get the same, but for the length of what is their own.
    let alike = format!("{} https://a.example/x", "x".repeat(116));
    api.edit(&id, json!({ "content": { "text": alike, "tracking": tracking } })).expect(200);
    let estimate = api.get(&format!("/campaigns/{id}/estimate")).expect(200);
    assert_eq!((&estimate["segments"]["likely"], &estimate["looked_at"]), (&json!(6), &json!(3)));
    let out = json!({ "text": "{{ unsubscribe_url }}", "tracking": tracking });
    api.edit(&id, json!({ "content": out })).expect(200);
    let estimate = api.get(&format!("/campaigns/{id}/estimate")).expect(200);
    assert_eq!(
        (&estimate["cannot_be_written"], &estimate["segments"]["likely"]),
        (&json!(0), &json!(3))
    );
    // What goes is charged as it goes.
    api.edit(&id, json!({ "content": { "text": written, "tracking": tracking } })).expect(200);
    send(&api, &id);
    let cost = api.get(&format!("/campaigns/{id}/cost")).expect(200);
    assert_eq!(cost["segments"], 6);
}

#[test]
fn without_an_address_nothing_is_tracked_and_whoever_asks_for_it_is_told() {
    let api = Api::new();
    api.world.is_reached.set(false);
    let id = draft(&api, "email", &json!({ "text": "See https://a.example" }));
    let tracking = api.get(&format!("/campaigns/{id}")).expect(200)["tracking"].take();
    assert_eq!((&tracking["opens"], &tracking["clicks"]), (&json!(false), &json!(false)));
    assert_eq!(tracking["problem"]["code"], "no_public_url");
    let asked = json!({ "content": { "text": "Hi", "tracking": { "clicks": true } } });
    assert_eq!(api.edit(&id, asked).errors(), [pair("content.tracking", "no_public_url")]);
    send(&api, &id);
    assert_eq!(went_out(&api, &id)[0], ("See https://a.example".into(), None));
    // What was sent without stays without, whatever is set later.
    api.world.is_reached.set(true);
    let again = api.post(&format!("/campaigns/{id}/resends"), &json!({ "to": "not_opened" }));
    assert_eq!(again.errors(), [pair("to", "opens_not_tracked")]);
}

#[test]
fn what_cannot_be_tracked_is_refused() {
    let api = Api::new();
    let id = draft(&api, "sms", &json!({ "text": "Hi" }));
    let refused = |tracking: Value| {
        api.edit(&id, json!({ "content": { "text": "Hi", "tracking": tracking } })).errors()
    };
    assert_eq!(
        refused(json!({ "opens": true })),
        [pair("content.tracking.opens", "not_for_channel")]
    );
    assert_eq!(refused(json!({ "clicks": "yes" })), [pair("content.tracking.clicks", "type")]);
    assert_eq!(refused(json!({ "all": true })), [pair("content.tracking.all", "unknown_field")]);
    assert_eq!(refused(json!(true)), [pair("content.tracking", "type")]);
    let sender = api.sql(sql!("SELECT id FROM senders"))[0]["id"].as_str().unwrap().to_owned();
    let single =
        json!({ "to": "+33612000001", "content": { "text": "Hi", "tracking": { "opens": true } } });
    let single = api.post(&format!("/senders/{sender}/messages"), &single);
    assert_eq!(single.errors(), [pair("content.tracking.opens", "not_for_channel")]);
}

#[test]
fn who_is_asked_about_in_the_list_of_marks_is_looked_for_in_bounded_parts() {
    let api = Api::new();
    let draft = api.draft(250);
    let seq = api.sql(sql!("SELECT seq FROM campaigns"))[0]["seq"].as_i64().unwrap();
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
         SELECT ?1, p.first + j.key, 'sent', 1 FROM people p, json_each(p.people) j",
        seq
    ));
    api.sql(sql!(
        "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms)
         VALUES (?1, 120, 0, 0, ?2, ?2), (?1, 120, 3, 0, ?2 + 5, ?2 + 5), (?1, 240, 0, 1, 1, 1)",
        seq,
        NOW_MS
    ));
    let list = |query: &str| {
        let list = api.get(&format!("/campaigns/{}/messages?{query}", draft.campaign)).expect(200);
        (list["items"].as_array().unwrap().clone(), list["next_cursor"].clone())
    };
    let (items, next) = list("marks=clicked");
    assert_eq!((items.len(), next), (1, json!(null)));
    assert_eq!(
        (&items[0]["opened_at"], &items[0]["clicked_at"]),
        (&json!(NOW_MS), &json!(NOW_MS + 5))
    );
    let (first, next) = list("marks=not_opened&limit=200");
    assert_eq!((first.len(), &next), (200, &json!("201")));
    let (rest, next) = list("marks=not_opened&limit=200&cursor=201");
    assert_eq!((rest.len(), next), (49, json!(null)));
}
