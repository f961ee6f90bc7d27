//! Somebody, or something, opened a mail or followed a link.

use serde_json::{Map, Value};

use super::state::parsed;
use super::wording::Wording;
use crate::model::{Content, Person};
use crate::ports::World;
use crate::store::marks::{self, MessageRow};
use crate::store::{Database, StoreError};
use crate::tracking::address::Place;
use crate::tracking::links;
use crate::tracking::machine::{Visit, is_machine};

/// Notes that a message was opened. One that does not exist any more is nobody's.
///
/// # Errors
/// [`StoreError`] when the database failed.
pub async fn opened(world: &impl World, place: Place, visit: Visit<'_>) -> Result<(), StoreError> {
    let db = world.database();
    let message = marks::message(place.campaign_seq, place.ordinal);
    if let Some(row) = db.run(message).await?.first::<MessageRow>()? {
        note(world, place, &row, visit).await?;
    }
    Ok(())
}

/// Where a link leads; none where there is no such link any more. `visit` is noted, where there is
/// one: a request that only asks what is there is none.
///
/// # Errors
/// [`StoreError`] when the database failed.
pub async fn followed(
    world: &impl World,
    place: Place,
    visit: Option<Visit<'_>>,
) -> Result<Option<String>, StoreError> {
    let db = world.database();
    let message = marks::message(place.campaign_seq, place.ordinal);
    let Some(row) = db.run(message).await?.first::<MessageRow>()? else {
        return Ok(None);
    };
    let content: Content = parsed(&row.content)?;
    let wording = Wording::of(world, place.campaign_seq, row.channel, &content, None);
    let fields = match &row.person {
        Some(person) => parsed::<Person>(person)?.fields,
        None => Map::<String, Value>::new(),
    };
    // A person who was erased has no fields any more: their links lead nowhere.
    let text = wording.text(world, place.ordinal, &fields).unwrap_or_default();
    let Some(target) = links::nth(&text, place.link).map(str::to_owned) else {
        return Ok(None);
    };
    if let Some(visit) = visit {
        note(world, place, &row, visit).await?;
    }
    Ok(Some(target))
}

async fn note(
    world: &impl World,
    place: Place,
    row: &MessageRow,
    visit: Visit<'_>,
) -> Result<(), StoreError> {
    let now_ms = world.now().millis();
    let visit = Visit { after_ms: row.sent_ms.map(|sent_ms| now_ms - sent_ms), ..visit };
    world.database().batch(marks::mark(place, is_machine(&visit), now_ms)).await.map(|_| ())
}
