//! The CPU time of each subject, by criterion.
//!
//! Each is measured once a round, with the others of its row, so that whatever else the machine
//! does is shared out among them.

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, SamplingMode};
use tidegate_bench::questions::Questions;
use tidegate_bench::subjects;

/// How many rounds there are, and how many milliseconds a subject gets in each.
const ROUNDS: &str = "TIDEGATE_ROUNDS";
const ROUND_MS: &str = "TIDEGATE_ROUND_MS";

fn main() {
    let round = Duration::from_millis(number(ROUND_MS, 500));
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime(WallTime))
        .without_plots()
        .sample_size(10)
        .nresamples(1_001)
        .warm_up_time(round / 4)
        .measurement_time(round)
        .configure_from_args();
    let mut all = subjects(&Questions::read());
    for row in all.chunk_by_mut(|one, other| one.row == other.row) {
        for round in 0..number(ROUNDS, 5) {
            for subject in &mut *row {
                let mut group = criterion.benchmark_group(&subject.row);
                group.sampling_mode(SamplingMode::Flat);
                let id = BenchmarkId::new(subject.name, round);
                group.bench_function(id, |bencher| bencher.iter(&mut subject.batch));
                group.finish();
            }
        }
    }
    criterion.final_summary();
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The time that this thread was on a processor.
struct CpuTime(WallTime);

impl Measurement for CpuTime {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.0.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self.0.formatter()
    }
}
