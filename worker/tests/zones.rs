//! A million people in 38 zones, within the limits of one Worker.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test has to fail where it is wrong"
)]

use serde_json::{Value, json};
use tidegate_worker::import::{ImportRequest, Known, run};
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::{outlook, preview};
use tidegate_worker::model::{Caller, Channel, FIRST_TEAM};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, ms, ready};

const ZONES: [&str; 38] = [
    "Pacific/Auckland",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Yangon",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Karachi",
    "Asia/Kabul",
    "Asia/Dubai",
    "Asia/Tehran",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Africa/Nairobi",
    "Europe/Athens",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Jerusalem",
    "Europe/Paris",
    "Africa/Lagos",
    "Europe/London",
    "UTC",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
];

fn hours() -> Value {
    json!({ "windows": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00" }] })
}

/// A campaign of a million, as an import of a well mixed file leaves it: ranges of a thousand.
fn a_million(world: &TestWorld) -> String {
    let id = world.campaign_in_zones(1, 1, &[("UTC", 0)], &json!({ "gap": "20ms" }), &hours());
    world.sql(sql!("DELETE FROM campaign_zones"));
    let mut ranges: Vec<Vec<(i64, i64)>> = vec![Vec::new(); ZONES.len()];
    for thousand in 0..1_000_usize {
        ranges[thousand % ZONES.len()].push((i64::try_from(thousand).unwrap() * 1_000, 1_000));
    }
    for (zone, ranges) in ZONES.iter().zip(&ranges) {
        let people: i64 = ranges.iter().map(|(_, count)| count).sum();
        world.sql(sql!(
            "INSERT INTO campaign_zones (campaign_seq, time_zone, ranges, people)
             VALUES (1, ?1, ?2, ?3)",
            *zone,
            &json!(ranges),
            people,
        ));
    }
    world.sql(sql!("UPDATE campaigns SET total = 1000000"));
    // The pages of the first zone: nobody else is looked for in this test.
    let page: Value = (0..100).map(|_| json!({ "to": "+33612345678" })).collect();
    world.sql(sql!(
        "WITH RECURSIVE page (first) AS
           (SELECT 0 UNION ALL SELECT first + 100 FROM page WHERE first < 999900)
         INSERT INTO people (campaign_seq, first, count, people)
         SELECT 1, first, 100, ?1 FROM page WHERE first / 1000 % 38 = 0",
        &page,
    ));
    id
}

#[test]
fn a_million_people_in_38_zones_are_planned_and_promised_in_one_small_row() {
    let world = TestWorld::at("2026-11-22T12:00:00Z");
    world.sender(
        &json!({}),
        &json!({ "kind": "webhook", "url": "https://provider.example/", "per_second": 50 }),
    );
    let id = a_million(&world);
    let size = world.number("SELECT sum(length(ranges)) FROM campaign_zones");
    assert!(size < 20_000, "{size} bytes of ranges");

    let plan =
        ready(preview::preview(world.database(), FIRST_TEAM, &id, None, world.now())).unwrap();
    assert_eq!(
        (&plan["planned"], &plan["groups"][0]["planned"]),
        (&json!(1_000_000), &json!(1_000_000))
    );
    assert_eq!(plan["lanes"].as_array().unwrap().len(), 38);
    let runs = plan["runs"].as_array().unwrap().len();
    // A zone's nine hours, day after day: what lies between is another zone's.
    assert!(runs < 400, "{runs} runs");
    let outlook =
        ready(outlook::of_sender(world.database(), FIRST_TEAM, "snd", world.now())).unwrap();
    assert!(outlook["lanes"].as_array().unwrap().is_empty());

    ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
    let promise = world.number("SELECT length(instants) FROM kept_plans");
    assert!(promise < 40_000, "{promise} bytes of promise");

    // A minute at full pace writes its slices, one cursor for each zone that went, and the rest.
    world.run_until("2026-11-22T20:05:00Z");
    assert!(world.posted() > 5_000, "{}", world.posted());
    let moved = world.number("SELECT count(*) FROM campaign_zones WHERE cursor > 0");
    assert_eq!(moved, 1, "only Auckland is awake");
    let cursors = "SELECT c.cursor - (SELECT sum(cursor) FROM campaign_zones) FROM campaigns c";
    assert_eq!(world.number(cursors), 0);
}

#[test]
fn an_import_of_38_zones_writes_few_rows_more_than_one_of_none() {
    const PEOPLE: usize = 40_000;
    let written = |with_zones: bool| {
        let world = TestWorld::at("2026-11-22T12:00:00Z");
        world.sender(&json!({}), &json!({ "kind": "sandbox" }));
        let id = world.campaign(1, 0, &json!({}));
        let zone = |k: usize| if with_zones { ZONES[k * 7919 % ZONES.len()] } else { "" };
        let rows = (0..PEOPLE).map(|k| format!("person{k},{}\n", zone(k)));
        let file = format!("handle,time_zone\n{}", rows.collect::<String>()).into_bytes();
        let pieces: Vec<_> =
            file.chunks(60_000).map(|piece| Ok::<_, String>(piece.to_vec())).collect();
        let request = ImportRequest {
            campaign_seq: 1,
            channel: Channel::Direct,
            file_name: "a.csv".into(),
            columns: Known::default(),
            region: None,
            length: None,
            by: Caller::named("Ada"),
            infers_zones: false,
        };
        let stream = futures_util::stream::iter(pieces);
        let answer = ready(run(world.database(), &*world, &*world, &request, stream)).unwrap();
        assert_eq!((answer.accepted, id.as_str()), (40_000, "cmp_1"));
        (
            world.number("SELECT count(*) FROM people"),
            world.number("SELECT count(*) FROM campaign_zones"),
            world.number("SELECT coalesce(sum(json_array_length(ranges)), 0) FROM campaign_zones"),
        )
    };
    assert_eq!(written(false), (400, 0, 0));
    let (pages, zones, ranges) = written(true);
    // Each zone has one page that is not full.
    assert!(pages <= 400 + 38, "{pages}");
    assert_eq!(zones, 38);
    assert!(ranges <= 40 + 38 * 2, "{ranges}");
}
#[test]
fn a_campaign_ends_when_none_of_its_zones_opens_any_more() {
    let world = TestWorld::at("2026-11-24T12:00:00Z");
    world.sender(&json!({}), &json!({ "kind": "webhook", "url": "https://provider.example/" }));
    let own = json!({ "ends_at": "2026-11-24T20:00:00Z" });
    let hours = json!({ "windows": [{ "from": "09:00", "to": "10:00" }] });
    // In Tokyo it opens after the end, in New York two hours from now.
    let zones = [("Asia/Tokyo", 40), ("America/New_York", 50), ("", 0)];
    let id = world.campaign_in_zones(1, 1, &zones, &own, &hours);
    ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
    let promised = world.sql(sql!("SELECT planned, unplanned FROM kept_plans"));
    assert_eq!((&promised[0]["planned"], &promised[0]["unplanned"]), (&json!(50), &json!(40)));
    world.run_until("2026-11-24T13:30:00Z");
    assert_eq!((world.status(1).as_str(), world.posted()), ("scheduled", 0));
    let waiting =
        ready(outlook::waiting(world.database(), FIRST_TEAM, &id, world.now())).unwrap().unwrap();
    assert_eq!(waiting["until"], ms("2026-11-24T14:00:00Z"));
    world.run_until("2026-11-24T21:00:00Z");
    assert_eq!((world.status(1).as_str(), world.posted()), ("completed", 50));
    assert_eq!(world.sql(sql!("SELECT end_reason FROM campaigns"))[0]["end_reason"], "ended");
    let posts = world.posts.borrow();
    let zone = |id: &str| world.zone_of(1, id.trim_start_matches("cmp_1-").parse().unwrap());
    assert!(posts.iter().all(|post| zone(&post.id).as_deref() == Some("America/New_York")));
}

#[test]
fn what_was_not_in_time_is_left_out_in_its_own_zone() {
    let world = TestWorld::at("2026-11-24T12:00:00Z");
    world.sender(
        &json!({ "gap": "1s" }),
        &json!({ "kind": "webhook", "url": "https://provider.example/" }),
    );
    let hours = json!({ "windows": [{ "from": "09:00", "to": "10:00" }] });
    let zones = [("America/New_York", 70), ("America/Chicago", 50)];
    let id = world.campaign_in_zones(1, 1, &zones, &json!({}), &hours);
    world.sql(sql!("UPDATE campaigns SET lateness = '{\"then\":\"expire\",\"after\":\"10m\"}'"));
    ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
    // Nothing happens while it is morning in New York.
    world.miss_cron_until("2026-11-24T14:59:00Z");
    world.run_until("2026-11-24T18:00:00Z");
    assert_eq!((world.status(1).as_str(), world.posted()), ("completed", 50));
    let left_out = world.sql(sql!("SELECT ordinal, reason FROM messages WHERE status = 'skipped'"));
    assert_eq!(left_out.len(), 70);
    for row in left_out {
        assert_eq!(row["reason"], "expired");
        let zone = world.zone_of(1, row["ordinal"].as_i64().unwrap());
        assert_eq!(zone.as_deref(), Some("America/New_York"));
    }
}

#[test]
fn a_tick_reads_and_writes_a_row_for_each_zone_and_none_where_there_are_none() {
    let read = |in_zones: bool| {
        let world = TestWorld::at("2026-11-24T12:00:00Z");
        world.sender(&json!({}), &json!({ "kind": "webhook", "url": "https://provider.example/" }));
        let id = if in_zones {
            world.campaign_in_zones(
                1,
                1,
                &[("Asia/Tokyo", 40), ("UTC", 50)],
                &json!({}),
                &json!({}),
            )
        } else {
            world.campaign(1, 90, &json!({}))
        };
        ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
        world.run_until("2026-11-24T12:10:00Z");
        assert_eq!(world.posted(), 90);
        world.number("SELECT count(*) FROM campaign_zones WHERE cursor = people")
    };
    assert_eq!((read(true), read(false)), (2, 0));
}
