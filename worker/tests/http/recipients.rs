//! `/campaigns/{id}/recipients`.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::api::{Api, OPERATOR, VIEWER, pair};

#[test]
fn a_file_becomes_a_list_and_each_bad_row_has_its_place() {
    let api = Api::new();
    let draft = api.draft(0);
    let file = "phone,name\n+33612345678,Ada\n12,Bob\n+33612345678,Ada again\n";
    let answer = api.import(&draft.campaign, "people.csv", file.into()).expect(200);
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(1)));
    assert_eq!((&answer["rejected_total"], &answer["total"]), (&json!(1), &json!(1)));
    assert_eq!(answer["rejected"][0]["line"], 3);
    assert_eq!(answer["rejected"][0]["column"], "phone");
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(shown["progress"]["total"], 1);
    assert_eq!(shown["lists"][0]["id"], answer["list_id"]);
    assert_eq!(shown["lists"][0]["file_name"], "people.csv");
    assert_eq!(shown["lists"][0]["rejected"], 1);
}

#[test]
fn the_senders_country_reads_numbers_without_plus_unless_the_upload_names_one() {
    let api = Api::new();
    let draft = api.draft(0);
    let file = || "phone\n06 12 34 56 78\n".into();
    let import = |query: &str| {
        api.import(&draft.campaign, &format!("a.csv{query}"), file()).expect(200)["accepted"]
            .clone()
    };
    assert_eq!(import(""), 0);
    let sender = format!("/senders/{}", draft.sender);
    api.patch(&sender, &json!({ "region": "FR" })).expect(200);
    assert_eq!(import("&region=US"), 0);
    assert_eq!(import(""), 1);
    let refused = api.import(&draft.campaign, "a.csv&region=XX", file());
    assert_eq!(refused.errors()[0].0, "region");
}

#[test]
fn what_is_no_csv_upload_is_refused() {
    let api = Api::new();
    let draft = api.draft(0);
    let path = format!("/api/v1/campaigns/{}/recipients", draft.campaign);
    let upload = |key: &str, query: &str, content_type: &str| {
        let request = Request::post(format!("{path}{query}"))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", content_type)
            .body(Body::from("phone\n+33612345678\n"));
        api.send(request.unwrap())
    };
    upload(VIEWER, "?file_name=a.csv", "text/csv").expect(403);
    upload(OPERATOR, "?file_name=a.csv", "application/json").expect(415);
    assert_eq!(upload(OPERATOR, "", "text/csv").errors(), [pair("file_name", "missing")]);
    let control = upload(OPERATOR, "?file_name=a%00.csv", "text/csv");
    assert_eq!(control.errors(), [pair("file_name", "control_character")]);
    api.import("cmp_nobody", "a.csv", b"phone\n".to_vec()).expect(404);
    for garbage in [&b""[..], b"\xff\xfe\x00", b"name\nAda\n", b"\"phone\n"] {
        api.import(&draft.campaign, "a.csv", garbage.to_vec()).expect(422);
    }
    let shown = api.get(&format!("/campaigns/{}", draft.campaign)).expect(200);
    assert_eq!(shown["progress"]["total"], 0);
}

#[test]
fn a_campaign_under_way_takes_nobody_in() {
    let api = Api::new();
    let draft = api.draft(3);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:05:00Z");
    let late = api.import(&draft.campaign, "late.csv", b"phone\n+33698765432\n".to_vec());
    assert_eq!(late.expect(409)["type"], "/problems/closed");
}
