//! Commands: once one has returned, nothing starts by the state that was before it, save what is
//! in flight.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use tidegate_worker::jobs::commands::{self, Asked, Edit};
use tidegate_worker::jobs::{CommandError, pace, sweep, tick};
use tidegate_worker::model::{Caller, FIRST_TEAM, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_worker::store::{Param, Statement};
use tidegate_world::{Fault, TestWorld, instant, ms};

const NOON: &str = "2026-11-24T12:00:00Z";
const HOUR_MS: i64 = 3_600_000;

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

fn asked() -> Asked {
    Asked { by: Caller::named("Ada"), version: None }
}

/// Runs something to its end that waits for nothing but its turn.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn schedule(world: &Rc<TestWorld>, id: &str) {
    run(commands::schedule(&**world, id, &asked(), None, world.now())).unwrap();
}

fn ids(world: &TestWorld) -> BTreeSet<String> {
    world.posts.borrow().iter().map(|post| post.id.clone()).collect()
}

#[test]
fn a_campaign_that_is_moved_does_not_go_at_the_start_it_had() {
    for second in 1..20 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &webhook());
        let id = world.campaign(1, 30, &json!({}));
        schedule(&world, &id);
        assert!(world.number("SELECT count(*) FROM handovers") > 0, "its slices are committed");
        world.run_until_ms(ms(NOON) + second * 1_000);
        let at = instant("2026-11-24T13:00:00Z");
        run(commands::schedule(&*world, &id, &asked(), Some(at), world.now())).unwrap();
        world.run_until("2026-11-24T12:59:59Z");
        assert_eq!(world.posted(), 0, "moved after {second} s");
        world.run_until("2026-11-24T14:00:00Z");
        assert_eq!(ids(&world).len(), 30);
        let posts = world.posts.borrow();
        assert_eq!((posts.len(), posts[0].at), (30, at.millis()));
    }
}

#[test]
fn no_message_says_what_it_was_to_say_before_the_edit() {
    // Up to the moment before the start: by then a consumer has the slice and its text.
    for before_ms in [15_000, 5_000, 1_000, 240, 200, 61] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &webhook());
        let id = world.campaign(1, 20, &json!({}));
        schedule(&world, &id);
        world.run_until_ms(ms("2026-11-24T12:00:20Z") - before_ms);
        let content = Some(json!({ "text": "Goodbye" }).to_string());
        let edit = Edit { content, ..Edit::default() };
        run(commands::edit(&*world, &id, &asked(), &edit, world.now())).unwrap();
        world.run_until("2026-11-24T12:30:00Z");
        let posts = world.posts.borrow();
        assert!(posts.iter().all(|post| post.text == "Goodbye"), "edited {before_ms} ms before");
        assert_eq!(posts.len(), 20);
        assert_eq!(ids(&world).len(), 20);
    }
}

#[test]
fn changed_rules_hold_for_what_was_committed_by_the_old_ones() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 20, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:19Z");
    let edit = Edit { policy: Some(json!({ "gap": "1m" }).to_string()), ..Edit::default() };
    run(commands::edit(&*world, &id, &asked(), &edit, world.now())).unwrap();
    world.run_until("2026-11-24T13:00:00Z");
    let posts = world.posts.borrow();
    assert!(posts.windows(2).all(|pair| pair[1].at - pair[0].at == 60_000));
    assert_eq!(posts.len(), 20);
}

#[test]
fn after_a_pause_or_a_stop_no_more_start_than_the_answer_counts() {
    let mut counted = 0;
    for step in 0..160 {
        for stop in [false, true] {
            let world = TestWorld::at(NOON);
            world.sender(&json!({ "gap": "90ms" }), &webhook());
            let id = world.campaign(1, 300, &json!({}));
            schedule(&world, &id);
            world.faults.take_turns();
            world.faults.set(Fault::ProviderSlow, 9);
            world.run_until_ms(ms(NOON) + 19_700 + step * 53);
            let now = world.now();
            let in_flight = if stop {
                run(commands::stop(world.database(), &id, &asked(), now)).unwrap()
            } else {
                run(commands::pause(world.database(), &id, &asked(), now)).unwrap()
            };
            world.run_until("2026-11-24T12:20:00Z");
            let posts = world.posts.borrow();
            let after = posts.iter().filter(|post| post.at > now.millis()).count();
            let after = i64::try_from(after).unwrap();
            assert!(after <= in_flight, "{after} began, {in_flight} were counted, step {step}");
            counted += after;
            let row = &world.sql(sql!("SELECT sent, unknown, total FROM campaigns"))[0];
            assert_eq!(row["sent"], world.posted(), "step {step}: {row}");
            assert_eq!(world.number("SELECT count(*) FROM handovers WHERE done = 0"), 0);
        }
    }
    assert!(counted > 20, "some were in flight: {counted}");
}

/// A tick reads, a command comes in between, and the tick goes on.
#[test]
fn a_tick_that_was_planned_before_a_command_is_not_committed_after_it() {
    for turns in 0..30 {
        for command in ["pause", "stop", "move", "edit"] {
            let world = TestWorld::at(NOON);
            world.sender(&json!({ "gap": "1s" }), &webhook());
            let id = world.campaign(1, 500, &json!({}));
            let at = instant("2026-11-24T12:05:00Z");
            run(commands::schedule(&*world, &id, &asked(), Some(at), world.now())).unwrap();
            world.run_until("2026-11-24T12:03:59.999Z");
            world.faults.take_turns();
            let now = world.now();
            let mut context = Context::from_waker(Waker::noop());
            let mut ticking = pin!(tick::run(&*world, instant("2026-11-24T12:04:00Z")));
            let mut done = false;
            for _ in 0..turns {
                done = done || ticking.as_mut().poll(&mut context).is_ready();
            }
            let later = instant("2026-11-24T15:00:00Z");
            let edit = Edit { policy: Some(json!({ "gap": "3s" }).to_string()), ..Edit::default() };
            let held = match command {
                "pause" => run(commands::pause(world.database(), &id, &asked(), now)).map(|_| ()),
                "stop" => run(commands::stop(world.database(), &id, &asked(), now)).map(|_| ()),
                "move" => run(commands::schedule(&*world, &id, &asked(), Some(later), now)),
                _ => run(commands::edit(&*world, &id, &asked(), &edit, now)),
            };
            held.unwrap();
            while !done {
                done = ticking.as_mut().poll(&mut context).is_ready();
            }
            let open = world.number(
                "SELECT count(*) FROM handovers h JOIN campaigns c ON c.seq = h.campaign_seq
                 WHERE h.done = 0 AND (h.edition <> c.edition
                   OR c.status NOT IN ('scheduled', 'in_progress'))",
            );
            assert_eq!(open, 0, "{command} after {turns} turns");
            if command == "edit" {
                world.run_until("2026-11-24T12:06:00Z");
                let posts = world.posts.borrow();
                assert_eq!(posts[0].at, at.millis(), "it starts in time all the same");
            }
        }
    }
}

#[test]
fn a_long_pause_under_limits_ends_without_a_burst_and_as_promised_anew() {
    let world = TestWorld::at("2026-11-23T08:00:00Z");
    let policy = json!({
        "time_zone": "Europe/Paris",
        "windows": [{ "from": "09:00", "to": "18:00" }],
        "limits": [{ "max": 40, "rolling": "24h" }, { "max": 15, "rolling": "1h" }],
        "gap": "20s",
    });
    world.sender(&policy, &webhook());
    let id = world.campaign(1, 200, &json!({ "jitter": "10s", "gap": "5s" }));
    schedule(&world, &id);
    world.run_until("2026-11-23T08:04:07.300Z");
    let before = world.posted();
    run(commands::pause(world.database(), &id, &asked(), world.now())).unwrap();
    world.run_until("2026-12-01T10:00:00Z");
    assert_eq!(world.posted(), before);
    run(commands::resume(&*world, &id, &asked(), world.now())).unwrap();
    assert_as_promised(&world, 1, before, "2026-12-20T00:00:00Z");
    let posts = world.posts.borrow();
    assert_eq!((posts.len(), ids(&world).len()), (200, 200));
    assert!(posts.windows(2).all(|pair| pair[1].at - pair[0].at >= 20_000));
    assert!(posts.windows(16).all(|some| some[15].at - some[0].at >= HOUR_MS));
    assert!(posts.windows(41).all(|some| some[40].at - some[0].at >= 24 * HOUR_MS));
}

/// Lets the world run, and holds every message from `from` on against the last promise.
#[track_caller]
fn assert_as_promised(world: &Rc<TestWorld>, seq: i64, from: usize, until: &str) {
    let rows = world.sql(sql!(
        "SELECT instants FROM kept_plans WHERE campaign_seq = ?1 ORDER BY made_ms DESC LIMIT 1",
        seq
    ));
    let promised: tidegate_worker::dispatch::promise::Instants =
        serde_json::from_str(rows[0]["instants"].as_str().unwrap()).unwrap();
    world.run_until(until);
    let lookup = promised.lookup();
    let posts = world.posts.borrow();
    let own = format!("cmp_{seq}-");
    for post in posts[from..].iter().filter(|post| post.id.starts_with(&own)) {
        let ordinal = post.id.trim_start_matches(&own).parse().unwrap();
        assert_eq!(Some(post.at), lookup.instant(ordinal), "{}", post.id);
    }
}

#[test]
fn a_whole_backlog_goes_on_as_promised() {
    // Everything is released, comes back with the pause, and goes on from there.
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "2s", "jitter": "1s" }), &webhook());
    let id = world.campaign(1, 40, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:30.500Z");
    let before = world.posted();
    assert!(before > 2);
    assert_eq!(world.number("SELECT cursor FROM campaigns"), 40, "all are released");
    run(commands::pause(world.database(), &id, &asked(), world.now())).unwrap();
    assert!(world.number("SELECT sum(count) FROM backlog") > 20);
    world.run_until("2026-11-24T16:00:00Z");
    run(commands::resume(&*world, &id, &asked(), world.now())).unwrap();
    assert_as_promised(&world, 1, before, "2026-11-24T17:00:00Z");
    assert_eq!((world.posted(), ids(&world).len()), (40, 40));
    let report = run(pace::of_campaign(world.database(), FIRST_TEAM, &id, world.now())).unwrap();
    assert_eq!(report.pace.late.unwrap().largest_ms, 0);
    let did: Vec<_> = report.changes.iter().map(|change| change.what.as_str()).collect();
    assert_eq!(did, ["resume", "pause", "schedule"]);
    assert!(report.changes.iter().all(|change| change.by == "Ada"));
}

#[test]
fn a_short_pause_is_as_harmless_as_a_long_one() {
    for gap_ms in [0, 1, 50, 400, 3_000] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "300ms" }), &webhook());
        let id = world.campaign(1, 200, &json!({}));
        schedule(&world, &id);
        world.run_until("2026-11-24T12:00:33.170Z");
        run(commands::pause(world.database(), &id, &asked(), world.now())).unwrap();
        world.run_until_ms(world.now().millis() + gap_ms);
        run(commands::resume(&*world, &id, &asked(), world.now())).unwrap();
        world.run_until("2026-11-24T12:30:00Z");
        let posts = world.posts.borrow();
        assert_eq!((posts.len(), ids(&world).len()), (200, 200), "{gap_ms} ms");
        assert!(posts.windows(2).all(|pair| pair[1].at - pair[0].at >= 300), "{gap_ms} ms");
        assert_eq!(world.status(1), "completed");
    }
}

#[test]
fn a_resumed_campaign_takes_turns_from_then_on() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    world.sql(sql!("UPDATE senders SET lane_order = 'fair'"));
    let first = world.campaign(1, 2_000, &json!({}));
    let second = world.campaign(2, 2_000, &json!({}));
    schedule(&world, &first);
    schedule(&world, &second);
    world.run_until("2026-11-24T12:01:00Z");
    run(commands::pause(world.database(), &first, &asked(), world.now())).unwrap();
    world.run_until("2026-11-24T12:20:00Z");
    run(commands::resume(&*world, &first, &asked(), world.now())).unwrap();
    world.run_until("2026-11-24T12:30:00Z");
    let posts = world.posts.borrow();
    let late = posts.iter().filter(|post| post.at > ms("2026-11-24T12:24:00Z"));
    let (one, other): (Vec<_>, Vec<_>) = late.partition(|post| post.id.starts_with("cmp_1-"));
    assert!(one.len().abs_diff(other.len()) <= 2, "{} and {}", one.len(), other.len());
}

#[test]
fn who_looked_at_another_version_is_told_what_changed() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id);
    let looked = Asked { by: Caller::named("Grace"), version: Some(2) };
    let edit = Edit { name: Some("New terms".into()), ..Edit::default() };
    run(commands::edit(&*world, &id, &asked(), &edit, world.now())).unwrap();
    run(commands::pause(world.database(), &id, &asked(), world.now())).unwrap();
    let refusal = run(commands::stop(world.database(), &id, &looked, world.now())).unwrap_err();
    let CommandError::Conflict { code, standing, .. } = refusal else { panic!("{refusal:?}") };
    let standing = standing.unwrap();
    assert_eq!((code, standing.version), ("changed_meanwhile", 4));
    assert_eq!(standing.status.as_deref(), Some("paused"));
    let changed: Vec<_> = standing.changed.iter().map(|change| change.field).collect();
    assert_eq!(changed, ["name", "status"]);
    assert_eq!(standing.changed[1].was, json!("scheduled"));
}

#[test]
fn the_dispatcher_makes_versions_too_and_what_it_changed_is_told() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    schedule(&world, &id);
    let looked = Asked { by: Caller::named("Grace"), version: Some(2) };
    world.run_until("2026-11-24T12:00:22Z");
    let at = world.now();
    let refusal = run(commands::pause(world.database(), &id, &looked, at)).unwrap_err();
    let CommandError::Conflict { standing, .. } = refusal else { panic!("{refusal:?}") };
    let changed = standing.unwrap().changed;
    assert_eq!(changed.len(), 1);
    assert_eq!((&changed[0].was, &changed[0].is), (&json!("scheduled"), &json!("in_progress")));
}

#[test]
fn of_two_who_plan_at_the_same_time_one_wins_and_the_promise_is_the_winners() {
    for turns in 0..40 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &webhook());
        let id = world.campaign(1, 50, &json!({}));
        world.faults.take_turns();
        let looked = Asked { by: Caller::named("Grace"), version: Some(1) };
        let (one, other) = (instant("2026-11-24T13:00:00Z"), instant("2026-11-24T14:00:00Z"));
        let now = world.now();
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(commands::schedule(&*world, &id, &looked, Some(one), now));
        let mut outcome = None;
        for _ in 0..turns {
            if outcome.is_none()
                && let Poll::Ready(done) = first.as_mut().poll(&mut context)
            {
                outcome = Some(done);
            }
        }
        let second = run(commands::schedule(&*world, &id, &looked, Some(other), now));
        let first = match outcome {
            Some(done) => done,
            None => loop {
                if let Poll::Ready(done) = first.as_mut().poll(&mut context) {
                    break done;
                }
            },
        };
        assert!(first.is_ok() != second.is_ok(), "after {turns} turns");
        let starts = world.number("SELECT starts_ms FROM campaigns");
        let promised =
            world.number("SELECT first_ms FROM kept_plans ORDER BY made_ms DESC LIMIT 1");
        assert_eq!(starts, promised, "after {turns} turns");
        assert_eq!(starts, if first.is_ok() { one.millis() } else { other.millis() });
    }
}

#[test]
fn a_promise_knows_who_was_scheduled_while_it_was_made() {
    for turns in 0..25 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &webhook());
        let first = world.campaign(1, 40, &json!({}));
        let second = world.campaign(2, 40, &json!({}));
        world.faults.take_turns();
        let (asked, now) = (asked(), world.now());
        let mut context = Context::from_waker(Waker::noop());
        let mut later = pin!(commands::schedule(&*world, &second, &asked, None, now));
        let mut done = false;
        for _ in 0..turns {
            done = done || later.as_mut().poll(&mut context).is_ready();
        }
        run(commands::schedule(&*world, &first, &asked, None, now)).unwrap();
        while !done {
            done = later.as_mut().poll(&mut context).is_ready();
        }
        world.faults.stop();
        // Whoever was last knows of the other; the first in turn is not moved by the second.
        let last = world.number("SELECT campaign_seq FROM changes ORDER BY seq DESC LIMIT 1");
        assert_as_promised(&world, last, 0, "2026-11-24T12:10:00Z");
        assert_eq!(ids(&world).len(), 80, "after {turns} turns");
    }
}

#[test]
fn people_who_are_added_after_all_were_released_go_too() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    schedule(&world, &id);
    assert_eq!(world.number("SELECT cursor FROM campaigns"), 5);
    // As the import does it, at its end.
    world.sql(sql!(
        "INSERT INTO people (campaign_seq, first, count, people) VALUES
         (1, 5, 2, '[{\"to\": \"+33699999990\"}, {\"to\": \"+33699999991\"}]')"
    ));
    world.sql(sql!("UPDATE campaigns SET total = 7, version = version + 1"));
    run(commands::listed(&*world, &id, &Caller::named("Ada"), world.now())).unwrap();
    assert_eq!(world.number("SELECT planned FROM kept_plans ORDER BY made_ms DESC LIMIT 1"), 7);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!((world.posted(), ids(&world).len()), (7, 7));
    assert_eq!(world.status(1), "completed");
}

#[test]
fn what_comes_back_with_a_pause_waits_for_the_provider_no_longer_than_the_rest() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 60, &json!({}));
    let mut left = 2;
    *world.answer.borrow_mut() = Box::new(move |_| {
        left -= 1;
        match left {
            0 => Outcome::Later { after_ms: 30_000, detail: String::new() },
            _ => Outcome::Taken { reference: None },
        }
    });
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:25Z");
    run(commands::pause(world.database(), &id, &asked(), world.now())).unwrap();
    run(commands::resume(&*world, &id, &asked(), world.now())).unwrap();
    let planned = world.number("SELECT planned FROM kept_plans ORDER BY made_ms DESC LIMIT 1");
    let sent =
        i64::try_from(world.posts.borrow().iter().filter(|post| post.taken).count()).unwrap();
    assert_eq!(planned + sent, 60, "the promise is of everybody who is left");
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(world.number("SELECT sent FROM campaigns"), 60);
}

#[test]
fn a_command_that_dies_after_its_commit_is_carried_out_all_the_same() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 5, &json!({}));
    world.faults.take_turns();
    {
        let (asked, now) = (asked(), world.now());
        let mut context = Context::from_waker(Waker::noop());
        let mut scheduling = pin!(commands::schedule(&*world, &id, &asked, None, now));
        while world.status(1) == "draft" {
            assert!(scheduling.as_mut().poll(&mut context).is_pending());
        }
    }
    world.faults.stop();
    assert_eq!(world.number("SELECT count(*) FROM handovers"), 0, "it died before it went on");
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.posted(), 5);
}

#[test]
fn a_queue_that_is_switched_off_holds_what_one_invocation_can_and_the_slices_go_on() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let going = world.campaign(1, 30, &json!({}));
    world.faults.queue_loses.set(true);
    schedule(&world, &going);
    world.run_until("2026-11-24T12:00:40Z");
    world.faults.queue_loses.set(false);
    for seq in 2..=120 {
        world.campaign(seq, 1, &json!({}));
    }
    world.sql(sql!(
        "UPDATE campaigns SET status = 'scheduled', starts_ms = 1900000000000 WHERE seq > 1"
    ));
    world.sql(sql!("UPDATE teams SET queue = 0"));
    // Something is wrong with the first of them.
    *world.database().rewrite.borrow_mut() = Some(Box::new(|statement| {
        let is_first = statement.params.first() == Some(&Param::Int(1));
        if is_first && statement.sql.starts_with("UPDATE campaigns SET edition") {
            return Statement { sql: "SELECT nothing FROM nowhere", params: Vec::new() };
        }
        statement
    }));
    let asked = &world.database().asked;
    for (begun, paused) in [(690, 1..40), (0, 39..80), (0, 78..120)] {
        asked.set(Some(begun));
        let swept = run(sweep::run(&*world));
        assert!(swept.is_err(), "it is said: {swept:?}");
        assert!(asked.get().is_some_and(|asked| asked <= 1_000), "{asked:?}");
        let held = world.number("SELECT count(*) FROM campaigns WHERE status = 'paused'");
        assert!(paused.contains(&held), "{held} are held, not {paused:?}");
    }
    asked.set(None);
    world.database().rewrite.take();
    world.run_until("2026-11-24T12:00:45Z");
    let taken = "SELECT count(*) FROM handovers WHERE tries > 0";
    assert!(world.number(taken) > 0, "its slices were on the queue");
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE status = 'paused'"), 120);
}

#[test]
fn the_promise_of_the_last_command_holds_whatever_the_clocks_say() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 10, &json!({}));
    let at = Some(instant("2026-11-24T13:00:00Z"));
    let ahead = instant("2026-11-24T12:00:03Z");
    run(commands::schedule(&*world, &id, &asked(), at, ahead)).unwrap();
    let slower = Edit { policy: Some(r#"{"gap":"1m"}"#.into()), ..Edit::default() };
    run(commands::edit(&*world, &id, &asked(), &slower, world.now())).unwrap();
    run(commands::edit(&*world, &id, &asked(), &slower, world.now())).unwrap();
    let kept = world.sql(sql!("SELECT why, last_ms FROM kept_plans ORDER BY made_ms"));
    let why: Vec<_> = kept.iter().map(|row| row["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["schedule", "edit", "edit"]);
    assert_eq!(kept[2]["last_ms"], ms("2026-11-24T13:09:00Z"));
}

#[test]
fn a_command_without_a_version_holds_whatever_the_campaign_has_become_meanwhile() {
    for (name, version) in [("paused", None), ("stopped", None), ("stopped", Some(2))] {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "1s" }), &webhook());
        let id = world.campaign(1, 30, &json!({}));
        let at = Some(instant("2026-11-24T13:00:00Z"));
        run(commands::schedule(&*world, &id, &asked(), at, world.now())).unwrap();
        // Somebody else is at it between its look and its commit.
        let (other, is_bumped) = (Rc::downgrade(&world), Cell::new(false));
        *world.database().rewrite.borrow_mut() = Some(Box::new(move |statement| {
            if statement.sql.contains("version = CASE WHEN version") && !is_bumped.replace(true) {
                other.upgrade().unwrap().sql(sql!("UPDATE campaigns SET version = version + 1"));
            }
            statement
        }));
        let (db, asked) = (world.database(), Asked { version, ..asked() });
        let done = match name {
            "paused" => run(commands::pause(db, &id, &asked, world.now())),
            _ => run(commands::stop(db, &id, &asked, world.now())),
        };
        db.rewrite.take();
        assert_eq!(done.is_ok(), version.is_none(), "{name}: {done:?}");
        assert_eq!(world.status(1), if done.is_ok() { name } else { "scheduled" });
    }
}
