//! The people of a campaign by zone.

use super::Statement;
use crate::sql;

/// The [`ZoneRow`](super::ticks::ZoneRow)s of a campaign.
#[must_use]
pub fn of_campaign(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT time_zone, ranges, cursor FROM campaign_zones WHERE campaign_seq = ?1
         ORDER BY time_zone",
        campaign_seq,
    )
}
