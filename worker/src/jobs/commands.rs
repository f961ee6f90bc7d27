//! What people do to a campaign: schedule, change, pause, resume, stop.
//!
//! The engine's table says whether it is legal. A command holds only for the version that was
//! looked at: a campaign that changed meanwhile is a conflict that says what changed. Once a
//! command returns, no message starts by the state that was before it, save those in flight, which
//! the answer counts; DESIGN.md has the argument.

mod commit;

pub(super) use commit::{Done, commit, go_on, restless};

use commit::{counted, note, promised, with_plan};
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger};
use tidegate::{Instant, Problem};

use super::conflict::{looked_at, standing};
use super::preview::{Wanted, plan, start};
use super::reviews::{self, Wish};
use super::state::{self, campaign_row};
use super::teams::{check_queue, needs_queue};
use super::{CommandError, readiness};
use crate::model::Caller;
use crate::ports::World;
use crate::store::changes::What;
use crate::store::commands::{self as store, CampaignRow, Change};
use crate::store::conversations;
use crate::store::reviews::withdraw;
use crate::store::{Answer, Database, Statement};

/// What people can do to a campaign; the other triggers are the dispatcher's.
const COMMANDS: [CampaignTrigger; 7] = [
    CampaignTrigger::Schedule,
    CampaignTrigger::Reschedule,
    CampaignTrigger::Edit,
    CampaignTrigger::Pause,
    CampaignTrigger::Resume,
    CampaignTrigger::Stop,
    CampaignTrigger::Cancel,
];
/// How often a plan is made whose sender moved on before it was committed.
pub(super) const TRIES: usize = 5;

/// Who wants something, and what was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who it is.
    pub by: Caller,
    /// The version of the campaign that was looked at. Without it, whatever it is now.
    pub version: Option<i64>,
}

/// What is to be different about a campaign. `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Its name.
    pub name: Option<String>,
    /// JSON of a [`Content`].
    pub content: Option<String>,
    /// JSON of its policy.
    pub policy: Option<String>,
    /// JSON of the hours of its people.
    pub recipient_policy: Option<String>,
    /// JSON of a [`crate::model::Lateness`].
    pub lateness: Option<String>,
}

/// Schedules the campaign at `at` or, without it, now, and commits what is due at once. One that is
/// scheduled is moved: nothing goes at the start that it had.
///
/// Where it says what is not allowed it is held instead, and this is what is done once a review has
/// cleared it.
///
/// # Errors
/// [`CommandError`] when the table forbids it, nobody is on the list, a field is missing from it,
/// `at` is too soon, or a review has refused it.
pub async fn schedule(
    world: &impl World,
    campaign_id: &str,
    asked: &Asked,
    at: Option<Instant>,
    now: Instant,
) -> Result<(), CommandError> {
    schedule_with(world, campaign_id, asked, at, &[], now).await
}

/// As [`schedule`], with what is committed in the same transaction, whether it is held or not.
pub(super) async fn schedule_with(
    world: &impl World,
    campaign_id: &str,
    asked: &Asked,
    at: Option<Instant>,
    more: &[Statement],
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    for _ in 0..TRIES {
        let row = looked_at(db, campaign_id, asked).await?;
        check_queue(db, &row, &asked.by).await?;
        let (trigger, what) = match CampaignStatus::named(&row.status) {
            Some(CampaignStatus::Scheduled) => (CampaignTrigger::Reschedule, What::Reschedule),
            _ => (CampaignTrigger::Schedule, What::Schedule),
        };
        let status = next_status(&row, trigger, at.map(|at| at.since(now)))?;
        check_ready(world, &row).await?;
        let at_ms = at.map(Instant::millis);
        let by_user = asked.by.user_id.clone();
        let alone = Change { alone: true, by_user, ..Change::default() };
        let held = if trigger == CampaignTrigger::Reschedule {
            (Wish::Resume, Change { starts_ms: at_ms, ..alone })
        } else {
            (Wish::Schedule { at: at_ms }, alone)
        };
        if let Some(held) = reviews::gate(world, &row, &row.content, held, asked, now).await? {
            let (done, mut statements) = (Done { what: What::Review, asked }, held.1);
            statements.extend_from_slice(more);
            if commit(db, &row, held.0, &done, statements, now).await?.is_some() {
                return Ok(());
            }
            continue;
        }
        let starts_at = at.unwrap_or_else(|| start(&row, now));
        let planned = plan(db, &row, &Wanted::at(starts_at), now).await?;
        let change = Change {
            status: Some(status.name()),
            by_user: asked.by.user_id.clone(),
            alone: true,
            needs_queue: needs_queue(&row),
            ..Change::default()
        };
        let mut statements = store::hold(row.seq);
        statements.extend(promised(&row, &planned, what, asked, now));
        statements.extend_from_slice(more);
        statements.push(conversations::move_to_start(row.seq));
        statements.push(withdraw(row.seq, now.millis()));
        let change = with_plan(change, &planned);
        let done = Done { what, asked };
        if commit(db, &row, change, &done, statements, now).await?.is_some() {
            go_on(world, row.sender_seq).await;
            return Ok(());
        }
    }
    Err(restless())
}

/// Changes what a campaign is that has not started. A plan that was promised is made anew; that of one
/// that is paused, when it is resumed.
///
/// # Errors
/// [`CommandError`] when the table forbids it, or a list lacks a field that the text asks for.
pub async fn edit(
    world: &impl World,
    campaign_id: &str,
    asked: &Asked,
    edit: &Edit,
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    for _ in 0..TRIES {
        let row = looked_at(db, campaign_id, asked).await?;
        let status = next_status(&row, CampaignTrigger::Edit, None)?;
        let change = Change {
            name: edit.name.clone(),
            content: edit.content.clone(),
            policy: edit.policy.clone(),
            recipient_policy: edit.recipient_policy.clone(),
            lateness: edit.lateness.clone(),
            ..Change::default()
        };
        let done = Done { what: What::Edit, asked };
        let mut statements = vec![note(&row, What::Edit, asked, now)];
        let rules = edit.policy.is_some() || edit.recipient_policy.is_some();
        let goes = edit.content.is_some() || rules;
        // What is paused is planned, and looked at for words, when it is resumed.
        if status != CampaignStatus::Scheduled || !goes {
            if let Some(content) = &edit.content {
                if status == CampaignStatus::Paused {
                    readiness::check(world, &row, content).await?;
                }
                statements.extend(reviews::again(world, &row, content, now).await?);
            }
            if commit(db, &row, change, &done, statements, now).await?.is_some() {
                return Ok(());
            }
            continue;
        }
        let content = edit.content.as_ref().unwrap_or(&row.content);
        readiness::check(world, &row, content).await?;
        let held = (Wish::Resume, change.clone());
        if let Some(held) = reviews::gate(world, &row, content, held, asked, now).await? {
            statements.extend(held.1);
            if commit(db, &row, held.0, &Done { what: What::Review, asked }, statements, now)
                .await?
                .is_some()
            {
                return Ok(());
            }
            continue;
        }
        let starts_at = Instant::from_millis(row.starts_ms.unwrap_or(0));
        let wanted = Wanted {
            starts_at,
            policy: edit.policy.as_deref(),
            recipient_policy: edit.recipient_policy.as_deref(),
        };
        let planned = plan(db, &row, &wanted, now).await?;
        let mut statements = store::hold(row.seq);
        statements.extend(promised(&row, &planned, What::Edit, asked, now));
        let change = with_plan(change, &planned);
        if commit(db, &row, change, &done, statements, now).await?.is_some() {
            go_on(world, row.sender_seq).await;
            return Ok(());
        }
    }
    Err(restless())
}

/// After people were added to a campaign: where it is scheduled, what was promised is made anew.
///
/// # Errors
/// [`CommandError`], the database's.
pub async fn listed(
    world: &impl World,
    campaign_id: &str,
    by: &Caller,
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    let asked = Asked { by: by.clone(), version: None };
    for _ in 0..TRIES {
        let row = campaign_row(db, &by.team_id, campaign_id).await?;
        if CampaignStatus::named(&row.status) != Some(CampaignStatus::Scheduled) {
            return Ok(());
        }
        let held = (Wish::Resume, Change::default());
        if let Some(held) = reviews::gate(world, &row, &row.content, held, &asked, now).await? {
            match commit(db, &row, held.0, &Done { what: What::Review, asked: &asked }, held.1, now)
                .await
            {
                Ok(Some(_)) => return Ok(()),
                Ok(None) | Err(CommandError::Conflict { .. }) => continue,
                Err(error) => return Err(error),
            }
        }
        let starts_at = Instant::from_millis(row.starts_ms.unwrap_or(0));
        let planned = plan(db, &row, &Wanted::at(starts_at), now).await?;
        let mut statements = store::hold(row.seq);
        statements.extend(promised(&row, &planned, What::List, &asked, now));
        let change = with_plan(Change::default(), &planned);
        let done = Done { what: What::List, asked: &asked };
        match commit(db, &row, change, &done, statements, now).await {
            Ok(Some(_)) => {
                go_on(world, row.sender_seq).await;
                return Ok(());
            }
            // Somebody else was first; it is looked at again.
            Ok(None) | Err(CommandError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(restless())
}

/// Holds the campaign. Once this returns no message of it can start; the answer counts those that
/// are being handed over right now.
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn pause(
    db: &impl Database,
    campaign_id: &str,
    asked: &Asked,
    now: Instant,
) -> Result<i64, CommandError> {
    for _ in 0..TRIES {
        let row = looked_at(db, campaign_id, asked).await?;
        let status = next_status(&row, CampaignTrigger::Pause, None)?;
        let change = Change { status: Some(status.name()), ..Change::default() };
        if let Some(answers) = hold(db, &row, change, What::Pause, asked, now).await? {
            return counted(answers);
        }
    }
    Err(restless())
}

/// Ends the campaign for good, whether it has started or not. The answer is that of [`pause`].
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn stop(
    db: &impl Database,
    campaign_id: &str,
    asked: &Asked,
    now: Instant,
) -> Result<i64, CommandError> {
    for _ in 0..TRIES {
        let row = looked_at(db, campaign_id, asked).await?;
        let trigger = match CampaignStatus::named(&row.status) {
            Some(CampaignStatus::Draft | CampaignStatus::Scheduled) => CampaignTrigger::Cancel,
            _ => CampaignTrigger::Stop,
        };
        let status = next_status(&row, trigger, None)?;
        let change = Change {
            status: Some(status.name()),
            ended: Some((now.millis(), "stopped")),
            ..Change::default()
        };
        if let Some(answers) = hold(db, &row, change, What::Stop, asked, now).await? {
            return counted(answers);
        }
    }
    Err(restless())
}

/// Lets a paused campaign go on, planned from now: never a burst.
///
/// # Errors
/// [`CommandError`] when the table forbids it or the campaign has changed.
pub async fn resume(
    world: &impl World,
    campaign_id: &str,
    asked: &Asked,
    now: Instant,
) -> Result<i64, CommandError> {
    let db = world.database();
    for _ in 0..TRIES {
        let row = looked_at(db, campaign_id, asked).await?;
        check_queue(db, &row, &asked.by).await?;
        let status = next_status(&row, CampaignTrigger::Resume, None)?;
        let by_user = asked.by.user_id.clone();
        let held = (Wish::Resume, Change { by_user, ..Change::default() });
        if let Some(held) = reviews::gate(world, &row, &row.content, held, asked, now).await? {
            let mut statements = held.1;
            statements.push(store::in_flight(row.seq));
            if let Some(answers) =
                commit(db, &row, held.0, &Done { what: What::Review, asked }, statements, now)
                    .await?
            {
                return counted(answers);
            }
            continue;
        }
        let starts_at = Instant::from_millis(row.starts_ms.unwrap_or(0));
        let planned = plan(db, &row, &Wanted::at(starts_at), now).await?;
        let change = Change {
            status: Some(status.name()),
            by_user: asked.by.user_id.clone(),
            needs_queue: needs_queue(&row),
            ..Change::default()
        };
        let mut statements = promised(&row, &planned, What::Resume, asked, now);
        statements.push(withdraw(row.seq, now.millis()));
        statements.push(store::in_flight(row.seq));
        let change = with_plan(change, &planned);
        let done = Done { what: What::Resume, asked };
        if let Some(answers) = commit(db, &row, change, &done, statements, now).await? {
            go_on(world, row.sender_seq).await;
            return counted(answers);
        }
    }
    Err(restless())
}

async fn hold(
    db: &impl Database,
    row: &CampaignRow,
    change: Change,
    what: What,
    asked: &Asked,
    now: Instant,
) -> Result<Option<Vec<Answer>>, CommandError> {
    let mut statements = store::hold(row.seq);
    if what == What::Stop {
        statements.push(withdraw(row.seq, now.millis()));
    }
    statements.extend([
        store::fence(row.sender_seq),
        // Its places are given back with the next tick.
        store::wake(row.sender_seq, now.millis()),
        note(row, what, asked, now),
        store::in_flight(row.seq),
    ]);
    commit(db, row, change, &Done { what, asked }, statements, now).await
}

/// The status after a trigger, or why it is not legal.
pub(super) fn next_status(
    row: &CampaignRow,
    trigger: CampaignTrigger,
    lead_ms: Option<i64>,
) -> Result<CampaignStatus, CommandError> {
    let from = state::status(&row.status)?;
    let facts = CampaignFacts { started: row.started_ms.is_some(), lead_ms };
    status::campaign(from, trigger, &facts).map_err(|refusal| {
        if lead_ms.is_some_and(|lead| lead < status::MIN_LEAD_MS) {
            return invalid("at", "too_soon", refusal.why);
        }
        let legal = refusal.legal.iter().filter(|trigger| COMMANDS.contains(trigger));
        let legal = legal.map(|trigger| trigger.name().to_owned());
        CommandError::Conflict {
            code: "illegal_transition",
            detail: refusal.why,
            legal: legal.collect(),
            standing: Some(Box::new(standing(row, Vec::new()))),
        }
    })
}

fn invalid(path: &str, code: &'static str, message: String) -> CommandError {
    CommandError::Invalid(vec![Problem { path: path.to_owned(), code, message }])
}

/// A campaign needs people, and lists with everything that its text asks for.
async fn check_ready(world: &impl World, row: &CampaignRow) -> Result<(), CommandError> {
    if row.total == 0 {
        let message = "the campaign has no recipients; upload a list first".to_owned();
        return Err(invalid("recipients", "empty", message));
    }
    readiness::check(world, row, &row.content).await
}
