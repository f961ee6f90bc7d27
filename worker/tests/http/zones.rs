//! People in several zones, over the API.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, Draft, NOW_MS, pair};

const HOURS: &str = "09:00";

fn path(draft: &Draft) -> String {
    format!("/campaigns/{}", draft.campaign)
}

fn hours() -> Value {
    json!({ "windows": [{ "from": HOURS, "to": "18:00" }] })
}

/// Three in Paris by two names of one clock, two in New York, one without a zone.
fn people(api: &Api, draft: &Draft) {
    let file = "phone,name,Time zone\n\
                +33612999001,Ada,Europe/Paris\n\
                +12125550101,Bo,America/New_York\n\
                +33612999002,Cy,europe/berlin\n\
                +33612999003,Di,\n\
                +12125550102,Ed,America/New York\n\
                +33612999004,Fay,Europe/Paris\n";
    let answer = api.import(&draft.campaign, "people.csv", file.into()).expect(200);
    assert_eq!(
        (&answer["accepted"], &answer["time_zone_column"]),
        (&json!(6), &json!("Time zone"))
    );
}

#[test]
fn people_are_reached_in_their_own_hours_and_the_campaign_says_who_is_where() {
    let api = Api::new();
    let draft = api.draft(0);
    people(&api, &draft);
    let changed = api.edit(&draft.campaign, json!({ "recipient_policy": hours() })).expect(200);
    assert_eq!(changed["recipient_policy"], hours());
    assert_eq!(
        changed["zones"],
        json!([
            { "time_zone": null, "people": 1, "released": 0, "left": 1 },
            { "time_zone": "America/New_York", "people": 2, "released": 0, "left": 2 },
            { "time_zone": "Europe/Paris", "people": 3, "released": 0, "left": 3 },
        ])
    );
    // It is 14:00 in UTC, which is the sender's zone, 15:00 in Paris and 09:00 in New York.
    let plan = api.post(&format!("{}/plan", path(&draft)), &json!({})).expect(200);
    assert_eq!((&plan["lane_index"], &plan["groups"][0]["planned"]), (&json!(0), &json!(6)));
    let zones: Vec<_> = plan["zones"].as_array().unwrap().iter().map(|z| &z["time_zone"]).collect();
    assert_eq!(zones, [&json!("Europe/Paris"), &Value::Null, &json!("America/New_York")]);
    let at = json!({ "at": "2026-11-24T17:00:00Z" });
    let evening = api.act(&draft.campaign, "schedule", at).expect(200);
    // In Paris it is evening by then: they go in the morning, at 08:00 in UTC.
    let first = evening["plan"]["first"].as_i64().unwrap();
    let last = evening["plan"]["last"].as_i64().unwrap();
    assert_eq!(first, NOW_MS + 3 * 3_600_000);
    assert_eq!(last, NOW_MS + 18 * 3_600_000 + 20_000);

    api.world.run_until("2026-11-24T20:00:00Z");
    let midway = api.get(&path(&draft)).expect(200);
    assert_eq!(midway["progress"]["sent"], 3);
    let paris = &midway["zones"][2];
    assert_eq!((&paris["released"], &paris["left"]), (&json!(0), &json!(3)));
    assert_eq!(midway["zones"][1]["left"], 0);
    assert_eq!(midway["waiting"]["until"], NOW_MS + 18 * 3_600_000);
    let because = &midway["waiting"]["because"][0];
    assert_eq!(
        (&because["layer"], &because["code"]),
        (&json!("recipient"), &json!("outside_window"))
    );

    api.world.run_until("2026-11-25T10:00:00Z");
    let done = api.get(&path(&draft)).expect(200);
    assert_eq!((&done["status"], &done["progress"]["sent"]), (&json!("completed"), &json!(6)));
    let posts = api.world.posts.borrow();
    let mut times: Vec<i64> = posts.iter().map(|post| post.at).collect();
    times.dedup();
    assert_eq!((times.len(), times[0], times[5]), (6, first, last));
}

#[test]
fn the_outlook_has_a_lane_a_zone_and_names_it() {
    let api = Api::new();
    let draft = api.draft(0);
    people(&api, &draft);
    api.act(&draft.campaign, "schedule", json!({ "at": "2026-11-24T17:00:00Z" })).expect(200);
    let mut outlook = api.get(&format!("/senders/{}/outlook", draft.sender)).expect(200);
    outlook.as_object_mut().unwrap().remove("starts_at");
    let lanes = outlook["lanes"].as_array().unwrap();
    assert!(lanes.iter().all(|lane| lane["name"] == draft.campaign && lane["group"] == 0));
    let zones: Vec<_> =
        lanes.iter().map(|lane| lane["layers"][0]["policy"]["time_zone"].clone()).collect();
    assert_eq!(zones, [json!("Europe/Paris"), Value::Null, json!("America/New_York")]);
    let plan = api.post("/plans", &outlook).expect(200);
    assert_eq!((&plan["planned"], &plan["groups"][0]["planned"]), (&json!(6), &json!(6)));
}

#[test]
fn what_counts_sends_is_not_read_on_a_recipients_clock() {
    let api = Api::new();
    let draft = api.draft(1);
    for (hours, expected) in [
        (
            json!({ "limits": [{ "max": 3, "rolling": "24h" }] }),
            vec![pair("recipient_policy.limits", "not_for_recipients")],
        ),
        (
            json!({ "gap": "5", "ends_at": "2027-01-01T00:00", "windows": [{ "from": "09:00", "to": "09:00" }] }),
            vec![
                pair("recipient_policy.windows[0].to", "empty"),
                pair("recipient_policy.gap", "malformed"),
                pair("recipient_policy.ends_at", "not_for_recipients"),
                pair("recipient_policy.gap", "not_for_recipients"),
            ],
        ),
        (
            json!({ "time_zone": "Europe/Atlantis" }),
            vec![pair("recipient_policy.time_zone", "unknown_zone")],
        ),
        (json!({ "hours": [] }), vec![pair("recipient_policy.hours", "unknown_field")]),
        (json!("09:00"), vec![pair("recipient_policy", "wrong_type")]),
    ] {
        let mut errors = api.edit(&draft.campaign, json!({ "recipient_policy": hours })).errors();
        let mut expected = expected;
        errors.sort();
        expected.sort();
        assert_eq!(errors, expected, "{hours}");
        let new = json!({ "name": "x", "sender_id": draft.sender, "content": { "text": "x" },
                          "recipient_policy": hours });
        let mut errors = api.post("/campaigns", &new).errors();
        errors.sort();
        assert_eq!(errors, expected, "{hours}");
    }
}

#[test]
fn a_row_whose_zone_is_none_is_named_unless_the_column_means_something_else() {
    let api = Api::new();
    let draft = api.draft(0);
    let file = "phone,zone\n+33612000001,North\n+33612000002,Asia/Tokyo\n";
    let import = |query: &str| api.import(&draft.campaign, &format!("a.csv{query}"), file.into());
    let answer = import("").expect(200);
    assert_eq!((&answer["accepted"], &answer["rejected_total"]), (&json!(1), &json!(1)));
    let rejected = &answer["rejected"][0];
    assert_eq!(
        (&rejected["line"], &rejected["column"], &rejected["code"]),
        (&json!(2), &json!("zone"), &json!("unknown_zone"))
    );
    assert!(rejected["message"].as_str().unwrap().contains("`North`"), "{rejected}");
    let answer = import("&time_zone_column=").expect(200);
    assert_eq!((&answer["accepted"], &answer["time_zone_column"]), (&json!(1), &Value::Null));
    let refused = import("&time_zone_column=nowhere");
    assert_eq!(refused.errors(), [pair("time_zone_column", "unknown_column")]);
    let named = "phone,name,where\n+33612000009,Ada,Asia/Tokyo\n";
    let answer =
        api.import(&draft.campaign, "a.csv&time_zone_column=where", named.into()).expect(200);
    assert_eq!(answer["time_zone_column"], "where");
    let shown = api.get(&path(&draft)).expect(200);
    assert_eq!(
        shown["zones"],
        json!([
            { "time_zone": null, "people": 1, "released": 0, "left": 1 },
            { "time_zone": "Asia/Tokyo", "people": 2, "released": 0, "left": 2 },
        ])
    );
}

#[test]
fn other_hours_make_the_plan_anew_and_the_second_of_two_people_is_told() {
    let api = Api::new();
    let draft = api.draft(0);
    people(&api, &draft);
    let at = json!({ "at": "2026-11-24T17:00:00Z" });
    let before = api.act(&draft.campaign, "schedule", at).expect(200);
    let edition = || api.sql(sql!("SELECT edition FROM campaigns"))[0]["edition"].clone();
    let first_edition = edition().as_i64().unwrap();
    let late = json!({ "then": "expire", "after": "2h" });
    let edit = json!({ "recipient_policy": hours(), "lateness": late });
    let after = api.edit(&draft.campaign, edit).expect(200);
    assert_eq!(edition(), first_edition + 1);
    assert_eq!(before["plan"]["last"], NOW_MS + 3 * 3_600_000 + 50_000);
    assert_eq!(after["plan"]["last"], NOW_MS + 18 * 3_600_000 + 20_000);
    let stale = json!({ "name": "Mine", "version": before["version"] });
    let refused = api.patch(&path(&draft), &stale).expect(409);
    assert_eq!(
        refused["changed"],
        json!([
            { "field": "recipient_policy", "was": {}, "is": hours() },
            { "field": "lateness", "was": { "then": "roll_over" }, "is": late },
        ])
    );
}

#[test]
fn zones_that_come_to_a_scheduled_campaign_later_lose_and_double_nobody() {
    let api = Api::new();
    let draft = api.draft(20);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    // The first of them are released, and have not gone.
    let cursor = api.sql(sql!("SELECT cursor FROM campaigns"))[0]["cursor"].as_i64().unwrap();
    assert!(cursor > 0);
    let tick_no = || api.sql(sql!("SELECT tick_no FROM senders"))[0]["tick_no"].as_i64().unwrap();
    let before = tick_no();
    people(&api, &draft);
    // A tick that has read the campaign without its zones cannot be committed any more.
    assert!(tick_no() > before);
    let sums = api.sql(sql!(
        "SELECT sum(z.people) = c.total AS people, sum(z.cursor) = c.cursor AS cursors
         FROM campaign_zones z, campaigns c"
    ));
    assert_eq!((&sums[0]["people"], &sums[0]["cursors"]), (&json!(1), &json!(1)));
    api.world.run_until("2026-11-24T15:00:00Z");
    let shown = api.get(&path(&draft)).expect(200);
    assert_eq!((&shown["status"], &shown["progress"]["sent"]), (&json!("completed"), &json!(26)));
    let posts = api.world.posts.borrow();
    let mut ids: Vec<&str> = posts.iter().map(|post| post.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), posts.len()), (26, 26));
}

#[test]
fn a_single_may_say_the_zone_of_its_person() {
    let api = Api::new();
    let draft = api.draft(0);
    let send = |zone: Value| {
        let message =
            json!({ "to": "+33612000009", "content": { "text": "Hi" }, "time_zone": zone });
        api.post(&format!("/senders/{}/messages", draft.sender), &message)
    };
    send(json!("europe/paris")).expect(202);
    let people = api.sql(sql!("SELECT people -> 0 ->> 'zone' AS zone FROM people"));
    assert_eq!(people[0]["zone"], "Europe/Paris");
    assert_eq!(send(json!("Atlantis")).errors(), [pair("time_zone", "unknown_zone")]);
    assert_eq!(send(json!(5)).errors(), [pair("time_zone", "type")]);
}
