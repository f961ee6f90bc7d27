//! Files that nobody meant: no panic, and nothing but valid blocked times comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own documents has to fail")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use tidegate::Policy;
use tidegate::time::parse_rfc3339;
use tidegate::zone::Zone;
use tidegate_calendar::{MAX_BLOCKED, blocked_times};

const FILES: [&str; 4] = [
    include_str!("files/france.ics"),
    include_str!("files/united_states.ics"),
    include_str!("files/office.ics"),
    include_str!("files/odd.ics"),
];

fn check(file: &str, zone: &str) -> Result<(), TestCaseError> {
    let now = parse_rfc3339("2026-11-23T09:00:00-05:00").unwrap();
    let zone = Zone::named(zone).unwrap();
    let imported = blocked_times(file, zone, now);
    prop_assert!(imported.blocked.len() <= MAX_BLOCKED);
    let policy = json!({ "time_zone": zone.name(), "blocked": imported.blocked });
    prop_assert!(Policy::parse(&policy).is_ok(), "{}", policy);
    let lines = file.split('\n').count();
    let noted = imported.problems.iter().map(|problem| problem.line);
    let noted = noted.chain(imported.skipped.iter().map(|skipped| skipped.line));
    for line in noted {
        prop_assert!((1..=lines).contains(&line));
    }
    Ok(())
}

fn zones() -> impl Strategy<Value = &'static str> {
    select(vec!["UTC", "America/Toronto", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"])
}

/// Content lines of events, right and wrong.
fn line() -> impl Strategy<Value = String> {
    let name = select(vec![
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXDATE",
        "RDATE",
        "SUMMARY",
        "STATUS",
        "UID",
        "TRANSP",
        "RECURRENCE-ID",
        "EXRULE",
        "X",
    ]);
    let parameter = select(vec![
        "",
        ";VALUE=DATE",
        ";VALUE=PERIOD",
        ";TZID=Europe/Paris",
        ";TZID=Nowhere",
        ";TZID=\"a:b\"",
        ";X",
    ]);
    let value = prop_oneof![
        select(vec![
            "20261225",
            "20270101T090000",
            "20270314T023000Z",
            "00010101",
            "99991231T235959Z",
            "20270230",
            "PT1H",
            "P9999999999999W",
            "P1D",
            "-P1D",
            "FREQ=YEARLY",
            "FREQ=DAILY;COUNT=3",
            "FREQ=MONTHLY;BYDAY=-1MO",
            "FREQ=WEEKLY;INTERVAL=99999;BYDAY=SU",
            "CANCELLED",
            "a",
            "FREQ=YEARLY;BYDAY=53MO;BYSETPOS=-366",
            "FREQ=DAILY;UNTIL=99991231",
            "",
        ])
        .prop_map(str::to_owned),
        "[ -~é\\\\]{0,20}",
    ];
    (name, parameter, value)
        .prop_map(|(name, parameter, value)| format!("{name}{parameter}:{value}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_of_random_lines(events in vec(vec(line(), 1..6), 1..6), zone in zones()) {
        let events: Vec<_> = events.into_iter()
            .map(|lines| format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\n{}END:VEVENT\n", lines.concat()))
            .collect();
        check(&format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", events.concat()), zone)?;
    }

    #[test]
    fn files_with_lines_lost_doubled_and_damaged(
        file in select(FILES.to_vec()),
        damage in vec((any::<prop::sample::Index>(), 0..4_u8, any::<char>()), 1..8),
        zone in zones(),
    ) {
        let mut lines: Vec<String> = file.split_inclusive('\n').map(str::to_owned).collect();
        for (index, kind, letter) in damage {
            let at = index.index(lines.len());
            match kind {
                0 => { lines.remove(at); }
                1 => { let line = lines.get(at).cloned().unwrap_or_default(); lines.insert(at, line); }
                2 => lines.insert(at, letter.to_string()),
                _ => {
                    let line = lines.remove(at);
                    let cut = line.char_indices().map(|(at, _)| at).nth(index.index(line.len().max(1)));
                    lines.insert(at, line.get(..cut.unwrap_or(0)).unwrap_or_default().to_owned());
                }
            }
            if lines.is_empty() {
                break;
            }
        }
        check(&lines.concat(), zone)?;
    }

    #[test]
    fn any_text(file in "\\PC{0,200}|[A-Z:;=\r\n \t\"]{0,200}") {
        check(&file, "UTC")?;
    }
}
