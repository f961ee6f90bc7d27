//! What an operator says of messages about which nobody can tell: that they went, or that they are
//! to be sent again.
//!
//! The engine's table of a message says when that is legal: while it is unknown. Saying the same
//! thing twice changes nothing more.

use serde_json::{Value, json};
use tidegate::status::{self, CampaignStatus, MessageStatus, MessageTrigger};
use tidegate::{Decision, Instant};

use super::receipts::{self, News};
use super::state::{self, campaign_row};
use super::teams::check_queue;
use super::{CommandError, tick};
use crate::dispatch::lanes;
use crate::model::Caller;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::changes::{self, What};
use crate::store::commands::CampaignRow;
use crate::store::doubts::{self as store, MessageRow, Place};
use crate::store::{Database, Statement, StoreError, ticks};

/// What can be said of a message that is unknown; the other triggers are the dispatcher's.
const ORDERS: [MessageTrigger; 2] = [MessageTrigger::ConfirmSent, MessageTrigger::SendAgain];
/// The reason that is kept with a message that an operator knows to have gone.
const CONFIRMED: &str = "confirmed";
/// The most messages that one transaction changes.
const BATCH: i64 = 1_000;
/// The most transactions of one call; what is left is said in the answer.
const BATCHES: usize = 50;

/// What somebody says of messages.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// [`MessageTrigger::ConfirmSent`] or [`MessageTrigger::SendAgain`].
    pub trigger: MessageTrigger,
    /// Who says it.
    pub by: &'a Caller,
}

/// Carries out `order` on one message.
///
/// # Errors
/// [`CommandError::NotFound`] where there is no such message, [`CommandError::Conflict`] where it is
/// not unknown, or where nothing of its campaign may go any more.
pub async fn one(
    world: &impl World,
    campaign_id: &str,
    ordinal: i64,
    order: Order<'_>,
    now: Instant,
) -> Result<(), CommandError> {
    let db = world.database();
    let row = campaign_row(db, &order.by.team_id, campaign_id).await?;
    let message = db.run(store::message(row.seq, ordinal)).await?.first::<MessageRow>()?;
    let message = message.ok_or(CommandError::NotFound)?;
    if is_done(&message, order.trigger) {
        return Ok(());
    }
    let before = status_of(&row, &message)?;
    status::message(before, order.trigger).map_err(|refusal| {
        let legal = refusal.legal.iter().filter(|trigger| ORDERS.contains(trigger));
        CommandError::Conflict {
            code: "illegal_transition",
            detail: refusal.why,
            legal: legal.map(|trigger| trigger.name().to_owned()).collect(),
            standing: None,
        }
    })?;
    check(db, &row, order, &[ordinal], now).await?;
    let place = Place { campaign_seq: row.seq, ordinal };
    carry_out(world, &row, &[place], order, true, now).await?;
    follow_up(world, &row, order.trigger).await
}

/// What [`all`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Messages that it changed.
    pub changed: i64,
    /// Whether there may be more: ask again.
    pub more: bool,
}

/// Carries out `order` on every unknown message of a campaign.
///
/// # Errors
/// [`CommandError::Conflict`] where nothing of the campaign may go any more, or the database's.
/// What was changed by then is.
pub async fn all(
    world: &impl World,
    campaign_id: &str,
    order: Order<'_>,
    now: Instant,
) -> Result<Done, CommandError> {
    let db = world.database();
    let row = campaign_row(db, &order.by.team_id, campaign_id).await?;
    let mut done = Done { changed: 0, more: false };
    let mut from = 0;
    for _ in 0..BATCHES {
        let places: Vec<Place> = db.run(store::unknown(row.seq, from, BATCH)).await?.all()?;
        let Some(last) = places.last() else {
            done.more = false;
            break;
        };
        if done.changed == 0 {
            let ordinals: Vec<i64> = places.iter().map(|place| place.ordinal).collect();
            check(db, &row, order, &ordinals, now).await?;
        }
        carry_out(world, &row, &places, order, done.changed == 0, now).await?;
        let count = i64::try_from(places.len()).unwrap_or(BATCH);
        from = last.ordinal + 1;
        done.changed += count;
        done.more = count == BATCH;
        if !done.more {
            break;
        }
    }
    if done.changed > 0 {
        follow_up(world, &row, order.trigger).await?;
    }
    Ok(done)
}

/// Whether the order has been carried out before.
fn is_done(message: &MessageRow, order: MessageTrigger) -> bool {
    match order {
        MessageTrigger::ConfirmSent => {
            message.status.as_deref() == Some(MessageStatus::Sent.name())
                && message.reason.as_deref() == Some(CONFIRMED)
        }
        _ => message.status.is_none() && message.again != 0,
    }
}

fn status_of(row: &CampaignRow, message: &MessageRow) -> Result<MessageStatus, CommandError> {
    match message.status.as_deref() {
        Some(name) => Ok(MessageStatus::named(name)
            .ok_or_else(|| StoreError::Failed(format!("`{name}` is no message status")))?),
        // Nothing has become of it yet, and whether anything will is its campaign's to say.
        None => Ok(match state::status(&row.status)? {
            CampaignStatus::Stopped | CampaignStatus::Failed => MessageStatus::Cancelled,
            CampaignStatus::Completed => MessageStatus::Skipped,
            _ => MessageStatus::Queued,
        }),
    }
}

/// Messages are sent again by their campaign's rules, so these have to let one of them go.
async fn check(
    db: &impl Database,
    row: &CampaignRow,
    order: Order<'_>,
    ordinals: &[i64],
    now: Instant,
) -> Result<(), CommandError> {
    if order.trigger != MessageTrigger::SendAgain {
        return Ok(());
    }
    check_queue(db, row, order.by).await?;
    let refused = |code, detail| {
        let legal = vec![MessageTrigger::ConfirmSent.name().to_owned()];
        Err(CommandError::Conflict { code, detail, legal, standing: None })
    };
    if matches!(state::status(&row.status)?, CampaignStatus::Stopped | CampaignStatus::Failed) {
        let detail = format!("the campaign is {}: nothing of it goes any more", row.status);
        return refused("campaign_over", detail);
    }
    let mut states = state::load(db, ticks::sender(row.sender_seq), Some(row.seq), now).await?;
    let state = states.pop().ok_or(CommandError::NotFound)?;
    let campaign = state.campaigns.iter().find(|campaign| campaign.seq == row.seq);
    let campaign = campaign.ok_or(CommandError::NotFound)?;
    let layers = lanes::layers(&state.sender, campaign, &state.ledger.charges, now);
    let parts = campaign.parts.iter().zip(layers.map_err(CommandError::Invalid)?);
    let theirs = parts.filter(|(part, _)| ordinals.iter().any(|ordinal| part.has(*ordinal)));
    let mut never = None;
    for (_, layers) in theirs {
        match tidegate::decide(&layers, now) {
            Decision::Never { because } => never = Some(because),
            Decision::Send | Decision::Wait { .. } => return Ok(()),
        }
    }
    if let Some(because) = never {
        let why: Vec<&str> = because.iter().map(|reason| reason.text.as_str()).collect();
        let detail =
            format!("the rules let nothing of the campaign go any more: {}", why.join("; "));
        return refused("never", detail);
    }
    Ok(())
}

/// `noted`: that it is written down who did it.
async fn carry_out(
    world: &impl World,
    row: &CampaignRow,
    places: &[Place],
    order: Order<'_>,
    noted: bool,
    now: Instant,
) -> Result<(), StoreError> {
    let db = world.database();
    let what = format!("message.{}", order.trigger.name());
    let ordinals = [places.first(), places.last()].map(|place| place.map(|place| place.ordinal));
    let after = json!({ "messages": places.len(), "first": ordinals[0], "last": ordinals[1] });
    let entry = audit::entry(order.by, &Entry::new(&what, &row.id, after), now.millis());
    if order.trigger == MessageTrigger::ConfirmSent {
        let news = places.iter().map(|place| News {
            campaign_seq: place.campaign_seq,
            ordinal: place.ordinal,
            trigger: order.trigger,
            at_ms: now.millis(),
            reason: Some(CONFIRMED.to_owned()),
        });
        receipts::confirm(db, &news.collect::<Vec<_>>(), entry.clone()).await?;
    }
    let places: Value = places
        .iter()
        .map(|place| json!({ "campaign_seq": place.campaign_seq, "ordinal": place.ordinal }))
        .collect();
    let what = match order.trigger {
        MessageTrigger::SendAgain => What::SendAgain,
        _ => What::ConfirmSent,
    };
    let note = || changes::note(row.sender_seq, Some(&row.id), what, &order.by.name, now.millis());
    let mut statements: Vec<Statement> = noted.then(note).into_iter().collect();
    if order.trigger == MessageTrigger::SendAgain {
        statements.extend(store::release(&places, false, now.millis()));
        statements.push(entry);
    }
    statements.extend(store::drop_lookups(&places, &json!([row.sender_seq]), now.millis()));
    db.batch(statements).await.map(|_| ())
}

/// A message that is sent again takes its place at once, as after a resume.
async fn follow_up(
    world: &impl World,
    row: &CampaignRow,
    order: MessageTrigger,
) -> Result<(), CommandError> {
    if order == MessageTrigger::SendAgain {
        tick::one(world, row.sender_seq).await?;
    }
    Ok(())
}
