//! What a tick reads of what came back: nothing that it cannot plan, and no more at a time than fits.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::json;
use tidegate_worker::jobs::tick;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::store::ticks;
use tidegate_world::counted::Counted;
use tidegate_world::{TestWorld, instant, ms, ready};

use crate::{HOUR_MS, NOON, webhook};

/// A world with a sender for each of these, whose campaign, which has the same number, has so many people
/// who wait until tomorrow, every other of the released.
fn waiting(each: &[i64]) -> Rc<TestWorld> {
    let world = TestWorld::at(NOON);
    for (seq, &entries) in (1..).zip(each) {
        world.sender_numbered(seq, &format!("snd_{seq}"), &json!({}), &webhook());
        world.campaign_of(seq, seq, 0, &json!({}));
        world.sql(sql!(
            "UPDATE campaigns SET status = 'in_progress', total = 2 * ?1, cursor = 2 * ?1,
                                  starts_ms = 0, started_ms = 0 WHERE seq = ?2",
            entries,
            seq,
        ));
        world.sql(sql!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST(?1 AS INTEGER))
             INSERT INTO backlog (campaign_seq, first, count, due_ms) SELECT ?2, 2 * i, 1, ?3 FROM n",
            entries,
            seq,
            ms(NOON) + 24 * HOUR_MS,
        ));
    }
    world.sql(sql!("UPDATE senders SET due_ms = 0"));
    world
}

/// Ticks, and says the most rows, and the most bytes, that one question brought of backlogs.
fn most_read(world: &Rc<TestWorld>) -> (usize, usize) {
    let most = Rc::new(Cell::new((0, 0)));
    let seen = Rc::clone(&most);
    *world.database().witness.borrow_mut() = Some(Box::new(move |statements, answers| {
        for (statement, answer) in statements.iter().zip(answers) {
            if statement.sql.starts_with("SELECT b.campaign_seq") {
                let bytes = answer.rows.iter().map(|row| row.to_string().len()).sum::<usize>();
                let (rows, before) = seen.get();
                seen.set((rows.max(answer.rows.len()), bytes.max(before)));
            }
        }
    }));
    let ticked = ready(tick::run(&**world, instant(NOON))).unwrap();
    assert!(ticked.errors.is_empty(), "{:?}", ticked.errors);
    most.get()
}

#[test]
fn of_a_paused_campaign_nobody_is_read_who_waits() {
    let world = waiting(&[1_000, 1]);
    world.sql(sql!("UPDATE campaigns SET sender_seq = 2, status = 'paused' WHERE seq = 1"));
    let place = json!({ "start": 0, "every": 0 });
    world.sql(sql!("UPDATE backlog SET charged = ?1 WHERE campaign_seq = 1 AND first = 4", &place));
    let (rows, bytes) = most_read(&world);
    assert!(rows == 2 && bytes < 1_000, "{rows} rows, {bytes} bytes");
    assert_eq!(world.number("SELECT count(*) FROM backlog WHERE charged IS NOT NULL"), 0);
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 1_001);
}

#[test]
fn a_hundred_thousand_who_wait_are_a_few_rows() {
    let world = waiting(&[100_000]);
    let (rows, bytes) = most_read(&world);
    assert!(rows <= 20 && bytes < 4_000_000, "{rows} rows, {bytes} bytes");
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 100_000);
}

#[test]
fn of_a_sender_of_whom_half_a_million_wait_the_soonest_are_read() {
    let world = waiting(&[250_000, 1]);
    // The last of them may go at once, and the place of one before them is given back.
    let place = json!({ "start": 0, "every": 0 });
    world.sql(sql!("UPDATE backlog SET due_ms = 0 WHERE campaign_seq = 1 AND first > 499980"));
    world.sql(sql!(
        "UPDATE backlog SET charged = ?1 WHERE campaign_seq = 1 AND first = 300000",
        &place
    ));
    let (rows, bytes) = most_read(&world);
    assert!(rows <= 50 && bytes < 4_000_000, "{rows} rows, {bytes} bytes");
    assert_eq!(world.number("SELECT count(*) FROM backlog WHERE campaign_seq = 1"), 249_991);
    assert_eq!(world.number("SELECT count(*) FROM backlog WHERE charged IS NOT NULL"), 0);
    assert_eq!(world.number("SELECT sum(count) FROM handovers WHERE campaign_seq = 1"), 9);
    assert_eq!(world.number("SELECT sum(tick_no) FROM senders"), 2);
}

#[test]
fn nobody_of_half_a_million_is_left_when_their_campaign_ends() {
    let world = waiting(&[250_000]);
    world.sql(sql!("UPDATE campaigns SET policy = '{\"ends_at\":\"2026-11-01T00:00:00Z\"}'"));
    world.run_until("2026-11-24T12:05:00Z");
    assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE status = 'completed'"), 1);
    assert_eq!(world.number("SELECT count(*) FROM backlog"), 0);
    assert_eq!(world.number("SELECT count(*) FROM handovers"), 0);
}

#[test]
fn senders_of_whom_many_wait_are_not_read_together() {
    let world = waiting(&[10_000; 6]);
    let (rows, bytes) = most_read(&world);
    assert!(rows <= 6 && bytes < 800_000, "{rows} rows, {bytes} bytes");
    assert_eq!(world.number("SELECT sum(tick_no) FROM senders"), 6);
}

#[test]
fn what_waits_for_others_is_not_read() {
    let scene = Counted::new();
    scene.run(
        "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
           VALUES (1, 'one', 'team_main', '', 'sms', '{}', '{}', 0),
                  (2, 'other', 'team_main', '', 'sms', '{}', '{}', 0);
         INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, policy, total, status, created_ms)
           VALUES (1, 'cmp_1', 'team_main', 1, '', '{}', '{}', 9, 'stopped', 0),
                  (2, 'cmp_2', 'team_main', 2, '', '{}', '{}', 9, 'in_progress', 0),
                  (3, 'cmp_3', 'team_main', 2, '', '{}', '{}', 9, 'paused', 0);
         INSERT INTO backlog (campaign_seq, first, count, due_ms) VALUES (1, 0, 1, 0)",
    );
    scene.fill(
        10_000,
        "INSERT INTO backlog (campaign_seq, first, count, due_ms) SELECT 2 + i % 2, i, 1, 0 FROM n",
    );
    let (campaigns, steps) = scene.cost(&ticks::campaigns(&[1], None));
    assert_eq!(campaigns, 1, "its places are given back");
    assert!(steps < 1_000, "{steps} steps");
}
