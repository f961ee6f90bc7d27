//! What a sender's provider asks for its messages.

use serde::Deserialize;

use super::Statement;
use crate::sql;

/// The price of a sender.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PriceRow {
    /// JSON of a [`crate::model::Price`]; none: nobody said.
    pub price: Option<String>,
}

/// The [`PriceRow`] of a sender; no row when there is no such sender.
#[must_use]
pub fn of_sender(team_id: &str, sender_id: &str) -> Statement {
    sql!("SELECT price FROM senders WHERE id = ?2 AND team_id = ?1", team_id, sender_id)
}

/// The [`PriceRow`] of the sender of a campaign.
#[must_use]
pub fn of_campaign(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT price FROM senders WHERE seq = (SELECT sender_seq FROM campaigns WHERE seq = ?1)",
        campaign_seq,
    )
}

/// Sets what a sender's provider asks. It changes no row when there is no such sender, or when it was at
/// work and was charged in another currency.
#[must_use]
pub fn set(team_id: &str, sender_id: &str, price: Option<String>) -> Statement {
    sql!(
        "UPDATE senders SET price = ?3, currency = coalesce(?3 ->> '$.currency', currency)
         WHERE id = ?2 AND team_id = ?1
           AND (tick_no = 0 OR coalesce(?3 ->> '$.currency' = currency, 1))",
        team_id,
        sender_id,
        price,
    )
}
