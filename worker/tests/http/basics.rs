//! What holds for every route: keys and roles, faults in a body, unknown addresses and methods.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tidegate_worker::sql;

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, REVOKED, VIEWER};

#[test]
fn health_needs_no_key_and_tells_the_version_and_the_zone_release() {
    let reply = Api::new().send(Request::get("/api/v1/health").body(Body::empty()).unwrap());
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    let body = reply.expect(200);
    assert_eq!(body["status"], "ok");
    assert_eq!(body["now"], NOW_MS);
    assert!(body["zone_release"].as_str().unwrap().starts_with("20"));
}

#[test]
fn a_key_is_known_by_its_role() {
    let api = Api::new();
    for (key, role) in
        [(VIEWER, "viewer"), (OPERATOR, "operator"), (ADMINISTRATOR, "administrator")]
    {
        let me = api.call(key, "GET", "/me", None).expect(200);
        assert_eq!((&me["name"], &me["role"]), (&json!(key), &json!(role)));
        assert_eq!(
            (&me["team_id"], &me["user_id"]),
            (&json!("team_main"), &json!(format!("usr_{key}")))
        );
    }
}

#[test]
fn without_a_good_key_nothing_is_told() {
    let api = Api::new();
    for value in [
        None,
        Some("Bearer tg_nobody".to_owned()),
        Some(format!("Bearer {REVOKED}")),
        Some(format!("Basic {ADMINISTRATOR}")),
        Some("Bearer".to_owned()),
    ] {
        let mut request = Request::get("/api/v1/senders");
        if let Some(value) = &value {
            request = request.header("authorization", value);
        }
        let reply = api.send(request.body(Body::empty()).unwrap());
        assert_eq!(reply.headers["www-authenticate"], r#"Bearer realm="tidegate""#);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        let body = reply.expect(401);
        assert_eq!(body["type"], "/problems/unauthenticated", "{value:?}");
    }
}

#[test]
fn the_last_use_of_a_key_is_noted_once_an_hour() {
    let noted = |api: &Api| {
        let rows = api.sql(sql!("SELECT last_used_ms AS ms FROM keys WHERE id = ?1", VIEWER));
        rows[0]["ms"].as_i64()
    };
    let api = Api::new();
    assert_eq!(noted(&api), None);
    api.get("/me").expect(200);
    assert_eq!(noted(&api), Some(NOW_MS));
    for (before, after) in [(NOW_MS - 3_599_999, NOW_MS - 3_599_999), (NOW_MS - 3_600_000, NOW_MS)]
    {
        api.sql(sql!("UPDATE keys SET last_used_ms = ?1", before));
        api.get("/me").expect(200);
        assert_eq!(noted(&api), Some(after));
    }
}

#[test]
fn an_address_that_is_not_there_is_a_problem_document() {
    let api = Api::new();
    for path in ["", "/", "/nothing", "/senders/", "/senders/x/y/z", "/senders/%ff", "/%00"] {
        let reply = api.get(path);
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(reply.expect(404)["type"], "/problems/not_found", "{path}");
    }
    let outside = Request::get("/elsewhere").body(Body::empty()).unwrap();
    api.send(outside).expect(404);
}

#[test]
fn a_method_that_is_not_there_names_those_that_are() {
    let api = Api::new();
    for (method, path) in [("DELETE", "/senders"), ("PUT", "/plans"), ("POST", "/health")] {
        let reply = api.call(ADMINISTRATOR, method, path, None);
        assert!(!reply.headers["allow"].is_empty(), "{method} {path}");
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.expect(405)["type"], "/problems/method_not_allowed");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_never_a_server_error() {
    let api = Api::new();
    let send = |content_type: Option<&str>, body: Vec<u8>| {
        let mut request = Request::post("/api/v1/senders")
            .header("authorization", format!("Bearer {ADMINISTRATOR}"));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        api.send(request.body(Body::from(body)).unwrap())
    };
    let json = Some("application/json; charset=utf-8");
    let malformed = send(json, b"{\n \"name\": }".to_vec()).expect(400);
    let detail = malformed["detail"].as_str().unwrap();
    assert!(detail.contains("line 2 column 10"), "{detail}");
    send(json, Vec::new()).expect(400);
    send(json, vec![0xff; 9]).expect(400);
    send(json, vec![b'['; 100_000]).expect(400);
    send(json, vec![b' '; 2_000_001]).expect(413);
    send(json, vec![b' '; 2_000_000]).expect(400);
    send(None, b"{}".to_vec()).expect(415);
    send(Some("text/plain"), b"{}".to_vec()).expect(415);
    for document in ["null", "[]", "7", "\"x\"", "true"] {
        send(json, document.into()).expect(422);
    }
}

#[test]
fn the_engines_questions_are_answered_as_in_the_page() {
    let api = Api::new();
    let policy = json!({ "windows": [{ "from": "09:00", "to": "09:00" }], "gaps": "1s" });
    let direct = api.call(VIEWER, "POST", "/policies/check", Some(&policy)).expect(200);
    assert_eq!(direct["valid"], false);
    assert_eq!(direct["problems"].as_array().unwrap().len(), 2);
    let wrapped = json!({ "policy": policy });
    assert_eq!(api.call(VIEWER, "POST", "/policies/check", Some(&wrapped)).expect(200), direct);
    let valid = api.call(VIEWER, "POST", "/policies/check", Some(&json!({}))).expect(200);
    assert_eq!(valid, json!({ "valid": true, "problems": [] }));

    let layer = json!({ "name": "rules", "policy": { "gap": "10s" } });
    let decision = json!({ "layers": [layer] });
    let decision = api.call(VIEWER, "POST", "/decisions", Some(&decision)).expect(200);
    assert_eq!(decision, json!({ "verdict": "send" }));

    let request = json!({ "layers": [layer], "count": 3 });
    let plan = api.call(VIEWER, "POST", "/plans", Some(&request)).expect(200);
    assert_eq!(plan["first"], NOW_MS);
    assert_eq!(plan["last"], NOW_MS + 20_000);

    let request = json!({ "layers": [layer], "count": 3, "message": 2 });
    let explanation = api.call(VIEWER, "POST", "/explanations", Some(&request)).expect(200);
    assert_eq!(explanation["at"], NOW_MS + 20_000);
    assert_eq!(explanation["set_by"]["gate"], "gap");

    let request = json!({ "layers": [layer], "count": 3, "finish_by": NOW_MS + 10_000 });
    let advice = api.call(VIEWER, "POST", "/advice", Some(&request)).expect(200);
    assert_eq!(advice["enough"], false);
    assert_eq!(advice["advice"][0]["to"], "5s");

    for path in ["/plans", "/advice", "/explanations"] {
        for many in [
            json!({ "layers": [layer], "count": 10_000_001 }),
            json!({ "lanes": [{ "count": 5e6 }, { "count": 5_000_001.0 }] }),
        ] {
            let errors = api.call(VIEWER, "POST", path, Some(&many)).errors();
            assert!(
                errors.contains(&("count".into(), "out_of_bounds".into())),
                "{path} {errors:?}"
            );
        }
    }
    // With whatever else is wrong.
    let request = json!({ "layers": [layer], "count": 10_000_001, "seed": -1, "until": "later" });
    let errors = api.call(VIEWER, "POST", "/plans", Some(&request)).errors();
    let mut fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["count", "seed", "until"]);
    for garbage in [json!([]), json!({ "layers": 7 }), json!({ "lanes": [{}], "now": "soon" })] {
        for path in ["/plans", "/advice", "/explanations"] {
            api.call(VIEWER, "POST", path, Some(&garbage)).expect(422);
        }
        api.call(VIEWER, "POST", "/decisions", Some(&garbage)).expect(422);
    }
}
