//! Every combination of facts, in every shipped lexicon.

use tidegate::Code;
use tidegate::lexicon::{
    Condition, Fact, Facts, Lexicon, SHIPPED, Standing, Waiting, label, matching, words,
};
use tidegate::status::{CampaignStatus, Machine, MessageStatus};

use crate::shipped;

const CODES: [(&str, Code); 9] = [
    ("outside_window", Code::OutsideWindow),
    ("blocked_time", Code::BlockedTime),
    ("rolling_limit", Code::RollingLimit),
    ("calendar_limit", Code::CalendarLimit),
    ("gap", Code::Gap),
    ("break", Code::Break),
    ("not_started", Code::NotStarted),
    ("ended", Code::Ended),
    ("no_opening", Code::NoOpening),
];

fn standings(machine: Machine) -> Vec<(Standing, &'static str)> {
    match machine {
        Machine::Campaign => {
            let all = CampaignStatus::ALL.iter();
            all.map(|status| (Standing::Campaign(*status), status.name())).collect()
        }
        Machine::Message => {
            let all = MessageStatus::ALL.iter();
            all.map(|status| (Standing::Message(*status), status.name())).collect()
        }
    }
}

/// Facts, and the values that they have, written out once more beside the engine's own reckoning.
struct Combination {
    facts: Facts,
    values: [(Fact, &'static str); 11],
}

/// Every status with every counter none or some, everything that can be waited for, and so on.
fn combinations(machine: Machine) -> Vec<Combination> {
    let wait = |(name, code): &(&'static str, Code), layer| {
        (Some(Waiting::new(*code, layer)), *name, layer)
    };
    let nothing = (None, "nothing", "other");
    let mut waits = vec![nothing, wait(&CODES[0], "campaign"), wait(&CODES[1], "recipient")];
    waits.extend(CODES.iter().map(|code| wait(code, "team")));
    let mut all = Vec::new();
    for (status, status_name) in standings(machine) {
        for (waiting, waiting_name, layer) in &waits {
            for bits in 0..256_u64 {
                let bit = |place: u64| (bits >> place) & 1;
                let some = |place| if bit(place) == 1 { "some" } else { "none" };
                let yes = |place| if bit(place) == 1 { "yes" } else { "no" };
                let facts = Facts {
                    status,
                    total: bit(0) * 9,
                    sent: bit(1) * 7,
                    delivered: bit(2) * 5,
                    failed: bit(3) * 2,
                    skipped: bit(6),
                    unknown: bit(7) * 3,
                    waiting: *waiting,
                    held_for_review: bit(4) == 1,
                    started: bit(5) == 1,
                };
                let values = [
                    (Fact::Status, status_name),
                    (Fact::Total, some(0)),
                    // What was delivered was sent.
                    (Fact::Sent, if bit(2) == 1 { "some" } else { some(1) }),
                    (Fact::Delivered, some(2)),
                    (Fact::Failed, some(3)),
                    (Fact::Skipped, some(6)),
                    (Fact::Unknown, some(7)),
                    (Fact::Waiting, *waiting_name),
                    (Fact::WaitingLayer, *layer),
                    (Fact::HeldForReview, yes(4)),
                    (Fact::Started, yes(5)),
                ];
                all.push(Combination { facts, values });
            }
        }
    }
    all
}

/// What a condition allows, looked up once.
type Allowed = Vec<(Fact, Vec<&'static str>)>;

fn allowed(condition: &Condition) -> Allowed {
    Fact::ALL.iter().map(|fact| (*fact, condition.allowed(*fact))).collect()
}

fn lies_in(combination: &Combination, allowed: &Allowed) -> bool {
    let is_allowed = |(fact, value): &(Fact, &str)| {
        allowed.iter().any(|(at, values)| at == fact && values.contains(value))
    };
    combination.values.iter().all(is_allowed)
}

fn assert_filters_agree(lexicon: &Lexicon, machine: Machine) {
    let filters: Vec<_> = words(lexicon, machine)
        .iter()
        .map(|label| {
            let filter = matching(lexicon, machine, &label.word).unwrap();
            (label, filter.any.iter().map(allowed).collect::<Vec<_>>())
        })
        .collect();
    for combination in combinations(machine) {
        let (chosen, facts) = (label(lexicon, &combination.facts), &combination.facts);
        let mut times = 0;
        for (label, filter) in &filters {
            let found = filter.iter().filter(|allowed| lies_in(&combination, allowed)).count();
            assert!(found == 0 || *label == chosen, "{}: {facts:?}", lexicon.name());
            times += found;
        }
        assert_eq!(times, 1, "{}: {facts:?} is `{}`", lexicon.name(), chosen.word);
    }
}

#[test]
fn s3_2_a_filter_lets_through_exactly_what_bears_its_word() {
    for id in SHIPPED {
        for machine in [Machine::Campaign, Machine::Message] {
            assert_filters_agree(shipped(id), machine);
        }
    }
}

#[test]
fn every_word_that_is_shown_is_the_word_of_something() {
    for id in SHIPPED {
        for machine in [Machine::Campaign, Machine::Message] {
            let lexicon = shipped(id);
            let all = combinations(machine);
            for shown in words(lexicon, machine) {
                let mut labels = all.iter().map(|one| label(lexicon, &one.facts));
                assert!(labels.any(|label| label == shown), "{id}: `{}`", shown.word);
            }
        }
    }
}
