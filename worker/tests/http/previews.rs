//! What somebody will get, who cannot be written to, and what it all takes.

use serde_json::{Value, json};

use crate::api::{Api, NOW_MS, pair, text};

fn campaign(api: &Api, words: &str, file: &str) -> String {
    let draft = api.draft(0);
    api.edit(&draft.campaign, json!({ "content": { "text": words } })).expect(200);
    api.import(&draft.campaign, "a.csv", file.into()).expect(200);
    draft.campaign
}

#[test]
fn a_preview_shows_what_one_person_gets() {
    let api = Api::new();
    let file = "phone,name\n+33612000001,Ada\n+33612000002,Zoë ł\n+33612000003,\n";
    let id = campaign(&api, "Hi {{ name }}, see shop.example/x", file);
    let render = |body: Value| api.post(&format!("/campaigns/{id}/render"), &body);
    let first = render(json!({})).expect(200);
    assert_eq!(
        (&first["text"], &first["to"], &first["ordinal"]),
        (&json!("Hi Ada, see shop.example/x"), &json!("+33612000001"), &json!(0))
    );
    assert_eq!(first["segments"], json!({ "encoding": "gsm7", "units": 26, "segments": 1 }));
    assert_eq!(first["links"], json!(["shop.example/x"]));
    let second = render(json!({ "to": "+33 6 12 00 00 02" })).expect(200);
    assert_eq!((&second["ordinal"], &second["segments"]["encoding"]), (&json!(1), &json!("ucs2")));
    assert_eq!(render(json!({ "ordinal": 1 })).expect(200), second);
    assert_eq!(render(json!({ "ordinal": 2 })).errors(), [pair("fields", "no_text")]);
    assert_eq!(render(json!({ "ordinal": 3 })).status, 404);
    assert_eq!(render(json!({ "to": "+33612000009" })).status, 404);
    assert_eq!(render(json!({ "to": "x" })).errors()[0].0, "to");
    let given = render(json!({ "fields": { "Name": "Eve" } })).expect(200);
    assert_eq!(
        (&given["text"], &given["to"]),
        (&json!("Hi Eve, see shop.example/x"), &Value::Null)
    );
    assert_eq!(render(json!({ "fields": { "name": 1 } })).errors(), [pair("fields.name", "type")]);
    assert_eq!(render(json!({ "ordinal": 1, "to": "x" })).errors(), [pair("", "several")]);
    api.post("/words", &json!({ "kind": "word", "value": "ada" })).expect(201);
    assert_eq!(render(json!({})).expect(200)["not_allowed"][0]["value"], "ada");
}

#[test]
fn nobody_is_left_without_a_message_unsaid() {
    let api = Api::new();
    let file = "phone,name,city\n+33612000001,Ada,\n+33612000002,,Lyon\n+33612000003, ,\n";
    let id = campaign(&api, "Hi {{ name }}", file);
    let problems = |query: &str| api.get(&format!("/campaigns/{id}/problems{query}")).expect(200);
    let refused = api.act(&id, "schedule", json!({}));
    assert_eq!(refused.errors(), [pair("content.text", "empty_field")]);
    let message = text(&refused.expect(422)["errors"][0]["message"]);
    assert!(
        message.contains(
            "`name` is empty for 2 of 3 people; the first are +33612000002, +33612000003;"
        ),
        "{message}"
    );
    let found = problems("");
    assert_eq!(
        (&found["items"][0]["to"], &found["items"][0]["fields"], &found["next_cursor"]),
        (&json!("+33612000002"), &json!(["name"]), &Value::Null)
    );
    let page = problems("?limit=1");
    let rest = problems(&format!("?limit=1&cursor={}", text(&page["next_cursor"])));
    assert_eq!(rest["items"][0]["to"], "+33612000003");
    // A condition says who needs it.
    let when =
        json!({ "content": { "text": "{% if city %}{{ city }}: {{ name }}{% endif %} Hi" } });
    api.edit(&id, when).expect(200);
    assert_eq!(problems("")["items"].as_array().unwrap().len(), 1);
    assert_eq!(api.act(&id, "schedule", json!({})).errors(), [pair("content.text", "empty_field")]);
    let only =
        json!({ "content": { "text": "{% if name %}Hi {{ name }}{% else %}Hi{% endif %}" } });
    api.edit(&id, only).expect(200);
    assert_eq!(problems("")["items"], json!([]));
    api.act(&id, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    // A scheduled campaign stays ready.
    api.edit(&id, json!({ "content": { "text": "Hi {{ name | default(\"you\") }}" } })).expect(200);
    let bad = api.edit(&id, json!({ "content": { "text": "Hi {{ name }}" } }));
    assert_eq!(bad.errors(), [pair("content.text", "empty_field")]);
    api.import(&id, "b.csv", "phone,name\n+33612000004,\n".into()).expect(200);
    let other = campaign(&api, "Hi {{ name }}", "phone,name\n+33612000001,Ada\n");
    api.act(&other, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    let late = api.import(&other, "b.csv", "phone,name\n+33612000004,\n".into());
    assert_eq!(late.errors()[0].1, "empty_field");
}

#[test]
fn a_text_with_conditions_is_made_for_everybody_before_it_is_let_go() {
    let api = Api::new();
    let file = "phone,name,lang,city\n+33612000001,Ada,fr,Paris\n+33612000002,Eve,en,Lyon\n";
    let typing = "{% if lang == \"fr\" %}Bonjour {{ prenon }}{% else %}Hello {{ name }}{% endif %}";
    let id = campaign(&api, typing, file);
    let refusal = || {
        let refused = api.act(&id, "schedule", json!({ "at": NOW_MS + 3_600_000 }));
        assert_eq!(refused.errors(), [pair("content.text", "empty_field")]);
        text(&refused.expect(422)["errors"][0]["message"])
    };
    let say = |words: &str| api.edit(&id, json!({ "content": { "text": words } }));
    let told = refusal();
    assert!(told.contains("prenon") && told.contains("+33612000001;"), "{told}");
    say("{% if city == \"Paris\" %}Sale{% endif %}").expect(200);
    let told = refusal();
    assert!(told.contains("nothing of the text is left") && told.contains("02;"), "{told}");
    let found = &api.get(&format!("/campaigns/{id}/problems")).expect(200)["items"];
    assert_eq!((&found[0]["ordinal"], &found[0]["fields"]), (&json!(1), &json!([])), "{found}");
    let shown = api.post(&format!("/campaigns/{id}/render"), &json!({ "ordinal": 1 }));
    assert_eq!(shown.errors(), [pair("fields", "no_text")]);
    say("{{ prenon if lang == \"fr\" else name }}").expect(200);
    assert!(refusal().contains("prenon"));
    say("{% if city == \"Paris\" %}Sale{% endif %}{{ unsubscribe_url }}").expect(200);
    let problems = || api.get(&format!("/campaigns/{id}/problems")).expect(200)["items"].clone();
    assert_eq!(problems(), json!([]), "everybody has a way out");
    say("{% if lang == \"fr\" %}Bonjour {{ name }}{% else %}{{ city }}!{% endif %}").expect(200);
    api.act(&id, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);

    // Who comes later is looked at too, and no more is asked of them than their branch does.
    let late =
        |rows: &str| api.import(&id, "b.csv", format!("phone,name,lang,city\n{rows}").into_bytes());
    assert_eq!(late("+33612000003,,fr,Paris\n").errors()[0].1, "empty_field");
    late("+33612000003,,en,Paris\n+33612000004,Zoe,fr,\n").expect(200);
    let edited = say("{% if city == \"Paris\" %}Sale{% endif %}");
    assert_eq!(edited.errors(), [pair("content.text", "empty_field")]);
}

#[test]
fn only_text_messages_are_charged_by_their_segments() {
    let api = Api::new();
    let sender = json!({
        "name": "By whatsapp", "channel": "whatsapp", "policy": {},
        "provider": { "kind": "webhook", "url": "https://example.org/send", "deduplicates": true },
    });
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let price = json!({ "currency": "EUR", "per_segment": "0.05", "per_message": "0.01" });
    let path = format!("/senders/{sender}/price");
    api.call(crate::api::ADMINISTRATOR, "PUT", &path, Some(&price)).expect(200);
    let wanted = json!({ "name": "News", "sender_id": sender, "content": { "text": "Hi" } });
    let id = text(&api.post("/campaigns", &wanted).expect(201)["id"]);
    api.import(&id, "a.csv", "phone\n+33612000001\n+33612000002\n".into()).expect(200);
    let estimate = api.get(&format!("/campaigns/{id}/estimate")).expect(200);
    assert_eq!(estimate["cost"]["likely"], "0.02");
    api.act(&id, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    let cost = api.get(&format!("/campaigns/{id}/cost")).expect(200);
    assert_eq!(cost["total"], 20_000, "{cost}");
}

#[test]
fn an_estimate_says_segments_money_and_rows() {
    let api = Api::new();
    let draft = api.draft(0);
    let long = "x".repeat(150);
    let content = json!({ "content": { "text": format!("{long} {{{{ name }}}}") } });
    api.edit(&draft.campaign, content).expect(200);
    let file = "phone,name\n+33612000001,Ada\n+33612000002,Maximiliane\n+33612000003,\n";
    api.import(&draft.campaign, "a.csv", file.into()).expect(200);
    let estimate = || api.get(&format!("/campaigns/{}/estimate", draft.campaign)).expect(200);
    let first = estimate();
    assert_eq!(
        (&first["recipients"], &first["exact"], &first["cost"]),
        (&json!(3), &json!(true), &Value::Null)
    );
    assert_eq!(first["cannot_be_written"], 1);
    assert_eq!(first["segments"]["likely"], 3);
    assert_eq!(first["segments"]["messages_by_segments"], json!({ "1": 1, "2": 1 }));

    let path = format!("/senders/{}/price", draft.sender);
    let put = |body: &Value| api.call(crate::api::ADMINISTRATOR, "PUT", &path, Some(body));
    assert_eq!(api.get(&path).expect(200)["price"], Value::Null);
    let price = json!({ "currency": "EUR", "per_segment": "0.0079", "per_message": "0.001" });
    let set = put(&price).expect(200);
    assert_eq!(
        (&set["price"]["per_message"], &set["price"]["inbound"]),
        (&json!("0.001"), &json!("0.00"))
    );
    assert_eq!(
        estimate()["cost"],
        json!({ "currency": "EUR", "least": "0.0257", "likely": "0.0257", "most": "0.0257" })
    );
    assert_eq!(
        put(&json!({ "currency": "euro", "per_segment": 0.1, "inbound": "-1", "x": 1 })).errors(),
        [
            pair("currency", "bad_currency"),
            pair("per_segment", "bad_amount"),
            pair("inbound", "bad_amount"),
            pair("x", "unknown_field")
        ]
    );
    api.call(crate::api::ADMINISTRATOR, "DELETE", &path, None).expect(200);
    assert_eq!(estimate()["cost"], Value::Null);
    let none = api.call(crate::api::ADMINISTRATOR, "PUT", "/senders/snd_none/price", Some(&price));
    assert_eq!(none.status, 404);
}

#[test]
fn a_campaign_says_whose_it_is_and_who_had_it_go() {
    let api = Api::new();
    let draft = api.draft(1);
    let before = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!((&before["triggered"], &before["team"]["name"]), (&Value::Null, &json!("Main")));
    let after = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    assert_eq!(after["triggered"], json!({ "by": "tg_administrator", "at": NOW_MS }));
}

#[test]
fn what_was_charged_is_told_in_the_currency_that_it_was_charged_in() {
    let api = Api::new();
    let draft = api.draft(3);
    let path = format!("/senders/{}/price", draft.sender);
    let put = |currency: &str| {
        let price = json!({ "currency": currency, "per_segment": "0.01" });
        api.call(crate::api::ADMINISTRATOR, "PUT", &path, Some(&price))
    };
    put("USD").expect(200);
    put("EUR").expect(200); // Nothing was sent yet.
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(put("USD").expect_failure(), (409, "other_currency".into()));
    put("EUR").expect(200);
    let currency = || {
        let cost = api.get(&format!("/campaigns/{}/cost", draft.campaign)).expect(200);
        (cost["currency"].clone(), cost["total"].clone())
    };
    assert_eq!(currency(), (json!("EUR"), json!(30_000)));
    api.call(crate::api::ADMINISTRATOR, "DELETE", &path, None).expect(200);
    assert_eq!(currency(), (json!("EUR"), json!(30_000)));
    assert_eq!(put("USD").expect_failure(), (409, "other_currency".into()));
}
