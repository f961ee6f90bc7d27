//! What is held up: kept, shown, and let go on when somebody says so.

use serde_json::{Value, json};
use tidegate::Instant;

use super::CommandError;
use crate::model::{Caller, SliceKey};
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::dead_letters::{self as store, DeadLetterRow};
use crate::store::{Database, StoreError};

/// The most of an unreadable queue message that is kept, in characters.
const BODY_MOST: usize = 2_000;

impl DeadLetterRow {
    /// The slice that is held.
    #[must_use]
    pub fn key(&self) -> Option<SliceKey> {
        Some(SliceKey { sender_seq: self.sender_seq?, tick_no: self.tick_no?, slice: self.slice? })
    }

    /// Whether it can be forgotten without losing anything: what a queue message says is in the
    /// database, so one that names nothing, or something that is done, is worth nothing.
    #[must_use]
    pub fn can_be_discarded(&self) -> bool {
        self.done != 0
    }
}

/// Takes what the platform gave up delivering. A message that names a slice is worth nothing: the outbox
/// has the slice, and the sweep holds it up once it has been tried too often, which a message that could
/// not be delivered for a while says nothing about. What names none is kept.
///
/// # Errors
/// [`StoreError`] when the database failed; taking it again does no harm.
pub async fn take(world: &impl World, body: &Value) -> Result<(), StoreError> {
    let now = world.now().millis();
    match serde_json::from_value::<SliceKey>(body.clone()) {
        Ok(_) => Ok(()),
        Err(error) => {
            let body: String = body.to_string().chars().take(BODY_MOST).collect();
            let why = format!("it is no message of this queue: {error}");
            // The same text is the same letter, however often it comes.
            let id = format!("dead_{:016x}", fingerprint(&body));
            world.database().run(store::keep_body(&id, &body, &why, now)).await.map(|_| ())
        }
    }
}

fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The dead letter with this id, held or not.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn find(
    db: &impl Database,
    caller: &Caller,
    id: &str,
) -> Result<DeadLetterRow, CommandError> {
    db.run(store::by_id(&caller.team_id, caller.is_owner, id))
        .await?
        .first()?
        .ok_or(CommandError::NotFound)
}

/// Lets a held slice go on from where it stands, for one try. What was too late meanwhile is
/// planned anew. Saying so twice lets it go on once.
///
/// # Errors
/// [`CommandError::Conflict`] where there is no slice to let go on.
pub async fn release(
    world: &impl World,
    caller: &Caller,
    id: &str,
    now: Instant,
) -> Result<(), CommandError> {
    let letter = find(world.database(), caller, id).await?;
    let Some(key) = letter.key() else {
        return Err(CommandError::Conflict {
            code: "nothing_to_release",
            detail: "it names nothing that could go on; discard it".into(),
            legal: vec!["discard".into()],
            standing: None,
        });
    };
    let mut statements = store::release(id, key, now.millis());
    let entry = Entry::new("dead_letter.release", id, json!({ "why": letter.why }));
    statements.insert(1, audit::entry_if_changed(caller, &entry, now.millis()));
    let answers = world.database().batch(statements).await?;
    if answers.first().is_some_and(|answer| answer.changes == 1) {
        // Should it not get onto the queue, the sweep finds it.
        world.put(&[(key, 0)]).await.ok();
    }
    Ok(())
}

/// Forgets a dead letter.
///
/// # Errors
/// [`CommandError::Conflict`] where messages would be lost with it.
pub async fn discard(
    db: &impl Database,
    caller: &Caller,
    id: &str,
    now: Instant,
) -> Result<(), CommandError> {
    let letter = find(db, caller, id).await?;
    let before = json!({ "why": letter.why });
    let entry = Entry { what: "dead_letter.discard", subject: id, before, after: Value::Null };
    let entry = audit::entry_if_changed(caller, &entry, now.millis());
    let answers = db.batch(vec![store::discard(id), entry]).await?;
    if answers.first().is_some_and(|answer| answer.changes == 1) {
        return Ok(());
    }
    let left = letter.count.unwrap_or(0) - letter.settled.unwrap_or(0);
    Err(CommandError::Conflict {
        code: "would_lose_messages",
        detail: format!(
            "{left} of its messages would be lost with it; release it, after stopping the \
             campaign if they are not to go"
        ),
        legal: vec!["release".into()],
        standing: None,
    })
}
