//! Messages that have a word or a link that their team does not allow: held until an administrator
//! has looked at them.
//!
//! What a campaign says is looked at when it is to go, with what its lists hold; a single when it is
//! taken on. And everything is looked at once more, as it is going to be sent, before a slice of it
//! is handed over ([`hold_under_way`]): a word that was added since, or that only a person's fields
//! put together, is found there. So no way around the first look is a way out.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tidegate::status::{CampaignStatus, CampaignTrigger, MIN_LEAD_MS};
use tidegate::{Instant, Problem};

use super::CommandError;
use super::commands::{self, Asked, Done, TRIES, next_status};
use super::state::{campaign_row, parsed};
use crate::content;
use crate::content::words::{Hit, Kind, Words};
use crate::model::{Caller, Content};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::changes::{self, What};
use crate::store::commands::{self as store, CampaignRow, Change};
use crate::store::reviews::{self, FieldsRow, NewReview, ReviewRow};
use crate::store::{Database, Statement, StoreError, words};

/// Things that one review tells, at most: each entry once for each place.
const FOUND_MOST: usize = 100;
/// Who holds what people did not see.
const DISPATCHER: &str = "the dispatcher";

/// What was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// The id of the entry.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The word or the link.
    pub value: String,
    /// `text`, `subject`, `fields.<name>`, or `message`: the text as one person gets it.
    #[serde(rename = "where")]
    pub place: String,
    /// What stands around it.
    pub excerpt: String,
    /// For how many people, where it is about people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
}

impl Found {
    /// A hit at a place.
    #[must_use]
    pub fn at(place: &str, hit: Hit<'_>) -> Self {
        Self {
            id: hit.entry.id.clone(),
            kind: hit.entry.kind,
            value: hit.entry.value.clone(),
            place: place.to_owned(),
            excerpt: hit.excerpt,
            people: None,
        }
    }
}

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

/// What is not allowed in the texts of a content, as they are written.
#[must_use]
pub fn in_content(words: &Words, content: &Content) -> Vec<Found> {
    let text = content::literals(&content.text);
    let subject = content.subject.as_deref().map(content::literals).unwrap_or_default();
    let places = [("text", text), ("subject", subject)];
    let found = places
        .iter()
        .flat_map(|(place, text)| words.find(text).into_iter().map(|hit| Found::at(place, hit)));
    found.collect()
}

/// What is not allowed in a campaign that says `content`: in its texts, and in the fields that it
/// asks for, by what is known of its lists.
pub(super) async fn look(
    db: &impl Database,
    campaign_seq: i64,
    content: &str,
) -> Result<Vec<Found>, StoreError> {
    let list = words::listed(db.run(words::list_for(campaign_seq)).await?)?;
    let words = read(list.as_deref())?;
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let content: Content = parsed(content)?;
    let mut found = in_content(&words, &content);
    let asked = content::asked(&content);
    for list in db.run(reviews::fields(campaign_seq)).await?.all::<FieldsRow>()? {
        let known: Vec<Found> = list.found.as_deref().map_or(Ok(Vec::new()), parsed)?;
        let is_asked = |found: &Found| {
            found.place.strip_prefix("fields.").is_some_and(|name| asked.iter().any(|a| a == name))
        };
        found.extend(known.into_iter().filter(|found| words.has(&found.id) && is_asked(found)));
    }
    found.truncate(FOUND_MOST);
    Ok(found)
}

/// The list of a team, ready to be looked for.
pub(super) fn read(list: Option<&str>) -> Result<Words, StoreError> {
    Words::parse(list).map_err(|error| StoreError::Failed(format!("a list of words: {error}")))
}

/// Refuses what an administrator has refused before, as long as nothing about it is different.
pub(super) async fn refuse_again(
    db: &impl Database,
    campaign_id: &str,
    found: &[Found],
) -> Result<(), CommandError> {
    let last = db.run(reviews::of_campaign(campaign_id)).await?.first::<ReviewRow>()?;
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
            "a review has refused it{note} for {}; change what it says, or have the words cleared",
            values(found)
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
    refuse_again(world.database(), &row.id, &found).await?;
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

/// What became of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Whether the wish was carried out.
    pub carried_out: bool,
    /// Why not.
    pub why: Option<String>,
}

/// Clears a review: its words pass from now on, and the wish is carried out where its time is still
/// ahead. Clearing one that is cleared, after an answer that was lost, carries out what was not.
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
    let done = carry_out(world, team_id, &review, now).await;
    match done {
        Ok(()) => {
            db.run(reviews::carried(id, now.millis())).await?;
            Ok(Decided { carried_out: true, why: None })
        }
        Err(CommandError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Decided { carried_out: false, why: Some(told(error)) }),
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

fn told(error: CommandError) -> String {
    match error {
        CommandError::NotFound => "it is not there any more".to_owned(),
        CommandError::Conflict { detail, .. } | CommandError::Forbidden { detail, .. } => detail,
        CommandError::Invalid(problems) => {
            let messages = problems.into_iter().map(|problem| problem.message);
            messages.collect::<Vec<_>>().join("; ")
        }
        CommandError::Store(error) => error.to_string(),
    }
}
