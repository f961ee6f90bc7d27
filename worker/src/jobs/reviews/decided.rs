//! What an administrator decides about a review, and what follows from it.

use serde::Serialize;
use serde_json::json;
use tidegate::status::{CampaignStatus, MIN_LEAD_MS};
use tidegate::{Instant, Problem};

use super::{Found, Wish};
use crate::jobs::CommandError;
use crate::jobs::commands::{self, Asked};
use crate::jobs::state::{campaign_row, parsed};
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::reviews::{self, ReviewRow};
use crate::store::{Database, Statement, StoreError, words};

/// What became of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Whether the wish was carried out.
    pub carried_out: bool,
    /// Why not.
    pub why: Option<String>,
}

/// Clears a review: its words pass from now on, and the wish is carried out where its time is still
/// ahead. Clearing one that is cleared, after an answer that was lost, carries out what was not, unless
/// its campaign has a newer review: then what is wished now is in that one.
///
/// # Errors
/// [`CommandError`] when there is none, or it is decided otherwise.
pub async fn clear(
    world: &impl World,
    team_id: &str,
    id: &str,
    (by, note): (&Caller, Option<&str>),
    now: Instant,
) -> Result<Decided, CommandError> {
    let db = world.database();
    let review = find(db, team_id, id).await?;
    if review.state != "cleared" {
        let found: Vec<Found> = parsed(&review.found)?;
        let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        decide(
            db,
            &review,
            "cleared",
            (by, note),
            now,
            vec![words::clear(team_id, &json!(ids), &by.name, now.millis())],
        )
        .await?;
    }
    if review.carried_ms.is_some() {
        return Ok(Decided { carried_out: true, why: None });
    }
    let last = db.run(reviews::of_campaign(&review.campaign_id)).await?.first::<ReviewRow>()?;
    if let Some(newer) = last.filter(|last| last.seq > review.seq) {
        let why =
            format!("`{}` is a newer review of its campaign, with what is wished since", newer.id);
        return Ok(Decided { carried_out: false, why: Some(why) });
    }
    let done = carry_out(world, team_id, &review, now).await;
    match done {
        Ok(()) => {
            db.run(reviews::carried(id, now.millis())).await?;
            Ok(Decided { carried_out: true, why: None })
        }
        Err(CommandError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Decided { carried_out: false, why: Some(error.told()) }),
    }
}

/// Refuses a review: what it is about stays where it is until it says something else.
///
/// # Errors
/// [`CommandError`] when there is none, or it is decided otherwise.
pub async fn refuse(
    db: &impl Database,
    team_id: &str,
    id: &str,
    (by, note): (&Caller, Option<&str>),
    now: Instant,
) -> Result<(), CommandError> {
    let review = find(db, team_id, id).await?;
    if review.state == "refused" {
        return Ok(());
    }
    decide(db, &review, "refused", (by, note), now, Vec::new()).await
}

async fn find(db: &impl Database, team_id: &str, id: &str) -> Result<ReviewRow, CommandError> {
    db.run(reviews::by_id(team_id, id)).await?.first()?.ok_or(CommandError::NotFound)
}

async fn decide(
    db: &impl Database,
    review: &ReviewRow,
    state: &'static str,
    (by, note): (&Caller, Option<&str>),
    now: Instant,
    more: Vec<Statement>,
) -> Result<(), CommandError> {
    let mut statements = vec![reviews::decide(&review.id, state, &by.name, note, now.millis())];
    let entry = Entry {
        what: if state == "cleared" { "review.clear" } else { "review.refuse" },
        subject: &review.id,
        before: json!({ "state": review.state }),
        after: json!({ "state": state, "note": note }),
    };
    statements.push(audit::entry(by, &entry, now.millis()));
    statements.extend(more);
    match db.batch(statements).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict(_)) => Err(CommandError::Conflict {
            code: "decided",
            detail: "the review is not pending any more; look at it again".into(),
            legal: Vec::new(),
            standing: None,
        }),
        Err(error) => Err(error.into()),
    }
}

/// Does what was wished, as whoever wished it.
async fn carry_out(
    world: &impl World,
    team_id: &str,
    review: &ReviewRow,
    now: Instant,
) -> Result<(), CommandError> {
    let by = Caller { team_id: team_id.to_owned(), ..Caller::named(&review.asked_by) };
    let asked = Asked { by, version: None };
    let row = campaign_row(world.database(), team_id, &review.campaign_id).await?;
    let status = CampaignStatus::named(&row.status);
    if matches!(status, Some(CampaignStatus::Stopped | CampaignStatus::Failed) | None) {
        return Err(CommandError::Conflict {
            code: "ended",
            detail: format!("the campaign is `{}`; make another", row.status),
            legal: Vec::new(),
            standing: None,
        });
    }
    match parsed::<Wish>(&review.wish)? {
        // It was carried out, and only that could not be noted.
        Wish::Schedule { .. } if status != Some(CampaignStatus::Draft) => Ok(()),
        Wish::Schedule { at } => {
            let at = at.map(Instant::from_millis);
            if at.is_some_and(|at| at.since(now) < MIN_LEAD_MS) {
                return Err(too_late("schedule it anew"));
            }
            commands::schedule(world, &row.id, &asked, at, now).await?;
            went(world.database(), team_id, &row.id, CampaignStatus::Draft).await
        }
        Wish::Resume if status != Some(CampaignStatus::Paused) => Ok(()),
        Wish::Resume => {
            let is_past = row.starts_ms.is_some_and(|starts_ms| starts_ms < now.millis());
            if row.started_ms.is_none() && is_past {
                return Err(too_late("resume it to have it start at once"));
            }
            commands::resume(world, &row.id, &asked, now).await?;
            went(world.database(), team_id, &row.id, CampaignStatus::Paused).await
        }
    }
}

/// Whether a campaign has left the status that it was held in: it may be held for something else.
async fn went(
    db: &impl Database,
    team_id: &str,
    id: &str,
    held: CampaignStatus,
) -> Result<(), CommandError> {
    if CampaignStatus::named(&campaign_row(db, team_id, id).await?.status) != Some(held) {
        return Ok(());
    }
    Err(CommandError::Conflict {
        code: "held_for_review",
        detail: "something else about it is not allowed; see its new review".into(),
        legal: Vec::new(),
        standing: None,
    })
}

fn too_late(remedy: &str) -> CommandError {
    let message = format!("its start has passed, or is too near; {remedy}");
    CommandError::Invalid(vec![Problem { path: "at".into(), code: "too_late", message }])
}
