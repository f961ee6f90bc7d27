//! Dispatch under faults, seed by seed (see `tests/world/src/sim/`), and proof that it would find
//! them. `npm run sim -- --from SEED --seeds N` runs more.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what cannot be here means that the test is wrong"
)]

mod cases;

use std::sync::atomic::{AtomicUsize, Ordering};

use tidegate_world::sim::mutants::{MUTANTS, hunt};
use tidegate_world::sim::runner::run_many;

const SEEDS: u64 = 1_000;

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[test]
fn a_thousand_seeds_break_no_promise() {
    let summary = run_many(1, SEEDS, jobs(), |_| {});
    assert!(summary.first_broken.is_none(), "{}", summary.text());
    // Every kind of fault and everything that people do has really happened.
    let never: Vec<_> = summary.tally.0.iter().filter(|(_, count)| **count == 0).collect();
    assert!(never.is_empty(), "{never:?} in {}", summary.text());
    println!("{}", summary.text());
}

#[test]
fn every_guard_that_is_taken_out_is_missed() {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let hunters: Vec<_> = (0..jobs())
            .map(|_| {
                scope.spawn(|| {
                    while let Some(mutant) = MUTANTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let caught = hunt(mutant);
                        let (name, stale) = (mutant.name, &caught.stale);
                        assert!(stale.is_empty(), "`{name}` fits no statement any more: {stale:?}");
                        assert!(
                            caught.by.is_some(),
                            "`{name}` survives {} seeds: {}",
                            mutant.within,
                            mutant.why
                        );
                    }
                })
            })
            .collect();
        for hunter in hunters {
            hunter.join().unwrap();
        }
    });
}
