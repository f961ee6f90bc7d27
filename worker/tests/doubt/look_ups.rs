//! A provider that can be asked what became of a message, and one that asks for time.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::jobs::{outlook, pace, preview};
use tidegate_worker::model::{FIRST_TEAM, Fate, Found, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ms, ready};

use crate::{
    MINUTE_MS, NOON, asked, charged, counts, lookups, posts_of, schedule, silent_about, webhook,
};

#[test]
fn what_the_provider_knows_of_settles_a_doubt() {
    for (fate, expected) in [
        (Fate::Accepted, json!({ "sent": 3, "delivered": 0, "failed": 0 })),
        (Fate::Delivered, json!({ "sent": 3, "delivered": 1, "failed": 0 })),
        (Fate::Failed { reason: None }, json!({ "sent": 2, "delivered": 0, "failed": 1 })),
    ] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &asked());
        let id = world.campaign(1, 3, &json!({}));
        silent_about(&world, &[1]);
        let fate = fate.clone();
        *world.look_up.borrow_mut() = Box::new(move |_| Found::Taken(fate.clone()));
        schedule(&world, &id);
        world.run_until("2026-11-24T12:30:00Z");
        let questions = world.questions.borrow();
        assert_eq!(questions.len(), 1, "{questions:?}");
        assert_eq!(questions[0].1, "cmp_1-1");
        let asked_at = questions[0].0 - world.posts.borrow()[1].at;
        assert!((MINUTE_MS..3 * MINUTE_MS).contains(&asked_at), "a minute later, by the cron");
        let counts = counts(&world);
        for name in ["sent", "delivered", "failed"] {
            assert_eq!(counts[name], expected[name], "{counts}");
        }
        assert_eq!((&counts["unknown"], &counts["status"]), (&json!(0), &json!("completed")));
        assert_eq!(lookups(&world), 0);
        assert_eq!(posts_of(&world, 1), 1);
    }
}

#[test]
fn what_was_provably_not_taken_goes_again_and_has_its_place_back() {
    let world = TestWorld::at(NOON);
    // Room for three: the fourth place would not free before tomorrow.
    world.sender(&json!({ "gap": "1s", "limits": [{ "max": 3, "rolling": "24h" }] }), &asked());
    let id = world.campaign(1, 3, &json!({}));
    silent_about(&world, &[0]);
    *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:01:00Z");
    assert_eq!(counts(&world)["unknown"], 1);
    assert_eq!(counts(&world)["status"], "in_progress", "it may come back");
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(
        counts(&world),
        json!({
            "status": "completed", "total": 3, "sent": 3, "delivered": 0, "failed": 0, "skipped": 0,
            "unknown": 0,
        })
    );
    assert_eq!(posts_of(&world, 0), 2);
    assert_eq!(charged(&world), 3);
}

/// While the provider is asked, somebody has it sent again, and that, too, is without an answer.
#[test]
fn an_answer_about_an_earlier_attempt_does_not_release_a_later_one() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &asked());
    let id = world.campaign(1, 3, &json!({}));
    silent_about(&world, &[1]);
    let (asks, mut questions) = (Rc::clone(&world), 0);
    *world.look_up.borrow_mut() = Box::new(move |_| {
        questions += 1;
        if questions > 1 {
            return Found::Taken(Fate::Accepted);
        }
        asks.sql(sql!("UPDATE lookups SET tries = 0, due_ms = due_ms + 1000"));
        Found::NotTaken
    });
    schedule(&world, &id);
    world.run_until("2026-11-24T13:00:00Z");
    *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken); // Lets the world go.
    assert_eq!((posts_of(&world, 1), &counts(&world)["sent"]), (1, &json!(3)));
    assert_eq!(lookups(&world), 0);
}

#[test]
fn a_provider_that_does_not_say_is_asked_less_and_less_often_and_then_left_alone() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s", "limits": [{ "max": 3, "rolling": "24h" }] }), &asked());
    let id = world.campaign(1, 4, &json!({}));
    silent_about(&world, &[0]);
    schedule(&world, &id);
    world.run_until("2026-11-25T11:00:00Z");
    let questions = world.questions.borrow().clone();
    let pauses: Vec<i64> =
        questions.windows(2).map(|pair| (pair[1].0 - pair[0].0 + 59_999) / MINUTE_MS).collect();
    assert_eq!(pauses, [5, 30, 120], "{questions:?}");
    assert_eq!(counts(&world)["unknown"], 1);
    assert_eq!(charged(&world), 3, "it may have been taken: its place is never given back");
    assert_eq!(world.posted(), 3);
    assert_eq!(lookups(&world), 0);
    world.run_until("2026-11-25T14:00:00Z");
    assert_eq!(counts(&world)["status"], "completed");
    assert_eq!(world.questions.borrow().len(), 4);
}

#[test]
fn a_campaign_is_not_completed_while_its_last_message_is_looked_up() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &asked());
    let id = world.campaign(1, 1, &json!({}));
    silent_about(&world, &[0]);
    *world.look_up.borrow_mut() = Box::new(|_| Found::Taken(Fate::Accepted));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:01:00Z");
    assert_eq!((&counts(&world)["status"], world.posted()), (&json!("in_progress"), 1));
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!((&counts(&world)["status"], world.posted()), (&json!("completed"), 1));
}

#[test]
fn what_a_crash_left_in_doubt_is_looked_up() {
    let mut settled = 0;
    for step in 0..20 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "300ms" }), &asked());
        let id = world.campaign(1, 100, &json!({}));
        let taken = Rc::clone(&world);
        *world.look_up.borrow_mut() = Box::new(move |id| {
            let posts = taken.posts.borrow();
            if posts.iter().any(|post| post.id == id) {
                Found::Taken(Fate::Accepted)
            } else {
                Found::NotTaken
            }
        });
        schedule(&world, &id);
        world.run_until_ms(ms(NOON) + 25_000 + step * 731);
        world.crash();
        world.run_until("2026-11-24T14:00:00Z");
        settled += world.questions.borrow().len();
        let counts = counts(&world);
        assert_eq!(counts["sent"], 100, "crash number {step}: {counts}");
        assert_eq!(counts["status"], "completed");
        assert_eq!(world.posted(), 100, "nobody twice, nobody never");
        *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken); // Lets the world go.
    }
    assert!(settled > 0, "the test crashes between a claim and its outcome at least once");
}

#[test]
fn one_run_asks_about_a_bounded_number_and_a_doubled_one_asks_nothing_twice() {
    use tidegate_worker::jobs::look_up::{self, LOOK_UPS};
    use tidegate_worker::store::Database;
    use tidegate_worker::store::doubts::LookupRow;
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &asked());
    world.campaign(1, 200, &json!({}));
    world.sql(sql!("UPDATE campaigns SET status = 'in_progress', cursor = 200, unknown = 200"));
    world.sql(sql!(
        "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 199)
         INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
         SELECT 1, n, 'unknown', 7 FROM n"
    ));
    world.sql(sql!(
        "INSERT INTO lookups (campaign_seq, ordinal, due_ms) SELECT 1, ordinal, 0 FROM messages"
    ));
    let due = || -> Vec<LookupRow> {
        ready(world.database().run(look_up::due(world.now()))).unwrap().all().unwrap()
    };
    let (one, other) = (due(), due()); // What two sweeps at the same time both see.
    assert_eq!(ready(look_up::run(&*world, one)), Ok(usize::try_from(LOOK_UPS).unwrap()));
    assert_eq!(ready(look_up::run(&*world, other)), Ok(0), "the first had them");
    let asked: BTreeSet<String> = world.questions.borrow().iter().map(|q| q.1.clone()).collect();
    assert_eq!(asked.len(), world.questions.borrow().len());
}

#[test]
fn a_sender_with_very_many_look_ups_keeps_no_other_waiting() {
    use tidegate_worker::jobs::look_up::{self, LOOK_UPS};
    use tidegate_worker::store::Database;
    use tidegate_worker::store::doubts::LookupRow;
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &asked());
    world.sender_numbered(2, "snd_2", &json!({}), &asked());
    // Two campaigns of the first have 2,000 that have been due for long, the other sender two.
    for (sender, seq, count, due_ms) in [(1, 1, 1_000, 0), (1, 2, 1_000, 1), (2, 3, 2, 500)] {
        world.campaign_of(sender, seq, count, &json!({}));
        world.sql(sql!(
            "UPDATE campaigns SET status = 'in_progress', cursor = total, unknown = total WHERE seq = ?1",
            seq,
        ));
        world.sql(sql!(
            "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < CAST(?2 AS INTEGER))
             INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
             SELECT ?1, n, 'unknown', 7 FROM n",
            seq,
            count,
        ));
        world.sql(sql!(
            "INSERT INTO lookups (campaign_seq, ordinal, due_ms)
             SELECT campaign_seq, ordinal, ?2 FROM messages WHERE campaign_seq = ?1",
            seq,
            due_ms,
        ));
    }
    let due: Vec<LookupRow> =
        ready(world.database().run(look_up::due(world.now()))).unwrap().all().unwrap();
    assert_eq!(due.len(), usize::try_from(LOOK_UPS).unwrap());
    let senders: Vec<i64> = due[..5].iter().map(|row| row.sender_seq).collect();
    assert_eq!(senders, [1, 2, 1, 2, 1]);
    assert!(due.iter().all(|row| row.campaign_seq != 2), "of one sender the oldest first");
    assert_eq!(ready(look_up::run(&*world, due)), Ok(usize::try_from(LOOK_UPS).unwrap()));
    let questions = world.questions.borrow();
    assert!(questions.iter().filter(|question| question.1.starts_with("cmp_3-")).count() == 2);
}

#[test]
fn a_provider_that_asks_for_time_gets_it_from_the_whole_sender() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "time_zone": "Europe/Paris", "gap": "1s" }), &webhook());
    world.sql(sql!("UPDATE senders SET lane_order = 'fair'"));
    let one = world.campaign(1, 60, &json!({}));
    let two = world.campaign(2, 60, &json!({}));
    let mut left = 10;
    *world.answer.borrow_mut() = Box::new(move |_| {
        left -= 1;
        if left == 0 {
            let detail = "HTTP 429: slow down".into();
            return Outcome::Later { after_ms: 600_000, detail };
        }
        Outcome::Taken { reference: None }
    });
    schedule(&world, &one);
    schedule(&world, &two);
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!(world.posted(), 10, "nothing of either campaign after the answer");
    let asked_at = world.posts.borrow()[9].at;
    let waiting =
        ready(outlook::waiting(world.database(), FIRST_TEAM, &two, world.now())).unwrap().unwrap();
    assert_eq!(waiting["until"], asked_at + 600_000);
    let because = &waiting["because"][0];
    assert_eq!(because["layer"], "provider");
    assert_eq!(because["code"], "provider_hold");
    let text = because["text"].as_str().unwrap();
    assert!(text.starts_with("the provider is left alone until Tue 24 Nov 13:10:"), "{text}");
    assert!(text.ends_with(": HTTP 429: slow down"), "{text}");
    // It is why the dispatch is not as it was promised, and said once, not for each message in flight.
    let report = ready(pace::of_campaign(world.database(), FIRST_TEAM, &two, world.now())).unwrap();
    let held: Vec<_> = report.changes.iter().filter(|change| change.what == "held").collect();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].by.as_str(), &held[0].campaign_id), ("the provider", &None));
    // A preview knows it too.
    let draft = world.campaign(3, 1, &json!({}));
    let plan =
        ready(preview::preview(world.database(), FIRST_TEAM, &draft, None, world.now())).unwrap();
    assert!(plan["first"].as_i64().unwrap() >= asked_at + 600_000);

    world.run_until("2026-11-24T12:30:00Z");
    let posts = world.posts.borrow();
    assert!(posts[10].at >= asked_at + 600_000);
    assert_eq!(posts.len(), 121, "then everybody, and the one that was put off again");
    assert!(posts[10..].windows(2).all(|pair| pair[1].at - pair[0].at >= 1_000));
}

#[test]
fn another_provider_is_not_held_for_the_one_before_it() {
    use tidegate_worker::store::senders::{self, SenderChange};
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    world.sql(sql!("UPDATE senders SET hold_until_ms = 9000000000000"));
    let held = || world.number("SELECT hold_until_ms > 0 FROM senders");
    let rename = SenderChange { name: Some("Desk".into()), ..SenderChange::default() };
    world.sql(senders::change(FIRST_TEAM, "snd", &rename, 0));
    assert_eq!(held(), 1);
    let with = |provider: &Value| {
        let change =
            SenderChange { provider: Some(provider.to_string()), ..SenderChange::default() };
        world.sql(senders::change(FIRST_TEAM, "snd", &change, 0));
    };
    let mut slower = webhook();
    slower["per_second"] = json!(1);
    with(&slower);
    assert_eq!(held(), 1, "the same one at another pace wants its time all the same");
    with(&asked());
    assert_eq!(held(), 0);
}
