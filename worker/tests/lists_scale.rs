//! What the lists, files and reports cost in a team that has sent a million messages with one campaign
//! and many more alone: the steps of `SQLite`'s machine, which are a few for each row that it reads.
//!
//! `TIDEGATE_SCALE=10` makes ten times as many singles and campaigns of a million, and the bounds stay.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use std::sync::{LazyLock, Mutex};

use serde_json::json;
use tidegate_worker::model::{Channel, Kind};
use tidegate_worker::store::campaign_lists::{Filter, Order, Place, SCAN_MOST};
use tidegate_worker::store::erasures::PageKey;
use tidegate_worker::store::messages::{self, Wanted};
use tidegate_worker::store::period::{self, CAMPAIGNS_A_STEP, INBOUND_A_STEP, Period};
use tidegate_worker::store::{LAST_MS, campaigns, erasure_traces};
use tidegate_world::counted::Counted;

const TEAM: &str = "team_main";
const BROADCASTS: i64 = 20_000;
const PEOPLE: i64 = 1_000_000;
/// Everything begins so many ms after what came before it.
const EVERY_MS: i64 = 1_000;
/// Each so many-th message failed.
const RARE: i64 = 250_000;

static DATABASE: LazyLock<Mutex<Counted>> = LazyLock::new(|| Mutex::new(database()));

fn scale() -> i64 {
    std::env::var("TIDEGATE_SCALE").map_or(1, |text| text.parse().unwrap())
}

/// Broadcasts, each with a file and a hundred people; then campaigns of a million; then singles.
fn database() -> Counted {
    let db = Counted::new();
    let (large, singles) = (scale(), 100_000 * scale());
    let n = |count: i64| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})"
        )
    };
    let campaigns = |first: i64, count: i64, kind: &str, people: i64| {
        format!(
            "{} INSERT INTO campaigns (seq, id, team_id, sender_seq, kind, name, content, status,
               created_ms, starts_ms, started_ms, ended_ms, total, sent, failed, indexed)
             SELECT {first} + i, printf('{}_%d', {first} + i), '{TEAM}', 1, '{kind}',
               printf('Sale %d', i), '{{}}', 'completed', ({first} + i) * {EVERY_MS},
               ({first} + i) * {EVERY_MS}, ({first} + i) * {EVERY_MS},
               ({first} + i) * {EVERY_MS} + 10, {people}, {people} - {people} / {RARE},
               {people} / {RARE}, {people} FROM n;",
            n(count),
            if kind == "single" { "sgl" } else { "cmp" },
        )
    };
    let first_large = BROADCASTS + 1;
    let first_single = first_large + large;
    db.run(&format!(
        "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
           VALUES (1, 'snd_1', '{TEAM}', 'Shop', 'sms', '{{}}', '{{}}', 0);
         {} {} {}
         INSERT INTO lists (id, campaign_seq, file_name, columns, first_ordinal, accepted, duplicates,
                            rejected, created_ms)
           SELECT 'lst_' || seq, seq, 'people.csv', '[]', 0, total, 0, 0, 0 FROM campaigns
           WHERE kind = 'broadcast';
         INSERT INTO people (campaign_seq, first, count, people)
           SELECT seq, 0, 1, '[{{\"to\":\"+33612000000\"}}]' FROM campaigns WHERE total = 1;
         INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms)
           SELECT seq, 0, 'sent', started_ms, started_ms FROM campaigns WHERE total = 1;
         {} INSERT INTO inbound (id, team_id, sender_seq, channel, address, text, attachments,
                                 received_ms, meaning)
           SELECT 'inb_' || i, '{TEAM}', 1, 'sms', '+33' || i, 'x', '[]', i, 'other' FROM n;",
        campaigns(1, BROADCASTS, "broadcast", 1),
        campaigns(first_large, large, "broadcast", PEOPLE),
        campaigns(first_single, singles, "single", 1),
        n(3 * INBOUND_A_STEP),
    ));
    for seq in first_large..first_single {
        db.run(&format!(
            "{} INSERT INTO people (campaign_seq, first, count, people)
               SELECT {seq}, i * 100, 100, (SELECT json_group_array(json_object('to', '+336' || value))
                                            FROM json_each('[1,2,3,4]')) FROM n;
             {} INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms, reason)
               SELECT {seq}, i, CASE WHEN i % {RARE} = 7 THEN 'failed' ELSE 'sent' END, i, i,
                 CASE WHEN i % {RARE} = 7 THEN 'bad_address' END FROM n;",
            n(PEOPLE / 100),
            n(PEOPLE),
        ));
    }
    db
}

/// Steps that one row may take at most, whatever is asked of it.
const STEPS: i64 = 200;

#[test]
fn a_list_of_campaigns_costs_what_it_shows_or_what_it_may_look_at() {
    let db = DATABASE.lock().unwrap();
    let some = Filter { kind: Some(Kind::Broadcast), ..Filter::default() };
    let every = Filter::default();
    let at = |seq: i64| Place { at_ms: seq * EVERY_MS, seq };
    let newest = |seq: i64| Place { seq, ..Place::TOP };
    for (filter, order, below) in [
        (&some, Order::Newest, Place::TOP),
        (&some, Order::Newest, newest(BROADCASTS / 2)),
        (&some, Order::Start, Place::TOP),
        (&some, Order::Start, at(BROADCASTS / 2)),
    ] {
        let (rows, steps) = db.cost(&filter.page(TEAM, order, below, 51));
        assert_eq!(rows, 51);
        // The scan is made before it is filtered: ten thousand entries of an index.
        assert!(steps < SCAN_MOST * 40, "{order:?} {below:?}: {steps}");
    }
    // Singles and broadcasts together.
    let (rows, steps) = db.cost(&every.page(TEAM, Order::Newest, Place::TOP, 51));
    assert_eq!(rows, 51);
    assert!(steps < 2 * SCAN_MOST * 40, "{steps}");
    // What nothing is: it stops where it may look no further.
    let none = |narrow: fn(&mut Filter)| {
        let mut filter = some.clone();
        narrow(&mut filter);
        filter
    };
    for filter in [
        none(|filter| filter.statuses = Some(vec!["paused"])),
        none(|filter| filter.sender_id = Some("snd_none".into())),
        none(|filter| filter.channel = Some(Channel::Email)),
        none(|filter| filter.user_id = Some("usr_none".into())),
        none(|filter| filter.text = Some("nothing".into())),
        none(|filter| filter.file_name = Some("nothing".into())),
        none(|filter| filter.until_ms = Some(1)),
    ] {
        for order in [Order::Newest, Order::Start] {
            let (rows, steps) = db.cost(&filter.page(TEAM, order, Place::TOP, 51));
            assert_eq!(rows, 0, "{filter:?}");
            assert!(steps < SCAN_MOST * STEPS, "{filter:?} {order:?}: {steps}");
            let (_, steps) = db.cost(&filter.end(TEAM, order, Place::TOP));
            assert!(steps < SCAN_MOST * STEPS, "the end of {filter:?} {order:?}: {steps}");
        }
    }
    // A day, and a batch, are found where they are.
    let day = Filter { from_ms: Some(9_000 * EVERY_MS), until_ms: Some(9_010 * EVERY_MS), ..some };
    let (rows, steps) = db.cost(&day.page(TEAM, Order::Start, Place::TOP, 51));
    assert_eq!(rows, 10);
    assert!(steps < 10 * STEPS, "{steps}");
    let batch = Filter { ids: Some(vec!["cmp_9".into(), "sgl_9".into()]), ..Filter::default() };
    let (rows, steps) = db.cost(&batch.page(TEAM, Order::Newest, Place::TOP, 51));
    assert_eq!(rows, 1);
    assert!(steps < 2 * STEPS, "{steps}");
    let (rows, steps) = db.cost(&campaigns::by_seqs(TEAM, &json!((1..=50).collect::<Vec<_>>())));
    assert_eq!(rows, 50);
    assert!(steps < 50 * 2 * STEPS, "{steps}");
}

#[test]
fn messages_cost_what_they_show_or_a_few_steps_each() {
    let db = DATABASE.lock().unwrap();
    let large = BROADCASTS + 1;
    let whole =
        |all| Wanted { campaign_seq: large, from: 0, until: PEOPLE, all, ..Wanted::default() };
    let (rows, steps) = db.cost(&messages::pages(&[whole(true)], &json!([]), None, 40));
    assert_eq!(rows, 40);
    assert!(steps < 40 * 100 * STEPS, "{steps}");
    // Four of a million.
    let (rows, steps) = db.cost(&messages::pages(&[whole(false)], &json!(["failed"]), None, 40));
    assert_eq!(rows, 4);
    assert!(steps < PEOPLE * 40, "{steps}");
    // Two hundred campaigns of one.
    let first = large + scale();
    let singles: Vec<Wanted> = (first..first + 200)
        .map(|seq| Wanted { campaign_seq: seq, until: 1, all: true, ..Wanted::default() })
        .collect();
    let (rows, steps) = db.cost(&messages::pages(&singles, &json!([]), None, 200));
    assert_eq!(rows, 200);
    assert!(steps < 200 * STEPS, "{steps}");
}

/// Of a campaign of a million, from its first message to its last.
#[test]
fn a_step_of_a_file_of_messages_costs_the_same_wherever_it_is() {
    const MESSAGES: i64 = 10_000;
    let db = DATABASE.lock().unwrap();
    for from in [0, PEOPLE / 2, PEOPLE - MESSAGES] {
        let step = Wanted {
            campaign_seq: BROADCASTS + 1,
            from,
            until: from + MESSAGES,
            all: true,
            ..Wanted::default()
        };
        let (rows, steps) = db.cost(&messages::pages(&[step], &json!([]), None, 100));
        assert_eq!(rows, 100, "pages of people, from {from} on");
        assert!(steps < MESSAGES * 60, "from {from} on: {steps}");
    }
}

#[test]
fn a_step_of_a_report_reads_what_it_may() {
    let db = DATABASE.lock().unwrap();
    let ever = Period { from_ms: 0, until_ms: LAST_MS };
    for kind in [Kind::Broadcast, Kind::Single] {
        for below in [(LAST_MS, LAST_MS), (BROADCASTS / 2 * EVERY_MS, 0)] {
            let (_, steps) = db.cost(&period::spans(TEAM, kind, ever, below));
            assert!(steps < CAMPAIGNS_A_STEP * STEPS, "{kind:?} {below:?}: {steps}");
        }
    }
    // An hour of long ago, among all that came after.
    for (kind, from_ms) in [(Kind::Broadcast, 3_600_000), (Kind::Single, 36_000_000)] {
        let hour = Period { from_ms, until_ms: from_ms + 3_600_000 };
        let (rows, steps) = db.cost(&period::spans(TEAM, kind, hour, (LAST_MS, LAST_MS)));
        assert_eq!(rows, 1_000);
        assert!(steps < CAMPAIGNS_A_STEP * STEPS, "{kind:?}: {steps}");
    }
    let (rows, steps) = db.cost(&period::outcomes(&json!([BROADCASTS + 1]), ever));
    assert_eq!(rows, 2);
    assert!(steps < PEOPLE * 60, "{steps}");
    for after in [(0, 0), (INBOUND_A_STEP, 0)] {
        let (_, steps) = db.cost(&period::inbound(TEAM, ever, after));
        assert!(steps < INBOUND_A_STEP * STEPS, "{steps}");
        let (rows, steps) = db.cost(&period::inbound_end(TEAM, ever, after));
        assert_eq!(rows, 1);
        assert!(steps < INBOUND_A_STEP * STEPS, "{steps}");
    }
}

#[test]
fn an_erasure_looks_for_quotes_where_it_looks_for_people() {
    let db = DATABASE.lock().unwrap();
    let page = |campaign_seq| PageKey { campaign_seq, first: 0 };
    let texts = json!(["+33700000000", "Ada Lovelace"]);
    let costs: Vec<i64> = erasure_traces::quotes(TEAM, page(1), page(2_000), &texts)
        .iter()
        .map(|statement| db.cost(statement).1)
        .collect();
    assert!(costs.iter().all(|steps| *steps < 2_000 * STEPS), "{costs:?}");
    let addresses = json!([{ "channel": "sms", "address": "+3312345" }]);
    for statement in &erasure_traces::forget(TEAM, &addresses, &texts, 1)[..4] {
        let (_, steps) = db.cost(statement);
        assert!(steps < 10 * STEPS, "{}: {steps}", statement.sql);
    }
}
