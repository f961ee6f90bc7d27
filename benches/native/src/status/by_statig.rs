//! The table of messages as a machine of statig.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "statig hands events over by reference")]

use statig::prelude::*;
use tidegate::status::MessageStatus;
use tidegate::status::MessageTrigger::{
    self, Accepted, Cancel, ConfirmSent, Defer, Delivered, HandOver, Refused, SendAgain, Skip,
    Unclear, Undeliverable,
};

#[derive(Default)]
pub(super) struct Message;

pub(super) fn machine() -> StateMachine<Message> {
    Message.state_machine()
}

pub(super) fn status(state: &State) -> MessageStatus {
    match state {
        State::Queued {} => MessageStatus::Queued,
        State::Sending {} => MessageStatus::Sending,
        State::Sent {} => MessageStatus::Sent,
        State::Delivered {} => MessageStatus::Delivered,
        State::Failed {} => MessageStatus::Failed,
        State::Skipped {} => MessageStatus::Skipped,
        State::Cancelled {} => MessageStatus::Cancelled,
        State::Unknown {} => MessageStatus::Unknown,
    }
}

#[state_machine(initial = "State::queued()", state(derive(Debug)))]
impl Message {
    #[state]
    fn queued(event: &MessageTrigger) -> Outcome<State> {
        match event {
            HandOver => Transition(State::sending()),
            Accepted => Transition(State::sent()),
            Refused | Undeliverable => Transition(State::failed()),
            Unclear => Transition(State::unknown()),
            Delivered => Transition(State::delivered()),
            Skip => Transition(State::skipped()),
            Cancel => Transition(State::cancelled()),
            _ => Handled,
        }
    }

    #[state]
    fn sending(event: &MessageTrigger) -> Outcome<State> {
        match event {
            Accepted => Transition(State::sent()),
            Refused | Undeliverable => Transition(State::failed()),
            Unclear => Transition(State::unknown()),
            Defer => Transition(State::queued()),
            Delivered => Transition(State::delivered()),
            _ => Handled,
        }
    }

    #[state]
    fn sent(event: &MessageTrigger) -> Outcome<State> {
        match event {
            Delivered => Transition(State::delivered()),
            Undeliverable => Transition(State::failed()),
            _ => Handled,
        }
    }

    #[state]
    fn delivered() -> Outcome<State> {
        Handled
    }

    #[state]
    fn failed(event: &MessageTrigger) -> Outcome<State> {
        match event {
            Delivered => Transition(State::delivered()),
            _ => Handled,
        }
    }

    #[state]
    fn skipped(event: &MessageTrigger) -> Outcome<State> {
        Self::proved(event)
    }

    #[state]
    fn cancelled(event: &MessageTrigger) -> Outcome<State> {
        Self::proved(event)
    }

    #[state]
    fn unknown(event: &MessageTrigger) -> Outcome<State> {
        match event {
            Accepted | ConfirmSent => Transition(State::sent()),
            Refused | Undeliverable => Transition(State::failed()),
            Defer | SendAgain => Transition(State::queued()),
            Delivered => Transition(State::delivered()),
            _ => Handled,
        }
    }

    fn proved(event: &MessageTrigger) -> Outcome<State> {
        match event {
            Accepted => Transition(State::sent()),
            Refused | Undeliverable => Transition(State::failed()),
            Unclear => Transition(State::unknown()),
            Delivered => Transition(State::delivered()),
            _ => Handled,
        }
    }
}
