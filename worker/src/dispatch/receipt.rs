//! What news about messages make of them: the engine's table, laid out so that the store can apply
//! many in one statement.

use std::collections::BTreeMap;

use tidegate::status::{self, MessageStatus, MessageTrigger};

/// The status after, by what happened and by the status before; `sending` stands for a message
/// whose outcome is not recorded yet.
pub type Moves = BTreeMap<MessageTrigger, BTreeMap<MessageStatus, MessageStatus>>;

/// Every way in which `triggers` change a status.
#[must_use]
pub fn moves(triggers: &[MessageTrigger]) -> Moves {
    let from = |&trigger: &MessageTrigger| {
        let to = |&from: &MessageStatus| {
            let to = status::message(from, trigger).ok()?;
            (to != from).then_some((from, to))
        };
        (trigger, MessageStatus::ALL.iter().filter_map(to).collect())
    };
    triggers.iter().map(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivered_message_never_moves_again() {
        let all = moves(MessageTrigger::ALL);
        assert!(all.values().all(|from| !from.contains_key(&MessageStatus::Delivered)));
    }
}
