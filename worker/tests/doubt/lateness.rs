//! What could not go in time rolls over or is left out.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::json;
use tidegate_worker::jobs::commands;
use tidegate_worker::jobs::commands::Asked;
use tidegate_worker::jobs::tick;
use tidegate_worker::model::Outcome;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ms, ready};

use crate::{MINUTE_MS, NOON, charged, counts, schedule, webhook};

fn expiring(world: &TestWorld, after: &str) {
    let lateness = json!({ "then": "expire", "after": after });
    world.sql(sql!("UPDATE campaigns SET lateness = ?1", &lateness));
}

#[test]
fn what_cannot_go_in_time_of_its_promise_is_skipped_and_never_late() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 300, &json!({}));
    expiring(&world, "5m");
    schedule(&world, &id);
    let start = ms("2026-11-24T12:00:20Z");
    let promised = |ordinal: i64| start + ordinal * 10_000;
    world.run_until("2026-11-24T12:05:00Z");
    // Nothing goes for twenty minutes: no firing of the cron.
    world.miss_cron_until("2026-11-24T12:26:00Z");
    world.run_until("2026-11-24T16:00:00Z");
    let counts = counts(&world);
    let (sent, skipped) = (counts["sent"].as_i64().unwrap(), counts["skipped"].as_i64().unwrap());
    assert_eq!((sent + skipped, &counts["status"]), (300, &json!("completed")), "{counts}");
    assert!(skipped > 60, "{counts}");
    for post in world.posts.borrow().iter() {
        let ordinal: i64 = post.id.rsplit('-').next().unwrap().parse().unwrap();
        assert!(post.at <= promised(ordinal) + 300_000, "{} is late", post.id);
    }
    let rows = world
        .sql(sql!("SELECT ordinal, planned_ms, reason FROM messages WHERE status = 'skipped'"));
    assert_eq!(i64::try_from(rows.len()), Ok(skipped));
    for row in &rows {
        assert_eq!(row["reason"], "expired");
        assert_eq!(row["planned_ms"], promised(row["ordinal"].as_i64().unwrap()));
    }
    assert_eq!(charged(&world), sent, "who is left out takes nobody's place");
}

#[test]
fn what_the_tick_itself_would_send_too_late_is_left_out_and_takes_no_place() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 30, &json!({}));
    expiring(&world, "1m");
    schedule(&world, &id);
    // Slower than promised from the start: a tick of two minutes has room for some that are late.
    world.sql(sql!("UPDATE senders SET policy = '{\"gap\": \"50s\"}', version = version + 1"));
    world.run_until("2026-11-24T13:00:00Z");
    let counts = counts(&world);
    assert_eq!(counts["status"], "completed");
    let sent = counts["sent"].as_i64().unwrap();
    assert_eq!(sent + counts["skipped"].as_i64().unwrap(), 30, "{counts}");
    assert!((3..20).contains(&sent), "{counts}");
    for post in world.posts.borrow().iter() {
        let ordinal: i64 = post.id.rsplit('-').next().unwrap().parse().unwrap();
        let promised = ms("2026-11-24T12:00:20Z") + ordinal * 10_000;
        assert!(post.at <= promised + MINUTE_MS + 2_000, "{} is late", post.id);
    }
    assert_eq!(charged(&world), sent);
}

#[test]
fn a_campaign_rolls_over_unless_it_is_told_otherwise() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id);
    world.miss_cron_until("2026-11-26T12:00:00Z");
    world.run_until("2026-11-26T16:00:00Z");
    assert_eq!(world.posted(), 100);
}

#[test]
fn a_promise_is_made_anew_when_a_campaign_is_resumed() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    expiring(&world, "2m");
    schedule(&world, &id);
    world.run_until("2026-11-24T12:03:00Z");
    ready(commands::pause(world.database(), &id, &Asked::default(), world.now())).unwrap();
    world.run_until("2026-11-24T18:00:00Z");
    ready(commands::resume(&*world, &id, &Asked::default(), world.now())).unwrap();
    world.run_until("2026-11-24T22:00:00Z");
    assert_eq!(world.posted(), 100, "a pause makes nobody late");
    assert_eq!(counts(&world)["skipped"], 0);
}

/// A pause does not wait for the provider's answer: what it says after the resume comes back.
#[test]
fn what_was_in_flight_during_a_pause_and_a_resume_is_late_by_its_own_promise() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 3, &json!({}));
    expiring(&world, "2m");
    schedule(&world, &id);
    world.answers_after_ms.set(5_000);
    let asks_to_wait = ms("2026-11-24T12:10:00Z");
    let time = Rc::clone(world.time());
    *world.answer.borrow_mut() = Box::new(move |post| match post.id.as_str() {
        "cmp_1-0" if time.now() < asks_to_wait => {
            Outcome::Later { after_ms: asks_to_wait - time.now(), detail: "HTTP 429".into() }
        }
        _ => Outcome::Taken { reference: None },
    });
    while world.posted() == 0 {
        world.run_until_ms(world.now().millis() + 500);
    }
    let held = ready(commands::pause(world.database(), &id, &Asked::default(), world.now()));
    assert_eq!(held.unwrap(), 1);
    ready(commands::resume(&*world, &id, &Asked::default(), world.now())).unwrap();
    world.run_until("2026-11-24T13:00:00Z");
    let rows =
        world.sql(sql!("SELECT reason FROM messages WHERE status = 'skipped' AND ordinal = 0"));
    assert_eq!(rows, [json!({ "reason": "expired" })], "{}", counts(&world));
    assert!(world.posts.borrow().iter().all(|post| post.at < asks_to_wait));
}

#[test]
fn jitter_and_limits_make_a_promise_for_each() {
    let world = TestWorld::at(NOON);
    world.sender(
        &json!({ "gap": "1s", "jitter": "2s", "limits": [{ "max": 2_500, "rolling": "24h" }] }),
        &webhook(),
    );
    let id = world.campaign(1, 6_000, &json!({}));
    expiring(&world, "1m");
    schedule(&world, &id);
    world.run_until("2026-11-30T12:00:00Z");
    assert_eq!(world.posted(), 6_000, "who goes as promised is never late");
    assert_eq!(counts(&world)["status"], "completed");
}

#[test]
fn the_providers_own_expiry_is_the_end_of_the_window_or_of_the_lateness() {
    for (window, lateness, expected) in [
        (None, None, None),
        (Some("12:40"), None, Some("2026-11-24T12:40:00Z")),
        (None, Some("10m"), Some("2026-11-24T12:10:20Z")),
        (Some("12:40"), Some("10m"), Some("2026-11-24T12:10:20Z")),
        (Some("12:05"), Some("10m"), Some("2026-11-24T12:05:00Z")),
    ] {
        let world = TestWorld::at(NOON);
        let windows = window.map(|to| json!([{ "from": "11:00", "to": to }]));
        world.sender(&json!({ "gap": "1s", "windows": windows.unwrap_or(json!([])) }), &webhook());
        let id = world.campaign(1, 3, &json!({}));
        if let Some(after) = lateness {
            expiring(&world, after);
        }
        schedule(&world, &id);
        world.run_until("2026-11-24T12:02:00Z");
        let expiries: BTreeSet<_> = world.expiries.borrow().iter().copied().collect();
        assert_eq!(expiries, BTreeSet::from([expected.map(ms)]), "{window:?} {lateness:?}");
    }
}

#[test]
fn very_many_late_ones_are_left_out_bit_by_bit_and_none_of_them_goes() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "50ms" }), &webhook());
    let id = world.campaign(1, 25_000, &json!({}));
    expiring(&world, "1h");
    schedule(&world, &id);
    world.miss_cron_until("2026-11-24T20:00:00Z");
    world.run_until("2026-11-24T20:30:00Z");
    let counts = counts(&world);
    assert_eq!(counts["status"], "completed", "{counts}");
    let sent = counts["sent"].as_i64().unwrap();
    assert_eq!(sent + counts["skipped"].as_i64().unwrap(), 25_000);
    assert_eq!(i64::try_from(world.posted()), Ok(sent));
    assert!(world.posts.borrow().iter().all(|post| post.at < ms("2026-11-24T13:00:00Z")));
}

#[test]
fn promises_that_are_together_too_much_for_an_invocation_are_read_bit_by_bit() {
    let world = TestWorld::at(NOON);
    // As many instants as a row takes, all tomorrow.
    let runs: Vec<_> = (0..70_000).map(|k| json!([ms(NOON) + 86_400_000 + k, 1, 0])).collect();
    let instants = json!({ "spans": [[0, 70_000]], "runs": runs, "rest": [] });
    for seq in 1..=10 {
        world.sender_numbered(seq, &format!("snd_{seq}"), &json!({}), &webhook());
        world.campaign_of(seq, seq, 10, &json!({}));
        world.sql(sql!(
            "INSERT INTO kept_plans (campaign_seq, made_ms, why, by_whom, planned, unplanned, instants)
             VALUES (?1, 0, 'schedule', '', 0, 0, ?2)",
            seq,
            &instants,
        ));
    }
    expiring(&world, "5m");
    // The last one starts later: what was promised to it does not matter yet.
    world.sql(sql!(
        "UPDATE campaigns SET status = 'scheduled', starts_ms = iif(seq = 10, ?1 + 3600000, ?1)",
        ms(NOON),
    ));
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    let read = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&read);
    *world.database().witness.borrow_mut() = Some(Box::new(move |statements, answers| {
        for (statement, answer) in statements.iter().zip(answers) {
            if statement.sql.starts_with("SELECT p.campaign_seq, p.instants") {
                seen.borrow_mut().push(answer.rows.len());
            }
        }
    }));
    let ticked = ready(tick::run(&*world, world.now())).unwrap();
    assert_eq!((ticked.errors, ticked.messages, ticked.senders), (Vec::new(), 90, 10));
    assert!(instants.to_string().len() > 1_400_000);
    assert_eq!(read.take(), [4, 4, 1]);
}
