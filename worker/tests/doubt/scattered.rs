//! Backlogs of very many people who are no neighbours: more than a parameter holds.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::jobs::tick;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ms, ready};

use crate::{HOUR_MS, NOON};

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
