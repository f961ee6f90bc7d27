//! The sweep: what nobody finished is put on the queue again.

use crate::model::SliceKey;
use crate::ports::World;
use crate::store::ticks::{self, Idle};
use crate::store::{Database, StoreError};

/// A slice is given this long after its first instant to be picked up from the queue, in ms.
const PICK_UP_MS: i64 = 10_000;

/// Puts slices on the queue whose time has come and that nobody holds: those of a consumer that
/// died, and those that never reached the queue. Returns how many.
///
/// # Errors
/// [`StoreError`] when the database failed; the next sweep does the same work.
pub async fn run(world: &impl World) -> Result<usize, StoreError> {
    let now = world.now().millis();
    let idle = ticks::idle_slices(now - PICK_UP_MS, now);
    let idle: Vec<Idle> = world.database().run(idle).await?.all()?;
    let of = |row: &Idle| {
        let key = SliceKey { sender_seq: row.sender_seq, tick_no: row.tick_no, slice: row.slice };
        (key, 0)
    };
    let slices: Vec<_> = idle.iter().map(of).collect();
    if !slices.is_empty() {
        world.put(&slices).await.map_err(StoreError::Failed)?;
    }
    Ok(slices.len())
}
