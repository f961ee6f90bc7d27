//! News about messages: receipts, and outcomes that came too late for their slice.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use tidegate::status::{MessageStatus, MessageTrigger};

use crate::dispatch::receipt;
use crate::dispatch::settlement::Settled;
use crate::store::{Database, Statement, StoreError};

/// The triggers that are news: what the outside reports, never what somebody orders.
const NEWS: &[MessageTrigger] = &[
    MessageTrigger::Accepted,
    MessageTrigger::Refused,
    MessageTrigger::Unclear,
    MessageTrigger::Delivered,
    MessageTrigger::Undeliverable,
];
/// How many news go into one transaction.
const BATCH: usize = 1_000;

/// Something that was heard about a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct News {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The message's ordinal.
    pub ordinal: i64,
    /// What was heard.
    pub trigger: MessageTrigger,
    /// When it happened, ms.
    pub at_ms: i64,
    /// Why, where it went wrong.
    pub reason: Option<String>,
}

impl News {
    /// An outcome as news; none where nothing was heard.
    #[must_use]
    pub fn of(campaign_seq: i64, settled: &Settled) -> Option<Self> {
        let trigger = match settled.status {
            MessageStatus::Sent => MessageTrigger::Accepted,
            MessageStatus::Failed => MessageTrigger::Refused,
            MessageStatus::Unknown => MessageTrigger::Unclear,
            _ => return None,
        };
        Some(Self {
            campaign_seq,
            ordinal: settled.ordinal,
            trigger,
            at_ms: settled.sent_ms.unwrap_or(settled.planned_ms),
            reason: settled.reason.clone(),
        })
    }
}

/// Applies news in the order given. Late, doubled and reordered ones are harmless: a status only
/// climbs.
///
/// # Errors
/// [`StoreError`] when the database failed; applying them again is safe.
pub async fn apply(db: &impl Database, news: &[News]) -> Result<(), StoreError> {
    move_all(db, news, NEWS, None).await
}

/// Lets messages that are unknown count as sent, because an operator knows that they went. `entry`
/// says so in the audit log.
///
/// # Errors
/// As [`apply`].
pub async fn confirm(
    db: &impl Database,
    news: &[News],
    entry: Statement,
) -> Result<(), StoreError> {
    move_all(db, news, &[MessageTrigger::ConfirmSent], Some(entry)).await
}

async fn move_all(
    db: &impl Database,
    news: &[News],
    triggers: &[MessageTrigger],
    mut entry: Option<Statement>,
) -> Result<(), StoreError> {
    let moves = json!(receipt::moves(triggers));
    for batch in rounds(news) {
        for part in batch.chunks(BATCH) {
            let mut statements = crate::store::receipts::apply(&json!(part), &moves);
            statements.extend(entry.take());
            db.batch(statements).await?;
        }
    }
    Ok(())
}

/// Splits news so that each message has at most one in a round, in order. What is heard of a message again
/// moves nothing and is left out, so that there are no more rounds than kinds of news.
fn rounds(news: &[News]) -> Vec<Vec<&News>> {
    let mut heard: BTreeMap<(i64, i64), Vec<MessageTrigger>> = BTreeMap::new();
    let mut rounds: Vec<Vec<&News>> = Vec::new();
    for item in news {
        let before = heard.entry((item.campaign_seq, item.ordinal)).or_default();
        if before.contains(&item.trigger) {
            continue;
        }
        if before.len() == rounds.len() {
            rounds.push(Vec::new());
        }
        if let Some(items) = rounds.get_mut(before.len()) {
            items.push(item);
        }
        before.push(item.trigger);
    }
    rounds
}

#[cfg(test)]
mod tests {
    use tidegate::status;

    use super::*;

    fn news(triggers: &[MessageTrigger]) -> Vec<News> {
        let of = |&trigger: &MessageTrigger| News {
            campaign_seq: 1,
            ordinal: 7,
            trigger,
            at_ms: 0,
            reason: None,
        };
        triggers.iter().map(of).collect()
    }

    fn after<'a>(from: MessageStatus, news: impl Iterator<Item = &'a News>) -> MessageStatus {
        news.fold(from, |status, item| status::message(status, item.trigger).unwrap_or(status))
    }

    #[test]
    fn what_is_left_out_would_have_moved_nothing() {
        for n in 0..NEWS.len().pow(5) {
            let digits = (0..5).scan(n, |rest, _| {
                let digit = *rest % NEWS.len();
                *rest /= NEWS.len();
                NEWS.get(digit).copied()
            });
            let all = news(&digits.collect::<Vec<_>>());
            let kept = rounds(&all);
            for &from in MessageStatus::ALL {
                let in_rounds = after(from, kept.iter().flatten().copied());
                assert_eq!(in_rounds, after(from, all.iter()), "{from:?} {all:?}");
            }
        }
    }

    #[test]
    fn a_thousand_of_one_message_are_as_many_rounds_as_there_are_kinds() {
        let all = news(&NEWS.repeat(200));
        assert_eq!(rounds(&all).len(), NEWS.len());
    }
}
