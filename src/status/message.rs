//! The life of a message.
//!
//! Triggers are of two kinds. *Orders* (`hand_over`, `skip`, ...) say what is to be done and are
//! refused where they do not fit. *News* (an answer of the provider, a receipt) say what has
//! happened: they come late, twice and out of order, and so they are never refused. News lift a
//! status or leave it; they never lower one.

use super::Refusal;
use super::named::named_enum;

named_enum! {
    /// Where a message stands.
    pub enum MessageStatus {
        /// Not handed to the provider.
        Queued = "queued",
        /// The intent to hand it over is recorded, the outcome is not.
        Sending = "sending",
        /// The provider has taken it.
        Sent = "sent",
        /// The recipient has it. Final.
        Delivered = "delivered",
        /// The provider refused it, or could not deliver it. Only a proof of delivery can follow.
        Failed = "failed",
        /// Deliberately not sent, such as after an opt-out. Final.
        Skipped = "skipped",
        /// Its campaign was stopped first. Final.
        Cancelled = "cancelled",
        /// Handed over without an answer: neither provably taken nor provably refused.
        Unknown = "unknown",
    }
}

named_enum! {
    /// What can happen to a message.
    pub enum MessageTrigger {
        /// Order: the intent to hand it over is recorded.
        HandOver = "hand_over",
        /// News: the provider took it.
        Accepted = "accepted",
        /// News: the provider refused it for good.
        Refused = "refused",
        /// News: no answer, or one that proves nothing.
        Unclear = "unclear",
        /// Order: the provider provably did not take it, and it is to be tried again.
        Defer = "defer",
        /// News: a receipt says that the recipient has it.
        Delivered = "delivered",
        /// News: a receipt says that the recipient will not get it.
        Undeliverable = "undeliverable",
        /// Order: do not send it.
        Skip = "skip",
        /// Order: its campaign was stopped.
        Cancel = "cancel",
        /// Order: an operator knows that an unknown one was taken.
        ConfirmSent = "confirm_sent",
        /// Order: an operator sends an unknown one again.
        SendAgain = "send_again",
    }
}

/// The status of a message after `trigger`.
///
/// # Errors
///
/// When an order is not legal: why, and which triggers are. News are never refused.
pub fn message(
    from: MessageStatus,
    trigger: MessageTrigger,
) -> Result<MessageStatus, Refusal<MessageTrigger>> {
    // Looked up rather than matched: a processor cannot foresee which way a match goes.
    let found = FOLLOWERS.get(from as usize).and_then(|row| row.get(trigger as usize));
    match found {
        Some(Some(to)) => Ok(*to),
        _ => Err(refused(from, trigger)),
    }
}

#[cold]
fn refused(from: MessageStatus, trigger: MessageTrigger) -> Refusal<MessageTrigger> {
    let legal = MessageTrigger::ALL.iter().copied();
    let legal = legal.filter(|&other| follower(from, other).is_some_and(|to| to != from));
    Refusal { why: refusal(from, trigger), legal: legal.collect() }
}

const STATUSES: usize = MessageStatus::ALL.len();
const TRIGGERS: usize = MessageTrigger::ALL.len();

/// The table, written out by the compiler.
#[expect(clippy::indexing_slicing, reason = "it is the compiler that counts here")]
static FOLLOWERS: [[Option<MessageStatus>; TRIGGERS]; STATUSES] = {
    let mut table = [[None; TRIGGERS]; STATUSES];
    let mut from = 0;
    while from < STATUSES {
        let mut trigger = 0;
        while trigger < TRIGGERS {
            table[from][trigger] = follower(MessageStatus::ALL[from], MessageTrigger::ALL[trigger]);
            trigger += 1;
        }
        from += 1;
    }
    table
};

/// The table itself.
const fn follower(from: MessageStatus, trigger: MessageTrigger) -> Option<MessageStatus> {
    use MessageStatus::{Cancelled, Delivered, Failed, Queued, Sending, Sent, Skipped, Unknown};
    use MessageTrigger as On;
    match (from, trigger) {
        (Queued, On::HandOver) => Some(Sending),
        (Queued, On::Skip) => Some(Skipped),
        (Queued, On::Cancel) => Some(Cancelled),
        (Sending | Unknown, On::Defer) | (Unknown, On::SendAgain) => Some(Queued),
        // A second POST with the same key may be refused because the first was taken.
        (Sent, On::Refused) | (Unknown, On::ConfirmSent) => Some(Sent),
        (
            Queued | Sending | Sent | Delivered | Failed | Skipped | Cancelled | Unknown,
            On::HandOver | On::Skip | On::Cancel | On::Defer | On::SendAgain | On::ConfirmSent,
        ) => None,
        (_, On::Accepted) => Some(lift(from, Sent)),
        (_, On::Refused | On::Undeliverable) => Some(lift(from, Failed)),
        (_, On::Unclear) => Some(lift(from, Unknown)),
        (_, On::Delivered) => Some(Delivered),
    }
}

/// The one of the two that says more.
const fn lift(from: MessageStatus, to: MessageStatus) -> MessageStatus {
    if rank(to) > rank(from) { to } else { from }
}

/// How much a status says about the message's fate. Skipped and cancelled ones were never handed
/// over, so news about them prove that they were, and win.
const fn rank(status: MessageStatus) -> u8 {
    use MessageStatus::{Cancelled, Delivered, Failed, Queued, Sending, Sent, Skipped, Unknown};
    match status {
        Queued | Skipped | Cancelled => 0,
        Sending => 1,
        Unknown => 2,
        Sent => 3,
        Failed => 4,
        Delivered => 5,
    }
}

fn refusal(from: MessageStatus, trigger: MessageTrigger) -> String {
    use MessageTrigger as On;
    match trigger {
        On::ConfirmSent | On::SendAgain => {
            format!("`{trigger}` settles an unknown message, and this one is {from}")
        }
        On::Defer => {
            format!("only a message that is handed over can be deferred, and this one is {from}")
        }
        _ => format!("`{trigger}` needs a queued message, and this one is {from}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_this_one() {
        // One row a status, one column a trigger, in the order of their declarations.
        let table = "
            queued     sending sent failed unknown . delivered failed skipped cancelled . .
            sending    . sent failed unknown queued delivered failed . . . .
            sent       . sent sent sent . delivered failed . . . .
            delivered  . delivered delivered delivered . delivered delivered . . . .
            failed     . failed failed failed . delivered failed . . . .
            skipped    . sent failed unknown . delivered failed . . . .
            cancelled  . sent failed unknown . delivered failed . . . .
            unknown    . sent failed unknown queued delivered failed . . sent queued
        ";
        let rows: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|row| !row.is_empty())
            .collect();
        assert_eq!(rows.len(), MessageStatus::ALL.len());
        for row in rows {
            let from = MessageStatus::named(row[0]).unwrap();
            assert_eq!(row.len() - 1, MessageTrigger::ALL.len(), "{from}");
            for (&trigger, &to) in MessageTrigger::ALL.iter().zip(&row[1..]) {
                let outcome = message(from, trigger).map_or(".", MessageStatus::name);
                assert_eq!(outcome, to, "{from} on {trigger}");
            }
        }
    }

    #[test]
    fn receipts_in_any_order_end_in_the_same_status() {
        use MessageTrigger::{Accepted, Delivered, Unclear, Undeliverable};
        let news = [Accepted, Unclear, Delivered, Undeliverable, Accepted];
        for turn in 0..news.len() {
            let mut status = MessageStatus::Sending;
            for trigger in news.iter().cycle().skip(turn).take(news.len()) {
                status = message(status, *trigger).unwrap();
            }
            assert_eq!(status, MessageStatus::Delivered, "from the {turn}th on");
        }
    }

    #[test]
    fn a_refusal_names_what_would_change_something() {
        let refusal = message(MessageStatus::Sent, MessageTrigger::Cancel).unwrap_err();
        assert_eq!(refusal.why, "`cancel` needs a queued message, and this one is sent");
        let legal: Vec<_> = refusal.legal.iter().map(|trigger| trigger.name()).collect();
        assert_eq!(legal, ["delivered", "undeliverable"]);
    }
}
