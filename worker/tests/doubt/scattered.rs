//! Backlogs of very many people who are no neighbours: more than a parameter holds.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::jobs::tick;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ms, ready};

use crate::{HOUR_MS, NOON, schedule};

const PEOPLE: i64 = 100_000;

/// A campaign under way of which everybody was released and every other person came back, to go at
/// `due_ms`.
fn scattered(due_ms: i64, charged: Option<&str>, doubts: i64) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &fast());
    world.campaign(1, 0, &json!({}));
    world.sql(sql!(
        "UPDATE campaigns SET status = 'in_progress', total = ?1, cursor = ?1, starts_ms = 0,
                              started_ms = 0 WHERE seq = 1",
        PEOPLE,
    ));
    world.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 2 FROM n WHERE i + 2 < CAST(?1 AS INTEGER))
         INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
         SELECT 1, i, 1, ?2, ?3, ?4 FROM n",
        PEOPLE,
        due_ms,
        charged,
        doubts,
    ));
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    world
}

fn fast() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/", "per_second": 1_000 })
}

fn ticked(world: &Rc<TestWorld>) -> tick::Ticked {
    let ticked = ready(tick::one(&**world, 1)).unwrap();
    assert!(ticked.errors.is_empty(), "{:?}", ticked.errors);
    assert_eq!(ticked.senders, 1, "it is committed");
    ticked
}

/// The rows of the backlog that a tick deletes and inserts.
fn backlog_written(world: &Rc<TestWorld>) -> Rc<Cell<i64>> {
    let written = Rc::new(Cell::new(0));
    let seen = Rc::clone(&written);
    *world.database().witness.borrow_mut() = Some(Box::new(move |statements, answers| {
        for (statement, answer) in statements.iter().zip(answers) {
            let sql = statement.sql;
            if sql.starts_with("DELETE FROM backlog") || sql.starts_with("INSERT INTO backlog") {
                seen.set(seen.get() + answer.changes);
            }
        }
    }));
    written
}

#[test]
fn who_waits_until_tomorrow_is_not_written_anew_because_somebody_goes() {
    let world = scattered(ms(NOON) + 24 * HOUR_MS, None, 0);
    world.sql(sql!("UPDATE backlog SET due_ms = 0 WHERE first = 50000"));
    let written = backlog_written(&world);
    assert_eq!(ticked(&world).messages, 1);
    assert_eq!(written.get(), 1, "only that it goes");
    assert_eq!(world.number("SELECT count(*) FROM backlog"), PEOPLE / 2 - 1);
}

#[test]
fn the_places_of_fifty_thousand_are_given_back_in_one_tick() {
    let world = scattered(ms(NOON) + 24 * HOUR_MS, Some(r#"{"start":0,"every":0}"#), 0);
    ticked(&world);
    assert_eq!(world.number("SELECT count(*) FROM backlog WHERE charged IS NULL"), PEOPLE / 2);
    let firsts: i64 = (0..PEOPLE).step_by(2).sum();
    assert_eq!(world.number("SELECT sum(first) FROM backlog"), firsts);
}

#[test]
fn fifty_thousand_go_with_one_tick() {
    let world = scattered(0, None, 0);
    assert_eq!(ticked(&world).messages, PEOPLE / 2);
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 0);
    assert_eq!(world.number("SELECT sum(count) FROM handovers"), PEOPLE / 2);
    let numbered =
        "SELECT count(DISTINCT slice) = count(*) AND max(slice) = count(*) - 1 FROM handovers";
    assert_eq!(world.number(numbered), 1, "as the queue names them");
}

/// The most messages that were left out with one commit.
fn most_left_out(world: &Rc<TestWorld>) -> Rc<Cell<i64>> {
    let most = Rc::new(Cell::new(0));
    let seen = Rc::clone(&most);
    *world.database().witness.borrow_mut() = Some(Box::new(move |statements, answers| {
        let each = statements.iter().zip(answers);
        let news = each.filter(|(statement, _)| statement.sql.starts_with(LEFT_OUT));
        seen.set(seen.get().max(news.map(|(_, answer)| answer.changes).sum()));
    }));
    most
}

const LEFT_OUT: &str = "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, reason)\n";

#[test]
fn a_sender_leaves_ten_thousand_out_with_a_tick_and_the_campaign_with_the_fewest_first() {
    let world = TestWorld::at(NOON);
    world.sender(&json!({}), &fast());
    for (seq, people) in [(1, 25_000), (2, 8_000), (3, 5)] {
        let id = world.campaign(seq, people, &json!({}));
        let lateness = json!({ "then": "expire", "after": "1h" });
        world.sql(sql!("UPDATE campaigns SET lateness = ?1", &lateness));
        schedule(&world, &id);
    }
    world.sql(sql!("DELETE FROM handovers"));
    world.sql(sql!("UPDATE campaigns SET cursor = 0"));
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    world.miss_cron_until("2026-11-24T20:00:00Z");
    let most = most_left_out(&world);
    world.run_until("2026-11-24T20:00:30Z");
    let skipped: Vec<i64> = [
        "SELECT skipped FROM campaigns WHERE seq = 1",
        "SELECT skipped FROM campaigns WHERE seq = 2",
        "SELECT skipped FROM campaigns WHERE seq = 3",
    ]
    .map(|sql| world.number(sql))
    .to_vec();
    assert_eq!(skipped, [1_995, 8_000, 5]);
    world.run_until("2026-11-24T20:30:00Z");
    assert_eq!(most.get(), 10_000);
    assert_eq!(world.number("SELECT sum(skipped) FROM campaigns"), 33_005);
    assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE status = 'completed'"), 3);
    assert_eq!(world.posted(), 0);
}

#[test]
fn fifty_thousand_in_doubt_are_given_up_bit_by_bit_before_their_campaign_ends() {
    let ends = json!({ "ends_at": "2026-11-24T11:00:00Z" });
    for (status, policy, ended) in
        [("stopped", json!({}), "stopped"), ("in_progress", ends, "completed")]
    {
        let world = scattered(0, None, 1);
        world.sql(sql!(
            "INSERT INTO backlog (campaign_seq, first, count, due_ms, charged, doubtful)
             VALUES (1, 99999, 1, 0, NULL, 0)"
        ));
        world.sql(sql!("UPDATE campaigns SET status = ?1, policy = ?2", status, &policy));
        let most = most_left_out(&world);
        world.run_until("2026-11-24T12:04:30Z");
        assert_eq!(world.number("SELECT unknown FROM campaigns"), 40_000);
        assert_eq!(world.status(1), status, "it does not end before all is known");
        world.run_until("2026-11-24T12:10:00Z");
        assert_eq!((most.get(), world.status(1).as_str()), (10_000, ended));
        assert_eq!(world.number("SELECT unknown FROM campaigns"), PEOPLE / 2);
        assert_eq!(
            world.number("SELECT count(*) FROM messages WHERE status = 'unknown'"),
            PEOPLE / 2
        );
        assert_eq!(world.number("SELECT count(*) FROM backlog"), 0);
        assert_eq!(world.posted(), 0);
    }
}
