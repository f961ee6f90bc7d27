//! Any bytes as an iCalendar file. The first two choose the zone and the year of the import.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;
use tidegate::zone::Zone;
use tidegate::{Instant, Policy};
use tidegate_calendar::{MAX_BLOCKED, MAX_NOTES, blocked_times};

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Paris",
    "America/Toronto",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Antarctica/Troll",
];
const YEAR_MS: i64 = 31_556_952_000;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let [zone, year, file @ ..] = bytes else { return Corpus::Reject };
    let Ok(file) = std::str::from_utf8(file) else { return Corpus::Reject };
    let name = ZONES[usize::from(*zone) % ZONES.len()];
    let zone = Zone::named(name).unwrap();
    let now = Instant::from_millis(i64::from(*year) % 230 * YEAR_MS);

    let imported = blocked_times(file, zone, now);
    assert!(imported.blocked.len() <= MAX_BLOCKED);
    assert!(imported.skipped.len() <= MAX_NOTES && imported.problems.len() <= MAX_NOTES);
    assert!(
        imported.unlisted == 0 || imported.skipped.len().max(imported.problems.len()) == MAX_NOTES
    );
    // What comes out is a policy.
    let policy = Policy::parse(&json!({ "time_zone": name, "blocked": imported.blocked }));
    assert!(policy.is_ok(), "{policy:?}");
    // What is said is said of a line of the file.
    let last = file.split(['\n', '\r']).count();
    for problem in &imported.problems {
        assert!((1..=last).contains(&problem.line), "{problem:?} of {last} lines");
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem:?}");
    }
    for skipped in &imported.skipped {
        assert!((1..=last).contains(&skipped.line), "{skipped:?} of {last} lines");
        assert!(!skipped.why.is_empty(), "{skipped:?}");
    }
    // Either end of a line will do.
    if !file.contains('\r') {
        assert_eq!(imported, blocked_times(&file.replace('\n', "\r\n"), zone, now));
    }
    Corpus::Keep
});
