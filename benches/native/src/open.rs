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
use tidegate::{Decision, Layer, Timetable, decide};

use crate::Kind::{Bound, Ours, Peer};
use crate::Subject;
use crate::calendar::{Calendar, Opening, ZONE, local};
use crate::questions::{Questions, Stretch};

const MINUTE_MS: i64 = 60_000;

/// Each question under all rules, and under the weekly windows alone for those who know no more.
#[must_use]
pub fn subjects(questions: &Questions) -> Vec<Subject> {
    let mut all = Vec::from(made(questions));
    for (row, question) in [("open now", Question::Open), ("next opening", Question::Next)] {
        all.extend(ours(row, question, &questions.open.layers, questions));
        all.push(opening_hours(row, question, questions));
        all.push(table(row, question, questions));
    }
    for (row, question) in
        [("open now, weekly", Question::Open), ("next opening, weekly", Question::Next)]
    {
        all.extend(ours(row, question, &questions.weekly.layers, questions));
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

fn ours(row: &str, question: Question, layers: &Value, questions: &Questions) -> [Subject; 2] {
    let (layers, at) = (layers_of(layers), &questions.open.at);
    let timetable = Rc::new(timetable(&layers, questions.timetable));
    let look = move |t| match question {
        Question::Open => i64::from(timetable.is_open(Instant::from_millis(t))),
        Question::Next => {
            timetable.next_opening(Instant::from_millis(t)).map_or(i64::MAX, Instant::millis)
        }
    };
    let ask = move |t| match (question, decide(&layers, Instant::from_millis(t))) {
        (Question::Open, decision) => i64::from(decision == Decision::Send),
        (Question::Next, Decision::Send) => t,
        (Question::Next, Decision::Wait { until, .. }) => until.millis(),
        (Question::Next, Decision::Never { .. }) => i64::MAX,
    };
    [
        Subject::each(row, (Ours, "tidegate Timetable"), at, look),
        Subject::each(row, (Ours, "tidegate decide"), at, ask),
    ]
}

/// What it costs to make what is looked up: each opening of two years.
fn made(questions: &Questions) -> [Subject; 2] {
    const ROW: &str = "make a timetable";
    let layers = layers_of(&questions.open.layers);
    let stretch = questions.timetable;
    let fresh = move || timetable(&layers, stretch);
    let calendar = questions.calendar.clone();
    let by_hand = move || openings(&calendar, stretch);
    let (ours, theirs) = (fresh.clone(), by_hand.clone());
    [
        Subject::once(ROW, (Ours, "tidegate Timetable"), fresh, move || {
            let openings = ours();
            let openings = openings.openings().iter();
            openings.flat_map(|span| [span.from.millis(), span.until.millis()]).collect()
        }),
        Subject::once(ROW, (Bound, "table by hand"), by_hand, move || {
            theirs().iter().flat_map(|opening| [opening.from, opening.until]).collect()
        }),
    ]
}

fn timetable(layers: &[Layer], Stretch { from, until }: Stretch) -> Timetable {
    let [from, until] = [from, until].map(Instant::from_millis);
    Timetable::new(layers, from, until).expect("a stretch of two years")
}

fn openings(calendar: &Calendar, Stretch { from, until }: Stretch) -> Vec<Opening> {
    calendar.openings(from).take_while(|opening| opening.from < until).collect()
}

pub(crate) fn layers_of(layers: &Value) -> Vec<Layer> {
    let request = parse_decide(&json!({ "layers": layers, "now": 0 }));
    request.expect("a valid document").layers
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
    let openings = openings(&questions.calendar, questions.timetable);
    let table: Rc<[_]> = openings.iter().map(|opening| (opening.from, opening.until)).collect();
    Subject::each(row, (Bound, "table by hand"), &questions.open.at, move |t| {
        let (from, _) = table[table.partition_point(|&(_, until)| until <= t)];
        match question {
            Question::Open => i64::from(from <= t),
            Question::Next => from.max(t),
        }
    })
}
