//! The people who do not want any more messages.

use serde::Deserialize;

use super::Statement;
use super::senders::TEAM;
use crate::model::Channel;
use crate::sql;

/// One address that nothing is sent to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OptOutRow {
    /// The channel.
    pub channel: Channel,
    /// The address, in its normal form.
    pub address: String,
    /// Why, in words.
    pub reason: String,
    /// Where it came from: `manual`, `reply`.
    pub source: String,
    /// Since when, ms.
    pub created_ms: i64,
}

/// Puts an address on the opt-outs, where the first entry stays, and gives its [`OptOutRow`].
#[must_use]
pub fn insert(row: &OptOutRow) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (team_id, channel, address) DO NOTHING",
            TEAM,
            row.channel.name(),
            &row.address,
            &row.reason,
            &row.source,
            row.created_ms,
        ),
        sql!(
            "SELECT channel, address, reason, source, created_ms FROM opt_outs
             WHERE team_id = ?1 AND channel = ?2 AND address = ?3",
            TEAM,
            row.channel.name(),
            &row.address,
        ),
    ]
}

/// Takes an address off the opt-outs: one row, or none.
#[must_use]
pub fn delete(channel: Channel, address: &str) -> Statement {
    sql!(
        "DELETE FROM opt_outs WHERE team_id = ?1 AND channel = ?2 AND address = ?3",
        TEAM,
        channel.name(),
        address,
    )
}

/// Up to `most` [`OptOutRow`]s by channel and address, after the pair `after`.
#[must_use]
pub fn page(after: Option<&(String, String)>, most: i64) -> Statement {
    let (channel, address) = after.map_or(("", ""), |(channel, address)| (channel, address));
    sql!(
        "SELECT channel, address, reason, source, created_ms FROM opt_outs
         WHERE team_id = ?1 AND (channel, address) > (?2, ?3)
         ORDER BY channel, address LIMIT ?4",
        TEAM,
        channel,
        address,
        most,
    )
}

/// Up to `most` [`OptOutRow`]s of one channel by address, after `after`.
#[must_use]
pub fn page_of_channel(channel: Channel, after: &str, most: i64) -> Statement {
    sql!(
        "SELECT channel, address, reason, source, created_ms FROM opt_outs
         WHERE team_id = ?1 AND channel = ?2 AND address > ?3
         ORDER BY address LIMIT ?4",
        TEAM,
        channel.name(),
        after,
        most,
    )
}
