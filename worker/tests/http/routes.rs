//! Every route of the API: who may call it, and what it leaves in the audit log.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::api::{ADMINISTRATOR, Api, OPERATOR, VIEWER};
use crate::contract::operations;

/// Method, path, the least that opens it (`-`: no key), and its entry in the audit log (`-`: it
/// changes nothing that anybody else sees).
pub const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("GET", "/health", "-", "-"),
    ("GET", "/me", "viewer", "-"),
    ("GET", "/me/goals", "viewer", "-"),
    ("PUT", "/me/goals", "viewer", "goals.set"),
    ("POST", "/policies/check", "viewer", "-"),
    ("POST", "/decisions", "viewer", "-"),
    ("POST", "/plans", "viewer", "-"),
    ("POST", "/advice", "viewer", "-"),
    ("POST", "/explanations", "viewer", "-"),
    ("POST", "/blocked-times/import", "viewer", "-"),
    ("GET", "/senders", "viewer", "-"),
    ("POST", "/senders", "administrator", "sender.create"),
    ("GET", "/senders/{id}", "viewer", "-"),
    ("PATCH", "/senders/{id}", "administrator", "sender.change"),
    ("GET", "/senders/{id}/policy", "viewer", "-"),
    ("GET", "/senders/{id}/outlook", "viewer", "-"),
    ("POST", "/senders/{id}/messages", "operator", "message.send"),
    ("GET", "/senders/{id}/sends", "viewer", "-"),
    ("POST", "/senders/{id}/sends", "operator", "sender.record"),
    ("GET", "/campaigns", "viewer", "-"),
    ("POST", "/campaigns", "operator", "campaign.create"),
    ("GET", "/campaigns/{id}", "viewer", "-"),
    ("PATCH", "/campaigns/{id}", "operator", "campaign.edit"),
    ("POST", "/campaigns/{id}/recipients", "operator", "campaign.import"),
    ("POST", "/campaigns/{id}/plan", "operator", "-"),
    ("POST", "/campaigns/{id}/schedule", "operator", "campaign.schedule"),
    ("POST", "/campaigns/{id}/pause", "operator", "campaign.pause"),
    ("POST", "/campaigns/{id}/resume", "operator", "campaign.resume"),
    ("POST", "/campaigns/{id}/stop", "operator", "campaign.stop"),
    ("GET", "/campaigns/{id}/pace", "viewer", "-"),
    ("GET", "/campaigns/{id}/messages", "viewer", "-"),
    ("GET", "/campaigns/{id}/messages/export", "viewer", "-"),
    ("GET", "/messages", "viewer", "-"),
    ("GET", "/messages/export", "viewer", "-"),
    ("GET", "/reports", "viewer", "-"),
    ("GET", "/reports.csv", "viewer", "-"),
    ("GET", "/campaigns/{id}/left-out", "viewer", "-"),
    ("POST", "/campaigns/{id}/messages/{ordinal}/confirm-sent", "operator", "message.confirm_sent"),
    ("POST", "/campaigns/{id}/messages/{ordinal}/send-again", "operator", "message.send_again"),
    ("POST", "/campaigns/{id}/unknown/confirm-sent", "operator", "message.confirm_sent"),
    ("POST", "/campaigns/{id}/unknown/send-again", "operator", "message.send_again"),
    ("GET", "/dead-letters", "viewer", "-"),
    ("POST", "/dead-letters/{id}/release", "operator", "dead_letter.release"),
    ("POST", "/dead-letters/{id}/discard", "operator", "dead_letter.discard"),
    ("POST", "/receipts/{token}", "-", "-"),
    ("GET", "/opt-outs", "viewer", "-"),
    ("POST", "/opt-outs", "operator", "opt_out.create"),
    ("DELETE", "/opt-outs/{channel}/{address}", "administrator", "opt_out.delete"),
    ("GET", "/sandbox/messages", "viewer", "-"),
    ("POST", "/sandbox/messages/{id}/receipts", "operator", "sandbox.receipt"),
    ("POST", "/sandbox/messages/{id}/replies", "operator", "sandbox.reply"),
    ("GET", "/attachments", "viewer", "-"),
    ("POST", "/attachments", "operator", "attachment.upload"),
    ("GET", "/attachments/{id}", "viewer", "-"),
    ("DELETE", "/attachments/{id}", "operator", "attachment.delete"),
    ("GET", "/attachments/{id}/file", "viewer", "-"),
    ("GET", "/files/{token}", "-", "-"),
    ("GET", "/campaigns/{id}/estimate", "viewer", "-"),
    ("GET", "/campaigns/{id}/problems", "viewer", "-"),
    ("POST", "/campaigns/{id}/render", "viewer", "-"),
    ("GET", "/reviews", "viewer", "-"),
    ("GET", "/reviews/{id}", "viewer", "-"),
    ("POST", "/reviews/{id}/clear", "administrator", "review.clear"),
    ("POST", "/reviews/{id}/refuse", "administrator", "review.refuse"),
    ("GET", "/senders/{id}/price", "viewer", "-"),
    ("PUT", "/senders/{id}/price", "administrator", "sender.price"),
    ("DELETE", "/senders/{id}/price", "administrator", "sender.price"),
    ("GET", "/words", "viewer", "-"),
    ("POST", "/words", "administrator", "word.create"),
    ("POST", "/words/test", "viewer", "-"),
    ("DELETE", "/words/{id}", "administrator", "word.delete"),
    ("GET", "/accounts", "viewer", "-"),
    ("GET", "/campaigns/{id}/bad-addresses", "viewer", "-"),
    ("GET", "/campaigns/{id}/bad-addresses.csv", "viewer", "-"),
    ("GET", "/campaigns/{id}/lists", "viewer", "-"),
    ("GET", "/campaigns/{id}/lists/{list}", "viewer", "-"),
    ("POST", "/campaigns/{id}/recipients/count", "viewer", "-"),
    ("POST", "/campaigns/{id}/recipients/selection", "operator", "campaign.import"),
    ("GET", "/contacts", "viewer", "-"),
    ("POST", "/contacts", "operator", "contact.create"),
    ("GET", "/contacts/duplicates", "viewer", "-"),
    ("GET", "/contacts/export", "viewer", "-"),
    ("POST", "/contacts/import", "operator", "contact.import"),
    ("GET", "/contacts/imports", "viewer", "-"),
    ("GET", "/contacts/imports/{id}", "viewer", "-"),
    ("DELETE", "/contacts/{id}", "operator", "contact.delete"),
    ("GET", "/contacts/{id}", "viewer", "-"),
    ("PATCH", "/contacts/{id}", "operator", "contact.change"),
    ("POST", "/contacts/{id}/merge", "operator", "contact.merge"),
    ("POST", "/erasures", "administrator", "person.erase"),
    ("GET", "/erasures/{id}", "viewer", "-"),
    ("POST", "/receipts", "-", "-"),
    ("GET", "/tags", "viewer", "-"),
    ("GET", "/campaigns/{id}/report", "viewer", "-"),
    ("GET", "/campaigns/{id}/report.csv", "viewer", "-"),
    ("GET", "/presets", "viewer", "-"),
    ("GET", "/campaigns/{id}/resends", "viewer", "-"),
    ("POST", "/campaigns/{id}/resends", "operator", "campaign.resend"),
    ("POST", "/campaigns/{id}/resends/count", "viewer", "-"),
    ("GET", "/reasons", "viewer", "-"),
    ("GET", "/answers", "viewer", "-"),
    ("PUT", "/answers", "administrator", "team.answers"),
    ("GET", "/campaigns/{id}/cost", "viewer", "-"),
    ("GET", "/campaigns/{id}/replies", "viewer", "-"),
    ("GET", "/conversations", "viewer", "-"),
    ("GET", "/conversations/{channel}/{address}", "viewer", "-"),
    ("PATCH", "/conversations/{channel}/{address}", "operator", "conversation.change"),
    ("POST", "/conversations/{channel}/{address}/forward", "operator", "message.send"),
    ("GET", "/conversations/{channel}/{address}/messages", "viewer", "-"),
    ("POST", "/conversations/{channel}/{address}/messages", "operator", "message.send"),
    ("POST", "/conversations/{channel}/{address}/opt-out", "operator", "opt_out.create"),
    ("POST", "/conversations/{channel}/{address}/read", "operator", "-"),
    ("GET", "/inbound", "viewer", "-"),
    ("POST", "/inbound/{id}/review", "operator", "inbound.review"),
    ("POST", "/inbound/{token}", "-", "-"),
    ("GET", "/opt-outs/export", "viewer", "-"),
    ("POST", "/opt-outs/import", "operator", "opt_out.import"),
    ("GET", "/opt-outs/lifted", "viewer", "-"),
    ("GET", "/opt-outs/{channel}/{address}", "viewer", "-"),
    ("GET", "/senders/{id}/inbound", "administrator", "-"),
    ("GET", "/unsubscribes/{token}", "-", "-"),
    ("POST", "/unsubscribes/{token}", "-", "-"),
    ("GET", "/teams", "viewer", "-"),
    ("POST", "/teams", "owner", "team.create"),
    ("GET", "/teams/{id}", "viewer", "-"),
    ("PATCH", "/teams/{id}", "administrator", "team.change"),
    ("PUT", "/teams/{id}/members/{user}", "administrator", "member.put"),
    ("DELETE", "/teams/{id}/members/{user}", "administrator", "member.remove"),
    ("GET", "/users", "viewer", "-"),
    ("POST", "/users", "owner", "user.create"),
    ("PATCH", "/users/{id}", "viewer", "user.change"),
    ("GET", "/keys", "viewer", "-"),
    ("POST", "/keys", "viewer", "key.create"),
    ("DELETE", "/keys/{id}", "viewer", "key.revoke"),
    ("GET", "/audit", "administrator", "-"),
];

/// A path with something in each of its places.
fn filled(path: &str) -> String {
    let path = path.replace("/teams/{id}", "/teams/team_main").replace("{user}", "usr_tg_revoked");
    let path = path.replace("/users/{id}", "/users/usr_tg_viewer").replace("{ordinal}", "0");
    path.replace("{id}", "x")
        .replace("{token}", "x")
        .replace("{list}", "x")
        .replace("{channel}", "sms")
        .replace("{address}", "x")
}

fn send(api: &Api, key: Option<&str>, method: &str, path: &str, body: &str) -> (u16, Value) {
    let content_type = match path {
        path if path.ends_with("/recipients") => "text/csv",
        path if path.contains("/import") && !path.starts_with("/blocked") => "text/csv",
        path if path.starts_with("/blocked-times") => "text/calendar",
        path if path.starts_with("/attachments?") => "application/octet-stream",
        _ => "application/json",
    };
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("content-type", content_type);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let reply = api.send(request.body(Body::from(body.to_owned())).unwrap());
    (reply.status.as_u16(), reply.body)
}

#[test]
fn the_table_has_every_route_of_the_document() {
    let told: BTreeSet<(String, &str)> =
        operations().map(|operation| (operation.method.to_uppercase(), operation.path)).collect();
    let known = ROUTES.iter().map(|route| (route.0.to_owned(), route.1)).collect();
    assert_eq!(told, known);
}

#[test]
fn the_document_tells_the_role_of_each_route() {
    for operation in operations() {
        let (method, path) = (operation.method.to_uppercase(), operation.path);
        let known = ROUTES.iter().find(|route| route.0 == method && route.1 == path).unwrap();
        let told = operation.about["x-role"].as_str().unwrap_or("-");
        assert_eq!(told, known.2, "{method} {path}");
    }
    let said = |id: &str| {
        let operation = operations().find(|operation| operation.id() == id).unwrap();
        operation.about["description"].as_str().unwrap().to_owned()
    };
    for id in ["createCampaign", "pauseCampaign", "releaseDeadLetter"] {
        assert!(said(id).contains("`campaigns_for`"), "{id}: {}", said(id));
    }
}

#[test]
fn each_route_opens_for_its_role_and_for_none_below() {
    const PLAIN: &str = "tg_plain_administrator";
    let order = ["viewer", "operator", "administrator", "owner"];
    for (method, path, least, _) in ROUTES {
        let api = Api::new();
        api.user(PLAIN, false, &[("team_main", "administrator")]);
        let path = filled(path);
        let without = send(&api, None, method, &path, "{}").0;
        // A provider shows that it is one by its signature.
        let signs = path.starts_with("/inbound/") && *least == "-";
        assert_eq!(
            without == 401,
            *least != "-" || signs,
            "{method} {path} without a key: {without}"
        );
        for (role, key) in order.iter().zip([VIEWER, OPERATOR, PLAIN, ADMINISTRATOR]) {
            let place = |role: &str| order.iter().position(|known| known == &role);
            let may = place(role) >= place(least);
            let (status, body) = send(&api, Some(key), method, &path, "{}");
            // One's own name is one's own; anybody else's is an owner's.
            let own = path.starts_with("/users/") && *role != "viewer" && *role != "owner";
            assert_eq!(status == 403, !may || own, "{method} {path} as {role}: {status} {body}");
            assert!(status < 500, "{method} {path} as {role}: {body}");
        }
    }
}

#[test]
fn the_page_about_teams_names_the_role_of_each_route() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/teams.md");
    let page = std::fs::read_to_string(page).unwrap();
    for (method, path, least, _) in ROUTES {
        let least = if *least == "-" { "no key" } else { least };
        let line = format!("| `{method} {path}` | {least} |");
        assert!(page.contains(&line), "docs/teams.md lacks\n{line}");
    }
}

/// Everything that a route can leave in the log, done once.
#[test]
#[expect(clippy::too_many_lines, reason = "one call for each route")]
fn every_write_leaves_its_entry_and_its_secret_nowhere() {
    let api = Api::new();
    let draft = crate::dead_letters::held(&api);
    let as_owner = |method: &str, path: &str, body: Value| {
        let (status, reply) = send(&api, Some(ADMINISTRATOR), method, path, &body.to_string());
        assert!((200..300).contains(&status), "{method} {path}: {status} {reply:#}");
        reply
    };
    let letters = as_owner("GET", "/dead-letters", json!({}));
    let letter = letters["items"][0]["id"].as_str().unwrap();
    as_owner("POST", &format!("/dead-letters/{letter}/release"), json!({}));
    api.world.run_until("2026-11-24T14:10:00Z");
    as_owner("POST", &format!("/dead-letters/{letter}/discard"), json!({}));
    let at = format!("/campaigns/{}", draft.campaign);
    for order in ["confirm-sent", "send-again"] {
        for place in ["messages/0", "unknown"] {
            api.sql(tidegate_worker::sql!(
                "UPDATE messages SET status = 'unknown' WHERE ordinal = 0"
            ));
            as_owner("POST", &format!("{at}/{place}/{order}"), json!({}));
            api.world.run_until_ms(api.world.time().now() + 120_000);
        }
    }
    let sender = json!({
        "name": "Desk", "channel": "sms", "policy": {},
        "provider": { "kind": "webhook", "url": "https://example.org/hook?token=verysecret" },
    });
    let sender = as_owner("POST", "/senders", sender);
    let sender = format!("/senders/{}", sender["id"].as_str().unwrap());
    let provider = json!({ "kind": "webhook", "url": "https://example.org/hook?token=alsosecret" });
    as_owner("PATCH", &sender, json!({ "provider": provider }));
    as_owner(
        "POST",
        &format!("{sender}/messages"),
        json!({ "to": "+33612000001", "content": { "text": "Hi" } }),
    );
    let request = Request::post(format!("/api/v1{sender}/sends"))
        .header("authorization", format!("Bearer {ADMINISTRATOR}"))
        .header("content-type", "application/json")
        .header("idempotency-key", "one")
        .body(Body::from(r#"[{"at": "2026-11-24T13:00:00Z"}]"#));
    api.send(request.unwrap()).expect(201);

    let draft = api.draft(2);
    let at = format!("/campaigns/{}", draft.campaign);
    as_owner("PATCH", &at, json!({ "name": "Other dates" }));
    for command in ["schedule", "pause", "resume", "stop"] {
        as_owner("POST", &format!("{at}/{command}"), json!({}));
    }
    as_owner("POST", &format!("{at}/resends"), json!({ "to": "left_out" }));
    as_owner("POST", "/opt-outs", json!({ "channel": "sms", "address": "+33612000009" }));
    as_owner("DELETE", "/opt-outs/sms/+33612000009", json!({}));
    as_owner("PUT", "/me/goals", json!({ "goals": { "sms": 5 } }));
    let user = as_owner("POST", "/users", json!({ "name": "Grace" }));
    let user = user["id"].as_str().unwrap();
    as_owner("PATCH", &format!("/users/{user}"), json!({ "name": "Grace H" }));
    as_owner("PUT", &format!("/teams/team_main/members/{user}"), json!({ "role": "viewer" }));
    let key = as_owner("POST", "/keys", json!({ "name": "script", "user_id": user }));
    let secret = key["key"].as_str().unwrap().to_owned();
    as_owner("DELETE", &format!("/keys/{}", key["id"].as_str().unwrap()), json!({}));
    as_owner("DELETE", &format!("/teams/team_main/members/{user}"), json!({}));
    as_owner("POST", "/teams", json!({ "name": "North" }));
    as_owner("PATCH", "/teams/team_main", json!({ "name": "Main street" }));
    let inbox = format!("{}-0", draft.campaign);
    for (table, body) in
        [("receipts", json!({ "status": "failed" })), ("replies", json!({ "text": "Hello" }))]
    {
        api.sandbox_message(&inbox, "+33612000003");
        as_owner("POST", &format!("/sandbox/messages/{inbox}/{table}"), body);
    }

    let at = format!("/senders/{}/price", draft.sender);
    as_owner("PUT", &at, json!({ "currency": "EUR", "per_message": "0.05" }));
    as_owner("DELETE", &at, json!({}));
    let (status, file) =
        send(&api, Some(ADMINISTRATOR), "POST", "/attachments?file_name=a.gif", GIF);
    assert_eq!(status, 201, "{file}");
    as_owner("DELETE", &format!("/attachments/{}", file["id"].as_str().unwrap()), json!({}));
    let word = as_owner("POST", "/words", json!({ "kind": "word", "value": "term" }));
    for decision in ["clear", "refuse"] {
        let held = api.draft(1);
        let at = format!("/campaigns/{}", held.campaign);
        as_owner("PATCH", &at, json!({ "content": { "text": "The term begins" } }));
        as_owner("POST", "/words", json!({ "kind": "word", "value": "term" }));
        as_owner("POST", &format!("{at}/schedule"), json!({}));
        let review = as_owner("GET", "/reviews", json!({}))["items"][0]["id"].take();
        as_owner("POST", &format!("/reviews/{}/{decision}", review.as_str().unwrap()), json!({}));
    }
    as_owner("DELETE", &format!("/words/{}", word["id"].as_str().unwrap()), json!({}));

    of_people(&api, &inbox, &as_owner);

    let rows = api.sql(tidegate_worker::sql!("SELECT * FROM audit ORDER BY seq"));
    let text = serde_json::to_string(&rows).unwrap();
    for secret in [secret.as_str(), "verysecret", "alsosecret", "Lovelace", "+336120777"] {
        assert!(!text.contains(secret), "`{secret}` is in the log");
    }
    let done: BTreeSet<&str> = rows.iter().map(|row| row["what"].as_str().unwrap()).collect();
    for (method, path, _, what) in ROUTES {
        assert!(*what == "-" || done.contains(what), "{method} {path} leaves no `{what}`");
        let is_excused = READS.contains(path) || UNNOTED.contains(path);
        assert!(*method == "GET" || *what != "-" || is_excused, "{method} {path}");
    }
    for row in &rows {
        // What a review carries out is done for whoever wished it, with nobody's key.
        let user = row["key_id"].as_str().map(|key| format!("usr_{key}"));
        assert_eq!(row["user_id"].as_str(), user.as_deref());
        assert_ne!(row["by_whom"], "");
        assert!(row["team_id"].as_str().unwrap().starts_with("team_"), "{row}");
    }
}

/// What is done with contacts, and with what they write.
fn of_people(api: &Api, inbox: &str, as_owner: &dyn Fn(&str, &str, Value) -> Value) {
    const ADA: &str = "+33612077700";
    let contact = |address: &str| {
        let contact = json!({
            "name": "Ada Lovelace", "addresses": [{ "channel": "sms", "address": address }],
        });
        as_owner("POST", "/contacts", contact)["id"].as_str().unwrap().to_owned()
    };
    let (ada, twin) = (contact(ADA), contact("+33612077701"));
    as_owner("PATCH", &format!("/contacts/{ada}"), json!({ "name": "Countess Lovelace" }));
    as_owner("POST", &format!("/contacts/{ada}/merge"), json!({ "with": twin }));
    let other = contact("+33612077702");
    as_owner("DELETE", &format!("/contacts/{other}"), json!({}));
    let files = [
        ("/contacts/import?file_name=people.csv", "name,sms\nLovelace,+33612077703\n"),
        ("/opt-outs/import?channel=sms&file_name=no.csv", "phone\n+33612077704\n"),
    ];
    for (path, file) in files {
        let (status, reply) = send(api, Some(ADMINISTRATOR), "POST", path, file);
        assert!((200..300).contains(&status), "{path}: {reply:#}");
    }
    api.sql(tidegate_worker::sql!(
        "UPDATE sandbox_messages SET address = ?2 WHERE id = ?1",
        inbox,
        ADA,
    ));
    let said = json!({ "text": "Lovelace here" });
    let came = as_owner("POST", &format!("/sandbox/messages/{inbox}/replies"), said);
    let came = came["id"].as_str().unwrap();
    as_owner("PATCH", &format!("/conversations/sms/{ADA}"), json!({ "state": "closed" }));
    as_owner("POST", &format!("/inbound/{came}/review"), json!({ "as": "done" }));
    as_owner("PUT", "/answers", json!({ "stop": null }));
    as_owner("POST", "/erasures", json!({ "contact_id": ada }));
}

/// A picture of one point.
const GIF: &str = "GIF89a\u{1}\0\u{1}\0\0\0\0;";

/// Looking at what came in is noted in the conversation, and changes nothing else.
const UNNOTED: [&str; 1] = ["/conversations/{channel}/{address}/read"];

/// What is asked with a POST and changes nothing, and what providers and recipients report.
const READS: [&str; 15] = [
    "/campaigns/{id}/resends/count",
    "/words/test",
    "/inbound/{token}",
    "/unsubscribes/{token}",
    "/campaigns/{id}/recipients/count",
    "/receipts",
    "/campaigns/{id}/render",
    "/policies/check",
    "/decisions",
    "/plans",
    "/advice",
    "/explanations",
    "/blocked-times/import",
    "/campaigns/{id}/plan",
    "/receipts/{token}",
];
