//! The start of a local server: what its queue held is put on it again.
//!
//! A deployment's queue keeps what it holds. The local one forgets it when its process ends, and what
//! was committed for the minutes to come would wait for the sweep, and come late.

use serde::Deserialize;

use super::tick::queue_delay_s;
use crate::model::SliceKey;
use crate::ports::World;
use crate::store::{Database, StoreError, ticks};

#[derive(Deserialize)]
struct Waiting {
    #[serde(flatten)]
    key: SliceKey,
    start_ms: i64,
}

/// Puts every slice on the queue that nobody holds, each for its time. Returns how many.
///
/// # Errors
/// [`StoreError`] when the database failed; the sweep does the same later.
pub async fn run(world: &impl World) -> Result<usize, StoreError> {
    let now = world.now().millis();
    let waiting: Vec<Waiting> = world.database().run(ticks::unheld_slices(now)).await?.all()?;
    let slices: Vec<_> =
        waiting.iter().map(|slice| (slice.key, queue_delay_s(slice.start_ms, now))).collect();
    if !slices.is_empty() {
        world.put(&slices).await.map_err(StoreError::Failed)?;
    }
    Ok(slices.len())
}
