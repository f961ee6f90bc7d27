//! When will each message go?

use std::rc::Rc;

use tidegate::request::parse_plan;
use tidegate::{plan, plan_times};

use crate::Kind::{Bound, Ours};
use crate::Subject;
use crate::questions::{Pace, PlanQuestion, Questions};

const DAY_MS: i64 = 86_400_000;

/// The engine, as runs and with every instant, and a table.
///
/// # Panics
///
/// When the question is no valid document.
#[must_use]
pub fn subjects(questions: &Questions, asked: &PlanQuestion) -> [Subject; 3] {
    let row = format!("plan {}", asked.name);
    let request = Rc::new(parse_plan(&asked.request).expect("a valid plan request"));
    let times = {
        let request = Rc::clone(&request);
        move || plan_times(&plan(&request))
    };
    let runs = move || plan(&request);
    let table = by_table(questions, asked.pace);
    // Instants are whole and below 2^53.
    #[expect(clippy::cast_possible_truncation, reason = "they come from whole milliseconds")]
    let whole = |times: Vec<f64>| times.into_iter().map(|t| t as i64).collect();
    let compared = times.clone();
    let all = times.clone();
    [
        Subject::once(&row, (Ours, "tidegate plan"), runs, move || whole(compared())),
        Subject::once(&row, (Ours, "tidegate plan_times"), times, move || whole(all())),
        Subject::once(&row, (Bound, "table by hand"), table.clone(), table),
    ]
}

/// Every instant, from the windows of one day after the other: additions and comparisons alone.
fn by_table(questions: &Questions, pace: Pace) -> impl Fn() -> Vec<i64> + Clone + 'static {
    let (start, count) = (questions.start, questions.messages);
    let calendar = questions.calendar.clone();
    move || {
        let mut times: Vec<i64> = Vec::with_capacity(count);
        let (mut today, mut left) = (0, 0);
        let (mut last, mut series) = (i64::MIN / 2, 0);
        for opening in calendar.openings(start) {
            if opening.day != today {
                (today, left) = (opening.day, pace.on_a_day);
            }
            let mut at = opening.from.max(start);
            while left > 0 && times.len() < count {
                at = at.max(last + if series == pace.after { pace.pause } else { pace.gap });
                if let Some(oldest) = times.len().checked_sub(pace.in_a_day) {
                    at = at.max(times[oldest] + DAY_MS);
                }
                if at >= opening.until {
                    break;
                }
                series = if at - last >= pace.pause { 1 } else { series + 1 };
                times.push(at);
                last = at;
                left -= 1;
            }
            if times.len() == count {
                break;
            }
        }
        times
    }
}
