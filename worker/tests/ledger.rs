//! The ledger in parts: rows that stay small, and a sender's history that stays so too, however many of
//! its messages are runs of their own.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::request::parse_plan;
use tidegate::{Instant, Origin};
use tidegate_worker::dispatch::charges::{self, Charge};
use tidegate_worker::dispatch::ledger::{Ledger, PAGE_RUNS, PART_RUNS};
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::outlook;
use tidegate_worker::model::FIRST_TEAM;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ready};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
const NOON: &str = "2026-11-24T12:00:00Z";

/// A day and an hour of a sender that sends a million messages a day at drawn gaps, with a rule that counts a
/// whole day: what its ticks read and write.
#[test]
fn a_million_drawn_gaps_a_day_stay_within_rows_and_memory() {
    let mut stored: BTreeMap<i64, (i64, Vec<Charge>)> = BTreeMap::new();
    let start = 20_000 * DAY_MS + DAY_MS / 3;
    let (mut at, mut sent, mut draw) = (start, 0_i64, 12_345_u64);
    let (mut most_runs, mut longest, mut written) = (0, 0, 0);
    for minute in 0..25 * 60 {
        let now = start + minute * MINUTE_MS;
        let mut ledger = Ledger::default();
        for (&from, (until, runs)) in &stored {
            if *until >= now - DAY_MS {
                ledger.read(from, runs.clone(), false, Instant::from_millis(now));
            }
        }
        ledger.charges.sort_unstable();
        most_runs = most_runs.max(ledger.charges.len());
        while at < now + MINUTE_MS {
            let new = Charge { start: at, count: 1, every: 0, campaign: 1, origin: Origin::Queued };
            let changed = charges::charge(&mut ledger.charges, new);
            ledger.changed.insert(changed);
            sent += 1;
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            at += 50 + i64::try_from((draw >> 33) % 73).unwrap();
        }
        for part in ledger.changes() {
            written += 1;
            longest = longest.max(part.runs.len());
            stored.insert(part.from, (part.until, part.runs));
        }
    }
    assert!(sent > 1_030_000, "{sent}");
    let kept: i64 = stored.values().flat_map(|(_, runs)| runs).map(|run| run.count).sum();
    assert_eq!(kept, sent, "nobody is forgotten or counted twice");
    let bytes = json!(stored[stored.keys().last().unwrap()].1[0]).to_string().len();
    assert!(longest * bytes < 500_000, "D1 takes rows of 2 MB: {longest} runs of {bytes} bytes");
    assert!(most_runs < 45_000, "{most_runs} runs at once");
    assert!(written < 2 * 25 * 60, "{written} rows in {} ticks", 25 * 60);
}

/// A week at about a message a second: the engine refuses the history of a layer above 100,000 runs.
#[test]
fn a_page_can_plan_with_a_ledger_of_any_length() {
    let sends = |policy| {
        let world = TestWorld::at(NOON);
        world.sender(&policy, &json!({ "kind": "webhook", "url": "https://provider.example/" }));
        let now = world.now().millis();
        // 120 parts of 1,000 runs: no part is long.
        for part in 0..120 {
            let from = now - 6 * DAY_MS + part * 4_000_000;
            let charge = |k: i64| Charge {
                start: from + k * 4_000 + k * k % 7,
                count: 1,
                every: 0,
                campaign: 1,
                origin: Origin::Queued,
            };
            let runs: Vec<Charge> = (0..1_000).map(charge).collect();
            let last = from + 3_999_999;
            let runs = json!(runs).to_string();
            world.sql(sql!("INSERT INTO ledger VALUES (1, ?1, ?2, ?3)", from, last, runs));
        }
        let document = outlook::of_sender(world.database(), FIRST_TEAM, "snd", world.now());
        let mut document = ready(document).unwrap();
        document.as_object_mut().unwrap().remove("starts_at");
        document
    };
    let week = json!({ "max": 1_000_000, "rolling": "7d" });
    let document = sends(json!({ "limits": [week] }));
    let history = document["shared"][1]["history"].as_array().unwrap();
    assert!(history.len() <= PAGE_RUNS, "{}", history.len());
    let count: i64 = history.iter().map(|run| run["count"].as_i64().unwrap()).sum();
    assert_eq!(count, 120_000, "each is counted");
    assert!(parse_plan(&document).is_ok());
    // What lies together less than a pause apart would be another series.
    let broken = sends(json!({ "limits": [week], "breaks": [{ "after": 9, "pause": "10s" }] }));
    assert_eq!(broken["shared"][1]["history"].as_array().unwrap().len(), 120_000);
}

#[test]
fn a_limit_counts_over_parts_and_what_comes_back_gives_its_place_back() {
    let world = TestWorld::at(NOON);
    let limit =
        json!({ "gap": "50ms", "jitter": "60ms", "limits": [{ "max": 12_000, "rolling": "2h" }] });
    let provider =
        json!({ "kind": "webhook", "url": "https://provider.example/", "per_second": 100 });
    world.sender(&limit, &provider);
    let id = world.campaign(1, 13_000, &json!({}));
    ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
    world.run_until("2026-11-24T12:05:00Z");
    ready(commands::pause(world.database(), &id, &Asked::default(), world.now())).unwrap();
    ready(commands::resume(&*world, &id, &Asked::default(), world.now())).unwrap();
    world.run_until("2026-11-24T13:55:00Z");
    assert_eq!(world.posted(), 12_000, "all that two hours let through");
    assert!(world.number("SELECT count(*) FROM ledger") >= 2);
    assert!(
        world.number("SELECT max(json_array_length(runs)) FROM ledger")
            <= i64::try_from(PART_RUNS).unwrap()
    );
    let charged = "SELECT coalesce(sum(r.value ->> 'count'), 0) FROM ledger, json_each(runs) r";
    assert_eq!(world.number(charged), 12_000);
    world.run_until("2026-11-24T15:00:00Z");
    assert_eq!(world.posted(), 13_000);
    let at: Vec<i64> = world.posts.borrow().iter().map(|post| post.at).collect();
    for (first, after) in at.iter().zip(&at[12_000..]) {
        assert!(*after >= first + 7_200_000, "{first} {after}");
    }
}

/// A round is made by what senders were charged lately; a limit by the month counts far more.
#[test]
fn the_ledgers_of_a_month_of_many_senders_are_not_brought_at_once() {
    let world = TestWorld::at(NOON);
    let month = json!({ "gap": "1s", "limits": [{ "max": 1_000_000, "calendar": "month" }] });
    let provider = json!({ "kind": "webhook", "url": "https://provider.example/" });
    let first = tidegate_world::ms("2026-11-01T00:00:00Z");
    // A part as long as they become, on each of twenty days.
    let runs: Value = (0..4_000)
        .map(|k| json!({ "start": first + k * 20_000, "count": 1, "every": 0, "campaign": 99 }))
        .collect();
    for seq in 1..=8 {
        world.sender_numbered(seq, &format!("snd_{seq}"), &month, &provider);
        world.sql(sql!(
            "WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < 19)
             INSERT INTO ledger (sender_seq, from_ms, until_ms, runs)
             SELECT ?1, ?2 + n * 86400000, ?2 + n * 86400000 + 80000000, ?3 FROM d",
            seq,
            first,
            &runs
        ));
        world.campaign_of(seq, seq, 1, &json!({}));
    }
    let most = Rc::new(Cell::new(0));
    let seen = Rc::clone(&most);
    *world.database().witness.borrow_mut() = Some(Box::new(move |_, answers| {
        let bytes = |row: &Value| row["runs"].as_str().map_or(0, str::len);
        for answer in answers {
            seen.set(seen.get().max(answer.rows.iter().map(bytes).sum()));
        }
    }));
    world.sql(sql!(
        "UPDATE campaigns SET status = 'scheduled', starts_ms = ?1",
        tidegate_world::ms("2026-11-24T12:00:30Z")
    ));
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!(world.posted(), 8);
    assert!((3_000_000..8_000_000).contains(&most.get()), "{} bytes", most.get());
}
