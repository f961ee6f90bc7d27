//! `/campaigns/{id}/pace`: planned against actual.

use serde_json::{Value, json};
use tidegate_worker::store::kept_plans;

use crate::api::{Api, NOW_MS};

#[test]
fn a_campaign_that_goes_as_promised_says_so() {
    let api = Api::new();
    let draft = api.draft(25);
    let path = format!("/campaigns/{}/pace", draft.campaign);
    let empty = api.get(&path).expect(200);
    assert_eq!(
        (&empty["planned"], &empty["late"], &empty["days"]),
        (&json!(0), &Value::Null, &json!([]))
    );
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    let pace = api.get(&path).expect(200);
    assert_eq!(
        (&pace["time_zone"], &pace["planned"], &pace["sent"]),
        (&json!("UTC"), &json!(25), &json!(25))
    );
    let late = json!({ "median_ms": 0, "p95_ms": 0, "largest_ms": 0, "measured": 25 });
    assert_eq!(pace["late"], late);
    assert_eq!(
        pace["days"],
        json!([{
            "date": "2026-11-24", "planned": 25, "sent": 25, "late": late,
            "hours": [{ "at": NOW_MS, "hour": 14, "planned": 25, "sent": 25, "late": late }],
        }])
    );
    assert_eq!(pace["runs"], json!([[NOW_MS + 20_000, 25, 10_000]]));
    assert_eq!(pace["promises"][0]["by"], "tg_administrator");
    // What was sent is read in pieces, not message by message.
    let pieces = api.sql(kept_plans::sent(1, 3_600_000));
    assert_eq!(pieces, [json!({ "start": NOW_MS, "n": 25 })]);
    assert_eq!(api.sql(kept_plans::instants(1, 1)).len(), 1);
    api.get("/campaigns/cmp_nobody/pace").expect(404);
}

#[test]
fn a_pause_makes_the_promise_anew_and_both_are_told() {
    let api = Api::new();
    let draft = api.draft(30);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:01:05Z");
    api.act(&draft.campaign, "pause", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:30:00Z");
    api.act(&draft.campaign, "resume", json!({})).expect(200);
    let opt_out = json!({ "address": "+33612000029", "channel": "sms", "reason": "stop" });
    api.post("/opt-outs", &opt_out).expect(201);
    api.world.run_until("2026-11-24T15:30:00Z");
    let pace = api.get(&format!("/campaigns/{}/pace", draft.campaign)).expect(200);
    let whys: Vec<_> = pace["promises"].as_array().unwrap().iter().map(|p| &p["why"]).collect();
    assert_eq!(whys, ["schedule", "resume"]);
    assert_eq!(pace["promises"][1]["at"], NOW_MS + 1_800_000);
    assert_eq!(pace["promises"][1]["planned"], 25);
    let did: Vec<_> = pace["changes"].as_array().unwrap().iter().map(|c| &c["what"]).collect();
    assert_eq!(did, ["resume", "pause", "schedule"]);
    assert_eq!(pace["left_out"], json!([{ "reason": "opted_out", "count": 1 }]));
    // While it was held nothing went of what had been promised, and that is what it shows.
    assert_eq!((&pace["sent"], &pace["planned"]), (&json!(29), &json!(55)));
    assert_eq!(pace["late"]["largest_ms"], 0);
    let runs = pace["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run[1].as_i64().unwrap()).sum::<i64>(), 55);
}
