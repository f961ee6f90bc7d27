//! The sweep: what nobody finished is put on the queue again.

use serde::Deserialize;

use super::tick::queue_delay_s;
use crate::model::SliceKey;
use crate::ports::World;
use crate::store::{Database, StoreError, ticks};

/// A slice is given this long after its first instant to be picked up from the queue, in ms.
const PICK_UP_MS: i64 = 10_000;

/// How far ahead slices are committed at most, in ms, and a minute more.
const AHEAD_MS: i64 = 180_000;

/// Puts slices on the queue whose time has come and that nobody holds: those of a consumer that
/// died, and those that never reached the queue. Returns how many.
///
/// # Errors
/// [`StoreError`] when the database failed; the next sweep does the same work.
pub async fn run(world: &impl World) -> Result<usize, StoreError> {
    let now = world.now().millis();
    queue_again(world, now - PICK_UP_MS, now).await
}

/// Puts every slice on the queue that nobody holds, each for its time: what a queue held that
/// forgets everything when its process ends, as the local one does. Returns how many.
///
/// # Errors
/// As [`run`].
pub async fn at_start(world: &impl World) -> Result<usize, StoreError> {
    let now = world.now().millis();
    queue_again(world, now + AHEAD_MS, now).await
}

#[derive(Deserialize)]
struct Idle {
    #[serde(flatten)]
    key: SliceKey,
    start_ms: i64,
}

async fn queue_again(
    world: &impl World,
    started_before_ms: i64,
    now_ms: i64,
) -> Result<usize, StoreError> {
    let idle = ticks::idle_slices(started_before_ms, now_ms);
    let idle: Vec<Idle> = world.database().run(idle).await?.all()?;
    let slices: Vec<_> =
        idle.iter().map(|idle| (idle.key, queue_delay_s(idle.start_ms, now_ms))).collect();
    if !slices.is_empty() {
        world.put(&slices).await.map_err(StoreError::Failed)?;
    }
    Ok(slices.len())
}
