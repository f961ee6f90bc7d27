//! `/answers`: what is answered to STOP and HELP.

use axum::Json;
use serde::Serialize;
use serde_json::{Map, Value};
use tidegate::Problem;

use super::api::{About, Repeat, Routes};
use super::asked::conversations as asked;
use super::body::Document;
use super::caller::{Administrator, Viewer};
use super::fields::Fields;
use super::{App, Failure};
use crate::content;
use crate::jobs::inbound::{HELP_ANSWER, STOP_ANSWER};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::inbound as store;
use crate::store::{Database, conversations};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("inbound")
        .get(
            "/answers",
            answers::<W>,
            About::new("showAnswers", "Show what is answered to STOP and HELP"),
        )
        .put(
            "/answers",
            set_answers::<W>,
            About::new("setAnswers", "Set what is answered to STOP and HELP")
                .asks::<asked::AnswersAsked>()
                .repeated(Repeat::Finds),
        )
}

/// What a team answers; null: nothing.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Answers {
    stop: Option<String>,
    help: Option<String>,
}

/// What the team answers to STOP and HELP.
#[worker::send]
async fn answers<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
) -> Result<Json<Answers>, Failure> {
    let row = app.db().run(store::answers(key.team_id())).await?;
    let row = row.first::<store::AnswersRow>()?;
    let own = row.and_then(|row| serde_json::from_str::<Map<String, Value>>(&row.answers).ok());
    Ok(Json(shown(&own.unwrap_or_default())))
}

fn shown(own: &Map<String, Value>) -> Answers {
    let text = |name: &str, standard: &str| match own.get(name) {
        None => Some(standard.to_owned()),
        Some(text) => text.as_str().map(str::to_owned),
    };
    Answers { stop: text("stop", STOP_ANSWER), help: text("help", HELP_ANSWER) }
}

#[worker::send]
async fn set_answers<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<Answers>, Failure> {
    let own = parse_answers(&document)?;
    let text = Value::Object(own.clone()).to_string();
    let set = conversations::set_answers(key.team_id(), &text);
    let entry = Entry::new("team.answers", key.team_id(), Value::Object(own.clone()));
    let entry = audit::entry_if_changed(&key.caller(), &entry, app.now.millis());
    app.db().batch(vec![set, entry]).await?;
    Ok(Json(shown(&own)))
}

fn parse_answers(document: &Value) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let mut own = Map::new();
    for name in ["stop", "help"] {
        let Some(value) = fields.optional(name) else { continue };
        if let Some(text) = value.as_str() {
            match content::check(text) {
                Ok(asked) => {
                    for field in asked.iter().filter(|field| *field != "sender") {
                        let message =
                            format!("asks for `{field}`; there is only `sender`, its name");
                        fields.refuse(name, "missing_field", message);
                    }
                }
                Err(problems) => fields.refuse_within(
                    name,
                    problems
                        .into_iter()
                        .map(|problem| Problem { path: String::new(), ..problem })
                        .collect(),
                ),
            }
        } else if !value.is_null() {
            fields.refuse(name, "type", "is no text; write one, or null to answer nothing");
        }
        own.insert(name.to_owned(), value.clone());
    }
    fields.finish(Some(own))
}
