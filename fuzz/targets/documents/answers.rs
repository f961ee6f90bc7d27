//! What every answer promises.

use serde_json::{Value, json};
use tidegate::request::{DecideRequest, parse_decide};
use tidegate::{
    Decision, HORIZON_MS, Instant, Layer, MAX_RUNS, MAX_WAITS, PlanRequest, Timetable, decide,
    plan_times,
};

/// A plan of more runs is not fed back.
const FED_BACK: usize = 1_000;

/// A message is refused now and allowed at the promised instant.
pub fn decision(request: &DecideRequest) {
    let decision = decide(&request.layers, request.now);
    if let Decision::Wait { until, because } = &decision {
        assert!(!because.is_empty() && because.iter().all(|reason| !reason.text.is_empty()));
        assert!(request.now < *until && until.millis() < request.now.millis() + HORIZON_MS);
        assert_eq!(decide(&request.layers, *until), Decision::Send);
    }
    assert!(serde_json::to_value(&decision).is_ok());
}

/// A plan accounts for every message, keeps its order, and can be fed back.
pub fn plan(request: &PlanRequest) {
    let plan = tidegate::plan(request);
    let asked: u64 = request.lanes.iter().map(|lane| lane.count).sum();
    assert_eq!(plan.planned + plan.unplanned, asked);
    assert_eq!(plan.planned, plan.runs.iter().map(|planned| planned.run.count).sum::<u64>());
    assert_eq!(plan.planned, plan.lanes.iter().map(|lane| lane.planned).sum::<u64>());
    assert_eq!(plan.planned, plan.days.iter().map(|day| day.count).sum::<u64>());
    assert!(plan.runs.len() <= MAX_RUNS && plan.waits.len() <= MAX_WAITS);
    assert!(plan.runs.is_sorted_by_key(|planned| (planned.run.start, planned.lane)));
    assert!(plan.first.is_none_or(|first| request.now <= first));
    assert!(plan.last.zip(request.until).is_none_or(|(last, until)| last < until));

    let times = plan_times(&plan);
    assert!(times.is_sorted() && times.len() as u64 == plan.planned);

    let answer = serde_json::to_value(&plan).expect("a plan can be written");
    if plan.runs.len() <= FED_BACK {
        let layer = json!({ "policy": {}, "history": answer["runs"] });
        let again = parse_decide(&json!({ "layers": [layer], "now": request.now }));
        assert!(again.is_ok(), "{again:?}");
    }
}

/// A timetable opens when a decision at its beginning says.
pub fn timetable(timetable: &Timetable, document: &Value) {
    let openings = timetable.openings();
    assert!(openings.iter().all(|opening| opening.from < opening.until));
    assert!(openings.windows(2).all(|pair| pair[0].until < pair[1].from));
    let (layers, from) = asked_at(document, "from");
    let (_, until) = asked_at(document, "until");
    let opens = match decide(&layers, from) {
        Decision::Send => Some(from),
        Decision::Wait { until, .. } => Some(until),
        Decision::Never { .. } => None,
    };
    assert_eq!(timetable.next_opening(from), opens.filter(|opens| *opens < until));
    assert_eq!(timetable.is_open(from), opens == Some(from));
}

/// The layers of a timetable, and one of its two instants.
fn asked_at(document: &Value, name: &str) -> (Vec<Layer>, Instant) {
    let layers = document.get("layers").cloned().unwrap_or_else(|| json!([]));
    let read = parse_decide(&json!({ "layers": layers, "now": document[name] }));
    let request = read.expect("a timetable was made of it");
    (request.layers, request.now)
}
