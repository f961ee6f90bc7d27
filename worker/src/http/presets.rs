//! `/presets`: rules of laws, ready to be copied.

use axum::Json;
use serde::Serialize;
use serde_json::Value;

use super::api::{About, Routes};
use super::asked::Paged;
use super::caller::Viewer;
use super::params::{Listing, Page, Query, number};
use super::{App, Failure};
use crate::ports::World;
use crate::presets::{PRESETS, Preset};
use crate::store::StoreError;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("presets", "Rules of laws, ready to be copied into a team.").get(
        "/presets",
        list::<W>,
        About::new("listPresets", "List the rules of laws, each with its source")
            .says("`document` is what `PATCH /teams/{id}` takes. Nothing follows a preset later.")
            .filters::<Paged>(),
    )
}

/// A preset, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Preset"))]
struct Told {
    id: &'static str,
    name: &'static str,
    /// Where the law holds: a country by ISO 3166-1, or a part of one by ISO 3166-2.
    place: &'static str,
    /// What `PATCH /teams/{id}` takes to apply it.
    document: Value,
    /// What the law says, and what of it is not in the document.
    says: &'static str,
    source: Source,
}

/// Where a rule comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PresetSource"))]
struct Source {
    /// The law and its section.
    law: &'static str,
    /// Where it can be read.
    url: &'static str,
    /// When it was looked up: a date.
    looked_up: &'static str,
}

fn told(preset: &Preset) -> Result<Told, StoreError> {
    let document = serde_json::from_str(preset.document)
        .map_err(|error| StoreError::Failed(format!("the preset `{}`: {error}", preset.id)))?;
    let source = Source { law: preset.law, url: preset.url, looked_up: preset.looked_up };
    let Preset { id, name, place, says, .. } = *preset;
    Ok(Told { id, name, place, document, says, source })
}

#[worker::send]
async fn list<W: World + 'static>(
    _: Viewer,
    _: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Told>>, Failure> {
    let page = Page::of(&query, number)?;
    let first = page.after.and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let items: Vec<_> =
        PRESETS.iter().skip(first).take(most).map(told).collect::<Result<_, _>>()?;
    let next = first.saturating_add(items.len());
    let next_cursor = (next < PRESETS.len()).then(|| next.to_string());
    Ok(Json(Listing { items, next_cursor }))
}
