//! `/campaigns` and what people do to one.

use serde_json::{Value, json};
use tidegate_worker::store::{Statement, campaigns};

use crate::api::{Api, Draft, NOW_MS, OPERATOR, VIEWER, pair, text};

fn path(draft: &Draft) -> String {
    format!("/campaigns/{}", draft.campaign)
}

/// The progress of a campaign, having checked that everyone is in exactly one place.
#[track_caller]
fn progress(campaign: &Value) -> Value {
    let progress = campaign["progress"].clone();
    let places = ["queued", "sending", "sent", "failed", "skipped", "cancelled", "unknown"];
    let sum: i64 = places.iter().map(|place| progress[place].as_i64().unwrap()).sum();
    assert_eq!(sum, progress["total"].as_i64().unwrap(), "{progress}");
    progress
}

#[test]
fn a_campaign_is_a_draft_at_first() {
    let api = Api::new();
    let Draft { sender, campaign } = api.draft(0);
    let shown = api.get(&format!("/campaigns/{campaign}")).expect(200);
    assert_eq!(
        shown,
        json!({
            "id": campaign,
            "batch_id": null,
            "kind": "broadcast",
            "name": "Term dates",
            "sender_id": sender,
            "sender_name": "Front desk",
            "channel": "sms",
            "status": "draft",
            "version": 1,
            "content": { "text": "Hello {{ name }}" },
            "policy": {},
            "recipient_policy": {},
            "lateness": { "then": "roll_over" },
            "left_out": null,
            "parent_id": null,
            "resends": 0,
            "tracking": { "opens": false, "clicks": false, "problem": null },
            "marks": {
                "opened": { "people": 0, "times": 0, "rate": null },
                "clicked": { "people": 0, "times": 0, "rate": null },
            },
            "created_at": NOW_MS,
            "by_user": null,
            "starts_at": null,
            "started_at": null,
            "ended_at": null,
            "end_reason": null,
            "progress": {
                "total": 0, "queued": 0, "sending": 0, "sent": 0, "delivered": 0, "failed": 0,
                "skipped": 0, "cancelled": 0, "unknown": 0,
            },
            "waiting": null,
            "next_at": null,
            "plan": null,
            "team": { "id": "team_main", "name": "Main" },
            "triggered": null,
            "held_for_review": false,
            "review": null,
            "lists": [],
            "zones": [],
        })
    );
    let listed = api.get("/campaigns").expect(200)["items"][0].clone();
    let mut without_lists = shown;
    without_lists.as_object_mut().unwrap().remove("lists");
    without_lists.as_object_mut().unwrap().remove("zones");
    assert_eq!(listed, without_lists);
    api.get("/campaigns/cmp_nobody").expect(404);
}

#[test]
fn every_fault_of_a_new_campaign_is_named_at_once() {
    let api = Api::new();
    let wanted = json!({
        "name": 7,
        "content": { "text": "{{", "media": [] },
        "policy": { "gap": -1 },
        "sender": "x",
    });
    let errors = api.post("/campaigns", &wanted).errors();
    for expected in [
        pair("name", "type"),
        pair("sender_id", "missing"),
        pair("content.media", "unknown_field"),
        pair("sender", "unknown_field"),
    ] {
        assert!(errors.contains(&expected), "{expected:?} in {errors:?}");
    }
    let under = |path: &str| errors.iter().any(|(at, _)| at == path);
    assert!(under("content.text") && under("policy.gap"), "{errors:?}");

    let nobody = json!({ "name": "x", "sender_id": "snd_x", "content": { "text": "Hi" } });
    let errors = api.post("/campaigns", &nobody).errors();
    assert_eq!(errors, [pair("sender_id", "unknown_sender")]);
    assert_eq!(api.get("/campaigns").expect(200)["items"], json!([]));
}

#[test]
fn a_viewer_looks_and_an_operator_acts() {
    let api = Api::new();
    let draft = api.draft(1);
    for action in ["plan", "schedule", "pause", "resume", "stop"] {
        let action = format!("{}/{action}", path(&draft));
        api.call(VIEWER, "POST", &action, None).expect(403);
    }
    let change = json!({ "name": "Mine", "version": 2 });
    api.call(VIEWER, "PATCH", &path(&draft), Some(&change)).expect(403);
    api.call(OPERATOR, "PATCH", &path(&draft), Some(&change)).expect(200);
    let plan = api.call(OPERATOR, "POST", &format!("{}/plan", path(&draft)), None);
    assert_eq!(plan.expect(200)["planned"], 1);
}

#[test]
fn a_draft_is_edited_by_version() {
    let api = Api::new();
    let draft = api.draft(1);
    let change = json!({ "name": "New terms", "content": { "text": "Hi" }, "version": 2 });
    let changed = api.patch(&path(&draft), &change).expect(200);
    assert_eq!((&changed["name"], &changed["version"]), (&json!("New terms"), &json!(3)));
    assert_eq!(changed["content"], json!({ "text": "Hi" }));
    let stale = api.patch(&path(&draft), &change).expect(409);
    assert_eq!(stale["type"], "/problems/changed_meanwhile");
    assert_eq!(stale["now"], json!({ "version": 3, "status": "draft" }));
    assert_eq!(
        stale["changed"],
        json!([
            { "field": "name", "was": "Term dates", "is": "New terms" },
            { "field": "content", "was": { "text": "Hello {{ name }}" }, "is": { "text": "Hi" } },
        ])
    );
    let without = api.patch(&path(&draft), &json!({ "name": "Whatever it was" })).expect(200);
    assert_eq!(without["name"], "Whatever it was");
    let refused = api.patch(&path(&draft), &json!({ "status": "completed", "version": 0 }));
    assert_eq!(
        refused.errors(),
        [pair("version", "out_of_bounds"), pair("status", "unknown_field")]
    );
    api.patch("/campaigns/cmp_nobody", &json!({ "name": "x", "version": 1 })).expect(404);
}

#[test]
fn what_the_preview_promised_is_what_is_scheduled_and_sent() {
    let api = Api::new();
    let draft = api.draft(25);
    let plan = api.post(&format!("{}/plan", path(&draft)), &json!({})).expect(200);
    assert_eq!((&plan["planned"], &plan["lane"]), (&json!(25), &json!(draft.campaign)));
    let first = plan["first"].as_i64().unwrap();
    assert_eq!(plan["last"].as_i64().unwrap(), first + 240_000);

    let scheduled = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    assert_eq!(scheduled["starts_at"], plan["starts_at"]);
    assert_eq!(
        scheduled["plan"],
        json!({ "first": first, "last": first + 240_000, "planned": 25, "unplanned": 0 })
    );
    assert_eq!(scheduled["next_at"], first);
    assert_eq!(progress(&scheduled)["queued"], 25);

    api.world.run_until("2026-11-24T14:02:00Z");
    let midway = api.get(&path(&draft)).expect(200);
    assert_eq!(midway["status"], "in_progress");
    let sent = progress(&midway)["sent"].as_i64().unwrap();
    assert!((9..=11).contains(&sent), "{midway:#}");

    api.world.run_until("2026-11-24T14:10:00Z");
    let done = api.get(&path(&draft)).expect(200);
    assert_eq!((&done["status"], &done["end_reason"]), (&json!("completed"), &json!("exhausted")));
    assert_eq!(progress(&done)["sent"], 25);
    assert_eq!(done["next_at"], Value::Null);
    let posts = api.world.posts.borrow();
    assert_eq!((posts.len(), posts[0].at, posts[24].at), (25, first, first + 240_000));
}

#[test]
fn a_start_is_five_minutes_ahead_or_refused() {
    let api = Api::new();
    let draft = api.draft(3);
    for (at, code) in [
        (json!(NOW_MS + 299_999), "too_soon"),
        (json!(NOW_MS - 1), "too_soon"),
        (json!("2026-11-24T14:04:00Z"), "too_soon"),
        (json!("tomorrow"), "bad_instant"),
        (json!(null), "type"),
        (json!(12), "too_soon"),
        (json!(-12), "bad_instant"),
    ] {
        let reply = api.act(&draft.campaign, "schedule", json!({ "at": at }));
        assert_eq!(reply.errors(), [pair("at", code)], "{at}");
    }
    let at = json!({ "at": "2026-11-25T09:00:00-05:00" });
    let scheduled = api.act(&draft.campaign, "schedule", at).expect(200);
    assert_eq!(scheduled["status"], "scheduled");
    assert_eq!(scheduled["starts_at"], NOW_MS + 86_400_000);
    assert_eq!(scheduled["waiting"]["until"], NOW_MS + 86_400_000);
    assert_eq!(scheduled["waiting"]["because"][0]["code"], "not_started");
    let later = json!({ "at": NOW_MS + 600_000 });
    let moved = api.act(&draft.campaign, "schedule", later).expect(200);
    assert_eq!(moved["starts_at"], NOW_MS + 600_000);
}

#[test]
fn a_campaign_without_people_or_with_a_field_that_no_list_has_is_not_scheduled() {
    let api = Api::new();
    let draft = api.draft(0);
    let empty = api.act(&draft.campaign, "schedule", json!({}));
    assert_eq!(empty.errors(), [pair("recipients", "empty")]);

    let draft = api.draft(2);
    let city = json!({ "content": { "text": "{{ city }}" } });
    api.edit(&draft.campaign, city.clone()).expect(200);
    let missing = api.act(&draft.campaign, "schedule", json!({}));
    assert_eq!(missing.errors(), [pair("content.text", "missing_field")]);

    api.edit(&draft.campaign, json!({ "content": { "text": "{{ name }}" } })).expect(200);
    api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    let refused = api.edit(&draft.campaign, city);
    assert_eq!(refused.errors(), [pair("content.text", "missing_field")]);
}

#[test]
fn an_edit_of_a_scheduled_campaigns_rules_makes_its_plan_anew() {
    let api = Api::new();
    let draft = api.draft(2);
    let at = NOW_MS + 3_600_000;
    let scheduled = api.act(&draft.campaign, "schedule", json!({ "at": at })).expect(200);
    assert_eq!(scheduled["plan"]["last"], at + 10_000);
    let renamed = api.edit(&draft.campaign, json!({ "name": "x" })).expect(200);
    assert_eq!(renamed["plan"], scheduled["plan"]);
    let edited = api.edit(&draft.campaign, json!({ "policy": { "gap": "1m" } })).expect(200);
    assert_eq!(
        (&edited["plan"]["last"], &edited["status"]),
        (&json!(at + 60_000), &json!("scheduled"))
    );
    api.world.run_until("2026-11-24T15:10:00Z");
    let posts = api.world.posts.borrow();
    assert_eq!([posts[0].at, posts[1].at], [at, at + 60_000]);
}

#[test]
fn pause_holds_resume_goes_on_stop_ends() {
    let api = Api::new();
    let draft = api.draft(30);
    let act = |action: &str| api.act(&draft.campaign, action, json!({}));
    let refused = act("pause").expect(409);
    assert_eq!(refused["type"], "/problems/illegal_transition");
    assert!(refused["legal"].as_array().unwrap().contains(&json!("schedule")));

    act("schedule").expect(200);
    api.world.run_until("2026-11-24T14:01:30Z");
    let paused = act("pause").expect(200);
    assert_eq!(paused["status"], "paused");
    assert!(paused["in_flight"].is_i64());
    api.world.run_until("2026-11-24T14:02:00Z");
    let sent = api.world.posted();
    api.world.run_until("2026-11-24T15:00:00Z");
    assert_eq!(api.world.posted(), sent, "nothing goes while it is paused");
    api.edit(&draft.campaign, json!({ "name": "x" })).expect(409);

    assert_eq!(act("resume").expect(200)["status"], "in_progress");
    api.world.run_until("2026-11-24T15:01:00Z");
    assert!(api.world.posted() > sent);
    let stopped = act("stop").expect(200);
    assert_eq!(
        (&stopped["status"], &stopped["end_reason"]),
        (&json!("stopped"), &json!("stopped"))
    );
    api.world.run_until("2026-11-24T15:10:00Z");
    let ended = api.get(&path(&draft)).expect(200);
    let progress = progress(&ended);
    assert_eq!(progress["sent"], api.world.posted());
    assert_eq!(progress["cancelled"], 30 - api.world.posted());
    assert_eq!(ended["ended_at"], NOW_MS + 3_660_000);
    act("resume").expect(409);
    let garbage = api.post(&format!("{}/stop", path(&draft)), &json!({ "now": true }));
    assert_eq!(garbage.errors(), [pair("now", "unknown_field")]);
}

#[test]
fn lists_are_filtered_and_newest_first() {
    let api = Api::new();
    let first = api.draft(1);
    let second = api.draft(1);
    api.act(&first.campaign, "schedule", json!({})).expect(200);
    let ids = |query: &str| {
        let list = api.get(&format!("/campaigns{query}")).expect(200);
        list["items"].as_array().unwrap().iter().map(|c| text(&c["id"])).collect::<Vec<_>>()
    };
    assert_eq!(ids(""), [second.campaign.clone(), first.campaign.clone()]);
    assert_eq!(ids("?status=draft"), std::slice::from_ref(&second.campaign));
    assert_eq!(ids(&format!("?sender_id={}", first.sender)), [first.campaign]);
    assert_eq!(ids("?sender_id=snd_nobody&status=draft"), [""; 0]);
    let page = api.get("/campaigns?limit=1").expect(200);
    let next = format!("?limit=1&cursor={}", text(&page["next_cursor"]));
    assert_eq!(ids(&next).len(), 1);
    assert_eq!(api.get("/campaigns?status=done").errors(), [pair("status", "unknown_value")]);
}

#[test]
fn the_outlook_is_a_plan_request_that_the_engine_takes() {
    let api = Api::new();
    let draft = api.draft(5);
    let scheduled = api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 }));
    let scheduled = scheduled.expect(200);
    let mut outlook = api.get(&format!("/senders/{}/outlook", draft.sender)).expect(200);
    assert_eq!(outlook["lanes"][0]["name"], draft.campaign);
    outlook.as_object_mut().unwrap().remove("starts_at");
    let plan = api.call(VIEWER, "POST", "/plans", Some(&outlook)).expect(200);
    assert_eq!(plan["planned"], 5);
    assert_eq!(plan["first"], scheduled["plan"]["first"]);
    api.get("/senders/snd_nobody/outlook").expect(404);
}

#[test]
fn the_counts_of_a_list_come_from_the_index_of_open_hand_overs() {
    let api = Api::new();
    let statement = campaigns::by_id("team_main", "cmp_x");
    let explained = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let plan = api.sql(Statement { sql: explained.leak(), params: statement.params });
    let uses = |text: &str| plan.iter().any(|row| row["detail"].as_str().unwrap().contains(text));
    assert!(uses("handovers USING INDEX handovers_open"), "{plan:#?}");
}

#[test]
fn the_second_of_two_operators_is_told_what_the_first_did() {
    let api = Api::new();
    let draft = api.draft(5);
    let looked = api.get(&path(&draft)).expect(200)["version"].clone();
    let change = json!({ "policy": { "gap": "1m" }, "version": looked });
    api.patch(&path(&draft), &change).expect(200);
    let second = api.post(&format!("{}/schedule", path(&draft)), &json!({ "version": looked }));
    let second = second.expect(409);
    assert_eq!(second["type"], "/problems/changed_meanwhile");
    assert_eq!(second["changed"], json!([{ "field": "policy", "was": {}, "is": { "gap": "1m" } }]));
    assert_eq!(second["now"], json!({ "version": 3, "status": "draft" }));
    assert_eq!(second["legal"], json!([]));

    // Whoever names no version means the campaign whatever it is by now; whoever names one does not.
    api.post(&format!("{}/schedule", path(&draft)), &json!({})).expect(200);
    let stale = api.post(&format!("{}/pause", path(&draft)), &json!({ "version": 3 })).expect(409);
    assert_eq!(stale["changed"][0]["field"], "status");
    assert_eq!(stale["changed"][1]["field"], "starts_at");
    api.post(&format!("{}/pause", path(&draft)), &json!({})).expect(200);
    let twice = api.post(&format!("{}/pause", path(&draft)), &json!({})).expect(409);
    assert_eq!(twice["now"], json!({ "version": 5, "status": "paused" }));
    api.post(&format!("{}/resume", path(&draft)), &json!({})).expect(200);
    api.post(&format!("{}/stop", path(&draft)), &json!({})).expect(200);
}

#[test]
fn people_who_come_to_a_scheduled_campaign_are_promised_too() {
    let api = Api::new();
    let draft = api.draft(2);
    let at = json!({ "at": NOW_MS + 3_600_000 });
    let scheduled = api.act(&draft.campaign, "schedule", at).expect(200);
    assert_eq!(scheduled["plan"]["planned"], 2);
    let more = b"phone,name\n+33698765432,Lin\n".to_vec();
    let imported = api.import(&draft.campaign, "more.csv", more).expect(200);
    let shown = api.get(&path(&draft)).expect(200);
    assert_eq!((&shown["plan"]["planned"], &shown["version"]), (&json!(3), &imported["version"]));
    api.world.run_until("2026-11-24T15:10:00Z");
    assert_eq!(api.world.posted(), 3);
}
