//! The sweep: what nobody finished is put on the queue again.

use crate::model::SliceKey;
use crate::ports::World;
use crate::store::{Database, StoreError, ticks};

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
    let idle: Vec<SliceKey> = world.database().run(idle).await?.all()?;
    let slices: Vec<_> = idle.into_iter().map(|slice| (slice, 0)).collect();
    if !slices.is_empty() {
        world.put(&slices).await.map_err(StoreError::Failed)?;
    }
    Ok(slices.len())
}
