//! What it costs to send a campaign of a million again, and to list its messages by marks: the steps of
//! `SQLite`'s machine, which are a few for each row that it reads.

use serde_json::json;
use tidegate_worker::store::messages::{MARKS_SCAN_MOST, Marked, PAGES_MOST, Wanted, pages};
use tidegate_worker::store::resends::{self, COUNT_MOST, Choice, Whom};
use tidegate_world::counted::Counted;

const PEOPLE: i64 = 1_000_000;

/// A campaign of a million, all sent: half of them opened it, and every thousandth failed.
fn database() -> Counted {
    let db = Counted::new();
    db.run(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 100 FROM n WHERE i + 100 < {PEOPLE})
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, i, 100, printf('[%s]', rtrim(replace(printf('%.100c', 'x'), 'x',
           '{{\"to\":\"+33612345678\",\"fields\":{{\"name\":\"Ada\"}}}},'), ',')) FROM n;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {PEOPLE})
         INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, reason)
         SELECT 1, i, iif(i % 1000, 'sent', 'failed'), 0, iif(i % 1000, NULL, 'unreachable') FROM n;
         INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms)
         SELECT 1, ordinal, 0, 0, 1, 1 FROM messages WHERE ordinal % 2 = 1;"
    ));
    db
}

#[test]
fn a_step_of_a_million_costs_its_own_people_wherever_it_is() {
    let db = database();
    for whom in [Whom::NotOpened, Whom::NotClicked, Whom::Failed, Whom::LeftOut] {
        let choice = Choice { whom, reasons: None, without: json!(["bad_address"]) };
        let step = |from| db.cost(&resends::pages(1, &choice, from, PEOPLE));
        let first = step(0);
        assert_eq!(first.0, 200, "20,000 people a step");
        assert!(first.1 < 60 * 20_000, "{whom:?}: {} steps for 20,000 people", first.1);
        let last = step(PEOPLE - 20_000);
        assert!(last.1 < first.1 + first.1 / 20, "{whom:?}: {first:?}, {last:?}");
        assert_eq!(step(PEOPLE).0, 0);
        // Counted at once; more than a million are counted by so many.
        let (_, all) = db.cost(&resends::count(1, &choice, 0));
        assert!(all < 50 * COUNT_MOST, "{whom:?}: {all}");
    }
}

#[test]
fn messages_by_marks_cost_what_may_be_looked_at_however_few_there_are() {
    let db = database();
    db.run("DELETE FROM marks WHERE ordinal > 100");
    let wanted = [Wanted {
        campaign_seq: 1,
        from: 200,
        until: 200 + MARKS_SCAN_MOST,
        all: true,
        ..Wanted::default()
    }];
    for marked in [Marked::Opened, Marked::Clicked] {
        let (rows, steps) = db.cost(&pages(&wanted, &json!([]), Some(marked), PAGES_MOST));
        assert!(rows == 0 && steps < 150_000, "{marked:?}: {rows} rows in {steps} steps");
    }
    let nobody = pages(&wanted, &json!([]), Some(Marked::NotOpened), PAGES_MOST);
    assert!(db.cost(&nobody).1 < 500_000, "the first page is full at once");
    db.run(
        "INSERT INTO marks (campaign_seq, ordinal, link, by_machine, first_ms, last_ms)
         SELECT 1, ordinal, 0, 0, 1, 1 FROM messages WHERE ordinal > 100",
    );
    let (rows, steps) = db.cost(&nobody);
    let most = 40 * MARKS_SCAN_MOST;
    assert!(rows == 0 && steps < most, "{rows} rows in {steps} steps");
}
