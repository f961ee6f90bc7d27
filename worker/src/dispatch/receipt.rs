//! What news about messages make of them: the engine's table, laid out so that the store can apply
//! many in one statement.

use serde::Serialize;
use tidegate::status::{self, MessageStatus, MessageTrigger};

/// One line of the table: news that change a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// What happened.
    pub trigger: MessageTrigger,
    /// The status before; `sending` stands for a message whose outcome is not recorded yet.
    pub from: MessageStatus,
    /// The status after.
    pub to: MessageStatus,
}

/// Every way in which `triggers` change a status.
#[must_use]
pub fn moves(triggers: &[MessageTrigger]) -> Vec<Move> {
    let of = |&trigger: &MessageTrigger| {
        MessageStatus::ALL.iter().filter_map(move |&from| {
            let to = status::message(from, trigger).ok()?;
            (to != from).then_some(Move { trigger, from, to })
        })
    };
    triggers.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivered_message_never_moves_again() {
        let all = moves(MessageTrigger::ALL);
        assert!(all.iter().all(|m| m.from != MessageStatus::Delivered));
    }
}
