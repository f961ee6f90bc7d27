//! `/erasures`: everything about a person is removed, for good.

use axum::Json;
use serde::Serialize;
use tidegate::Problem;

use super::api::{About, Begun, Routes};
use super::asked::contacts as asked;
use super::body::Document;
use super::caller::{Administrator, Viewer};
use super::contacts::{address, items};
use super::fields::{Fields, NAME_MOST};
use super::params::Id;
use super::{App, Failure};
use crate::contacts::ADDRESSES_MOST;
use crate::jobs::{CommandError, contacts, erasures};
use crate::ports::World;
use crate::store::erasures::ErasureRow;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("erasures", "Removing everything about a person.")
        .post(
            "/erasures",
            erase::<W>,
            About::new("erasePerson", "Erase a person")
                .says(
                    "200: nothing is left; 202: the search through the campaigns goes on. Of an \
                     address that had opted out a keyed hash stays, so that it stays opted out.",
                )
                .asks::<asked::ErasureAsked>()
                .conflicts(&["busy"]),
        )
        .get("/erasures/{id}", show::<W>, About::new("getErasure", "Show how far an erasure is"))
}

/// An erasure, as the API tells it. It does not say whom it was about.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Erasure {
    id: String,
    status: &'static str,
    created_at: i64,
    done_at: Option<i64>,
    /// Messages of campaigns that were made nameless so far.
    messages: i64,
}

impl From<ErasureRow> for Erasure {
    fn from(row: ErasureRow) -> Self {
        Self {
            id: row.id,
            status: if row.done_ms.is_some() { "done" } else { "in_progress" },
            created_at: row.made_ms,
            done_at: row.done_ms,
            messages: row.found,
        }
    }
}

/// 200: nothing is left. 202: the search through the campaigns goes on.
#[worker::send]
async fn erase<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Document(document): Document,
) -> Result<Begun<Erasure>, Failure> {
    let mut fields = Fields::of(&document);
    let id = fields.optional("contact_id");
    let id = id.and_then(|value| fields.text("contact_id", value, NAME_MOST));
    let mut addresses = Vec::new();
    if let Some(value) = fields.optional("addresses") {
        for (path, item) in items(&mut fields, "addresses", value, ADDRESSES_MOST) {
            addresses.extend(address(&mut fields, &path, item, None));
        }
    }
    if id.is_none() && addresses.is_empty() {
        let message = "say who: the `contact_id`, or the `addresses` of somebody who is no contact";
        fields.refuse("", "nobody", message);
    }
    fields.finish(Some(()))?;
    let (world, team_id) = (&*app.world, key.team_id());
    if let Some(id) = id {
        match contacts::find(world, team_id, &id).await {
            Ok(contact) => addresses.extend(contact.addresses),
            Err(CommandError::NotFound) => return Err(Failure::invalid(vec![unknown()])),
            Err(error) => return Err(error.into()),
        }
    }
    let done = erasures::erase(world, team_id, &addresses, &key.caller()).await?;
    Ok(Begun { is_done: done.done_ms.is_some(), what: done.into() })
}

fn unknown() -> Problem {
    let message = "is no contact of the team, or was merged into another; look it up".to_owned();
    Problem { path: "contact_id".into(), code: "unknown_contact", message }
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<Json<Erasure>, Failure> {
    let row = erasures::find(&*app.world, key.team_id(), &id).await?;
    Ok(Json(row.into()))
}
