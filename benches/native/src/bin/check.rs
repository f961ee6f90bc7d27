//! What each subject answers beside ours, and what a plan needs of memory: one JSON text.

use std::collections::BTreeMap;

use peak_alloc::PeakAlloc;
use serde::Serialize;
use tidegate_bench::questions::Questions;
use tidegate_bench::{Kind, send, subjects};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[derive(Serialize)]
struct Checked {
    row: String,
    name: &'static str,
    kind: Kind,
    operations: usize,
    answers: usize,
    /// How many answers are not ours.
    differ: usize,
    /// Of all answers, for comparison with those given in JavaScript.
    digest: u32,
    /// The most that was allocated at once in one batch.
    bytes: usize,
    /// Where a limit was asked for: how many went in the fullest 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    most_in_a_day: Option<usize>,
}

fn main() {
    let mut ours: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut checked = Vec::new();
    let questions = Questions::read();
    for mut subject in subjects(&questions) {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        (subject.batch)();
        let bytes = MEMORY.peak_usage() - before;
        let answers = (subject.answers)();
        let expected = ours.entry(subject.row.clone()).or_insert_with(|| answers.clone());
        let sends = questions.sends.iter().find(|asked| asked.row == subject.row);
        let most_in_a_day = sends.map(|asked| send::most_in_a_day(asked, &answers));
        checked.push(Checked {
            differ: expected.iter().zip(&answers).filter(|(one, other)| one != other).count()
                + expected.len().abs_diff(answers.len()),
            answers: answers.len(),
            digest: digest(&answers),
            row: subject.row,
            name: subject.name,
            kind: subject.kind,
            operations: subject.operations,
            bytes,
            most_in_a_day,
        });
    }
    println!("{}", serde_json::to_string(&checked).expect("plain fields"));
}

/// The one of `benches/js/subject.mjs`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the low 32 bits")]
fn digest(answers: &[i64]) -> u32 {
    answers.iter().fold(0, |digest, &answer| digest.wrapping_mul(31).wrapping_add(answer as u32))
}
