//! The operator's two orders about a message in doubt: it went, and send it again.

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger::{ConfirmSent, Delivered, SendAgain};
use tidegate_worker::contacts::Address;
use tidegate_worker::jobs::commands::Asked;
use tidegate_worker::jobs::recordings::{self, Sends, Told};
use tidegate_worker::jobs::{CommandError, commands, doubts, erasures, outlook, receipts};
use tidegate_worker::model::{Channel, FIRST_TEAM, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, address, instant, ready};

use crate::{
    HOUR_MS, NOON, charged, counts, order, posts_of, schedule, silent_about, somebody, webhook,
};

/// A campaign of four of which the first is unknown, at a provider that cannot be asked.
fn with_an_unknown_one(policy: &Value) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s", "limits": [{ "max": 5, "rolling": "24h" }] }), &webhook());
    let id = world.campaign(1, 4, policy);
    silent_about(&world, &[0]);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(counts(&world)["unknown"], 1);
    assert_eq!(counts(&world)["status"], "completed", "nobody can be asked");
    assert_eq!(charged(&world), 4);
    world
}

#[test]
fn an_operator_who_knows_that_it_went_says_so() {
    let world = with_an_unknown_one(&json!({}));
    for _ in 0..2 {
        order(&world, 0, ConfirmSent).unwrap(); // The second time changes nothing.
        let counts = counts(&world);
        assert_eq!((&counts["sent"], &counts["unknown"]), (&json!(4), &json!(0)));
    }
    let rows = world.sql(sql!("SELECT status, reason FROM messages WHERE ordinal = 0"));
    assert_eq!(rows[0], json!({ "status": "sent", "reason": "confirmed" }));
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(world.posted(), 4);
}

#[test]
fn an_operator_sends_it_again_by_the_rules_and_its_old_place_stays_charged() {
    let world = with_an_unknown_one(&json!({}));
    for _ in 0..2 {
        order(&world, 0, SendAgain).unwrap(); // The second time changes nothing.
        assert_eq!(counts(&world)["unknown"], 0);
        assert_eq!(charged(&world), 5, "a new place, and the old one");
    }
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(posts_of(&world, 0), 2);
    assert_eq!(world.posted(), 5);
    let counts = counts(&world);
    assert_eq!((&counts["sent"], &counts["unknown"]), (&json!(4), &json!(0)));
    assert_eq!(counts["status"], "completed", "its campaign stays what it is");
    // The limit of five holds with both.
    world.sql(sql!("UPDATE messages SET status = 'unknown' WHERE ordinal = 1"));
    world.sql(sql!("UPDATE campaigns SET unknown = 1, sent = 3"));
    order(&world, 1, SendAgain).unwrap();
    world.run_until("2026-11-24T20:00:00Z");
    assert_eq!(world.posted(), 5, "the sixth has to wait for a place");
    let now = instant("2026-11-24T20:00:00Z");
    let waiting =
        ready(outlook::waiting(world.database(), FIRST_TEAM, "cmp_1", now)).unwrap().unwrap();
    assert_eq!(waiting["because"][0]["code"], "rolling_limit");
    world.run_until("2026-11-25T13:00:00Z");
    assert_eq!(world.posted(), 6);
}

#[test]
fn an_order_that_the_table_does_not_know_is_refused_with_what_is_legal() {
    let world = with_an_unknown_one(&json!({}));
    for trigger in [ConfirmSent, SendAgain] {
        let refused = order(&world, 1, trigger).unwrap_err();
        let CommandError::Conflict { code, detail, legal, .. } = refused else { panic!() };
        assert_eq!((code, legal), ("illegal_transition", Vec::new()), "{detail}");
        assert!(detail.contains("this one is sent"), "{detail}");
    }
    for nobody in [-1, 4, i64::MAX] {
        assert!(matches!(order(&world, nobody, SendAgain), Err(CommandError::NotFound)));
    }
    assert_eq!(world.posted(), 4);
}

#[test]
fn nothing_of_a_stopped_campaign_and_nothing_after_its_end_is_sent_again() {
    let world = with_an_unknown_one(&json!({}));
    world.sql(sql!("UPDATE campaigns SET status = 'stopped'"));
    let refused = order(&world, 0, SendAgain).unwrap_err();
    let CommandError::Conflict { code, legal, .. } = refused else { panic!() };
    assert_eq!((code, legal), ("campaign_over", vec!["confirm_sent".to_owned()]));

    let world = with_an_unknown_one(&json!({ "ends_at": "2026-11-24T12:09:00" }));
    let refused = order(&world, 0, SendAgain).unwrap_err();
    let CommandError::Conflict { code, detail, .. } = refused else { panic!() };
    assert_eq!(code, "never", "{detail}");
    order(&world, 0, ConfirmSent).unwrap();
    assert_eq!(world.posted(), 4);
}

#[test]
fn nothing_is_sent_again_to_a_list_while_the_queue_is_off() {
    let world = with_an_unknown_one(&json!({}));
    world.sql(sql!("UPDATE teams SET queue = 0"));
    let refused = order(&world, 0, SendAgain).unwrap_err();
    let CommandError::Forbidden { code, .. } = refused else { panic!() };
    assert_eq!(code, "queue_off");
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(world.posted(), 4);
    order(&world, 0, ConfirmSent).unwrap();
}

#[test]
fn one_that_is_sent_again_and_was_delivered_meanwhile_is_not_sent_again() {
    let world = with_an_unknown_one(&json!({}));
    order(&world, 0, SendAgain).unwrap();
    let (trigger, at_ms) = (Delivered, 5);
    let news = receipts::News { campaign_seq: 1, ordinal: 0, trigger, at_ms, reason: None };
    ready(receipts::apply(world.database(), &[news])).unwrap();
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(world.posted(), 4);
    let counts = counts(&world);
    assert_eq!((&counts["sent"], &counts["delivered"]), (&json!(4), &json!(1)));
}

#[test]
fn an_end_that_comes_before_a_message_sent_again_leaves_it_unknown() {
    let world = with_an_unknown_one(&json!({ "ends_at": "2026-11-24T20:00:00" }));
    // No place before tomorrow, and the end is tonight.
    world.sql(sql!("UPDATE senders SET policy = json_set(policy, '$.limits[0].max', 4)"));
    order(&world, 0, SendAgain).unwrap_err();
    world.sql(sql!(
        "UPDATE senders SET policy = '{\"windows\": [{\"from\": \"19:00\", \"to\": \"19:01\"}]}'"
    ));
    order(&world, 0, SendAgain).unwrap();
    assert_eq!(counts(&world)["unknown"], 0);
    world.miss_cron_until("2026-11-24T21:00:00Z");
    world.run_until("2026-11-24T21:30:00Z");
    assert_eq!(world.posted(), 4);
    assert_eq!(counts(&world)["unknown"], 1, "it is not known yet, and not forgotten");
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 0);
}

#[test]
fn whom_an_end_left_out_is_not_brought_back_by_a_message_that_is_sent_again() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s", "ends_at": "2026-11-24T12:05:00" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    silent_about(&world, &[0]);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:20:00Z");
    assert_eq!(counts(&world)["status"], "completed");
    let before = world.posted();
    assert!(before < 40);
    // The end was the sender's, and is moved.
    world.sql(sql!("UPDATE senders SET policy = '{}', version = version + 1"));
    order(&world, 0, SendAgain).unwrap();
    world.run_until("2026-11-24T13:20:00Z");
    assert_eq!((world.posted(), posts_of(&world, 0)), (before + 1, 2));
}

#[test]
fn all_that_are_unknown_are_settled_at_once() {
    for trigger in [ConfirmSent, SendAgain] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "100ms" }), &webhook());
        let id = world.campaign(1, 2_500, &json!({}));
        schedule(&world, &id);
        world.run_until("2026-11-24T12:30:00Z");
        world.sql(sql!("UPDATE messages SET status = 'unknown' WHERE ordinal % 2 = 0"));
        world.sql(sql!("UPDATE campaigns SET sent = 1250, unknown = 1250"));
        let (ada, now) = (somebody(), world.now());
        let order = doubts::Order { trigger, by: &ada };
        let done = ready(doubts::all(&*world, "cmp_1", order, now)).unwrap();
        assert_eq!((done.changed, done.more), (1_250, false));
        let again = ready(doubts::all(&*world, "cmp_1", order, now)).unwrap();
        assert_eq!((again.changed, again.more), (0, false));
        let noted = world.number(
            "SELECT count(*) FROM changes WHERE by_whom = 'Ada' AND campaign_seq = 1
               AND what IN ('confirm_sent', 'send_again')",
        );
        assert_eq!(noted, 1, "who did it, once");
        world.run_until("2026-11-24T13:30:00Z");
        let counts = counts(&world);
        assert_eq!((&counts["sent"], &counts["unknown"]), (&json!(2_500), &json!(0)));
        let again = if trigger == SendAgain { 1_250 } else { 0 };
        assert_eq!(world.posted(), 2_500 + again);
    }
}

#[test]
fn a_stopped_campaign_does_not_count_what_is_in_doubt_as_cancelled() {
    let world = TestWorld::at(NOON);
    let deduplicates =
        json!({ "kind": "webhook", "url": "https://provider.example/", "deduplicates": true });
    world.sender(&json!({ "gap": "3s" }), &deduplicates);
    let id = world.campaign(1, 5, &json!({}));
    silent_about(&world, &[1]);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:25Z");
    assert_eq!(world.posted(), 2);
    ready(commands::stop(world.database(), &id, &Asked::default(), world.now())).unwrap();
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.posted(), 2, "and is not repeated");
    let counts = counts(&world);
    assert_eq!((&counts["sent"], &counts["unknown"]), (&json!(1), &json!(1)), "{counts}");
    let rows = world.sql(sql!("SELECT ordinal, status FROM messages ORDER BY ordinal"));
    assert_eq!(rows[1], json!({ "ordinal": 1, "status": "unknown" }));
    assert_eq!(rows.len(), 2, "the rest is cancelled by its campaign");
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 0);
}

#[test]
fn a_provider_that_never_answers_is_not_paid_for_ever() {
    let world = TestWorld::at(NOON);
    let deduplicates =
        json!({ "kind": "webhook", "url": "https://provider.example/", "deduplicates": true });
    world.sender(&json!({ "gap": "1s" }), &deduplicates);
    let id = world.campaign(1, 1, &json!({}));
    *world.answer.borrow_mut() = Box::new(|_| Outcome::Unclear { detail: "reset".into() });
    schedule(&world, &id);
    world.run_until("2026-11-27T12:00:00Z");
    assert_eq!(world.posted(), 12);
    let posts = world.posts.borrow();
    assert!(posts[11].at - posts[0].at < 12 * HOUR_MS);
    assert_eq!(counts(&world)["unknown"], 1);
    assert_eq!(counts(&world)["status"], "completed");
}

#[test]
fn a_slice_that_gets_on_is_not_tried_too_often() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 10, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:19.900Z");
    assert_eq!(world.number("SELECT max(tries) FROM handovers"), 1);
    world.run_until("2026-11-24T12:00:23.500Z");
    assert_eq!(world.number("SELECT max(tries) FROM handovers WHERE done = 0 AND settled > 0"), 0);
}

#[test]
fn what_was_sent_by_hand_counts_before_the_rest_of_what_is_sent_again() {
    let world = TestWorld::at(NOON);
    let limits = json!([{ "max": 6, "rolling": "24h" }]);
    world.sender(&json!({ "gap": "5s", "limits": limits }), &webhook());
    let id = world.campaign(1, 4, &json!({}));
    silent_about(&world, &[0, 1, 2, 3]);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!((world.posted(), &counts(&world)["status"]), (4, &json!("completed")));

    // Two of the four have a place: the first of them goes, and the other is 5 seconds behind it.
    let by = &somebody();
    ready(doubts::all(&*world, "cmp_1", doubts::Order { trigger: SendAgain, by }, world.now()))
        .unwrap();
    while world.posted() < 5 {
        world.run_until_ms(world.now().millis() + 500);
    }
    assert_eq!(world.number("SELECT count(*) FROM handovers WHERE done = 0 AND claimed = 1"), 1);
    let sends = &[Sends { at: world.now().millis() - 500, count: 1, every_ms: 0 }];
    let told = Told { sender_id: "snd", key: "a", sends, by };
    ready(recordings::record(&*world, &told, world.now())).unwrap();
    world.run_until("2026-11-25T11:00:00Z");
    assert_eq!(world.posted(), 5, "its place was taken by hand");
    world.run_until("2026-11-25T13:00:00Z");
    assert_eq!(world.posted(), 8);
    assert_eq!(counts(&world)["sent"], 4);
}

#[test]
fn whoever_is_erased_in_doubt_is_neither_sent_again_nor_said_to_have_got_nothing() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let limits = json!({ "limits": [{ "max": 2, "rolling": "24h" }] });
    world.sql(sql!("UPDATE teams SET person_policy = ?1", &limits));
    world.sql(sql!("UPDATE senders SET person_policy = ?1", &limits));
    let id = world.campaign(1, 3, &json!({}));
    world.answers_after_ms.set(5_000);
    schedule(&world, &id);
    // Its consumer dies with the answer on its way, and the person is gone when the next looks.
    while posts_of(&world, 1) == 0 {
        world.run_until_ms(world.now().millis() + 100);
    }
    world.crash();
    let whom = [Address { channel: Channel::Sms, address: address(1, 1) }];
    ready(erasures::erase(&*world, FIRST_TEAM, &whom, &somebody())).unwrap();
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(posts_of(&world, 1), 1);
    let counts = counts(&world);
    assert_eq!((&counts["sent"], &counts["unknown"]), (&json!(2), &json!(1)), "{counts}");
    assert_eq!(counts["status"], "completed");
}
