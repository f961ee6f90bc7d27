//! Answers that do not come: of one message, of a group, of every message for a while.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_worker::model::Outcome;
use tidegate_worker::ports::Clock;
use tidegate_world::{TestWorld, ms};

use crate::{MINUTE_MS, NOON, charged, counts, posts_of, schedule, silent_about};

fn deduplicating() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/", "deduplicates": true })
}

fn held_until(world: &TestWorld) -> i64 {
    world.number("SELECT hold_until_ms FROM senders")
}

fn unclear() -> Outcome {
    Outcome::Unclear { detail: "HTTP 500".into() }
}

#[test]
fn one_without_an_answer_waits_and_the_others_go_on() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "20ms" }), &deduplicating());
    let id = world.campaign(1, 1_000, &json!({}));
    let lost = [3, 250, 251, 600, 999];
    silent_about(&world, &lost);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:45Z");
    assert_eq!(world.posted(), 1_000, "twenty seconds, and nobody waits for those five");
    assert_eq!(held_until(&world), 0);
    world.run_until("2026-11-24T12:05:00Z");
    let posts = world.posts.borrow();
    for ordinal in lost {
        let own = posts.iter().filter(|post| post.id == format!("cmp_1-{ordinal}"));
        let at: Vec<i64> = own.map(|post| post.at).collect();
        assert_eq!(at.len(), 2);
        assert!(at[1] - at[0] >= MINUTE_MS, "{at:?}");
    }
    assert_eq!((posts.len(), &counts(&world)["status"]), (1_005, &json!("completed")));
    assert_eq!(charged(&world), 1_005, "the provider may have had them: their places stay");
}

#[test]
fn one_that_is_never_answered_holds_nobody() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "100ms" }), &deduplicating());
    let id = world.campaign(1, 2_000, &json!({}));
    // Scattered, so that no group is of these alone at first.
    let never: BTreeSet<String> = (0..6).map(|n| format!("cmp_1-{}", 100 + 2 * n)).collect();
    *world.answer.borrow_mut() = Box::new(move |post| {
        if never.contains(&post.id) { unclear() } else { Outcome::Taken { reference: None } }
    });
    schedule(&world, &id);
    world.run_until("2026-11-24T12:04:00Z");
    assert_eq!(counts(&world)["sent"], 1_994, "not a second later for those six");
    world.run_until("2026-11-25T12:00:00Z");
    assert_eq!(
        (&counts(&world)["unknown"], &counts(&world)["status"]),
        (&json!(6), &json!("completed"))
    );
    assert!((0..6).all(|n| posts_of(&world, 100 + 2 * n) == 12));
    assert_eq!(world.posted(), 1_994 + 6 * 12);
}

#[test]
fn a_provider_that_answers_nothing_gets_a_minute() {
    // Groups of six, of which the next is under way; one message at a time; and one in a slice of its own.
    for (gap, posts) in [("20ms", 12), ("1s", 3), ("20s", 3)] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": gap }), &deduplicating());
        let id = world.campaign(1, 60, &json!({}));
        *world.answer.borrow_mut() = Box::new(|_| unclear());
        schedule(&world, &id);
        while held_until(&world) == 0 {
            assert!(world.now().millis() < ms(NOON) + 3 * MINUTE_MS, "{gap}: never held");
            world.run_until_ms(world.now().millis() + 1_000);
        }
        assert_eq!(world.posted(), posts, "{gap}");
        let until = held_until(&world);
        let rest = until - world.posts.borrow()[posts - 1].at;
        assert!((MINUTE_MS..MINUTE_MS + 1_000).contains(&rest), "{gap}: {rest}");
        world.run_until_ms(until - 1);
        assert_eq!(world.posted(), posts, "{gap}: it is left alone");
        *world.answer.borrow_mut() = Box::new(|_| Outcome::Taken { reference: None });
        world.run_until("2026-11-24T14:00:00Z");
        assert_eq!(counts(&world)["sent"], 60, "{gap}");
    }
}

#[test]
fn one_without_an_answer_between_others_holds_nobody_where_each_goes_by_itself() {
    for gap in ["1s", "20s"] {
        let world = TestWorld::at(NOON);
        world.sender(
            &json!({ "gap": gap }),
            &json!({ "kind": "webhook", "url": "https://p.example/" }),
        );
        let id = world.campaign(1, 12, &json!({}));
        silent_about(&world, &[0, 1, 3, 5, 6, 9]);
        schedule(&world, &id);
        world.run_until("2026-11-24T12:10:00Z");
        assert_eq!((world.posted(), held_until(&world)), (12, 0), "{gap}");
        assert_eq!(counts(&world)["unknown"], 6);
    }
}
