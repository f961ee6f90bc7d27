//! A sender that is given another provider: what the one before may have taken is not sent to the new
//! one, and the new one is not asked about it.

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger;
use tidegate_worker::jobs::rules;
use tidegate_worker::model::{Caller, Found, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_worker::store::Statement;
use tidegate_worker::store::senders::SenderChange;
use tidegate_world::{TestWorld, address, ms, ready};

use crate::{NOON, asked, counts, lookups, order, posts_of, schedule, silent_about, webhook};

fn deduplicating() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/", "deduplicates": true })
}

fn other(provider: &Value) -> Value {
    let mut other = provider.clone();
    other["url"] = json!("https://another.example/");
    other
}

fn given(provider: &Value) -> SenderChange {
    SenderChange { provider: Some(provider.to_string()), ..SenderChange::default() }
}

fn give(world: &TestWorld, provider: &Value) {
    let (change, by) = (given(provider), Caller::named("Ada"));
    ready(rules::change(world, "snd", &change, &by, world.now())).unwrap();
}

/// Three messages, of which the second is silent once, at a provider.
fn in_doubt(provider: &Value) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), provider);
    let id = world.campaign(1, 3, &json!({}));
    silent_about(&world, &[1]);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:30Z");
    assert_eq!(posts_of(&world, 1), 1);
    world
}

fn is_left_unknown(world: &Rc<TestWorld>, reason: &str) {
    world.run_until("2026-11-24T16:00:00Z");
    assert_eq!(posts_of(world, 1), 1);
    let found = counts(world);
    assert_eq!(
        (&found["status"], &found["sent"], &found["unknown"]),
        (&json!("completed"), &json!(2), &json!(1))
    );
    let rows = world.sql(sql!("SELECT reason FROM messages WHERE ordinal = 1"));
    assert_eq!(rows[0]["reason"], reason);
    assert_eq!(lookups(world), 0);
}

#[test]
fn what_was_to_be_posted_again_is_unknown() {
    for next in [other(&deduplicating()), webhook(), other(&asked())] {
        let world = in_doubt(&deduplicating());
        give(&world, &next);
        is_left_unknown(&world, "other_provider");
    }
}

#[test]
fn what_was_to_be_looked_up_is_left_alone() {
    let world = in_doubt(&asked());
    assert_eq!(lookups(&world), 1);
    *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken);
    give(&world, &other(&asked()));
    is_left_unknown(&world, "no_answer");
}

#[test]
fn another_pace_is_no_other_provider() {
    let world = in_doubt(&deduplicating());
    let mut faster = deduplicating();
    faster["per_second"] = json!(5);
    give(&world, &faster);
    world.run_until("2026-11-24T16:00:00Z");
    assert_eq!((posts_of(&world, 1), &counts(&world)["sent"]), (2, &json!(3)));
}

#[test]
fn what_came_back_does_not_rest_because_the_one_before_asked_for_time() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &deduplicating());
    let id = world.campaign(1, 300, &json!({}));
    let detail = "slow down";
    *world.answer.borrow_mut() =
        Box::new(|_| Outcome::Later { after_ms: 86_400_000, detail: detail.into() });
    schedule(&world, &id);
    world.run_until("2026-11-24T12:02:30Z");
    let rests = world.number("SELECT coalesce(sum(count), 0) AS n FROM backlog");
    assert!(rests > 50, "{rests} rest");
    silent_about(&world, &[]);
    give(&world, &other(&deduplicating()));
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(counts(&world)["sent"], 300);
}

/// To the second, who looked before the first changed anything, it is the provider that it was.
#[test]
fn of_two_changes_at_a_time_the_later_one_leaves_the_doubts_of_the_one_before() {
    let world = TestWorld::at(NOON);
    let (first, next) = (deduplicating(), other(&deduplicating()));
    world.sender(&json!({ "gap": "1s" }), &first);
    let id = world.campaign(1, 3, &json!({}));
    silent_about(&world, &[1]);
    *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
        let back = |s: &Statement| {
            s.sql.starts_with("UPDATE senders SET")
                && format!("{s:?}").contains("//provider.example")
        };
        if statements.iter().any(back) { 35_500 } else { 0 }
    }));
    let later = Rc::clone(&world);
    world.spawn(async move {
        let (change, by) = (given(&first), Caller::named("Grace"));
        rules::change(&*later, "snd", &change, &by, later.now()).await.unwrap();
    });
    world.run_until_ms(world.now().millis() + 1);
    give(&world, &next);
    schedule(&world, &id);
    is_left_unknown(&world, "other_provider");
}

/// The answer to what is in flight while the provider is changed comes after it.
#[test]
fn what_is_in_flight_meanwhile_belongs_to_the_provider_that_it_went_to() {
    for (before, reason) in [(deduplicating(), "other_provider"), (asked(), "no_answer")] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &before);
        let id = world.campaign(1, 3, &json!({}));
        silent_about(&world, &[1]);
        schedule(&world, &id);
        *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken);
        // What is recorded of its group takes five seconds.
        *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
            if statements.iter().any(|s| s.sql.contains("segments), 0) AS segments")) {
                5_000
            } else {
                0
            }
        }));
        let next = other(&before);
        let posted = Rc::clone(&world);
        while posts_of(&posted, 1) == 0 {
            posted.run_until_ms(posted.now().millis() + 500);
        }
        give(&world, &next);
        is_left_unknown(&world, reason);
    }
}

#[test]
fn the_pause_that_the_one_before_asked_for_is_not_the_next_ones() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 3, &json!({}));
    schedule(&world, &id);
    let time = Rc::clone(world.time());
    *world.answer.borrow_mut() = Box::new(move |_| match time.now() {
        now if now < ms("2026-11-24T12:00:24Z") => {
            Outcome::Later { after_ms: 36_000_000, detail: "HTTP 429".into() }
        }
        _ => Outcome::Taken { reference: None },
    });
    *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
        if statements.iter().any(|s| s.sql.contains("SET done = 1, claimed = settled")) {
            5_000
        } else {
            0
        }
    }));
    let posted = Rc::clone(&world);
    while posted.posted() == 0 {
        posted.run_until_ms(posted.now().millis() + 500);
    }
    give(&world, &other(&webhook()));
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.number("SELECT hold_until_ms FROM senders"), 0);
    assert_eq!(counts(&world)["sent"], 3);
}

/// Whose turn it is to be recorded as unknown is claimed like any other; the consumer dies with that.
#[test]
fn a_crash_before_it_is_recorded_does_not_have_the_next_one_asked() {
    for next in [other(&deduplicating()), other(&asked())] {
        let world = in_doubt(&deduplicating());
        *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken);
        *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
            if statements.iter().any(|s| s.sql.contains("segments), 0) AS segments")) {
                60_000
            } else {
                0
            }
        }));
        give(&world, &next);
        let claimed = "SELECT count(*) FROM handovers WHERE done = 0 AND claimed > settled";
        while world.number(claimed) == 0 {
            world.run_until_ms(world.now().millis() + 100);
        }
        world.crash();
        *world.database().takes.borrow_mut() = None;
        is_left_unknown(&world, "other_provider");
    }
}

/// Somebody orders what the one before may have to be sent again; the next one, that knows nothing of
/// it, is not asked about it whatever becomes of that.
#[test]
fn what_is_sent_again_all_the_same_is_not_looked_up() {
    let ordered = |opts_out: bool| {
        let world = in_doubt(&webhook());
        give(&world, &other(&asked()));
        world.run_until("2026-11-24T12:10:00Z");
        *world.look_up.borrow_mut() = Box::new(|_| Found::NotTaken);
        if opts_out {
            world.sql(sql!(
                "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
                 VALUES ('team_main', 'sms', ?1, 'stop', 'reply', 0)",
                &address(1, 1)
            ));
        } else {
            silent_about(&world, &[1]);
        }
        order(&world, 1, MessageTrigger::SendAgain).unwrap();
        world.run_until("2026-11-24T16:00:00Z");
        world
    };
    for (opts_out, posts) in [(true, 1), (false, 2)] {
        let world = ordered(opts_out);
        assert_eq!((posts_of(&world, 1), lookups(&world)), (posts, 0));
        let rows = world.sql(sql!("SELECT status, reason FROM messages WHERE ordinal = 1"));
        assert_eq!(rows[0], json!({ "status": "unknown", "reason": "other_provider" }));
        // Once more, and it is taken.
        if !opts_out {
            order(&world, 1, MessageTrigger::SendAgain).unwrap();
            world.run_until("2026-11-24T17:00:00Z");
            assert_eq!((posts_of(&world, 1), &counts(&world)["sent"]), (3, &json!(3)));
        }
    }
}
