//! `/senders`.

use serde_json::{Value, json};
use tidegate_worker::model::ProviderConfig;
use tidegate_worker::sql;

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, VIEWER, pair, text};

fn sender() -> Value {
    json!({
        "name": "Care team",
        "channel": "sms",
        "provider": { "kind": "sandbox" },
        "policy": { "gap": "30s" },
    })
}

#[test]
fn a_sender_is_made_found_and_listed() {
    let api = Api::new();
    let reply = api.post("/senders", &sender());
    let location = reply.headers["location"].to_str().unwrap().to_owned();
    let made = reply.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("snd_"), "{id}");
    assert_eq!(location, format!("/api/v1/senders/{id}"));
    assert_eq!(
        made,
        json!({
            "id": id,
            "name": "Care team",
            "channel": "sms",
            "provider": { "kind": "sandbox", "per_second": 50 },
            "policy": { "gap": "30s" },
            "region": null,
            "order": "in_turn",
            "version": 1,
            "slowed_to": null,
            "created_at": NOW_MS,
        })
    );
    assert_eq!(api.get(&format!("/senders/{id}")).expect(200), made);
    let list = api.get("/senders").expect(200);
    assert_eq!(list, json!({ "items": [made], "next_cursor": null }));
    api.get("/senders/snd_nobody").expect(404);
}

#[test]
fn only_an_administrator_sets_senders_up() {
    let api = Api::new();
    for key in [VIEWER, OPERATOR] {
        let reply = api.call(key, "POST", "/senders", Some(&sender()));
        assert_eq!(reply.expect(403)["type"], "/problems/forbidden");
    }
    let id = api.post("/senders", &sender()).expect(201)["id"].clone();
    let path = format!("/senders/{}", id.as_str().unwrap());
    for key in [VIEWER, OPERATOR] {
        let change = json!({ "name": "Mine" });
        api.call(key, "PATCH", &path, Some(&change)).expect(403);
    }
    assert_eq!(api.get(&path).expect(200)["name"], "Care team");
}

#[test]
fn every_fault_of_a_new_sender_is_named_at_once() {
    let api = Api::new();
    let reply = api.post(
        "/senders",
        &json!({
            "channel": "fax",
            "provider": { "kind": "webhook", "url": "https://10.0.0.1/", "per_second": 0, "x": 1 },
            "policy": { "gap": "soon", "limits": [{ "max": 0, "rolling": "24h" }] },
            "region": "fr",
            "order": 7,
            "colour": "red",
        }),
    );
    let errors = reply.errors();
    reply.expect(422);
    for expected in [
        pair("name", "missing"),
        pair("channel", "unknown_value"),
        pair("provider.url", "private_address"),
        pair("provider.per_second", "out_of_bounds"),
        pair("provider.x", "unknown_field"),
        pair("region", "bad_region"),
        pair("order", "type"),
        pair("colour", "unknown_field"),
    ] {
        assert!(errors.contains(&expected), "{expected:?} in {errors:?}");
    }
    let under = |path: &str| errors.iter().any(|(at, _)| at == path);
    assert!(under("policy.gap") && under("policy.limits[0].max"), "{errors:?}");
    assert_eq!(api.get("/senders").expect(200)["items"], json!([]));
}

#[test]
fn a_provider_on_the_same_machine_is_for_local_installations() {
    let mut wanted = sender();
    wanted["provider"] = json!({ "kind": "webhook", "url": "http://127.0.0.1:9/x" });
    let deployed = Api::new().post("/senders", &wanted);
    assert_eq!(deployed.errors(), [pair("provider.url", "not_https")]);
    let local = Api::local().post("/senders", &wanted).expect(201);
    assert_eq!(
        local["provider"],
        json!({
            "kind": "webhook",
            "url": "http://127.0.0.1:9/x",
            "deduplicates": false,
            "per_second": 50,
        })
    );
}

#[test]
fn an_edit_of_the_rules_makes_a_version_and_is_looked_at_at_once() {
    let api = Api::new();
    let made = api.post("/senders", &sender()).expect(201);
    let path = format!("/senders/{}", made["id"].as_str().unwrap());
    let due = |api: &Api| api.sql(sql!("SELECT due_ms FROM senders"))[0]["due_ms"].as_i64();
    let later = NOW_MS + 60_000;
    api.sql(sql!("UPDATE senders SET due_ms = ?1", later));

    let renamed = json!({ "name": "Outreach", "region": "FR", "policy": { "gap": "30s" } });
    let renamed = api.patch(&path, &renamed).expect(200);
    assert_eq!(renamed["version"], 1, "a name is no rule");
    assert_eq!(
        (renamed["name"].as_str(), renamed["region"].as_str()),
        (Some("Outreach"), Some("FR"))
    );
    assert_eq!(due(&api), Some(later));

    let edited = api.patch(&path, &json!({ "policy": {}, "version": 1, "region": null }));
    let edited = edited.expect(200);
    assert_eq!((&edited["version"], &edited["region"]), (&json!(2), &Value::Null));
    assert_eq!(due(&api), None, "it was looked at and has nothing to send");

    let stale = api.patch(&path, &json!({ "order": "fair", "version": 1 })).expect(409);
    assert_eq!(stale["type"], "/problems/stale_version");
    assert_eq!(stale["now"], json!({ "version": 2 }));
    assert_eq!(stale["changed"], json!([{ "field": "policy", "was": { "gap": "30s" }, "is": {} }]));
    assert_eq!(api.get(&path).expect(200), edited, "nothing of a stale change is made");

    api.sql(sql!("UPDATE senders SET due_ms = NULL"));
    assert_eq!(api.patch(&path, &json!({ "order": "fair" })).expect(200)["version"], 3);
    assert_eq!(due(&api), None, "a sender without work stays without");
    api.patch("/senders/snd_nobody", &json!({ "name": "x" })).expect(404);
    assert_eq!(api.patch(&path, &json!({})).expect(200)["version"], 3);
    assert_eq!(
        api.patch(&path, &json!({ "channel": "email" })).errors(),
        [pair("channel", "unknown_field")]
    );
}

#[test]
fn the_published_policy_follows_the_edits() {
    let api = Api::new();
    let made = api.post("/senders", &sender()).expect(201);
    let path = format!("/senders/{}", made["id"].as_str().unwrap());
    let published = || api.get(&format!("{path}/policy")).expect(200);
    assert_eq!(published(), json!({ "policy": { "gap": "30s" }, "version": 1 }));
    api.patch(&path, &json!({ "policy": { "gap": "1m" } })).expect(200);
    assert_eq!(published(), json!({ "policy": { "gap": "1m" }, "version": 2 }));
    // A copy: it is read without the database.
    api.sql(sql!("DELETE FROM senders"));
    assert_eq!(published()["version"], 2);
    api.get("/senders/snd_nobody/policy").expect(404);
}

#[test]
fn a_list_is_walked_page_by_page() {
    let api = Api::new();
    let mut names = Vec::new();
    for number in 0..7 {
        let mut wanted = sender();
        wanted["name"] = json!(format!("Équipe {number} 漢字 🙂"));
        names.push(wanted["name"].clone());
        api.post("/senders", &wanted).expect(201);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = api.get(&format!("/senders?limit=3{cursor}")).expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["name"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, names);
    api.get("/senders?limit=201").expect(422);
    api.get("/senders?cursor=%F0%9F%99%82").expect(422);
    api.call(ADMINISTRATOR, "GET", "/senders?nope", None).expect(422);
}

#[test]
fn where_a_providers_addresses_lead_is_told_and_the_rest_is_its_administrators() {
    let api = Api::new();
    let provider = json!({
        "kind": "webhook", "url": "https://provider.example:8443/hooks/secret?key=secret",
        "lookup_url": "https://provider.example/secret/{key}",
    });
    let wanted = json!({ "name": "Desk", "channel": "sms", "provider": provider, "policy": {} });
    let made = api.post("/senders", &wanted).expect(201);
    assert_eq!(made["provider"]["url"], provider["url"]);
    let path = format!("/senders/{}", text(&made["id"]));
    let list = api.get("/senders").expect(200)["items"][0].clone();
    for seen in [api.get(&path).expect(200), list] {
        assert_eq!(seen["provider"]["url"], "https://provider.example:8443/");
        assert_eq!(seen["provider"]["lookup_url"], "https://provider.example/");
    }
    let whole = api.call(ADMINISTRATOR, "GET", &path, None).expect(200);
    assert_eq!(whole["provider"]["lookup_url"], provider["lookup_url"]);
}

#[test]
fn no_pace_is_faster_than_what_was_said() {
    for per_second in 1..=1_000 {
        let provider = ProviderConfig::Sandbox { per_second };
        assert!(provider.pace_ms() * i64::from(per_second) >= 1_000, "{per_second}");
    }
}
