//! `/campaigns/{id}/resends`, and the file of bad addresses that one of them begins with.

use serde_json::{Value, json};
use tidegate_worker::jobs::sweep;
use tidegate_worker::ports::Clock;
use tidegate_worker::sql;
use tidegate_world::ready;

use crate::api::{Api, NOW_MS, pair, text};
use crate::reports;

/// The ten of `reports::scene`, as they are if opens and links were tracked.
fn scene() -> (Api, String) {
    let (api, id) = reports::scene();
    api.sql(sql!("UPDATE campaigns SET tracking = '{\"opens\":true,\"clicks\":true}'"));
    (api, id)
}

fn resend(api: &Api, id: &str, asked: &Value) -> Value {
    api.post(&format!("/campaigns/{id}/resends"), asked).expect(201)
}

fn count(api: &Api, id: &str, asked: &Value) -> Value {
    api.post(&format!("/campaigns/{id}/resends/count"), asked).expect(200)
}

/// The addresses of a campaign's people, by the last digit of their number.
fn people(api: &Api, resend: &Value) -> Vec<i64> {
    let id = text(&resend["campaign_id"]);
    let list = api.get(&format!("/campaigns/{id}/messages")).expect(200);
    let to = |item: &Value| text(&item["to"]).rsplit_once("+336120").unwrap().1.parse().unwrap();
    list["items"].as_array().unwrap().iter().map(to).collect()
}

#[test]
fn a_resend_is_a_draft_that_knows_the_other_and_has_whom_it_is_for() {
    let (api, id) = scene();
    let made = resend(&api, &id, &json!({ "to": "not_opened" }));
    assert_eq!(
        made,
        json!({
            "campaign_id": made["campaign_id"],
            "parent_id": id,
            "name": "Again: Term dates",
            "status": "draft",
            "to": "not_opened",
            "reasons": null,
            "state": "ready",
            "looked_at": 10,
            "of": 10,
            "people": 2,
            "opted_out": 0,
            "created_at": NOW_MS,
            "starts_at": null,
            "not_started": null,
        })
    );
    // 3 was opened by a machine alone; 8 may have it or not.
    assert_eq!(people(&api, &made), [2, 3]);
    let campaign = api.get(&format!("/campaigns/{}", text(&made["campaign_id"]))).expect(200);
    let parent = api.get(&format!("/campaigns/{id}")).expect(200);
    assert_eq!(campaign["parent_id"], id);
    for same in ["content", "policy", "recipient_policy", "lateness", "sender_id", "channel"] {
        assert_eq!(campaign[same], parent[same], "{same}");
    }
    assert_eq!((&parent["parent_id"], &parent["resends"]), (&json!(null), &json!(1)));
    assert_eq!(campaign["lists"][0]["file_name"], "Term dates: not opened");
    let lists = api.get(&format!("/campaigns/{}/lists", text(&made["campaign_id"]))).expect(200);
    let from = json!({ "resend_of": id, "to": "not_opened", "reasons": null });
    assert_eq!(lists["items"][0]["selection"], from);
    // The fields came along: it can go as it is.
    let rendered = format!("/campaigns/{}/render", text(&made["campaign_id"]));
    let rendered = api.post(&rendered, &json!({})).expect(200);
    assert!(text(&rendered["text"]).starts_with("Hello Ada 2: "), "{rendered}");
    api.act(&text(&made["campaign_id"]), "schedule", json!({})).expect(200);
}

#[test]
fn a_resend_with_a_time_starts_by_itself_as_whoever_made_it() {
    let (api, id) = scene();
    let at = NOW_MS + 3_600_000;
    let made = resend(&api, &id, &json!({ "to": "failed", "at": at }));
    assert_eq!((&made["state"], &made["status"]), (&json!("ready"), &json!("scheduled")));
    assert_eq!((&made["starts_at"], &made["not_started"]), (&json!(at), &json!(null)));
    let campaign = format!("/campaigns/{}", text(&made["campaign_id"]));
    let shown = api.get(&campaign).expect(200);
    assert_eq!((&shown["status"], &shown["starts_at"]), (&json!("scheduled"), &json!(at)));
    let log = api.call(crate::api::ADMINISTRATOR, "GET", "/audit?what=campaign.schedule", None);
    assert_eq!(log.expect(200)["items"][0]["by"], made_by(&api, &made));
    api.world.run_until("2026-11-24T16:00:00Z");
    let done = api.get(&campaign).expect(200);
    assert_eq!((&done["status"], &done["progress"]["sent"]), (&json!("completed"), &json!(1)));
    let counted = count(&api, &id, &json!({ "to": "failed" }));
    assert_eq!((&counted["people"], &counted["already"]), (&json!(1), &json!(1)));

    // What cannot go says why: nobody is left, or it says what is not allowed.
    let none = json!({ "to": "failed", "reasons": ["filtered"], "at": at + 7_200_000 });
    let none = resend(&api, &id, &none);
    assert_eq!((&none["status"], &none["state"]), (&json!("draft"), &json!("ready")));
    assert!(text(&none["not_started"]).contains("no recipients"), "{none}");
    api.post("/words", &json!({ "kind": "word", "value": "casino" })).expect(201);
    let content = json!({ "text": "casino" });
    let held = json!({ "to": "failed", "content": content, "at": at + 7_200_000 });
    let held = resend(&api, &id, &held);
    assert_eq!((&held["status"], &held["not_started"]), (&json!("draft"), &json!(null)));
    let review = api.get("/reviews").expect(200)["items"][0].clone();
    assert_eq!(review["campaign"]["id"], held["campaign_id"]);
    assert_eq!(review["wish"], json!({ "do": "schedule", "at": at + 7_200_000 }));

    let refused = |asked: Value| api.post(&format!("/campaigns/{id}/resends"), &asked).errors();
    let soon = json!({ "to": "failed", "at": api.world.now().millis() + 299_999 });
    assert_eq!(refused(soon), [pair("at", "too_soon")]);
    api.sql(sql!(
        "UPDATE campaigns SET policy = json_set(policy, '$.ends_at', '2026-11-24T23:00:00Z')
         WHERE id = ?1",
        &id,
    ));
    let late = json!({ "to": "failed", "at": "2026-11-24T23:00:00Z" });
    assert_eq!(refused(late), [pair("at", "never")]);
    let nobody = json!({ "to": "someone_else", "at": at + 7_200_000 });
    assert_eq!(refused(nobody), [pair("at", "not_here")]);
    assert_eq!(refused(json!({ "to": "failed", "at": "soon" })), [pair("at", "bad_instant")]);
}

/// A crash after its people were in and before it was scheduled, and one after it was.
#[test]
fn what_was_to_start_by_itself_is_started_by_the_sweep_and_once() {
    for is_scheduled in [false, true] {
        let (api, id) = scene();
        let at = NOW_MS + 3_600_000;
        let made = resend(&api, &id, &json!({ "to": "failed", "at": at }));
        if !is_scheduled {
            api.sql(sql!(
                "UPDATE campaigns SET status = 'draft', starts_ms = NULL WHERE parent_seq > 0"
            ));
        }
        api.sql(sql!("UPDATE resends SET done_ms = NULL, moved_ms = 0"));
        let all = || api.get(&format!("/campaigns/{id}/resends")).expect(200)["items"][0].clone();
        assert_eq!(all()["state"], "filling");
        api.world.run_until("2026-11-24T14:03:00Z");
        assert_eq!((&all()["state"], &all()["status"]), (&json!("ready"), &json!("scheduled")));
        let campaign = api.get(&format!("/campaigns/{}", text(&made["campaign_id"]))).expect(200);
        assert_eq!(campaign["starts_at"], at);
        assert_eq!(people(&api, &made), [6]);
        // One whose people took too long goes as early as one may be scheduled for.
        api.sql(sql!(
            "UPDATE campaigns SET status = 'draft', starts_ms = NULL WHERE parent_seq > 0"
        ));
        api.world.run_until("2026-11-24T15:10:00Z");
        api.sql(sql!("UPDATE resends SET done_ms = NULL, moved_ms = 0"));
        api.world.run_until("2026-11-24T15:12:00Z");
        let campaign = api.get(&format!("/campaigns/{}", text(&made["campaign_id"]))).expect(200);
        let late = campaign["starts_at"].as_i64().unwrap() - at;
        assert!((900_000..1_000_000).contains(&late), "{late}");
    }
}

fn made_by(api: &Api, made: &Value) -> Value {
    let log = api.call(crate::api::ADMINISTRATOR, "GET", "/audit?what=campaign.resend", None);
    let log = log.expect(200);
    let own = log["items"].as_array().unwrap().iter().find(|e| e["subject"] == made["campaign_id"]);
    own.unwrap()["by"].clone()
}

#[test]
fn each_choice_takes_its_own_and_is_counted_before() {
    let (api, id) = scene();
    for (asked, whom, undecided) in [
        (json!({ "to": "not_opened" }), vec![2, 3], 1),
        (json!({ "to": "not_clicked" }), vec![0, 2, 3], 1),
        // Writing to a bad address again is of no use, unless somebody says so.
        (json!({ "to": "failed" }), vec![6], 1),
        (json!({ "to": "failed", "reasons": ["bad_address"] }), vec![4, 5], 1),
        (json!({ "to": "failed", "reasons": ["21211"] }), vec![4, 5], 1),
        (json!({ "to": "failed", "reasons": ["unreachable", "filtered"] }), vec![], 1),
        // 9 has no row: the end came before its turn.
        (json!({ "to": "left_out" }), vec![7, 9], 1),
        (json!({ "to": "left_out", "reasons": ["ended"] }), vec![9], 1),
        (json!({ "to": "left_out", "reasons": ["opted_out"] }), vec![7], 1),
        (json!({ "to": "someone_else" }), vec![], 1),
    ] {
        let counted = json!({ "people": whom.len(), "undecided": undecided, "already": 0 });
        assert_eq!(count(&api, &id, &asked), counted, "{asked}");
        let made = resend(&api, &id, &asked);
        assert_eq!((people(&api, &made), &made["state"]), (whom, &json!("ready")), "{asked}");
    }
    let all = api.get(&format!("/campaigns/{id}/resends?limit=3")).expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let next = text(&all["next_cursor"]);
    let rest = api.get(&format!("/campaigns/{id}/resends?cursor={next}")).expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 7);
    assert_eq!(rest["items"][0]["reasons"], json!(["bad_address"]));
}

#[test]
fn of_a_stopped_campaign_nobody_is_taken_who_is_still_being_sent_to() {
    let (api, id) = scene();
    api.sql(sql!("UPDATE campaigns SET status = 'stopped'"));
    api.sql(sql!(
        "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items, count,
                                start_ms, claimed)
         VALUES (1, 1, 0, 1, 1, '[{\"first\":9,\"count\":1,\"start\":5,\"every\":0}]', 1, 5, 1)"
    ));
    assert_eq!(count(&api, &id, &json!({ "to": "left_out", "reasons": ["stopped"] }))["people"], 0);
    assert_eq!(people(&api, &resend(&api, &id, &json!({ "to": "left_out" }))), [7]);
    let taken = || {
        let counted = count(&api, &id, &json!({ "to": "left_out" }))["people"].clone();
        let taken = people(&api, &resend(&api, &id, &json!({ "to": "left_out" })));
        (counted, taken)
    };
    // What was not begun when it was stopped goes no more, also before that is tidied up.
    api.sql(sql!("UPDATE handovers SET claimed = 0"));
    assert_eq!(taken(), (json!(2), vec![7, 9]));
    api.sql(sql!("DELETE FROM handovers"));
    for (doubtful, expected) in [(0, (json!(2), vec![7, 9])), (1, (json!(1), vec![7]))] {
        api.sql(sql!(
            "INSERT OR REPLACE INTO backlog (campaign_seq, first, count, due_ms, doubtful)
             VALUES (1, 9, 1, 0, ?1)",
            doubtful
        ));
        assert_eq!(taken(), expected);
    }
    api.sql(sql!("DELETE FROM backlog"));
    assert_eq!(taken(), (json!(2), vec![7, 9]));
    // While it is on its way, it is known of nobody that they are left out.
    api.sql(sql!("UPDATE campaigns SET status = 'in_progress' WHERE parent_seq IS NULL"));
    assert_eq!(people(&api, &resend(&api, &id, &json!({ "to": "left_out" }))), [7]);
}

#[test]
fn who_opted_out_since_or_was_erased_is_not_taken() {
    let (api, id) = scene();
    let address =
        |number: u8| json!({ "channel": "sms", "address": format!("+336120{number:05}") });
    api.post("/opt-outs", &address(2)).expect(201);
    let made = resend(&api, &id, &json!({ "to": "not_clicked" }));
    assert_eq!((&made["people"], &made["opted_out"]), (&json!(2), &json!(1)));
    assert_eq!(people(&api, &made), [0, 3]);
    api.post("/erasures", &json!({ "addresses": [address(3)] })).expect(200);
    assert_eq!(people(&api, &resend(&api, &id, &json!({ "to": "not_clicked" }))), [0]);
}

#[test]
fn people_keep_their_zones_and_their_fields_are_counted() {
    let api = Api::new();
    let draft = api.draft(0);
    let zones = ["Europe/Paris", "America/New_York", ""];
    let rows = (0..300).map(|n| {
        let name = if n % 50 == 0 { "" } else { "Ada" };
        format!("+336120{n:05},{name},{}\n", zones[n % 3])
    });
    let file = format!("phone,name,time_zone\n{}", rows.collect::<String>());
    api.import(&draft.campaign, "people.csv", file.into()).expect(200);
    api.sql(sql!(
        "UPDATE campaigns SET status = 'stopped', content = '{\"text\":\"Hi {{ name }}\"}'"
    ));
    let made = resend(&api, &draft.campaign, &json!({ "to": "left_out" }));
    let id = text(&made["campaign_id"]);
    let of = |id: &str| api.get(&format!("/campaigns/{id}")).expect(200)["zones"].take();
    let by_zone = |zones: Value| {
        let mut told: Vec<_> = zones.as_array().unwrap().iter().map(ToString::to_string).collect();
        told.sort();
        told
    };
    assert_eq!(by_zone(of(&id)), by_zone(of(&draft.campaign)));
    let refused = api.act(&id, "schedule", json!({}));
    assert_eq!(refused.errors(), [pair("content.text", "empty_field")]);
    assert!(text(&refused.body["detail"]).contains("`name` is empty for 6 of 300 people"));
    api.edit(&id, json!({ "content": { "text": "Hi {{ name | default('you') }}" } })).expect(200);
    api.act(&id, "schedule", json!({})).expect(200);
}

/// Puts a resend back to where nothing of it was done but the first write.
fn interrupt(api: &Api, id: &str) {
    for statement in [
        sql!(
            "DELETE FROM lists WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)",
            id
        ),
        sql!(
            "UPDATE campaigns SET total = 0, import_token = id, import_until_ms = 9007199254740991
             WHERE id = ?1",
            id
        ),
        sql!(
            "UPDATE resends SET done_ms = NULL, looked_at = 0, people = 0, so_far = '{}'
             WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)",
            id
        ),
    ] {
        api.sql(statement);
    }
}

#[test]
fn one_that_was_interrupted_lets_nobody_in_and_is_finished_by_the_sweep() {
    let (api, id) = scene();
    let made = resend(&api, &id, &json!({ "to": "not_opened" }));
    let resent = text(&made["campaign_id"]);
    interrupt(&api, &resent);
    let list = || api.get(&format!("/campaigns/{id}/resends")).expect(200)["items"][0].take();
    assert_eq!(list()["state"], "filling");
    let csv = b"phone\n+33612000077\n".to_vec();
    api.import(&resent, "more.csv", csv).expect(409);
    api.act(&resent, "schedule", json!({})).expect(422);
    api.world.run_until("2026-11-24T14:04:00Z");
    assert_eq!(list()["state"], "ready");
    assert_eq!(people(&api, &made), [2, 3]);
    assert_eq!(api.get(&format!("/campaigns/{resent}")).expect(200)["progress"]["total"], 2);

    // One that was called off meanwhile takes nobody, and leaves nobody behind.
    let made = resend(&api, &id, &json!({ "to": "not_opened" }));
    let resent = text(&made["campaign_id"]);
    interrupt(&api, &resent);
    api.act(&resent, "stop", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:08:00Z");
    let left = api.sql(sql!(
        "SELECT (SELECT count(*) FROM people WHERE campaign_seq = c.seq) AS pages, c.total,
                r.people, r.done_ms IS NOT NULL AS done
         FROM campaigns c JOIN resends r ON r.campaign_seq = c.seq WHERE c.id = ?1",
        &resent
    ));
    assert_eq!(left, [json!({ "pages": 0, "total": 0, "people": 0, "done": 1 })]);
}

#[test]
fn what_cannot_be_told_of_a_campaign_is_refused_with_what_to_do() {
    let (api, id) = scene();
    let refused = |asked: Value| {
        let counted = api.post(&format!("/campaigns/{id}/resends/count"), &asked);
        let made = api.post(&format!("/campaigns/{id}/resends"), &asked);
        assert_eq!((counted.status, counted.errors()), (made.status, made.errors()));
        made.errors()
    };
    for (asked, path, code) in [
        (json!({}), "to", "missing"),
        (json!({ "to": "all" }), "to", "unknown_value"),
        (json!({ "to": "not_opened", "reasons": ["ended"] }), "reasons", "not_here"),
        (json!({ "to": "failed", "reasons": [] }), "reasons", "out_of_bounds"),
        (json!({ "to": "failed", "reasons": "ended" }), "reasons", "type"),
        (
            json!({ "to": "failed", "reasons": ["ended", "a full moon"] }),
            "reasons[1]",
            "unknown_reason",
        ),
        (json!({ "to": "failed", "reasons": [7] }), "reasons[0]", "unknown_reason"),
        (json!({ "to": "failed", "whom": 1 }), "whom", "unknown_field"),
    ] {
        assert_eq!(refused(asked), [pair(path, code)]);
    }
    let content = json!({ "to": "failed", "content": { "text": "{{ name", "subject": "" } });
    let made = api.post(&format!("/campaigns/{id}/resends"), &content);
    assert_eq!(made.errors()[0].0, "content.subject");
    let content = json!({ "to": "failed", "content": { "text": "Hi", "subject": "Dates" } });
    let made = api.post(&format!("/campaigns/{id}/resends"), &content);
    assert_eq!(made.errors(), [pair("content.subject", "not_for_channel")]);
    api.sql(sql!("UPDATE campaigns SET tracking = '{\"opens\":false,\"clicks\":false}'"));
    assert_eq!(refused(json!({ "to": "not_opened" })), [pair("to", "opens_not_tracked")]);
    assert_eq!(refused(json!({ "to": "not_clicked" })), [pair("to", "clicks_not_tracked")]);
    let draft = api.draft(3).campaign;
    let none = api.post(&format!("/campaigns/{draft}/resends"), &json!({ "to": "failed" }));
    assert_eq!(none.errors(), [pair("to", "nothing_sent")]);
    assert_eq!(api.sql(sql!("SELECT count(*) AS n FROM resends"))[0]["n"], 0);
    resend(&api, &draft, &json!({ "to": "someone_else", "name": "For the others" }));
}

#[test]
fn somebody_else_is_reached_through_a_sender_of_another_channel() {
    let (api, id) = scene();
    let path = format!("/campaigns/{id}/resends");
    let letters = json!({
        "name": "Letters", "channel": "email", "provider": { "kind": "sandbox" }, "policy": {}
    });
    let letters = text(&api.post("/senders", &letters).expect(201)["id"]);
    let asked = json!({ "to": "failed", "sender_id": letters });
    assert_eq!(api.post(&path, &asked).errors(), [pair("sender_id", "not_here")]);
    let asked = json!({ "to": "someone_else", "sender_id": "snd_none" });
    assert_eq!(api.post(&path, &asked).errors(), [pair("sender_id", "unknown_sender")]);
    let made = resend(&api, &id, &json!({ "to": "someone_else", "sender_id": letters }));
    let campaign = api.get(&format!("/campaigns/{}", text(&made["campaign_id"]))).expect(200);
    assert_eq!(
        (&campaign["sender_id"], &campaign["channel"], &campaign["parent_id"]),
        (&json!(letters), &json!("email"), &json!(id))
    );
    let file = "email\nana@example.com\n";
    api.import(&text(&made["campaign_id"]), "letters.csv", file.into()).expect(200);
}

#[test]
fn bad_addresses_come_as_a_file_that_can_be_corrected_and_sent() {
    let (api, id) = scene();
    api.sql(sql!("UPDATE messages SET reason = 'bad_address', detail = '=1+1' WHERE ordinal = 6"));
    let file = api.get(&format!("/campaigns/{id}/bad-addresses.csv"));
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"bad-addresses.csv\"");
    let file = text(&file.expect(200));
    assert_eq!(
        file,
        "phone,time_zone,name,bad_because,provider_said,contact_id\r\n\
         +33612000004,,Ada 4,bad_address,,\r\n\
         +33612000005,,Ada 5,21211,,\r\n\
         +33612000006,,Ada 6,bad_address,'=1+1,\r\n"
    );
    let made = resend(&api, &id, &json!({ "to": "someone_else" }));
    let corrected = file.replace("+3361200000", "+3361200009");
    let resent = text(&made["campaign_id"]);
    let taken = api.import(&resent, "corrected.csv", corrected.into()).expect(200);
    assert_eq!((&taken["accepted"], &taken["rejected_total"]), (&json!(3), &json!(0)));
    assert_eq!(people(&api, &made), [94, 95, 96]);
    let rendered = api.post(&format!("/campaigns/{resent}/render"), &json!({})).expect(200);
    assert!(text(&rendered["text"]).starts_with("Hello Ada 4: "));
}

#[test]
fn many_are_taken_in_steps_and_written_a_hundred_to_a_row() {
    let api = Api::new();
    let id = api.draft(0).campaign;
    api.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 100 FROM n WHERE i + 100 < 60000)
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, i, 100, (
           WITH RECURSIVE k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j + 1 < 100)
           SELECT json_group_array(json_object('to', printf('+3361%07d', i + j),
             'zone', iif(j % 2, 'Asia/Tokyo', 'Europe/Paris'), 'fields', json_object('name', 'Ada')))
           FROM k) FROM n"
    ));
    api.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, reason)
         SELECT 1, p.first + j.key, iif(j.key < 50, 'failed', 'delivered'), 0,
                iif(j.key < 50, 'unreachable', NULL)
         FROM people p, json_each(p.people) j"
    ));
    api.sql(sql!("UPDATE campaigns SET total = 60000, status = 'completed'"));
    let made = resend(&api, &id, &json!({ "to": "failed" }));
    assert_eq!((&made["state"], &made["people"]), (&json!("ready"), &json!(30_000)));
    let kept = api.sql(sql!(
        "SELECT count(*) AS pages, sum(count) AS people, max(first + count) AS last,
                count(DISTINCT first) AS places FROM people WHERE campaign_seq = 2"
    ));
    // Three steps, each of two zones.
    let wanted = json!({ "pages": 300, "people": 30_000, "last": 30_000, "places": 300 });
    assert_eq!(kept, [wanted]);
    let zones = api.sql(sql!(
        "SELECT time_zone, people, json_array_length(ranges) AS ranges FROM campaign_zones
         WHERE campaign_seq = 2 ORDER BY time_zone"
    ));
    let people: i64 = zones.iter().map(|zone| zone["people"].as_i64().unwrap()).sum();
    assert_eq!((zones.len(), people), (2, 30_000));
    assert!(zones.iter().all(|zone| zone["ranges"].as_i64().unwrap() <= 20), "{zones:?}");
    let ordinals = api.sql(sql!(
        "SELECT count(DISTINCT j.value ->> 'to') AS n FROM people p, json_each(p.people) j
         WHERE p.campaign_seq = 2"
    ));
    assert_eq!(ordinals[0]["n"], 30_000);
}

#[test]
fn twenty_thousand_long_addresses_are_looked_up_in_as_many_parts_as_it_takes() {
    let api = Api::new();
    let id = api.draft(0).campaign;
    api.sql(sql!("UPDATE senders SET channel = 'email'"));
    api.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 100 FROM n WHERE i + 100 < 20000)
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, i, 100, (
           WITH RECURSIVE k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j + 1 < 100)
           SELECT json_group_array(json_object('to', printf('%048d@example.org', i + j),
             'fields', json('{}'))) FROM k) FROM n"
    ));
    api.sql(sql!("UPDATE campaigns SET total = 20000, status = 'stopped'"));
    for number in [0, 19_999] {
        let address = format!("{number:048}@example.org");
        api.post("/opt-outs", &json!({ "channel": "email", "address": address })).expect(201);
    }
    let made = resend(&api, &id, &json!({ "to": "left_out" }));
    assert_eq!(
        (&made["state"], &made["people"], &made["opted_out"]),
        (&json!("ready"), &json!(19_998), &json!(2))
    );
}

#[test]
fn one_that_cannot_get_on_keeps_nobody_elses_work_waiting() {
    let (api, id) = scene();
    let made = [(); 2].map(|()| resend(&api, &id, &json!({ "to": "not_opened" })));
    for made in &made {
        interrupt(&api, &text(&made["campaign_id"]));
    }
    api.sql(sql!("UPDATE resends SET moved_ms = 0"));
    api.sql(sql!(
        "UPDATE resends SET so_far = 'torn'
         WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)",
        text(&made[0]["campaign_id"]),
    ));
    api.sql(sql!(
        r#"INSERT INTO erasures (id, team_id, by_whom, made_ms, addresses, names) VALUES
           ('ers_a', 'team_other', 'Grace', 1, 'torn', '[]'),
           ('ers_b', 'team_other', 'Grace', 1,
            '[{"channel":"sms","address":"+33612000001"}]', '[]')"#
    ));
    let sweep = || ready(sweep::run(&*api.world));
    let states = || {
        let list = api.get(&format!("/campaigns/{id}/resends")).expect(200);
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(&item["state"]))
            .collect::<Vec<_>>()
    };
    assert!(sweep().is_err(), "it is said");
    let open = "SELECT count(*) FROM erasures WHERE done_ms IS NULL AND id = 'ers_b'";
    assert_eq!(api.world.number(open), 0, "the erasure behind both is done");
    assert_eq!(states(), ["filling", "filling"]);
    assert!(sweep().is_err());
    assert_eq!(states(), ["filling", "ready"], "the next one has had its turn");
}
