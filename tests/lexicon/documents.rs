//! Lexicons of one's own: what is read, what is refused, and with which words.

use serde_json::{Value, json};
use tidegate::Problem;
use tidegate::lexicon::{
    Fact, Lexicon, MAX_MEANING, MAX_PIECES, MAX_RULES, MAX_WORD, MAX_WORDS, SHIPPED, label_json,
    words_json,
};
use tidegate::status::Machine;

use crate::{shipped, word};

/// A small lexicon that is as it should be.
fn ours() -> Value {
    json!({
        "name": "Ours",
        "campaign": {
            "words": [
                { "word": "Quiet", "meaning": "Nothing goes." },
                { "word": "Under way", "meaning": "Messages go.", "tone": "sent" },
            ],
            "rules": [
                { "when": { "status": "in_progress" }, "word": "Under way" },
                { "word": "Quiet" },
            ],
        },
    })
}

fn problems(document: &Value) -> Vec<Problem> {
    Lexicon::parse(document).unwrap_err()
}

fn codes(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect()
}

#[test]
fn a_team_can_have_words_of_its_own() {
    let lexicon = Lexicon::parse(&ours()).unwrap();
    assert_eq!(word(&lexicon, &json!({ "status": "in_progress" })), "Under way");
    assert_eq!(word(&lexicon, &json!({ "status": "paused", "sent": 4 })), "Quiet");
    // It says nothing about messages, so the canonical words hold.
    let message = json!({ "machine": "message", "status": "skipped" });
    assert_eq!(word(&lexicon, &message), "Skipped");
}

#[test]
fn a_lexicon_is_read_back_from_what_it_is_written_as() {
    let own = Lexicon::parse(&ours()).unwrap();
    for lexicon in SHIPPED.map(shipped).into_iter().chain([&own]) {
        let written = serde_json::to_value(lexicon).unwrap();
        assert_eq!(Lexicon::parse(&written).as_ref(), Ok(lexicon), "{}", lexicon.name());
    }
}

#[test]
fn every_problem_of_a_document_is_told_at_once() {
    let found = problems(&json!({
        "about": 5,
        "colour": "red",
        "campaign": {
            "words": [
                { "word": " Draft", "meaning": "" },
                { "word": "Sent", "meaning": "It went.", "tone": "loud", "size": 3 },
            ],
            "rules": [
                { "when": { "status": "sent", "opened": "some" }, "word": "Sent" },
                { "when": { "sent": true, "waiting": [] } },
                { "when": { "waiting": ["gap", "weather"] }, "word": "Sent" },
                "Sent",
            ],
        },
        "message": { "words": [] },
    }));
    assert_eq!(
        codes(&found),
        [
            ("colour", "unknown_field"),
            ("name", "missing"),
            ("about", "wrong_type"),
            ("campaign.words[0].word", "malformed"),
            ("campaign.words[0].meaning", "malformed"),
            ("campaign.words[1].size", "unknown_field"),
            ("campaign.words[1].tone", "malformed"),
            ("campaign.rules[0].when.opened", "unknown_field"),
            ("campaign.rules[0].when.status", "malformed"),
            ("campaign.rules[1].when.sent", "wrong_type"),
            ("campaign.rules[1].when.waiting", "empty"),
            ("campaign.rules[1].word", "missing"),
            ("campaign.rules[2].when.waiting[1]", "malformed"),
            ("campaign.rules[3]", "wrong_type"),
            ("message.rules", "missing"),
        ]
    );
}

#[test]
fn each_status_without_a_word_is_named() {
    let mut document = ours();
    document["campaign"]["rules"] = json!([
        { "when": { "status": "in_progress" }, "word": "Under way" },
        { "when": { "status": ["draft", "scheduled", "stopped"] }, "word": "Quiet" },
        { "when": { "status": "paused", "waiting": "nothing" }, "word": "Quiet" },
        { "when": { "status": "completed", "sent": "some" }, "word": "Quiet" },
    ]);
    let found: Vec<_> = problems(&document).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "`campaign.rules`: `paused` has no word where `waiting` is `outside_window`; add a rule for it",
            "`campaign.rules`: `completed` has no word where `sent` is `none`; add a rule for it",
            "`campaign.rules`: `failed` has no word; add a rule for it",
        ]
    );
}

#[test]
fn a_rule_that_can_never_decide_is_refused() {
    let mut document = ours();
    document["campaign"]["rules"] = json!([
        { "when": { "sent": "some" }, "word": "Under way" },
        { "when": { "sent": "none", "status": ["draft", "paused"] }, "word": "Quiet" },
        { "when": { "status": "draft" }, "word": "Quiet" },
        { "word": "Quiet" },
        { "word": "Quiet" },
    ]);
    let found = problems(&document);
    assert_eq!(
        codes(&found),
        [("campaign.rules[2]", "conflict"), ("campaign.rules[4]", "conflict"),]
    );
}

#[test]
fn a_word_that_no_rule_leads_to_is_refused_and_so_is_one_written_twice() {
    let mut document = ours();
    let words = document["campaign"]["words"].as_array_mut().unwrap();
    words.push(json!({ "word": "Resting", "meaning": "Until morning." }));
    assert_eq!(codes(&problems(&document)), [("campaign.words[2]", "conflict")]);

    let mut document = ours();
    let words = document["campaign"]["words"].as_array_mut().unwrap();
    words.push(json!({ "word": "Quiet", "meaning": "Something else." }));
    assert_eq!(codes(&problems(&document)), [("campaign.words[2].word", "conflict")]);
}

#[test]
fn a_rule_leads_to_a_word_that_is_there() {
    let mut document = ours();
    document["campaign"]["rules"][1]["word"] = json!("quiet");
    assert_eq!(codes(&problems(&document)), [("campaign.rules[1].word", "malformed")]);
}

#[test]
fn a_group_cannot_be_named_like_a_word_outside_it() {
    let mut document = ours();
    document["campaign"]["words"][0]["group"] = json!("Under way");
    assert!(Lexicon::parse(&document).is_ok(), "`Under way` is a word of its own group");
    document["campaign"]["words"][1]["group"] = json!("Going");
    assert_eq!(codes(&problems(&document)), [("campaign.words[0].group", "conflict")]);
}

#[test]
fn lists_and_texts_are_bounded() {
    let with = |at: &str, value: Value| {
        let mut document = ours();
        *document.pointer_mut(at).unwrap() = value;
        document
    };
    for (at, max) in [("/name", MAX_WORD), ("/campaign/words/0/meaning", MAX_MEANING)] {
        assert!(Lexicon::parse(&with(at, json!("é".repeat(max)))).is_ok(), "{at}");
        assert_eq!(problems(&with(at, json!("é".repeat(max + 1))))[0].code, "too_many", "{at}");
    }
    let words = |count: usize| {
        let words = (0..count).map(|n| json!({ "word": format!("W{n}"), "meaning": "One." }));
        with("/campaign/words", words.collect())
    };
    // So many words are read, and then no rule leads to them.
    assert!(problems(&words(MAX_WORDS)).iter().all(|problem| problem.code != "too_many"));
    assert_eq!(problems(&words(MAX_WORDS + 1))[0].code, "too_many");
}

#[test]
fn as_many_rules_as_there_may_be_are_read() {
    let rules = |count: usize| {
        let statuses = ["draft", "scheduled", "paused", "completed", "stopped", "failed"];
        let codes = [
            "gap",
            "break",
            "ended",
            "not_started",
            "no_opening",
            "rolling_limit",
            "blocked_time",
            "calendar_limit",
            "outside_window",
        ];
        let corner = |n: usize| {
            json!({ "when": { "status": statuses[n % 6], "waiting": codes[n / 6] },
                    "word": "Under way" })
        };
        let mut document = ours();
        let rules = (1..count).map(corner).chain([json!({ "word": "Quiet" })]);
        document["campaign"]["rules"] = rules.collect();
        document
    };
    assert!(Lexicon::parse(&rules(MAX_RULES)).is_ok());
    assert_eq!(codes(&problems(&rules(MAX_RULES + 1))), [("campaign.rules", "too_many")]);
}

/// Rules that each cut a corner of every fact off what the ones before it left: the work grows with
/// the pieces, and so has an end.
#[test]
fn rules_that_fall_into_too_many_conditions_are_refused() {
    let rules = |count: usize| {
        let without = |fact: Fact, n: usize| {
            let mut values = fact.values(Machine::Campaign);
            if values.len() > 2 {
                values.remove(n % values.len());
            } else {
                values.remove((n / values.len()) % 2);
            }
            (fact.name().to_owned(), json!(values))
        };
        let corner = |n: usize| {
            let facts = Fact::ALL.into_iter().enumerate();
            let when: serde_json::Map<_, _> =
                facts.map(|(place, fact)| without(fact, n * (place + 3) + n / 5)).collect();
            json!({ "when": when, "word": "Under way" })
        };
        let mut document = ours();
        let rules = (0..count).map(corner).chain([json!({ "word": "Quiet" })]);
        document["campaign"]["rules"] = rules.collect();
        document
    };
    assert!(Lexicon::parse(&rules(3)).is_ok());
    let found = problems(&rules(MAX_RULES - 1));
    assert!(found.iter().any(|problem| problem.code == "too_many"), "{found:#?}");
    assert!(found[0].message.contains(&format!("more than {MAX_PIECES} conditions")));
}

#[test]
fn a_request_names_a_shipped_lexicon_or_brings_its_own() {
    let facts = json!({ "status": "in_progress" });
    assert_eq!(label_json(&json!("broadcast"), &facts).unwrap().word, "In Progress");
    assert_eq!(label_json(&ours(), &facts).unwrap().word, "Under way");
    let answer = serde_json::to_value(label_json(&ours(), &facts).unwrap()).unwrap();
    assert_eq!(
        answer,
        json!({
            "word": "Under way", "group": "Under way", "meaning": "Messages go.", "tone": "sent",
        })
    );
    let shown = words_json(&ours(), &json!("campaign")).unwrap();
    assert_eq!(shown.len(), 2);
}

#[test]
fn the_problems_of_both_parts_of_a_request_come_together() {
    let found = label_json(&json!("broadcasts"), &json!({ "status": "sent" })).unwrap_err();
    assert_eq!(codes(&found), [("lexicon", "malformed"), ("facts.status", "malformed")]);
    let found = label_json(&json!({ "name": "Ours", "rules": [] }), &json!({})).unwrap_err();
    assert_eq!(codes(&found), [("lexicon.rules", "unknown_field"), ("facts.status", "missing")]);
}
