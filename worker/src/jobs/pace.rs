//! Planned against actual: what was promised of a campaign, what it sent, and what happened in
//! between.

use serde::Serialize;
use serde_json::Value;
use tidegate::Instant;
use tidegate::zone::Zone;

use super::CommandError;
use super::state::{self, campaign_row, parsed};
use crate::dispatch::pace::{self, Held, Pace, Sent};
use crate::dispatch::promise::{Instants, KEPT, PIECE_MS};
use crate::store::changes::{self, ChangeRow};
use crate::store::kept_plans::{self, InstantsRow, LeftOutRow, PieceRow, PromiseRow};
use crate::store::{Database, StoreError, ticks};

/// How many messages are compared one by one; of more, every second, third, ... is.
const MEASURED_MOST: i64 = 100_000;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PaceReport"))]
pub struct Report {
    /// The zone of its days and hours: that of the campaign's rules, or else of the sender's.
    pub time_zone: &'static str,
    /// Planned and sent.
    #[serde(flatten)]
    pub pace: Pace,
    /// Each promise that was made, in order. The last one is in force.
    pub promises: Vec<Made>,
    /// The instants that were promised, each promise until the next: `[start, count, every]`.
    pub runs: Vec<(i64, i64, i64)>,
    /// What was done to the campaign, its sender and the others on it since the first promise,
    /// newest first.
    pub changes: Vec<Done>,
    /// People who were left out, by reason.
    pub left_out: Vec<LeftOut>,
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PromiseMade"))]
pub struct Made {
    /// When it was made.
    pub at: Instant,
    /// What for: `schedule`, `reschedule`, `edit`, `list`, `resume`, `single`.
    pub why: String,
    /// The name of a key.
    pub by: String,
    /// The first instant.
    pub first: Option<i64>,
    /// The last instant.
    pub last: Option<i64>,
    /// How many messages had one.
    pub planned: i64,
    /// How many had none.
    pub unplanned: i64,
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChangeMade"))]
pub struct Done {
    /// When.
    pub at: Instant,
    /// What: `schedule`, `reschedule`, `edit`, `list`, `resume`, `single`, `pause`, `stop`, `rules`,
    /// `record`, `confirm_sent`, `send_again`, `held` or `review`.
    pub what: String,
    /// The name of a key.
    pub by: String,
    /// The campaign it was done to; none where it was done to the sender.
    pub campaign_id: Option<String>,
    /// Its name.
    pub campaign_name: Option<String>,
}

/// People who were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftOut {
    /// Why: a code.
    pub reason: Option<String>,
    /// How many.
    pub count: i64,
}

/// Planned against actual for one campaign.
///
/// # Errors
/// [`CommandError::NotFound`], or the database's.
pub async fn of_campaign(
    db: &impl Database,
    team_id: &str,
    campaign_id: &str,
    now: Instant,
) -> Result<Report, CommandError> {
    let row = campaign_row(db, team_id, campaign_id).await?;
    let kept: Vec<PromiseRow> = db.run(kept_plans::of_campaign(row.seq)).await?.all()?;
    let promises: Vec<Held> = kept
        .iter()
        .map(|row| Ok(Held { made_ms: row.made_ms, instants: parsed::<Instants>(&row.instants)? }))
        .collect::<Result<_, StoreError>>()?;
    let counts: Vec<PieceRow> = db.run(kept_plans::sent(row.seq, PIECE_MS)).await?.all()?;
    let total: i64 = counts.iter().map(|piece| piece.n).sum();
    let step = (total / MEASURED_MOST).max(0) + 1;
    let mut sent = Sent {
        counts: counts.into_iter().map(|piece| (piece.start, piece.n)).collect(),
        measured: Vec::new(),
    };
    for row in db.run(kept_plans::instants(row.seq, step)).await?.all::<InstantsRow>()? {
        sent.measured.extend(parsed::<Vec<(i64, i64)>>(&row.sent)?);
    }
    let zone = zone(db, row.sender_seq, &row.policy).await?;
    let since = promises.first().map_or(now.millis(), |first| first.made_ms);
    let changes = db.run(changes::since(row.sender_seq, since, now.millis())).await?;
    let left_out = db.run(kept_plans::left_out(row.seq)).await?.all::<LeftOutRow>()?;
    Ok(Report {
        time_zone: zone.name(),
        pace: pace::pace(&promises, &sent, zone),
        runs: pace::promised(&promises, KEPT),
        promises: kept.into_iter().map(made).collect(),
        changes: changes.all::<ChangeRow>()?.into_iter().map(done).collect(),
        left_out: left_out
            .into_iter()
            .map(|row| LeftOut { reason: row.reason, count: row.n })
            .collect(),
    })
}

/// The zone in which the campaign's people think of its days.
async fn zone(db: &impl Database, sender_seq: i64, own_policy: &str) -> Result<Zone, CommandError> {
    if parsed::<Value>(own_policy)?.get("time_zone").is_some() {
        return Ok(state::policy(own_policy)?.zone());
    }
    let sender = db.run(ticks::sender(sender_seq)).await?.first::<ticks::SenderRow>()?;
    let sender = sender.ok_or(CommandError::NotFound)?;
    Ok(state::policy(&sender.policy)?.zone())
}

fn made(row: PromiseRow) -> Made {
    Made {
        at: Instant::from_millis(row.made_ms),
        why: row.why,
        by: row.by_whom,
        first: row.first_ms,
        last: row.last_ms,
        planned: row.planned,
        unplanned: row.unplanned,
    }
}

fn done(row: ChangeRow) -> Done {
    Done {
        at: Instant::from_millis(row.at_ms),
        what: row.what,
        by: row.by_whom,
        campaign_id: row.campaign_id,
        campaign_name: row.campaign_name,
    }
}
