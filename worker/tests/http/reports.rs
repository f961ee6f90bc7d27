//! `/campaigns/{id}/report`.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::Api;

/// A campaign of ten of whom everything has become something.
pub fn scene() -> (Api, String) {
    let api = Api::new();
    let draft = api.draft(10);
    let id = draft.campaign;
    let content = json!({ "text": "Hello {{ name }}: https://a.example or https://b.example" });
    api.edit(&id, json!({ "content": content })).expect(200);
    let seq = api.sql(sql!("SELECT seq FROM campaigns WHERE id = ?1", &id))[0]["seq"].as_i64();
    let seq = seq.unwrap();
    for (ordinal, status, reason) in [
        (0, "delivered", None),
        (1, "delivered", None),
        (2, "sent", Some("confirmed")),
        (3, "sent", None),
        (4, "failed", Some("bad_address")),
        (5, "failed", Some("21211")),
        (6, "failed", Some("a full moon")),
        (7, "skipped", Some("opted_out")),
        (8, "unknown", Some("no_answer")),
    ] {
        api.sql(sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
             VALUES (?1, ?2, ?3, 5, 1000 + ?2, ?4)",
            seq,
            i64::from(ordinal),
            status,
            reason,
        ));
    }
    for (ordinal, link, machine, times) in
        [(0, 0, 0, 3), (1, 0, 0, 0), (1, 2, 0, 2), (3, 0, 1, 1), (3, 2, 1, 4)]
    {
        api.sql(sql!(
            "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms, times)
             VALUES (?1, ?2, ?3, ?4, 1, 1, ?5)",
            seq,
            i64::from(ordinal),
            i64::from(link),
            i64::from(machine),
            i64::from(times),
        ));
    }
    api.sql(sql!(
        "UPDATE campaigns SET status = 'completed', cursor = 10, sent = 4, delivered = 2,
           failed = 3, skipped = 1, unknown = 1, opened = 2, opens = 3, clicked = 1, clicks = 2
         WHERE seq = ?1",
        seq
    ));
    (api, id)
}

#[test]
fn a_report_counts_everybody_once_and_names_each_reason() {
    let (api, id) = scene();
    let report = api.get(&format!("/campaigns/{id}/report")).expect(200);
    let counts = |name: &str| -> Vec<(Value, Value)> {
        let list = report[name].as_array().unwrap();
        list.iter().map(|item| (item["reason"].clone(), item["count"].clone())).collect()
    };
    assert_eq!(
        counts("failed_by_reason"),
        [(json!("bad_address"), json!(2)), (json!("a full moon"), json!(1))]
    );
    // One of them has no row: the end came before their turn.
    assert_eq!(
        counts("skipped_by_reason"),
        [(json!("ended"), json!(1)), (json!("opted_out"), json!(1))]
    );
    assert_eq!(counts("unknown_by_reason"), [(json!("no_answer"), json!(1))]);
    let of = |name: &str| report["progress"][name].as_i64().unwrap();
    let all = ["queued", "sending", "sent", "failed", "skipped", "cancelled", "unknown"];
    assert_eq!(all.map(of).iter().sum::<i64>(), of("total"));
    assert_eq!(report["first_sent_at"], 1_000);
    assert_eq!(report["last_sent_at"], 1_008);
}

#[test]
fn rates_are_of_people_and_machines_stand_apart() {
    let (api, id) = scene();
    let report = api.get(&format!("/campaigns/{id}/report")).expect(200);
    assert_eq!(report["opened"], json!({ "people": 2, "times": 3, "rate": 0.5, "by_machines": 1 }));
    assert_eq!(
        report["clicked"],
        json!({ "people": 1, "times": 2, "rate": 0.25, "by_machines": 4 })
    );
    assert_eq!(
        report["links"],
        json!([{ "number": 2, "url": "https://b.example", "people": 1, "times": 2 }])
    );
}

#[test]
fn the_same_is_there_as_a_table() {
    let (api, id) = scene();
    let reply = api.get(&format!("/campaigns/{id}/report.csv"));
    assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8");
    let text = reply.expect(200);
    let lines: Vec<&str> = text.as_str().unwrap().split("\r\n").collect();
    assert_eq!(lines[0], "what,of,count");
    for line in ["people,,10", "failed,bad_address,2", "clicked,https://b.example,1"] {
        assert!(lines.contains(&line), "{line}: {lines:?}");
    }
    api.get("/campaigns/cmp_nobody/report").expect(404);
}

#[test]
fn however_many_reasons_there_are_they_add_up() {
    let (api, id) = scene();
    api.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 599)
         INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
         SELECT seq, i, 'failed', 5, 1000 + i, '550 ' || i || ' is not known' FROM campaigns, n"
    ));
    api.sql(sql!("UPDATE campaigns SET total = 510, cursor = 510, failed = 503"));
    let report = api.get(&format!("/campaigns/{id}/report")).expect(200);
    let sum = |of: &str| -> i64 {
        let reasons = report[of].as_array().unwrap();
        reasons.iter().map(|reason| reason["count"].as_i64().unwrap()).sum()
    };
    assert_eq!((sum("failed_by_reason"), sum("skipped_by_reason")), (503, 2));
    assert_eq!((sum("unknown_by_reason"), &report["last_sent_at"]), (1, &json!(1599)));
    let last = report["failed_by_reason"].as_array().unwrap().iter();
    assert!(last.clone().any(|reason| reason["reason"] == "other" && reason["count"] == 303));
}
