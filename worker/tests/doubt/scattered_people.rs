//! Slices of people who are no neighbours: what is read to hand one over.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_world::{TestWorld, address};

use crate::{NOON, webhook};

/// So many that one of each page are in one slice.
const PEOPLE: i64 = 3_000;

/// What was read so far.
#[derive(Default)]
struct Read {
    /// Bytes of people.
    bytes: Cell<usize>,
    /// The most people whose sends were asked for at once.
    asked: Cell<usize>,
}

fn seen(world: &Rc<TestWorld>) -> Rc<Read> {
    let read = Rc::new(Read::default());
    let seen = Rc::clone(&read);
    *world.database().witness.borrow_mut() = Some(Box::new(move |statements, answers| {
        for (statement, answer) in statements.iter().zip(answers) {
            if statement.sql.contains("FROM json_each(?2) j CROSS JOIN people p") {
                let bytes: usize = answer.rows.iter().map(|row| row.to_string().len()).sum();
                seen.bytes.set(seen.bytes.get() + bytes);
            } else if statement.sql.contains("FROM json_each(?1) j CROSS JOIN person_sends") {
                let hashes = format!("{:?}", statement.params).matches(',').count() + 1;
                seen.asked.set(seen.asked.get().max(hashes));
            }
        }
    }));
    read
}

/// A campaign under way of which everybody was released, and these came back.
fn with_backlog(came_back: &str) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    world.sender(&json!({ "gap": "400ms" }), &webhook());
    world.campaign(1, PEOPLE, &json!({}));
    let limits = json!({ "limits": [{ "max": 1, "rolling": "24h" }] });
    world.sql(sql!("UPDATE teams SET person_policy = ?1", &limits));
    world.sql(sql!("UPDATE senders SET person_policy = ?1, due_ms = 0", &limits));
    world.sql(sql!(
        "UPDATE campaigns SET status = 'in_progress', cursor = total, starts_ms = 0, started_ms = 0
         WHERE seq = 1"
    ));
    let came_back: Value = serde_json::from_str(came_back).unwrap();
    world.sql(sql!(
        "INSERT INTO backlog (campaign_seq, first, count, due_ms)
         SELECT 1, value ->> 0, value ->> 1, 0 FROM json_each(?1)",
        &came_back,
    ));
    world
}

/// Runs it, and says whom it wrote to.
fn written_to(world: &Rc<TestWorld>) -> Vec<String> {
    world.run_until("2026-11-24T12:10:00Z");
    let mut to: Vec<_> = world.posts.borrow().iter().map(|post| post.to.clone()).collect();
    to.sort();
    to
}

#[test]
fn of_a_page_of_which_one_comes_back_nobody_else_is_read() {
    let came_back: Vec<_> = (0..PEOPLE / 100).map(|page| (page * 100 + page, 1)).collect();
    let world = with_backlog(&json!(came_back).to_string());
    let read = seen(&world);
    let people: Vec<_> = came_back.iter().map(|(ordinal, _)| address(1, *ordinal)).collect();
    assert_eq!(written_to(&world), people);
    assert!(read.bytes.get() < 100 * people.len(), "{} bytes", read.bytes.get());
    assert!(read.asked.get() <= people.len(), "{} people", read.asked.get());
}

#[test]
fn of_a_page_that_is_read_whole_nobody_else_is_looked_up() {
    let world = with_backlog("[[95, 10], [2999, 1]]");
    let read = seen(&world);
    let people: Vec<_> = (95..105).chain([2_999]).map(|ordinal| address(1, ordinal)).collect();
    assert_eq!(written_to(&world), people);
    assert!(read.asked.get() <= people.len(), "{} people", read.asked.get());
}
