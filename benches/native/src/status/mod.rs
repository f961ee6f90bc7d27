//! Which status follows on which?
//!
//! Each machine has the engine's whole table for messages. An answer is the position of the status
//! in that table.

mod by_rust_fsm;
mod by_statig;

use std::rc::Rc;

use tidegate::status::{MessageStatus, MessageTrigger, message};

use crate::Kind::{Ours, Peer};
use crate::Subject;
use crate::questions::Questions;

const ROW: &str = "status change";

/// Ours, and two state machines.
///
/// # Panics
///
/// When a trigger has an unknown name.
#[must_use]
pub fn subjects(questions: &Questions) -> [Subject; 3] {
    let named = |name: &String| MessageTrigger::named(name).expect("a trigger of the table");
    let triggers: Rc<[_]> = questions.triggers.iter().map(named).collect();
    [
        Subject::stream(
            ROW,
            (Ours, "tidegate message"),
            &triggers,
            || MessageStatus::Queued,
            |status, trigger| {
                if let Ok(next) = message(*status, trigger) {
                    *status = next;
                }
                position(*status)
            },
        ),
        Subject::stream(
            ROW,
            (Peer, "statig"),
            &triggers,
            by_statig::machine,
            |machine, trigger| {
                machine.handle(&trigger);
                position(by_statig::status(machine.state()))
            },
        ),
        Subject::stream(
            ROW,
            (Peer, "rust-fsm"),
            &triggers,
            by_rust_fsm::StateMachine::new,
            |machine, trigger| {
                // What is not legal leaves the status as it is.
                let _ = machine.consume(&trigger);
                position(*machine.state())
            },
        ),
    ]
}

fn position(status: MessageStatus) -> i64 {
    status as i64
}
