//! Who takes whom into a team, and how far that reaches.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{ADMINISTRATOR, Api, Reply, text};

/// An administrator of the first team who owns nothing.
const PLAIN: &str = "tg_plain";
/// A member of another team, and of no other.
const BEA: &str = "tg_bea";

fn with_two_teams() -> Api {
    let api = Api::new();
    api.sql(sql!("INSERT INTO teams (id, name, created_ms) VALUES ('team_b', 'B', 1)"));
    api.user(PLAIN, false, &[("team_main", "administrator")]);
    api.user(BEA, false, &[("team_b", "administrator")]);
    api
}

fn put(api: &Api, key: &str, team: &str, user: &str) -> Reply {
    let path = format!("/teams/{team}/members/{user}");
    api.call(key, "PUT", &path, Some(&json!({ "role": "viewer" })))
}

fn in_team(api: &Api, key: &str, team: &str, method: &str, path: &str) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("tidegate-team", team);
    api.send(request.body(Body::empty()).unwrap())
}

#[test]
fn an_administrator_takes_in_nobody_of_another_team() {
    let api = with_two_teams();
    let refused = put(&api, PLAIN, "team_main", "usr_tg_bea");
    assert_eq!(refused.expect_failure(), (404, "not_found".into()));
    let path = "/teams/team_main/members/usr_tg_bea";
    api.call(PLAIN, "DELETE", path, None).expect(404);
    // An owner is everywhere already, and found as little.
    api.user("tg_second", true, &[]);
    put(&api, PLAIN, "team_main", "usr_tg_second").expect(404);
    // A member is changed, and whoever is in no team yet taken in.
    put(&api, PLAIN, "team_main", "usr_tg_operator").expect(200);
    let ida = api.post("/users", &json!({ "name": "Ida" })).expect(201);
    put(&api, PLAIN, "team_main", &text(&ida["id"])).expect(200);
    put(&api, ADMINISTRATOR, "team_main", "usr_tg_bea").expect(200);
    put(&api, PLAIN, "team_main", "usr_tg_bea").expect(200);
}

#[test]
fn a_key_that_opens_another_team_too_is_not_revoked_from_this_one() {
    let api = with_two_teams();
    put(&api, ADMINISTRATOR, "team_main", "usr_tg_bea").expect(200);
    let wanted = json!({ "name": "here", "user_id": "usr_tg_bea", "team_id": "team_main" });
    let here = text(&api.post("/keys", &wanted).expect(201)["id"]);
    let seen = || {
        let listed = api.call(PLAIN, "GET", "/keys?user_id=usr_tg_bea", None).expect(200);
        listed["items"].as_array().unwrap().iter().map(|key| text(&key["id"])).collect::<Vec<_>>()
    };
    assert_eq!(seen(), std::slice::from_ref(&here));
    api.call(PLAIN, "DELETE", "/keys/tg_bea", None).expect(404);
    in_team(&api, BEA, "team_b", "GET", "/me").expect(200);
    api.call(PLAIN, "DELETE", &format!("/keys/{here}"), None).expect(204);
    // In no other team it opens this one alone.
    api.sql(sql!("DELETE FROM memberships WHERE user_id = 'usr_tg_bea' AND team_id = 'team_b'"));
    assert_eq!(seen(), [here, BEA.to_owned()]);
    api.call(PLAIN, "DELETE", "/keys/tg_bea", None).expect(204);
}

#[test]
fn what_was_changed_about_users_is_shown_to_owners() {
    let api = with_two_teams();
    let ida = text(&api.post("/users", &json!({ "name": "Ida" })).expect(201)["id"]);
    let mail = json!({ "email": "ida@example.org" });
    api.patch(&format!("/users/{ida}"), &mail).expect(200);
    api.patch("/teams/team_main", &json!({ "name": "Here" })).expect(200);
    let whats = |key: &str, query: &str| {
        let page = api.call(key, "GET", &format!("/audit{query}"), None).expect(200);
        page["items"].as_array().unwrap().iter().map(|one| text(&one["what"])).collect::<Vec<_>>()
    };
    assert_eq!(whats(ADMINISTRATOR, ""), ["team.change", "user.change", "user.create"]);
    assert_eq!(whats(PLAIN, ""), ["team.change"]);
    assert_eq!(whats(PLAIN, "?what=user"), [""; 0]);
    assert_eq!(whats(PLAIN, &format!("?subject={ida}")), [""; 0]);
    // A page that had nothing to show goes on.
    api.patch(&format!("/users/{ida}"), &json!({ "name": "Ida B" })).expect(200);
    let first = api.call(PLAIN, "GET", "/audit?limit=1", None).expect(200);
    let cursor = text(&first["next_cursor"]);
    assert_eq!(whats(PLAIN, &format!("?limit=1&cursor={cursor}")), [""; 0]);
}

#[test]
fn the_last_owner_with_a_key_stays() {
    let api = with_two_teams();
    let second = json!({ "name": "Second", "is_owner": true });
    let second = text(&api.post("/users", &second).expect(201)["id"]);
    put(&api, ADMINISTRATOR, "team_main", &second).expect(200);
    let own = "/users/usr_tg_administrator";
    let stays = || {
        for body in [json!({ "is_owner": false }), json!({ "disabled": true })] {
            assert_eq!(api.patch(own, &body).expect_failure(), (409, "last_one".into()), "{body}");
        }
    };
    stays();
    // Nor is a key enough that is for less, or that ends.
    let make = |more: Value| {
        let mut wanted = json!({ "name": "k", "user_id": second });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post("/keys", &wanted).expect(201);
    };
    make(json!({ "role": "administrator" }));
    make(json!({ "team_id": "team_main" }));
    make(json!({ "expires_at": "2027-11-24T14:00:00Z" }));
    stays();
    make(json!({}));
    api.patch(own, &json!({ "is_owner": false })).expect(200);
}

#[test]
fn a_key_for_one_team_does_not_reach_its_users_day() {
    let api = with_two_teams();
    put(&api, ADMINISTRATOR, "team_main", "usr_tg_bea").expect(200);
    let wanted = json!({ "name": "x", "user_id": "usr_tg_bea" });
    let made = api.call(PLAIN, "POST", "/keys", Some(&wanted)).expect(201);
    assert_eq!(made["team_id"], "team_main");
    let key = text(&made["key"]);
    api.call(&key, "GET", "/me", None).expect(200);
    api.call(&key, "GET", "/me/goals", None).expect(403);
    let day = json!({ "time_zone": "Asia/Kathmandu", "goals": { "sms": 1 } });
    api.call(&key, "PUT", "/me/goals", Some(&day)).expect(403);
    api.call(BEA, "PUT", "/me/goals", Some(&day)).expect(200);
}
