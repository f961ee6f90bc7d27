//! `/reports`: a period, whatever lies across its ends.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, pair, text};

/// 1 November 2026.
const DAY_0: i64 = 1_793_491_200_000;
const DAY_MS: i64 = 86_400_000;

struct Scene {
    api: Api,
    inside: String,
    across: String,
}

/// On one sender a campaign that went on day 1 whole, and one that went an hour a message around the
/// midnight before it; both cost a cent a message. A reply to the first, and one to nothing.
fn scene() -> Scene {
    let api = Api::new();
    let inside = api.draft(6);
    let sender = json!({
        "name": "List", "channel": "email", "policy": {}, "provider": { "kind": "sandbox" },
    });
    let sender = text(&api.post("/senders", &sender).expect(201)["id"]);
    let at = format!("/senders/{sender}/price");
    let price = json!({ "currency": "EUR", "per_message": "0.01" });
    api.call(crate::api::ADMINISTRATOR, "PUT", &at, Some(&price)).expect(200);
    let across = json!({ "name": "=Across", "sender_id": sender, "content": { "text": "Hi" } });
    let across = text(&api.post("/campaigns", &across).expect(201)["id"]);
    let seq = |id: &str| {
        api.sql(sql!("SELECT seq FROM campaigns WHERE id = ?1", id))[0]["seq"].as_i64().unwrap()
    };
    let message = |id: &str, ordinal: i64, status: &str, at_ms: i64, reason: Option<&str>| {
        api.sql(sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
             VALUES (?1, ?2, ?3, ?4, CASE WHEN ?3 <> 'skipped' THEN ?4 END, ?5)",
            seq(id),
            ordinal,
            status,
            at_ms,
            reason,
        ));
    };
    let noon = DAY_0 + DAY_MS + DAY_MS / 2;
    let id = inside.campaign.as_str();
    for (ordinal, status, reason) in [
        (0, "delivered", None),
        (1, "sent", None),
        (2, "failed", Some("21211")),
        (3, "failed", Some("bad_address")),
        (4, "skipped", Some("opted_out")),
    ] {
        message(id, ordinal, status, noon + ordinal, reason);
    }
    api.sql(sql!(
        "UPDATE campaigns SET status = 'completed', started_ms = ?2, ended_ms = ?2 + 1000, sent = 2,
           delivered = 1, failed = 2, skipped = 1, opened = 1, clicked = 1, cursor = 6,
           by_user = 'usr_tg_operator'
         WHERE id = ?1",
        id,
        noon,
    ));
    for ordinal in 0..10 {
        message(&across, ordinal, "sent", DAY_0 + DAY_MS + (ordinal - 4) * 3_600_000, None);
    }
    api.sql(sql!(
        "UPDATE campaigns SET status = 'in_progress', started_ms = ?2, sent = 10, total = 12,
           opened = 2, cost = 100000 WHERE id = ?1",
        &across,
        DAY_0 + DAY_MS / 2,
    ));
    for (ordinal, link) in [(3, 0), (4, 0), (4, 1)] {
        api.sql(sql!(
            "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms)
             VALUES (?1, ?2, ?3, 0, 1, 1)",
            seq(&across),
            i64::from(ordinal),
            i64::from(link),
        ));
    }
    // Promised an hour a message from two hours before midnight on.
    api.sql(sql!(
        "INSERT INTO kept_plans (campaign_seq, made_ms, why, by_whom, planned, unplanned, instants)
         VALUES (?1, 1, 'schedule', '', 12, 0, ?2)",
        seq(&across),
        &json!({
            "spans": [[0, 12]],
            "runs": [[DAY_0 + DAY_MS - 2 * 3_600_000, 10, 3_600_000]],
            "rest": [[DAY_0 + DAY_MS, 1], [DAY_0 + 2 * DAY_MS, 1]],
        }),
    ));
    for (number, campaign, meaning) in [(1, Some(id), "stop"), (2, None, "other")] {
        api.sql(sql!(
            "INSERT INTO inbound (id, team_id, sender_seq, channel, address, text, attachments,
               received_ms, meaning, campaign_seq, cost)
             VALUES ('inb_' || ?1, 'team_main', (SELECT min(seq) FROM senders), 'sms', '+33612000000',
               'x', '[]', ?2, ?3, ?4, NULL)",
            i64::from(number),
            noon + i64::from(number),
            meaning,
            campaign.map(seq),
        ));
    }
    Scene { inside: inside.campaign, across, api }
}

fn report(api: &Api, query: &str) -> Value {
    let (from, to) = (DAY_0 + DAY_MS, DAY_0 + 2 * DAY_MS);
    api.get(&format!("/reports?from={from}&to={to}{query}")).expect(200)
}

fn counts(row: &Value) -> Vec<i64> {
    ["sent", "delivered", "failed", "skipped", "opened", "clicked", "contacts", "planned"]
        .iter()
        .map(|name| row[*name].as_i64().unwrap())
        .collect()
}

#[test]
fn a_period_counts_what_went_in_it_and_what_came_back() {
    let Scene { api, .. } = scene();
    let report = report(&api, "");
    assert_eq!(report["next_cursor"], json!(null));
    let row = &report["rows"][0];
    // Of the campaign across its beginning six went in it, of which one was opened and followed.
    // One of the other was left out without a row. A reply is a contact, what was sent is none.
    assert_eq!(counts(row), [2 + 6, 1, 2, 2, 1 + 1, 1 + 1, 2, 8 + 1]);
    assert_eq!((&row["open_rate"], &row["stops"]), (&json!(0.25), &json!(1)));
    let failed = &row["failed_by_reason"][0];
    assert_eq!((&failed["reason"], &failed["count"]), (&json!("bad_address"), &json!(2)));
    assert_eq!(row["skipped_by_reason"].as_array().unwrap().len(), 2);
    assert_eq!(row["costs"][0]["sent"], "0.06");
    assert_eq!(row["is_cost_shared"], true);
}

#[test]
fn a_rate_is_of_what_would_have_been_seen() {
    let Scene { api, inside, .. } = scene();
    api.sql(sql!("UPDATE campaigns SET opened = 0, clicked = 0"));
    api.sql(sql!("DELETE FROM marks"));
    let noted = json!({ "opens": true, "clicks": false });
    api.sql(sql!("UPDATE campaigns SET tracking = ?2 WHERE id = ?1", &inside, &noted));
    let row = report(&api, "")["rows"][0].take();
    assert_eq!(
        (&row["sent"], &row["opened_of"], &row["clicked_of"]),
        (&json!(8), &json!(2), &json!(0))
    );
    assert_eq!((&row["open_rate"], &row["click_rate"]), (&json!(0.0), &json!(null)));
    let (from, to) = (DAY_0 + DAY_MS, DAY_0 + 2 * DAY_MS);
    let table = text(&api.get(&format!("/reports.csv?from={from}&to={to}")).expect(200));
    assert!(table.contains(",opened_of,,2") && table.contains(",stops,,1"), "{table}");
}

#[test]
fn a_report_is_by_channel_sender_campaign_or_user() {
    let Scene { api, inside, across } = scene();
    for (by, expected) in [
        ("channel", vec![("email", 6, 0), ("sms", 2, 2)]),
        ("campaign", vec![("", 0, 1), (across.as_str(), 6, 0), (inside.as_str(), 2, 1)]),
        ("user", vec![("", 6, 1), ("usr_tg_operator", 2, 1)]),
    ] {
        let report = report(&api, &format!("&by={by}"));
        let of = |row: &Value| {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            (id, row["sent"].as_i64().unwrap(), row["contacts"].as_i64().unwrap())
        };
        let mut rows: Vec<_> = report["rows"].as_array().unwrap().iter().map(of).collect();
        rows.sort();
        let mut expected: Vec<_> =
            expected.into_iter().map(|(id, sent, came)| (id.to_owned(), sent, came)).collect();
        expected.sort();
        assert_eq!(rows, expected, "by {by}");
    }
    assert_eq!(report(&api, "&by=sender")["rows"].as_array().unwrap().len(), 2);
    let (from, to) = (DAY_0, DAY_0 + 3 * DAY_MS);
    let table = api.get(&format!("/reports.csv?from={from}&to={to}&by=campaign")).expect(200);
    let table = text(&table);
    assert!(table.starts_with("id,name,what,of,count\r\n"), "{table}");
    assert!(table.contains(&format!("{across},'=Across,sent,,10\r\n")), "{table}");
    assert!(table.contains(&format!("{inside},Term dates,failed,bad_address,2\r\n")), "{table}");
}

#[test]
fn the_days_of_a_period_add_up_to_it() {
    let Scene { api, .. } = scene();
    let of = |from: i64, to: i64| {
        counts(&api.get(&format!("/reports?from={from}&to={to}")).expect(200)["rows"][0])
    };
    let whole = of(DAY_0, DAY_0 + 3 * DAY_MS);
    let mut sum = vec![0; whole.len()];
    for day in 0..3 {
        let day = of(DAY_0 + day * DAY_MS, DAY_0 + (day + 1) * DAY_MS);
        sum = sum.iter().zip(day).map(|(sum, day)| sum + day).collect();
    }
    assert_eq!(sum, whole);
    assert_eq!(of(5, 6), [0; 8]);
}

#[test]
fn a_report_that_cannot_be_is_refused_with_each_reason() {
    let api = Api::new();
    let errors = api.get("/reports?by=day&cursor=x&from=soon").errors();
    let expected = [
        pair("to", "missing"),
        pair("from", "bad_instant"),
        pair("by", "unknown_value"),
        pair("cursor", "bad_cursor"),
    ];
    assert_eq!(errors, expected);
    assert_eq!(api.get("/reports?from=7&to=7").errors(), [pair("to", "empty")]);
}
