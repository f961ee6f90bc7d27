//! Hours on the clock of each person, and a team's hours for all its senders.

use serde_json::json;
use tidegate_worker::sql;

use crate::api::{Api, NOW_MS, pair, text};
use crate::people_limits::{HOUR_MS, address, ask, campaign, posts, schedule, send};

/// A number of Idaho, which has two zones, one of Paris, and a mobile number of Australia.
const NUMBERS: &str = "phone,name\n+12085550123,Ada\n+33612999001,Bo\n+61412345678,Cy\n";

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
