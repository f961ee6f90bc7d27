//! Requests that are put together from parts, which their readers take one by one.

use crate::advise::AdviseSpan;
use crate::explain::ExplainSpan;
use crate::request::{HistoryRun, LaneRules, PlanSpan, SharedLanes};
use crate::shape::document;

document! {
    /// A run in a history; a bare instant is a run of one.
    pub schema RunInput = (| InstantInput | HistoryRun);
}

document! {
    /// One lane, or several that share a sender.
    pub schema PlanRequestDocument = PlanSpan & (| LaneRules | SharedLanes);
}

document! {
    /// A plan request with the instant by which the last message is to go.
    pub schema AdviseRequestDocument = AdviseSpan & (| LaneRules | SharedLanes);
}

document! {
    /// A plan request with one of its messages.
    pub schema ExplainRequestDocument = ExplainSpan & (| LaneRules | SharedLanes);
}

document! {
    /// What a campaign's table has to know beside the status.
    pub schema TransitionFacts = {
        /// Whether a run of it was ever committed.
        started?: Nullable<bool>,
        /// For `schedule` and `reschedule`: milliseconds from now to the start that is asked for;
        /// left out to start at once.
        lead_ms?: i64,
    };
}
