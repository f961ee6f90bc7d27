//! Asks one subject so many times and measures nothing, for an instruction counter or a profiler.
//!
//! `repeat "plan S1" tidegate 10`

use tidegate_bench::questions::Questions;
use tidegate_bench::subjects;

fn main() {
    let usage = "write a row, a name and how many times";
    let [row, name, times] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect(usage);
    let times: u32 = times.parse().expect(usage);
    let all = subjects(&Questions::read());
    let mut subject =
        all.into_iter().find(|one| one.row == row && one.name == name).expect("a subject");
    for _ in 0..times {
        (subject.batch)();
    }
}
