//! Opt-outs across the spellings of one address: by what they are asked for, how an older one comes into
//! the present form, and how the recipient of a message gets there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::import::{known_as, spellings};
use crate::model::Channel;
use crate::ports::World;
use crate::store::opt_outs::{self as store, Leaves, LeavesAs, RecipientRow};
use crate::store::{Database, Statement, StoreError};

/// An address and its pseudonym by every spelling that an opt-out of it may stand under, the present one
/// first.
#[must_use]
pub fn spelled<W: World>(
    world: &W,
    team_id: &str,
    channel: &str,
    address: &str,
) -> Vec<(String, String)> {
    let with = |address: String| {
        let pseudonym = world.pseudonym(&format!("{team_id}\n{channel}\n{address}"));
        (address, pseudonym)
    };
    spellings(channel, address).into_iter().map(with).collect()
}

/// Whether an address is among the opt-outs that were found for it, by any of its spellings.
#[must_use]
pub fn is_any(found: &BTreeSet<String>, channel: Channel, address: &str) -> bool {
    spellings(channel.name(), address).iter().any(|spelling| found.contains(spelling))
}

/// The statements that bring an opt-out of an address which stands under an older spelling into the present
/// form, so that it can be lifted. None where there is no other spelling.
#[must_use]
pub fn respell<W: World>(
    world: &W,
    team_id: &str,
    channel: Channel,
    address: &str,
) -> Vec<Statement> {
    let mut all = spelled(world, team_id, channel.name(), address).into_iter();
    match (all.next(), all.collect::<Vec<_>>()) {
        (Some((address, pseudonym)), others) if !others.is_empty() => {
            store::respell(team_id, channel, (&address, &pseudonym), &json!(others)).into()
        }
        _ => Vec::new(),
    }
}

/// Puts the recipients of messages on the opt-outs: because their provider, or they with a click, said so.
///
/// # Errors
/// The database's; repeating it is safe.
pub async fn leave(db: &impl Database, leaves: &[Leaves], now_ms: i64) -> Result<(), StoreError> {
    let rows = db.run(store::recipients(leaves)).await?.all::<RecipientRow>()?;
    let rows: BTreeMap<(i64, i64), RecipientRow> =
        rows.into_iter().map(|row| ((row.campaign_seq, row.ordinal), row)).collect();
    let with = |leaves: &Leaves| {
        let row = rows.get(&(leaves.campaign_seq, leaves.ordinal));
        let to = row.map_or("", |row| row.to.as_str());
        let address = row.map_or_else(String::new, |row| known_as(&row.channel, to).into_owned());
        LeavesAs { leaves: *leaves, to: to.to_owned(), address }
    };
    let leaves: Vec<LeavesAs> = leaves.iter().map(with).collect();
    db.batch(store::insert_recipients(&leaves, now_ms)).await.map(drop)
}
