//! Rules of repetition, held against another implementation.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot read its own documents has to fail"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rrule::{RRuleSet, Tz};
use serde_json::Value;
use tidegate::time::{civil, parse_rfc3339};
use tidegate::zone::Zone;
use tidegate_calendar::{HORIZON_DAYS, blocked_times};

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const TODAY: &str = "2026-11-23";

fn day(text: &str) -> i32 {
    civil::parse_date(text).unwrap()
}

/// The days from today up to the horizon on which a rule for whole days holds.
fn engine(start: &str, rule: &str) -> BTreeSet<i32> {
    let file = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{start}\nRRULE:{rule}\nEND:VEVENT\nEND:VCALENDAR"
    );
    let now = parse_rfc3339(&format!("{TODAY}T00:00:00Z")).unwrap();
    let imported = blocked_times(&file, Zone::UTC, now);
    assert!(imported.problems.is_empty(), "{rule}: {imported:?}");
    let today = day(TODAY);
    let mut days = BTreeSet::new();
    for entry in imported.blocked {
        if let Some(date) = entry["date"].as_str() {
            assert!(days.insert(day(date)));
            continue;
        }
        let annual = entry["annual"].as_str();
        let holds = |date: i32| {
            if let Some(annual) = annual {
                let civil::YearMonthDay { month, day, .. } = civil::year_month_day(date);
                return annual == format!("{month:02}-{day:02}");
            }
            assert_eq!((&entry["from"], &entry["to"]), (&"00:00".into(), &"24:00".into()));
            let name = NAMES[usize::try_from(civil::weekday(date)).unwrap()];
            let days = entry.get("days").and_then(Value::as_array);
            days.is_none_or(|days| days.contains(&name.into()))
        };
        days.extend((today..today + HORIZON_DAYS).filter(|date| holds(*date)));
    }
    days
}

/// The same by the other implementation; none where it refuses the rule.
fn reference(start: &str, rule: &str) -> Option<BTreeSet<i32>> {
    let set: RRuleSet = format!("DTSTART:{start}T000000Z\nRRULE:{rule}").parse().ok()?;
    let at = |text: &str| -> DateTime<Tz> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Tz::UTC)
    };
    let today = at(&format!("{TODAY}T00:00:00Z"));
    let end = today + chrono::Duration::days(i64::from(HORIZON_DAYS) - 1);
    let result = set.after(today).before(end).all(10_000);
    assert!(!result.limited);
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap().num_days_from_ce();
    Some(result.dates.iter().map(|date| date.date_naive().num_days_from_ce() - epoch).collect())
}

fn list(values: &[impl ToString], name: &'static str) -> String {
    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
    if values.is_empty() { String::new() } else { format!(";{name}={}", values.join(",")) }
}

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Whether nothing of the rule's first week lies before its start.
fn starts_its_week(start: &str, rule: &str) -> bool {
    let first = rule.split_once("WKST=").map_or("MO", |(_, rest)| &rest[..2]);
    let start = NaiveDate::parse_from_str(start, "%Y%m%d").unwrap().weekday();
    first == WEEKDAYS[usize::try_from(start.num_days_from_monday()).unwrap()]
}

fn rules() -> impl Strategy<Value = (String, String)> {
    let start = (2015..2029_i32, 1..=12_i32, 1..=28_i32)
        .prop_map(|(year, month, day)| format!("{year:04}{month:02}{day:02}"));
    let freq = select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let interval = prop_oneof![3 => Just(String::new()), 2 => (1..5_u32).prop_map(|n| format!(";INTERVAL={n}"))];
    let end = prop_oneof![
        3 => Just(String::new()),
        1 => (1..60_u32).prop_map(|count| format!(";COUNT={count}")),
        1 => (2025..2031_i32, 1..=12_i32).prop_map(|(year, month)| format!(";UNTIL={year}{month:02}15T000000Z")),
    ];
    let months =
        prop_oneof![2 => Just(vec![]), 1 => subsequence((1..=12_i32).collect::<Vec<_>>(), 1..4)];
    let month_days = prop_oneof![
        3 => Just(vec![]),
        1 => subsequence(vec![-31, -15, -2, -1, 1, 2, 13, 28, 29, 30, 31], 1..3),
    ];
    let weekdays = prop_oneof![1 => Just(vec![]), 2 => subsequence(WEEKDAYS.to_vec(), 1..4)];
    let nth = prop_oneof![Just(0), select(vec![-2, -1, 1, 2, 3, 4, 5])];
    let positions = prop_oneof![3 => Just(vec![]), 1 => subsequence(vec![-3, -1, 1, 2, 4], 1..3)];
    let week_start = prop_oneof![2 => Just(String::new()), 1 => select(WEEKDAYS.to_vec()).prop_map(|day| format!(";WKST={day}"))];
    (start, freq, interval, end, months, month_days, weekdays, nth, positions, week_start).prop_map(
        |(start, freq, interval, end, months, month_days, weekdays, nth, positions, week_start)| {
            let by_month = ["MONTHLY", "YEARLY"].contains(&freq);
            let month_days = if freq == "WEEKLY" { vec![] } else { month_days };
            let is_bare = months.is_empty() && month_days.is_empty() && weekdays.is_empty();
            let positions = if is_bare { vec![] } else { positions };
            let weekdays: Vec<_> = weekdays
                .into_iter()
                .map(
                    |day| {
                        if nth == 0 || !by_month { day.to_owned() } else { format!("{nth}{day}") }
                    },
                )
                .collect();
            let parts = [
                list(&months, "BYMONTH"),
                list(&month_days, "BYMONTHDAY"),
                list(&weekdays, "BYDAY"),
                list(&positions, "BYSETPOS"),
            ];
            (start, format!("FREQ={freq}{interval}{}{week_start}{end}", parts.concat()))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_gives_the_days_that_another_implementation_gives((start, rule) in rules()) {
        // RFC 5545 does not say whether days before the start count where a position is taken of the
        // first week. Here they do, as in every later week; the other implementation leaves them out.
        let is_of_week = rule.contains("FREQ=WEEKLY") && rule.contains("BYSETPOS");
        prop_assume!(!is_of_week || starts_its_week(&start, &rule));
        let Some(expected) = reference(&start, &rule) else {
            return Err(TestCaseError::reject("refused by the other implementation"));
        };
        // More than a policy holds are refused, whatever the rule.
        prop_assume!(expected.len() < 1_000);
        prop_assert_eq!(engine(&start, &rule), expected, "{} {}", start, rule);
    }
}
