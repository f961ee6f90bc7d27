//! `/reasons` and `/campaigns/{id}/bad-addresses`.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, pair};

#[test]
fn every_reason_says_what_it_means_and_what_to_check() {
    let list = Api::new().get("/reasons").expect(200);
    let items = list["items"].as_array().unwrap();
    assert!(items.len() > 20);
    for item in items {
        for field in ["code", "means", "check"] {
            assert!(!item[field].as_str().unwrap().is_empty(), "{item}");
        }
        assert!(!item["statuses"].as_array().unwrap().is_empty(), "{item}");
    }
}

#[test]
fn after_a_send_out_the_bad_addresses_are_listed_for_correction() {
    let api = Api::new();
    let draft = api.draft(250);
    let seq = sql!("SELECT seq FROM campaigns WHERE id = ?1", &draft.campaign);
    let seq = api.sql(seq)[0]["seq"].as_i64().unwrap();
    for (ordinal, status, reason) in [
        (3, "failed", "bad_address"),
        (7, "failed", "unreachable"),
        (120, "failed", "21211"),
        (121, "sent", "confirmed"),
        (249, "failed", "Hard bounce"),
    ] {
        api.sql(sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
             VALUES (?1, ?2, ?3, 5, 6, ?4)",
            seq,
            i64::from(ordinal),
            status,
            reason,
        ));
    }
    let path = format!("/campaigns/{}/bad-addresses", draft.campaign);
    let list = api.get(&path).expect(200);
    let of = |item: &Value| {
        (item["ordinal"].as_i64().unwrap(), item["reason"].as_str().unwrap().to_owned())
    };
    let found: Vec<_> = list["items"].as_array().unwrap().iter().map(of).collect();
    let bad = |ordinal| (ordinal, "bad_address".to_owned());
    assert_eq!(found, [bad(3), bad(120), (249, "bounced".to_owned())]);
    let second = &list["items"][1];
    assert_eq!(second["to"], "+33612000120");
    assert_eq!(second["fields"], json!({ "name": "Ada 120" }));
    assert_eq!(second["said"], "21211");
    assert_eq!(list["next_cursor"], json!(null));

    let first = api.get(&format!("{path}?limit=2")).expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = api.get(&format!("{path}?limit=2&cursor={cursor}")).expect(200);
    assert_eq!(
        rest["items"].as_array().unwrap().iter().map(of).collect::<Vec<_>>(),
        [(249, "bounced".to_owned())]
    );
    assert_eq!(api.get(&format!("{path}?limit=0")).errors(), [pair("limit", "out_of_bounds")]);
    api.get("/campaigns/cmp_nobody/bad-addresses").expect(404);
}
