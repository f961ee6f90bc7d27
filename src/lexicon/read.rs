//! Reads a lexicon from its document, with every problem at once.

use serde_json::{Map, Value};

use super::Lexicon;
use super::canonical;
use super::condition::Condition;
use super::fact::Fact;
use super::vocabulary::{Flaw, Label, MAX_PIECES, Rule, Tone, Vocabulary};
use crate::document::{choice, list, object, required, text};
use crate::problem::{Path, Problems};
use crate::shape::document;
use crate::status::Machine;

/// How many words a machine may have.
pub const MAX_WORDS: usize = 32;
/// How many rules a machine may have.
pub const MAX_RULES: usize = 48;
/// How long a word, a group or a lexicon's name may be, in characters.
pub const MAX_WORD: usize = 60;
/// How long a meaning may be, in characters.
pub const MAX_MEANING: usize = 400;

document! {
    /// The words of a product. Where a machine is left out, the engine's own words hold.
    pub(crate) struct LexiconDocument {
        /// What it is called.
        name: Words<MAX_WORD>,
        /// What it is made for.
        about?: Words<MAX_MEANING>,
        campaign?: CampaignVocabularyDocument,
        message?: MessageVocabularyDocument,
    }
}

document! {
    /// Words for campaigns, and the rules that choose them. There has to be a word for all that
    /// can be.
    pub(crate) struct CampaignVocabularyDocument {
        /// In the order in which filters and tabs show them.
        words: List<WordDocument, MAX_WORDS>,
        /// The first that holds decides.
        rules: List<CampaignRuleDocument, MAX_RULES>,
    }
}

document! {
    /// Words for messages, and the rules that choose them. There has to be a word for all that can
    /// be.
    pub(crate) struct MessageVocabularyDocument {
        /// In the order in which filters and tabs show them.
        words: List<WordDocument, MAX_WORDS>,
        /// The first that holds decides.
        rules: List<MessageRuleDocument, MAX_RULES>,
    }
}

document! {
    /// A word of a product, and what it says.
    pub(crate) struct WordDocument {
        /// Exactly as it is shown.
        word: Words<MAX_WORD>,
        /// The heading under which lists gather it; the word itself if left out.
        group?: Words<MAX_WORD>,
        /// What it tells the reader.
        meaning: Words<MAX_MEANING>,
        /// The colour's meaning; none for words that need no attention.
        tone?: Nullable<Tone>,
    }
}

document! {
    /// When campaigns are called by a word.
    pub(crate) struct CampaignRuleDocument {
        /// What has to be true; left out, it holds.
        when?: CampaignCondition,
        /// One of the words.
        word: Text<MAX_WORD>,
    }
}

document! {
    /// When messages are called by a word.
    pub(crate) struct MessageRuleDocument {
        /// What has to be true; left out, it holds.
        when?: MessageCondition,
        /// One of the words.
        word: Text<MAX_WORD>,
    }
}

pub(super) fn lexicon(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Lexicon> {
    let fields = object(value, at, LexiconDocument::FIELDS, problems)?;
    let name = short(fields, "name", at, MAX_WORD, problems);
    let about = fields.get("about").map(|_| short(fields, "about", at, MAX_MEANING, problems));
    let mut vocabulary = |machine: Machine| {
        let Some(value) = fields.get(machine.name()) else {
            return Some(canonical::vocabulary(machine));
        };
        self::vocabulary(value, machine, &at.field(machine.name()), problems)
    };
    let (campaign, message) = (vocabulary(Machine::Campaign), vocabulary(Machine::Message));
    Some(Lexicon {
        name: name?,
        about: about.unwrap_or(Some(String::new()))?,
        campaign: campaign?,
        message: message?,
    })
}

pub(super) fn machine(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Machine> {
    let machines: Vec<_> = Machine::ALL.iter().map(|machine| (machine.name(), *machine)).collect();
    choice(value, at, &machines, problems)
}

fn vocabulary(
    value: &Value,
    machine: Machine,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Vocabulary> {
    let known = match machine {
        Machine::Campaign => CampaignVocabularyDocument::FIELDS,
        Machine::Message => MessageVocabularyDocument::FIELDS,
    };
    let fields = object(value, at, known, problems)?;
    let labels = labels(fields, at, problems);
    let at_rules = at.field("rules");
    let items = required(fields, "rules", at, problems)
        .and_then(|value| list(value, &at_rules, MAX_RULES, problems))?;
    let rules: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            rule(item, machine, labels.as_deref(), &at_rules.item(index), problems)
        })
        .collect();
    // What the rules say together is looked at once each can be read.
    let (labels, rules) = (labels?, rules.into_iter().collect::<Option<Vec<_>>>()?);
    let mut is_used = true;
    for (index, label) in labels.iter().enumerate() {
        if !rules.iter().any(|rule| rule.label.word == label.word) {
            is_used = false;
            let message = format!("no rule leads to `{}`; add one, or leave it out", label.word);
            problems.report(&at.field("words").item(index), "conflict", message);
        }
    }
    match Vocabulary::new(machine, labels, rules) {
        Ok(vocabulary) => is_used.then_some(vocabulary),
        Err(flaws) => {
            for flaw in &flaws {
                report(flaw, &at_rules, problems);
            }
            None
        }
    }
}

fn labels(
    fields: &Map<String, Value>,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Vec<Label>> {
    let at_words = at.field("words");
    let items = required(fields, "words", at, problems)
        .and_then(|value| list(value, &at_words, MAX_WORDS, problems))?;
    let read = |(index, item)| label(item, &at_words.item(index), problems);
    let labels: Vec<_> = items.iter().enumerate().map(read).collect();
    let labels = labels.into_iter().collect::<Option<Vec<_>>>()?;
    for (index, label) in labels.iter().enumerate() {
        let mut before = labels.iter().take(index);
        if before.any(|other| other.word == label.word) {
            let message = format!("`{}` is there already; write each word once", label.word);
            problems.report(&at_words.item(index).field("word"), "conflict", message);
        }
        // A filter by the word and one by the heading have to mean the same.
        if labels.iter().any(|other| other.word == label.group && other.group != label.group) {
            let message = format!("`{}` is a word of another group; rename one", label.group);
            problems.report(&at_words.item(index).field("group"), "conflict", message);
        }
    }
    Some(labels)
}

fn label(value: &Value, at: &Path<'_>, problems: &mut Problems) -> Option<Label> {
    let fields = object(value, at, WordDocument::FIELDS, problems)?;
    let word = short(fields, "word", at, MAX_WORD, problems);
    let group = fields.get("group").map(|_| short(fields, "group", at, MAX_WORD, problems));
    let meaning = short(fields, "meaning", at, MAX_MEANING, problems);
    let tone = fields.get("tone").filter(|value| !value.is_null());
    let tones = Tone::ALL.map(|tone| (tone.name(), tone));
    let tone = tone.map(|value| choice(value, &at.field("tone"), &tones, problems));
    let word = word?;
    Some(Label {
        group: group.unwrap_or_else(|| Some(word.clone()))?,
        word,
        meaning: meaning?,
        tone: tone.flatten(),
    })
}

/// A text that is there, is not blank, and has no space around it.
fn short(
    fields: &Map<String, Value>,
    name: &str,
    at: &Path<'_>,
    max: usize,
    problems: &mut Problems,
) -> Option<String> {
    let value = required(fields, name, at, problems)?;
    let at = at.field(name);
    let written = text(value, &at, problems)?;
    let length = written.chars().count();
    if length > max {
        let message = format!("{length} characters are too many; write at most {max}");
        problems.report(&at, "too_many", message);
        return None;
    }
    if written.is_empty() || written.trim() != written || written.contains(char::is_control) {
        let message = "a text needs letters, and neither space around it nor line breaks; \
                       write it plainly";
        problems.report(&at, "malformed", message.to_owned());
        return None;
    }
    Some(written.to_owned())
}

fn rule(
    value: &Value,
    machine: Machine,
    labels: Option<&[Label]>,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Rule> {
    let known = match machine {
        Machine::Campaign => CampaignRuleDocument::FIELDS,
        Machine::Message => MessageRuleDocument::FIELDS,
    };
    let fields = object(value, at, known, problems)?;
    let when = match fields.get("when") {
        Some(value) => condition(value, machine, &at.field("when"), problems),
        None => Some(Condition::any(machine)),
    };
    let word = required(fields, "word", at, problems);
    let at_word = at.field("word");
    let word = word.and_then(|value| text(value, &at_word, problems))?;
    let label = labels?.iter().find(|label| label.word == word);
    if label.is_none() {
        let message = "this word is not among `words`; add it there, with its meaning";
        problems.report(&at_word, "malformed", message.to_owned());
    }
    Some(Rule { when: when?, label: label?.clone() })
}

fn condition(
    value: &Value,
    machine: Machine,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Condition> {
    let fields = object(value, at, &[&Fact::ALL.map(Fact::name)], problems)?;
    let given = Fact::ALL.into_iter().filter_map(|fact| Some((fact, fields.get(fact.name())?)));
    let mut condition = Some(Condition::any(machine));
    for (fact, value) in given {
        let values = values(value, &fact.values(machine), &at.field(fact.name()), problems);
        condition = condition
            .zip(values)
            .map(|(condition, values)| condition.with(fact, |value| values.contains(&value)));
    }
    condition
}

/// One value of a fact, or a list of them.
fn values(
    value: &Value,
    known: &[&'static str],
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<Vec<&'static str>> {
    let choices: Vec<_> = known.iter().map(|name| (*name, *name)).collect();
    if !value.is_array() {
        return choice(value, at, &choices, problems).map(|one| vec![one]);
    }
    let items = list(value, at, known.len(), problems)?;
    if items.is_empty() {
        let message = "an empty list never holds; write the values, or leave the fact out";
        problems.report(at, "empty", message.to_owned());
        return None;
    }
    let read = |(index, item)| choice(item, &at.item(index), &choices, problems);
    let values: Vec<_> = items.iter().enumerate().map(read).collect();
    values.into_iter().collect()
}

fn report(flaw: &Flaw, at: &Path<'_>, problems: &mut Problems) {
    match flaw {
        Flaw::Unreachable(index) => {
            let message =
                "the rules before it decide wherever it holds; move it up, or leave it out";
            problems.report(&at.item(*index), "conflict", message.to_owned());
        }
        Flaw::Intricate(index) => {
            let message = format!(
                "the rules up to this one fall into more than {MAX_PIECES} conditions; let them ask \
                 about fewer facts"
            );
            problems.report(&at.item(*index), "too_many", message);
        }
        Flaw::Uncovered(status, condition) => {
            let facts = Fact::ALL.into_iter().filter(|fact| *fact != Fact::Status);
            let facts = facts.filter(|fact| condition.restricts(*fact));
            let facts = facts.filter_map(|fact| {
                let value = condition.allowed(fact).first().copied()?;
                Some(format!("`{}` is `{value}`", fact.name()))
            });
            let facts = facts.collect::<Vec<_>>().join(" and ");
            let where_ = if facts.is_empty() { String::new() } else { format!(" where {facts}") };
            let message = format!("`{status}` has no word{where_}; add a rule for it");
            problems.report(at, "missing", message);
        }
    }
}
