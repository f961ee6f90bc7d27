//! The words of a team's own product for the engine's facts.
//!
//! ```
//! use serde_json::json;
//! use tidegate::lexicon::{Facts, Lexicon, label};
//!
//! let lexicon = Lexicon::shipped("delivery_tracking").unwrap();
//! let word = |sent, delivered| {
//!     let facts = json!({ "status": "in_progress", "sent": sent, "delivered": delivered });
//!     label(lexicon, &Facts::parse(&facts).unwrap()).word.clone()
//! };
//! assert_eq!([word(0, 0), word(1, 0), word(1, 1)], ["Sending...", "Sent", "Delivered"]);
//! ```
//!
//! A [`Lexicon`] is a document: words with their meanings, and rules of which the first that holds
//! chooses the word. Rules can ask about a few [`Fact`]s alone, so a lexicon is read only if there
//! is a word for all that can be, and so it can be read backwards too: [`matching`] says what a
//! filter by a word lets through. It decides nothing: which change is legal is a matter of
//! [`crate::status`].

mod canonical;
mod condition;
mod document;
mod fact;
mod facts;
mod read;
mod request;
mod shipped;
mod vocabulary;

use serde::Serialize;
use serde_json::Value;

pub use condition::Condition;
pub use fact::Fact;
pub use facts::{Facts, Standing, Waiting};
pub use read::{MAX_MEANING, MAX_RULES, MAX_WORD, MAX_WORDS};
pub use request::{label_json, lexicon_json, matching_json, words_json};
pub use shipped::SHIPPED;
pub use vocabulary::{Label, MAX_PIECES, Tone};
#[cfg(feature = "schema")]
pub(crate) use {facts::FactsDocument, read::LexiconDocument};

use crate::problem::{Path, Problem, Problems};
use crate::status::Machine;
use vocabulary::Vocabulary;

/// The words of a product for campaigns and for messages, and the rules that choose them.
///
/// One that exists has exactly one word for every combination of facts. It is written as the
/// document that it is read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lexicon {
    name: String,
    about: String,
    campaign: Vocabulary,
    message: Vocabulary,
}

impl Lexicon {
    /// Reads a lexicon of one's own. Where `campaign` or `message` is left out, the canonical
    /// words hold.
    ///
    /// ```
    /// use serde_json::json;
    /// use tidegate::lexicon::Lexicon;
    ///
    /// let problems = Lexicon::parse(&json!({
    ///     "name": "Ours",
    ///     "campaign": {
    ///         "words": [
    ///             { "word": "Idle", "meaning": "Nothing goes." },
    ///             { "word": "Under way", "meaning": "Messages go.", "tone": "sent" },
    ///         ],
    ///         "rules": [
    ///             { "when": { "status": "in_progress", "sent": "some" }, "word": "Under way" },
    ///             { "when": { "status": ["draft", "scheduled", "paused"] }, "word": "Idle" },
    ///             { "when": { "status": ["completed", "stopped", "failed"] }, "word": "Idle" },
    ///         ],
    ///     },
    /// })).unwrap_err();
    /// assert_eq!(
    ///     problems[0].to_string(),
    ///     "`campaign.rules`: `in_progress` has no word where `sent` is `none`; add a rule for it",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem of the document at once.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let lexicon = read::lexicon(document, &Path::Root, &mut problems);
        problems.unless_any(lexicon)
    }

    /// The one that is shipped under that id, one of [`SHIPPED`].
    #[must_use]
    pub fn shipped(id: &str) -> Option<&'static Self> {
        shipped::named(id)
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is made for; may be empty.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    fn vocabulary(&self, machine: Machine) -> &Vocabulary {
        match machine {
            Machine::Campaign => &self.campaign,
            Machine::Message => &self.message,
        }
    }
}

/// The word for `facts`.
#[must_use]
pub fn label<'l>(lexicon: &'l Lexicon, facts: &Facts) -> &'l Label {
    lexicon.vocabulary(facts.status.machine()).label(&facts.point())
}

/// The words for a machine with their meanings, in the order in which filters and tabs show them.
#[must_use]
pub fn words(lexicon: &Lexicon, machine: Machine) -> &[Label] {
    lexicon.vocabulary(machine).labels()
}

/// What a filter by a word, or by the name of a group, lets through.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Matching {
    /// The statuses of which at least some are let through: enough for a first look in a store.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::Status>"))]
    pub statuses: Vec<&'static str>,
    /// What is let through, exactly: where any one of these holds. No two of them overlap.
    pub any: Vec<Condition>,
}

/// What a filter by `word` lets through, which may be a word or the name of a group; none if it is
/// neither.
///
/// ```
/// use tidegate::lexicon::{Lexicon, matching};
/// use tidegate::status::Machine;
///
/// let lexicon = Lexicon::shipped("delivery_tracking").unwrap();
/// let sending = matching(lexicon, Machine::Campaign, "Sending...").unwrap();
/// assert_eq!(
///     serde_json::to_string(&sending.any).unwrap(),
///     r#"[{"status":["scheduled","in_progress"],"sent":["none"],"delivered":["none"]}]"#,
/// );
/// ```
#[must_use]
pub fn matching(lexicon: &Lexicon, machine: Machine, word: &str) -> Option<Matching> {
    let any =
        lexicon.vocabulary(machine).matching(|label| label.word == word || label.group == word);
    let is_let_through = |status: &&str| {
        any.iter().any(|condition| condition.allowed(Fact::Status).contains(status))
    };
    let statuses = Fact::Status.values(machine).into_iter().filter(is_let_through).collect();
    (!any.is_empty()).then_some(Matching { statuses, any })
}
