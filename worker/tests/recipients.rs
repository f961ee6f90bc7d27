//! The index that finds a person in campaigns of a million, and what the questions to it read.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_world::{TestWorld, address, ready};

use tidegate_worker::jobs::recipient_index::{self as job, Hasher};
use tidegate_worker::model::Channel;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::store::recipient_index::{self, FoundRow, PendingRow};
use tidegate_worker::store::{
    Answer, Database, LAST_MS, Statement, conversations, inbound,
    opt_outs::{self, Leaves, LeavesAs},
};

const NOW: &str = "2026-11-24T14:00:00Z";

fn world(people: i64) -> Rc<TestWorld> {
    let world = TestWorld::at(NOW);
    world.sender(&json!({}), &json!({ "kind": "sandbox" }));
    world.campaign(1, people, &json!({}));
    world
}

fn pending(world: &TestWorld) -> Option<PendingRow> {
    let answer = ready(world.database().run(recipient_index::pending())).unwrap();
    answer.first().unwrap()
}

fn index(world: &TestWorld) -> i64 {
    let next = pending(world);
    ready(job::run(world, next)).unwrap()
}

/// Where an address is, by campaign and ordinal.
fn places(world: &TestWorld, address: &str) -> Vec<(i64, i64)> {
    let hasher = ready(Hasher::load(world.database(), world)).unwrap();
    let fingerprint = hasher.of(address);
    let [found, _] =
        recipient_index::broadcasts("team_main", &fingerprint, recipient_index::TOP, LAST_MS);
    let rows = ready(world.database().run(found)).and_then(Answer::all::<FoundRow>).unwrap();
    rows.iter().map(|row| (row.seq, row.ordinal)).collect()
}

#[test]
fn a_million_people_are_a_thousand_rows_and_each_is_found() {
    let world = world(1_000_000);
    assert_eq!(index(&world), 1_000_000);
    assert_eq!((index(&world), pending(&world)), (0, None), "once");
    let rows = world.number("SELECT count(*) AS n FROM recipient_index");
    let parts = world.number("SELECT count(*) AS n FROM recipient_parts");
    let longest = world.number("SELECT max(length(entries)) AS n FROM recipient_index");
    assert!(rows <= 1_000 && parts == 10 && longest < 25_000, "{rows} {parts} {longest}");
    world.sql(sql!("UPDATE campaigns SET started_ms = 1"));
    for ordinal in [0, 1, 99_999, 100_000, 123_456, 999_999] {
        world.sql(sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms) VALUES (1, ?1, 'sent', 2)",
            ordinal,
        ));
        assert_eq!(places(&world, &address(1, ordinal)), [(1, ordinal)]);
    }
    assert!(places(&world, "+33999999999").is_empty());
}

#[test]
fn lists_that_come_one_after_the_other_are_indexed_where_they_begin() {
    let world = world(250);
    assert_eq!(index(&world), 250);
    // Another list: its pages begin where the last one ended.
    for (first, count) in [(250, 30), (280, 100), (380, 1)] {
        let page: Value =
            (first..first + count).map(|ordinal| json!({ "to": address(1, ordinal) })).collect();
        world.sql(sql!(
            "INSERT INTO people (campaign_seq, first, count, people) VALUES (1, ?1, ?2, ?3)",
            first,
            count,
            &page,
        ));
    }
    world.sql(sql!("UPDATE campaigns SET total = 381, started_ms = 1"));
    assert_eq!(index(&world), 131);
    world.sql(sql!(
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms)
         SELECT 1, value, 'sent', 2 FROM json_each('[0, 249, 250, 279, 280, 380]')"
    ));
    for ordinal in [0, 249, 250, 279, 280, 380] {
        assert_eq!(places(&world, &address(1, ordinal)), [(1, ordinal)]);
    }
    // A second consumer that had read the state before writes nothing.
    let stale = PendingRow { seq: 1, total: 250, indexed: 0 };
    ready(job::run(&*world, Some(stale))).unwrap();
    assert_eq!(world.number("SELECT indexed AS n FROM campaigns"), 381);
    assert_eq!(places(&world, &address(1, 300)), []);
}

#[test]
fn a_list_whose_people_are_gone_does_not_hold_the_others_up() {
    let world = world(10);
    world.sql(sql!("DELETE FROM people"));
    world.campaign(2, 10, &json!({}));
    assert_eq!(index(&world), 20);
    assert_eq!(pending(&world), None);
}

#[test]
fn no_question_reads_a_whole_table() {
    let world = world(1);
    let fingerprint = Hasher::new("key").of("+33612345678");
    let top = (LAST_MS, LAST_MS);
    let sms = Channel::Sms;
    let mut asked: Vec<Statement> = vec![
        recipient_index::pending(),
        inbound::of_address("team_main", sms, "+1", top, 50),
        inbound::to_review("team_main", None, 50),
        inbound::kept("team_main", "inb_1"),
        conversations::one("team_main", sms, "+1"),
        conversations::singles("team_main", sms, "+1", top, 50),
        conversations::sent("team_main", &json!([[1, 0]])),
        conversations::sent_by_id("team_main", "cmp_1", 0),
        conversations::read("team_main", sms, "+1"),
        conversations::move_to_start(1),
        opt_outs::one("team_main", sms, "+1"),
        opt_outs::standing("team_main", sms, "+1", "h"),
        opt_outs::page_of_prefix("team_main", sms, "+1", "", 50),
        opt_outs::page_of_all("team_main", None, ("", ""), 50),
        opt_outs::lifted("team_main", None, 50),
    ];
    asked.extend(recipient_index::broadcasts("team_main", &fingerprint, top, LAST_MS));
    asked.extend(recipient_index::answered(("team_main", 1), ("sms", "+1"), &fingerprint, 0));
    let filter = conversations::Filter { state: Some("open"), ..conversations::Filter::default() };
    asked.extend(conversations::page("team_main", &filter, &conversations::top(), 50));
    let filter = opt_outs::Filter { source: Some("reply"), ..opt_outs::Filter::default() };
    asked.extend(opt_outs::page("team_main", &filter, &opt_outs::top(), 50));
    let leaves = Leaves { campaign_seq: 1, ordinal: 0, source: "one_click", reason: "" };
    asked.push(opt_outs::recipients(&[leaves]));
    let leaves = LeavesAs { leaves, to: "+1".into(), address: "+1".into() };
    asked.extend(opt_outs::insert_recipients(&[leaves], 0));
    asked.extend(opt_outs::respell("team_main", sms, ("+1", "h"), &json!([["+2", "i"]])));
    for statement in asked {
        let explained = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let steps = world.sql(Statement { sql: explained.leak(), params: statement.params });
        let steps: Vec<&str> = steps.iter().map(|step| step["detail"].as_str().unwrap()).collect();
        // What a statement has made itself, within its bounds, and a document may be scanned.
        let made = |name: &str| {
            let named = [format!(") {name}"), format!("{name} AS (")];
            name.starts_with('(')
                || name == "json_each"
                || named.iter().any(|named| statement.sql.contains(named))
        };
        let fine = |step: &&str| {
            step.strip_prefix("SCAN ").is_none_or(|rest| made(rest.split(' ').next().unwrap()))
                // It holds what is still to be done, and nothing else.
                || step.contains("campaigns_to_index")
        };
        assert!(steps.iter().all(fine), "{}\n{steps:#?}", statement.sql);
        for (table, index) in [
            ("FROM opt_outs\n", "opt_outs_by_time"),
            ("FROM conversations\n", "conversations_by_time"),
            ("coalesce(ended_ms", "campaigns_by_end"),
        ] {
            let walks = statement.sql.contains("ORDER BY") && statement.sql.contains(table);
            let by_prefix = statement.sql.contains("char(1114111)");
            let uses = steps.iter().any(|step| step.contains(index));
            assert!(!walks || by_prefix || uses, "{}\n{steps:#?}", statement.sql);
        }
    }
}
