//! Preview equals dispatch: over months, with several campaigns on one sender, every message goes at
//! the millisecond that was promised.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::Lane;
use tidegate::time::civil;
use tidegate::zone::Zone;
use tidegate_worker::dispatch::promise::Instants;
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::{outlook, pace};
use tidegate_worker::model::{Caller, FIRST_TEAM};
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{TestWorld, instant, ms, ready};

const DAY_MS: i64 = 86_400_000;

fn webhook() -> Value {
    json!({ "kind": "webhook", "url": "https://provider.example/" })
}

fn policy() -> Value {
    json!({
        "time_zone": "Europe/Paris",
        "windows": [
            { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:30" },
            { "days": ["sat"], "from": "22:00", "to": "03:30" },
        ],
        "blocked": [
            { "name": "Lunch", "from": "12:00", "to": "13:00" },
            { "name": "All Saints", "date": "2026-11-01" },
            { "name": "Armistice", "annual": "11-11" },
            { "name": "Stock-taking", "from": "2026-11-26T15:00", "to": "2026-11-30T10:00" },
            { "name": "Christmas", "date": "2026-12-25" },
        ],
        "limits": [
            { "max": 90, "rolling": "24h" },
            { "max": 70, "calendar": "day" },
            { "max": 380, "calendar": "week" },
            { "max": 1300, "calendar": "month" },
        ],
        "gap": "20s",
        "breaks": [{ "after": 25, "pause": "11m" }],
    })
}

/// Every instant of a promise or a plan, by the message's id.
type Promised = BTreeMap<String, i64>;

/// What the sender's outlook promises for everything that is left, as a page would compute it.
fn outlooked(world: &Rc<TestWorld>) -> Promised {
    let mut document =
        ready(outlook::of_sender(world.database(), FIRST_TEAM, "snd", world.now())).unwrap();
    document.as_object_mut().unwrap().remove("starts_at");
    let request = tidegate::request::parse_plan(&document).unwrap();
    let mut promised = Promised::new();
    let mut left: Vec<_> = request.lanes.iter().map(|lane| ordinals(world, lane)).collect();
    for planned in tidegate::plan(&request).runs {
        let run = planned.run;
        for k in 0..i64::try_from(run.count).unwrap() {
            let ordinal = left[planned.lane].next().unwrap();
            let id = format!("{}-{ordinal}", request.lanes[planned.lane].name);
            promised.insert(id, run.start.millis() + k * run.every);
        }
    }
    promised
}

/// Whom a lane has left, in order.
fn ordinals(world: &TestWorld, lane: &Lane) -> impl Iterator<Item = i64> + use<> {
    let theirs = lane.layers.iter().find(|layer| layer.name == "recipient");
    let zone = theirs.map(|layer| layer.policy.zone().name());
    let rows = world.sql(sql!(
        "SELECT z.ranges, z.cursor FROM campaign_zones z JOIN campaigns c ON c.seq = z.campaign_seq
         WHERE c.id = ?1 AND z.time_zone = CASE ?2 WHEN 'America/Sao_Paulo' THEN '' ELSE ?2 END",
        lane.name.as_str(),
        zone,
    ));
    let Some(row) = rows.first() else {
        let rows = world
            .sql(sql!("SELECT cursor, total FROM campaigns WHERE id = ?1", lane.name.as_str()));
        let left = rows[0]["cursor"].as_i64().unwrap()..rows[0]["total"].as_i64().unwrap();
        return left.collect::<Vec<_>>().into_iter();
    };
    let ranges: Vec<(i64, i64)> = serde_json::from_str(row["ranges"].as_str().unwrap()).unwrap();
    let all = ranges.into_iter().flat_map(|(first, count)| first..first + count);
    let gone = usize::try_from(row["cursor"].as_i64().unwrap()).unwrap();
    all.skip(gone).collect::<Vec<_>>().into_iter()
}

/// The promise that is kept of a campaign.
fn kept(world: &TestWorld, seq: i64) -> Instants {
    let rows = world.sql(sql!(
        "SELECT instants FROM kept_plans WHERE campaign_seq = ?1 ORDER BY made_ms DESC LIMIT 1",
        seq
    ));
    serde_json::from_str(rows[0]["instants"].as_str().unwrap()).unwrap()
}

#[test]
fn months_of_several_campaigns_go_to_the_millisecond_as_promised() {
    for order in ["in_turn", "fair"] {
        let world = TestWorld::at("2026-10-19T06:00:00Z");
        world.sender(&policy(), &webhook());
        world.sql(sql!("UPDATE senders SET lane_order = ?1", order));
        // When each joins, how many people it has, its own rules, and the start that it asks for.
        let joining = [
            ("2026-10-19T06:00:30Z", 900, json!({}), None),
            ("2026-10-21T09:13:07.123Z", 700, json!({ "gap": "2m" }), None),
            (
                "2026-10-24T19:00:00Z", // The night in which the clocks are set back.
                500,
                json!({ "windows": [{ "from": "23:00", "to": "03:15" }, { "from": "14:00", "to": "16:00" }],
                        "time_zone": "Europe/Paris", "jitter": "45s" }),
                None,
            ),
            (
                "2026-11-05T10:30:00Z",
                800,
                json!({ "limits": [{ "max": 30, "rolling": "24h" }], "jitter": "9s" }),
                Some("2026-11-12T08:00:00Z"),
            ),
            (
                "2026-11-27T20:00:00Z",
                300,
                json!({ "time_zone": "America/Toronto", "ends_at": "2026-12-20T00:00",
                        "windows": [{ "from": "04:00", "to": "09:30" }] }),
                Some("2026-12-01T09:00:00Z"),
            ),
        ];
        let mut compared = 0;
        let mut promised = Promised::new();
        for (index, (at, people, own, starts)) in joining.iter().enumerate() {
            compared += compare(&world, &promised, ms(at));
            let seq = i64::try_from(index).unwrap() + 1;
            let id = world.campaign(seq, *people, own);
            let starts = starts.map(instant);
            let asked = Asked::default();
            ready(commands::schedule(&*world, &id, &asked, starts, world.now())).unwrap();
            promised = promised_with(&world, promised, seq, *people);
        }
        compared += compare(&world, &promised, ms("2027-02-01T00:00:00Z"));
        assert_eq!(compared, world.posted(), "every message was held against its promise");
        let first = world.posts.borrow()[0].at;
        let last = world.posts.borrow().last().unwrap().at;
        assert!(last - first > 60 * DAY_MS, "{order}: it lasts {} days", (last - first) / DAY_MS);
        assert!(world.posted() > 2_800, "{order}: {} messages", world.posted());
        assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE status <> 'completed'"), 0);
        // The last to join was promised all of it, and its page says that it was kept.
        let report =
            ready(pace::of_campaign(world.database(), FIRST_TEAM, "cmp_5", world.now())).unwrap();
        let late = report.pace.late.unwrap();
        assert_eq!((late.median_ms, late.largest_ms), (0, 0));
        assert_eq!(i64::try_from(late.measured), Ok(report.pace.sent));
        assert_eq!(report.pace.planned, report.pace.sent);
        assert!(report.pace.days.iter().all(|day| day.planned == day.sent), "{order}");
    }
}

/// What is promised once a campaign has joined: what the outlook says, which is what was kept of
/// that campaign, and what is committed by now as it was promised before.
fn promised_with(world: &Rc<TestWorld>, before: Promised, seq: i64, people: i64) -> Promised {
    let mut promised = outlooked(world);
    for (id, at) in before {
        if at < world.now().millis() + 130_000 {
            promised.entry(id).or_insert(at);
        }
    }
    let own_promise = kept(world, seq);
    let lookup = own_promise.lookup();
    for ordinal in 0..people {
        let id = format!("cmp_{seq}-{ordinal}");
        let outlooked = promised.get(&id).copied();
        if let Some(at) = lookup.instant(ordinal) {
            // What the first tick has committed already is in no outlook any more.
            promised.entry(id).or_insert(at);
            assert!(outlooked.is_none_or(|outlooked| outlooked == at));
        } else {
            assert_eq!(outlooked, None);
        }
    }
    promised
}

/// In Paris the clocks are set back on 25 October, in New York on 1 November.
const ZONES: [(&str, i64); 5] = [
    ("Europe/Paris", 190),
    ("America/New_York", 170),
    ("Australia/Sydney", 140),
    ("Asia/Kolkata", 160),
    ("", 40),
];

#[test]
fn people_in_several_zones_are_reached_in_their_own_hours_to_the_millisecond_as_promised() {
    for order in ["in_turn", "fair"] {
        let world = TestWorld::at("2026-10-19T06:00:00Z");
        let policy = json!({
            "time_zone": "America/Sao_Paulo",
            "limits": [{ "max": 150, "rolling": "24h" }, { "max": 120, "calendar": "day" }],
            "gap": "20s",
            "breaks": [{ "after": 25, "pause": "11m" }],
        });
        world.sender(&policy, &webhook());
        world.sql(sql!("UPDATE senders SET lane_order = ?1", order));
        let hours = json!({
            "windows": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00" }],
            "blocked": [{ "name": "Lunch", "from": "12:00", "to": "13:00" },
                        { "name": "Armistice", "annual": "11-11" }],
        });
        let nights = json!({ "windows": [{ "from": "22:00", "to": "03:15" }] });
        let joining = [
            ("2026-10-19T06:00:30Z", true, json!({ "gap": "50s", "jitter": "7s" }), &hours),
            ("2026-10-21T09:13:07.123Z", false, json!({ "gap": "2m" }), &hours),
            // The night in which Paris sets its clocks back.
            ("2026-10-24T19:00:00Z", true, json!({ "jitter": "45s" }), &nights),
            (
                "2026-10-30T12:00:00Z",
                true,
                json!({ "limits": [{ "max": 30, "rolling": "24h" }] }),
                &hours,
            ),
        ];
        let mut compared = 0;
        let mut promised = Promised::new();
        for (index, (at, in_zones, own, hours)) in joining.iter().enumerate() {
            compared += compare(&world, &promised, ms(at));
            let seq = i64::try_from(index).unwrap() + 1;
            let (id, people) = if *in_zones {
                let people = ZONES.iter().map(|(_, people)| people).sum();
                (world.campaign_in_zones(1, seq, &ZONES, own, hours), people)
            } else {
                (world.campaign(seq, 300, own), 300)
            };
            ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
            promised = promised_with(&world, promised, seq, people);
        }
        compared += compare(&world, &promised, ms("2027-03-01T00:00:00Z"));
        assert_eq!(compared, world.posted(), "every message was held against its promise");
        assert_eq!(world.posted(), 3 * 700 + 300, "{order}");
        assert_eq!(world.number("SELECT count(*) FROM campaigns WHERE status <> 'completed'"), 0);
        let released = "SELECT count(*) FROM campaign_zones WHERE cursor = people";
        assert_eq!(world.number(released), 15);
        let mut seen: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for post in world.posts.borrow().iter() {
            let (campaign, ordinal) = post.id.split_once('-').unwrap();
            let seq: i64 = campaign.trim_start_matches("cmp_").parse().unwrap();
            if seq == 2 {
                continue;
            }
            let zone = world.zone_of(seq, ordinal.parse().unwrap());
            let clock = Zone::named(zone.as_deref().unwrap_or("America/Sao_Paulo")).unwrap();
            let minute =
                civil::clock_of(clock.wall(tidegate::Instant::from_millis(post.at))) / 60_000;
            let is_open = match seq {
                3 => !(195..1_320).contains(&minute),
                _ => (540..1_080).contains(&minute) && !(720..780).contains(&minute),
            };
            assert!(is_open, "{} goes at minute {minute} of {zone:?}", post.id);
            *seen.entry(zone).or_default() += 1;
        }
        assert_eq!(seen.values().copied().collect::<Vec<_>>(), [120, 510, 480, 420, 570]);
        let report =
            ready(pace::of_campaign(world.database(), FIRST_TEAM, "cmp_4", world.now())).unwrap();
        let late = report.pace.late.unwrap();
        assert_eq!((late.median_ms, late.largest_ms, late.measured), (0, 0, 700));
        assert_eq!((report.pace.planned, report.pace.sent), (700, 700));
        assert!(report.pace.days.iter().all(|day| day.planned == day.sent), "{order}");
    }
}

/// Lets the world run until `until` and holds what is sent meanwhile against the promise.
#[track_caller]
fn compare(world: &Rc<TestWorld>, promised: &Promised, until: i64) -> usize {
    let before = world.posted();
    world.run_until_ms(until);
    let posts = world.posts.borrow();
    for post in &posts[before..] {
        assert_eq!(Some(&post.at), promised.get(&post.id), "{}", post.id);
    }
    let due = promised.iter().filter(|(_, at)| **at <= until).count();
    let sent = posts.iter().filter(|post| promised.contains_key(&post.id)).count();
    assert_eq!(due, sent, "everybody whose instant has come was sent to");
    posts.len() - before
}

#[test]
fn what_two_campaigns_and_hand_made_sends_move_is_told() {
    let world = TestWorld::at("2026-11-23T08:00:00Z");
    world.sender(&json!({ "gap": "30s" }), &webhook());
    let asked = |by: &str| Asked { by: Caller::named(by), version: None };
    let first = world.campaign(1, 100, &json!({}));
    ready(commands::schedule(&*world, &first, &asked("Ada"), None, world.now())).unwrap();
    world.run_until("2026-11-23T08:10:00Z");
    world.sql(sql!("UPDATE senders SET lane_order = 'fair'"));
    let second = world.campaign(2, 100, &json!({}));
    ready(commands::schedule(&*world, &second, &asked("Grace"), None, world.now())).unwrap();
    world.run_until("2026-11-23T12:00:00Z");
    let report =
        ready(pace::of_campaign(world.database(), FIRST_TEAM, &first, world.now())).unwrap();
    assert_eq!((report.pace.planned, report.pace.sent), (100, 100));
    let late = report.pace.late.unwrap();
    assert!(late.median_ms > 60_000 && late.largest_ms > late.median_ms, "{late:?}");
    let did: Vec<_> = report
        .changes
        .iter()
        .map(|change| (change.what.as_str(), change.by.as_str(), change.campaign_id.as_deref()))
        .collect();
    assert_eq!(did, [("schedule", "Grace", Some("cmp_2")), ("schedule", "Ada", Some("cmp_1"))]);
    assert_eq!(report.promises.len(), 1);
    let hours: i64 = report.pace.days[0].hours.iter().map(|hour| hour.sent).sum();
    assert_eq!(hours, 100);
}

/// Scheduled first and started last, it neither gets what it missed nor waits for what others had.
#[test]
fn a_campaign_that_starts_later_joins_level_with_those_that_go_then() {
    let world = TestWorld::at("2026-11-23T08:00:00Z");
    world.sender(&json!({ "gap": "10s" }), &webhook());
    world.sql(sql!("UPDATE senders SET lane_order = 'fair'"));
    let late = world.campaign(1, 400, &json!({}));
    let starts = ms("2026-11-23T14:00:00Z");
    let at = Some(tidegate::Instant::from_millis(starts));
    ready(commands::schedule(&*world, &late, &Asked::default(), at, world.now())).unwrap();
    let [first, second] = [(2, 5_000), (3, 5_000)].map(|(seq, people)| {
        let id = world.campaign(seq, people, &json!({}));
        ready(commands::schedule(&*world, &id, &Asked::default(), None, world.now())).unwrap();
        world.run_until_ms(world.now().millis() + 3_600_000);
        id
    });
    let promised = outlooked(&world);
    world.run_until("2026-11-23T17:00:00Z");
    let posts = world.posts.borrow();
    for post in posts.iter() {
        if let Some(promised) = promised.get(&post.id) {
            assert_eq!(post.at, *promised, "{}", post.id);
        }
    }
    // All three take turns from its start on, and none has more than a third.
    let hour = posts.iter().filter(|post| (starts..starts + 3_600_000).contains(&post.at));
    let mut of_each: BTreeMap<&str, i64> = BTreeMap::new();
    hour.for_each(|post| *of_each.entry(post.id.split('-').next().unwrap()).or_default() += 1);
    let shares: Vec<i64> = [&late, &first, &second].map(|id| of_each[id.as_str()]).into();
    assert!(shares.iter().all(|share| (119..=121).contains(share)), "{shares:?}");
    let joined = world.number("SELECT joined_at FROM campaigns WHERE seq = 1");
    assert!(joined > 300, "its level is that of its start: {joined}");
}
