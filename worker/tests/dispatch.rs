//! The dispatch promises, on SQLite with the real migrations and a virtual clock.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tidegate_worker::jobs::commands::Asked;
use tidegate_worker::jobs::{CommandError, commands, outlook, preview, receipts, tick};
use tidegate_worker::model::{FIRST_TEAM, Outcome};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_worker::store::Statement;
use tidegate_world::{TestWorld, instant, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

fn limit_120() -> Value {
    json!({ "limits": [{ "max": 120, "rolling": "24h" }] })
}

fn schedule(world: &TestWorld, id: &str) {
    let now = tidegate_worker::ports::Clock::now(world);
    ready(commands::schedule(world, id, &Asked::default(), None, now)).unwrap();
}

/// The instants that a plan names for its campaign.
fn instants(plan: &Value) -> Vec<i64> {
    let lane = &plan["lane_index"];
    let runs = plan["runs"].as_array().unwrap().iter();
    runs.filter(|run| &run["lane"] == lane)
        .flat_map(|run| {
            let number = |name: &str| run[name].as_i64().unwrap();
            let (start, count, every) = (number("start"), number("count"), number("every"));
            (0..count).map(move |k| start + k * every)
        })
        .collect()
}

/// The instants of a run.
fn times(planned: &tidegate::PlannedRun) -> impl Iterator<Item = i64> + use<> {
    let run = planned.run;
    let count = i64::try_from(run.count).unwrap();
    (0..count).map(move |k| run.start.millis() + k * run.every)
}

#[test]
fn a_limit_lets_exactly_its_number_through_and_the_campaign_says_why_it_waits() {
    let world = TestWorld::at(NOON);
    world.sender(&limit_120(), &webhook());
    let id = world.campaign(1, 301, &json!({}));
    schedule(&world, &id);
    let waiting =
        ready(outlook::waiting(world.database(), FIRST_TEAM, &id, instant(NOON))).unwrap().unwrap();
    assert_eq!(waiting["because"][0]["code"], "not_started");
    assert_eq!(waiting["until"], ms("2026-11-24T12:00:20Z"));
    world.run_until("2026-11-24T18:00:00Z");

    let posts = world.posts.borrow().clone();
    assert_eq!(posts.len(), 120);
    let ids: BTreeSet<_> = posts.iter().map(|post| &post.id).collect();
    assert_eq!(ids.len(), 120, "nobody twice");
    assert_eq!(world.status(1), "in_progress");

    let now = instant("2026-11-24T18:00:00Z");
    let waiting = ready(outlook::waiting(world.database(), FIRST_TEAM, &id, now)).unwrap().unwrap();
    assert_eq!(waiting["because"][0]["code"], "rolling_limit");
    assert_eq!(waiting["because"][0]["layer"], "sender");
    assert_eq!(waiting["until"], posts[0].at + 86_400_000);
}

#[test]
fn a_short_gap_is_the_pace_of_a_campaign_and_no_wait() {
    let world = TestWorld::at("2026-11-24T10:00:00Z");
    world.sender(&json!({ "gap": "30s", "breaks": [{ "after": 5, "pause": "10m" }] }), &webhook());
    let id = world.campaign(1, 6, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T10:00:30Z");
    let waited = |second: i64| {
        world.run_until_ms(ms("2026-11-24T10:00:00Z") + second * 1_000);
        ready(outlook::waiting(world.database(), FIRST_TEAM, &id, world.now())).unwrap()
    };
    let said: Vec<Value> = (31..600).filter_map(waited).collect();
    assert!(said.len() > 300, "{}", said.len());
    for said in said {
        let because = said["because"].as_array().unwrap();
        assert!(because.iter().any(|reason| reason["code"] == "break"), "{said:#}");
    }
}

#[test]
fn a_campaign_waits_for_the_instant_that_its_next_message_draws() {
    let world = TestWorld::at("2026-11-24T10:00:00Z");
    world.sender(&json!({ "gap": "10m", "jitter": "60m" }), &webhook());
    let id = world.campaign(1, 6, &json!({}));
    schedule(&world, &id);
    let mut waited = Vec::new();
    for minute in 5..300 {
        world.run_until_ms(ms("2026-11-24T10:00:00Z") + minute * 60_000);
        let waiting = outlook::waiting(world.database(), FIRST_TEAM, &id, world.now());
        if let Some(waiting) = ready(waiting).unwrap() {
            waited.push((world.now().millis(), waiting["until"].as_i64().unwrap()));
        }
    }
    let posts: Vec<i64> = world.posts.borrow().iter().map(|post| post.at).collect();
    assert_eq!(posts.len(), 6);
    // As soon as one went, and also when the next is committed already.
    assert!(waited.len() > 100, "{}", waited.len());
    for (asked, until) in waited {
        let next = posts.iter().find(|at| **at > asked);
        assert_eq!(next, Some(&until), "asked at {asked} of {posts:?}");
    }
}

#[test]
fn the_plan_names_the_instants_that_the_provider_sees() {
    let world = TestWorld::at(NOON);
    let policy = json!({
        "time_zone": "Europe/Paris",
        "windows": [{ "days": ["tue", "wed", "thu"], "from": "09:00", "to": "17:30" }],
        "blocked": [{ "name": "Lunch", "from": "12:00", "to": "13:30" }],
        "limits": [{ "max": 90, "rolling": "24h" }, { "max": 70, "calendar": "day" }],
        "gap": "20s",
        "breaks": [{ "after": 20, "pause": "15m" }],
    });
    world.sender(&policy, &webhook());
    let id = world.campaign(1, 250, &json!({}));
    let now = instant(NOON);
    let plan = ready(preview::preview(world.database(), FIRST_TEAM, &id, None, now)).unwrap();
    schedule(&world, &id);
    world.run_until("2026-12-10T00:00:00Z");

    let seen: Vec<i64> = world.posts.borrow().iter().map(|post| post.at).collect();
    assert_eq!(seen, instants(&plan));
    assert_eq!(seen.len(), 250);
    assert_eq!(world.status(1), "completed");
}

#[test]
fn campaigns_share_their_sender_as_planned_together() {
    for order in ["in_turn", "fair"] {
        let world = TestWorld::at(NOON);
        world.sender(
            &json!({ "gap": "7s", "limits": [{ "max": 40, "calendar": "day" }] }),
            &webhook(),
        );
        world.sql(sql!("UPDATE senders SET lane_order = ?1", order));
        let first = world.campaign(1, 50, &json!({}));
        let second = world.campaign(2, 50, &json!({ "gap": "20s" }));
        schedule(&world, &first);
        let now = instant(NOON);
        let plan =
            ready(preview::preview(world.database(), FIRST_TEAM, &second, None, now)).unwrap();
        schedule(&world, &second);
        world.run_until("2026-11-30T00:00:00Z");

        let posts = world.posts.borrow();
        let of_second = posts.iter().filter(|post| post.id.starts_with("cmp_2-"));
        let seen: Vec<i64> = of_second.map(|post| post.at).collect();
        assert_eq!(seen, instants(&plan), "{order}");
        assert_eq!(posts.len(), 100, "{order}");
    }
}

#[test]
fn a_pause_holds_at_once_and_gives_the_places_back() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "limits": [{ "max": 30, "rolling": "24h" }], "gap": "2s" }), &webhook());
    let id = world.campaign(1, 60, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:35Z");
    let before = world.posted();
    assert!(before > 3 && before < 10, "{before}");
    ready(commands::pause(world.database(), &id, &Asked::default(), instant(NOON))).unwrap();
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(world.posted(), before, "nothing after the pause");

    ready(commands::resume(&*world, &id, &Asked::default(), instant("2026-11-24T12:30:00Z")))
        .unwrap();
    world.run_until("2026-11-24T20:00:00Z");
    assert_eq!(world.posted(), 30, "the places of what was not sent are free again");
    let posts = world.posts.borrow();
    let ids: BTreeSet<_> = posts.iter().map(|post| &post.id).collect();
    assert_eq!(ids.len(), 30, "nobody twice");
    let resumed = &posts[before..];
    assert!(resumed.windows(2).all(|pair| pair[1].at - pair[0].at >= 2_000), "never a burst");
}

#[test]
fn a_stopped_campaign_sends_nothing_more() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 500, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:01:00Z");
    let before = world.posted();
    ready(commands::stop(world.database(), &id, &Asked::default(), instant(NOON))).unwrap();
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(world.posted(), before);
    assert_eq!(world.status(1), "stopped");
    let refusal =
        ready(commands::resume(&*world, &id, &Asked::default(), instant(NOON))).unwrap_err();
    assert!(matches!(refusal, CommandError::Conflict { code: "illegal_transition", .. }));
}

#[test]
fn a_crash_at_any_moment_doubles_nobody_and_loses_nobody() {
    for seconds in 20..90 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "300ms" }), &json!({ "kind": "sandbox" }));
        let id = world.campaign(1, 400, &json!({}));
        schedule(&world, &id);
        let at = ms(NOON) + seconds * 1_000 + seconds % 7 * 100;
        world.run_until(&tidegate::Instant::from_millis(at).to_utc().to_rfc3339());
        world.crash();
        world.run_until("2026-11-24T13:00:00Z");
        let posts = world.posts.borrow();
        let ids: BTreeSet<_> = posts.iter().map(|post| post.id.clone()).collect();
        assert_eq!(ids.len(), 400, "nobody lost after a crash at {seconds} s");
        assert_eq!(world.status(1), "completed");
        assert_eq!(world.number("SELECT sent FROM campaigns"), 400);
        // This provider takes a repeated POST for the first, so only its own count matters.
        assert!(posts.len() <= 406, "at most one group is repeated");
    }
}

#[test]
fn where_the_provider_does_not_deduplicate_what_is_in_doubt_is_said() {
    let mut doubted = 0;
    for seconds in 20..60 {
        let world = TestWorld::at(NOON);
        world.sender(&json!({ "gap": "300ms" }), &webhook());
        let id = world.campaign(1, 200, &json!({}));
        schedule(&world, &id);
        let at = ms(NOON) + seconds * 1_000 + 150;
        world.run_until(&tidegate::Instant::from_millis(at).to_utc().to_rfc3339());
        world.crash();
        world.run_until("2026-11-24T13:00:00Z");
        let posts = world.posts.borrow();
        let ids: BTreeSet<_> = posts.iter().map(|post| post.id.clone()).collect();
        assert_eq!(ids.len(), posts.len(), "nobody twice after a crash at {seconds} s");
        let unknown = world.number("SELECT unknown FROM campaigns");
        let sent = world.number("SELECT sent FROM campaigns");
        assert_eq!(sent + unknown, 200, "everybody is counted");
        assert!(unknown <= 6, "at most the POSTs in flight are unknown");
        assert_eq!(world.number("SELECT count(*) FROM messages"), 200);
        doubted += unknown;
    }
    assert!(doubted > 0, "the test crashes between a claim and its outcome at least once");
}

#[test]
fn what_never_reaches_the_queue_is_swept_up() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 30, &json!({}));
    world.faults.queue_loses.set(true);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:50Z");
    world.faults.queue_loses.set(false);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.posted(), 30);
    assert_eq!(world.status(1), "completed");
}

#[test]
fn missed_firings_lose_capacity_and_never_catch_up_in_a_burst() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "5s" }), &webhook());
    let id = world.campaign(1, 200, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:03:00Z");
    world.miss_cron_until("2026-11-24T12:30:00Z");
    world.run_until("2026-11-24T13:00:00Z");
    let posts = world.posts.borrow();
    assert_eq!(posts.len(), 200);
    assert!(posts.windows(2).all(|pair| pair[1].at - pair[0].at >= 5_000));
}

#[test]
fn nobody_who_opted_out_is_written_to() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 50, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:30Z");
    let gone = tidegate_world::address(1, 40);
    world.sql(sql!(
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms) VALUES ('team_main', 'sms', ?1, 'stop', 'reply', 0)",
        &gone
    ));
    world.run_until("2026-11-24T12:10:00Z");
    assert!(world.posts.borrow().iter().all(|post| post.to != gone));
    assert_eq!(world.number("SELECT skipped FROM campaigns"), 1);
    assert_eq!(world.number("SELECT sent FROM campaigns"), 49);
    assert_eq!(world.status(1), "completed");
}

#[test]
fn a_provider_that_asks_for_time_gets_it_and_everybody_is_reached_once() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 40, &json!({}));
    let mut refusals = 3;
    *world.answer.borrow_mut() = Box::new(move |_| {
        refusals -= 1;
        if (0..2).contains(&refusals) {
            Outcome::Later { after_ms: 90_000, detail: "slow down".into() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
    schedule(&world, &id);
    world.run_until("2026-11-24T13:00:00Z");
    assert_eq!(world.number("SELECT sent FROM campaigns"), 40);
    assert_eq!(world.status(1), "completed");
}

#[test]
fn a_provider_slower_than_it_is_set_to_gets_messages_as_fast_as_it_takes_them() {
    let world = TestWorld::at(NOON);
    let fast = json!({ "kind": "webhook", "url": "https://provider.example/", "per_second": 100 });
    world.sender(&json!({}), &fast);
    let id = world.campaign(1, 6_000, &json!({}));
    // Six in flight for two seconds are three a second for each slice of a campaign.
    world.answers_after_ms.set(2_000);
    schedule(&world, &id);
    world.run_until("2026-11-24T12:05:00Z");
    assert!(world.number("SELECT slow_ms FROM senders") > 10, "it goes slower");
    world.run_until("2026-11-24T12:15:00Z");
    let ids: BTreeSet<_> = world.posts.borrow().iter().map(|post| post.id.clone()).collect();
    assert_eq!((ids.len(), world.posts.borrow().len()), (6_000, 6_000), "everybody, and once");
    assert_eq!(world.status(1), "completed");

    // Once it is quick again the sender goes faster, step by step.
    let slow_ms = world.number("SELECT slow_ms FROM senders");
    world.answers_after_ms.set(0);
    let id = world.campaign(2, 6_000, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:25:00Z");
    assert!(world.number("SELECT slow_ms FROM senders") < slow_ms, "no longer {slow_ms} ms");
    assert_eq!(world.status(2), "completed");
}

#[test]
fn commands_within_a_minute_do_not_undo_the_pace_that_a_sender_has_found() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &webhook());
    let going = world.campaign(1, 50_000, &json!({}));
    schedule(&world, &going);
    world.run_until("2026-11-24T12:00:30Z");
    world.sql(sql!("UPDATE senders SET behind = 500"));
    world.run_until("2026-11-24T12:01:10Z");
    let slow_ms = "SELECT slow_ms FROM senders";
    let slowed = world.number(slow_ms);
    assert!(slowed > 0);
    let later = Some(instant("2026-11-25T12:00:00Z"));
    for seq in 2..20 {
        let id = world.campaign(seq, 1, &json!({}));
        let now = tidegate_worker::ports::Clock::now(&*world);
        ready(commands::schedule(&*world, &id, &Asked::default(), later, now)).unwrap();
    }
    assert_eq!(world.number(slow_ms), slowed);
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.number(slow_ms), 0, "with time it goes faster again");
}

#[test]
fn who_falls_behind_while_a_tick_is_made_is_not_forgotten() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &webhook());
    let id = world.campaign(1, 30_000, &json!({}));
    schedule(&world, &id);
    world.sql(sql!("UPDATE senders SET behind = 5"));
    let during = std::cell::Cell::new(true);
    *world.database().rewrite.borrow_mut() = Some(Box::new(move |statement| {
        let is_tick = statement.sql.contains("behind = coalesce(behind -");
        if !(is_tick && during.replace(false)) {
            return statement;
        }
        // As if seven had been counted between its reading and its commit.
        let sql = statement.sql.replace("coalesce(behind -", "coalesce(behind + 7 -");
        Statement { sql: Box::leak(sql.into_boxed_str()), ..statement }
    }));
    world.run_until("2026-11-24T12:01:05Z");
    assert_eq!(world.number("SELECT behind FROM senders"), 7);
}

#[test]
fn changed_rules_hold_from_the_change_on() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:40Z");
    let before = world.posted();
    world.sql(sql!("UPDATE senders SET policy = '{\"gap\": \"30s\"}', version = version + 1"));
    world.run_until("2026-11-24T12:20:00Z");
    let posts = world.posts.borrow();
    assert!(posts[before + 1..].windows(2).all(|pair| pair[1].at - pair[0].at >= 30_000));
    assert!(posts.len() > before + 20);
}

#[test]
fn an_end_date_completes_the_campaign() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 100, &json!({ "ends_at": "2026-11-24T12:05:00" }));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(world.status(1), "completed");
    assert!(world.posts.borrow().iter().all(|post| post.at < ms("2026-11-24T12:05:00Z")));
    let rows = world.sql(sql!("SELECT end_reason, sent, total FROM campaigns"));
    assert_eq!(rows[0]["end_reason"], "ended");
    assert_eq!(rows[0]["sent"], world.posted());
}

#[test]
fn receipts_come_late_twice_out_of_order_and_before_the_answer() {
    use tidegate::status::MessageTrigger::{Accepted, Delivered, Undeliverable};
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 3, &json!({}));
    schedule(&world, &id);
    let news = |ordinal, trigger| receipts::News {
        campaign_seq: 1,
        ordinal,
        trigger,
        at_ms: 5,
        reason: None,
    };
    // The first is delivered before its answer is recorded, the second fails before it.
    let early = [news(0, Delivered), news(1, Undeliverable), news(0, Delivered)];
    ready(receipts::apply(world.database(), &early)).unwrap();
    world.run_until("2026-11-24T12:05:00Z");
    let late = [news(2, Delivered), news(2, Undeliverable), news(0, Accepted), news(2, Delivered)];
    ready(receipts::apply(world.database(), &late)).unwrap();
    let rows = world.sql(sql!("SELECT sent, delivered, failed, status FROM campaigns"));
    assert_eq!(rows[0], json!({ "sent": 2, "delivered": 2, "failed": 1, "status": "completed" }));
    let rows = world.sql(sql!("SELECT status FROM messages ORDER BY ordinal"));
    let statuses: Vec<_> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["delivered", "failed", "delivered"]);
}

#[test]
fn two_operators_cannot_both_decide() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:40Z");
    ready(commands::pause(world.database(), &id, &Asked::default(), instant(NOON))).unwrap();
    let second = ready(commands::pause(world.database(), &id, &Asked::default(), instant(NOON)))
        .unwrap_err();
    let CommandError::Conflict { legal, .. } = second else { panic!("{second:?}") };
    assert!(legal.contains(&"resume".to_owned()));
}

#[test]
fn the_document_for_a_page_is_the_request_of_the_tick() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "5s", "limits": [{ "max": 60, "rolling": "24h" }] }), &webhook());
    let id = world.campaign(1, 200, &json!({ "jitter": "3s" }));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:02:10Z");
    let now = instant("2026-11-24T12:02:10Z");
    let mut document = ready(outlook::of_sender(world.database(), FIRST_TEAM, "snd", now)).unwrap();
    document.as_object_mut().unwrap().remove("starts_at");
    let request = tidegate::request::parse_plan(&document).unwrap();
    let planned = tidegate::plan(&request);
    let planned: Vec<i64> = planned.runs.iter().flat_map(times).collect();
    let before = world.posted();
    world.run_until("2026-11-28T00:00:00Z");
    let posts = world.posts.borrow();
    let seen: Vec<i64> = posts.iter().map(|post| post.at).collect();
    let rest = &seen[seen.len() - planned.len()..];
    assert_eq!(rest, planned);
    assert!(before < posts.len());
}

#[test]
fn one_in_doubt_who_opts_out_is_unknown_and_not_skipped() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &json!({ "kind": "sandbox" }));
    let id = world.campaign(1, 3, &json!({}));
    *world.answer.borrow_mut() = Box::new(|post| match post.id.as_str() {
        "cmp_1-0" => Outcome::Unclear { detail: "reset".into() },
        _ => Outcome::Taken { reference: None },
    });
    schedule(&world, &id);
    world.run_until("2026-11-24T12:00:30Z");
    assert_eq!(world.posted(), 3);
    let gone = tidegate_world::address(1, 0);
    world.sql(sql!(
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms) VALUES ('team_main', 'sms', ?1, 'stop', 'reply', 0)",
        &gone
    ));
    *world.answer.borrow_mut() = Box::new(|_| Outcome::Taken { reference: None });
    // The provider is asked about them for two and a half hours, in vain.
    world.run_until("2026-11-24T16:00:00Z");
    let rows = world.sql(sql!("SELECT sent, skipped, unknown, status FROM campaigns"));
    assert_eq!(rows[0], json!({ "sent": 2, "skipped": 0, "unknown": 1, "status": "completed" }));
    assert_eq!(world.posted(), 3, "and is not written to again");
}

#[test]
fn a_slice_ends_where_its_window_does() {
    // Two windows within the time that a slice may span.
    let world = TestWorld::at(NOON);
    let policy = json!({
        "gap": "1s",
        "windows": [{ "from": "12:01", "to": "12:01:04" }, { "from": "12:01:08", "to": "12:30" }],
    });
    world.sender(&policy, &webhook());
    let id = world.campaign(1, 10, &json!({}));
    schedule(&world, &id);
    let ends = world.sql(sql!("SELECT start_ms, open_until_ms FROM handovers ORDER BY start_ms"));
    assert_eq!(ends.len(), 2, "{ends:?}");
    assert_eq!(ends[0]["open_until_ms"], ms("2026-11-24T12:01:04Z"));
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!(world.posted(), 10);
}

#[test]
fn a_tick_that_has_asked_much_leaves_the_other_senders_to_the_next() {
    let world = TestWorld::at(NOON);
    for seq in 1..=1_100 {
        world.sender_numbered(seq, &format!("snd_{seq}"), &json!({}), &webhook());
        let id = world.campaign_of(seq, seq, 1, &json!({}));
        let at = Some(instant("2026-11-24T13:00:00Z"));
        let now = tidegate_worker::ports::Clock::now(&*world);
        ready(commands::schedule(&*world, &id, &Asked::default(), at, now)).unwrap();
    }
    world.run_until("2026-11-24T12:50:00Z");
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    let minute = instant("2026-11-24T12:58:00Z");
    let database = world.database();
    let senders = |asked: usize| {
        database.asked.set(Some(asked));
        let ticked = ready(tick::run(&*world, minute)).unwrap();
        (ticked.senders, database.asked.get())
    };
    let (first, asked) = senders(699);
    assert_eq!(first, 500);
    assert!(asked.is_some_and(|asked| asked < 720), "{asked:?}");
    assert_eq!(senders(0).0, 600);
    assert_eq!(senders(0), (0, Some(1)));
}
