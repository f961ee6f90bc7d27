//! Calendar files as blocked times.

use serde_json::json;

use crate::api::{Api, VIEWER};

const HOLIDAYS: &str = "BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
SUMMARY:Christmas\r
DTSTART;VALUE=DATE:20201225\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Inventory\r
DTSTART;TZID=America/Toronto:20261231T120000\r
DURATION:PT6H\r
END:VEVENT\r
BEGIN:VEVENT\r
SUMMARY:Someday\r
DTSTART;VALUE=DATE:20261399\r
END:VEVENT\r
END:VCALENDAR\r
";

#[test]
fn a_calendar_file_becomes_blocked_times_that_a_policy_takes() {
    let api = Api::new();
    let path = "/blocked-times/import?time_zone=Europe/Paris";
    let imported = api.upload(path, "text/calendar; charset=utf-8", HOLIDAYS.into()).expect(200);
    assert_eq!(
        imported["blocked"],
        json!([
            { "name": "Christmas", "annual": "12-25" },
            { "name": "Inventory", "from": "2026-12-31T18:00", "to": "2027-01-01T00:00" },
        ])
    );
    assert_eq!(imported["problems"].as_array().unwrap().len(), 1);
    assert_eq!(imported["problems"][0]["line"], 14);
    let policy = json!({ "time_zone": "Europe/Paris", "blocked": imported["blocked"] });
    let checked = api.call(VIEWER, "POST", "/policies/check", Some(&policy)).expect(200);
    assert_eq!(checked["valid"], true);
}

#[test]
fn what_is_no_calendar_file_is_refused() {
    let api = Api::new();
    let upload = |query: &str, kind: &str, file: &[u8]| {
        let path = format!("/blocked-times/import{query}");
        api.upload(&path, kind, file.to_vec()).expect_failure()
    };
    assert_eq!(upload("", "text/plain", b"x"), (415, "unsupported_type".to_owned()));
    assert_eq!(
        upload("", "text/calendar", b"BEGIN:VCALENDAR\r\n\xff"),
        (400, "malformed".to_owned())
    );
    let long = vec![b'x'; 2_000_001];
    assert_eq!(upload("", "text/calendar", &long), (413, "too_large".to_owned()));
    let elsewhere =
        api.upload("/blocked-times/import?time_zone=Mars/Base", "text/calendar", Vec::new());
    assert_eq!(elsewhere.errors(), [("time_zone".to_owned(), "unknown_zone".to_owned())]);
    // A text that is no calendar is read, and says what is wrong with it.
    let read = api.upload("/blocked-times/import", "text/calendar", b"hello".to_vec()).expect(200);
    assert_eq!(read["blocked"], json!([]));
    assert!(!read["problems"].as_array().unwrap().is_empty());
}
