//! A seeded simulation of dispatch: the real jobs on SQLite with the real migrations, while
//! processes die at any await, the database fails before and after commits, the queue loses, doubles
//! and redelivers, the cron misses and doubles, clocks are off, the provider stumbles, and people
//! pause, stop, edit and opt out at any moment.
//!
//! A seed is one run: a scene ([`scene`]), faults and what people do ([`people`]), and then calm,
//! until everything has come to its end. All the while [`record`] notes what really happens, and
//! [`promises`] and [`endings`] hold the promises against it. [`mutants`] shows that they can fail.

mod endings;
pub mod mutants;
mod people;
mod promises;
pub(crate) mod record;
pub mod runner;
mod scene;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;
use tidegate_worker::ports::World;
use tidegate_worker::sql;

use crate::faults::{Fault, Rng};
use crate::provider::ModelProvider;
use crate::{Rewrite, TestWorld};
use record::Record;

const HOUR_MS: i64 = 3_600_000;
/// Once faults stop, everything ends within so many days.
const CALM_DAYS: i64 = 40;
/// How many times people do something, at most.
const ACTS: u64 = 40;
/// Who is in which zone is drawn apart, so that a seed's other draws do not depend on it.
const ZONES_SEED: u64 = 0x5a_0e5;
/// Likewise what a team asks for each person.
const PEOPLE_SEED: u64 = 0x9e_091e;
/// One seed in so many is without any fault, and held to its plan.
const QUIET_ONE_IN: u64 = 12;

/// How much is not at its end.
const OPEN: &str = "SELECT
  (SELECT count(*) FROM campaigns WHERE status NOT IN ('completed', 'stopped')
     AND NOT (status = 'draft' AND total = 0))
  + (SELECT count(*) FROM resends WHERE done_ms IS NULL)
  + (SELECT count(*) FROM handovers WHERE done = 0) + (SELECT count(*) FROM backlog)
  + (SELECT count(*) FROM lookups)";

/// Whether a promise is kept, or what broke it.
type Kept = Result<(), String>;

/// Promises with their names, each a question to a run.
type Promises = &'static [(&'static str, fn(&Run) -> Kept)];

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub promise: &'static str,
    pub what: String,
}

/// What happened in runs, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(pub BTreeMap<&'static str, u64>);

impl Tally {
    pub fn add(&mut self, name: &'static str, count: u64) {
        *self.0.entry(name).or_default() += count;
    }

    pub fn add_all(&mut self, other: &Self) {
        other.0.iter().for_each(|(name, count)| self.add(name, *count));
    }
}

/// How one seed ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub tally: Tally,
    pub broken: Option<Broken>,
}

/// A campaign of a run.
struct Campaign {
    seq: i64,
    id: String,
    sender: i64,
    people: i64,
}

/// One seed's run.
struct Run {
    world: Rc<TestWorld>,
    provider: Rc<ModelProvider>,
    record: Rc<RefCell<Record>>,
    /// The broadcasts.
    broadcasts: Vec<Campaign>,
    /// Every policy that a sender may ever have had.
    policies: RefCell<BTreeMap<i64, Vec<Value>>>,
    /// The provider that a sender had first.
    providers: BTreeMap<i64, Value>,
    total: i64,
    seed: u64,
    began_ms: i64,
    zone: &'static str,
    tally: Rc<RefCell<Tally>>,
}

/// What is different about a run of a deliberate fault.
pub struct Twist {
    pub rewrite: Rewrite,
    /// Faults that happen once in so many chances, whatever the seed says.
    pub often: &'static [(Fault, u64)],
}

/// Runs one seed, with what a twist makes of it.
pub fn simulate(seed: u64, twist: Option<Twist>) -> Ended {
    let rng = Rng::new(seed);
    let mut run = scene::set_up(&rng, &Rng::new(seed.rotate_left(32) ^ ZONES_SEED));
    run.seed = seed;
    record::watch(&run.world, &run.record);
    run.watch_posts();
    let often = twist.as_ref().map_or(&[][..], |twist| twist.often);
    run.world.database().rewrite.replace(twist.map(|twist| twist.rewrite));
    let kept = run.go(&rng, often);
    let mut tally = run.tally.borrow().clone();
    for &fault in Fault::ALL {
        tally.add(fault.name(), run.world.faults.happened(fault));
    }
    let attempts = run.provider.attempts.borrow();
    tally.add("transactions", run.world.database().commits.get());
    let hours = (run.world.time().now() - run.began_ms) / 3_600_000;
    tally.add("hours", hours.unsigned_abs());
    tally.add("POSTs", attempts.len() as u64);
    tally.add("messages taken", attempts.iter().filter(|post| post.accepted).count() as u64);
    let parents = &run.record.borrow().parents;
    let again = attempts.iter().filter(|post| parents.contains_key(&post.campaign));
    tally.add("POSTs of what is sent again", again.count() as u64);
    // The jobs hold the world, and it holds them.
    run.world.crash();
    run.world.forget();
    Ended { tally, broken: kept.err() }
}

impl Run {
    fn go(&self, rng: &Rng, often: &[(Fault, u64)]) -> Result<(), Broken> {
        let quiet = rng.once_in(QUIET_ONE_IN);
        if !quiet {
            self.world.faults.start(rng.next());
            for &(fault, once_in) in often {
                self.world.faults.set(fault, once_in);
            }
            scene::limit_people(self, &Rng::new(self.seed.rotate_left(16) ^ PEOPLE_SEED));
        }
        people::schedule_all(self);
        let mut at = self.world.time().now();
        let acts = if quiet { 0 } else { rng.below(ACTS) };
        for _ in 0..acts {
            at += *rng.pick(&[rng.ms(2_000), rng.ms(60_000), rng.ms(60_000), rng.ms(3_600_000)]);
            self.world.run_until_ms(at);
            self.check(promises::AT_EACH_STOP)?;
            people::act(self, rng);
        }
        self.world.run_until_ms(at + rng.ms(600_000));
        self.world.faults.stop();
        for hour in 0..CALM_DAYS * 24 {
            if hour % 12 == 0 {
                self.check(promises::AT_EACH_STOP)?;
            }
            people::settle(self);
            let next = self.world.time().now() + HOUR_MS;
            self.world.skip_idle_minutes(next);
            self.world.run_until_ms(next);
            if self.world.number(OPEN) == 0 {
                break;
            }
        }
        self.check(promises::AT_EACH_STOP)?;
        self.check(endings::AT_THE_END)?;
        if quiet { self.check(endings::WHEN_QUIET) } else { Ok(()) }
    }

    /// What was broken since the last stop, and these promises.
    fn check(&self, promises: Promises) -> Result<(), Broken> {
        if let Some(broken) = self.record.borrow().broken.clone() {
            return Err(broken);
        }
        for (promise, holds) in promises {
            holds(self).map_err(|what| Broken { promise, what })?;
        }
        Ok(())
    }

    /// Asks each POST as it begins.
    fn watch_posts(&self) {
        let record = Rc::clone(&self.record);
        self.provider.witness.replace(Some(Box::new(move |earlier, attempt| {
            let mut record = record.borrow_mut();
            for (promise, holds) in promises::AT_EACH_POST {
                if let Err(what) = holds(&record, earlier, attempt) {
                    record.breaks(promise, what);
                }
            }
            let claim = record.claims.get(&(attempt.campaign, attempt.ordinal)).cloned();
            record.claimed.push(claim);
        })));
    }

    /// The loosest daily limit that a sender may have had; none where it had none at a time.
    fn loosest_daily(&self, sender: i64) -> Option<usize> {
        let policies = self.policies.borrow();
        let daily = |policy: &Value| {
            let limits = policy["limits"].as_array()?;
            let daily = limits.iter().find(|limit| limit["rolling"] == "24h")?;
            usize::try_from(daily["max"].as_u64()?).ok()
        };
        let all: Option<Vec<usize>> = policies[&sender].iter().map(daily).collect();
        all.and_then(|all| all.into_iter().max())
    }

    /// All campaigns, the singles with them.
    fn campaigns(&self) -> Vec<Campaign> {
        let rows = self.world.sql(sql!("SELECT seq, id, sender_seq, total FROM campaigns"));
        let of = |row: &Value| Campaign {
            seq: row["seq"].as_i64().unwrap(),
            id: row["id"].as_str().unwrap().to_owned(),
            sender: row["sender_seq"].as_i64().unwrap(),
            people: row["total"].as_i64().unwrap(),
        };
        rows.iter().map(of).collect()
    }

    fn note(&self, what: &'static str) {
        self.tally.borrow_mut().add(what, 1);
    }

    fn status(&self, seq: i64) -> String {
        self.world.sql(sql!("SELECT status FROM campaigns WHERE seq = ?1", seq))[0]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
