//! Messages that have a word or a link that their team does not allow: held until an administrator
//! has looked at them.
//!
//! What a campaign says is looked at when it is to go, with what its lists hold; a single when it is
//! taken on. And everything is looked at once more, as it is going to be sent, before a slice of it
//! is handed over ([`hold_under_way`]): a word that was added since, or that only a person's fields
//! put together, is found there. So no way around the first look is a way out.

mod decided;
mod found;

pub use decided::{Decided, clear, refuse};
pub use found::{Found, in_texts, read};

use found::look;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tidegate::Instant;
use tidegate::status::{CampaignStatus, CampaignTrigger};

use super::CommandError;
use super::commands::{self, Asked, Done, TRIES, next_status};
use super::state::{campaign_row, parsed};
use crate::model::Caller;
use crate::ports::World;
use crate::store::changes::{self, What};
use crate::store::commands::{self as store, CampaignRow, Change};
use crate::store::reviews::{self, NewReview, ReviewRow};
use crate::store::{Database, Statement, StoreError};

/// Who holds what people did not see.
const DISPATCHER: &str = "the dispatcher";

/// What is to be done once it is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Wish {
    /// Schedule it, for a time or for now.
    Schedule {
        /// The time, ms.
        at: Option<i64>,
    },
    /// Let it go on.
    Resume,
}

/// Refuses what an administrator has refused before, as long as nothing about it is different.
pub(super) async fn refuse_again(
    db: &impl Database,
    row: &CampaignRow,
    found: &[Found],
) -> Result<(), CommandError> {
    let last = db.run(reviews::of_campaign(&row.id)).await?.first::<ReviewRow>()?;
    let Some(last) = last.filter(|last| last.state == "refused") else { return Ok(()) };
    let before: Vec<Found> = parsed(&last.found)?;
    let is_known = |found: &Found| {
        before
            .iter()
            .any(|b| (&b.id, &b.place, &b.excerpt) == (&found.id, &found.place, &found.excerpt))
    };
    if !found.iter().all(is_known) {
        return Ok(());
    }
    let note = last.note.map(|note| format!(" (`{note}`)")).unwrap_or_default();
    Err(CommandError::Conflict {
        code: "refused_in_review",
        detail: format!(
            "a review has refused it{note} for {}; {}, or have them taken off the list of words",
            values(found),
            if row.started_ms.is_some() {
                "stop it and send it again to those who were left out, saying something else"
            } else {
                "change what it says"
            }
        ),
        legal: Vec::new(),
        standing: None,
    })
}

fn values(found: &[Found]) -> String {
    let mut values: Vec<String> = found.iter().map(|found| format!("`{}`", found.value)).collect();
    values.dedup();
    values.join(", ")
}

/// What goes with a change that has a campaign held.
pub(super) fn held(
    world: &impl World,
    (sender_seq, campaign_id): (i64, &str),
    found: &[Found],
    wish: Wish,
    by: &str,
    now: Instant,
) -> Vec<Statement> {
    let review = NewReview {
        id: &format!("rev_{}", world.token()),
        campaign_id,
        found: json!(found).to_string(),
        wish: json!(wish).to_string(),
        by,
        now_ms: now.millis(),
    };
    let mut statements = reviews::put(&review);
    statements.push(changes::note(sender_seq, Some(campaign_id), What::Review, by, now.millis()));
    statements
}

/// What holds a campaign that may be on its way: nothing of it starts once this is committed. The
/// change that goes with it is `change`, to which the status is added.
pub(super) fn hold(
    world: &impl World,
    row: &CampaignRow,
    found: &[Found],
    (wish, change): (Wish, Change),
    asked: &Asked,
    now: Instant,
) -> Result<(Change, Vec<Statement>), CommandError> {
    let on_its_way = matches!(
        CampaignStatus::named(&row.status),
        Some(CampaignStatus::Scheduled | CampaignStatus::InProgress)
    );
    let mut statements = Vec::new();
    let mut change = change;
    if on_its_way {
        let status = next_status(row, CampaignTrigger::Pause, None)?;
        change.status = Some(status.name());
        statements.extend(store::hold(row.seq));
        statements.push(store::fence(row.sender_seq));
        statements.push(store::wake(row.sender_seq, now.millis()));
    }
    statements.extend(held(world, (row.sender_seq, &row.id), found, wish, &asked.by.name, now));
    Ok((change, statements))
}

/// What holds a campaign that is to go and says `content`; none where it may go.
pub(super) async fn gate(
    world: &impl World,
    row: &CampaignRow,
    content: &str,
    what: (Wish, Change),
    asked: &Asked,
    now: Instant,
) -> Result<Option<(Change, Vec<Statement>)>, CommandError> {
    let found = look(world.database(), row.seq, content).await?;
    if found.is_empty() {
        return Ok(None);
    }
    refuse_again(world.database(), row, &found).await?;
    let is_paused = CampaignStatus::named(&row.status) == Some(CampaignStatus::Paused);
    if is_paused && is_pending(world.database(), &row.id).await? {
        return Err(CommandError::Conflict {
            code: "held_for_review",
            detail: format!(
                "it waits for a review, for {}; an administrator clears it",
                values(&found)
            ),
            legal: Vec::new(),
            standing: None,
        });
    }
    hold(world, row, &found, what, asked, now).map(Some)
}

/// What goes with a change of what a draft says: a review of it that is pending is about the new
/// text, or is over.
pub(super) async fn again(
    world: &impl World,
    row: &CampaignRow,
    content: &str,
    now: Instant,
) -> Result<Vec<Statement>, CommandError> {
    let db = world.database();
    let last = db.run(reviews::of_campaign(&row.id)).await?.first::<ReviewRow>()?;
    let Some(last) = last.filter(|last| last.state == "pending") else { return Ok(Vec::new()) };
    let found = look(db, row.seq, content).await?;
    if found.is_empty() {
        return Ok(vec![reviews::withdraw(row.seq, now.millis())]);
    }
    let wish = parsed::<Wish>(&last.wish)?;
    Ok(held(world, (row.sender_seq, &row.id), &found, wish, &last.asked_by, now))
}

/// Whether a campaign waits for a review.
pub(super) async fn is_pending(db: &impl Database, campaign_id: &str) -> Result<bool, StoreError> {
    let last = db.run(reviews::of_campaign(campaign_id)).await?.first::<ReviewRow>()?;
    Ok(last.is_some_and(|last| last.state == "pending"))
}

/// Holds a campaign of which a slice was about to be handed over. False when it cannot be held any
/// more: it has ended, and what is left of it is skipped.
///
/// # Errors
/// The database's; the slice has its turn again.
pub(super) async fn hold_under_way(
    world: &impl World,
    team_id: &str,
    campaign_id: &str,
    found: &[Found],
) -> Result<bool, StoreError> {
    let db = world.database();
    let by = Caller { team_id: team_id.to_owned(), ..Caller::named(DISPATCHER) };
    let asked = Asked { by, version: None };
    for _ in 0..TRIES {
        let now = world.now();
        let row = match campaign_row(db, team_id, campaign_id).await {
            Ok(row) => row,
            Err(CommandError::Store(error)) => return Err(error),
            Err(_) => return Ok(false),
        };
        match CampaignStatus::named(&row.status) {
            Some(CampaignStatus::Scheduled | CampaignStatus::InProgress) => {}
            Some(CampaignStatus::Paused) => return Ok(true),
            _ => return Ok(false),
        }
        let held = hold(world, &row, found, (Wish::Resume, Change::default()), &asked, now);
        let Ok((change, statements)) = held else { return Ok(false) };
        let done = Done { what: What::Review, asked: &asked };
        match commands::commit(db, &row, change, &done, statements, now).await {
            Ok(Some(_)) => return Ok(true),
            Ok(None) | Err(CommandError::Conflict { .. }) => {}
            Err(CommandError::Store(error)) => return Err(error),
            Err(_) => return Ok(false),
        }
    }
    Err(StoreError::Failed("the campaign changes faster than it is held".into()))
}
