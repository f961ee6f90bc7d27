//! `/dead-letters`: what is held up, why, and letting it go on.

use axum::Json;
use serde::Serialize;
use serde_json::Value;

use super::api::{About, NoContent, Routes};
use super::asked::{Nothing, Paged};
use super::body::OptionalDocument;
use super::caller::{Operator, Viewer, steers};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::jobs::dead_letters;
use crate::ports::World;
use crate::store::Database;
use crate::store::dead_letters::{DeadLetterRow, page};
use crate::store::keys::Key;

/// Who may decide about what is held up.
const OF_CAMPAIGNS: &str = "Of a campaign, for administrators alone where the team leaves its campaigns to them \
     (`campaigns_for`), unless it goes to one person.";

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("dead letters", "What is held up until somebody has looked at it.")
        .get(
            "/dead-letters",
            list::<W>,
            About::new("listDeadLetters", "List what is held up").filters::<Paged>(),
        )
        .post(
            "/dead-letters/{id}/release",
            release::<W>,
            About::new("releaseDeadLetter", "Let what is held up go on")
                .says(OF_CAMPAIGNS)
                .asks::<Nothing>()
                .conflicts(&["nothing_to_release"]),
        )
        .post(
            "/dead-letters/{id}/discard",
            discard::<W>,
            About::new("discardDeadLetter", "Throw away what carries nobody's message")
                .says(OF_CAMPAIGNS)
                .asks::<Nothing>()
                .conflicts(&["would_lose_messages"]),
        )
}

/// A dead letter, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DeadLetter {
    id: String,
    /// `messages`: a slice of a campaign; `queue_message`: something that names none.
    kind: &'static str,
    why: String,
    tries: i64,
    since: i64,
    released_at: Option<i64>,
    sender_id: Option<String>,
    sender_name: Option<String>,
    campaign_id: Option<String>,
    campaign_name: Option<String>,
    campaign_status: Option<String>,
    /// Messages that have not been handed over, those in doubt among them.
    messages: i64,
    /// Messages that the provider may have.
    in_doubt: i64,
    /// When the first of the slice was to go.
    planned_at: Option<i64>,
    body: Option<String>,
    can_be_discarded: bool,
}

impl From<DeadLetterRow> for DeadLetter {
    fn from(row: DeadLetterRow) -> Self {
        let settled = row.settled.unwrap_or(0);
        Self {
            kind: if row.key().is_some() { "messages" } else { "queue_message" },
            can_be_discarded: row.can_be_discarded(),
            messages: row.count.unwrap_or(0) - settled,
            in_doubt: row.claimed.unwrap_or(0) - settled,
            id: row.id,
            why: row.why,
            tries: row.tries,
            since: row.since_ms,
            released_at: row.released_ms,
            sender_id: row.sender_id,
            sender_name: row.sender_name,
            campaign_id: row.campaign_id,
            campaign_name: row.campaign_name,
            campaign_status: row.campaign_status,
            planned_at: row.start_ms,
            body: row.body,
        }
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<DeadLetter>>, Failure> {
    let asked = Page::of(&query, number)?;
    let statement = page(key.team_id(), key.is_owner, asked.after, asked.with_next());
    let rows = app.db().run(statement).await?.all::<DeadLetterRow>()?;
    let rows = Listing::new(rows, &asked, |row| row.seq.to_string());
    Ok(Json(Listing {
        items: rows.items.into_iter().map(DeadLetter::from).collect(),
        next_cursor: rows.next_cursor,
    }))
}

/// What is held up of a campaign is for whoever acts on the campaign.
async fn steers_it<W: World>(app: &App<W>, key: &Key, id: &str) -> Result<(), Failure> {
    if key.role >= key.campaigns_for() {
        return Ok(());
    }
    let letter = dead_letters::find(app.db(), &key.caller(), id).await?;
    match &letter.campaign_id {
        Some(campaign) => steers(app, key, Some(campaign)).await,
        None => Ok(()),
    }
}

#[worker::send]
async fn release<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<Json<DeadLetter>, Failure> {
    nothing(&document)?;
    steers_it(&app, &key, &id).await?;
    dead_letters::release(&*app.world, &key.caller(), &id, app.now).await?;
    Ok(Json(dead_letters::find(app.db(), &key.caller(), &id).await?.into()))
}

#[worker::send]
async fn discard<W: World + 'static>(
    Operator(key): Operator,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<NoContent, Failure> {
    nothing(&document)?;
    steers_it(&app, &key, &id).await?;
    dead_letters::discard(app.db(), &key.caller(), &id, app.now).await?;
    Ok(NoContent)
}

fn nothing(document: &Value) -> Result<(), Failure> {
    Ok(Fields::of(document).finish(Some(()))?)
}
