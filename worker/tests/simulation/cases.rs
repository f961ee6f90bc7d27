//! What the simulation has found, each as small as it can be.

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::Instant;
use tidegate_worker::jobs::commands;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::store::Database;
use tidegate_worker::store::campaigns::{self, CampaignChange};
use tidegate_world::{TestWorld, ms, ready};

const NOON: &str = "2026-11-24T12:00:00Z";

fn at_noon(policy: &Value) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(policy, &json!({ "kind": "webhook", "url": "https://provider.example/" }));
    world
}

fn schedule(world: &TestWorld, id: &str, at: Option<Instant>) {
    ready(commands::schedule(world, id, at, world.now())).unwrap();
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
    let change = CampaignChange { policy: Some(policy.to_string()), ..CampaignChange::default() };
    let version = world.number("SELECT version FROM campaigns");
    let now = world.now().millis();
    ready(world.database().batch(campaigns::change(1, version, &change, now))).unwrap();
    world.run_until("2026-11-24T12:59:59Z");
    assert_eq!(world.posted(), 0);
    world.run_until("2026-11-24T13:10:00Z");
    assert_eq!(world.posted(), 30);
}
