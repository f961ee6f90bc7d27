//! What a user sent today, against what they want to send.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{ADMINISTRATOR, Api, OPERATOR, pair};

fn sms(api: &Api, key: &str) -> Value {
    let day = api.call(key, "GET", "/me/goals", None).expect(200);
    day["channels"].as_array().unwrap().iter().find(|c| c["channel"] == "sms").unwrap().clone()
}

fn record(api: &Api, sender: &str, key: &str, sends: &Value) {
    let request = Request::post(format!("/api/v1/senders/{sender}/sends"))
        .header("authorization", format!("Bearer {ADMINISTRATOR}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(Body::from(sends.to_string()));
    api.send(request.unwrap());
}

#[test]
fn the_day_counts_all_that_a_user_sent_and_the_goal_holds_nothing_back() {
    let api = Api::new();
    let goal = json!({ "goals": { "sms": 2 } });
    api.call(ADMINISTRATOR, "PUT", "/me/goals", Some(&goal)).expect(200);
    let draft = api.draft(3);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    let single = json!({ "to": "+33612000001", "content": { "text": "Hi" } });
    api.post(&format!("/senders/{}/messages", draft.sender), &single).expect(202);
    // Half an hour of every ten minutes, told twice: it is one recording.
    let sends = json!([{ "at": "2026-11-24T13:00:00Z", "count": 4, "every_ms": 600_000 }]);
    record(&api, &draft.sender, "a", &sends);
    record(&api, &draft.sender, "a", &sends);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posted(), 4, "beyond the goal");
    assert_eq!(
        sms(&api, ADMINISTRATOR),
        json!({ "channel": "sms", "goal": 2, "sent": 8, "queued": 3, "single": 1, "manual": 4, "left": 0 })
    );
    assert_eq!(sms(&api, OPERATOR)["sent"], 0, "it is somebody else's");
    let rows = api.sql(sql!("SELECT count(*) AS n FROM user_sends WHERE origin = 'queued'"));
    assert_eq!(rows[0]["n"], 1, "a row for a quarter of an hour, not for a message");
}

#[test]
fn it_is_counted_over_all_teams_and_from_local_midnight_on() {
    let api = Api::new();
    let draft = api.draft(0);
    // 13:30 UTC is 19:15 in Kathmandu, and 05:30 in Los Angeles; 18:20 UTC the day before is 00:05
    // in Kathmandu.
    let sends = json!([
        { "at": "2026-11-23T18:10:00Z" },
        { "at": "2026-11-23T18:20:00Z" },
        { "at": "2026-11-24T07:50:00Z" },
        { "at": "2026-11-24T13:30:00Z" },
        { "at": "2026-01-01T00:00:00Z", "count": 1000, "every_ms": 1000 },
    ]);
    record(&api, &draft.sender, "a", &sends);
    api.sql(sql!("INSERT INTO teams (id, name, created_ms) VALUES ('team_b', 'B', 1)"));
    let zone = |name: &str| {
        api.call(ADMINISTRATOR, "PUT", "/me/goals", Some(&json!({ "time_zone": name }))).expect(200)
    };
    for (name, since, sent) in [
        ("Asia/Kathmandu", 1_795_457_700_000_i64, 3),
        ("America/Los_Angeles", 1_795_507_200_000, 1),
        ("UTC", 1_795_478_400_000, 2),
    ] {
        let day = zone(name);
        assert_eq!((&day["time_zone"], &day["since"]), (&json!(name), &json!(since)));
        assert_eq!(sms(&api, ADMINISTRATOR)["sent"], sent, "{name}");
    }
    let elsewhere = Request::get("/api/v1/me/goals")
        .header("authorization", format!("Bearer {ADMINISTRATOR}"))
        .header("tidegate-team", "team_b")
        .body(Body::empty());
    let day = api.send(elsewhere.unwrap()).expect(200);
    assert_eq!(day["channels"][0]["sent"], 2, "the same in another team");
    api.world.run_until("2026-11-25T00:00:00Z");
    assert_eq!(sms(&api, ADMINISTRATOR)["sent"], 0, "a new day");
}

#[test]
fn a_place_is_used_again_two_days_later() {
    let api = Api::new();
    let draft = api.draft(0);
    record(&api, &draft.sender, "a", &json!([{ "at": "2026-11-24T13:30:00Z", "count": 5 }]));
    api.world.run_until("2026-11-26T14:00:00Z");
    record(&api, &draft.sender, "b", &json!([{ "at": "2026-11-26T13:30:00Z", "count": 2 }]));
    assert_eq!(sms(&api, ADMINISTRATOR)["sent"], 2);
    assert_eq!(api.sql(sql!("SELECT count(*) AS n FROM user_sends"))[0]["n"], 1);
}

#[test]
fn a_goal_is_a_number_and_can_be_taken_away() {
    let api = Api::new();
    let set = |body: Value| api.call(OPERATOR, "PUT", "/me/goals", Some(&body));
    set(json!({ "goals": { "sms": 150, "email": 10 } })).expect(200);
    set(json!({ "goals": { "email": null } })).expect(200);
    let goals = api.sql(sql!("SELECT channel, goal FROM goals"));
    assert_eq!(goals, [json!({ "channel": "sms", "goal": 150 })]);
    let bad = set(json!({ "goals": { "sms": 0, "fax": 1 }, "time_zone": "Mars" }));
    let mut errors = bad.errors();
    errors.sort();
    assert_eq!(
        errors,
        [
            pair("goals.fax", "unknown_field"),
            pair("goals.sms", "out_of_bounds"),
            pair("time_zone", "unknown_zone")
        ]
    );
}
