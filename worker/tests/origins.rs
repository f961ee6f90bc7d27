//! What a sender's ledger holds beside its broadcasts: sends by hand elsewhere, and singles.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::recordings::{self, Sends, Told};
use tidegate_worker::jobs::singles::{self, Accepted, Wanted};
use tidegate_worker::jobs::{CommandError, outlook};
use tidegate_worker::model::{Caller, Channel, Content, FIRST_TEAM, Outcome, Person};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, instant, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";
const NOON_MS: i64 = 1_795_521_600_000;
const HOUR_MS: i64 = 3_600_000;

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

/// The instants of a run.
fn times(planned: &tidegate::PlannedRun) -> impl Iterator<Item = i64> + use<> {
    let run = planned.run;
    let count = i64::try_from(run.count).unwrap();
    (0..count).map(move |k| run.start.millis() + k * run.every)
}

fn schedule(world: &TestWorld, id: &str) {
    ready(commands::schedule(world, id, &Asked::default(), None, world.now())).unwrap();
}

fn record(world: &TestWorld, key: &str, sends: &[Sends]) -> Result<bool, CommandError> {
    let told = Told { sender_id: "snd", key, sends, by: &Caller::named("Ada") };
    ready(recordings::record(world, &told, world.now())).map(|(_, is_new)| is_new)
}

fn single(world: &TestWorld, id: &str, to: &str) -> Result<Accepted, CommandError> {
    let wanted = Wanted {
        sender_id: "snd",
        channel: Channel::Sms,
        id,
        content: Content { text: "Just you".into(), ..Content::default() },
        person: Person { to: to.into(), zone: None, fields: serde_json::Map::new() },
        purpose: None,
        by: &Caller::named("Ada"),
    };
    ready(singles::send(world, &wanted, world.now()))
}

/// How many of a sender's charges there are of an origin.
fn charged(world: &TestWorld, origin: &str) -> i64 {
    world.sql(sql!(
        "SELECT coalesce(sum(r.value ->> 'count'), 0) AS n FROM ledger, json_each(runs) r
         WHERE coalesce(r.value ->> 'origin', 'queued') = ?1",
        origin
    ))[0]["n"]
        .as_i64()
        .unwrap()
}

fn limited(counts: Option<&str>) -> Value {
    let mut limit = json!({ "max": 10, "rolling": "24h" });
    if let Some(counts) = counts {
        limit["counts"] = json!(counts);
    }
    json!({ "gap": "2s", "limits": [limit] })
}

#[test]
fn sends_by_hand_take_their_places_in_the_limits() {
    for (counts, through) in [(None, 3), (Some("queued"), 10)] {
        let world = TestWorld::at(NOON);
        world.sender(&limited(counts), &webhook());
        let id = world.campaign(1, 30, &json!({}));
        let sends = [
            Sends { at: NOON_MS - 2 * HOUR_MS, count: 5, every_ms: 60_000 },
            Sends { at: NOON_MS, count: 2, every_ms: 0 },
        ];
        assert!(record(&world, "monday", &sends).unwrap());
        schedule(&world, &id);
        world.run_until("2026-11-24T18:00:00Z");
        assert_eq!(world.posted(), through, "{counts:?}");
        assert_eq!(charged(&world, "manual"), 7);
        let waiting =
            ready(outlook::waiting(world.database(), FIRST_TEAM, &id, world.now())).unwrap();
        let first_free = if counts.is_some() { world.posts.borrow()[0].at } else { sends[0].at };
        assert_eq!(waiting.unwrap()["until"], first_free + 24 * HOUR_MS);
    }
}

#[test]
fn what_is_recorded_while_messages_are_committed_holds_them_too() {
    for second in [1, 20, 21, 24] {
        let world = TestWorld::at(NOON);
        world.sender(&limited(None), &webhook());
        let id = world.campaign(1, 30, &json!({}));
        schedule(&world, &id);
        assert_eq!(charged(&world, "queued"), 10, "all places are committed");
        world.run_until_ms(NOON_MS + second * 1_000 + 500);
        let before = world.posted();
        let now = world.now().millis();
        record(&world, "now", &[Sends { at: now, count: 8, every_ms: 0 }]).unwrap();
        world.run_until("2026-11-24T20:00:00Z");
        let most = before.max(2);
        assert_eq!(world.posted(), most, "recorded after {second} s, when {before} had gone");
        assert_eq!(charged(&world, "queued"), i64::try_from(most).unwrap());
    }
}

#[test]
fn what_is_recorded_each_minute_holds_nothing_up() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "2s" }), &webhook());
    let id = world.campaign(1, 1_000, &json!({}));
    schedule(&world, &id);
    for minute in 0..10 {
        world.run_until_ms(NOON_MS + minute * 60_000 + 30_500);
        let now = world.now().millis();
        record(&world, &format!("m{minute}"), &[Sends { at: now, count: 1, every_ms: 0 }]).unwrap();
    }
    // One in two seconds, and after each recording a few seconds in which what follows is planned.
    let posted = world.posted();
    assert!(posted > 220, "{posted} of 285 went");
}

#[test]
fn the_same_key_is_the_same_recording() {
    let world = TestWorld::at(NOON);
    world.sender(&limited(None), &webhook());
    let sends = [Sends { at: NOON_MS - HOUR_MS, count: 4, every_ms: 1_000 }];
    assert!(record(&world, "key", &sends).unwrap());
    assert!(!record(&world, "key", &sends).unwrap());
    assert_eq!(charged(&world, "manual"), 4);
    let others = [Sends { count: 5, ..sends[0] }];
    let refusal = record(&world, "key", &others).unwrap_err();
    let CommandError::Invalid(problems) = refusal else { panic!("{refusal:?}") };
    assert_eq!(problems[0].code, "key_reused");
    assert!(record(&world, "another", &others).unwrap());
    assert_eq!(charged(&world, "manual"), 9);
    let listed = ready(recordings::page(world.database(), FIRST_TEAM, "snd", None, 10)).unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed[0].seq > listed[1].seq);
}

#[test]
fn a_recording_over_many_days_is_in_the_row_of_each() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "limits": [{ "max": 50, "rolling": "24h" }] }), &webhook());
    let sends = [Sends { at: NOON_MS - 10 * 24 * HOUR_MS, count: 241, every_ms: HOUR_MS }];
    record(&world, "days", &sends).unwrap();
    assert_eq!(world.number("SELECT count(*) FROM ledger"), 11);
    assert_eq!(charged(&world, "manual"), 241);
    // 24 of them count at noon: those of the last 24 hours.
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(world.posted(), 26);
}

#[test]
fn a_single_goes_before_the_broadcasts_and_at_the_instant_it_was_told() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "10s" }), &webhook());
    let id = world.campaign(1, 200, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T12:05:03.300Z");
    let accepted = single(&world, "sgl_1", "+33600000001").unwrap();
    let at = accepted.at.unwrap();
    assert!(at.since(world.now()) < 180_000, "what is committed goes before it, no more");
    let again = single(&world, "sgl_1", "+33600000001").unwrap();
    assert_eq!(again.at, Some(at), "the same id is the same message");
    world.run_until("2026-11-24T13:30:00Z");
    let posts = world.posts.borrow();
    let alone: Vec<_> = posts.iter().filter(|post| post.id.starts_with("sgl_")).collect();
    assert_eq!((alone.len(), alone[0].at), (1, at.millis()));
    assert_eq!((alone[0].to.as_str(), alone[0].text.as_str()), ("+33600000001", "Just you"));
    assert_eq!(posts.len(), 201);
    assert!(posts.windows(2).all(|pair| pair[1].at - pair[0].at >= 10_000));
    assert_eq!(charged(&world, "single"), 1);
    let status = world.sql(sql!("SELECT status FROM campaigns WHERE id = 'sgl_1'"));
    assert_eq!(status[0]["status"], "completed");
}

#[test]
fn a_single_obeys_hours_and_limits_and_says_what_it_waits_for() {
    let world = TestWorld::at(NOON);
    let policy = json!({
        "windows": [{ "from": "13:00", "to": "14:00" }],
        "limits": [{ "max": 2, "rolling": "24h" }],
    });
    world.sender(&policy, &webhook());
    let mut told = Vec::new();
    for number in 0..4 {
        let id = format!("sgl_{number}");
        let accepted = single(&world, &id, &format!("+3360000000{number}")).unwrap();
        assert!(accepted.waiting.unwrap()["because"][0]["text"].is_string());
        told.push(accepted.at.unwrap().millis());
    }
    let one = ms("2026-11-24T13:00:00Z");
    assert_eq!(told, [one, one + 20, one + 24 * HOUR_MS, one + 24 * HOUR_MS + 20]);
    world.run_until("2026-11-26T12:00:00Z");
    let seen: Vec<_> = world.posts.borrow().iter().map(|post| post.at).collect();
    assert_eq!(seen, told);
}

#[test]
fn a_limit_on_what_is_queued_does_not_count_singles() {
    let world = TestWorld::at(NOON);
    world.sender(&limited(Some("queued")), &webhook());
    for number in 0..6 {
        single(&world, &format!("sgl_{number}"), &format!("+3360000000{number}")).unwrap();
    }
    let id = world.campaign(100, 30, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T18:00:00Z");
    assert_eq!(world.posted(), 16);
    assert_eq!((charged(&world, "single"), charged(&world, "queued")), (6, 10));
}

#[test]
fn whoever_has_opted_out_gets_no_single() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "windows": [{ "from": "13:00", "to": "14:00" }] }), &webhook());
    let opt_out = |to: &str| {
        world.sql(sql!(
            "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
             VALUES ('team_main', 'sms', ?1, 'stop', 'reply', 0)",
            to
        ));
    };
    opt_out("+33600000001");
    let refusal = single(&world, "sgl_1", "+33600000001").unwrap_err();
    let CommandError::Invalid(problems) = refusal else { panic!("{refusal:?}") };
    assert_eq!((problems[0].path.as_str(), problems[0].code), ("to", "opted_out"));
    // And not if it happens before it goes.
    single(&world, "sgl_2", "+33600000002").unwrap();
    opt_out("+33600000002");
    world.run_until("2026-11-24T15:00:00Z");
    assert_eq!(world.posted(), 0);
    assert_eq!(world.number("SELECT skipped FROM campaigns"), 1);
}

#[test]
fn a_single_that_would_never_go_is_refused_with_the_reason() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "ends_at": "2026-11-24T11:00:00Z" }), &webhook());
    let refusal = single(&world, "sgl_1", "+33600000001").unwrap_err();
    let CommandError::Invalid(problems) = refusal else { panic!("{refusal:?}") };
    assert_eq!(problems[0].code, "never");
    assert!(problems[0].message.contains("ended"), "{}", problems[0].message);
    assert_eq!(world.number("SELECT count(*) FROM campaigns"), 0);
}

#[test]
fn a_preview_knows_the_singles_that_wait() {
    let world = TestWorld::at(NOON);
    let policy = json!({
        "windows": [{ "from": "13:00", "to": "18:00" }],
        "gap": "30s",
        "limits": [{ "max": 40, "rolling": "24h" }],
    });
    world.sender(&policy, &webhook());
    let id = world.campaign(50, 60, &json!({}));
    schedule(&world, &id);
    for number in 0..5 {
        single(&world, &format!("sgl_{number}"), &format!("+3360000000{number}")).unwrap();
    }
    let now = instant("2026-11-24T12:10:00Z");
    world.run_until("2026-11-24T12:10:00Z");
    let mut document = ready(outlook::of_sender(world.database(), FIRST_TEAM, "snd", now)).unwrap();
    document.as_object_mut().unwrap().remove("starts_at");
    assert_eq!(document["lanes"].as_array().unwrap().len(), 1);
    let request = tidegate::request::parse_plan(&document).unwrap();
    let planned: Vec<i64> = tidegate::plan(&request).runs.iter().flat_map(times).collect();
    assert_eq!(planned[0], ms("2026-11-24T13:02:30Z"), "behind five singles");
    world.run_until("2026-11-27T00:00:00Z");
    let posts = world.posts.borrow();
    let seen: Vec<_> =
        posts.iter().filter(|post| post.id.starts_with("cmp_")).map(|post| post.at).collect();
    assert_eq!(seen, planned);
    assert_eq!(posts.len(), 65);
}

#[test]
fn a_single_to_a_provider_that_asks_for_time_goes_later_and_holds_up_nobody() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    *world.answer.borrow_mut() = Box::new(move |post| {
        if post.at < ms("2026-11-24T12:10:00Z") && post.id.starts_with("sgl_") {
            Outcome::Later { after_ms: 120_000, detail: String::new() }
        } else {
            Outcome::Taken { reference: None }
        }
    });
    single(&world, "sgl_1", "+33600000001").unwrap();
    let id = world.campaign(7, 100, &json!({}));
    schedule(&world, &id);
    world.run_until("2026-11-24T13:00:00Z");
    let taken = |prefix: &str| {
        let posts = world.posts.borrow();
        posts.iter().filter(|post| post.taken && post.id.starts_with(prefix)).count()
    };
    assert_eq!((taken("cmp_"), taken("sgl_")), (100, 1));
}

/// A whole campaign that could not go keeps nobody else from it.
#[test]
fn a_large_campaign_outside_its_hours_leaves_the_sender_to_the_next() {
    let world: Rc<TestWorld> = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "1s" }), &webhook());
    let morning = json!({ "windows": [{ "from": "09:00", "to": "12:00" }] });
    let large = world.campaign(1, 5, &morning);
    world.sql(sql!("UPDATE campaigns SET total = 3000000"));
    schedule(&world, &large);
    let small = world.campaign(2, 50, &json!({}));
    schedule(&world, &small);
    world.run_until("2026-11-24T12:30:00Z");
    assert_eq!(world.posted(), 50);
}
