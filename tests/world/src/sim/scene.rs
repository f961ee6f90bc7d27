//! Where and when a run takes place, who sends, and by which rules.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate_worker::sql;

use super::record::Record;
use super::{Campaign, Run};
use crate::faults::Rng;
use crate::provider::ModelProvider;
use crate::{TestWorld, ms};

/// Places and starts: weeks in which clocks change by an hour, by half an hour and at midnight,
/// the turn of a year, a leap day, and an ordinary week.
const PLACES: &[(&str, &str)] = &[
    ("Europe/Paris", "2026-10-24T20:00:00Z"),
    ("Europe/Paris", "2026-03-28T21:30:00Z"),
    ("America/New_York", "2026-10-31T22:00:00Z"),
    ("America/New_York", "2026-03-08T03:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T10:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T12:00:00Z"),
    ("America/Havana", "2026-03-07T22:00:00Z"),
    ("Asia/Kathmandu", "2026-12-31T12:00:00Z"),
    ("UTC", "2028-02-28T20:00:00Z"),
    ("America/Toronto", "2026-11-24T12:00:00Z"),
];

/// How many blocked times follow each other closely, where they do.
const PAUSES: i64 = 40;

/// An instant as a policy has it.
fn text(ms: i64) -> String {
    tidegate::Instant::from_millis(ms).to_utc().to_rfc3339()
}

/// Where people are: a clock a quarter of an hour off, one that changes by half an hour, both ends of
/// the day, and no zone at all.
const ZONES: &[&str] = &[
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "",
];

/// Draws a scene. `zones` draws where people are.
pub fn set_up(rng: &Rng, zones: &Rng) -> Run {
    let &(zone, start) = rng.pick(PLACES);
    let world = TestWorld::at_ms(ms(start) + rng.ms(*rng.pick(&[7_200_000, 86_400_000])));
    let provider = ModelProvider::of(&world);
    let senders = 1 + i64::from(rng.once_in(4));
    let mut campaigns = Vec::new();
    for seq in 1..=1 + rng.ms(4) {
        let people = 1 + rng.ms(*rng.pick(&[8, 40, 70, 130]));
        campaigns.push(Campaign {
            seq,
            id: format!("cmp_{seq}"),
            sender: 1 + rng.ms(senders.unsigned_abs()),
            people,
        });
    }
    let total: i64 = campaigns.iter().map(|campaign| campaign.people).sum();
    // Its provider confirms a STOP by itself: what goes out is what campaigns and people send.
    world.sql(sql!("UPDATE teams SET answers = '{\"stop\": null, \"help\": null}'"));
    let mut policies = BTreeMap::new();
    let mut providers = BTreeMap::new();
    for seq in 1..=senders {
        let policy = sender_policy(rng, &world, zone, total);
        let mut provider = json!({
            "kind": "webhook", "url": "https://provider.example/",
            "deduplicates": rng.once_in(2),
            "per_second": rng.pick(&[1, 5, 50, 1_000]),
        });
        if rng.once_in(2) {
            provider["lookup_url"] = json!("https://provider.example/{key}");
        }
        world.sender_numbered(seq, &format!("snd_{seq}"), &policy, &provider);
        if rng.once_in(2) {
            world.sql(sql!("UPDATE senders SET lane_order = 'fair' WHERE seq = ?1", seq));
        }
        policies.insert(seq, vec![policy]);
        providers.insert(seq, provider);
    }
    for campaign in &campaigns {
        let policy = campaign_policy(rng, &world);
        if zones.once_in(3) {
            let people = in_zones(zones, campaign.people);
            let hours = recipient_policy(zones, &world);
            world.campaign_in_zones(campaign.sender, campaign.seq, &people, &policy, &hours);
        } else {
            world.campaign_of(campaign.sender, campaign.seq, campaign.people, &policy);
        }
        if rng.once_in(5) {
            let lateness = lateness(rng);
            let seq = campaign.seq;
            world.sql(sql!("UPDATE campaigns SET lateness = ?2 WHERE seq = ?1", seq, &lateness));
        }
    }
    let record = Record {
        broadcasts: campaigns.iter().map(|campaign| campaign.seq).collect(),
        ..Record::default()
    };
    Run {
        began_ms: world.time().now(),
        world,
        provider,
        record: Rc::new(RefCell::new(record)),
        broadcasts: campaigns,
        policies: RefCell::new(policies),
        providers,
        total,
        seed: 0,
        zone,
        tally: Rc::default(),
    }
}

/// In one run of three, people are on several campaigns, and the team limits how often each of them
/// is written to.
pub fn limit_people(run: &Run, rng: &Rng) {
    if !rng.once_in(3) {
        return;
    }
    let max = 1 + rng.below(3);
    let &(rolling, span_ms) =
        rng.pick(&[("20m", 1_200_000), ("2h", 7_200_000), ("24h", 86_400_000)]);
    let mut policy = json!({ "limits": [{ "max": max, "rolling": rolling }] });
    if rng.once_in(3) {
        policy["over"] = json!("skip");
    }
    run.world.sql(sql!("UPDATE teams SET person_policy = ?1", &policy));
    run.world.sql(sql!("UPDATE senders SET person_policy = ?1", &policy));
    run.world.sql(sql!(
        "UPDATE people SET people =
           replace(people, '\"to\":\"+3361' || printf('%02d', campaign_seq), '\"to\":\"+336101')"
    ));
    run.record.borrow_mut().person_limit = usize::try_from(max).ok().zip(Some(span_ms));
    run.note("teams that limit people");
}

/// So many people in two to four zones, some of them perhaps with nobody.
fn in_zones(rng: &Rng, people: i64) -> Vec<(&'static str, i64)> {
    let at = usize::try_from(rng.below(ZONES.len() as u64)).unwrap();
    let mut names = ZONES.iter().cycle().skip(at);
    let mut left = people;
    let mut zones = Vec::new();
    for _ in 0..=rng.below(3) {
        let here = rng.ms(left.unsigned_abs() + 1);
        left -= here;
        zones.extend(names.next().map(|name| (*name, here)));
    }
    zones.extend(names.next().map(|name| (*name, left)));
    zones
}

/// Hours of recipients that close for five hours somewhere in a day, and perhaps for one more: less
/// than any sender's windows are open. So nobody waits for ever.
pub fn recipient_policy(rng: &Rng, world: &TestWorld) -> Value {
    let hour = |hour: u64| format!("{:02}:00", hour % 24);
    let from = rng.below(24);
    let mut policy = json!({});
    if !rng.once_in(4) {
        policy["windows"] = json!([{ "from": hour(from), "to": hour(from + 19) }]);
    }
    if rng.once_in(3) {
        let lunch = rng.below(24);
        policy["blocked"] = json!([{ "from": hour(lunch), "to": hour(lunch + 1) }]);
    }
    if rng.once_in(4) {
        let start = (world.time().now() + rng.ms(86_400_000)) / 60_000 * 60_000;
        let wall = |ms: i64| text(ms)[.."2026-11-24T09:00:00".len()].to_owned();
        let range = json!({ "from": wall(start), "to": wall(start + 3_600_000) });
        policy["blocked"] = json!([range]);
    }
    if rng.once_in(3) {
        policy["time_zone"] = json!("America/Havana");
    }
    policy
}

/// Hours of a team: always, or all but once up to a day and a half.
pub fn team_policy(rng: &Rng, world: &TestWorld, zone: &str) -> Value {
    if rng.once_in(3) {
        return json!({});
    }
    let from = world.time().now() + rng.ms(3_600_000);
    let long = *rng.pick(&[20_000, 900_000, 10_800_000, 129_600_000]);
    let blocked = json!({ "name": "Closed", "from": text(from), "to": text(from + long) });
    json!({ "time_zone": zone, "blocked": [blocked] })
}

/// Rules of a sender by which `total` people are reached within days.
pub fn sender_policy(rng: &Rng, world: &TestWorld, zone: &str, total: i64) -> Value {
    let most = total.unsigned_abs();
    let mut policy = json!({ "time_zone": zone });
    match rng.below(5) {
        0 => {}
        1 => policy["windows"] = json!([{ "from": "21:00", "to": "03:30" }]),
        2 => {
            policy["windows"] = json!([
                { "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:30" },
                { "days": ["sat", "sun"], "from": "01:30", "to": "02:45" },
            ]);
        }
        _ => {
            policy["windows"] =
                json!([{ "from": "21:00", "to": "03:30" }, { "from": "10:00", "to": "18:00" }]);
        }
    }
    let closes_often = rng.once_in(6);
    if closes_often {
        policy.as_object_mut().unwrap().remove("windows");
        // Windows that close again and again while messages are on their way.
        let first = world.time().now() + 15_000 + rng.ms(20_000);
        let &(every, long) = rng.pick(&[(9_000, 4_000), (3_000, 1_500)]);
        policy["blocked"] = (0..PAUSES)
            .map(|k| first + k * every)
            .map(|from| json!({ "from": text(from), "to": text(from + long) }))
            .collect();
    } else if rng.once_in(2) {
        policy["blocked"] = json!([
            { "name": "Lunch", "from": "12:00", "to": "13:00" },
            { "name": "Night", "from": "01:10", "to": "01:40" },
            { "name": "New Year", "annual": "01-01" },
        ]);
    }
    let mut limits = Vec::new();
    if !rng.once_in(4) {
        limits.push(json!({ "max": most / 3 + 1 + rng.below(most), "rolling": "24h" }));
    }
    if rng.once_in(3) {
        limits.push(json!({ "max": 10 + rng.below(60), "rolling": "1h" }));
    }
    if rng.once_in(4) {
        limits.push(json!({ "max": most / 3 + 1 + rng.below(most), "calendar": "day" }));
    }
    policy["limits"] = Value::Array(limits);
    if closes_often {
        return policy;
    }
    if let Some(gap) = rng.pick(&[None, Some("200ms"), Some("1s"), Some("7s"), Some("45s")]) {
        policy["gap"] = json!(gap);
    }
    if rng.once_in(4) {
        policy["breaks"] = json!([{ "after": 12, "pause": "6m" }]);
    }
    policy
}

/// What becomes of who is late: nothing, after a while.
pub fn lateness(rng: &Rng) -> Value {
    json!({ "then": "expire", "after": rng.pick(&["10m", "2h", "1d"]) })
}

/// A campaign's own rules.
pub fn campaign_policy(rng: &Rng, world: &TestWorld) -> Value {
    let mut policy = json!({});
    match rng.below(8) {
        0 => policy["gap"] = json!("3s"),
        1 => policy["limits"] = json!([{ "max": 40, "rolling": "24h" }]),
        2 => policy["jitter"] = json!("4s"),
        3 => {
            let end = world.time().now() + 3_600_000 + rng.ms(2 * 86_400_000);
            policy["ends_at"] = json!(text(end));
        }
        _ => {}
    }
    policy
}
