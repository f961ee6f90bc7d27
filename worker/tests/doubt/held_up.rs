//! What fails again and again is held up, and released; what nothing looks back to is forgotten.

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::jobs::hand_over::Ended;
use tidegate_worker::jobs::{CommandError, dead_letters, hand_over, sweep};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, address, ms, ready};

use crate::{HOUR_MS, MINUTE_MS, NOON, counts, schedule, somebody, webhook};

fn held(world: &TestWorld) -> Vec<Value> {
    world.sql(sql!("SELECT id, why, tries, since_ms FROM dead_letters WHERE released_ms IS NULL"))
}

/// A campaign of five, and the queue message of their slice.
fn with_a_slice_that_the_queue_lost() -> (Rc<TestWorld>, Value) {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    world.faults.queue_loses.set(true);
    schedule(&world, &id);
    let key = world.sql(sql!("SELECT sender_seq, tick_no, slice FROM handovers"))[0].clone();
    (world, key)
}

#[test]
fn a_slice_that_fails_again_and_again_is_held_up_until_somebody_releases_it() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    schedule(&world, &id);
    world.sql(sql!("UPDATE handovers SET items = 'not a document'"));
    world.faults.jobs_may_fail.set(true);
    world.run_until("2026-11-24T16:00:00Z");
    assert_eq!(world.posted(), 0);
    let letters = held(&world);
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0]["tries"], 8);
    assert!(letters[0]["why"].as_str().unwrap().contains("expected"), "{letters:?}");
    assert_eq!(counts(&world)["status"], "scheduled", "it is not forgotten");
    let since = letters[0]["since_ms"].as_i64().unwrap() - ms(NOON);
    assert!((HOUR_MS..3 * HOUR_MS).contains(&since), "after tries that get rarer: {since}");

    let tries = || world.number("SELECT tries FROM handovers");
    let before = tries();
    world.run_until("2026-11-25T12:00:00Z");
    assert_eq!(tries(), before, "nobody tries any more");
    assert_eq!(ready(sweep::run(&*world)), Ok(0), "nor is it put on the queue");

    // Released for one more try, once, however often it is said.
    let letter = letters[0]["id"].as_str().unwrap();
    for _ in 0..3 {
        ready(dead_letters::release(&*world, &somebody(), letter, world.now())).unwrap();
    }
    world.run_until("2026-11-25T13:00:00Z");
    let again = held(&world);
    assert_eq!((again.len(), &again[0]["id"], &again[0]["tries"]), (1, &json!(letter), &json!(9)));

    // What was wrong is mended, and it goes on from where it stands: nothing of it is lost.
    let items = json!([{ "first": 0, "count": 5, "start": ms(NOON), "every": 1_000 }]);
    world.sql(sql!("UPDATE handovers SET items = ?1", &items));
    ready(dead_letters::release(&*world, &somebody(), letter, world.now())).unwrap();
    world.faults.jobs_may_fail.set(false);
    world.run_until("2026-11-25T14:00:00Z");
    assert_eq!(held(&world), Vec::<Value>::new());
    assert_eq!(world.posted(), 5);
    assert_eq!(counts(&world)["status"], "completed");
}

#[test]
fn a_consumer_that_dies_of_a_slice_every_time_does_not_go_on_for_ever() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:15Z");
    // Each lease is taken and then nothing is heard of it.
    for minute in 1..240 {
        world.run_until_ms(ms(NOON) + minute * MINUTE_MS + 10_000);
        world.sql(sql!(
            "UPDATE handovers SET done = 0, tries = min(tries + 1, 8), lease_until_ms = 0
             WHERE dead = 0"
        ));
        if !held(&world).is_empty() {
            break;
        }
    }
    let letters = held(&world);
    assert_eq!(letters[0]["why"], "its consumer ended without a word");
}

#[test]
fn what_the_platform_gave_up_is_the_sweeps_until_it_was_tried_too_often() {
    let (world, key) = with_a_slice_that_the_queue_lost();
    let take = |body: &Value| ready(dead_letters::take(&*world, body)).unwrap();
    take(&key);
    assert_eq!(
        held(&world),
        Vec::<Value>::new(),
        "a database that was away says nothing of a slice"
    );
    world.sql(sql!("UPDATE handovers SET tries = 8"));
    for minute in ["2026-11-24T12:02:00Z", "2026-11-24T12:05:00Z"] {
        world.run_until(minute);
        assert_eq!(held(&world).len(), 1, "once, however often it is looked at");
    }
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.posted(), 0);
    assert_eq!(ready(sweep::run(&*world)), Ok(0), "the sweep does not touch it");
    let slice = serde_json::from_value(key.clone()).unwrap();
    assert_eq!(ready(hand_over::run(&*world, slice)), Ok(Ended::Held), "nor does a late delivery");

    let letter = held(&world)[0]["id"].as_str().unwrap().to_owned();
    let refused = ready(dead_letters::discard(world.database(), &somebody(), &letter, world.now()))
        .unwrap_err();
    let CommandError::Conflict { code, detail, .. } = refused else { panic!() };
    assert_eq!(code, "would_lose_messages");
    assert!(detail.starts_with("5 of its messages"), "{detail}");
    world.faults.queue_loses.set(false);
    ready(dead_letters::release(&*world, &somebody(), &letter, world.now())).unwrap();
    world.run_until("2026-11-24T12:20:00Z");
    assert_eq!(world.posted(), 5);
    take(&key);
    assert_eq!(held(&world), Vec::<Value>::new());

    let strange = json!({ "sender": "who?" });
    take(&strange);
    take(&strange);
    let letters = held(&world);
    assert_eq!((letters.len(), &letters[0]["tries"]), (1, &json!(2)));
    let letter = letters[0]["id"].as_str().unwrap();
    let refused =
        ready(dead_letters::release(&*world, &somebody(), letter, world.now())).unwrap_err();
    assert!(matches!(refused, CommandError::Conflict { code: "nothing_to_release", .. }));
    ready(dead_letters::discard(world.database(), &somebody(), letter, world.now())).unwrap();
    assert_eq!(held(&world), Vec::<Value>::new());
    let gone = ready(dead_letters::discard(world.database(), &somebody(), letter, world.now()))
        .unwrap_err();
    assert!(matches!(gone, CommandError::NotFound));
}

/// As by a database that was away for the ten times that the queue tries in.
#[test]
fn what_the_platform_gave_up_goes_on_by_itself() {
    let (world, key) = with_a_slice_that_the_queue_lost();
    ready(dead_letters::take(&*world, &key)).unwrap();
    world.faults.queue_loses.set(false);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!((world.posted(), &counts(&world)["status"]), (5, &json!("completed")));
}

#[test]
fn what_nothing_looks_back_to_is_forgotten_bit_by_bit() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 20, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T13:00:00Z");
    let today = ms(NOON) / 86_400_000 * 86_400_000;
    for days in [1, 366, 367, 368, 369, 400] {
        let from = today - days * 86_400_000;
        let until = from + 86_399_999;
        world.sql(sql!("INSERT INTO ledger VALUES (1, ?1, ?2, '[]')", from, until));
    }
    world.sql(sql!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
         INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items,
                                count, start_ms, done)
         SELECT 1, -n, 0, 1, 1, '[]', 1, ?1, 1 FROM n",
        ms("2026-11-01T00:00:00Z"),
    ));
    let kept = world.number("SELECT count(*) FROM handovers WHERE tick_no > 0");
    world.run_until("2026-11-24T14:01:00Z");
    assert_eq!(world.number("SELECT count(*) FROM handovers WHERE tick_no <= 0"), 0);
    assert_eq!(world.number("SELECT count(*) FROM handovers"), kept);
    let oldest = world.number("SELECT min(from_ms) FROM ledger");
    let days = (today - oldest) / 86_400_000;
    assert_eq!(days, 367, "as far back as any policy can look");
    assert_eq!(counts(&world)["status"], "completed");
    assert_eq!(address(1, 0), world.posts.borrow()[0].to);
    // An open slice is never forgotten, however old.
    world.sql(sql!("UPDATE handovers SET done = 0, dead = 1"));
    world.run_until("2026-12-24T14:01:00Z");
    assert_eq!(world.number("SELECT count(*) FROM handovers"), kept);
    world.sql(sql!("UPDATE handovers SET done = 1, dead = 0"));
    world.run_until("2026-12-24T16:01:00Z");
    assert_eq!(world.number("SELECT count(*) FROM handovers"), 0);
}
