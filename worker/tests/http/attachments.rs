//! `/attachments`: what messages carry.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::callback::Signer;
use tidegate_worker::model::Outcome;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, Reply, VIEWER, pair, text};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and the rest";
const PDF: &[u8] = b"%PDF-1.7\nand the rest";

fn upload(api: &Api, name: &str, bytes: &[u8]) -> Reply {
    // What it is called on the way does not matter.
    api.upload(&format!("/attachments?file_name={name}"), "text/html", bytes.to_vec())
}

fn attached(api: &Api, name: &str, bytes: &[u8]) -> String {
    text(&upload(api, name, bytes).expect(201)["id"])
}

fn delete(api: &Api, id: &str) -> Reply {
    api.call(OPERATOR, "DELETE", &format!("/attachments/{id}"), None)
}

#[test]
fn the_same_file_twice_is_one_attachment_and_its_bytes_say_what_it_is() {
    let api = Api::new();
    let first = upload(&api, "photos%2Fa.png", PNG).expect(201);
    assert_eq!(
        (&first["file_name"], &first["media_type"], &first["bytes"]),
        (&json!("a.png"), &json!("image/png"), &json!(PNG.len()))
    );
    let again = upload(&api, "a.png", PNG).expect(200);
    assert_eq!(again["id"], first["id"]);
    assert_ne!(upload(&api, "b.png", PNG).expect(201)["id"], first["id"]);
    let list = api.get("/attachments?limit=1").expect(200);
    assert_eq!(
        (&list["items"][0]["file_name"], list["next_cursor"].is_string()),
        (&json!("b.png"), true)
    );
    assert_eq!(api.get(&format!("/attachments/{}", text(&first["id"]))).expect(200), first);
}

#[test]
fn what_could_run_what_is_empty_and_what_is_too_long_is_refused() {
    let api = Api::new();
    assert_eq!(
        upload(&api, "a.png", b"<svg onload='alert(1)'/>").errors(),
        [pair("", "unknown_media_type")]
    );
    assert_eq!(upload(&api, "a.png", b"").errors(), [pair("", "empty")]);
    assert_eq!(upload(&api, "", PNG).errors(), [pair("file_name", "empty")]);
    assert_eq!(
        api.upload("/attachments", "image/png", PNG.into()).errors(),
        [pair("file_name", "missing")]
    );
    assert_eq!(upload(&api, "a.png", &vec![b'x'; 20 * 1024 * 1024 + 1]).status, 413);
    let viewer = api.call(VIEWER, "POST", "/attachments?file_name=a", Some(&json!({})));
    assert_eq!(viewer.status, 403);
    assert!(api.world.files.borrow().is_empty());
}

#[test]
fn bytes_come_back_so_that_no_browser_runs_them() {
    let api = Api::new();
    let header = |reply: &Reply, name: &str| reply.headers[name].to_str().unwrap().to_owned();
    for (name, bytes, disposition) in [
        ("Größe.png", PNG, "inline; filename*=UTF-8''Gr%C3%B6%C3%9Fe.png"),
        ("a.pdf", PDF, "attachment; filename*=UTF-8''a.pdf"),
    ] {
        let id = attached(&api, &name.replace('ö', "%C3%B6").replace('ß', "%C3%9F"), bytes);
        let reply = api.get(&format!("/attachments/{id}/file"));
        assert_eq!(header(&reply, "content-disposition"), disposition);
        assert_eq!(header(&reply, "x-content-type-options"), "nosniff");
        assert!(header(&reply, "content-security-policy").contains("default-src 'none'"));
        assert_eq!(reply.status, 200);
    }
    let none = Request::get("/api/v1/files/AAAA").body(Body::empty()).unwrap();
    assert_eq!(api.send(none).status, 404);
}

#[test]
fn a_message_carries_what_its_channel_takes_and_nothing_else() {
    let api = Api::new();
    let draft = api.draft(1);
    let (png, pdf) = (attached(&api, "a.png", PNG), attached(&api, "a.txt", b"plain words"));
    let edit = |content: Value| api.edit(&draft.campaign, json!({ "content": content }));
    let errors =
        edit(json!({ "text": "x", "subject": "y", "attachments": [png, "att_none", pdf] }))
            .errors();
    assert_eq!(
        errors,
        [
            pair("content.subject", "not_for_channel"),
            pair("content.attachments[1]", "unknown_attachment"),
            pair("content.attachments[2]", "not_taken_by_channel"),
        ]
    );
    assert_eq!(
        edit(json!({ "text": "x", "attachments": "att" })).errors(),
        [pair("content.attachments", "type")]
    );
    assert_eq!(
        edit(json!({ "text": "x", "attachments": [png, png] })).errors(),
        [pair("content.attachments[1]", "repeated")]
    );
    let eleven: Vec<String> = (0..11).map(|n| format!("att_{n}")).collect();
    assert_eq!(
        edit(json!({ "text": "x", "attachments": eleven })).errors(),
        [pair("content.attachments", "too_many")]
    );

    let carried = edit(json!({ "text": "Hi {{ name }}", "attachments": [png] })).expect(200);
    assert_eq!(carried["content"]["attachments"], json!([png]));
    assert_eq!(delete(&api, &png).expect(409)["type"], "/problems/in_use");
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posted(), 1);
    assert_eq!(delete(&api, &png).status, 204, "the campaign has ended");
    assert_eq!(delete(&api, &png).status, 404);
    assert!(!api.world.files.borrow().contains_key(&png));
}

/// Half a day apart, on two days and by two hand-overs: but for its header it is the same request.
#[test]
fn a_message_that_is_handed_over_again_says_the_same_to_the_byte() {
    let api = Api::new();
    let draft = api.draft(1);
    let png = attached(&api, "a.png", PNG);
    let content = json!({ "text": "Hi {{ name }}", "attachments": [png] });
    let hours = json!({ "windows": [{ "from": "14:00", "to": "14:01" }] });
    api.edit(&draft.campaign, json!({ "content": content, "policy": hours })).expect(200);
    let mut answers = 0;
    *api.world.answer.borrow_mut() = Box::new(move |_| {
        answers += 1;
        if answers == 1 {
            Outcome::Unclear { detail: "reset".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-26T15:00:00Z");
    let bodies = api.world.bodies.borrow();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
    let expiries = api.world.expiries.borrow();
    assert!(expiries[0] < expiries[1], "{expiries:?}");
    // The link in it opens until a week after the campaign's end.
    let signer = ready(Signer::load(api.world.database(), &*api.world, "")).unwrap();
    let seqs = api.sql(sql!("SELECT c.seq, a.seq AS file FROM campaigns c, attachments a"));
    let token =
        signer.file_token(seqs[0]["seq"].as_i64().unwrap(), seqs[0]["file"].as_i64().unwrap());
    let fetch = || {
        let request = Request::get(format!("/api/v1/files/{token}")).body(Body::empty()).unwrap();
        api.send(request).status.as_u16()
    };
    let ended = api.sql(sql!("SELECT ended_ms AS ms FROM campaigns"))[0]["ms"].as_i64().unwrap();
    api.world.run_until("2026-12-02T14:00:00Z");
    assert_eq!(fetch(), 200);
    api.world.run_until("2026-12-04T14:00:00Z");
    assert!(api.world.now().millis() > ended + 7 * 86_400_000);
    assert_eq!(fetch(), 404);
}

#[test]
fn what_nobody_carries_is_forgotten_in_the_end() {
    let api = Api::new();
    let draft = api.draft(1);
    let (used, unused) = (attached(&api, "a.png", PNG), attached(&api, "b.png", PNG));
    let content = json!({ "content": { "text": "Hi", "attachments": [used] } });
    api.edit(&draft.campaign, content).expect(200);
    // An upload that died before its bytes were kept.
    api.sql(sql!(
        "INSERT INTO attachments (id, team_id, sha256, file_name, media_type, bytes, created_ms, by_whom)
         VALUES ('att_dead', 'team_main', 'x', 'x', 'image/png', 1, ?1, 'x')",
        NOW_MS,
    ));
    let prune = |days: i64| {
        let now = tidegate::Instant::from_millis(NOW_MS + days * 86_400_000);
        tidegate_world::ready(tidegate_worker::jobs::attachments::prune(&*api.world, now)).unwrap()
    };
    assert_eq!(prune(0), 0);
    assert_eq!(prune(2), 1);
    assert_eq!(prune(31), 1);
    let left: Vec<String> = api.world.files.borrow().keys().cloned().collect();
    assert_eq!(left, std::slice::from_ref(&used));
    assert_eq!(api.get(&format!("/attachments/{unused}")).status, 404);
    assert_eq!(api.call(ADMINISTRATOR, "GET", &format!("/attachments/{used}"), None).status, 200);
}
