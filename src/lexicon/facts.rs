//! What is true of a campaign or of a message: the facts that a lexicon has a word for.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::fact::{Fact, NOTHING, OTHER_LAYER, code_name, code_named, layer_named};
#[cfg(feature = "schema")]
use crate::document::MAX_NAME;
use crate::document::{choice, name, number, object, required, text, wrong_type};
use crate::problem::{Path, Problem, Problems};
use crate::reason::{Code, Reason};
use crate::shape::document;
use crate::status::{CampaignStatus, Machine, MessageStatus};

/// Counters up to here are told apart from text.
const MAX_COUNT: u64 = 9_007_199_254_740_991;

document! {
    /// What is true of a campaign or of a message. All but `status` may be left out.
    pub(crate) type FactsDocument = (
        | {
            /// `campaign` if left out.
            machine?: Campaign,
            status: CampaignStatus,
        }
        | { machine: Message, status: MessageStatus }
    ) & {
        /// How many recipients the campaign has.
        total?: Nullable<Whole<0, MAX_COUNT>>,
        /// How many messages the provider has taken, delivered since or not.
        sent?: Nullable<Whole<0, MAX_COUNT>>,
        /// How many of them were delivered.
        delivered?: Nullable<Whole<0, MAX_COUNT>>,
        /// How many failed.
        failed?: Nullable<Whole<0, MAX_COUNT>>,
        /// How many were deliberately not sent.
        skipped?: Nullable<Whole<0, MAX_COUNT>>,
        /// How many were handed over without an answer.
        unknown?: Nullable<Whole<0, MAX_COUNT>>,
        /// What holds it: one that is scheduled, at the time it is set to; any other, now. With
        /// `waiting_layer`, the `code` and the `layer` of a reason.
        waiting?: Nullable<Code>,
        /// The name of the layer that holds it.
        waiting_layer?: Nullable<Text<MAX_NAME>>,
        /// Whether its content waits for a review.
        held_for_review?: Nullable<bool>,
        /// Whether a run of the campaign was ever committed.
        started?: Nullable<bool>,
    };
}

/// Where something stands, and so what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// A campaign.
    Campaign(CampaignStatus),
    /// A message.
    Message(MessageStatus),
}

impl Standing {
    /// What it is.
    #[must_use]
    pub const fn machine(self) -> Machine {
        match self {
            Self::Campaign(_) => Machine::Campaign,
            Self::Message(_) => Machine::Message,
        }
    }

    /// The name of the status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Campaign(status) => status.name(),
            Self::Message(status) => status.name(),
        }
    }

    fn named(machine: Machine, name: &str) -> Option<Self> {
        match machine {
            Machine::Campaign => CampaignStatus::named(name).map(Self::Campaign),
            Machine::Message => MessageStatus::named(name).map(Self::Message),
        }
    }
}

/// What is true of a campaign or of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    /// The canonical status.
    pub status: Standing,
    /// How many recipients the campaign has.
    pub total: u64,
    /// How many messages the provider has taken, delivered since or not.
    pub sent: u64,
    /// How many of them were delivered.
    pub delivered: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were deliberately not sent.
    pub skipped: u64,
    /// How many were handed over without an answer.
    pub unknown: u64,
    /// What holds it: one that is scheduled, at the time it is set to; any other one, now.
    pub waiting: Option<Waiting>,
    /// Whether its content waits for a review.
    pub held_for_review: bool,
    /// Whether a run of the campaign was ever committed.
    pub started: bool,
}

/// What something waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    code: Code,
    layer: &'static str,
}

impl Waiting {
    /// It waits for a gate of that kind in the layer of that name.
    #[must_use]
    pub fn new(code: Code, layer: &str) -> Self {
        Self { code, layer: layer_named(layer) }
    }
}

impl From<&Reason> for Waiting {
    fn from(reason: &Reason) -> Self {
        Self::new(reason.code, &reason.layer)
    }
}

impl Facts {
    /// Nothing but the status: nobody on the list, nothing sent, nothing waited for.
    #[must_use]
    pub const fn of(status: Standing) -> Self {
        Self {
            status,
            total: 0,
            sent: 0,
            delivered: 0,
            failed: 0,
            skipped: 0,
            unknown: 0,
            waiting: None,
            held_for_review: false,
            started: false,
        }
    }

    /// Reads a document such as `{"machine": "campaign", "status": "in_progress", "sent": 7}`.
    /// Only `status` has to be there: `machine` is `campaign`, counters are 0, `waiting` and
    /// `waiting_layer` are null, `held_for_review` and `started` are false when left out.
    ///
    /// # Errors
    ///
    /// Every problem of the document at once.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let facts = Self::read(document, &Path::Root, &mut problems);
        problems.unless_any(facts)
    }

    pub(super) fn read(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let fields = object(value, at, FactsDocument::FIELDS, problems)?;
        let mut count = |fact: Fact| {
            let value = given(fields, fact)?;
            number(value, &at.field(fact.name()), (0, MAX_COUNT), problems)
        };
        let mut count = |fact| count(fact).unwrap_or(0);
        let (total, sent, delivered) =
            (count(Fact::Total), count(Fact::Sent), count(Fact::Delivered));
        let (failed, skipped, unknown) =
            (count(Fact::Failed), count(Fact::Skipped), count(Fact::Unknown));
        let [held_for_review, started] =
            [Fact::HeldForReview, Fact::Started].map(|fact| yes_or_no(fields, fact, at, problems));
        let waiting = waiting(fields, at, problems);
        let status = standing(fields, at, problems)?;
        Some(Self {
            status,
            total,
            sent,
            delivered,
            failed,
            skipped,
            unknown,
            waiting,
            held_for_review,
            started,
        })
    }

    /// The one combination of values that these facts are.
    pub(super) fn point(&self) -> Condition {
        let word = |fact| match fact {
            Fact::Status => self.status.name(),
            Fact::Total => some(self.total),
            // What was delivered was sent, whatever the counter says yet.
            Fact::Sent => some(self.sent.max(self.delivered)),
            Fact::Delivered => some(self.delivered),
            Fact::Failed => some(self.failed),
            Fact::Skipped => some(self.skipped),
            Fact::Unknown => some(self.unknown),
            Fact::Waiting => self.waiting.map_or(NOTHING, |waiting| code_name(waiting.code)),
            Fact::WaitingLayer => self.waiting.map_or(OTHER_LAYER, |waiting| waiting.layer),
            Fact::HeldForReview => yes(self.held_for_review),
            Fact::Started => yes(self.started),
        };
        Condition::point(self.status.machine(), word)
    }
}

const fn some(count: u64) -> &'static str {
    if count == 0 { "none" } else { "some" }
}

const fn yes(holds: bool) -> &'static str {
    if holds { "yes" } else { "no" }
}

/// A field that is there and not null.
fn given(fields: &Map<String, Value>, fact: Fact) -> Option<&Value> {
    fields.get(fact.name()).filter(|value| !value.is_null())
}

fn yes_or_no(
    fields: &Map<String, Value>,
    fact: Fact,
    at: &Path<'_>,
    problems: &mut Problems,
) -> bool {
    let Some(value) = given(fields, fact) else { return false };
    value.as_bool().unwrap_or_else(|| {
        wrong_type(value, &at.field(fact.name()), "true or false", problems);
        false
    })
}

fn standing(
    fields: &Map<String, Value>,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Standing> {
    let machine = fields.get("machine");
    let machine = machine.map(|value| super::read::machine(value, &at.field("machine"), problems));
    let machine = machine.unwrap_or(Some(Machine::Campaign));
    let status = required(fields, Fact::Status.name(), at, problems)?;
    let at = at.field(Fact::Status.name());
    let Some(machine) = machine else {
        // Of what it is a status is not known, so neither is whether it is one.
        text(status, &at, problems);
        return None;
    };
    let names = Fact::Status.values(machine).into_iter();
    let choices: Vec<_> =
        names.filter_map(|name| Some((name, Standing::named(machine, name)?))).collect();
    choice(status, &at, &choices, problems)
}

fn waiting(fields: &Map<String, Value>, at: &Path<'_>, problems: &mut Problems) -> Option<Waiting> {
    let at_layer = at.field(Fact::WaitingLayer.name());
    let layer = given(fields, Fact::WaitingLayer);
    let layer = layer.map(|value| name(value, &at_layer, problems));
    let Some(value) = given(fields, Fact::Waiting) else {
        if layer.is_some() {
            let message =
                "a layer holds nothing without `waiting`; add its code, or leave this out";
            problems.report(&at_layer, "conflict", message.to_owned());
        }
        return None;
    };
    let codes = Fact::Waiting.values(Machine::Campaign).into_iter();
    let codes: Vec<_> = codes.filter_map(|name| Some((name, code_named(name)?))).collect();
    let code = choice(value, &at.field(Fact::Waiting.name()), &codes, problems)?;
    Some(Waiting::new(code, layer.flatten().as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_that_are_left_out_have_not_happened() {
        let facts = Facts::parse(&json!({ "status": "in_progress" })).unwrap();
        assert_eq!(facts, Facts::of(Standing::Campaign(CampaignStatus::InProgress)));
        let nulls = json!({ "status": "in_progress", "sent": null, "waiting": null,
                            "waiting_layer": null, "held_for_review": null, "started": null });
        assert_eq!(Facts::parse(&nulls), Ok(facts));
    }

    #[test]
    fn every_fact_is_read() {
        let facts = Facts::parse(&json!({
            "machine": "message", "status": "queued", "total": 9, "sent": 4, "delivered": 2,
            "failed": 1, "skipped": 3, "unknown": 5, "waiting": "blocked_time", "waiting_layer": "sender",
            "held_for_review": true, "started": true,
        }));
        let wanted = Facts {
            status: Standing::Message(MessageStatus::Queued),
            total: 9,
            sent: 4,
            delivered: 2,
            failed: 1,
            skipped: 3,
            unknown: 5,
            waiting: Some(Waiting::new(Code::BlockedTime, "sender")),
            held_for_review: true,
            started: true,
        };
        assert_eq!(facts, Ok(wanted));
    }

    #[test]
    fn every_problem_of_the_facts_is_told_at_once() {
        let problems = Facts::parse(&json!({
            "machine": "list", "status": 5, "sent": -1, "waiting_layer": "team",
            "started": "yes", "colour": "red",
        }));
        let problems = problems.unwrap_err();
        let found: Vec<_> =
            problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect();
        assert_eq!(
            found,
            [
                ("colour", "unknown_field"),
                ("sent", "out_of_bounds"),
                ("started", "wrong_type"),
                ("waiting_layer", "conflict"),
                ("machine", "malformed"),
                ("status", "wrong_type"),
            ]
        );
    }

    #[test]
    fn a_status_of_the_other_machine_is_unknown() {
        let problems = Facts::parse(&json!({ "status": "queued" })).unwrap_err();
        assert_eq!(problems[0].path, "status");
        assert!(problems[0].message.starts_with("`queued` is unknown; write `draft` or "));
    }

    #[test]
    fn what_was_delivered_was_sent() {
        let status = Standing::Campaign(CampaignStatus::InProgress);
        let point = Facts { delivered: 1, ..Facts::of(status) }.point();
        assert_eq!(point.allowed(Fact::Sent), ["some"]);
    }
}
