//! May one send now, and when next?

use std::rc::Rc;
use std::sync::Arc;

use compact_calendar::CompactCalendar;
use croner::parser::CronParser;
use opening_hours::localization::TzLocation;
use opening_hours::{Context, ContextHolidays, OpeningHours};
use serde_json::{Value, json};
use tidegate::request::parse_decide;
use tidegate::time::Instant;
use tidegate::{Decision, Layer, decide};

use crate::Kind::{Bound, Ours, Peer};
use crate::Subject;
use crate::calendar::{ZONE, local};
use crate::questions::Questions;

const MINUTE_MS: i64 = 60_000;

/// Each question under all rules, and under the weekly windows alone for those who know no more.
#[must_use]
pub fn subjects(questions: &Questions) -> Vec<Subject> {
    let mut all = Vec::new();
    for (row, question) in [("open now", Question::Open), ("next opening", Question::Next)] {
        all.extend(ours(row, question, &questions.open.layers, &questions.open.at));
        all.push(opening_hours(row, question, questions));
        all.push(table(row, question, questions));
    }
    for (row, question) in
        [("open now, weekly", Question::Open), ("next opening, weekly", Question::Next)]
    {
        all.extend(ours(row, question, &questions.weekly.layers, &questions.open.at));
        all.push(croner(row, question, &questions.open.at));
    }
    all
}

#[derive(Clone, Copy)]
enum Question {
    /// 1 when it is open.
    Open,
    /// The instant asked about when it is open, or else when it opens.
    Next,
}

fn ours(row: &str, question: Question, layers: &Value, at: &Rc<[i64]>) -> [Subject; 1] {
    let layers = layers_of(layers);
    let ask = move |t| match (question, decide(&layers, Instant::from_millis(t))) {
        (Question::Open, decision) => i64::from(decision == Decision::Send),
        (Question::Next, Decision::Send) => t,
        (Question::Next, Decision::Wait { until, .. }) => until.millis(),
        (Question::Next, Decision::Never { .. }) => i64::MAX,
    };
    [Subject::each(row, (Ours, "tidegate decide"), at, ask)]
}

pub(crate) fn layers_of(layers: &Value) -> Rc<[Layer]> {
    let request = parse_decide(&json!({ "layers": layers, "now": 0 }));
    request.expect("a valid document").layers.into()
}

fn opening_hours(row: &str, question: Question, questions: &Questions) -> Subject {
    let mut holidays = CompactCalendar::default();
    for day in &*questions.calendar.holidays {
        holidays.insert(*day);
    }
    let holidays = ContextHolidays::new(Arc::new(holidays), Arc::default());
    let context = Context::default().with_holidays(holidays).with_locale(TzLocation::new(ZONE));
    let rules: OpeningHours = "Mo-Fr 09:00-12:00,13:00-17:30; PH off".parse().expect("valid rules");
    let rules = rules.with_context(context);
    let named = (Peer, "opening-hours");
    match question {
        Question::Open => {
            let ask = move |t| i64::from(rules.is_open(local(t)));
            Subject::each(row, named, &questions.open.at, ask)
        }
        Question::Next => Subject::each(row, named, &questions.open.at, move |t| {
            let mut at = local(t);
            while !rules.is_open(at) {
                at = rules.next_change(at).expect("the windows come each week");
            }
            at.timestamp_millis()
        }),
    }
}

/// Cron knows minutes of days of the week, and so it takes two patterns to say half past five.
fn croner(row: &str, question: Question, at: &Rc<[i64]>) -> Subject {
    let pattern = |pattern| CronParser::new().parse(pattern).expect("a valid pattern");
    let open = [pattern("* 9-11,13-16 * * 1-5"), pattern("0-29 17 * * 1-5")];
    let opens = pattern("0 9,13 * * 1-5");
    let is_open = move |t: i64| {
        let minute = local(t - t.rem_euclid(MINUTE_MS));
        open.iter().any(|pattern| pattern.is_time_matching(&minute).expect("a valid time"))
    };
    let named = (Peer, "croner");
    match question {
        Question::Open => Subject::each(row, named, at, move |t| i64::from(is_open(t))),
        Question::Next => Subject::each(row, named, at, move |t| {
            if is_open(t) {
                return t;
            }
            let found = opens.find_next_occurrence(&local(t), false);
            found.expect("the windows come each week").timestamp_millis()
        }),
    }
}

/// Two years of windows as instants, searched by halves.
fn table(row: &str, question: Question, questions: &Questions) -> Subject {
    let first = *questions.open.at.iter().min().expect("instants to ask about");
    let last = *questions.open.at.iter().max().expect("instants to ask about");
    let mut table = Vec::new();
    for opening in questions.calendar.openings(first) {
        table.push((opening.from, opening.until));
        if opening.from > last {
            break;
        }
    }
    let table: Rc<[(i64, i64)]> = table.into();
    Subject::each(row, (Bound, "table by hand"), &questions.open.at, move |t| {
        let (from, _) = table[table.partition_point(|&(_, until)| until <= t)];
        match question {
            Question::Open => i64::from(from <= t),
            Question::Next => from.max(t),
        }
    })
}
