//! How a command is committed: with its plan, its promise and its entry in the audit log, or not at
//! all.

use serde_json::json;

use super::Asked;
use crate::jobs::conflict::{changed, difference, standing};
use crate::jobs::preview::Planned;
use crate::jobs::state::campaign_row;
use crate::jobs::{CommandError, tick};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::changes::{self, What};
use crate::store::commands::{self as store, CampaignRow, Change, Count};
use crate::store::kept_plans::{self, NewPromise};
use crate::store::{Answer, Database, Statement, StoreError};
use tidegate::Instant;

/// What is done, and who asked for it.
pub(in crate::jobs) struct Done<'a> {
    pub(in crate::jobs) what: What,
    pub(in crate::jobs) asked: &'a Asked,
}

/// Commits a command, with its entry in the audit log. None when only the sender has moved on, or the
/// campaign that is meant whatever it is: it is looked at, and the plan made, anew.
pub(in crate::jobs) async fn commit(
    db: &impl Database,
    row: &CampaignRow,
    change: Change,
    Done { what, asked }: &Done<'_>,
    statements: Vec<Statement>,
    now: Instant,
) -> Result<Option<Vec<Answer>>, CommandError> {
    let (before, after) = difference(row, &change)?;
    let name = format!("campaign.{}", what.name());
    let entry = Entry { what: &name, subject: &row.id, before, after };
    let mut all = vec![
        store::change(row.seq, row.version, &change, now.millis()),
        audit::entry(&asked.by, &entry, now.millis()),
    ];
    all.extend(statements);
    match db.batch(all).await {
        Ok(answers) => Ok(Some(answers)),
        Err(StoreError::Conflict(_)) => {
            let is = campaign_row(db, &asked.by.team_id, &row.id).await?;
            if is.version != row.version {
                return match asked.version {
                    Some(_) => Err(changed(db, row.version, &is).await?),
                    None => Ok(None),
                };
            }
            let importing = is.import_token.is_some()
                && is.import_until_ms.is_some_and(|until| until > now.millis());
            if change.alone && importing {
                return Err(CommandError::Conflict {
                    code: "import_under_way",
                    detail: "a list is being imported into the campaign; try again when it is in"
                        .into(),
                    legal: Vec::new(),
                    standing: Some(Box::new(standing(&is, Vec::new()))),
                });
            }
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Commits what is due. The command is done already, and what fails here the cron does within the
/// minute.
pub(in crate::jobs) async fn go_on(world: &impl World, sender_seq: i64) {
    drop(tick::one(world, sender_seq).await);
}

/// Why a plan was given up that did not hold long enough to be committed.
pub(in crate::jobs) fn restless() -> CommandError {
    CommandError::Store(StoreError::Failed("the sender changes faster than it is planned".into()))
}

pub(super) fn note(row: &CampaignRow, what: What, asked: &Asked, now: Instant) -> Statement {
    changes::note(row.sender_seq, Some(&row.id), what, &asked.by.name, now.millis())
}

/// The last answer, a count.
pub(super) fn counted(mut answers: Vec<Answer>) -> Result<i64, CommandError> {
    let count = answers.pop().unwrap_or_default().first::<Count>()?;
    Ok(count.map_or(0, |count| count.n))
}

pub(super) fn with_plan(change: Change, planned: &Planned) -> Change {
    Change {
        starts_ms: Some(planned.starts_at.millis()),
        joined_at: Some(planned.joined_at),
        ..change
    }
}

/// What goes with a plan that is committed to: nobody else moves the sender in between, it is
/// looked at in time, and the promise is kept.
pub(super) fn promised(
    row: &CampaignRow,
    planned: &Planned,
    what: What,
    asked: &Asked,
    now: Instant,
) -> Vec<Statement> {
    let promise = &planned.promise;
    let due_ms = planned.starts_at.max(now).millis();
    let mut statements = vec![
        store::fence_at(row.sender_seq, planned.tick_no, planned.from.millis()),
        store::wake(row.sender_seq, due_ms),
        note(row, what, asked, now),
    ];
    statements.extend(kept_plans::keep(&NewPromise {
        campaign_id: &row.id,
        made_ms: now.millis(),
        why: what,
        by: &asked.by.name,
        first_ms: promise.first_ms,
        last_ms: promise.last_ms,
        planned: promise.planned,
        unplanned: promise.unplanned,
        instants: json!(promise.instants).to_string(),
    }));
    statements
}
