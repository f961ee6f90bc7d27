//! How often one person is written to, and when, over all that a team sends.

use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::person_sends;

use crate::api::{Api, Draft, NOW_MS, pair, text};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Has the first team ask this for each person.
fn ask(api: &Api, person_policy: &Value) -> Value {
    let change = json!({ "person_policy": person_policy });
    api.patch("/teams/team_main", &change).expect(200)
}

fn once_a_day() -> Value {
    json!({ "limits": [{ "max": 1, "rolling": "24h" }] })
}

fn schedule(api: &Api, draft: &Draft) -> Value {
    api.act(&draft.campaign, "schedule", json!({})).expect(200)
}

fn campaign(api: &Api, draft: &Draft) -> Value {
    api.get(&format!("/campaigns/{}", draft.campaign)).expect(200)
}

/// When each person was written to, by address.
fn posts(api: &Api, to: &str) -> Vec<i64> {
    let posts = api.world.posts.borrow();
    posts.iter().filter(|post| post.to == to).map(|post| post.at).collect()
}

fn address(person: u32) -> String {
    format!("+336120{person:05}")
}

fn send(api: &Api, sender: &str, to: &str) -> Value {
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
fn people_are_written_to_in_the_teams_hours_and_the_campaigns_on_their_own_clock() {
    let api = Api::new();
    let draft = api.draft(0);
    let file = "phone,name,time_zone\n+33612999001,Ada,Europe/Paris\n\
                +12125550101,Bo,America/New_York\n+33612999003,Di,\n";
    api.import(&draft.campaign, "people.csv", file.into()).expect(200);
    // 14:00 in UTC is 15:00 in Paris and 09:00 in New York.
    let hours = json!({ "windows": [{ "from": "10:00", "to": "20:00" }] });
    api.edit(&draft.campaign, json!({ "recipient_policy": hours })).expect(200);
    ask(
        &api,
        &json!({ "hours": { "blocked": [{ "name": "Siesta", "from": "14:30", "to": "16:00" }] } }),
    );
    let plan = api.post(&format!("/campaigns/{}/plan", draft.campaign), &json!({})).expect(200);
    let scheduled = schedule(&api, &draft);
    assert_eq!(scheduled["plan"]["first"], plan["first"]);
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(
        api.world.posts.borrow().len(),
        1,
        "in the sender's zone, which is UTC, it is 14:00"
    );
    let waiting = campaign(&api, &draft)["waiting"].take();
    // Both at 15:00 in UTC: ten o'clock in New York, four in Paris.
    assert_eq!(waiting["until"], NOW_MS + HOUR_MS);
    let layers: Vec<_> =
        waiting["because"].as_array().unwrap().iter().map(|b| &b["layer"]).collect();
    assert!(layers == ["person"] || layers == ["recipient"], "{waiting}");
    api.world.run_until("2026-11-24T15:10:00Z");
    assert!(posts(&api, "+33612999001")[0] >= NOW_MS + HOUR_MS);
    assert!(posts(&api, "+12125550101")[0] >= NOW_MS + HOUR_MS);
}

#[test]
fn a_team_has_hours_that_hold_for_all_its_senders_in_plan_and_dispatch() {
    let api = Api::new();
    let draft = api.draft(2);
    let hours = json!({ "policy": { "windows": [{ "from": "16:00", "to": "18:00" }] } });
    api.patch("/teams/team_main", &hours).expect(200);
    let plan = api.post(&format!("/campaigns/{}/plan", draft.campaign), &json!({})).expect(200);
    assert_eq!(plan["first"], NOW_MS + 2 * HOUR_MS);
    let outlook = api.get(&format!("/senders/{}/outlook", draft.sender)).expect(200);
    let names: Vec<_> = outlook["shared"].as_array().unwrap().iter().map(|l| &l["name"]).collect();
    assert!(names.contains(&&json!("team")), "{names:?}");
    let scheduled = schedule(&api, &draft);
    let because = &scheduled["waiting"]["because"][0];
    assert_eq!((&because["layer"], &because["code"]), (&json!("team"), &json!("outside_window")));
    let single = send(&api, &draft.sender, &address(9));
    assert_eq!(single["at"], NOW_MS + 2 * HOUR_MS);
    api.world.run_until("2026-11-24T15:59:00Z");
    assert_eq!(api.world.posts.borrow().len(), 0);
    // A sender that is made later has them as well.
    let later = api.draft(1);
    let plan = api.post(&format!("/campaigns/{}/plan", later.campaign), &json!({})).expect(200);
    assert_eq!(plan["first"], NOW_MS + 2 * HOUR_MS);
    api.world.run_until("2026-11-24T16:05:00Z");
    assert_eq!(api.world.posts.borrow().len(), 3);
}

#[test]
fn hours_that_a_team_takes_on_hold_what_is_on_its_way_and_let_it_go_again() {
    let api = Api::new();
    let draft = api.draft(200);
    schedule(&api, &draft);
    api.world.run_until("2026-11-24T14:05:00Z");
    let before = api.world.posts.borrow().len();
    assert!(before > 10);
    let senders = api.sql(sql!("SELECT version FROM senders"));
    let shut =
        json!({ "policy": { "blocked": [{ "name": "Strike", "from": "14:00", "to": "17:00" }] } });
    api.patch("/teams/team_main", &shut).expect(200);
    let then = api.world.posts.borrow().len();
    api.world.run_until("2026-11-24T16:30:00Z");
    assert_eq!(
        api.world.posts.borrow().len(),
        then,
        "nothing that was committed goes by the old rules"
    );
    // The same again changes no sender.
    let now = api.sql(sql!("SELECT version FROM senders"));
    assert_eq!(now[0]["version"], senders[0]["version"].as_i64().unwrap() + 1);
    api.patch("/teams/team_main", &shut).expect(200);
    api.patch("/teams/team_main", &json!({ "name": "Other" })).expect(200);
    assert_eq!(api.sql(sql!("SELECT version FROM senders")), now);
    api.patch("/teams/team_main", &json!({ "policy": {} })).expect(200);
    api.world.run_until("2026-11-24T18:00:00Z");
    assert_eq!(campaign(&api, &draft)["progress"]["sent"], 200);
    let changes = api.sql(sql!("SELECT count(*) AS n FROM changes WHERE what = 'rules'"));
    assert_eq!(changes[0]["n"], 2);
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

/// A number of Idaho, which has two zones, one of Paris, and a mobile number of Australia.
const NUMBERS: &str = "phone,name\n+12085550123,Ada\n+33612999001,Bo\n+61412345678,Cy\n";

#[test]
fn whoever_may_be_in_several_zones_is_written_to_in_hours_that_suit_all() {
    let api = Api::new();
    let draft = api.draft(0);
    let hours = json!({ "windows": [{ "from": "09:00", "to": "10:00" }] });
    api.edit(&draft.campaign, json!({ "recipient_policy": hours })).expect(200);
    api.import(&draft.campaign, "a.csv", NUMBERS.into()).expect(200);
    let zones = campaign(&api, &draft)["zones"].take();
    let names: Vec<_> = zones.as_array().unwrap().iter().map(|z| text(&z["time_zone"])).collect();
    assert!(names.contains(&"Europe/Paris".to_owned()), "{names:?}");
    assert!(names.contains(&"America/Boise|America/Los_Angeles".to_owned()), "{names:?}");
    let plan = api.post(&format!("/campaigns/{}/plan", draft.campaign), &json!({})).expect(200);
    // Nine to ten is never at once in Boise and in Los Angeles, nor in all of Australia.
    assert_eq!((&plan["planned"], &plan["unplanned"]), (&json!(1), &json!(2)));
    let wider = json!({ "windows": [{ "from": "09:00", "to": "20:00" }] });
    api.edit(&draft.campaign, json!({ "recipient_policy": wider })).expect(200);
    let scheduled = schedule(&api, &draft);
    // 14:00 in UTC is 15:00 in Paris, 07:00 in Boise and 06:00 in Los Angeles.
    assert_eq!(scheduled["plan"]["planned"], 3);
    api.world.run_until("2026-11-25T14:00:00Z");
    let of = |to: &str| posts(&api, to)[0];
    assert!(of("+33612999001") < NOW_MS + 60_000);
    assert_eq!(of("+12085550123"), NOW_MS + 3 * HOUR_MS, "nine in Los Angeles, ten in Boise");
    // Nine on the Cocos Islands, which have numbers of Australia, at 02:30 in UTC.
    assert_eq!(of("+61412345678"), NOW_MS + 25 * HOUR_MS / 2);
}

#[test]
fn zones_are_taken_from_numbers_where_it_counts_unless_the_caller_says_otherwise() {
    let zones = |query: &str, hours: bool| {
        let api = Api::new();
        let draft = api.draft(0);
        if hours {
            ask(&api, &json!({ "hours": { "windows": [{ "from": "08:00", "to": "21:00" }] } }));
        }
        let path = format!("/campaigns/{}/recipients?file_name=a.csv{query}", draft.campaign);
        api.upload(&path, "text/csv", NUMBERS.into()).expect(200);
        campaign(&api, &draft)["zones"].as_array().unwrap().len()
    };
    assert_eq!((zones("", false), zones("", true)), (0, 3));
    assert_eq!((zones("&infer_zones=true", false), zones("&infer_zones=false", true)), (3, 0));
    let api = Api::new();
    let path =
        format!("/campaigns/{}/recipients?file_name=a.csv&infer_zones=1", api.draft(0).campaign);
    let refused = api.upload(&path, "text/csv", NUMBERS.into());
    assert_eq!(refused.errors(), [pair("infer_zones", "unknown_value")]);
}

#[test]
fn a_single_waits_for_the_hours_of_its_person() {
    let api = Api::new();
    ask(&api, &json!({ "hours": { "windows": [{ "from": "08:00", "to": "21:00" }] } }));
    let sender = api.draft(0).sender;
    // 06:00 in Los Angeles, 15:00 in Paris.
    assert_eq!(send(&api, &sender, "+13105550123")["at"], NOW_MS + 2 * HOUR_MS);
    let paris = send(&api, &sender, "+33612345678")["at"].as_i64().unwrap();
    assert!(paris < NOW_MS + 60_000);
    let said = json!({ "to": "+13105550124", "content": { "text": "Hello" }, "time_zone": "Europe/Paris" });
    let said = api.post(&format!("/senders/{sender}/messages"), &said).expect(202);
    assert!(said["at"].as_i64().unwrap() < NOW_MS + 60_000);
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
