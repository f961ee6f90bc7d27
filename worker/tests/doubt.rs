//! What becomes of messages in doubt, held up, or late: on SQLite with the real migrations and a
//! virtual clock.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger::{self, ConfirmSent, Delivered, SendAgain};
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::hand_over::{self, Ended};
use tidegate_worker::jobs::{
    CommandError, dead_letters, doubts, outlook, pace, preview, receipts, sweep,
};
use tidegate_worker::model::{Caller, FIRST_TEAM, Fate, Found, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, address, instant, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Somebody who runs the deployment.
fn somebody() -> Caller {
    Caller { is_owner: true, ..Caller::named("Ada") }
}

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

/// One that can be asked what became of a message.
fn asked() -> Value {
    let lookup_url = "https://provider.example/{key}";
    json!({ "kind": "webhook", "url": "https://provider.example/", "lookup_url": lookup_url })
}

fn schedule(world: &TestWorld, id: &str) {
    ready(commands::schedule(world, id, &Asked::default(), None, world.now())).unwrap();
}

fn order(world: &TestWorld, ordinal: i64, order: MessageTrigger) -> Result<(), CommandError> {
    let by = &somebody();
    ready(doubts::one(world, "cmp_1", ordinal, doubts::Order { trigger: order, by }, world.now()))
}

/// Once answers nothing about the messages with these numbers, then takes all.
fn silent_about(world: &TestWorld, numbers: &[i64]) {
    let mut silent: BTreeSet<String> = numbers.iter().map(|n| format!("cmp_1-{n}")).collect();
    *world.answer.borrow_mut() = Box::new(move |post| {
        if silent.remove(&post.id) {
            Outcome::Unclear { detail: "reset".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
}

fn counts(world: &TestWorld) -> Value {
    let rows = world.sql(sql!(
        "SELECT c.status, c.total, c.sent + coalesce(sum(h.sent), 0) AS sent, c.delivered,
                c.failed + coalesce(sum(h.failed), 0) AS failed,
                c.skipped + coalesce(sum(h.skipped), 0) AS skipped,
                c.unknown + coalesce(sum(h.unknown), 0) AS unknown
         FROM campaigns c LEFT JOIN handovers h ON h.campaign_seq = c.seq AND h.done = 0
         WHERE c.seq = 1 GROUP BY c.seq"
    ));
    rows[0].clone()
}

fn posts_of(world: &TestWorld, ordinal: i64) -> usize {
    let id = format!("cmp_1-{ordinal}");
    world.posts.borrow().iter().filter(|post| post.id == id).count()
}

/// How many places are charged to the sender.
fn charged(world: &TestWorld) -> i64 {
    world.number("SELECT coalesce(sum(value ->> 'count'), 0) FROM ledger, json_each(ledger.runs)")
}

/// How many rows there are.
fn lookups(world: &TestWorld) -> i64 {
    world.number("SELECT count(*) FROM lookups")
}

// Look-ups.

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

// The operator's two orders.

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
    world.sender(&json!({ "gap": "1s" }), &deduplicates);
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

// A provider that asks for time.

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
    let moved = SenderChange { provider: Some(asked().to_string()), ..SenderChange::default() };
    world.sql(senders::change(FIRST_TEAM, "snd", &moved, 0));
    assert_eq!(held(), 0);
}

// What is held up.

fn held(world: &TestWorld) -> Vec<Value> {
    world.sql(sql!("SELECT id, why, tries, since_ms FROM dead_letters WHERE released_ms IS NULL"))
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
fn what_the_platform_gave_up_is_held_up_where_it_is_not_done() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    world.faults.queue_loses.set(true);
    schedule(&world, &id);
    let key = world.sql(sql!("SELECT sender_seq, tick_no, slice FROM handovers"))[0].clone();
    let take = |body: &Value| ready(dead_letters::take(&*world, body)).unwrap();
    take(&key);
    take(&key);
    assert_eq!(held(&world).len(), 1, "once, however often it is said");
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
    // It is done: what the queue still says of it is worth nothing.
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

// Lateness.

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

// Housekeeping.

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
