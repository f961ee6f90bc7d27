//! What the simulation has found, each as small as it can be.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::Instant;
use tidegate_worker::jobs::commands::{self, Asked, Edit};
use tidegate_worker::jobs::rules;
use tidegate_worker::model::{Caller, FIRST_TEAM, Outcome};
use tidegate_worker::ports::{Clock, Pseudonyms, World};
use tidegate_worker::sql;
use tidegate_worker::store::Statement;
use tidegate_worker::store::senders::{self, SenderChange};
use tidegate_worker::store::teams::{self, TeamChange};
use tidegate_world::{TestWorld, address, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";

fn at_noon(policy: &Value) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(policy, &json!({ "kind": "webhook", "url": "https://provider.example/" }));
    world
}

fn schedule(world: &TestWorld, id: &str, at: Option<Instant>) {
    ready(commands::schedule(world, id, &Asked::default(), at, world.now())).unwrap();
}

#[test]
fn a_claim_that_takes_long_does_not_make_a_late_post() {
    let world = at_noon(&json!({ "gap": "5s" }));
    let id = world.campaign(1, 20, &json!({}));
    schedule(&world, &id, None);
    // Each claim within the first minute takes longer than a message may be late.
    let time = Rc::clone(world.time());
    *world.database().takes.borrow_mut() = Some(Box::new(move |statements| {
        let claims = statements.iter().any(|s| s.sql.contains("SET claimed = ?6"));
        if claims && time.now() < ms("2026-11-24T12:01:00Z") { 3_000 } else { 0 }
    }));
    world.run_until("2026-11-24T12:10:00Z");
    let posts = world.posts.borrow();
    assert_eq!(posts.len(), 20);
    let off_beat = posts.iter().find(|post| post.at % 5_000 != 0);
    assert_eq!(off_beat, None, "each begins at an instant that was planned");
    assert_eq!(world.status(1), "completed");
}

#[test]
fn one_that_is_late_does_not_go_in_a_blocked_time_inside_its_slice() {
    let blocked = json!({
        "name": "Fire drill", "from": "2026-11-24T12:00:21", "to": "2026-11-24T12:00:24",
    });
    let world = at_noon(&json!({ "blocked": [blocked] }));
    let id = world.campaign(1, 60, &json!({}));
    schedule(&world, &id, None);
    // The first claim takes so long that the messages before the drill are due in it.
    let time = Rc::clone(world.time());
    *world.database().takes.borrow_mut() = Some(Box::new(move |statements| {
        let claims = statements.iter().any(|s| s.sql.contains("SET claimed = ?6"));
        if claims && time.now() < ms("2026-11-24T12:00:20Z") { 1_200 } else { 0 }
    }));
    world.run_until("2026-11-24T12:10:00Z");
    let posts = world.posts.borrow();
    assert_eq!(posts.len(), 60);
    let drill = ms("2026-11-24T12:00:21Z")..ms("2026-11-24T12:00:24Z");
    assert_eq!(posts.iter().find(|post| drill.contains(&post.at)), None);
}

#[test]
fn a_campaign_that_is_put_off_does_not_start_when_it_first_should() {
    let world = at_noon(&json!({ "gap": "1s" }));
    let id = world.campaign(1, 30, &json!({}));
    schedule(&world, &id, None);
    let later = Instant::from_millis(ms("2026-11-24T13:00:00Z"));
    schedule(&world, &id, Some(later));
    world.run_until("2026-11-24T12:59:59Z");
    assert_eq!(world.posted(), 0);
    world.run_until("2026-11-24T13:10:00Z");
    assert_eq!(world.posted(), 30);
}

#[test]
fn a_campaign_whose_rules_are_changed_goes_by_the_new_ones() {
    let world = at_noon(&json!({ "gap": "1s" }));
    let id = world.campaign(1, 30, &json!({}));
    schedule(&world, &id, None);
    let policy = json!({ "windows": [{ "from": "13:00", "to": "14:00" }] });
    let edit = Edit { policy: Some(policy.to_string()), ..Edit::default() };
    ready(commands::edit(&*world, &id, &Asked::default(), &edit, world.now())).unwrap();
    world.run_until("2026-11-24T12:59:59Z");
    assert_eq!(world.posted(), 0);
    world.run_until("2026-11-24T13:10:00Z");
    assert_eq!(world.posted(), 30);
}

#[test]
fn a_change_of_rules_whose_request_dies_strands_nobody() {
    // It dies after each of its turns: two for each transaction, before and after.
    for turns in 1.. {
        let world = at_noon(&json!({ "gap": "1s" }));
        let id = world.campaign(1, 30, &json!({}));
        schedule(&world, &id, None);
        world.faults.take_turns();
        let change = SenderChange {
            policy: Some(json!({ "gap": "2s" }).to_string()),
            ..SenderChange::default()
        };
        let ended = {
            let ada = Caller::named("Ada");
            let mut request =
                std::pin::pin!(rules::change(&*world, "snd", &change, &ada, world.now()));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            (0..turns).any(|_| request.as_mut().poll(&mut context).is_ready())
        };
        world.faults.stop();
        world.run_until("2026-11-24T13:00:00Z");
        assert_eq!(world.posted(), 30, "after {turns} turns");
        assert_eq!(world.status(1), "completed", "after {turns} turns");
        if ended {
            assert!(turns > 6, "it has several transactions to die between");
            break;
        }
    }
}

/// Two messages of which the second has to wait for `gap` and expires at 12:02:30.
fn the_second_expires(gap: &str) -> Rc<TestWorld> {
    let world = at_noon(&json!({ "gap": "10s" }));
    let id = world.campaign(1, 2, &json!({}));
    let lateness = json!({ "then": "expire", "after": "2m" });
    world.sql(sql!("UPDATE campaigns SET lateness = ?1", &lateness));
    schedule(&world, &id, None);
    world.run_until("2026-11-24T12:00:25Z");
    let policy = json!({ "gap": gap });
    world.sql(sql!("UPDATE senders SET policy = ?1, version = version + 1", &policy));
    world
}

fn only_the_first_went(world: &TestWorld) {
    let rows = world.sql(sql!("SELECT status, sent, skipped FROM campaigns"));
    assert_eq!(rows[0], json!({ "status": "completed", "sent": 1, "skipped": 1 }));
    assert_eq!(world.posted(), 1);
}

#[test]
fn a_message_that_expires_while_it_is_claimed_does_not_go() {
    let world = the_second_expires("129s");
    *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
        if statements.iter().any(|s| s.sql.contains("SET claimed = ?6")) { 1_500 } else { 0 }
    }));
    world.run_until("2026-11-24T12:20:00Z");
    only_the_first_went(&world);
}

#[test]
fn a_campaign_of_which_a_tick_leaves_out_all_that_is_left_is_completed() {
    let world = the_second_expires("140s");
    world.run_until("2026-11-24T12:20:00Z");
    only_the_first_went(&world);
}

#[test]
fn what_was_claimed_so_long_ago_that_its_mark_is_forgotten_is_not_taken_for_unsent() {
    let world = at_noon(&json!({}));
    let policy = json!({ "limits": [{ "max": 1, "rolling": "20m" }] });
    world.sql(sql!("UPDATE teams SET person_policy = ?1", &policy));
    world.sql(sql!("UPDATE senders SET person_policy = ?1", &policy));
    let id = world.campaign(1, 1, &json!({}));
    schedule(&world, &id, None);
    world.answers_after_ms.set(10_000);
    while world.posted() == 0 {
        world.run_until_ms(world.now().millis() + 1_000);
    }
    assert_eq!(world.number("SELECT claimed - settled FROM handovers"), 1);
    world.crash();
    world.miss_cron_until("2026-11-24T12:25:00Z");
    // As the sweep does with what no limit counts any more.
    let now = ms("2026-11-24T12:25:00Z");
    world.sql(sql!("DELETE FROM person_sends WHERE until_ms <= ?1", now));
    assert_eq!(world.number("SELECT count(*) FROM person_sends"), 0);
    world.run_until("2026-11-24T13:25:00Z");
    assert_eq!(world.posted(), 1);
    assert_eq!(world.number("SELECT unknown FROM campaigns"), 1);
}

#[test]
fn what_somebody_else_sent_to_a_person_who_was_forgotten_meanwhile_counts() {
    let world = at_noon(&json!({ "gap": "20s" }));
    let policy = json!({ "limits": [{ "max": 1, "rolling": "20m" }] });
    world.sql(sql!("UPDATE teams SET person_policy = ?1", &policy));
    world.sql(sql!("UPDATE senders SET person_policy = ?1", &policy));
    let id = world.campaign(1, 2, &json!({}));
    let second = address(1, 1);
    let hash = world.pseudonym(&format!("team_main\nsms\n{second}"));
    let counts = |sends: &Value, until: &str| {
        let until = ms(until);
        let sends = sends.to_string();
        let row = sql!("INSERT INTO person_sends VALUES (?1, ?2, ?3)", &hash, &sends, until);
        world.sql(row);
    };
    // When the slice begins, the second was last written to half an hour ago.
    counts(&json!([[ms("2026-11-24T11:30:00Z"), 7, 0, 0]]), "2026-11-24T11:50:00Z");
    schedule(&world, &id, None);
    while world.posted() == 0 {
        world.run_until_ms(world.now().millis() + 1_000);
    }
    // Between the two of the slice that is forgotten, and another sender writes to them.
    world.sql(sql!("DELETE FROM person_sends WHERE hash = ?1", &hash));
    counts(&json!([[world.now().millis(), 8, 0, 0]]), "2026-11-24T12:30:00Z");
    world.run_until("2026-11-24T12:15:00Z");
    assert_eq!(world.posted(), 1);
    world.run_until("2026-11-24T12:45:00Z");
    assert_eq!(world.posted(), 2);
}

#[test]
fn what_comes_back_while_a_tick_commits_that_knew_of_nothing_more_is_looked_for() {
    let world = at_noon(&json!({ "gap": "25s" }));
    let id = world.campaign(1, 4, &json!({}));
    schedule(&world, &id, None);
    world.run_until("2026-11-24T12:00:55Z");
    assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE cursor = total"), 1);
    // All are committed. A tick looks at the sender for another reason, and takes long to say that there is
    // nothing more; meanwhile the provider asks for time, and what is left comes back.
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    let time = Rc::clone(world.time());
    *world.database().takes.borrow_mut() = Some(Box::new(move |statements| {
        let commits = statements.iter().any(|s| s.sql.contains("tick_no = CASE"));
        if commits && time.now() < ms("2026-11-24T12:01:10Z") { 50_000 } else { 0 }
    }));
    let time = Rc::clone(world.time());
    *world.answer.borrow_mut() = Box::new(move |_| match time.now() {
        now if now < ms("2026-11-24T12:02:00Z") => {
            Outcome::Later { after_ms: 120_000, detail: "HTTP 503".into() }
        }
        _ => Outcome::Taken { reference: None },
    });
    world.run_until("2026-11-24T12:20:00Z");
    assert_eq!(world.status(1), "completed");
}

/// Asks that all go within minutes where rules let nobody go for a day, set by `rules`, and `change` loosens them
/// ten seconds into the 50 s that a tick takes to commit what it had planned by them.
fn goes_soon(rules: fn(&Value) -> Statement, change: Vec<Statement>) {
    let (from, to) = ("2026-11-24T12:00:00", "2026-11-25T12:00:00");
    let world = at_noon(&json!({}));
    let id = world.campaign(1, 3, &json!({}));
    world.sql(rules(&json!({ "blocked": [{ "name": "Closed", "from": from, "to": to }] })));
    schedule(&world, &id, None);
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    let first = Cell::new(true);
    *world.database().takes.borrow_mut() = Some(Box::new(move |statements| {
        let commits = statements.iter().any(|s| s.sql.contains("tick_no = CASE"));
        if commits && first.take() { 50_000 } else { 0 }
    }));
    world.later(ms("2026-11-24T12:01:10Z"), move |world| {
        for statement in change {
            world.sql(statement);
        }
    });
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!(world.status(1), "completed");
}

#[test]
fn rules_that_a_team_loosens_while_a_tick_commits_hold_within_minutes() {
    let change = TeamChange { policy: Some("{}".into()), ..TeamChange::default() };
    let mut change = vec![teams::change(FIRST_TEAM, 1, &change)];
    change.extend(teams::hand_down(FIRST_TEAM, "Ada", ms("2026-11-24T12:01:10Z")));
    goes_soon(|closed| sql!("UPDATE senders SET team_policy = ?1", closed), change);
}

/// And where all but the first statement of the change is lost.
#[test]
fn rules_of_a_sender_that_are_loosened_while_a_tick_commits_hold_within_minutes() {
    let change = SenderChange { policy: Some("{}".into()), ..SenderChange::default() };
    let change = senders::change(FIRST_TEAM, "snd", &change, ms("2026-11-24T12:01:10Z"));
    goes_soon(|closed| sql!("UPDATE senders SET policy = ?1", closed), vec![change]);
}

#[test]
fn what_a_tick_ends_by_rules_that_are_loosened_while_it_commits_goes_on() {
    let world = at_noon(&json!({ "gap": "1s", "ends_at": "2026-11-24T12:00:50Z" }));
    let id = world.campaign(1, 100, &json!({}));
    schedule(&world, &id, None);
    let first = Cell::new(true);
    *world.database().takes.borrow_mut() = Some(Box::new(move |statements| {
        let ends = statements.iter().any(|s| s.sql.contains("end_reason = j.value"));
        if ends && first.take() { 30_000 } else { 0 }
    }));
    world.later(ms("2026-11-24T12:01:10Z"), |world| {
        let change = SenderChange { policy: Some("{}".into()), ..SenderChange::default() };
        world.sql(senders::change(FIRST_TEAM, "snd", &change, ms("2026-11-24T12:01:10Z")));
    });
    world.run_until("2026-11-24T12:10:00Z");
    assert_eq!((world.status(1).as_str(), world.posted()), ("completed", 100));
}

#[test]
fn a_slice_that_ends_while_a_tick_gives_up_what_is_left_is_not_the_end_of_the_looking() {
    let world = at_noon(&json!({ "gap": "30m" }));
    let id = world.campaign(1, 2, &json!({}));
    let lateness = json!({ "then": "expire", "after": "1s" });
    world.sql(sql!("UPDATE campaigns SET lateness = ?1", &lateness));
    world.run_until("2026-11-24T12:00:25Z");
    schedule(&world, &id, None);
    // The second was promised for a time that is over.
    world.sql(sql!("UPDATE kept_plans SET instants = json_set(instants, '$.runs[0][2]', 1)"));
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    // The slice of the first ends after the tick has read it, and before that commits.
    *world.database().takes.borrow_mut() = Some(Box::new(|statements| {
        let has = |part: &str| statements.iter().any(|s| s.sql.contains(part));
        match (has("SET done = 1, claimed = settled"), has("tick_no = CASE")) {
            (true, _) => 25_000,
            (_, true) => 50_000,
            _ => 0,
        }
    }));
    world.run_until("2026-11-24T12:20:00Z");
    only_the_first_went(&world);
}
