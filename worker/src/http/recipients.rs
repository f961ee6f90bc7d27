//! `/campaigns/{id}/recipients`: puts the people of a CSV file into a campaign, as it arrives.

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use super::api::{About, Repeat, Routes};
use super::asked::campaigns as asked;
use super::body::{require_type, stated_length};
use super::caller::Campaigner;
use super::campaigns::find;
use super::fields::{Fields, NAME_MOST};
use super::params::{Id, Query};
use super::{App, Failure};
use crate::dispatch::part::Hours;
use crate::import::{self, ImportAnswer, ImportError, ImportRequest, Known};
use crate::jobs::commands;
use crate::ports::World;
use crate::store::StoreError;
use crate::store::campaigns::CampaignRow;

/// What a parameter says that is on or off.
const YES: [(&str, bool); 2] = [("true", true), ("false", false)];

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").post(
        "/campaigns/{id}/recipients",
        import::<W>,
        About::new("importRecipients", "Put the people of a CSV file into a campaign")
            .says(
                "Nobody is in before the whole file is. An `Idempotency-Key` stands for the address \
                 and the length of the file, not for its bytes.",
            )
            .filters::<asked::PeopleFile>()
            .takes("text/csv")
            .conflicts(&["closed", "busy", "overtaken"])
            .repeated(Repeat::Streams),
    )
}

#[worker::send]
async fn import<W: World + 'static>(
    Campaigner(key): Campaigner,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
    request: Request<Body>,
) -> Result<Json<Imported>, Failure> {
    let asked = parse(&query)?;
    require_type(request.headers(), "text/csv")?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let has_hours = has_hours(&campaign)?;
    let what = ImportRequest {
        campaign_seq: campaign.seq,
        channel: campaign.channel,
        file_name: asked.file_name,
        columns: asked.columns,
        region: asked.region.or(campaign.region),
        length: stated_length(request.headers()),
        by: key.caller(),
        infers_zones: asked.infers_zones.unwrap_or(has_hours),
    };
    let file = request.into_body().into_data_stream();
    let file = file.map_ok(|piece| piece.to_vec());
    let answer = import::run(app.db(), &*app.world, &*app.world, &what, file).await?;
    // The people are in, and go, whether or not their instants could be promised anew.
    if let Err(error) = commands::listed(&*app.world, &id, &key.caller(), app.world.now()).await {
        super::log(&format!("no promise for the list of `{id}`: {error:?}"));
    }
    let version = find(&app, key.team_id(), &id).await?.version;
    Ok(Json(Imported { answer, version }))
}

/// What became of the file, and the campaign's version with it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ImportedPeople"))]
struct Imported {
    #[serde(flatten)]
    answer: ImportAnswer,
    version: i64,
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let detail = error.to_string();
        match error {
            ImportError::NoCampaign => Self::not_found(detail),
            ImportError::Closed { .. } => Self::conflict("closed", detail),
            ImportError::Busy => Self::conflict("busy", detail),
            ImportError::Overtaken => Self::conflict("overtaken", detail),
            ImportError::Refused(problem) => Self::invalid(vec![problem]),
            ImportError::Interrupted(_) => Self::malformed(detail),
            ImportError::Store(error) => Self::unavailable(error),
        }
    }
}

/// Whether it counts where somebody is: for the campaign, or for its team.
fn has_hours(campaign: &CampaignRow) -> Result<bool, StoreError> {
    let read = |text: &str| {
        serde_json::from_str::<Value>(text).map_err(|error| StoreError::Failed(error.to_string()))
    };
    let own = Hours { document: read(&campaign.recipient_policy)? };
    let team = campaign.person_policy.as_deref().map(read).transpose()?.unwrap_or_default();
    let team = Hours { document: team.get("hours").cloned().unwrap_or_default() };
    Ok(!own.are_open() || !team.are_open())
}

struct Asked {
    infers_zones: Option<bool>,
    file_name: String,
    columns: Known,
    region: Option<String>,
}

fn parse(query: &Value) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(query);
    let file_name = fields.required("file_name");
    let file_name = file_name.and_then(|value| fields.text("file_name", value, NAME_MOST));
    let column = fields.optional("column");
    let column = column.and_then(|value| fields.text("column", value, NAME_MOST));
    let time_zone = fields.optional("time_zone_column");
    let time_zone = time_zone.and_then(|value| match value.as_str() {
        Some("") => Some(String::new()),
        _ => fields.text("time_zone_column", value, NAME_MOST),
    });
    let region = fields.optional("region").and_then(Value::as_str);
    let infers_zones = fields.optional("infer_zones");
    let infers_zones = infers_zones.and_then(|value| fields.one_of("infer_zones", value, &YES));
    fields.finish(file_name.map(|file_name| Asked {
        infers_zones,
        file_name,
        columns: Known { address: column, time_zone },
        region: region.map(str::to_owned),
    }))
}
