//! Runs many seeds on several threads, and says what happened in them.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::Instant;

use super::{Broken, Ended, Tally, Twist, simulate};
use crate::Fault;

/// What a number of seeds came to.
#[derive(Debug)]
pub struct Summary {
    pub seeds: u64,
    pub seconds: f64,
    pub tally: Tally,
    /// The lowest seed that broke a promise.
    pub first_broken: Option<(u64, Broken)>,
}

thread_local! {
    static SIMULATES: Cell<bool> = const { Cell::new(false) };
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs one seed. A panic of the product is a broken promise like any other.
pub fn run_one(seed: u64, twist: Option<Twist>) -> Ended {
    listen_to_panics();
    SIMULATES.set(true);
    let ended = panic::catch_unwind(AssertUnwindSafe(|| simulate(seed, twist)));
    SIMULATES.set(false);
    ended.unwrap_or_else(|_| {
        let what = PANICKED.take().unwrap_or_default();
        Ended { tally: Tally::default(), broken: Some(Broken { promise: "no panic", what }) }
    })
}

/// Keeps the words of a panic inside a simulation; all others are told as ever.
fn listen_to_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let otherwise = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if SIMULATES.get() {
                PANICKED.replace(Some(info.to_string()));
            } else {
                otherwise(info);
            }
        }));
    });
}

/// Runs `seeds` seeds from `from` on, on `jobs` threads, until one breaks a promise. `progress` is
/// told now and then how many are done.
pub fn run_many(from: u64, seeds: u64, jobs: usize, progress: impl Fn(u64) + Sync) -> Summary {
    let started = Instant::now();
    let next = AtomicU64::new(from);
    let end = AtomicU64::new(from + seeds);
    let sum = Mutex::new((0_u64, Tally::default(), None::<(u64, Broken)>));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end.load(Ordering::Relaxed) {
                        break;
                    }
                    let ended = run_one(seed, None);
                    let mut sum = sum.lock().unwrap();
                    sum.0 += 1;
                    sum.1.add_all(&ended.tally);
                    if let Some(broken) = ended.broken {
                        // Those below it still run, so that the lowest is found.
                        end.fetch_min(seed, Ordering::Relaxed);
                        if sum.2.as_ref().is_none_or(|(lowest, _)| seed < *lowest) {
                            sum.2 = Some((seed, broken));
                        }
                    }
                    progress(sum.0);
                }
            });
        }
    });
    let (seeds, tally, first_broken) = sum.into_inner().unwrap();
    Summary { seeds, seconds: started.elapsed().as_secs_f64(), tally, first_broken }
}

impl Summary {
    /// The report, a line a kind.
    pub fn text(&self) -> String {
        let rate = if self.seconds > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
            let seeds = self.seeds as f64;
            seeds / self.seconds
        } else {
            0.0
        };
        let mut text =
            format!("{} seeds in {:.1} s, {rate:.0} a second\n", self.seeds, self.seconds);
        let is_fault = |name: &str| Fault::ALL.iter().any(|fault| fault.name() == name);
        for (name, count) in self.tally.0.iter().filter(|(name, _)| !is_fault(name)) {
            let _ = writeln!(text, "{count:>12}  {name}");
        }
        for &fault in Fault::ALL {
            let count = self.tally.0.get(fault.name()).copied().unwrap_or(0);
            let _ = writeln!(text, "{count:>12}  fault: {}", fault.name());
        }
        if let Some((seed, broken)) = &self.first_broken {
            let _ = writeln!(
                text,
                "seed {seed} breaks `{}`: {}\n  again: npm run sim -- --from {seed} --seeds 1",
                broken.promise, broken.what
            );
        }
        text
    }
}
