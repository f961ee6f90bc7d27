//! Whole files, and what comes out of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own documents has to fail")]

use serde_json::{Value, json};
use tidegate::time::parse_rfc3339;
use tidegate::zone::Zone;
use tidegate::{Instant, Policy};
use tidegate_calendar::{HORIZON_DAYS, Imported, MAX_BLOCKED, MAX_BYTES, MAX_NOTES, blocked_times};

/// A Monday.
fn now() -> Instant {
    parse_rfc3339("2026-11-23T09:00:00-05:00").unwrap()
}

fn import(file: &str) -> Imported {
    let imported = blocked_times(file, Zone::named("America/Toronto").unwrap(), now());
    let policy = json!({ "time_zone": "America/Toronto", "blocked": imported.blocked });
    assert!(Policy::parse(&policy).is_ok(), "{policy}");
    imported
}

/// A calendar of one event with those lines.
fn import_event(lines: &str) -> Imported {
    import(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"))
}

fn blocked(lines: &str) -> Vec<Value> {
    let imported = import_event(lines);
    assert!(imported.problems.is_empty(), "{imported:?}");
    imported.blocked
}

/// Line and message of each problem.
fn problems(imported: &Imported) -> Vec<(usize, &str)> {
    imported.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect()
}

fn skipped(imported: &Imported) -> Vec<(usize, &str, &str)> {
    let skipped = imported.skipped.iter();
    skipped.map(|skipped| (skipped.line, skipped.what.as_str(), skipped.why.as_str())).collect()
}

#[test]
fn french_holidays() {
    let imported = import(include_str!("files/france.ics"));
    assert_eq!(
        imported.blocked,
        [
            json!({ "name": "Jour de l'An", "annual": "01-01" }),
            json!({ "name": "Lundi de Pâques", "date": "2027-03-29" }),
            json!({ "name": "Ascension, et le pont", "from": "2027-05-06T00:00", "to": "2027-05-08T00:00" }),
            json!({ "name": "Fête nationale", "annual": "07-14" }),
            json!({ "name": "Noël", "annual": "12-25" }),
        ]
    );
    assert_eq!(skipped(&imported), [(12, "Lundi de Pâques", "it is over")]);
    assert_eq!(problems(&imported), []);
    assert_eq!(imported.complete_until, None);
}

#[test]
fn american_holidays_are_written_out_for_five_years() {
    let imported = import(include_str!("files/united_states.ics"));
    let dates = |name: &str| -> Vec<String> {
        let days = imported.blocked.iter().filter(|entry| entry["name"] == name);
        days.map(|entry| entry["date"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(imported.blocked[0], json!({ "name": "Independence Day", "annual": "07-04" }));
    assert_eq!(
        dates("Thanksgiving"),
        ["2026-11-26", "2027-11-25", "2028-11-23", "2029-11-22", "2030-11-28"]
    );
    assert_eq!(dates("Memorial Day"), ["2027-05-31", "2028-05-29"]);
    assert_eq!(dates("Martin Luther King Jr. Day"), ["2027-01-18", "2028-01-17"]);
    assert_eq!(imported.blocked.last(), Some(&json!({ "name": "Leap day", "annual": "02-29" })));
    // 1,827 days from the 23rd of November 2026 on.
    assert_eq!(imported.complete_until.as_deref(), Some("2031-11-24"));
    assert_eq!((imported.skipped.len(), imported.problems.len()), (0, 0));
}

#[test]
fn an_office_with_times() {
    let imported = import(include_str!("files/office.ics"));
    assert_eq!(problems(&imported), []);
    assert_eq!(
        imported.blocked,
        [
            json!({ "name": "Lunch", "days": ["mon", "tue", "wed", "thu", "fri"],
                "from": "12:00", "to": "13:00" }),
            json!({ "name": "Backup", "days": ["fri"], "from": "22:00", "to": "06:00" }),
            json!({ "name": "Weekend", "days": ["sat", "sun"], "from": "00:00", "to": "24:00" }),
            json!({ "from": "12:30", "to": "13:00" }),
            json!({ "name": "Call", "from": "2026-11-24T10:00", "to": "2026-11-24T11:00" }),
            // 09:00 in Paris, but not on the 14th.
            json!({ "name": "Paris", "from": "2026-12-07T03:00", "to": "2026-12-07T04:00" }),
            json!({ "name": "Paris", "from": "2026-12-16T03:00", "to": "2026-12-16T04:00" }),
            json!({ "name": "Paris", "from": "2026-12-21T03:00", "to": "2026-12-21T04:00" }),
            json!({ "name": "Review", "from": "2026-12-01T10:00", "to": "2026-12-01T11:00" }),
            json!({ "name": "Review (moved)", "from": "2027-01-04T14:30", "to": "2027-01-04T15:30" }),
            json!({ "name": "Shutdown", "from": "2026-12-24T00:00", "to": "2027-01-04T00:00" }),
            json!({ "name": "Year's end", "date": "2026-12-31" }),
            // The hour from 01:00 happens twice that night, and this is the second.
            json!({ "name": "Second half past one", "from": "2027-11-07T06:30:00Z", "to": "2027-11-07T02:00" }),
        ]
    );
    assert_eq!(skipped(&imported), [(72, "Review", "it is cancelled")]);
    assert_eq!(imported.complete_until, None);
}

#[test]
fn what_is_left_out_says_why_and_what_is_wrong_says_where() {
    let imported = import(include_str!("files/odd.ics"));
    assert_eq!(imported.blocked, [json!({ "name": "Good", "date": "2027-06-01" })]);
    assert_eq!(
        skipped(&imported),
        [
            (2, "Over", "it is over"),
            (6, "Cancelled", "it is cancelled"),
            (11, "Free", "it is marked as free time"),
            (17, "VEVENT", "it lasts no time"),
            (20, "VTODO", "only events block"),
        ]
    );
    assert_eq!(
        problems(&imported),
        [
            (24, "the event has no `DTSTART`; add it"),
            (
                29,
                "`Eastern Standard Time` is no time zone; write an IANA name such as `Europe/Paris`"
            ),
            (31, "`FREQ=HOURLY` is not supported; write `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`"),
            (35, "`DTEND` is before `DTSTART`; move one of them"),
            (
                39,
                "it is of another kind than `DTSTART`; write both as days, or both as times with or \
              without a zone"
            ),
            (42, "`20270230` is not in the calendar; write a date that is"),
            (44, "`2250-01-01` is not from 1970 to 2199; write a date such as `2026-12-25`"),
            (49, "`BYWEEKNO=1` is not supported in a rule; write the days one by one"),
            (53, "a rule ends by `COUNT` or by `UNTIL`; leave one of them out"),
            (57, "`DTSTART` comes twice; leave one out"),
            (
                58,
                "`20270101T090000Z/PT1H` is no day or time; write it as `20261225` or `20261225T090000`"
            ),
            (60, "`this is no content line` is no content line; write `NAME:value`"),
            (
                63,
                "a change of all later occurrences is not supported; end the first event, and add one"
            ),
            (71, "`VCALENDAR` of line 1 has no end; export the file again"),
            (71, "`VEVENT` of line 69 has no end; export the file again"),
        ]
    );
}

#[test]
fn an_exception_to_a_holiday_has_it_written_out() {
    let christmas = "DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY";
    assert_eq!(blocked(christmas), [json!({ "annual": "12-25" })]);
    let exception = blocked(&format!("{christmas}\nEXDATE;VALUE=DATE:20281225"));
    let dates: Vec<_> = exception.iter().map(|entry| entry["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-12-25", "2027-12-25", "2029-12-25", "2030-12-25"]);
    // One that is past changes nothing.
    let past = blocked(&format!("{christmas}\nEXDATE;VALUE=DATE:20211225"));
    assert_eq!(past, [json!({ "annual": "12-25" })]);
}

#[test]
fn an_exception_means_a_start_however_it_is_written() {
    let days = |start: &str, exception: &str| {
        let lines =
            format!("DTSTART{start}\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE{exception}");
        blocked(&lines)
            .iter()
            .map(|entry| entry["from"].as_str().unwrap()[..10].to_owned())
            .collect::<Vec<_>>()
    };
    let zoned = ";TZID=America/Toronto:20270101T200000";
    for exception in [
        ";TZID=America/Toronto:20270102T200000",
        ":20270103T010000Z",
        ":20270102T200000",
        ";VALUE=DATE:20270102",
    ] {
        assert_eq!(days(zoned, exception), ["2027-01-01", "2027-01-03"], "{exception}");
    }
    for exception in [":20270102T200000", ";TZID=Europe/Paris:20270102T200000", ":20270102"] {
        assert_eq!(
            days(":20270101T200000", exception),
            ["2027-01-01", "2027-01-03"],
            "{exception}"
        );
    }
    let several = days(zoned, ";TZID=America/Toronto:20270101T200000,20270103T200000");
    assert_eq!(several, ["2027-01-02"]);
    assert_eq!(days(zoned, ":20270102T200001Z").len(), 3);
}

#[test]
fn dates_that_are_added_are_of_the_events_kind() {
    let added = blocked("DTSTART;VALUE=DATE:20270101\nRDATE;VALUE=DATE:20270301,20270201,20270101");
    let dates: Vec<_> = added.iter().map(|entry| entry["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2027-01-01", "2027-02-01", "2027-03-01"]);
    let wrong = import_event("DTSTART;VALUE=DATE:20270101\nRDATE:20270301T090000");
    assert_eq!(wrong.problems[0].line, 4);
}

#[test]
fn what_begins_later_does_not_block_before() {
    let annual = |start| blocked(&format!("DTSTART;VALUE=DATE:{start}\nRRULE:FREQ=YEARLY"));
    assert_eq!(annual("20261225"), [json!({ "annual": "12-25" })]);
    let later = annual("20271225");
    assert_eq!((later.len(), &later[0]), (4, &json!({ "date": "2027-12-25" })));

    let weekly = |start, hour| {
        blocked(&format!("DTSTART:{start}T{hour}0000\nDURATION:PT10H\nRRULE:FREQ=WEEKLY"))
    };
    // It is Monday, 09:00. What starts next Sunday could have been on since last night.
    let next = weekly("20261129", "22");
    assert_eq!(next, [json!({ "days": ["sun"], "from": "22:00", "to": "08:00" })]);
    let next = weekly("20261129", "23");
    assert_eq!(next, [json!({ "days": ["sun"], "from": "23:00", "to": "09:00" })]);
    let later = weekly("20261206", "23");
    assert_eq!(later[0], json!({ "from": "2026-12-06T23:00", "to": "2026-12-07T09:00" }));
    let long = "DTSTART:20261129T230000\nDURATION:PT11H\nRRULE:FREQ=WEEKLY";
    assert_eq!(blocked(long)[0], json!({ "from": "2026-11-29T23:00", "to": "2026-11-30T10:00" }));
}

#[test]
fn a_weekly_time_of_another_zone_is_written_out_across_clock_changes() {
    let entries = blocked(
        "DTSTART;TZID=Europe/Paris:20270301T140000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5",
    );
    let starts: Vec<_> = entries.iter().map(|entry| entry["from"].as_str().unwrap()).collect();
    // Toronto changes its clock on the 14th of March, Paris on the 28th.
    assert_eq!(
        starts,
        [
            "2027-03-01T08:00",
            "2027-03-08T08:00",
            "2027-03-15T09:00",
            "2027-03-22T09:00",
            "2027-03-29T08:00",
        ]
    );
}

#[test]
fn a_duration_in_days_goes_by_the_wall_clock_and_one_in_hours_does_not() {
    let end = |duration| {
        let lines = format!("DTSTART;TZID=America/Toronto:20270313T120000\nDURATION:{duration}");
        blocked(&lines)[0]["to"].clone()
    };
    assert_eq!(end("P1D"), "2027-03-14T12:00");
    assert_eq!(end("PT24H"), "2027-03-14T13:00");
    assert_eq!(end("P1DT1H"), "2027-03-14T13:00");
    assert_eq!(end("P1W"), "2027-03-20T12:00");
}

#[test]
fn what_is_on_now_still_blocks() {
    let lines = "DTSTART:20261120T090000\nDTEND:20261123T090001";
    assert_eq!(
        blocked(lines),
        [json!({ "from": "2026-11-20T09:00", "to": "2026-11-23T09:00:01" })]
    );
    assert!(blocked("DTSTART:20261120T090000\nDTEND:20261123T090000").is_empty());
    // Began before the horizon of its rule.
    let long = "DTSTART:20261120T090000\nDURATION:P5D\nRRULE:FREQ=YEARLY;COUNT=2";
    assert_eq!(blocked(long).len(), 2);
}

#[test]
fn a_name_is_one_line_of_at_most_two_hundred_characters() {
    let summary = "é".repeat(300);
    let name = |summary: &str| {
        blocked(&format!("DTSTART;VALUE=DATE:20270101\nSUMMARY:{summary}"))[0]["name"].clone()
    };
    assert_eq!(name(&summary), "é".repeat(200));
    assert_eq!(name("  two\\nlines  "), "two lines");
    assert_eq!(name(""), Value::Null);
}

#[test]
fn a_file_has_a_bound() {
    let calendar =
        |comment: usize| format!("BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR", "x".repeat(comment));
    let around = calendar(0).len();
    assert!(import(&calendar(MAX_BYTES - around)).problems.is_empty());
    let over = import(&calendar(MAX_BYTES - around + 1));
    assert_eq!(problems(&over), [(1, "2000001 bytes are too many; import at most 2000000")]);
}

#[test]
fn blocked_times_have_a_bound() {
    let event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nEND:VEVENT\n";
    let file = |count| format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", event.repeat(count));
    let most = import(&file(MAX_BLOCKED));
    assert_eq!((most.blocked.len(), most.problems.len()), (MAX_BLOCKED, 0));
    let over = import(&file(MAX_BLOCKED + 1));
    assert_eq!(over.blocked.len(), MAX_BLOCKED);
    let line = 2 + 3 * MAX_BLOCKED;
    let message = "with it there are more than 1000 blocked times; leave some out";
    assert_eq!(problems(&over), [(line, message)]);
    // An event goes in as a whole or not at all.
    let daily =
        "BEGIN:VEVENT\nDTSTART:20270101T000000\nDURATION:PT25H\nRRULE:FREQ=DAILY\nEND:VEVENT\n";
    let all = import(&format!("BEGIN:VCALENDAR\n{daily}END:VCALENDAR"));
    assert_eq!((all.blocked.len(), all.problems[0].line), (0, 2));
}

#[test]
fn notes_have_a_bound() {
    let noise = "x\n".repeat(MAX_NOTES + 5);
    let imported = import(&format!("BEGIN:VCALENDAR\n{noise}END:VCALENDAR"));
    assert_eq!((imported.problems.len(), imported.unlisted), (MAX_NOTES, 5));
}

#[test]
fn rules_that_ask_for_too_much_are_a_problem() {
    let event =
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY;COUNT=700000\nEND:VEVENT\n";
    let imported = import(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", event.repeat(20)));
    let why = "the file's rules repeat too often; write a later `DTSTART`";
    assert_eq!(problems(&imported).last(), Some(&(2 + 19 * 4 + 2, why)));
    assert_eq!(imported.skipped.len() + imported.problems.len(), 20);
    assert!(imported.skipped.len() > 1 && imported.problems.len() > 1);
}

#[test]
fn components_have_a_depth() {
    let deep = "BEGIN:VCALENDAR\n".repeat(9);
    assert_eq!(
        problems(&import(&deep)),
        [(9, "components lie too deep in one another; export the file again"),]
    );
}

#[test]
fn an_end_that_closes_another_component_drops_what_is_open() {
    let imported = import(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nBEGIN:VALARM\nEND:VEVENT\nEND:VCALENDAR\nEND:VEVENT",
    );
    assert_eq!(
        problems(&imported),
        [
            (5, "`END:VEVENT` stands inside `VALARM` of line 4; export the file again"),
            (7, "`END:VEVENT` ends nothing; export the file again"),
        ]
    );
    assert_eq!(
        problems(&import("hello:you")),
        [(1, "there is no `BEGIN:VCALENDAR`; choose an iCalendar file"),]
    );
}

#[test]
fn the_horizon_is_farther_than_any_plan_looks() {
    assert!(i64::from(HORIZON_DAYS) * 86_400_000 > 2 * tidegate::HORIZON_MS);
}
