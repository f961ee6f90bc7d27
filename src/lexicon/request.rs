//! The same questions for callers that have documents: bindings and the HTTP API.
//!
//! A lexicon is the id of a shipped one, or the document of a team's own.

use std::borrow::Cow;

use serde_json::Value;

use super::{Facts, Label, Lexicon, Matching, SHIPPED, matching, read, words};
use crate::document::text;
use crate::problem::{Path, Problem, Problems};
use crate::status::Machine;

/// The lexicon itself: a shipped one by its id, or the one that the document is.
///
/// # Errors
///
/// When there is none of that id, or every problem of the document.
pub fn lexicon_json(lexicon: &Value) -> Result<Cow<'static, Lexicon>, Vec<Problem>> {
    let mut problems = Problems::default();
    let read = read_lexicon(lexicon, &mut problems);
    problems.unless_any(read)
}

/// The label for `facts`, as [`Facts::parse`] reads them.
///
/// ```
/// use serde_json::json;
/// use tidegate::lexicon::label_json;
///
/// let facts = json!({
///     "machine": "campaign", "status": "scheduled",
///     "waiting": "blocked_time", "waiting_layer": "team",
/// });
/// assert_eq!(label_json(&json!("sent_messages"), &facts).unwrap().word, "Blocked Time");
/// ```
///
/// # Errors
///
/// Every problem of both at once; their paths begin with `lexicon` and with `facts`.
pub fn label_json(lexicon: &Value, facts: &Value) -> Result<Label, Vec<Problem>> {
    let mut problems = Problems::default();
    let lexicon = read_lexicon(lexicon, &mut problems);
    let facts = Facts::read(facts, &Path::Root.field("facts"), &mut problems);
    let label = lexicon.zip(facts).map(|(lexicon, facts)| super::label(&lexicon, &facts).clone());
    problems.unless_any(label)
}

/// The words for a machine (`campaign` or `message`), in the order in which they are shown.
///
/// # Errors
///
/// Every problem of both at once.
pub fn words_json(lexicon: &Value, machine: &Value) -> Result<Vec<Label>, Vec<Problem>> {
    let mut problems = Problems::default();
    let lexicon = read_lexicon(lexicon, &mut problems);
    let machine = read_machine(machine, &mut problems);
    let labels = lexicon.zip(machine).map(|(lexicon, machine)| words(&lexicon, machine).to_vec());
    problems.unless_any(labels)
}

/// What a filter by a word, or by the name of a group, lets through.
///
/// # Errors
///
/// Every problem at once; a word that the lexicon does not have is one.
pub fn matching_json(
    lexicon: &Value,
    machine: &Value,
    word: &Value,
) -> Result<Matching, Vec<Problem>> {
    let (mut problems, at) = (Problems::default(), Path::Root.field("word"));
    let lexicon = read_lexicon(lexicon, &mut problems);
    let machine = read_machine(machine, &mut problems);
    let word = text(word, &at, &mut problems);
    let found = lexicon.zip(machine).zip(word).and_then(|((lexicon, machine), word)| {
        let found = matching(&lexicon, machine, word);
        if found.is_none() {
            let words = words(&lexicon, machine).iter().map(|label| format!("`{}`", label.word));
            let words: Vec<_> = words.collect();
            let message = format!("the lexicon has no such word; write {}", words.join(" or "));
            problems.report(&at, "malformed", message);
        }
        found
    });
    problems.unless_any(found)
}

fn read_lexicon(value: &Value, problems: &mut Problems) -> Option<Cow<'static, Lexicon>> {
    let at = Path::Root.field("lexicon");
    let Some(id) = value.as_str() else {
        return read::lexicon(value, &at, problems).map(Cow::Owned);
    };
    let found = Lexicon::shipped(id).map(Cow::Borrowed);
    if found.is_none() {
        let ids: Vec<_> = SHIPPED.iter().map(|id| format!("`{id}`")).collect();
        let message =
            format!("no such lexicon is shipped; write {}, or a document", ids.join(" or "));
        problems.report(&at, "malformed", message);
    }
    found
}

fn read_machine(value: &Value, problems: &mut Problems) -> Option<Machine> {
    read::machine(value, &Path::Root.field("machine"), problems)
}
