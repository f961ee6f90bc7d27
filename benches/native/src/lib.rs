//! The engine and its peers, asked the same.
//!
//! A [`Subject`] is one of them with one question, a *row* of the table that `npm run bench` ends
//! in. To measure another one, add it to its row in [`open`], [`plan`], [`send`] or [`status`].

pub mod calendar;
pub mod open;
pub mod plan;
pub mod questions;
pub mod send;
pub mod status;
pub mod subject;

use questions::Questions;
pub use subject::{Kind, Subject};

/// All of them, row by row, ours first in each.
///
/// # Panics
///
/// When the questions are none.
#[must_use]
pub fn subjects(questions: &Questions) -> Vec<Subject> {
    let mut all = Vec::new();
    for asked in &questions.plans {
        all.extend(plan::subjects(questions, asked));
    }
    all.extend(open::subjects(questions));
    all.extend(send::subjects(questions));
    all.extend(status::subjects(questions));
    all
}
