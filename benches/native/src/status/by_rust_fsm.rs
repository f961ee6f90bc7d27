//! The table of messages as a machine of rust-fsm. What is not legal is not in it.

rust_fsm::state_machine! {
    #[state_machine(input(tidegate::status::MessageTrigger), state(tidegate::status::MessageStatus))]
    messages(Queued)

    Queued => {
        HandOver => Sending,
        Accepted => Sent,
        Refused => Failed,
        Undeliverable => Failed,
        Unclear => Unknown,
        Delivered => Delivered,
        Skip => Skipped,
        Cancel => Cancelled
    },
    Sending => {
        Accepted => Sent,
        Refused => Failed,
        Undeliverable => Failed,
        Unclear => Unknown,
        Defer => Queued,
        Delivered => Delivered
    },
    Sent => {
        Delivered => Delivered,
        Undeliverable => Failed
    },
    Failed(Delivered) => Delivered,
    Skipped => {
        Accepted => Sent,
        Refused => Failed,
        Undeliverable => Failed,
        Unclear => Unknown,
        Delivered => Delivered
    },
    Cancelled => {
        Accepted => Sent,
        Refused => Failed,
        Undeliverable => Failed,
        Unclear => Unknown,
        Delivered => Delivered
    },
    Unknown => {
        Accepted => Sent,
        ConfirmSent => Sent,
        Refused => Failed,
        Undeliverable => Failed,
        Defer => Queued,
        SendAgain => Queued,
        Delivered => Delivered
    }
}

pub(super) use messages::StateMachine;
