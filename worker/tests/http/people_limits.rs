//! How often one person is written to, and when, over all that a team sends.

use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::person_sends;

use crate::api::{Api, Draft, NOW_MS, pair, text};

pub const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Has the first team ask this for each person.
pub fn ask(api: &Api, person_policy: &Value) -> Value {
    let change = json!({ "person_policy": person_policy });
    api.patch("/teams/team_main", &change).expect(200)
}

pub fn once_a_day() -> Value {
    json!({ "limits": [{ "max": 1, "rolling": "24h" }] })
}

pub fn schedule(api: &Api, draft: &Draft) -> Value {
    api.act(&draft.campaign, "schedule", json!({})).expect(200)
}

pub fn campaign(api: &Api, draft: &Draft) -> Value {
    api.get(&format!("/campaigns/{}", draft.campaign)).expect(200)
}

/// When each person was written to, by address.
pub fn posts(api: &Api, to: &str) -> Vec<i64> {
    let posts = api.world.posts.borrow();
    posts.iter().filter(|post| post.to == to).map(|post| post.at).collect()
}

pub fn address(person: u32) -> String {
    format!("+336120{person:05}")
}

pub fn send(api: &Api, sender: &str, to: &str) -> Value {
    let body = json!({ "to": to, "content": { "text": "Hello" } });
    api.post(&format!("/senders/{sender}/messages"), &body).expect(202)
}

#[test]
fn a_person_is_written_to_once_a_day_over_all_campaigns_and_senders() {
    let api = Api::new();
    ask(&api, &once_a_day());
    let (one, other) = (api.draft(12), api.draft(12));
    schedule(&api, &one);
    schedule(&api, &other);
    api.world.run_until("2026-11-24T15:00:00Z");
    let sent = |draft: &Draft| campaign(&api, draft)["progress"]["sent"].as_i64().unwrap();
    assert_eq!(sent(&one) + sent(&other), 12, "both went at once, and each person got one");
    for draft in [&one, &other] {
        let campaign = campaign(&api, draft);
        assert_eq!(campaign["status"], if sent(draft) == 12 { "completed" } else { "in_progress" });
    }
    api.world.run_until("2026-11-26T14:00:00Z");
    for person in 0..12 {
        let posts = posts(&api, &address(person));
        assert_eq!(posts.len(), 2, "nobody is left out");
        assert!(posts[1] - posts[0] >= DAY_MS, "{posts:?}");
        assert!(posts[1] - posts[0] < DAY_MS + 20 * 60_000, "{posts:?}");
    }
    for draft in [&one, &other] {
        let done = campaign(&api, draft);
        assert_eq!((&done["status"], &done["progress"]["sent"]), (&json!("completed"), &json!(12)));
    }
}

#[test]
fn singles_count_and_wait_like_all_unless_the_limit_is_on_lists() {
    let api = Api::new();
    ask(&api, &once_a_day());
    let draft = api.draft(1);
    send(&api, &draft.sender, &address(0));
    api.world.run_until("2026-11-24T14:10:00Z");
    schedule(&api, &draft);
    send(&api, &draft.sender, &address(7));
    send(&api, &draft.sender, &address(7));
    api.world.run_until("2026-11-24T18:00:00Z");
    assert_eq!((posts(&api, &address(0)).len(), posts(&api, &address(7)).len()), (1, 1));
    api.world.run_until("2026-11-25T18:00:00Z");
    for person in [0, 7] {
        let posts = posts(&api, &address(person));
        assert!(posts.len() == 2 && posts[1] - posts[0] >= DAY_MS, "{posts:?}");
    }

    let api = Api::new();
    ask(&api, &json!({ "limits": [{ "max": 1, "rolling": "24h", "counts": "queued" }] }));
    let draft = api.draft(1);
    for _ in 0..3 {
        send(&api, &draft.sender, &address(0));
    }
    schedule(&api, &draft);
    api.world.run_until("2026-11-24T15:00:00Z");
    assert_eq!(posts(&api, &address(0)).len(), 4);
    assert_eq!(api.sql(sql!("SELECT hash FROM person_sends")).len(), 1);
}

#[test]
fn a_message_over_the_limit_is_left_out_where_the_team_says_so() {
    let api = Api::new();
    let mut policy = once_a_day();
    policy["over"] = json!("skip");
    ask(&api, &policy);
    let (one, other) = (api.draft(3), api.draft(5));
    schedule(&api, &one);
    api.world.run_until("2026-11-24T14:20:00Z");
    schedule(&api, &other);
    api.world.run_until("2026-11-24T15:00:00Z");
    let done = campaign(&api, &other);
    assert_eq!(done["status"], "completed");
    assert_eq!((&done["progress"]["sent"], &done["progress"]["skipped"]), (&json!(2), &json!(3)));
    let reasons = api.sql(sql!("SELECT DISTINCT reason FROM messages WHERE status = 'skipped'"));
    assert_eq!(reasons, [json!({ "reason": "person_limit" })]);
}

#[test]
fn a_message_that_would_come_after_its_campaigns_end_is_left_out_at_once() {
    let api = Api::new();
    ask(&api, &once_a_day());
    let (one, other) = (api.draft(2), api.draft(2));
    api.edit(&other.campaign, json!({ "policy": { "ends_at": "2026-11-25T10:00:00Z" } }))
        .expect(200);
    schedule(&api, &one);
    api.world.run_until("2026-11-24T14:20:00Z");
    schedule(&api, &other);
    api.world.run_until("2026-11-24T15:00:00Z");
    let done = campaign(&api, &other);
    assert_eq!((&done["status"], &done["progress"]["skipped"]), (&json!("completed"), &json!(2)));

    // One that lets its messages expire, too.
    let third = api.draft(2);
    let lateness = json!({ "lateness": { "then": "expire", "after": "2h" } });
    api.edit(&third.campaign, lateness).expect(200);
    schedule(&api, &third);
    api.world.run_until("2026-11-24T15:30:00Z");
    assert_eq!(campaign(&api, &third)["progress"]["skipped"], 2);
}

#[test]
fn a_day_of_the_calendar_is_the_persons_own() {
    let api = Api::new();
    ask(&api, &json!({ "limits": [{ "max": 1, "calendar": "day" }] }));
    // Two numbers say where they are, of the third we know better. It is 14:00 in UTC.
    let (paris, tokyo, moved) = ("+33612000001", "+81312345678", "+33612000002");
    let draft = api.draft(0);
    for to in [paris, tokyo, paris, tokyo, paris] {
        send(&api, &draft.sender, to);
    }
    for _ in 0..2 {
        let body = json!({ "to": moved, "content": { "text": "Hello" },
                           "time_zone": "Pacific/Auckland" });
        api.post(&format!("/senders/{}/messages", draft.sender), &body).expect(202);
    }
    api.world.run_until("2026-11-27T20:00:00Z");
    let went = |to: &str, later: &[&str]| {
        let posts = posts(&api, to);
        let midnights: Vec<i64> = later
            .iter()
            .map(|text| tidegate::time::parse_rfc3339(text).unwrap().millis())
            .collect();
        assert_eq!(posts.len(), 1 + midnights.len(), "{to}: {posts:?}");
        for (post, midnight) in posts.iter().skip(1).zip(midnights) {
            assert!((0..=120_000).contains(&(post - midnight)), "{to}: {posts:?}");
        }
    };
    went(paris, &["2026-11-25T00:00:00+01:00", "2026-11-26T00:00:00+01:00"]);
    went(tokyo, &["2026-11-25T00:00:00+09:00"]);
    went(moved, &["2026-11-26T00:00:00+13:00"]);
}

#[test]
fn several_limits_hold_at_once() {
    let api = Api::new();
    let limits = json!([{ "max": 2, "rolling": "1h" }, { "max": 3, "rolling": "24h" }]);
    ask(&api, &json!({ "limits": limits }));
    let draft = api.draft(0);
    for _ in 0..5 {
        send(&api, &draft.sender, &address(0));
    }
    api.world.run_until("2026-11-26T15:00:00Z");
    let posts = posts(&api, &address(0));
    assert_eq!(posts.len(), 5);
    for (span, max) in [(HOUR_MS, 2), (DAY_MS, 3)] {
        for at in &posts {
            let within = posts.iter().filter(|other| **other <= *at && **other > at - span).count();
            assert!(within <= max, "{posts:?}");
        }
    }
}

#[test]
fn what_does_not_belong_to_a_team_is_refused_with_its_place() {
    let api = Api::new();
    let refused = |change: Value| api.patch("/teams/team_main", &change).errors();
    let counting = json!({ "policy": { "limits": [{ "max": 1, "rolling": "1h" }], "gap": "1s",
                                       "windows": [{ "from": "09:00", "to": "09:00" }] } });
    let found = refused(counting);
    assert!(found.contains(&pair("policy.limits", "not_for_teams")), "{found:?}");
    assert!(found.contains(&pair("policy.gap", "not_for_teams")), "{found:?}");
    assert!(found.iter().any(|(path, _)| path.starts_with("policy.windows[0]")), "{found:?}");
    let person = |policy: Value| refused(json!({ "person_policy": policy }));
    assert_eq!(
        person(json!({ "limits": [{ "max": 0, "rolling": "24h" }], "over": "bounce", "more": 1 })),
        [
            pair("person_policy.limits[0].max", "out_of_bounds"),
            pair("person_policy.over", "unknown_value"),
            pair("person_policy.more", "unknown_field"),
        ]
    );
    assert_eq!(
        person(json!({ "limits": [{ "max": 1, "calendar": "year" }] })),
        [pair("person_policy.limits[0].calendar", "malformed")]
    );
    assert_eq!(
        person(json!({ "limits": [{ "max": 1, "calendar": "day", "rolling": "24h" }] })),
        [pair("person_policy.limits[0]", "conflict")]
    );
    assert_eq!(
        person(json!({ "limits": [
            { "max": 101, "rolling": "1h" }, { "max": 1, "calendar": "day" },
            { "max": 1, "rolling": "32d" }, { "max": 1, "rolling": "1h", "counts": "single" },
            { "max": 1, "rolling": "1h", "enforce": "goal" },
        ] })),
        [
            pair("person_policy.limits[0].max", "out_of_bounds"),
            pair("person_policy.limits[2].rolling", "out_of_bounds"),
            pair("person_policy.limits[3].counts", "not_for_people"),
            pair("person_policy.limits[4].enforce", "not_for_people"),
        ]
    );
    assert_eq!(person(json!({ "limits": {} })), [pair("person_policy.limits", "type")]);
    let nine = json!({ "limits": vec![json!({ "max": 1, "rolling": "1h" }); 9] });
    assert_eq!(person(nine), [pair("person_policy.limits", "too_many")]);
    assert_eq!(
        person(json!({ "hours": { "gap": "1s", "ends_at": "2027-01-01T00:00" } })),
        [
            pair("person_policy.hours.ends_at", "not_for_people"),
            pair("person_policy.hours.gap", "not_for_people"),
        ]
    );
    assert_eq!(person(json!([])), [pair("person_policy", "type")]);
}

#[test]
fn an_estimate_says_who_is_at_their_limit_and_a_campaign_what_it_waits_for() {
    let api = Api::new();
    let (one, other) = (api.draft(6), api.draft(9));
    let estimate =
        |draft: &Draft| api.get(&format!("/campaigns/{}/estimate", draft.campaign)).expect(200);
    assert_eq!(estimate(&other)["at_their_limit"], Value::Null);
    let rows = estimate(&other)["rows"]["written"].as_i64().unwrap();
    ask(&api, &once_a_day());
    let at_their_limit = |people: u32| json!({ "people": people, "looked_at": 9 });
    assert_eq!(estimate(&other)["at_their_limit"], at_their_limit(0));
    assert_eq!(estimate(&other)["rows"]["written"], rows + 9);
    schedule(&api, &one);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(estimate(&other)["at_their_limit"], at_their_limit(6));
    schedule(&api, &other);
    api.world.run_until("2026-11-24T15:00:00Z");
    let campaign = campaign(&api, &other);
    assert_eq!(
        (&campaign["status"], &campaign["progress"]["sent"]),
        (&json!("in_progress"), &json!(3))
    );
    let because = &campaign["waiting"]["because"][0];
    assert_eq!((&because["layer"], &because["code"]), (&json!("person"), &json!("person_limit")));
    let until = campaign["waiting"]["until"].as_i64().unwrap();
    assert!((NOW_MS + DAY_MS..NOW_MS + DAY_MS + 11 * 60_000).contains(&until), "{until}");
    assert!(text(&because["text"]).starts_with("6 people had as many"), "{because}");
    api.world.run_until("2026-11-25T15:00:00Z");
    // The three of yesterday may be written to again; the six others were, just now.
    assert_eq!(estimate(&other)["at_their_limit"], at_their_limit(6));
}

#[test]
fn each_preset_can_be_copied_into_a_team() {
    let api = Api::new();
    let presets = api.get("/presets").expect(200)["items"].take();
    assert!(presets.as_array().unwrap().len() >= 6);
    for preset in presets.as_array().unwrap() {
        let team = api.patch("/teams/team_main", &preset["document"]).expect(200);
        assert_eq!(team["person_policy"], preset["document"]["person_policy"]);
        assert!(text(&preset["source"]["url"]).starts_with("https://"));
    }
    let page = api.get("/presets?limit=2").expect(200);
    let next = api.get(&format!("/presets?limit=200&cursor={}", text(&page["next_cursor"])));
    assert_eq!(
        next.expect(200)["items"].as_array().unwrap().len() + 2,
        presets.as_array().unwrap().len()
    );
}

#[test]
fn what_no_limit_counts_any_more_is_forgotten() {
    let api = Api::new();
    ask(&api, &once_a_day());
    let draft = api.draft(20);
    schedule(&api, &draft);
    api.world.run_until("2026-11-24T15:00:00Z");
    let left_after = |at_ms: i64| {
        for part in 0..person_sends::PARTS {
            api.sql(person_sends::prune(part, at_ms, 1_000));
        }
        api.sql(sql!("SELECT count(*) AS n FROM person_sends"))[0]["n"].clone()
    };
    assert_eq!(left_after(NOW_MS + DAY_MS), 20);
    assert_eq!(left_after(NOW_MS + DAY_MS + HOUR_MS), 0);
}
