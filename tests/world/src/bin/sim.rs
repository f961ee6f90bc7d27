//! `npm run sim -- --from SEED --seeds N [--jobs N]`: runs the simulation's seeds and says what
//! happened. Its exit code is 1 where a promise was broken. `--mutants [NAME]` shows which seed finds each
//! deliberate fault, or those that are named so.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use tidegate_world::sim::mutants::{MUTANTS, hunt};
use tidegate_world::sim::runner::run_many;

fn main() -> ExitCode {
    let (mut from, mut seeds, mut jobs) = (1, 1_000, 2);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--mutants" {
            return hunt_all(&words.next().unwrap_or_default());
        }
        let number = words.next().and_then(|text| text.replace('_', "").parse::<u64>().ok());
        match (word.as_str(), number) {
            ("--from", Some(number)) => from = number,
            ("--seeds", Some(number)) => seeds = number,
            ("--jobs", Some(number)) => jobs = number,
            _ => {
                eprintln!("`{word}` is not understood; write --from SEED --seeds N --jobs N");
                return ExitCode::from(2);
            }
        }
    }
    let told = AtomicU64::new(0);
    let step = (seeds / 20).clamp(500, 5_000);
    let summary = run_many(from, seeds, usize::try_from(jobs).unwrap_or(1), |done| {
        if done / step > told.fetch_max(done / step, Ordering::Relaxed) {
            eprintln!("{done} seeds");
        }
    });
    print!("{}", summary.text());
    if summary.first_broken.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// One line a mutant whose name holds `name`.
fn hunt_all(name: &str) -> ExitCode {
    let mut all_caught = true;
    for mutant in MUTANTS.iter().filter(|mutant| mutant.name.contains(name)) {
        let caught = hunt(mutant);
        all_caught &= caught.by.is_some() && caught.stale.is_empty();
        match &caught.by {
            Some((seed, how)) => println!("{:<28} seed {seed:>4}  {how}", mutant.name),
            None => println!("{:<28} survives {} seeds", mutant.name, mutant.within),
        }
        for edit in &caught.stale {
            println!("{:<28} fits no statement: {edit}", mutant.name);
        }
    }
    if all_caught { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
