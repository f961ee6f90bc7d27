//! What messages carry, from the upload until nobody needs it any more.

use serde_json::{Value, json};
use tidegate::{Instant, Problem};

use super::CommandError;
use crate::content::attachments::{Facts, refusals};
use crate::model::{Caller, Channel, Content};
use crate::ports::World;
use crate::store::attachments::{
    self as store, AttachmentRow, CarrierRow, NewAttachment, UnusedRow,
};
use crate::store::audit::{self, Entry};
use crate::store::{Database, Statement, StoreError};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How long an attachment that no campaign carries is kept after it was last uploaded, ms.
const UNUSED_KEPT_MS: i64 = 30 * DAY_MS;
/// How long an upload may take, ms.
const BEGUN_KEPT_MS: i64 = DAY_MS;
/// Attachments that one round removes, at most: each is a call of its own.
const ROUND: i64 = 20;

/// Keeps a file. The same bytes under the same name are one attachment, so that an upload can be
/// repeated.
///
/// # Errors
/// The database's, and that of the files.
pub async fn keep(
    world: &impl World,
    by: &Caller,
    new: &NewAttachment<'_>,
    bytes: Vec<u8>,
) -> Result<AttachmentRow, StoreError> {
    let db = world.database();
    let row = db.run(store::put(new)).await?.first::<AttachmentRow>()?;
    let row = row.ok_or_else(|| StoreError::Failed("an attachment gave no row".into()))?;
    if row.stored == 0 {
        world.keep(&row.id, bytes).await.map_err(StoreError::Failed)?;
        let after = json!({ "file_name": new.file_name, "media_type": new.media_type });
        let entry = Entry::new("attachment.upload", &row.id, after);
        let entry = audit::entry_if_changed(by, &entry, new.now_ms);
        let done = db.batch(vec![store::stored(row.seq), entry]).await?;
        if done.first().is_none_or(|answer| answer.changes == 0) {
            return Err(StoreError::Failed("the attachment was removed meanwhile".into()));
        }
    }
    Ok(AttachmentRow { stored: 1, ..row })
}

/// What a content carries, in its order.
///
/// # Errors
/// [`CommandError::Invalid`] when there is no such attachment, or `channel` does not take it or a
/// subject.
pub async fn of_content(
    db: &impl Database,
    team_id: &str,
    channel: Channel,
    content: &Content,
) -> Result<Vec<AttachmentRow>, CommandError> {
    let mut problems = Vec::new();
    if content.subject.is_some() && channel != Channel::Email {
        let message = format!(
            "is for `email`, and the sender's channel is `{}`; leave it out",
            channel.name()
        );
        problems.push(problem("content.subject", "not_for_channel", message));
    }
    let rows = if content.attachments.is_empty() {
        Vec::new()
    } else {
        let ids = json!(content.attachments);
        db.run(store::with_ids(team_id, &ids)).await?.all::<AttachmentRow>()?
    };
    let mut carried = Vec::new();
    for (index, id) in content.attachments.iter().enumerate() {
        if let Some(row) = rows.iter().find(|row| row.id == *id) {
            carried.push((index, row.clone()));
        } else {
            let message = "is the id of no attachment; take one from `/api/v1/attachments`";
            problems.push(problem(&path(Some(index)), "unknown_attachment", message.into()));
        }
    }
    let facts: Vec<Facts<'_>> = carried
        .iter()
        .map(|(_, row)| Facts {
            media_type: &row.media_type,
            bytes: usize::try_from(row.bytes).unwrap_or(usize::MAX),
        })
        .collect();
    for (place, code, message) in refusals(channel, &facts) {
        let index = place.and_then(|place| carried.get(place)).map(|(index, _)| *index);
        problems.push(problem(&path(index), code, message));
    }
    if problems.is_empty() {
        Ok(carried.into_iter().map(|(_, row)| row).collect())
    } else {
        Err(CommandError::Invalid(problems))
    }
}

fn path(index: Option<usize>) -> String {
    index.map_or_else(
        || "content.attachments".to_owned(),
        |index| format!("content.attachments[{index}]"),
    )
}

fn problem(path: &str, code: &'static str, message: String) -> Problem {
    Problem { path: path.to_owned(), code, message }
}

/// Removes an attachment.
///
/// # Errors
/// [`CommandError`] when there is none, or a campaign that has not ended carries it.
pub async fn remove(
    world: &impl World,
    by: &Caller,
    id: &str,
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    let row = db.run(store::by_id(&by.team_id, id)).await?.first::<AttachmentRow>()?;
    let row = row.ok_or(CommandError::NotFound)?;
    let before = json!({ "file_name": row.file_name });
    let entry = Entry { what: "attachment.delete", subject: id, before, after: Value::Null };
    let entry = audit::entry_if_changed(by, &entry, now.millis());
    let gone = take_away(world, row.seq, &row.id, Some(entry)).await?;
    if gone {
        return Ok(());
    }
    let carriers = db.run(store::carriers(id)).await?.all::<CarrierRow>()?;
    let names: Vec<String> =
        carriers.iter().map(|row| format!("`{}` ({})", row.name, row.campaign_id)).collect();
    Err(CommandError::Conflict {
        code: "in_use",
        detail: format!("{} carries it; take it out there first", names.join(", ")),
        legal: Vec::new(),
        standing: None,
    })
}

/// Removes what nobody needs: a round an hour. Returns how many were removed.
///
/// # Errors
/// The database's; what is left over has its turn again.
pub async fn prune(world: &impl World, now: Instant) -> Result<i64, StoreError> {
    let now_ms = now.millis();
    let turn = now_ms.div_euclid(HOUR_MS);
    let unused = store::unused(turn, now_ms - UNUSED_KEPT_MS, now_ms - BEGUN_KEPT_MS, ROUND);
    let mut removed = 0;
    for UnusedRow { seq, id } in world.database().run(unused).await?.all::<UnusedRow>()? {
        removed += i64::from(take_away(world, seq, &id, None).await?);
    }
    Ok(removed)
}

/// Removes an attachment that no campaign carries any more: the mark first, then the bytes, then
/// the row, so that a death in between leaves nothing behind that nobody knows of.
async fn take_away(
    world: &impl World,
    seq: i64,
    id: &str,
    entry: Option<Statement>,
) -> Result<bool, StoreError> {
    let db = world.database();
    let mut statements = store::give_up(seq, id);
    let mark = statements.len().saturating_sub(1);
    statements.extend(entry);
    let marked = db.batch(statements).await?;
    if marked.get(mark).is_none_or(|answer| answer.changes == 0) {
        return Ok(false);
    }
    world.remove(id).await.map_err(StoreError::Failed)?;
    db.run(store::forget(seq)).await?;
    Ok(true)
}
