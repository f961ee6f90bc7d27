//! The same tables for callers that have names rather than types: bindings and the HTTP API.

use serde::Serialize;
use serde_json::Value;

use super::named::named_enum;
use super::{
    CampaignFacts, CampaignStatus, CampaignTrigger, MessageStatus, MessageTrigger, Refusal,
    campaign, message,
};

named_enum! {
    /// What has a status.
    pub enum Machine {
        /// A campaign.
        Campaign = "campaign",
        /// A message.
        Message = "message",
    }
}

/// Every status of a machine, in the order of its table.
#[must_use]
pub fn statuses(machine: Machine) -> Vec<&'static str> {
    match machine {
        Machine::Campaign => CampaignStatus::ALL.iter().map(|status| status.name()).collect(),
        Machine::Message => MessageStatus::ALL.iter().map(|status| status.name()).collect(),
    }
}

/// The name of the status after `trigger`, by names. Of `facts`, `started` (true or false) and
/// `lead_ms` (a number) are read; either may be left out, and so may all of them.
///
/// # Errors
///
/// When a name is unknown, a fact is or has the wrong type, or the trigger is not legal. A `lead_ms`
/// of null is refused as well: in JSON that is what becomes of a time that is not a number.
pub fn transition(
    machine: Machine,
    from: &str,
    trigger: &str,
    facts: &Value,
) -> Result<&'static str, Refusal<&'static str>> {
    match machine {
        Machine::Campaign => {
            let from = known(CampaignStatus::named(from), "status", from, CampaignStatus::ALL)?;
            let trigger =
                known(CampaignTrigger::named(trigger), "trigger", trigger, CampaignTrigger::ALL)?;
            let to = campaign(from, trigger, &read_facts(facts)?);
            to.map(CampaignStatus::name).map_err(|refusal| by_name(refusal, CampaignTrigger::name))
        }
        Machine::Message => {
            let from = known(MessageStatus::named(from), "status", from, MessageStatus::ALL)?;
            let trigger =
                known(MessageTrigger::named(trigger), "trigger", trigger, MessageTrigger::ALL)?;
            let to = message(from, trigger);
            to.map(MessageStatus::name).map_err(|refusal| by_name(refusal, MessageTrigger::name))
        }
    }
}

fn known<T: ToString>(
    found: Option<T>,
    kind: &str,
    name: &str,
    all: &[T],
) -> Result<T, Refusal<&'static str>> {
    found.ok_or_else(|| {
        let all: Vec<_> = all.iter().map(ToString::to_string).collect();
        let why = format!("`{name}` is not a {kind}; write one of {}", all.join(", "));
        Refusal { why, legal: Vec::new() }
    })
}

/// The facts that are read.
const FACTS: [&str; 2] = ["started", "lead_ms"];

fn read_facts(facts: &Value) -> Result<CampaignFacts, Refusal<&'static str>> {
    let wrong = |why: &str| Refusal { why: why.to_owned(), legal: Vec::new() };
    let facts = match facts {
        Value::Null => return Ok(CampaignFacts::default()),
        Value::Object(facts) => facts,
        _ => return Err(wrong("`facts` has to be an object; leave it out where there are none")),
    };
    if let Some(name) = facts.keys().find(|name| !FACTS.contains(&name.as_str())) {
        return Err(wrong(&format!(
            "`facts.{name}` is no fact; write one of {}",
            FACTS.join(", ")
        )));
    }
    let started = match facts.get("started") {
        None | Some(Value::Null) => false,
        Some(value) => {
            value.as_bool().ok_or_else(|| wrong("`facts.started` has to be true or false"))?
        }
    };
    let lead_ms =
        match facts.get("lead_ms") {
            None => None,
            Some(value) => Some(value.as_i64().ok_or_else(|| {
                wrong("`facts.lead_ms` has to be a whole number of milliseconds")
            })?),
        };
    Ok(CampaignFacts { started, lead_ms })
}

fn by_name<T: Copy + Serialize>(
    refusal: Refusal<T>,
    name: fn(T) -> &'static str,
) -> Refusal<&'static str> {
    Refusal { why: refusal.why, legal: refusal.legal.into_iter().map(name).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_lead_to_the_same_tables() {
        let resume = |facts| transition(Machine::Campaign, "paused", "resume", &facts);
        assert_eq!(resume(json!({ "started": true })), Ok("in_progress"));
        assert_eq!(resume(Value::Null), Ok("scheduled"));
        assert_eq!(
            transition(Machine::Message, "sent", "delivered", &Value::Null),
            Ok("delivered")
        );
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        let refusal = transition(Machine::Message, "sent", "deliver", &Value::Null).unwrap_err();
        assert!(refusal.why.starts_with("`deliver` is not a trigger; write one of hand_over, "));
        let refusal = transition(Machine::Campaign, "new", "stop", &Value::Null).unwrap_err();
        assert!(refusal.why.starts_with("`new` is not a status; write one of draft, "));
    }

    #[test]
    fn a_fact_of_the_wrong_type_is_refused() {
        let facts = json!({ "started": "yes" });
        let refusal = transition(Machine::Campaign, "paused", "resume", &facts).unwrap_err();
        assert_eq!(refusal.why, "`facts.started` has to be true or false");
    }

    #[test]
    fn a_start_that_is_not_a_number_is_no_start_at_once() {
        let reschedule = |facts| transition(Machine::Campaign, "scheduled", "reschedule", &facts);
        assert_eq!(reschedule(json!({})), Ok("scheduled"));
        assert_eq!(reschedule(Value::Null), Ok("scheduled"));
        for (facts, why) in [
            (
                json!({ "lead_ms": null }),
                "`facts.lead_ms` has to be a whole number of milliseconds",
            ),
            (
                json!({ "leadMs": 1_000 }),
                "`facts.leadMs` is no fact; write one of started, lead_ms",
            ),
            (json!(5), "`facts` has to be an object; leave it out where there are none"),
            (json!([]), "`facts` has to be an object; leave it out where there are none"),
        ] {
            assert_eq!(reschedule(facts).unwrap_err().why, why);
        }
    }
}
