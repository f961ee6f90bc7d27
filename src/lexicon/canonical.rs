//! The engine's own words: one a status, whatever else is true.

use super::Lexicon;
use super::condition::Condition;
use super::fact::Fact;
use super::facts::Standing;
use super::vocabulary::{Label, Rule, Tone, Vocabulary};
use crate::status::{CampaignStatus, Machine, MessageStatus};

pub(super) fn lexicon() -> Lexicon {
    Lexicon {
        name: "Canonical".to_owned(),
        about: "The engine's own words, one a status. A team's lexicon that says nothing about \
                campaigns, or about messages, uses these."
            .to_owned(),
        campaign: vocabulary(Machine::Campaign),
        message: vocabulary(Machine::Message),
    }
}

pub(super) fn vocabulary(machine: Machine) -> Vocabulary {
    match machine {
        Machine::Campaign => {
            let all = CampaignStatus::ALL.iter().copied().map(Standing::Campaign);
            by_status(all, Standing::Campaign(CampaignStatus::Failed))
        }
        Machine::Message => {
            let all = MessageStatus::ALL.iter().copied().map(Standing::Message);
            by_status(all, Standing::Message(MessageStatus::Unknown))
        }
    }
}

/// A rule a status, that of `last` at the end.
fn by_status(all: impl Iterator<Item = Standing> + Clone, last: Standing) -> Vocabulary {
    let rule = |status: Standing| {
        let any = Condition::any(status.machine());
        let when = any.with(Fact::Status, |value| value == status.name());
        Rule { when, label: label(status) }
    };
    let labels = all.clone().map(label).collect();
    let rules = all.filter(|status| *status != last).map(rule).collect();
    Vocabulary::of_each(labels, rules, rule(last))
}

fn label(status: Standing) -> Label {
    let (word, tone, meaning) = match status {
        Standing::Campaign(status) => campaign(status),
        Standing::Message(status) => message(status),
    };
    Label { word: word.to_owned(), group: word.to_owned(), meaning: meaning.to_owned(), tone }
}

fn campaign(status: CampaignStatus) -> (&'static str, Option<Tone>, &'static str) {
    use CampaignStatus as Is;
    match status {
        Is::Draft => ("Draft", None, "Being written. Nothing goes before it is scheduled."),
        Is::Scheduled => ("Scheduled", Some(Tone::Planned), "Waiting for its start."),
        Is::InProgress => ("In progress", Some(Tone::Sent), "Messages are going out."),
        Is::Paused => ("Paused", Some(Tone::Waiting), "Held by a person until it is resumed."),
        Is::Completed => ("Completed", Some(Tone::Sent), "Its list is done, or its end has come."),
        Is::Stopped => ("Stopped", None, "A person ended it. What had not gone does not go."),
        Is::Failed => ("Failed", Some(Tone::Failed), "An error ended it, which needs a person."),
    }
}

fn message(status: MessageStatus) -> (&'static str, Option<Tone>, &'static str) {
    use MessageStatus as Is;
    match status {
        Is::Queued => ("Queued", Some(Tone::Planned), "Waiting for its turn."),
        Is::Sending => ("Sending", Some(Tone::Sent), "Being handed to the provider."),
        Is::Sent => ("Sent", Some(Tone::Sent), "The provider has taken it."),
        Is::Delivered => ("Delivered", Some(Tone::Sent), "The recipient has it."),
        Is::Failed => {
            ("Failed", Some(Tone::Failed), "The provider refused it, or could not deliver it.")
        }
        Is::Skipped => ("Skipped", None, "Deliberately not sent, such as after an opt-out."),
        Is::Cancelled => ("Cancelled", None, "Its campaign was stopped before it went."),
        Is::Unknown => (
            "Unknown",
            Some(Tone::Failed),
            "Handed over without an answer: it may have gone, or not.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_made_from_the_statuses_cover_them_all() {
        for machine in [Machine::Campaign, Machine::Message] {
            let made = vocabulary(machine);
            let labels = made.labels().to_vec();
            let rules = made.rules().cloned().collect();
            assert_eq!(Vocabulary::new(machine, labels, rules), Ok(made));
        }
    }
}
