//! A seeded simulation of dispatch: the real jobs on SQLite with the real migrations, while
//! processes die at any await, the database fails before and after commits, the queue loses,
//! doubles and delays, the cron misses and doubles, and the provider stumbles.
//!
//! `TIDEGATE_SEED` starts at another seed, `TIDEGATE_SEEDS` says how many; a failure prints its
//! own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the simulation is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Value, json};
use tidegate::status::MessageTrigger;
use tidegate_worker::jobs::commands::{self, Asked};
use tidegate_worker::jobs::{dead_letters, receipts};
use tidegate_worker::model::Outcome;
use tidegate_worker::ports::{Clock, World};
use tidegate_worker::sql;
use tidegate_world::{Rng, TestWorld, ms};

const START: &str = "2026-10-24T20:00:00Z"; // The night in which Paris sets its clocks back.
const DAY_MS: i64 = 86_400_000;
/// A group in flight has begun this long after its claim: its span, and as late as it may be.
const IN_FLIGHT_MS: i64 = 2_500;
/// How late a POST may begin after its instant.
const LATE_MS: i64 = 2_000;

struct Run {
    world: Rc<TestWorld>,
    deduplicates: bool,
    max: usize,
    gap_ms: i64,
    people: BTreeMap<i64, i64>,
    opted_out: Vec<(String, i64)>,
    paused_at: BTreeMap<i64, i64>,
    silences: Vec<(i64, i64, i64)>,
}

fn env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn nobody_is_doubled_nobody_is_lost_and_no_rule_is_broken() {
    let first = env("TIDEGATE_SEED", 1);
    let seeds = env("TIDEGATE_SEEDS", 100);
    for seed in first..first + seeds {
        let checked = std::panic::catch_unwind(|| simulate(seed));
        assert!(
            checked.is_ok(),
            "seed {seed}: run it alone with TIDEGATE_SEED={seed} TIDEGATE_SEEDS=1"
        );
    }
}

fn simulate(seed: u64) {
    let rng = Rng::new(seed);
    let mut run = set_up(&rng);
    run.world.faults.start(rng.next());
    script_provider(&run, rng.next());
    for &seq in run.people.keys() {
        // The database may fail this too; the operator tries again.
        while call(
            &run.world,
            commands::schedule(&*run.world, &id(seq), &Asked::default(), None, run.world.now()),
        )
        .is_err()
        {}
    }
    let mut at = ms(START);
    for _ in 0..rng.below(40) {
        at += rng.ms(3_000_000);
        run.world.run_until_ms(at);
        act(&mut run, &rng);
    }
    run.world.faults.stop();
    for seq in run.paused_at.keys().copied().collect::<Vec<_>>() {
        resume(&mut run, seq);
    }
    // Once faults stop, and somebody lets go on what they held up, everything comes to its end.
    for day in 1..=30 {
        run.world.run_until_ms(at + day * DAY_MS);
        release_dead_letters(&run.world);
        if run.world.number("SELECT count(*) FROM campaigns WHERE status != 'completed'") == 0 {
            break;
        }
    }
    check(&run);
}

fn id(seq: i64) -> String {
    format!("cmp_{seq}")
}

fn set_up(rng: &Rng) -> Run {
    let world = TestWorld::at(START);
    let deduplicates = rng.once_in(2);
    let max = usize::try_from(20 + rng.below(60)).unwrap();
    let gap_ms = [200, 1_000, 7_000, 45_000][usize::try_from(rng.below(4)).unwrap()];
    let policy = json!({
        "time_zone": "Europe/Paris",
        "windows": [{ "from": "21:00", "to": "03:30" }, { "from": "10:00", "to": "18:00" }],
        "blocked": [{ "name": "Lunch", "from": "12:00", "to": "13:00" }],
        "limits": [{ "max": max, "rolling": "24h" }],
        "gap": format!("{gap_ms}ms"),
    });
    world.sender(
        &policy,
        &json!({
            "kind": "webhook", "url": "https://provider.example/", "deduplicates": deduplicates,
        }),
    );
    if rng.once_in(2) {
        world.sql(sql!("UPDATE senders SET lane_order = 'fair'"));
    }
    let mut people = BTreeMap::new();
    for seq in 1..=i64::try_from(1 + rng.below(3)).unwrap() {
        let count = 20 + rng.ms(130);
        world.campaign(seq, count, &json!({}));
        people.insert(seq, count);
    }
    Run {
        world,
        deduplicates,
        max,
        gap_ms,
        people,
        opted_out: Vec::new(),
        paused_at: BTreeMap::new(),
        silences: Vec::new(),
    }
}

fn script_provider(run: &Run, seed: u64) {
    let rng = Rng::new(seed);
    let faults = Rc::clone(&run.world.faults);
    *run.world.answer.borrow_mut() = Box::new(move |_| {
        if !faults.are_on() {
            return Outcome::Taken { reference: None };
        }
        match rng.below(40) {
            0 => Outcome::Refused { reason: "refused", detail: String::new() },
            1 => Outcome::Later { after_ms: rng.ms(200_000), detail: String::new() },
            2 => Outcome::Unclear { detail: "reset".into() },
            _ => Outcome::Taken { reference: None },
        }
    });
}

fn release_dead_letters(world: &Rc<TestWorld>) {
    for letter in world.sql(sql!("SELECT id FROM dead_letters WHERE released_ms IS NULL")) {
        let id = letter["id"].as_str().unwrap();
        call(world, dead_letters::release(&**world, id, world.now())).unwrap();
    }
}

/// Runs a command to its end, whatever it waits for.
fn call<T>(world: &Rc<TestWorld>, command: impl Future<Output = T>) -> T {
    let _ = world;
    let mut command = std::pin::pin!(command);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = command.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// What people do meanwhile.
fn act(run: &mut Run, rng: &Rng) {
    let world = Rc::clone(&run.world);
    let seq = 1 + rng.ms(run.people.len() as u64);
    match rng.below(5) {
        0 => {
            // Whether it was committed or not, an error may be the answer.
            let _ = call(
                &world,
                commands::pause(world.database(), &id(seq), &Asked::default(), world.now()),
            );
            if world.status(seq) == "paused" {
                run.paused_at.entry(seq).or_insert(world.now().millis());
            }
        }
        1 if run.paused_at.contains_key(&seq) => resume(run, seq),
        2 => {
            let address = tidegate_world::address(seq, rng.ms(run.people[&seq].unsigned_abs()));
            world.sql(sql!(
                "INSERT OR IGNORE INTO opt_outs VALUES ('team_main', 'sms', ?1, 'stop', 'reply', 0)",
                &address,
            ));
            run.opted_out.push((address, world.now().millis()));
        }
        3 => {
            world.sql(sql!("UPDATE senders SET version = version + 1"));
        }
        _ => {
            let posts = world.posts.borrow().clone();
            let posts: Vec<_> = posts.into_iter().filter(|post| post.taken).collect();
            if let Some(post) = posts.get(usize::try_from(rng.below(posts.len() as u64)).unwrap()) {
                let (campaign, ordinal) =
                    post.id.trim_start_matches("cmp_").split_once('-').unwrap();
                let news = receipts::News {
                    campaign_seq: campaign.parse().unwrap(),
                    ordinal: ordinal.parse().unwrap(),
                    trigger: MessageTrigger::Delivered,
                    at_ms: world.now().millis(),
                    reason: None,
                };
                let _ = call(&world, receipts::apply(world.database(), &[news.clone(), news]));
            }
        }
    }
}

fn resume(run: &mut Run, seq: i64) {
    let world = Rc::clone(&run.world);
    let from = run.paused_at.get(&seq).copied().unwrap();
    let resumed = call(&world, commands::resume(&*world, &id(seq), &Asked::default(), world.now()));
    // An error may have come after the commit.
    if resumed.is_ok() || world.status(seq) != "paused" {
        run.paused_at.remove(&seq);
        run.silences.push((seq, from, world.now().millis()));
    }
}

fn check(run: &Run) {
    let posts = run.world.posts.borrow();
    let mut ids: BTreeSet<&String> = BTreeSet::new();
    for post in posts.iter().filter(|post| post.taken) {
        let again = !ids.insert(&post.id);
        assert!(!again || run.deduplicates, "{} was POSTed twice", post.id);
    }
    check_counts(run, &ids);
    check_rules(run);
    for (address, at) in &run.opted_out {
        let after = posts.iter().filter(|post| &post.to == address && post.at > *at + IN_FLIGHT_MS);
        assert_eq!(after.count(), 0, "{address} was written to after opting out");
    }
    for (seq, from, to) in &run.silences {
        let prefix = format!("{}-", id(*seq));
        let inside = posts.iter().filter(|post| {
            post.id.starts_with(&prefix) && post.at > *from + IN_FLIGHT_MS && post.at < *to
        });
        assert_eq!(inside.count(), 0, "campaign {seq} sent while it was paused");
    }
}

fn check_counts(run: &Run, posted: &BTreeSet<&String>) {
    for (&seq, &people) in &run.people {
        let rows = run.world.sql(sql!("SELECT * FROM campaigns WHERE seq = ?1", seq));
        let row = &rows[0];
        let number = |name: &str| row[name].as_i64().unwrap();
        assert_eq!(row["status"], "completed", "campaign {seq}: {row}");
        let counted = number("sent") + number("failed") + number("skipped") + number("unknown");
        assert_eq!(counted, people, "campaign {seq} adds up: {row}");
        let messages = run.world.sql(sql!(
            "SELECT ordinal, status FROM messages WHERE campaign_seq = ?1 ORDER BY ordinal",
            seq
        ));
        assert_eq!(i64::try_from(messages.len()), Ok(people), "campaign {seq} has everybody once");
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for message in &messages {
            let status = message["status"].as_str().unwrap();
            *counts.entry(status.to_owned()).or_default() += 1;
            let id = format!("cmp_{seq}-{}", message["ordinal"]);
            if matches!(status, "sent" | "delivered") {
                assert!(posted.contains(&id), "{id} is {status} and was never POSTed");
            }
            if status == "skipped" {
                assert!(!posted.contains(&id), "{id} is skipped and was POSTed");
            }
        }
        let of = |status: &str| counts.get(status).copied().unwrap_or(0);
        assert_eq!(number("sent"), of("sent") + of("delivered"), "campaign {seq}");
        for status in ["delivered", "failed", "skipped", "unknown"] {
            assert_eq!(number(status), of(status), "campaign {seq}: {status}");
        }
    }
}

fn check_rules(run: &Run) {
    let posts = run.world.posts.borrow();
    let mut times: Vec<i64> = posts.iter().map(|post| post.at).collect();
    times.sort_unstable();
    // What was not taken has its place back; what is repeated with its key goes once.
    let mut seen = BTreeSet::new();
    let counted = posts.iter().filter(|post| post.taken && seen.insert(&post.id));
    let mut counted: Vec<i64> = counted.map(|post| post.at).collect();
    counted.sort_unstable();
    for pair in counted.windows(run.max + 1) {
        let span = pair[run.max] - pair[0];
        assert!(span > DAY_MS - LATE_MS, "{} POSTs within {span} ms", run.max + 1);
    }
    for pair in counted.windows(2) {
        assert!(pair[1] - pair[0] >= run.gap_ms - LATE_MS, "a gap of {} ms", pair[1] - pair[0]);
    }
    let policy: Value = serde_json::from_str(
        run.world.sql(sql!("SELECT policy FROM senders"))[0]["policy"].as_str().unwrap(),
    )
    .unwrap();
    let hours = json!({
        "time_zone": policy["time_zone"], "windows": policy["windows"], "blocked": policy["blocked"],
    });
    let layer = tidegate::Layer {
        name: "hours".into(),
        policy: tidegate::Policy::parse(&hours).unwrap(),
        history: Vec::new(),
    };
    for &at in &times {
        let decision =
            tidegate::decide(std::slice::from_ref(&layer), tidegate::Instant::from_millis(at));
        assert_eq!(decision, tidegate::Decision::Send, "a POST began at {at}, outside the hours");
    }
}
