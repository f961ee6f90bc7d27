//! Teams, users, roles and keys: nobody sees another team's things, and nobody locks everybody out.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::Statement;

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, Reply, VIEWER, pair, text};

const OTHER: &str = "tg_other";

/// A second team with its administrator.
fn with_other(api: &Api) {
    api.sql(sql!("INSERT INTO teams (id, name, created_ms) VALUES ('team_b', 'B', 1)"));
    api.user(OTHER, false, &[("team_b", "administrator")]);
}

fn send(
    api: &Api,
    key: &str,
    method: &str,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {key}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    api.send(request.body(Body::from(body)).unwrap())
}

/// Everything in the database, but when keys were used, and what was answered to whom.
fn contents(api: &Api) -> BTreeMap<String, Vec<Value>> {
    api.sql(sql!("UPDATE keys SET last_used_ms = ?1", NOW_MS));
    let tables = api
        .sql(sql!("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'idempotency'"));
    let read = |table: &Value| {
        let name = text(&table["name"]);
        let sql: &'static str = Box::leak(format!("SELECT * FROM {name}").into_boxed_str());
        (name, api.sql(Statement { sql, params: Vec::new() }))
    };
    tables.iter().map(read).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one call for each route")]
fn another_teams_thing_is_not_there_on_any_route() {
    let api = Api::new();
    with_other(&api);
    let draft = crate::dead_letters::held(&api);
    let letter = text(&api.get("/dead-letters").expect(200)["items"][0]["id"]);
    api.post("/opt-outs", &json!({ "channel": "sms", "address": "+33612000009" })).expect(201);
    api.sandbox_message("x1", "+33612000003");
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
         SELECT seq, 2, 'unknown', 0 FROM campaigns"
    ));
    let (sender, campaign) = (&draft.sender, &draft.campaign);
    api.get(&format!("/senders/{sender}/policy")).expect(200); // It is published.
    let gif = json!("GIF89a\u{1}\0\u{1}\0\0\0\0;");
    let bytes = [("content-type", "application/octet-stream")];
    let file = send(&api, ADMINISTRATOR, "POST", "/attachments?file_name=a.gif", &gif, &bytes);
    let file = text(&file.expect(201)["id"]);
    let word =
        text(&api.post("/words", &json!({ "kind": "word", "value": "hello" })).expect(201)["id"]);
    let held = api.draft(1);
    api.act(&held.campaign, "schedule", json!({})).expect(200);
    let review = text(&api.get("/reviews").expect(200)["items"][0]["id"]);
    let before = contents(&api);

    let at = format!("/campaigns/{campaign}");
    let from = format!("/senders/{sender}");
    let nothing = json!({});
    let calls = [
        ("GET", from.clone(), &nothing),
        ("PATCH", from.clone(), &json!({ "name": "Mine" })),
        ("GET", format!("{from}/policy"), &nothing),
        ("GET", format!("{from}/outlook"), &nothing),
        ("GET", format!("{from}/sends"), &nothing),
        ("POST", format!("{from}/sends"), &json!([{ "at": NOW_MS - 1000 }])),
        (
            "POST",
            format!("{from}/messages"),
            &json!({ "to": "+33612000001", "content": { "text": "x" } }),
        ),
        ("GET", at.clone(), &nothing),
        ("PATCH", at.clone(), &json!({ "name": "Mine" })),
        ("POST", format!("{at}/recipients?file_name=x.csv"), &json!("phone\n+33612000001\n")),
        ("POST", format!("{at}/plan"), &nothing),
        ("POST", format!("{at}/schedule"), &nothing),
        ("POST", format!("{at}/pause"), &nothing),
        ("POST", format!("{at}/resume"), &nothing),
        ("POST", format!("{at}/stop"), &nothing),
        ("GET", format!("{at}/pace"), &nothing),
        ("GET", format!("{at}/messages"), &nothing),
        ("GET", format!("{at}/left-out"), &nothing),
        ("POST", format!("{at}/messages/2/confirm-sent"), &nothing),
        ("POST", format!("{at}/messages/2/send-again"), &nothing),
        ("POST", format!("{at}/unknown/confirm-sent"), &nothing),
        ("POST", format!("{at}/unknown/send-again"), &nothing),
        ("POST", format!("/dead-letters/{letter}/release"), &nothing),
        ("POST", format!("/dead-letters/{letter}/discard"), &nothing),
        ("DELETE", "/opt-outs/sms/+33612000009".into(), &nothing),
        ("POST", "/sandbox/messages/x1/receipts".into(), &json!({ "status": "failed" })),
        ("POST", "/sandbox/messages/x1/replies".into(), &json!({ "text": "STOP" })),
        ("GET", format!("{from}/price"), &nothing),
        ("PUT", format!("{from}/price"), &json!({ "currency": "EUR", "per_message": "1" })),
        ("DELETE", format!("{from}/price"), &nothing),
        ("GET", format!("{at}/estimate"), &nothing),
        ("GET", format!("{at}/cost"), &nothing),
        ("GET", format!("{at}/replies"), &nothing),
        ("GET", format!("{from}/inbound"), &nothing),
        ("GET", "/opt-outs/sms/+33612000009".into(), &nothing),
        ("GET", format!("{at}/report"), &nothing),
        ("GET", format!("{at}/report.csv"), &nothing),
        ("GET", format!("{at}/lists"), &nothing),
        ("GET", format!("{at}/bad-addresses"), &nothing),
        ("GET", format!("{at}/bad-addresses.csv"), &nothing),
        ("GET", format!("{at}/resends"), &nothing),
        ("POST", format!("{at}/resends"), &json!({ "to": "someone_else" })),
        ("POST", format!("{at}/resends/count"), &json!({ "to": "someone_else" })),
        ("POST", format!("{at}/recipients/selection"), &json!({ "tags": ["vip"], "match": "any" })),
        ("GET", format!("{at}/problems"), &nothing),
        ("POST", format!("{at}/render"), &nothing),
        ("GET", format!("/attachments/{file}"), &nothing),
        ("GET", format!("/attachments/{file}/file"), &nothing),
        ("DELETE", format!("/attachments/{file}"), &nothing),
        ("DELETE", format!("/words/{word}"), &nothing),
        ("GET", format!("/reviews/{review}"), &nothing),
        ("POST", format!("/reviews/{review}/clear"), &nothing),
        ("POST", format!("/reviews/{review}/refuse"), &nothing),
        ("GET", "/teams/team_main".into(), &nothing),
        ("PATCH", "/teams/team_main".into(), &json!({ "name": "Mine" })),
        (
            "PUT",
            "/teams/team_main/members/usr_tg_other".into(),
            &json!({ "role": "administrator" }),
        ),
        ("DELETE", "/teams/team_main/members/usr_tg_viewer".into(), &nothing),
        ("PUT", "/teams/team_b/members/usr_tg_viewer".into(), &json!({ "role": "viewer" })),
        ("PATCH", "/users/usr_tg_viewer".into(), &json!({ "name": "Mine" })),
        ("DELETE", "/keys/tg_viewer".into(), &nothing),
    ];
    for (method, path, body) in &calls {
        let content_type =
            if path.contains("/recipients?") { "text/csv" } else { "application/json" };
        let headers = [("content-type", content_type), ("idempotency-key", path.as_str())];
        let reply = send(&api, OTHER, method, path, body, &headers);
        let seen = reply.expect(404);
        assert_eq!(seen["type"], "/problems/not_found", "{method} {path}");
    }
    for (body, path, code) in [
        (json!({ "name": "x", "user_id": "usr_tg_viewer" }), "user_id", "unknown_user"),
        (json!({ "name": "x", "team_id": "team_main" }), "team_id", "unknown_team"),
    ] {
        let reply = send(&api, OTHER, "POST", "/keys", &body, &[]);
        assert_eq!(reply.errors(), [pair(path, code)]);
    }
    let stolen = json!({ "name": "x", "sender_id": sender, "content": { "text": "x" } });
    let reply = send(&api, OTHER, "POST", "/campaigns", &stolen, &[]);
    assert_eq!(reply.errors(), [pair("sender_id", "unknown_sender")]);
    for list in [
        "/senders",
        "/campaigns",
        "/campaigns?kind=single",
        "/dead-letters",
        "/opt-outs",
        "/sandbox/messages",
        "/sandbox/messages?address=%2B33612000003",
        "/audit",
        "/attachments",
        "/words",
        "/reviews",
    ] {
        let page = send(&api, OTHER, "GET", list, &nothing, &[]).expect(200);
        assert_eq!(page, json!({ "items": [], "next_cursor": null }), "{list}");
    }
    for team in ["team_main", "team_nowhere"] {
        let reply = send(&api, OTHER, "GET", "/senders", &nothing, &[("tidegate-team", team)]);
        reply.expect(403);
    }
    assert_eq!(contents(&api), before, "nothing changed");
}

#[test]
fn a_user_in_two_teams_says_which_and_has_the_role_of_each() {
    let api = Api::new();
    with_other(&api);
    api.user("tg_both", false, &[("team_main", "viewer"), ("team_b", "operator")]);
    let me = |headers: &[(&str, &str)]| send(&api, "tg_both", "GET", "/me", &json!({}), headers);
    let first = me(&[]).expect(200);
    assert_eq!((&first["team_id"], &first["role"]), (&json!("team_main"), &json!("viewer")));
    assert_eq!(
        first["teams"],
        json!([
            { "id": "team_main", "name": "Main", "role": "viewer", "queue": "on" },
            { "id": "team_b", "name": "B", "role": "operator", "queue": "on" },
        ])
    );
    let second = me(&[("tidegate-team", "team_b")]).expect(200);
    assert_eq!((&second["team_id"], &second["role"]), (&json!("team_b"), &json!("operator")));
    me(&[("tidegate-team", "team_x")]).expect(403);
    me(&[("tidegate-team", "")]).expect(403);

    // An owner is an administrator everywhere.
    let owner = send(&api, ADMINISTRATOR, "GET", "/me", &json!({}), &[("tidegate-team", "team_b")]);
    assert_eq!(owner.expect(200)["role"], "administrator");
    api.user("tg_alone", false, &[]);
    send(&api, "tg_alone", "GET", "/me", &json!({}), &[]).expect(403);
}

#[test]
fn a_key_is_shown_once_and_opens_no_more_than_the_one_that_made_it() {
    let api = Api::new();
    with_other(&api);
    let mint = |key: &str, body: Value| send(&api, key, "POST", "/keys", &body, &[]);
    let made =
        mint(OPERATOR, json!({ "name": "reports", "role": "viewer", "expires_at": NOW_MS + 1000 }));
    let made = made.expect(201);
    let secret = text(&made["key"]);
    assert!(secret.starts_with("tg_"), "{secret}");
    let me = send(&api, &secret, "GET", "/me", &json!({}), &[]).expect(200);
    assert_eq!((&me["name"], &me["role"]), (&json!(OPERATOR), &json!("viewer")));
    let listed = send(&api, OPERATOR, "GET", "/keys", &json!({}), &[]).expect(200);
    assert_eq!(listed["items"][0]["name"], "reports");
    assert!(!listed.to_string().contains(&secret));
    let kept = api.sql(sql!("SELECT * FROM keys"));
    assert!(!serde_json::to_string(&kept).unwrap().contains(&secret), "only its hash is kept");

    // What a narrow key makes is as narrow, and ends as soon.
    let narrower = mint(&secret, json!({ "name": "wide", "role": "administrator" })).expect(201);
    assert_eq!(
        (&narrower["role"], &narrower["expires_at"]),
        (&json!("viewer"), &json!(NOW_MS + 1000))
    );
    // An owner's narrow key is no owner's.
    let narrow = mint(ADMINISTRATOR, json!({ "name": "n", "team_id": "team_b" })).expect(201);
    let narrow = text(&narrow["key"]);
    send(&api, &narrow, "POST", "/teams", &json!({ "name": "x" }), &[]).expect(403);
    assert_eq!(send(&api, &narrow, "GET", "/me", &json!({}), &[]).expect(200)["team_id"], "team_b");
    send(&api, &narrow, "GET", "/me", &json!({}), &[("tidegate-team", "team_main")]).expect(403);
    send(&api, &narrow, "GET", "/teams/team_main", &json!({}), &[]).expect(404);

    let own = mint(ADMINISTRATOR, json!({ "name": "ci", "role": "administrator" })).expect(201);
    let own = text(&own["key"]);
    assert_eq!(send(&api, &own, "GET", "/me", &json!({}), &[]).expect(200)["is_owner"], false);
    let wanted = json!({ "name": "x", "is_owner": true });
    send(&api, &own, "POST", "/users", &wanted, &[]).expect(403);
    // Nor does one that only reads end what its user may: it revokes itself, and no wider one.
    let reads = mint(OPERATOR, json!({ "name": "reads", "role": "viewer" })).expect(201);
    let (at, reads) = (format!("/keys/{}", text(&reads["id"])), text(&reads["key"]));
    send(&api, &reads, "DELETE", "/keys/tg_operator", &json!({}), &[]).expect(403);
    let member = "/teams/team_main/members/usr_tg_operator";
    send(&api, &reads, "DELETE", member, &json!({}), &[]).expect(403);
    send(&api, &reads, "DELETE", &at, &json!({}), &[]).expect(204);

    // An administrator makes one for a member, and it opens this team alone.
    api.user("tg_main", false, &[("team_main", "administrator")]);
    let for_member =
        mint("tg_main", json!({ "name": "m", "user_id": "usr_tg_viewer" })).expect(201);
    assert_eq!(for_member["team_id"], "team_main");
    mint("tg_main", json!({ "name": "m", "user_id": "usr_tg_other" })).expect(422);
    mint(VIEWER, json!({ "name": "m", "user_id": "usr_tg_operator" })).expect(403);
    // Not for an owner; and what it makes for a member does not reach the member's other keys.
    mint("tg_main", json!({ "name": "m", "user_id": "usr_tg_administrator" })).expect(403);
    let for_member = text(&for_member["key"]);
    let seen = send(&api, &for_member, "GET", "/keys", &json!({}), &[]).expect(200);
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    send(&api, &for_member, "DELETE", "/keys/tg_viewer", &json!({}), &[]).expect(404);
    let renamed = json!({ "name": "x" });
    send(&api, &for_member, "PATCH", "/users/usr_tg_viewer", &renamed, &[]).expect(403);
    send(&api, &for_member, "PUT", "/me/goals", &json!({}), &[]).expect(403);

    // Revoked, it opens nothing; said twice, it stays so.
    let at = format!("/keys/{}", text(&made["id"]));
    send(&api, VIEWER, "DELETE", &at, &json!({}), &[]).expect(404);
    for _ in 0..2 {
        send(&api, "tg_main", "DELETE", &at, &json!({}), &[]).expect(204);
    }
    send(&api, &secret, "GET", "/me", &json!({}), &[]).expect(401);
    let short = mint(VIEWER, json!({ "name": "s", "expires_at": NOW_MS + 5000 })).expect(201);
    let short = text(&short["key"]);
    send(&api, &short, "GET", "/me", &json!({}), &[]).expect(200);
    api.world.run_until_ms(NOW_MS + 5000);
    send(&api, &short, "GET", "/me", &json!({}), &[]).expect(401);

    let bad = mint(VIEWER, json!({ "role": "king", "expires_at": 1, "colour": 1 }));
    assert_eq!(
        bad.errors(),
        [
            pair("name", "missing"),
            pair("role", "unknown_value"),
            pair("expires_at", "in_the_past"),
            pair("colour", "unknown_field")
        ]
    );
}

#[test]
fn the_last_owner_and_the_last_administrator_cannot_go() {
    let api = Api::new();
    with_other(&api);
    api.sql(sql!("UPDATE users SET disabled_ms = 1 WHERE id = 'usr_tg_revoked'"));
    let owner =
        |method: &str, path: &str, body: Value| send(&api, ADMINISTRATOR, method, path, &body, &[]);
    for body in [json!({ "is_owner": false }), json!({ "disabled": true })] {
        let refused = owner("PATCH", "/users/usr_tg_administrator", body);
        assert_eq!(refused.expect(409)["type"], "/problems/last_one");
    }
    let refused = owner("DELETE", "/keys/tg_administrator", json!({}));
    assert_eq!(refused.expect(409)["type"], "/problems/last_key");
    let at = "/teams/team_b/members/usr_tg_other";
    for (method, body) in [("PUT", json!({ "role": "operator" })), ("DELETE", json!({}))] {
        let refused = send(&api, OTHER, method, at, &body, &[]);
        assert_eq!(refused.expect(409)["type"], "/problems/last_administrator");
    }
    owner("PATCH", "/users/usr_tg_other", json!({ "disabled": true })).expect(409);
    assert_eq!(api.sql(sql!("SELECT count(*) AS n FROM audit"))[0]["n"], 0, "nothing was done");

    // With a second one the first can go.
    owner("PUT", "/teams/team_b/members/usr_tg_viewer", json!({ "role": "administrator" }))
        .expect(200);
    send(&api, OTHER, "DELETE", at, &json!({}), &[]).expect(204);
    send(&api, OTHER, "GET", "/me", &json!({}), &[]).expect(403);
    owner("PATCH", "/users/usr_tg_operator", json!({ "is_owner": true })).expect(200);
    send(&api, OPERATOR, "PATCH", "/users/usr_tg_administrator", &json!({ "disabled": true }), &[])
        .expect(409); // of team_main
    owner("PUT", "/teams/team_main/members/usr_tg_operator", json!({ "role": "administrator" }))
        .expect(200);
    send(&api, OPERATOR, "PATCH", "/users/usr_tg_administrator", &json!({ "disabled": true }), &[])
        .expect(200);
    owner("GET", "/me", json!({})).expect(401);
}

#[test]
fn a_switched_off_queue_holds_campaigns_and_lets_singles_go() {
    let api = Api::new();
    let (going, draft) = (api.draft(3), api.draft(3));
    api.act(&going.campaign, "schedule", json!({})).expect(200);
    let team = api.patch("/teams/team_main", &json!({ "queue": "off" })).expect(200);
    assert_eq!((&team["queue"], &team["held"]), (&json!("off"), &json!(1)));
    let shown = api.get(&format!("/campaigns/{}", going.campaign)).expect(200);
    assert_eq!(shown["status"], "paused");
    assert_eq!(shown["waiting"]["because"][0]["code"], "queue_off");
    for (campaign, command) in [(&going.campaign, "resume"), (&draft.campaign, "schedule")] {
        let refused = api.act(campaign, command, json!({})).expect(403);
        assert_eq!(refused["type"], "/problems/queue_off", "{command}");
    }
    let single = json!({ "to": "+33612000001", "content": { "text": "Hi" } });
    api.post(&format!("/senders/{}/messages", going.sender), &single).expect(202);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posted(), 1, "the single alone");

    api.patch("/teams/team_main", &json!({ "queue": "on" })).expect(200);
    api.act(&going.campaign, "resume", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(api.world.posted(), 4);
}

#[test]
fn what_was_missed_when_the_queue_went_off_is_held_by_the_sweep() {
    let api = Api::new();
    let draft = api.draft(3);
    api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 600_000 })).expect(200);
    api.sql(sql!("UPDATE teams SET queue = 0"));
    api.world.run_until("2026-11-24T14:02:00Z");
    assert_eq!(api.world.status(1), "paused");
}

#[test]
fn a_team_keeps_its_rules_its_words_and_what_new_things_begin_with() {
    let api = Api::new();
    let bad = json!({
        "policy": { "gap": "x" }, "queue": true, "lexicon": "none", "colour": 1,
        "defaults": { "region": "fr", "policy": { "gap": 1 }, "more": 1 },
    });
    let errors = api.patch("/teams/team_main", &bad).errors();
    let paths: Vec<&str> = errors.iter().map(|(path, _)| path.as_str()).collect();
    for path in
        ["policy.gap", "queue", "lexicon", "defaults.region", "defaults.policy.gap", "colour"]
    {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    let change = json!({
        "policy": { "windows": [{ "from": "08:00", "to": "20:00" }] },
        "lexicon": tidegate::lexicon::SHIPPED[1],
        "defaults": { "region": "FR", "policy": { "gap": "7s" }, "lateness": { "then": "expire", "after": "2h" } },
        "version": 1,
    });
    let team = api.patch("/teams/team_main", &change).expect(200);
    assert_eq!((&team["policy"], &team["version"]), (&change["policy"], &json!(2)));
    assert_eq!(
        api.patch("/teams/team_main", &change).expect(409)["type"],
        "/problems/stale_version"
    );
    assert_eq!(api.get("/me").expect(200)["limits"]["policy"], change["policy"]);
    let draft = api.draft(0);
    let campaign = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(campaign["policy"], json!({ "gap": "7s" }));
    assert_eq!(campaign["lateness"], json!({ "then": "expire", "after": "2h" }));
    assert_eq!(api.get(&format!("/senders/{}", draft.sender)).expect(200)["region"], "FR");
}

#[test]
fn the_audit_log_is_filtered_and_paged() {
    let api = Api::new();
    for n in 0..3 {
        api.patch("/teams/team_main", &json!({ "name": format!("N{n}") })).expect(200);
    }
    let draft = api.draft(0);
    let get = |query: &str| api.call(ADMINISTRATOR, "GET", &format!("/audit{query}"), None);
    let whats = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| text(&item["what"])).collect()
    };
    let first = get("?limit=2").expect(200);
    assert_eq!(whats(&first), ["campaign.create", "sender.create"]);
    let rest = get(&format!("?cursor={}", text(&first["next_cursor"]))).expect(200);
    assert_eq!(whats(&rest), ["team.change"; 3]);
    assert_eq!(rest["items"][0]["before"], json!({ "name": "N1" }));
    assert_eq!(rest["items"][0]["after"], json!({ "name": "N2" }));
    for (query, count) in [
        ("?what=team", 3),
        ("?what=team.change", 3),
        ("?what=tea", 0),
        ("?user_id=usr_tg_administrator", 5),
        ("?user_id=usr_tg_viewer", 0),
        ("?from=2026-11-24T14:00:00Z", 5),
        ("?to=2026-11-24T14:00:00Z", 0),
        ("?from=1795528800001", 0),
    ] {
        assert_eq!(whats(&get(query).expect(200)).len(), count, "{query}");
    }
    let about = get(&format!("?subject={}", draft.campaign)).expect(200);
    assert_eq!(whats(&about), ["campaign.create"]);
    for bad in ["?from=soon", "?cursor=x", "?limit=0", "?colour=1"] {
        get(bad).expect(422);
    }
    api.call(OPERATOR, "GET", "/audit", None).expect(403);
}
