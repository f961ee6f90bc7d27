//! A team's queue is switched off: what is on its way to lists of people is held, and nothing is
//! let go.

use tidegate::Instant;

use super::CommandError;
use super::commands::{self, Asked};
use crate::model::{Caller, Kind};
use crate::ports::World;
use crate::store::commands::CampaignRow;
use crate::store::teams::{self, OnTheWayRow, QueueRow};
use crate::store::{Database, StoreError};

/// Campaigns that are held in one go: each takes a dozen of the queries of an invocation.
const HELD_MOST: i64 = 40;

/// Pauses the campaigns that are on their way in teams whose queue is off, in one or in all, up to [`HELD_MOST`] of
/// them; the sweep comes for the rest. Answers how many it paused.
///
/// # Errors
/// The database's first one. It keeps none of the others from being paused.
pub async fn hold(
    world: &impl World,
    by: &Caller,
    team_id: Option<&str>,
    now: Instant,
) -> Result<i64, StoreError> {
    let db = world.database();
    let (mut held, mut failed) = (0, None);
    for row in db.run(teams::to_hold(team_id, HELD_MOST)).await?.all::<OnTheWayRow>()? {
        if db.is_spent() {
            break;
        }
        let by = Caller { team_id: row.team_id, ..by.clone() };
        let asked = Asked { by, version: None };
        match commands::pause(db, &row.id, &asked, now).await {
            Ok(_) => held += 1,
            Err(CommandError::Store(error)) => {
                failed.get_or_insert(error);
            }
            // It ended, or somebody else was first.
            Err(_) => {}
        }
    }
    failed.map_or(Ok(held), Err)
}

/// A list of people goes by the queue; a single does not.
pub(super) fn needs_queue(row: &CampaignRow) -> bool {
    row.kind == Kind::Broadcast
}

/// A team whose queue is off sends nothing to lists.
pub(super) async fn check_queue(
    db: &impl Database,
    row: &CampaignRow,
    by: &Caller,
) -> Result<(), CommandError> {
    if needs_queue(row) { check_switch(db, &by.team_id).await } else { Ok(()) }
}

/// The same for a campaign that is not there yet.
pub(super) async fn check_switch(db: &impl Database, team_id: &str) -> Result<(), CommandError> {
    let team = db.run(teams::queue(team_id)).await?.first::<QueueRow>()?;
    if team.is_some_and(|team| team.queue != 0) {
        return Ok(());
    }
    Err(CommandError::Forbidden {
        code: "queue_off",
        detail: "the queue is switched off for this team, so no campaign is scheduled, resumed or \
                 sent again; single messages go. An administrator can switch it on"
            .into(),
    })
}
