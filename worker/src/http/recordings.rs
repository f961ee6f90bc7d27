//! `/senders/{id}/sends`: sends by hand elsewhere that count against the sender's limits.

use axum::Json;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use tidegate::{Instant, Problem};

use super::api::{About, Kept, Repeat, Routes};
use super::asked::{Paged, senders as asked};
use super::body::Document;
use super::caller::{Operator, Viewer};
use super::fields::Fields;
use super::once::idempotency_key;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::jobs::recordings::{self, Sends, Told};
use crate::ports::World;
use crate::store::StoreError;
use crate::store::recordings::RecordingRow;

/// The most entries of one recording.
const ENTRIES_MOST: usize = 1_000;
/// The most sends of one entry.
const COUNT_MOST: i64 = 1_000_000;
/// The longest time between two sends of an entry, in ms: a day.
const EVERY_MOST_MS: i64 = 86_400_000;
/// How far back a send may lie, in ms: no limit looks back further.
const BACK_MOST_MS: i64 = 400 * 86_400_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("senders")
        .get(
            "/senders/{id}/sends",
            list::<W>,
            About::new("listSends", "List the sends that were recorded, newest first")
                .filters::<Paged>(),
        )
        .post(
            "/senders/{id}/sends",
            record::<W>,
            About::new("recordSends", "Record sends by hand elsewhere, which count like any other")
                .says("`Idempotency-Key` has to be there. It is kept with the recording, for good.")
                .asks::<asked::SendsToRecord>()
                .repeated(Repeat::Own),
        )
}

/// A recording, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Recording {
    id: String,
    made_at: Instant,
    by: String,
    count: i64,
    sends: Vec<Sends>,
}

impl Recording {
    fn from_row(row: RecordingRow) -> Result<Self, StoreError> {
        let sends: Vec<Sends> = serde_json::from_str(&row.sends)
            .map_err(|error| StoreError::Failed(format!("`{}`: {error}", row.id)))?;
        Ok(Self {
            id: row.id,
            made_at: Instant::from_millis(row.made_ms),
            by: row.by_whom,
            count: sends.iter().map(|sends| sends.count).sum(),
            sends,
        })
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<Json<Listing<Recording>>, Failure> {
    let page = Page::of(&query, number)?;
    let rows = recordings::page(app.db(), key.team_id(), &id, page.after, page.with_next()).await?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    let items = rows.items.into_iter().map(Recording::from_row).collect::<Result<_, _>>()?;
    Ok(Json(Listing { items, next_cursor: rows.next_cursor }))
}

#[worker::send]
async fn record<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<Kept<Recording>, Failure> {
    let mut problems = Vec::new();
    let idempotency = idempotency_key(&headers, &mut problems);
    if idempotency.is_none() && problems.is_empty() {
        let message = "is missing; send a text of your own that is the same when you try again";
        problems.push(Problem {
            path: "Idempotency-Key".into(),
            code: "missing",
            message: message.into(),
        });
    }
    let sends = parse(&document, app.now, &mut problems);
    let (Some(idempotency), true) = (idempotency, problems.is_empty()) else {
        return Err(Failure::invalid(problems));
    };
    let by = key.caller();
    let told = Told { sender_id: &id, key: &idempotency, sends: &sends, by: &by };
    let (row, is_new) = recordings::record(&*app.world, &told, app.now).await?;
    Ok(Kept { is_new, is_repeated: !is_new, kept: Recording::from_row(row)? })
}

fn parse(document: &Value, now: Instant, problems: &mut Vec<Problem>) -> Vec<Sends> {
    let mut refuse = |code, message: String| {
        problems.push(Problem { path: String::new(), code, message });
    };
    let Some(entries) = document.as_array() else {
        refuse("type", "write a list such as `[{\"at\": 1795528800000, \"count\": 3}]`".into());
        return Vec::new();
    };
    if entries.is_empty() {
        refuse("empty", "the list is empty; write what was sent".into());
    }
    if entries.len() > ENTRIES_MOST {
        let many = entries.len();
        refuse("too_many", format!("there are {many} entries; send {ENTRIES_MOST} at most"));
        return Vec::new();
    }
    let mut all = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        match parse_entry(entry, now) {
            Ok(sends) => all.push(sends),
            Err(found) => problems.extend(found.into_iter().map(|problem| {
                let dot = if problem.path.is_empty() { "" } else { "." };
                Problem { path: format!("[{index}]{dot}{}", problem.path), ..problem }
            })),
        }
    }
    all
}

fn parse_entry(entry: &Value, now: Instant) -> Result<Sends, Vec<Problem>> {
    let mut fields = Fields::of(entry);
    let at = fields.required("at").and_then(|value| fields.instant("at", value));
    let count = match fields.optional("count") {
        None => Some(1),
        Some(value) => fields.whole("count", value, 1, COUNT_MOST),
    };
    let every_ms = match fields.optional("every_ms") {
        None => Some(0),
        Some(value) => fields.whole("every_ms", value, 0, EVERY_MOST_MS),
    };
    let sends = (|| Some(Sends { at: at?.millis(), count: count?, every_ms: every_ms? }))();
    if let Some(sends) = sends {
        if sends.last() > now.millis() {
            let message = "lies ahead, or the last of them does; record what has been sent";
            fields.refuse("at", "in_the_future", message);
        }
        if sends.at < now.millis() - BACK_MOST_MS {
            let message = "lies more than 400 days back, where no limit counts it; leave it out";
            fields.refuse("at", "too_old", message);
        }
    }
    fields.finish(sends)
}
