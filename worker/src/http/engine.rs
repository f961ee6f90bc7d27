//! The engine's own questions, over HTTP: the same documents as in the page.

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::{Plan, Policy, Problem, request};

use super::api::{About, Repeat, Routes};
use super::asked::engine as asked;
use super::body::Document;
use super::caller::Viewer;
use super::{App, Failure};
use crate::ports::World;

/// How many messages a plan over HTTP may have.
const MESSAGES_MOST: f64 = 10_000_000.0;

/// How many runs an answer may have: about 10 MB of JSON.
const RUNS_MOST: usize = 100_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    let asks = |id, summary| About::new(id, summary).repeated(Repeat::Harmless);
    Routes::of(
        "engine",
        "The engine's own questions, as in the page; `now` may be left out. Nothing is kept.",
    )
    .post(
        "/policies/check",
        check,
        asks("checkPolicy", "Check a policy").asks::<asked::PolicyToCheck>(),
    )
    .post(
        "/decisions",
        decide::<W>,
        asks("decide", "Decide whether a message may go now").asks::<asked::DecideRequest>(),
    )
    .post(
        "/plans",
        plan::<W>,
        asks("plan", "Plan when each of many messages will go").asks::<asked::PlanRequest>(),
    )
    .post(
        "/advice",
        advise::<W>,
        asks("advise", "Find what would have them gone by an instant")
            .asks::<asked::AdviseRequest>(),
    )
    .post(
        "/explanations",
        explain::<W>,
        asks("explain", "Explain why a message goes when it goes").asks::<asked::ExplainRequest>(),
    )
}

/// Whether a document is a policy.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Checked {
    /// Whether it has no problems.
    valid: bool,
    /// Every problem.
    problems: Vec<Problem>,
}

async fn check(_: Viewer, Document(document): Document) -> Result<Json<Checked>, Failure> {
    let problems = Policy::parse(policy_of(&document)).err().unwrap_or_default();
    Ok(Json(Checked { valid: problems.is_empty(), problems }))
}

/// The policy itself, or the one in `{"policy": ...}`. No policy has a field of that name.
fn policy_of(document: &Value) -> &Value {
    document.get("policy").unwrap_or(document)
}

async fn decide<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<tidegate::Decision>, Failure> {
    let request = request::parse_decide(&with_now(document, &app))?;
    Ok(Json(tidegate::decide(&request.layers, request.now)))
}

async fn plan<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<Plan>, Failure> {
    let plan = bounded(with_now(document, &app), |asked| {
        request::parse_plan(asked).map(|request| tidegate::plan(&request))
    })?;
    if plan.runs.len() > RUNS_MOST {
        return Err(Failure::invalid(vec![too_much(format!(
            "makes a plan of {} runs; an answer holds {RUNS_MOST} at most; ask for fewer messages",
            plan.runs.len()
        ))]));
    }
    Ok(Json(plan))
}

async fn advise<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<tidegate::Advice>, Failure> {
    bounded(with_now(document, &app), tidegate::advise).map(Json)
}

async fn explain<W: World + 'static>(
    _: Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<tidegate::Explanation>, Failure> {
    bounded(with_now(document, &app), tidegate::explain).map(Json)
}

/// What the engine answers, unless more is asked for than is planned over HTTP. Counts that are none
/// are left to the engine to refuse.
fn bounded<T>(
    mut document: Value,
    answer: impl Fn(&Value) -> Result<T, Vec<Problem>>,
) -> Result<T, Failure> {
    let count: f64 = counts(&mut document).filter_map(|count| count.as_f64()).sum();
    if count <= MESSAGES_MOST {
        return Ok(answer(&document)?);
    }
    // What else is wrong is told with it, and costs nothing where nobody is planned for.
    counts(&mut document).filter(|count| count.is_number()).for_each(|count| *count = json!(0));
    let mut problems = answer(&document).err().unwrap_or_default();
    problems.push(too_much(format!(
        "asks for {count} messages; plan {MESSAGES_MOST} at most here, or in your own program with \
         the module"
    )));
    Err(Failure::invalid(problems))
}

/// The count of a request, or those of its lanes.
fn counts(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = document.as_object_mut().into_iter().flatten();
    fields.flat_map(|(name, value)| match (name.as_str(), value) {
        ("count", value) => vec![value],
        ("lanes", Value::Array(lanes)) => {
            lanes.iter_mut().filter_map(|lane| lane.get_mut("count")).collect()
        }
        _ => vec![],
    })
}

/// Fills in the server's clock where a request does not name an instant.
fn with_now<W>(mut document: Value, app: &App<W>) -> Value {
    if let Some(object) = document.as_object_mut() {
        object.entry("now").or_insert_with(|| json!(app.now));
    }
    document
}

fn too_much(message: String) -> Problem {
    Problem { path: "count".into(), code: "out_of_bounds", message }
}
