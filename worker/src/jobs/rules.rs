//! A change of a sender's rules: once it returns, no message starts by the rules that were, save
//! those in flight.

use serde_json::{Value, json};
use tidegate::Instant;

use super::commands::go_on;
use super::state::parsed;
use super::{Changed, CommandError, Standing};
use crate::dispatch::rules::PROMISE_LEAD_MS;
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::changes::{self, What};
use crate::store::senders::{self, SenderChange, SenderRow, VersionRow};
use crate::store::{Database, StoreError, commands};

/// Changes a sender, and gives it as it is then. What was committed by other rules comes back and
/// is planned anew.
///
/// # Errors
/// [`CommandError`] when there is no such sender, or not in the version that was looked at.
pub async fn change(
    world: &impl World,
    sender_id: &str,
    change: &SenderChange,
    by: &Caller,
    now: Instant,
) -> Result<SenderRow, CommandError> {
    let db = world.database();
    let before = find(db, by, sender_id).await?;
    let entry = Entry {
        what: "sender.change",
        subject: sender_id,
        before: told(&before)?,
        after: told_change(&before, change)?,
    };
    let changed_row = senders::change(&by.team_id, sender_id, change, now.millis());
    let entry = audit::entry_if_changed(by, &entry, now.millis());
    let end_rest = senders::end_rest(&by.team_id, sender_id, change, now.millis());
    let mut statements = vec![end_rest, changed_row, entry];
    if change.provider.is_some() {
        statements.extend(senders::leave_doubts(&by.team_id, sender_id, now.millis()));
    }
    let answer = db.batch(statements).await?.into_iter().nth(1).unwrap_or_default();
    let Some(row) = answer.first::<SenderRow>()? else {
        return Err(changed(db, change.version, &find(db, by, sender_id).await?).await?);
    };
    if row.version != before.version {
        // The claim asks for the version, so nothing goes by the old rules already. This brings
        // back at once what would come back when its time has come, and is not missed if it fails.
        let mut statements = vec![
            commands::fence(row.seq),
            commands::wake(row.seq, now.millis()),
            changes::note(row.seq, None, What::Rules, &by.name, now.millis()),
        ];
        statements.extend(commands::hold_all(row.seq, now.millis() + PROMISE_LEAD_MS));
        drop(db.batch(statements).await);
        go_on(world, row.seq).await;
    }
    Ok(row)
}

/// A sender as the audit log tells it. A provider's addresses may hold a secret: what else it says
/// is enough.
fn told(row: &SenderRow) -> Result<Value, StoreError> {
    Ok(json!({
        "name": row.name,
        "provider": without_addresses(parsed(&row.provider)?),
        "policy": parsed::<Value>(&row.policy)?,
        "order": row.lane_order,
        "region": row.region,
    }))
}

fn told_change(before: &SenderRow, change: &SenderChange) -> Result<Value, StoreError> {
    let change = change.clone();
    told(&SenderRow {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        provider: change.provider.unwrap_or_else(|| before.provider.clone()),
        policy: change.policy.unwrap_or_else(|| before.policy.clone()),
        lane_order: change.lane_order.map_or_else(|| before.lane_order.clone(), str::to_owned),
        region: change.region.unwrap_or_else(|| before.region.clone()),
        ..before.clone()
    })
}

fn without_addresses(mut provider: Value) -> Value {
    if let Some(fields) = provider.as_object_mut() {
        fields.retain(|name, _| !name.ends_with("url"));
    }
    provider
}

async fn find(db: &impl Database, by: &Caller, sender_id: &str) -> Result<SenderRow, CommandError> {
    let row = db.run(senders::by_id(&by.team_id, sender_id)).await?.first()?;
    row.ok_or(CommandError::NotFound)
}

/// The refusal for somebody who looked at another version: what has changed since.
async fn changed(
    db: &impl Database,
    version: Option<i64>,
    is: &SenderRow,
) -> Result<CommandError, StoreError> {
    let was = db.run(senders::version(is.seq, version.unwrap_or(is.version))).await?;
    let was = was.first::<VersionRow>()?;
    let changed = was.map(|was| differences(&was, is)).transpose()?.unwrap_or_default();
    Ok(CommandError::Conflict {
        code: "stale_version",
        detail: format!(
            "the sender is at version {}; read it again and make the change there",
            is.version
        ),
        legal: Vec::new(),
        standing: Some(Box::new(Standing { version: is.version, status: None, changed })),
    })
}

fn differences(was: &VersionRow, is: &SenderRow) -> Result<Vec<Changed>, StoreError> {
    let pairs: [(&'static str, Value, Value); 3] = [
        ("provider", parsed(&was.provider)?, parsed(&is.provider)?),
        ("policy", parsed(&was.policy)?, parsed(&is.policy)?),
        ("order", json!(was.lane_order), json!(is.lane_order)),
    ];
    let differing = pairs.into_iter().filter(|(_, was, is)| was != is);
    Ok(differing.map(|(field, was, is)| Changed { field, was, is }).collect())
}
