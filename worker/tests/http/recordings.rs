//! `/senders/{id}/sends`: sends by hand elsewhere.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::api::{Api, NOW_MS, OPERATOR, Reply, VIEWER, pair};

fn post(api: &Api, sender: &str, key: Option<&str>, body: &Value) -> Reply {
    let request = Request::post(format!("/api/v1/senders/{sender}/sends"))
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    api.send(request.body(Body::from(body.to_string())).unwrap())
}

#[test]
fn what_is_recorded_is_listed_and_counts() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let limits = json!({ "policy": { "limits": [{ "max": 5, "rolling": "24h" }] } });
    api.patch(&format!("/senders/{sender}"), &limits).expect(200);
    let sends = json!([{ "at": NOW_MS - 60_000, "count": 3, "every_ms": 1_000 }, { "at": NOW_MS }]);
    let made = post(&api, &sender, Some("a"), &sends);
    assert_eq!(made.status.as_u16(), 201);
    assert_eq!((&made.body["count"], &made.body["by"]), (&json!(4), &json!("tg_operator")));
    let again = post(&api, &sender, Some("a"), &sends);
    assert_eq!((again.status.as_u16(), &again.body), (200, &made.body));
    let more = post(&api, &sender, Some("b"), &json!([{ "at": "2026-11-24T13:59:00Z" }]));
    let listed = api.get(&format!("/senders/{sender}/sends")).expect(200);
    assert_eq!(listed["items"], json!([more.expect(201), made.body]));
    let first = api.get(&format!("/senders/{sender}/sends?limit=1")).expect(200);
    assert_eq!(first["next_cursor"], "2");

    let outlook = api.get(&format!("/senders/{sender}/outlook")).expect(200);
    let history = outlook["shared"][1]["history"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    assert!(history.iter().all(|run| run["origin"] == "manual"));
}

#[test]
fn every_fault_of_a_recording_is_named_at_once() {
    let api = Api::new();
    let sender = api.draft(0).sender;
    let ahead = json!([
        { "at": NOW_MS - 10, "count": 3, "every_ms": 10 },
        { "at": NOW_MS - 401 * 86_400_000 },
        { "count": 0, "every_ms": -1, "origin": "manual" },
        7,
    ]);
    assert_eq!(
        post(&api, &sender, None, &ahead).errors(),
        [
            pair("Idempotency-Key", "missing"),
            pair("[0].at", "in_the_future"),
            pair("[1].at", "too_old"),
            pair("[2].at", "missing"),
            pair("[2].count", "out_of_bounds"),
            pair("[2].every_ms", "out_of_bounds"),
            pair("[2].origin", "unknown_field"),
            pair("[3]", "type"),
        ]
    );
    assert_eq!(post(&api, &sender, Some("k"), &json!({})).errors(), [pair("", "type")]);
    assert_eq!(post(&api, &sender, Some("k"), &json!([])).errors(), [pair("", "empty")]);
    let many = vec![json!({ "at": NOW_MS }); 1_001];
    assert_eq!(post(&api, &sender, Some("k"), &json!(many)).errors(), [pair("", "too_many")]);
    let pieces = json!([{ "at": NOW_MS - 300 * 86_400_000, "count": 301, "every_ms": 86_400_000 }]);
    assert_eq!(post(&api, &sender, Some("k"), &pieces).status.as_u16(), 201);
    let many = Value::Array(vec![pieces[0].clone(); 7]);
    assert_eq!(post(&api, &sender, Some("l"), &many).errors(), [pair("", "too_many")]);
    post(&api, "snd_nobody", Some("k"), &json!([{ "at": NOW_MS }])).expect(404);
    api.get("/senders/snd_nobody/sends").expect(404);
    let one = json!([{ "at": NOW_MS }]);
    api.call(VIEWER, "POST", &format!("/senders/{sender}/sends"), Some(&one)).expect(403);
}
