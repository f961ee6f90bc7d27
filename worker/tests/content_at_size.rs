//! What a message says, at a million people: rows read, and the time that it takes.

use std::rc::Rc;

use serde_json::json;
use tidegate_worker::jobs::estimates::{self, Wanted};
use tidegate_worker::jobs::readiness::{self, PAGES_MOST};
use tidegate_worker::model::{Channel, Content};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ready};

const PEOPLE: i64 = 1_000_000;

/// A campaign of a million people, every thousandth without a name.
fn million() -> Rc<TestWorld> {
    let world = TestWorld::at("2026-11-24T14:00:00Z");
    world.sender(&json!({}), &json!({ "kind": "sandbox" }));
    world.campaign(1, 0, &json!({}));
    world.sql(sql!(
        "WITH RECURSIVE page (first) AS (SELECT 0 UNION ALL SELECT first + 100 FROM page WHERE first + 100 < ?1)
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, first, 100,
           (WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
            SELECT json_group_array(json_object('to', '+336' || (10000000 + first + i), 'fields',
              CASE WHEN (first + i) % 1000 = 999 THEN json('{}')
                   ELSE json_object('name', 'Ada ' || (first + i)) END)) FROM n)
         FROM page",
        PEOPLE,
    ));
    world.sql(sql!("UPDATE campaigns SET total = ?1", PEOPLE));
    world
}

#[test]
fn a_million_people_are_estimated_from_a_sample_and_searched_in_bounded_steps() {
    let world = million();
    let text = format!("{} {{{{ name }}}}", "x".repeat(151));
    let content = Content { text, ..Content::default() };
    let wanted = Wanted {
        seq: 1,
        channel: Channel::Sms,
        content: &content,
        total: PEOPLE,
        team_id: "team_main",
        person_policy: None,
        clock: None,
    };
    let told = ready(estimates::estimate(&*world, &wanted)).unwrap();
    assert_eq!((&told["exact"], &told["looked_at"]), (&json!(false), &json!(10_000)));
    // Names of up to eight letters fit in one segment: `Ada 9999` and those before it.
    let likely = told["segments"]["likely"].as_i64().unwrap();
    let truth = 1_988_010;
    let (least, most) =
        (told["segments"]["least"].as_i64().unwrap(), told["segments"]["most"].as_i64().unwrap());
    assert!((least..=most).contains(&truth), "{least} {likely} {most}");
    assert!((likely - truth).abs() < truth / 50, "{likely}");

    // Each step looks at 50,000 people and says where to go on.
    let bounds = (1_000, PAGES_MOST);
    let step = ready(readiness::search(&*world, 1, PEOPLE, &content, 0, bounds)).unwrap();
    assert_eq!((step.people.len(), step.next), (50, Some(50_000)));
    assert_eq!((step.people[0].ordinal, step.people[49].ordinal), (999, 49_999));
    let rest = ready(readiness::search(&*world, 1, PEOPLE, &content, 950_000, bounds)).unwrap();
    assert_eq!((rest.people.len(), rest.next), (50, None));
}
