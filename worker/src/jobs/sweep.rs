//! The sweep: what nobody finished is put on the queue again, what nobody can finish is held up,
//! what nobody can tell is asked, what nobody needs is forgotten, and who came in with a list is put
//! into the index.

use super::teams::hold;
use super::{contact_imports, erasures, look_up, prune, recipient_index, resends};
use crate::model::{Caller, SliceKey};
use crate::ports::World;
use crate::store::erasures::open as open_erasures;
use crate::store::handovers::TRIES_MOST;
use crate::store::recipient_index as index;
use crate::store::teams::to_hold;
use crate::store::ticks::{self, IdleRow};
use crate::store::{Answer, Database, StoreError, dead_letters};

/// A slice is given this long after its first instant to be picked up from the queue, in ms.
const PICK_UP_MS: i64 = 10_000;

/// One sweep. Returns how many slices it put on the queue: those whose time has come and that
/// nobody holds, because their consumer died or they never reached it. A slice that does not get
/// on comes less and less often, and then not at all until somebody releases it.
///
/// What fails in one part keeps no other part from being done.
///
/// # Errors
/// [`StoreError`], the first one, when the database failed; the next sweep does the same work.
pub async fn run(world: &impl World) -> Result<usize, StoreError> {
    let db = world.database();
    let now = world.now();
    let now_ms = now.millis();
    // Asked for together: most minutes there is nothing to do.
    let idle = ticks::idle_slices(now_ms - PICK_UP_MS, now_ms);
    let asked = vec![
        idle,
        look_up::due(now),
        prune::turn(now),
        index::pending(),
        to_hold(None, 1),
        contact_imports::idle(now),
        // From anywhere on, so that those that do not get on keep no other waiting.
        open_erasures(&format!("ers_{}", world.token())),
        resends::idle(now_ms),
    ];
    let mut answers = db.batch(asked).await?.into_iter();
    let (idle, due, turn) = (answers.next(), answers.next(), answers.next());
    let pending = answers.next().map(Answer::first).transpose()?.flatten();
    let held_back = answers.next().unwrap_or_default();
    let (imports, erased) = (answers.next(), answers.next());
    let resend = answers.next().map(Answer::first).transpose()?.flatten();
    let idle: Vec<IdleRow> = ticks::rows(idle)?;
    let (due, turn) = (ticks::rows(due)?, ticks::rows(turn)?);
    let (imports, erased) = (ticks::rows(imports)?, ticks::rows(erased)?);
    let (dead, idle): (Vec<_>, Vec<_>) = idle.into_iter().partition(|row| row.tries >= TRIES_MOST);
    let slices: Vec<(SliceKey, i64)> = idle.iter().map(|row| (row.key(), 0)).collect();
    let done = [
        if dead.is_empty() {
            Ok(())
        } else {
            db.batch(dead_letters::bury_exhausted(now_ms)).await.map(drop)
        },
        if slices.is_empty() {
            Ok(())
        } else {
            world.put(&slices).await.map_err(StoreError::Failed)
        },
        if held_back.rows.is_empty() {
            Ok(())
        } else {
            hold(world, &Caller::named("the queue's switch"), None, now).await.map(drop)
        },
        look_up::run(world, due).await.map(drop),
        prune::run(world, turn, now).await.map(drop),
        recipient_index::run(world, pending).await.map(drop),
        resends::go_on(world, resend).await,
        contact_imports::go_on(world, imports).await,
        erasures::go_on(world, erased).await,
    ];
    done.into_iter().collect::<Result<(), _>>()?;
    Ok(slices.len())
}
