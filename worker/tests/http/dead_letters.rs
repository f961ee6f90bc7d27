//! `/dead-letters`: what is held up, and letting it go on.

use serde_json::{Value, json};
use tidegate_worker::jobs::dead_letters;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::store::Database;
use tidegate_worker::store::dead_letters::bury_exhausted;
use tidegate_world::ready;

use crate::api::{ADMINISTRATOR, Api, Draft, NOW_MS, OPERATOR, VIEWER, pair, text};

/// A campaign of three, of whose slices of two and one the first was tried in vain too often.
pub fn held(api: &Api) -> Draft {
    let draft = api.draft(3);
    api.world.faults.queue_loses.set(true);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.faults.queue_loses.set(false);
    let slices = api.sql(sql!("SELECT sender_seq, tick_no, slice FROM handovers ORDER BY slice"));
    api.sql(sql!("UPDATE handovers SET tries = 8 WHERE slice = ?1", slices[0]["slice"].as_i64()));
    ready(api.world.database().batch(bury_exhausted(NOW_MS))).unwrap();
    draft
}

/// A queue message that names nothing is held up.
pub fn strange(api: &Api) {
    ready(dead_letters::take(&*api.world, &json!({ "odd": 0 }))).unwrap();
}

#[test]
fn what_is_held_up_is_shown_and_released_once() {
    let api = Api::new();
    let draft = held(&api);
    let page = api.get("/dead-letters").expect(200);
    let letter = page["items"][0].clone();
    let planned_at = letter["planned_at"].clone();
    assert_eq!(
        letter,
        json!({
            "id": letter["id"],
            "kind": "messages",
            "why": "its consumer ended without a word",
            "tries": 8,
            "since": NOW_MS,
            "released_at": null,
            "sender_id": draft.sender,
            "sender_name": "Front desk",
            "campaign_id": draft.campaign,
            "campaign_name": "Term dates",
            "campaign_status": "scheduled",
            "messages": 2,
            "in_doubt": 0,
            "planned_at": planned_at,
            "body": null,
            "can_be_discarded": false,
        })
    );
    assert_eq!(page["next_cursor"], Value::Null);
    // It names its slice, so that it is one letter however it came here.
    let key = api.sql(sql!(
        "SELECT printf('dead_%d_%d_%d', sender_seq, tick_no, slice) AS id FROM dead_letters"
    ));
    assert_eq!(letter["id"], key[0]["id"]);
    let at = format!("/dead-letters/{}", text(&letter["id"]));
    for action in ["release", "discard"] {
        api.call(VIEWER, "POST", &format!("{at}/{action}"), None).expect(403);
    }
    let refused = api.call(OPERATOR, "POST", &format!("{at}/discard"), None).expect(409);
    assert_eq!(refused["type"], "/problems/would_lose_messages");
    assert_eq!(refused["legal"], json!(["release"]));
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(api.world.posted(), 1);

    for _ in 0..2 {
        let released = api.call(OPERATOR, "POST", &format!("{at}/release"), None).expect(200);
        assert_eq!(released["released_at"], NOW_MS + 300_000);
    }
    assert_eq!(api.get("/dead-letters").expect(200)["items"], json!([]));
    api.world.run_until("2026-11-24T14:15:00Z");
    assert_eq!(api.world.posted(), 3);
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(shown["status"], "completed");
    let again = api.call(OPERATOR, "POST", &format!("{at}/release"), None).expect(200);
    assert_eq!(again["released_at"], NOW_MS + 300_000, "it was released once");
    // Nothing can be lost any more.
    api.post(&format!("{at}/discard"), &json!({})).expect(204);
    api.post(&format!("{at}/release"), &json!({})).expect(404);
    let odd = api.post("/dead-letters/x/release", &json!({ "now": true }));
    assert_eq!(odd.errors(), [pair("now", "unknown_field")]);
}

#[test]
fn a_queue_message_that_names_nothing_can_only_be_discarded() {
    let api = Api::new();
    for n in 0..3 {
        ready(dead_letters::take(&*api.world, &json!({ "odd": n }))).unwrap();
    }
    assert_eq!(api.get("/dead-letters").expect(200)["items"], json!([]), "it is of no team");
    let get = |path: &str| api.call(ADMINISTRATOR, "GET", path, None);
    let first = get("/dead-letters?limit=2").expect(200);
    let cursor = text(&first["next_cursor"]);
    let rest = get(&format!("/dead-letters?limit=2&cursor={cursor}")).expect(200);
    assert_eq!(
        first["items"].as_array().unwrap().len() + rest["items"].as_array().unwrap().len(),
        3
    );
    let letter = &rest["items"][0];
    assert_eq!(
        (&letter["kind"], &letter["body"]),
        (&json!("queue_message"), &json!("{\"odd\":2}"))
    );
    assert_eq!(letter["can_be_discarded"], true);
    let at = format!("/dead-letters/{}", text(&letter["id"]));
    let refused = api.post(&format!("{at}/release"), &json!({})).expect(409);
    assert_eq!(
        (&refused["type"], &refused["legal"]),
        (&json!("/problems/nothing_to_release"), &json!(["discard"]))
    );
    api.post(&format!("{at}/discard"), &json!({})).expect(204);
    api.post(&format!("{at}/discard"), &json!({})).expect(404);
    assert_eq!(get("/dead-letters").expect(200)["items"].as_array().unwrap().len(), 2);
    api.sql(sql!("DELETE FROM dead_letters"));
}

#[test]
fn what_is_held_up_of_a_campaign_is_for_whoever_acts_on_campaigns() {
    let api = Api::new();
    held(&api);
    api.patch("/teams/team_main", &json!({ "campaigns_for": "administrator" })).expect(200);
    let letter = api.get("/dead-letters").expect(200)["items"][0].clone();
    for what in ["release", "discard"] {
        let path = format!("/dead-letters/{}/{what}", text(&letter["id"]));
        api.call(OPERATOR, "POST", &path, None).expect(403);
    }
    let release = format!("/dead-letters/{}/release", text(&letter["id"]));
    api.call(ADMINISTRATOR, "POST", &release, None).expect(200);
}
