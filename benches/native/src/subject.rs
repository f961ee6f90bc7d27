//! Someone with a question, and how often it is asked in one go.

use std::hint::black_box;
use std::rc::Rc;

/// What the subject is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The engine.
    Ours,
    /// What others publish.
    Peer,
    /// Code for this one question, which knows no other rules: how fast it can be at all.
    Bound,
}

/// Someone with a question.
pub struct Subject {
    /// The question.
    pub row: String,
    /// Whom it is put to.
    pub name: &'static str,
    /// What that is to us.
    pub kind: Kind,
    /// How many questions a batch has.
    pub operations: usize,
    /// Every answer, for comparison within the row.
    pub answers: Box<dyn Fn() -> Vec<i64>>,
    /// Every question once, for the clock.
    pub batch: Box<dyn FnMut()>,
}

impl Subject {
    /// One question whose answer does not depend on the ones before.
    pub fn each<Q: Copy + 'static>(
        row: &str,
        (kind, name): (Kind, &'static str),
        asked: &Rc<[Q]>,
        question: impl Fn(Q) -> i64 + Clone + 'static,
    ) -> Self {
        let step = move |(): &mut (), asked| question(asked);
        Self::stream(row, (kind, name), asked, || (), step)
    }

    /// A question that is one batch by itself.
    pub fn once<T>(
        row: &str,
        (kind, name): (Kind, &'static str),
        mut work: impl FnMut() -> T + 'static,
        answers: impl Fn() -> Vec<i64> + 'static,
    ) -> Self {
        let batch = Box::new(move || {
            black_box(work());
        });
        let answers = Box::new(answers);
        Self { row: row.to_owned(), name, kind, operations: 1, answers, batch }
    }

    /// Questions one after the other, the answers to which are remembered.
    pub fn stream<Q: Copy + 'static, S>(
        row: &str,
        (kind, name): (Kind, &'static str),
        asked: &Rc<[Q]>,
        start: impl Fn() -> S + Clone + 'static,
        step: impl Fn(&mut S, Q) -> i64 + Clone + 'static,
    ) -> Self {
        let (same_start, same_step, same_asked) = (start.clone(), step.clone(), Rc::clone(asked));
        let asked = Rc::clone(asked);
        Self {
            row: row.to_owned(),
            name,
            kind,
            operations: asked.len(),
            answers: Box::new(move || {
                let mut state = same_start();
                same_asked.iter().map(|&asked| same_step(&mut state, asked)).collect()
            }),
            batch: Box::new(move || {
                let mut state = start();
                for &question in &*asked {
                    black_box(step(&mut state, black_box(question)));
                }
            }),
        }
    }
}
